"""Who looked at what, and when: `<home>/ledger/access.jsonl`, only ever added to.

A record is a line of JSON that names the SHA-256 of the line before, so that none can be changed or
taken out unseen; how far it reaches is noted outside of the ledger. A patient stands in it as a
keyed hash: it answers who looked at a patient, and names nobody to whom reads it.
"""

from __future__ import annotations

import fcntl
import hashlib
import hmac
import json
import os
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path

from igwatch.base.atomic_file import private_folder, write_whole
from warehouse.ledger import LedgerError

FILE, KEY, HEAD = "ledger/access.jsonl", "ledger/access.key", "raw/.last_access.json"
LONGEST_LINE = 1 << 16


@dataclass(frozen=True)
class Access:
    """One record. `patients`: keyed hashes of whom it was about, None for everybody; `what` says
    what else it was about, a run or what was held; `at` is UTC."""

    seq: int
    at: str
    who: str
    command: str
    patients: list[str] | None
    what: str | None
    why: str | None
    previous_sha256: str | None


def add_access(
    home: Path,
    who: str,
    command: str,
    patients: Iterable[str] | None = None,
    what: str | None = None,
    why: str | None = None,
) -> Access:
    """Add a record of who looked at these patients (None: everybody) and return it.

    Raises OSError where the home cannot be written to, LedgerError where the last record is
    damaged.
    """
    with _held(home) as file:
        last = _last_line(file)
        before = _record(last) if last else None
        made = Access(
            before.seq + 1 if before else 1,
            datetime.now(UTC).isoformat(timespec="seconds"),
            who,
            command,
            None if patients is None else sorted({hashed(home, name) for name in patients}),
            what,
            why,
            _sha256(last) if last else None,
        )
        line = json.dumps(asdict(made), ensure_ascii=False).encode()
        os.write(file, line + b"\n")
        os.fsync(file)
        write_whole(home / HEAD, json.dumps({"seq": made.seq, "sha256": _sha256(line)}))
    return made


def accesses(home: Path, names: Iterable[str] | None = None) -> list[Access]:
    """Every record, oldest first; with names of a patient only those about them or everybody.

    Raises LedgerError.
    """
    found = [_record(line) for line in _lines(home)]
    if names is None:
        return found
    keys = {hashed(home, name) for name in names} if found else set()
    return [r for r in found if r.patients is None or keys & set(r.patients)]


def broken_accesses(home: Path) -> list[str]:
    """What is wrong with the chain: lines changed, taken out, or missing at its end."""
    broken: list[str] = []
    before: str | None = None
    digests: dict[int, str] = {}
    for number, line in enumerate(_lines(home), start=1):
        try:
            record = _record(line)
        except LedgerError as error:
            return [*broken, str(error)]
        if record.seq != number or record.previous_sha256 != before:
            broken.append(f"record {record.seq} of who looked does not follow the one before it")
        before = digests[record.seq] = _sha256(line)
    return [*broken, *_beyond_the_end(home, digests)]


def hashed(home: Path, name: str) -> str:
    """A patient's identifier or key as the ledger holds it. Raises OSError."""
    return hmac.new(_key(home), name.strip().casefold().encode(), hashlib.sha256).hexdigest()


def _beyond_the_end(home: Path, digests: dict[int, str]) -> Iterator[str]:
    try:
        head = json.loads((home / HEAD).read_text(encoding="utf-8"))
    except (FileNotFoundError, ValueError):
        return
    if digests.get(head["seq"]) != head["sha256"]:
        yield f"record {head['seq']} of who looked, the last that was made, is missing or changed"


@contextmanager
def _held(home: Path) -> Iterator[int]:
    """The file, open at its end, while nobody else adds to it."""
    path = home / FILE
    private_folder(path.parent)
    file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file
    finally:
        os.close(file)


def _last_line(file: int) -> bytes | None:
    """The last whole line; one that a killed process cut short was told to nobody, and goes."""
    size = os.fstat(file).st_size
    tail = os.pread(file, LONGEST_LINE, max(0, size - LONGEST_LINE))
    whole = tail[: tail.rfind(b"\n") + 1]
    if len(whole) < len(tail):
        os.ftruncate(file, size - len(tail) + len(whole))
    return whole.splitlines()[-1] if whole else None


def _lines(home: Path) -> list[bytes]:
    try:
        content = (home / FILE).read_bytes()
    except FileNotFoundError:
        return []
    return content[: content.rfind(b"\n") + 1].splitlines()


def _record(line: bytes) -> Access:
    try:
        return Access(**json.loads(line))
    except (ValueError, TypeError):
        raise LedgerError(
            f"a record in {FILE} cannot be read", "bring it back from a backup"
        ) from None


def _key(home: Path) -> bytes:
    """The key of the hashes, made once; it stays in the ledger, which nobody else may read."""
    path = home / KEY
    if not path.exists():
        write_whole(path, secrets.token_hex(32))
    return path.read_bytes()


def _sha256(line: bytes) -> str:
    return hashlib.sha256(line).hexdigest()
