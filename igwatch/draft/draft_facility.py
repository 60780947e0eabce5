"""One sample file in, the draft of its facility file out."""

from __future__ import annotations

from pathlib import Path

from igwatch.draft.delimited import draft_delimited
from igwatch.draft.export_shape import shapes
from igwatch.draft.facility_draft import Draft, DraftError, Setting
from igwatch.draft.fhir import draft_fhir
from igwatch.draft.hl7 import draft_hl7
from transforms.knowledge import load_knowledge
from transforms.parse.delimited.gzip_file import is_damaged, open_unpacked
from transforms.parse.delimited.not_text import why_not_text
from transforms.parse.facility.facility import is_character_set, is_facility_name
from transforms.parse.facility.facility_file import UNANSWERED
from transforms.parse.source_reader import begins_as_fhir, begins_as_hl7

SAMPLE_BYTES = 16 << 20
_ZONE = Setting(
    ("zone",),
    UNANSWERED,
    "the zone of the laboratory's clock, from the IANA database, such as Europe/London",
)

__all__ = ["Draft", "DraftError", "draft_facility"]


def draft_facility(
    file: Path, name: str, encoding: str | None = None, like: str | None = None
) -> Draft:
    """The draft of `facility/<name>.yaml` for the feed that `file` is a sample of.

    `encoding` is what a person knows of a delimited file's bytes, `like` of the system that wrote
    it (knowledge/export_shape.csv). Only the first SAMPLE_BYTES are read.
    Raises DraftError in one line with the mend.
    """
    if not is_facility_name(name):
        raise DraftError(
            "not a facility's name", "name a facility with letters, digits, _ and - only"
        )
    if encoding and not is_character_set(encoding):
        raise DraftError("encoding:", "write for example utf-8, cp1252, latin-1 or cp850")
    reason = "gzip_damaged" if is_damaged(file) else None
    if not reason:
        with open_unpacked(file) as stream:
            head = _read(stream)
        reason = why_not_text(head)
    if reason:
        rows = load_knowledge()["reject_reason"].to_pylist()
        (row,) = [row for row in rows if row["reason_code"] == reason]
        raise DraftError(f"{file.name}: {row['sentence']}", row["mend"])
    if like and like not in shapes():
        raise DraftError(f"no header list of {like}", f"known are {', '.join(shapes())}")
    of_messages = "HL7 v2" if begins_as_hl7(head) else "FHIR" if begins_as_fhir(head) else None
    if like and of_messages:
        raise DraftError(
            f"{file.name}: is {of_messages}, and {like} is a list of a table's headers;",
            "leave out --like",
        )
    if of_messages == "HL7 v2":
        return draft_hl7(head, name, _ZONE)
    if of_messages == "FHIR":
        return draft_fhir(file, name, _ZONE)
    return draft_delimited(head, file, name, _ZONE, encoding, like)


def _read(stream) -> bytes:
    """The first bytes, up to the end of a line where the file goes on."""
    head = stream.read(SAMPLE_BYTES)
    return head if len(head) < SAMPLE_BYTES else head[: head.rfind(b"\n") + 1]
