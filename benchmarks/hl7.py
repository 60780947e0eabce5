"""How many HL7 messages a second become raw rows, beside hl7apy, python-hl7 and a bare split.

    python -m benchmarks.hl7 [MESSAGES] [--processes 2] [--large MEGABYTES] [--page FILE]

Two files are made: immunoglobulin results only, every message of which is read in full, and a
hospital's feed in which one message in ten is of interest. In the same run igwatch reads them, a
bare split cuts the same bytes into fields and drops them, and the two HL7 libraries parse and give
back the fields that igwatch keeps, of the first few hundred messages. `--large` lands a hospital's
feed of that size besides, as a night does: as one file, and as twelve of which several processes,
or one, take a file each; the bare split shares the same twelve files, which says what a second
process is worth on this machine. Each reading has a process of its own, whose peak
resident memory is shown, with that of the processes it shares the file with. Rates are by processor
seconds too, the best of the tries: other work on the machine slows the clock. `--page` writes the
table as Markdown.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ProcessPoolExecutor
from datetime import date, datetime
from math import log
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq

from benchmarks.measuring import WHO, cpu_seconds, markdown_table
from igwatch.night.shared_landing import PlannedFile, land_files
from igwatch.site.facility_knowledge import message_filter_of
from transforms.knowledge import load_knowledge
from transforms.parse.facility.facility import Facility
from transforms.parse.hl7 import read_hl7
from transforms.parse.hl7.message_filter import MessageFilter
from transforms.parse.hl7.parallel import part_spans
from transforms.parse.land import land
from transforms.parse.raw.raw_file import raw_path
from transforms.parse.raw.source import Source

N_BY_PYTHON_HL7, N_BY_HL7APY = 1000, 100
ONE_OF_INTEREST_IN = 10
N_OTHER_RESULTS = 18
N_FILES = 12
TRIES = 2
_COPIED_AT_ONCE = 1 << 20
A_FILE_EACH, SPLIT_EACH = "landing, a file each", "split, a file each"
HEADINGS = ("file", "reader", "messages/s", "MB/s", "per cpu s", "MB/cpu s", "of a split", "memory")
# analyte, printed range, median and spread of the logarithms: IgM low in about 1 %
ISOTYPES = (
    ("igg", "7.0-16.0", 11.0, 0.18),
    ("iga", "0.7-4.0", 2.1, 0.35),
    ("igm", "0.4-2.3", 1.15, 0.33),
)


def main() -> None:
    """Print a table of one line per file and reader."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("messages", nargs="?", type=int, default=200_000)
    given.add_argument("--processes", type=int, default=2, help="of the reading by several")
    given.add_argument("--large", type=int, default=0, help="megabytes of a file to be landed too")
    given.add_argument("--page", type=Path, help="write the table there too, as Markdown")
    asked = given.parse_args()
    rows: list[tuple[str, ...]] = []
    said = ""
    show(HEADINGS)
    with TemporaryDirectory(prefix="igwatch-bench-") as folder:
        made = files(Path(folder), asked.messages)
        for name, path in made:
            rates = {reader: measure(reader, path, asked.processes) for reader in READERS}
            rows += [rate.cells(name, reader, rates) for reader, rate in rates.items()]
            for row in rows[-len(rates) :]:
                show(row)
        if asked.large:
            large = _repeated(made[-1][1], asked.large)
            pieces = _cut(large)
            of_large = {}
            for reader, n in shared_readings(asked.processes):
                rate = measure(reader, large if reader == "landing" else pieces, n)
                of_large[reader, n] = rate.per_second
                name = reader if n > 1 else "  one process"
                rows.append(rate.cells(f"{asked.large} MB", name, rates))
                show(rows[-1])
            print(said := worth(of_large, asked.processes))
    if asked.page:
        asked.page.write_text(page(rows, asked) + (f"\n{said}\n" if said else ""), encoding="utf-8")


def shared_readings(processes: int) -> list[tuple[str, int]]:
    """The readings of the large file: reader, and how many processes share it."""
    alone = [(reader, n) for reader in (A_FILE_EACH, SPLIT_EACH) for n in (processes, 1)]
    return [("landing", processes), *alone]


def worth(per_second: dict[tuple[str, int], float], processes: int) -> str:
    """What several processes landed beside what one did, and the same of the bare split."""
    ours, split = (
        per_second[reader, processes] / per_second[reader, 1]
        for reader in (A_FILE_EACH, SPLIT_EACH)
    )
    return (
        f"{processes} processes landed {ours:.2f} times what one did; of the bare split "
        f"{processes} were worth {split:.2f}. Both count the second or two that a process takes to "
        "begin."
    )


def show(cells: Sequence[str]) -> None:
    print(f"{cells[0]:<16}{cells[1]:<20}" + "".join(f"{cell:>12}" for cell in cells[2:]))


def page(rows: Sequence[Sequence[str]], asked: argparse.Namespace) -> str:
    """The table as a page of docs/."""
    large = f" --large {asked.large}" if asked.large else ""
    return (
        "# How fast HL7 is read\n\n"
        f"Written by `python -m benchmarks.hl7 {asked.messages}{large} --page docs/hl7_speed.md` "
        f"on {date.today()}, {asked.processes} processes where several share a file. Per processor "
        f"second (cpu s), the best of {TRIES} tries, the figures hold on a busy machine too. *Of a "
        "split*: messages per processor second beside a bare split of the same bytes into fields. "
        "*of interest*: the reading of a night, which passes over what holds no code or name of "
        "interest.\n\n" + markdown_table(HEADINGS, rows, 2) + "\n"
    )


class Rate:
    """What one reader made of a file."""

    def __init__(self, n: int, n_bytes: int, seconds: float, cpu: float, megabytes: float) -> None:
        self.per_second, self.per_cpu = n / seconds, n / cpu
        self.mb_per_second, self.mb_per_cpu = n_bytes / seconds / 1e6, n_bytes / cpu / 1e6
        self.megabytes = megabytes

    def cells(self, name: str, reader: str, rates: dict[str, Rate]) -> tuple[str, ...]:
        """A line of the table."""
        return (
            name,
            reader,
            f"{self.per_second:,.0f}",
            f"{self.mb_per_second:,.1f}",
            f"{self.per_cpu:,.0f}",
            f"{self.mb_per_cpu:,.1f}",
            f"{self.per_cpu / rates['bare split'].per_cpu:.4f}x",
            f"{self.megabytes:,.0f} MB",
        )


def measure(reader: str, path: Path, processes: int) -> Rate:
    """Read the file TRIES times, each in a process of its own; the least processor time counts."""
    rates = []
    for _ in range(TRIES):
        with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
            rates.append(Rate(*pool.submit(_timed, reader, path, processes).result()))
    return max(rates, key=lambda rate: rate.per_cpu)


def _timed(reader: str, path: Path, processes: int) -> tuple[int, int, float, float, float]:
    read = LANDINGS[reader] if reader in LANDINGS else READERS[reader]
    read(_first(path, 50), processes)  # imports and caches are not part of reading the file
    wall, cpu = time.perf_counter(), cpu_seconds()
    n, n_bytes = read(path, processes)
    wall, cpu = time.perf_counter() - wall, cpu_seconds() - cpu
    own, shared = (resource.getrusage(who).ru_maxrss / 1024 for who in WHO)
    helpers = processes - 1 if reader in (A_FILE_EACH, SPLIT_EACH) else processes
    return n, n_bytes, wall, cpu, own + helpers * shared


def _first(path: Path, n: int) -> Path:
    """The first n messages as a file of their own; of a folder of pieces as a folder with one."""
    if path.is_dir():
        few = path.with_name(f"{path.name}.first{n}")
        few.mkdir(exist_ok=True)
        first = _first(path / "0.hl7", n)
        (few / "0.hl7").write_bytes(first.read_bytes())
        first.unlink()
        return few
    few = path.with_suffix(f".first{n}")
    if not few.exists():
        with path.open("rb") as file:
            messages = file.read(n * 4000).split(b"MSH|")[1 : n + 1]
        few.write_bytes(b"".join(b"MSH|" + message for message in messages))
    return few


def by_igwatch(path: Path, processes: int = 1) -> tuple[int, int]:
    return _read(path, None, 1)


def by_igwatch_of_interest(path: Path, processes: int = 1) -> tuple[int, int]:
    return _read(path, message_filter_of(Facility(name="bench")), 1)


def by_several_processes(path: Path, processes: int) -> tuple[int, int]:
    return _read(path, None, processes)


def by_landing(path: Path, processes: int) -> tuple[int, int]:
    """As a night does: into the archive, and what is of interest into raw."""
    bench = Facility(name="bench")
    with TemporaryDirectory(dir=path.parent) as home:
        landed = land(path, Path(home), bench, message_filter_of(bench), processes)
        source_file = pq.read_table(raw_path(Path(home), "source_file", "bench", landed.sha256))
    return source_file["n_messages"][0].as_py(), path.stat().st_size


def by_landing_files(pieces: Path, processes: int) -> tuple[int, int]:
    """As a night does with the same messages in N_FILES files, which the processes share."""
    bench = Facility(name="bench")
    with TemporaryDirectory(dir=pieces.parent) as home:
        for piece in pieces.iterdir():
            os.link(piece, Path(home) / piece.name)
        planned = [PlannedFile("bench", name, None) for name in sorted(os.listdir(pieces))]
        feeds = {"bench": (bench, message_filter_of(bench))}
        done = land_files(Path(home), feeds, planned, processes)
        places = {raw_path(Path(home), "source_file", "bench", one.sha256) for _, one in done}
        n = sum(pq.read_table(place)["n_messages"][0].as_py() for place in places)
    return n, _size(pieces)


def by_splitting_files(pieces: Path, processes: int) -> tuple[int, int]:
    """The bare split of the same files, which the processes share."""
    if processes == 1:
        found = [by_bare_split(piece) for piece in pieces.iterdir()]
    else:
        with ProcessPoolExecutor(processes, mp_context=get_context("spawn")) as pool:
            found = list(pool.map(by_bare_split, pieces.iterdir()))
    return sum(n for n, _ in found), _size(pieces)


def _size(pieces: Path) -> int:
    return sum(piece.stat().st_size for piece in pieces.iterdir())


def _cut(path: Path) -> Path:
    """A folder with the messages of a file in N_FILES files, none with the bytes of another."""
    folder = path.with_name("pieces")
    folder.mkdir()
    with path.open("rb") as whole:
        for number, (start, end) in enumerate(part_spans(path, -(-path.stat().st_size // N_FILES))):
            with (folder / f"{number}.hl7").open("wb") as piece:
                # a bit at a time: a process begun from a large one counts as large as that
                for place in range(start, end, _COPIED_AT_ONCE):
                    piece.write(whole.read(min(_COPIED_AT_ONCE, end - place)))
                piece.write(b"\r" * number)
    return folder


def _read(path: Path, message_filter: MessageFilter | None, processes: int) -> tuple[int, int]:
    size, now = path.stat().st_size, datetime(2025, 1, 1)
    source = Source(path, "bench", "0" * 64, path.name, size, now, now)
    for _, batch in read_hl7(source, Facility(name="bench"), message_filter, processes):
        last = batch
    return last.column("n_messages")[0].as_py(), size


def by_bare_split(path: Path, processes: int = 1) -> tuple[int, int]:
    """Every field of every message, and nothing done with it."""
    content = path.read_bytes()
    messages = content.split(b"MSH|")[1:]
    for message in messages:
        for segment in message.split(b"\r"):
            segment.split(b"|")
    return len(messages), len(content)


def by_python_hl7(path: Path, processes: int = 1) -> tuple[int, int]:
    import hl7

    messages = _texts(path, N_BY_PYTHON_HL7)
    for text in messages:
        message = hl7.parse(text)
        [str(message.segment(name)) for name in ("MSH", "PID", "OBR")]
        [[str(obx(n)) for n in range(1, 12)] for obx in message.segments("OBX")]
    return len(messages), sum(map(len, messages))


def by_hl7apy(path: Path, processes: int = 1) -> tuple[int, int]:
    from hl7apy.parser import parse_message

    messages = _texts(path, N_BY_HL7APY)
    for text in messages:
        message = parse_message(text, find_groups=False)
        for segment in message.children:
            if segment.name == "OBX":
                [getattr(segment, f"obx_{n}").value for n in (1, 2, 3, 5, 6, 7, 8, 11)]
    return len(messages), sum(map(len, messages))


def _texts(path: Path, n: int) -> list[str]:
    return ["MSH|" + text for text in _first(path, n).read_bytes().decode().split("MSH|")[1:]]


LANDINGS = {
    "landing": by_landing,
    A_FILE_EACH: by_landing_files,
    SPLIT_EACH: by_splitting_files,
}
READERS: dict[str, Callable[[Path, int], tuple[int, int]]] = {
    "bare split": by_bare_split,
    "igwatch": by_igwatch,
    "  of interest": by_igwatch_of_interest,
    "  processes": by_several_processes,
    "python-hl7": by_python_hl7,
    "hl7apy": by_hl7apy,
}


def files(folder: Path, n: int) -> list[tuple[str, Path]]:
    """Immunoglobulins only, and a hospital's feed with one message in ten of them."""
    rng = random.Random(1)
    codes = total_codes()
    immunoglobulin, hospital = folder / "immunoglobulin.hl7", folder / "hospital.hl7"
    with immunoglobulin.open("w") as file:
        file.writelines(message(i, rng, codes) for i in range(n))
    with hospital.open("w") as file:
        for i in range(n):
            of_interest = i % ONE_OF_INTEREST_IN == 0
            file.write(message(i, rng, codes if of_interest else None))
    return [("immunoglobulin", immunoglobulin), ("hospital", hospital)]


def total_codes() -> dict[str, str]:
    """An accepted LOINC code of each analyte's total concentration."""
    rows = load_knowledge()["code"].to_pylist()
    accepted = [row for row in rows if row["decision"] == "accept" and row["code_system"] == "LN"]
    return {row["analyte"]: row["code"] for row in reversed(accepted) if row["series"] == "total"}


def _repeated(path: Path, megabytes: int) -> Path:
    """A file of this size that repeats another; the patients' numbers repeat too."""
    large, size = path.with_name(f"large{path.suffix}"), path.stat().st_size
    with large.open("wb") as file:
        for _ in range(-(-megabytes * 10**6 // size)):
            file.write(path.read_bytes())
    return large


def message(number: int, rng: random.Random, codes: dict[str, str] | None) -> str:
    """An ORU^R01 as a laboratory sends it: three isotypes, or a chemistry profile without codes."""
    day = f"2024{rng.randint(1, 12):02}{rng.randint(1, 28):02}{rng.randint(6, 18):02}"
    head = (
        f"MSH|^~\\&|LAB|NORTH|IGW|CLINIC|{day}3059||ORU^R01^ORU_R01|{number:09}|P|2.5.1\r"
        f"PID|1||{rng.randint(0, 10**6):07}^^^NORTH^MR||LARK^ANNA^Q||19{rng.randint(20, 99)}0105|F"
        "|||1 MILL ROAD^^TOWN^^12345\r"
        "PV1|1|O|CLIN^1^1\r"
        f"ORC|RE|P{number:09}|F{number:09}\r"
        f"OBR|1|P{number:09}|F{number:09}|PROFILE^Profile^L|||{day}1500{'|' * 15}{day}2500|||F\r"
    )
    if codes:
        results = [
            _result(i, codes[isotype], isotype.upper(), _level(rng, *level), "g/L", limits)
            for i, (isotype, limits, *level) in enumerate(ISOTYPES, 1)
        ]
    else:
        results = [
            _result(i, f"CH{i:03}", "Chemistry by method", rng.uniform(1, 9), "mmol/L", "3.5-5.1")
            for i in range(1, N_OTHER_RESULTS + 1)
        ]
    specimen = f"SPM|1|^S{number:09}||SER^Serum^HL70487{'|' * 13}{day}1500\r"
    return head + "".join(results) + specimen


def _level(rng: random.Random, median: float, spread: float) -> float:
    return rng.lognormvariate(log(median), spread)


def _result(number: int, code: str, name: str, value: float, unit: str, limits: str) -> str:
    return f"OBX|{number}|NM|{code}^{name}^LN||{value:.2f}|{unit}^^UCUM|{limits}|N|||F\r"


if __name__ == "__main__":
    main()
