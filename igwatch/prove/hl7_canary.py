"""A feed's canaries as HL7 v2, each result shaped after the newest real one of its isotype.

A message is written anew, field by field: what FIELDS names is carried or replaced, whatever else
the real message held is not there. MSH-9, -11, -12 and -18 are carried where they are codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from igwatch.prove.canary import Person, Sample
from igwatch.prove.carried import Carried
from igwatch.prove.drug import Drug
from igwatch.prove.hl7_message import Message
from igwatch.prove.shape import Feed, Sent
from igwatch.prove.written_number import canary_value
from igwatch.prove.written_time import like_hl7
from transforms.parse.facility.facility import Facility
from transforms.parse.hl7.er7 import USUAL, Delimiters
from transforms.parse.hl7.escape import unescape

_SIGNS = re.compile(r"([~^&])")
_CODE = re.compile(r"[A-Z0-9][A-Z0-9 ./^_~-]{0,39}")
# by segment: the fields that are carried as they are, those that are dates, those that are numbers
CARRIED = {
    "OBR": (4, 15, 25),
    "OBX": (2, 3, 6, 11, 15, 23, 29),
    "SPM": (4,),
}
TIMES = {"OBR": (7, 14, 22), "OBX": (14,), "SPM": (17,), "ORC": (9, 15), "TQ1": (7,)}
NUMBERS = {"OBR": (2, 3), "SPM": (2,), "ORC": (2, 3)}
COUNTERS = {"OBR": (1,), "OBX": (1,), "SPM": (1,), "TQ1": (1,)}
MSH_CODES = (9, 11, 12, 18)


@dataclass(frozen=True)
class Writer:
    """Writes canaries as this feed does; `models` are its newest messages by source and number."""

    facility: Facility
    feed: Feed
    carried: Carried
    models: Mapping[tuple[str, int], Message]
    refused: Message | None = None  # the newest, where most of a delivery was refused

    def results(self, person: Person, sample: Sample, sent: Sequence[Sent]) -> bytes:
        """One sample of a canary: a message with the isotypes of `sent`, as bytes."""
        first = self._model(sent[0])
        lines = [
            self._header(first, person, f"{sample.number}{sample.sending}", person.sent_at(sample)),
            self._patient(first, person),
        ]
        groups: dict[tuple[str, int, int | None], list[Sent]] = {}
        for one in sent:
            model = self._model(one)
            order = model.above(model.at(one.newest["line_number"]), "OBR")
            groups.setdefault((one.place[0], one.newest["message_number"], order), []).append(one)
        for number, (key, of_order) in enumerate(groups.items(), 1):
            lines += self._order(key[2], of_order, person, sample, number)
        return written(lines, first)

    def _model(self, sent: Sent) -> Message:
        return self.models[sent.newest["source_sha256"], sent.newest["message_number"]]

    def _order(
        self, order: int | None, sent: list[Sent], person: Person, sample: Sample, number: int
    ) -> Iterator[str]:
        """The order segments around these results, and the results."""
        model = self._model(sent[0])
        last = max(model.at(one.newest["line_number"]) for one in sent)
        numbers = f"{sample.number} order {number}"
        collected, told = person.collected_at(sample), person.sent_at(sample)
        specimens = []
        if order is not None:
            if order and model.ids[order - 1] == "ORC":
                yield self._segment(model.lines[order - 1], person, numbers, collected, told)
            yield self._segment(model.lines[order], person, numbers, collected, told)
            end = next(
                (i for i in range(last, len(model.ids)) if model.ids[i] in ("ORC", "OBR")),
                len(model.ids),
            )
            specimens = [i for i in range(order, end) if model.ids[i] == "SPM"]
        before = [i for i in specimens if i < last]
        for i in before:
            yield self._segment(model.lines[i], person, numbers, collected, told)
        for one in sent:
            yield self._result(one, person, sample, numbers)
        for i in specimens[len(before) :]:
            yield self._segment(model.lines[i], person, numbers, collected, told)

    def _result(self, sent: Sent, person: Person, sample: Sample, numbers: str) -> str:
        model = self._model(sent)
        line = model.lines[model.at(sent.newest["line_number"])]
        told = person.sent_at(sample)
        fields = self._fields(line, person, numbers, person.collected_at(sample), told)
        original = line.split("|")
        grams = sample.g_per_l[sent.analyte]
        fields[5] = canary_value(_at(original, 5), grams, sent, self.facility, self.carried)
        age = person.canary.born_days_before - sample.days_before
        fields[7] = self.carried.printed_range(self.feed.printed_range(sent, age))
        word = self.feed.words.get(("status", "corrected"))
        if sample.sending > 1 and word:
            fields[11] = word
        return "|".join(fields).rstrip("|")

    def _segment(
        self, line: str, person: Person, numbers: str, collected: datetime, told: datetime
    ) -> str:
        return "|".join(self._fields(line, person, numbers, collected, told)).rstrip("|")

    def _fields(
        self, line: str, person: Person, numbers: str, collected: datetime, told: datetime
    ) -> list[str]:
        """The segment's fields with everything left out that is not named above."""
        sent = line.split("|")
        name = sent[0]
        fields = [name, *[""] * max(30, len(sent))]
        for n in COUNTERS.get(name, ()):
            fields[n] = _at(sent, n) if _at(sent, n).isdigit() else ""
        for n in CARRIED.get(name, ()):
            fields[n] = self._field(_at(sent, n))
        for n in TIMES.get(name, ()):
            moment = told if (name, n) in (("OBR", 22), ("ORC", 9)) else collected
            fields[n] = like_hl7(_at(sent, n), moment) if _at(sent, n) else ""
        for n in NUMBERS.get(name, ()):
            if own := _SIGNS.split(_at(sent, n))[0]:
                fields[n] = person.number(f"{name} {n} {numbers}", own)
        return fields

    def _field(self, field: str) -> str:
        """A field of words, each leaf of it carried or its shape."""
        parts = _SIGNS.split(field)
        return "".join(part if part in "~^&" else self._leaf(part) for part in parts)

    def _leaf(self, leaf: str) -> str:
        text = unescape(leaf)
        if text == self.carried.text(text):
            return leaf
        return re.sub(r"[|~^&\\]", " ", self.carried.text(text))

    def _header(self, model: Message, person: Person, about: str, told: datetime) -> str:
        sent = (self.refused or model).first("MSH").split("|")
        fields = ["MSH", "^~\\&", *[""] * 18]
        fields[3] = self._field(_at(sent, 3))  # MSH-4; MSH-1 is the separator itself
        fields[6] = like_hl7(_at(sent, 6) or "20000101000000", told)
        fields[9] = person.number(f"control {about}")
        for n in MSH_CODES:
            text = _at(sent, n - 1)
            fields[n - 1] = text if _CODE.fullmatch(text) else self._field(text)
        return "|".join(fields).rstrip("|")

    def _patient(self, model: Message, person: Person) -> str:
        sent = (self.refused or model).first("PID").split("|")
        fields = ["PID", "1" if _at(sent, 1) else "", *[""] * 7]
        for n in (2, 3, 4):
            is_read = n == 3 or self.facility.identifier.field == f"PID-{n}"
            fields[n] = self._identifiers(_at(sent, n), person) if is_read else ""
        fields[7] = like_hl7(_at(sent, 7), person.birth_date) if _at(sent, 7) else ""
        sex = self.feed.words.get(("sex", person.canary.sex), person.canary.sex)
        fields[8] = sex if _at(sent, 8) else ""
        return "|".join(fields)

    def _identifiers(self, field: str, person: Person) -> str:
        """Each repetition with a number of nobody and the authority and type of the real one."""
        numbers = []
        for repetition in field.split("~"):
            parts = repetition.split("^")
            number = person.number("patient", parts[0]) if parts[0] else ""
            rest = [self._field(_at(parts, n)) for n in (3, 4, 5)]
            numbers.append("^".join([number, "", "", *rest]).rstrip("^"))
        return "~".join(numbers)

    def exposure(
        self, person: Person, number: int, on: datetime, model: Message, drug: Drug
    ) -> bytes:
        """One order, dispensing or administration of a drug, after a real message."""
        told = on
        lines = [
            self._header(model, person, f"drug {number}", told),
            self._patient(model, person),
        ]
        for name, line in zip(model.ids, model.lines, strict=True):
            if name == "ORC":
                sent = line.split("|")
                fields = self._fields(line, person, f"drug {number}", on, told)
                fields[1] = _at(sent, 1) if re.fullmatch(r"[A-Z]{2}", _at(sent, 1)) else ""
                lines.append("|".join(fields).rstrip("|"))
            elif name in drug_fields():
                lines.append(self._drug(line, person, number, on, drug))
            elif name == "TQ1":
                lines.append(self._segment(line, person, f"drug {number}", on, told))
        return written(lines, model)

    def _drug(self, line: str, person: Person, number: int, on: datetime, drug: Drug) -> str:
        sent = line.split("|")
        place, times = drug_fields()[sent[0]]
        fields = [sent[0], *[""] * max(place, *times)]
        code = (_at(sent, place).split("~")[0].split("^") + [""] * 3)[:3]
        fields[place] = "^".join([drug.code if code[0] else "", drug.name, self._field(code[2])])
        for n in times:
            parts = _at(sent, n).split("~")[0].split("^")
            shown = [like_hl7(p, on) if i == _START and p else "" for i, p in enumerate(parts)]
            if len(parts) == 1 and parts[0]:
                shown = [like_hl7(parts[0], on)] if len(parts[0]) > 4 else [parts[0]]
            elif parts[0].isdigit() and len(parts[0]) < 4:
                shown[0] = parts[0]
            fields[n] = "^".join(shown).rstrip("^")
        return "|".join(fields).rstrip("|")


_START = 3  # TQ-4 of a quantity and timing


def drug_fields() -> Mapping[str, tuple[int, tuple[int, ...]]]:
    """By segment of pharmacy: the field of the drug, and those that say when."""
    return {
        "RXO": (1, ()),
        "RXE": (2, (1,)),
        "RXD": (2, (3,)),
        "RXG": (4, (3,)),
        "RXA": (5, (3, 4)),
    }


def _at(parts: Sequence[str], n: int) -> str:
    return parts[n] if n < len(parts) else ""


def written(lines: Sequence[str], model: Message) -> bytes:
    """The segments with the model's own signs, line ends and character set."""
    text = "".join(line + model.line_end for line in lines)
    if model.delimiters != USUAL:
        text = _in_own_signs(text, model.delimiters)
    return text.encode(model.codec, "replace")


def _in_own_signs(text: str, own: Delimiters) -> str:
    """The text with a sender's own five signs in place of the usual ones; where it has no escape
    or no subcomponent sign, what needs one is left out."""
    foreign = {sign: f"\\{letter}\\" for letter, sign in zip("FSRET", own, strict=True) if sign}
    plain = "".join(foreign.get(sign, sign) if sign not in USUAL else sign for sign in text)
    signs: dict[str, str | int | None] = dict(zip(USUAL, own, strict=True))
    return plain.translate(str.maketrans(signs))
