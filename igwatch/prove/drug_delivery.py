"""The drugs of a laboratory's canaries, as the feed of exposures writes the drugs of patients."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from igwatch.prove.canary import Person
from igwatch.prove.carried import Carried, carried
from igwatch.prove.delimited_canary import DelimitedWriter
from igwatch.prove.delimited_sample import SampleFile
from igwatch.prove.drug import Drug, drug_of
from igwatch.prove.hl7_canary import Writer
from igwatch.prove.shape import Feed
from igwatch.prove.source import Source
from igwatch.prove.written_time import UnwritableTimeError
from transforms.parse.facility.facility import Facility


@dataclass(frozen=True)
class Given:
    """One drug that a canary was given."""

    person: Person
    number: int
    on: datetime
    drug: Drug


def drug_file(
    source: Source, laboratory: str, facility: Facility, people: Sequence[Person]
) -> tuple[str, bytes] | None:
    """The name and the bytes of a file that says what these people were given; None where the feed
    sent no medication lately that can be imitated."""
    feed = source.feeds[facility.name]
    may_carry = carried(facility, feed.shared)
    for sent in feed.medications:
        given = _given(people, sent)
        if given is None:
            continue
        try:
            return _file(source, laboratory, facility, feed, may_carry, given, sent["newest"])
        except (FileNotFoundError, UnwritableTimeError, LookupError, ValueError):
            continue
    return None


def _given(people: Sequence[Person], sent: Mapping[str, Any]) -> list[Given] | None:
    given = []
    for person in people:
        for row in person.canary.exposures:
            drug = drug_of(row, sent)
            if drug is None:
                return None
            on = person.day(row["days_before"])
            given.append(Given(person, row["exposure_number"], on, drug))
    return given


def _file(
    source: Source,
    laboratory: str,
    facility: Facility,
    feed: Feed,
    may_carry: Carried,
    given: Sequence[Given],
    newest: Mapping[str, Any],
) -> tuple[str, bytes]:
    if newest["format"] == "csv":
        sha256 = newest["source_sha256"]
        lines = [newest["line_number"]]
        file = source.sample(sha256, newest["source_name"], facility, lines)
        form = _newest_form(source, facility, file)
        writer = DelimitedWriter(facility, feed, may_carry, form, {sha256: file})
        rows = [writer.exposure_row(g.person, g.number, g.on, g.drug, newest) for g in given]
        return _name(facility, newest["source_name"], laboratory), writer.file(rows)
    if newest["format"] != "hl7v2":
        raise LookupError("format")
    key = (newest["source_sha256"], newest["message_number"])
    models = source.models(facility, [key])
    hl7 = Writer(facility, feed, may_carry, models)
    messages = [hl7.exposure(g.person, g.number, g.on, models[key], g.drug) for g in given]
    return f"drugs_{laboratory}.hl7", b"".join(messages)


def _newest_form(source: Source, facility: Facility, file: SampleFile) -> SampleFile:
    """The form of the feed's newest file of exposures where it is one of this kind: most of its
    headers are the same."""
    newest = source.newest_files.get((facility.name, "exposures"))
    if newest is None:
        return file
    form = source.sample(newest["source_sha256"], newest["source_name"], facility)
    is_alike = 2 * len({*form.headers} & {*file.headers}) > len(file.headers)
    return form if is_alike else file


def _name(facility: Facility, name: str, laboratory: str) -> str:
    """A file name by which the facility's settings know what this one held, without its words."""
    base = name.rsplit("/", 1)[-1].casefold()
    stated = [key for key in facility.kind if key and base.startswith(key.casefold())]
    return f"{max(stated, key=len, default='exposures_')}canary_{laboratory}.csv"
