"""A sign-off as the page of a rule set saves it: one answer to a line, all by one signer."""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from igwatch.base.error import IgwatchError
from igwatch.base.printable import printable

COLUMNS = (
    *("rule_set", "rule_version", "kind", "item", "sha256", "answer", "comment"),
    *("signer", "signed_at"),
)
AGREE, NOT = "agree", "not"
MOST_BYTES = 8 << 20
MEND = "save it from the page again, and sign that file as it is"
# the apostrophe that the page puts before what a spreadsheet would compute
GUARDED = re.compile(r"'+(?:[\t\r]|[ \n\v\f]*[=+\-@＝＋－＠])")
DIGEST = re.compile(r"[0-9a-f]{64}")


class SignOffError(IgwatchError):
    """A sign-off that cannot be read; one line with file, line, field and mend."""


@dataclass(frozen=True)
class Answer:
    """What one signer says of one row, by the digest of what they saw."""

    rule_set: str
    rule_version: str
    kind: str
    item: str
    sha256: str
    answer: str
    comment: str
    signer: str
    signed_at: datetime


def read_signoff(path: Path) -> tuple[bytes, list[Answer]]:
    """The bytes of a file, and its answers, at least one and all of one signer.

    Raises SignOffError, OSError.
    """
    if path.stat().st_size > MOST_BYTES:
        raise SignOffError(f"{path.name} is larger than any page saves", MEND)
    content = path.read_bytes()
    return content, parse_signoff(content, path.name)


def parse_signoff(content: bytes, name: str) -> list[Answer]:
    """The answers in these bytes. Raises SignOffError."""
    try:
        lines = csv.DictReader(io.StringIO(content.decode("utf-8-sig"), newline=""), strict=True)
        if tuple(lines.fieldnames or ()) != COLUMNS:
            raise SignOffError(f"{name}, line 1: header must be {','.join(COLUMNS)};", MEND)
        answers = [_answer(f"{name}, line {lines.line_num}", row) for row in lines]
    except (UnicodeDecodeError, csv.Error):
        raise SignOffError(f"{name} is no CSV in UTF-8", MEND) from None
    if not answers:
        raise SignOffError(f"{name} answers nothing", MEND)
    if len({answer.signer for answer in answers}) > 1:
        raise SignOffError(f"{name} has lines of several signers", "one file is one signer's")
    return answers


def digest_of(content: bytes) -> str:
    """Hex SHA-256 of a file, by which the ledger knows it."""
    return hashlib.sha256(content).hexdigest()


def _answer(place: str, row: Mapping[str | None, str | None]) -> Answer:
    if None in row or None in row.values():
        raise SignOffError(f"{place}: it has not {len(COLUMNS)} cells", MEND)
    said = {str(name): _unguarded(text or "") for name, text in row.items()}
    if said["answer"] not in (AGREE, NOT):
        shown = printable(said["answer"])[:40]
        raise SignOffError(f"{place}, answer: {AGREE} or {NOT}, not {shown!r};", MEND)
    if not DIGEST.fullmatch(said["sha256"]):
        raise SignOffError(f"{place}, sha256: 64 hex digits;", MEND)
    if not said["signer"].strip():
        raise SignOffError(f"{place}, signer: nobody;", MEND)
    return Answer(**{**said, "signed_at": _instant(place, said["signed_at"])})  # type: ignore[arg-type]


def _instant(place: str, text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
    except ValueError:
        raise SignOffError(f"{place}, signed_at: no date and time;", MEND) from None
    return instant if instant.tzinfo else instant.replace(tzinfo=UTC)


def _unguarded(text: str) -> str:
    return text[1:] if GUARDED.match(text) else text
