"""The resources of a file that others refer to, found again by what references call them.

Few are kept in memory, more in a private file that is gone with the store: the memory that a file
takes does not grow with its size.
"""

from __future__ import annotations

import json
import sqlite3
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

REFERRED_TO = frozenset(
    ["Patient", "Specimen", "Medication", "Organization", "ServiceRequest", "DiagnosticReport"]
)
TWICE: dict[str, Any] = {"resourceType": "twice"}  # two resources under one name, neither newer
_IN_MEMORY = 50_000
_IDENTITY = ("resourceType", "identifier", "birthDate", "gender")
_LEFT_OUT = ("text", "contact", "photo", "address", "telecom", "name", "extension", "presentedForm")


class ResourceStore:
    """Keeps resources by scope and key. Close it, or use it as a context.

    Scopes below zero are passing: they are held in memory until the next `forget_passing`.
    """

    def __init__(self, work: Path | None = None) -> None:
        self._work = work
        self._kept: dict[str, Any] = {}
        self._passing: dict[str, Any] = {}
        self._folder: TemporaryDirectory | None = None
        self._file: sqlite3.Connection | None = None
        self.get = lru_cache(maxsize=4096)(self._get)

    def __enter__(self) -> ResourceStore:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Forget everything."""
        self._kept.clear()
        if self._file and self._folder:
            self._file.close()
            self._folder.cleanup()

    def forget_passing(self) -> None:
        """Forget the resources of all scopes below zero."""
        self._passing.clear()

    def put(self, scope: int, keys: list[str], content: dict[str, Any]) -> None:
        """Keep a resource: of several under one key the one that was updated last."""
        kept = {k: v for k, v in content.items() if k not in _keep_out(content)}
        for key in keys:
            before = self._get(scope, key)
            newest = kept if before is None else _newer(before, kept)
            if scope < 0:
                self._passing[f"{scope} {key}"] = newest
            else:
                self._write(f"{scope} {key}", newest)

    def _get(self, scope: int, key: str) -> dict[str, Any] | None:
        """The resource that a reference of this scope calls so; TWICE where it may be either."""
        name = f"{scope} {key}"
        if scope < 0:
            return self._passing.get(name)
        if self._file is None:
            return self._kept.get(name)
        found = self._file.execute("SELECT content FROM kept WHERE name = ?", [name]).fetchone()
        return json.loads(found[0]) if found else None

    def _write(self, name: str, content: dict[str, Any]) -> None:
        if self._file is None and len(self._kept) >= _IN_MEMORY:
            self._move_to_file()
        if self._file is None:
            self._kept[name] = content
        else:
            row = [name, json.dumps(content)]
            self._file.execute("INSERT OR REPLACE INTO kept VALUES (?, ?)", row)

    def _move_to_file(self) -> None:
        self._folder = TemporaryDirectory(prefix="fhir-", dir=self._work)
        self._file = sqlite3.connect(
            Path(self._folder.name) / "kept", isolation_level=None, check_same_thread=False
        )
        for setting in ("journal_mode = OFF", "synchronous = OFF"):
            self._file.execute(f"PRAGMA {setting}")
        self._file.execute("CREATE TABLE kept (name TEXT PRIMARY KEY, content TEXT) WITHOUT ROWID")
        self._file.execute("BEGIN")
        rows = ((name, json.dumps(content)) for name, content in self._kept.items())
        self._file.executemany("INSERT INTO kept VALUES (?, ?)", rows)
        self._kept = {}


def _keep_out(content: dict[str, Any]) -> tuple[str, ...]:
    """What no reader asks for; the name of a laboratory is asked for."""
    is_named = content.get("resourceType") == "Organization"
    return tuple(name for name in _LEFT_OUT if not (is_named and name == "name"))


def _newer(before: dict[str, Any], content: dict[str, Any]) -> dict[str, Any]:
    """Of two under one name the newer, else the later; TWICE of patients who differ."""
    earlier, later = _updated(before), _updated(content)
    if earlier and later and earlier != later:
        return content if later > earlier else before
    is_patient = "Patient" in (before.get("resourceType"), content.get("resourceType"))
    is_other = any(before.get(name) != content.get(name) for name in _IDENTITY)
    return TWICE if before == TWICE or (is_patient and is_other) else content


def _updated(content: dict[str, Any]) -> str | None:
    meta = content.get("meta")
    updated = meta.get("lastUpdated") if isinstance(meta, dict) else None
    return updated if isinstance(updated, str) else None
