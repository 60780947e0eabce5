"""The draft of an HL7 v2 feed's facility file."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from igwatch.draft.facility_draft import Draft, DraftError, Setting
from igwatch.draft.local_code import SampleCode, code_settings, nothing_known
from transforms.parse.facility.facility import IdentifierRule
from transforms.parse.facility.facility_file import UNANSWERED
from transforms.parse.hl7.charset import readable
from transforms.parse.hl7.datatype import first, leaves
from transforms.parse.hl7.er7 import FIELD, USUAL, delimiters_of, in_usual_signs, segments
from transforms.parse.hl7.identifier import Unidentified, chosen, identifiers

_MESSAGE = re.compile(r"^(?=[\s\x0b\ufeff]*MSH[^\w\s])", re.MULTILINE)
_PADDING = "\x0b\x1c\ufeff \t\r\n"
_OFFSET = re.compile(r".*[+-]\d{4}")
_OPEN = ("patient_identifier_ambiguous", "patient_identifier_missing")


@dataclass
class _Sample:
    """What the messages of a sample say about the feed; no identifier of a patient is kept."""

    n_messages: int = 0
    n_patients: int = 0
    n_offset: int = 0
    n_ambiguous: int = 0
    n_missing: int = 0
    kinds: Counter[tuple[str, str]] = field(default_factory=Counter)
    elsewhere: Counter[str] = field(default_factory=Counter)
    times: Counter[str] = field(default_factory=Counter)
    results: list[tuple[str, str, str]] = field(default_factory=list)


def draft_hl7(head: bytes, name: str, zone: Setting) -> Draft:
    """The draft for the feed of which these are messages, unpacked.

    Raises DraftError when no message can be read.
    """
    sample = _Sample()
    for raw in _messages(readable(head)):
        _note(raw, sample)
    if not sample.n_messages:
        raise DraftError("no message of the sample can be read", "see igwatch preview")
    seen = f"an HL7 v2 file: {sample.n_messages} messages, {len(sample.results)} results read"
    codes = SampleCode.counted(sample.results)
    settings = [zone, *_identifier(sample), *code_settings(codes)]
    return Draft(name, seen, tuple(settings), tuple(_remarks(sample)), loud=nothing_known(codes))


def _messages(text: str) -> Iterator[str]:
    for message in _MESSAGE.split(text.replace("\r\n", "\r").replace("\r", "\n")):
        message = message.strip(_PADDING)
        signs = delimiters_of(message.split("\n", 1)[0]) if message.startswith("MSH") else None
        if signs:
            yield message if signs == USUAL else in_usual_signs(message, signs)


def _note(message: str, sample: _Sample) -> None:
    """Add what a message shows of its sender's habits to the sample."""
    sample.n_messages += 1
    for segment, line in zip(*segments(message, is_clean=False), strict=True):
        fields = [*line.split(FIELD), *[""] * 20]
        if segment == "MSH":
            sample.n_offset += bool(_OFFSET.fullmatch(fields[6]))
        elif segment == "PID":
            _note_patient(fields, sample)
        elif segment == "OBR":
            sample.times["OBR-7"] += bool(fields[7])
        elif segment == "SPM":
            sample.times["SPM-17"] += bool(fields[17])
        elif segment == "OBX":
            code, text, _ = leaves(fields[3], 3)
            sample.times["OBX-14"] += bool(fields[14])
            sample.results.append((code or "", text or "", first(fields[6]) or ""))


def _note_patient(fields: list[str], sample: _Sample) -> None:
    rule = IdentifierRule()
    stated = identifiers(fields[3], rule)
    sample.n_patients += 1
    sample.kinds.update(dict.fromkeys((i.authority, i.type) for i in stated).keys())
    found = chosen(stated, rule)
    is_open = isinstance(found, Unidentified) and found.reason in _OPEN
    sample.n_missing += not stated
    sample.n_ambiguous += bool(stated) and is_open
    for name, other in (("PID-2", fields[2]), ("PID-4", fields[4])):
        sample.elsewhere[name] += bool(identifiers(other, rule)) and not stated


def _identifier(sample: _Sample) -> Iterator[Setting]:
    """Asked where PID-3 of some patient may mean several by the rule that holds without a setting,
    or where it is mostly empty; one patient without a number is that message's fault."""
    n_open = sample.n_ambiguous + sample.n_missing
    if not sample.n_ambiguous and 2 * sample.n_missing <= sample.n_patients:
        return
    note = f"PID-3 of {n_open} of {sample.n_patients} patients names nobody for sure"
    filled = [name for name, n in sample.elsewhere.items() if n]
    if filled and 2 * sample.n_missing > sample.n_patients:
        yield Setting(("identifier", "field"), UNANSWERED, f"{note}; filled are", tuple(filled))
        return
    types = [kind for _, kind in _usual(sample) if kind]
    authorities = [authority for authority, _ in _usual(sample) if authority]
    if len({*types}) == len(_usual(sample)):
        yield Setting(("identifier", "type"), UNANSWERED, note, tuple(types))
    else:
        listed = tuple(dict.fromkeys(authorities))
        yield Setting(("identifier", "authority"), UNANSWERED, f"{note} (CX.4)", listed)


def _remarks(sample: _Sample) -> Iterator[str]:
    kinds = ", ".join(f"{_named(*kind)} {n}" for kind, n in _usual(sample).items())
    yield f"PID-3 holds (authority and type): {kinds or 'nothing usual'}."
    times = ", ".join(f"{name} {n}" for name, n in sample.times.items() if n)
    yield f"Time of collection, best first SPM-17, OBR-7, OBX-14; filled are: {times or 'none'}."
    if sample.n_missing:
        yield f"PID-3 is empty for {sample.n_missing} of {sample.n_patients} patients."
    if sample.n_offset:
        yield f"MSH-7 carries an offset in {sample.n_offset} of {sample.n_messages} messages."


def _usual(sample: _Sample) -> dict[tuple[str, str], int]:
    """Authorities and types that stand with more than one patient: in a field that has slipped,
    anything may stand there."""
    few = min(1, sample.n_patients - 1)
    return {kind: n for kind, n in sample.kinds.items() if n > few}


def _named(authority: str, kind: str) -> str:
    return f"{authority or 'nobody'} {kind or '(no type)'}"
