"""Writing a region's files night by night in bounded memory, and how deliveries go wrong.

Text is kept until BUFFER_CHARS and then appended, so memory does not grow with the region.
"""

from __future__ import annotations

import os
import shutil
from collections import Counter, defaultdict
from datetime import date
from pathlib import Path

import numpy as np

from samples import csv_template, hl7_template
from samples.feed import Feed
from samples.lakeside import EXPOSURE_HEADERS

BUFFER_CHARS = 32 << 20
CSV_HEADERS = {"exposures": EXPOSURE_HEADERS, "merges": csv_template.MERGE_HEADERS}


class Delivery:
    """The folders `out/night-<date>/<feed>/`; `add` may be called for any night in any order."""

    def __init__(self, out: Path, nights: list[date]) -> None:
        self.out = out
        self.nights = nights
        self.pending: dict[tuple[int, Feed, str], list[str]] = defaultdict(list)
        self.n_chars = 0
        self.n_records: Counter[tuple[int, Feed, str]] = Counter()

    def add(self, night: int, feed: Feed, kind: str, text: str) -> None:
        """One message or group of rows for the file of a kind (results, adt, exposures ...)."""
        key = (night, feed, kind)
        self.pending[key].append(text)
        self.n_records[key] += 1
        self.n_chars += len(text)
        if self.n_chars > BUFFER_CHARS:
            self.flush()

    def flush(self) -> None:
        """Append what is pending to its files."""
        for key, texts in self.pending.items():
            path = self.path(*key)
            opening = "" if path.exists() else self._opening(*key)
            encoding = "cp1252" if key[1].codes == "german" and key[2] == "results" else "utf-8"
            _append(path, (opening + "".join(texts)).encode(encoding))
        self.pending.clear()
        self.n_chars = 0

    def path(self, night: int, feed: Feed, kind: str) -> Path:
        day = self.nights[night]
        suffix = "hl7" if feed.format == "hl7" else "csv"
        return self.out / f"night-{day}" / feed.name / f"{kind}_{day:%Y%m%d}.{suffix}"

    def _opening(self, night: int, feed: Feed, kind: str) -> str:
        if feed.format == "hl7":
            return hl7_template.opening(feed, f"{self.nights[night]:%Y%m%d}200000")
        if kind == "results":
            return csv_template.header(feed)
        return ",".join(CSV_HEADERS[kind]) + "\n"

    def finish(self, rng: np.random.Generator, late: float, resent: float) -> dict[str, list[str]]:
        """Close the files; move the share `late` of the result files to the next night, and send
        the share `resent` again under another name. Returns the paths of both below `out`."""
        self.flush()
        moved: dict[str, list[str]] = {"late": [], "resent": []}
        for key in sorted(self.n_records, key=lambda k: (k[0], k[1].name, k[2])):
            night, feed, kind = key
            path = self.path(*key)
            closing = hl7_template.closing(feed, self.n_records[key])
            if feed.format == "hl7" and closing:
                _append(path, closing.encode())
            draws = rng.random(2)
            if kind != "results" or night + 1 == len(self.nights):
                continue
            if draws[0] < late:
                path = self._later(night, feed, path.name)
                os.replace(self.path(*key), path)
                moved["late"].append(str(path.relative_to(self.out)))
            if draws[1] < resent:
                again = self._later(night, feed, f"{path.stem}_again{path.suffix}")
                shutil.copy(path, again)
                moved["resent"].append(str(again.relative_to(self.out)))
        return moved

    def _later(self, night: int, feed: Feed, name: str) -> Path:
        folder = self.out / f"night-{self.nights[night + 1]}" / feed.name
        private_folder(folder)
        return folder / name


def describe_facilities(source: Path, folder: Path) -> None:
    """Copy the facility files of `source` into `folder`."""
    private_folder(folder)
    for path in sorted(source.glob("*.yaml")):
        put(folder / path.name, path.read_bytes())


def private_folder(folder: Path) -> None:
    """Make a folder, and those above it that are missing, for their owner only."""
    if not folder.exists():
        private_folder(folder.parent)
        folder.mkdir(mode=0o700)


def put(path: Path, content: bytes, modified_at: float | None = None) -> Path:
    """Write a file, readable by its owner, that appears whole or not at all."""
    partial = path.with_name(f".{path.name}.part")
    with open(os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
        file.write(content)
    if modified_at is not None:
        os.utime(partial, (modified_at, modified_at))
    os.replace(partial, path)
    return path


def _append(path: Path, content: bytes) -> None:
    private_folder(path.parent)
    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), "wb") as file:
        file.write(content)
