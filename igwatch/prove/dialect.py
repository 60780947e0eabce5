"""All canaries of one feed, written as it writes: the files that the scratch home is given."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from igwatch.night.proof import NOT_PROVEN, Outcome
from igwatch.prove.canary import ISOTYPES, Canary, Person, canaries
from igwatch.prove.carried import carried
from igwatch.prove.delimited_canary import DelimitedWriter
from igwatch.prove.delimited_sample import SampleFile
from igwatch.prove.drug_delivery import drug_file
from igwatch.prove.fhir_canary import FhirWriter
from igwatch.prove.hl7_canary import Writer
from igwatch.prove.shape import Feed, Sent
from igwatch.prove.source import Source
from igwatch.prove.written_time import UnwritableTimeError
from transforms.knowledge import check_threshold
from transforms.parse.facility.facility import Facility

OF_ANY_WAY = "unit"  # the canary that stands once for each way of sending
_FORMATS = ("hl7v2", "csv", "fhir")
_FILE = {"hl7v2": "canary_{}.hl7", "csv": "results_canary_{}.csv", "fhir": "canary_{}.ndjson"}


@dataclass
class CanaryGroup:
    """The canaries of one feed: who is sent, in which files by facility and name, who cannot be.

    `is_screened`: the drugs of its canaries are sent as well.
    """

    facility: str
    people: list[Person] = field(default_factory=list)
    files: dict[tuple[str, str], bytes] = field(default_factory=dict)
    not_proven: list[Outcome] = field(default_factory=list)
    is_screened: bool = False
    format: str = "hl7v2"


def group_of(
    source: Source, facility: Facility, exposures: Facility | None, as_of: date
) -> CanaryGroup:
    """The canaries of a feed of results; `exposures` is the feed that its drugs come by."""
    feed = source.feeds[facility.name]
    group = CanaryGroup(facility.name)
    usual = _of_one_format(feed)
    group.format = next(iter(usual.values())).newest["format"] if usual else "hl7v2"
    if lacking := [a for a in ISOTYPES if a in feed.lacking or a not in usual]:
        group.not_proven += [_not_proven(group, c, _why_lacking(lacking)) for c in canaries()]
        return group
    people = [Person(c, facility.name, as_of, c.name) for c in canaries()]
    others = _numbered(o for o in feed.others if o.newest["format"] == group.format)
    people += [_of_way(facility, as_of, way) for way in others]
    if exposures:
        takers = [person for person in people if person.canary.needs_exposures]
        if drugs := drug_file(source, facility.name, exposures, takers):
            group.files[exposures.name, drugs[0]] = drugs[1]
            group.is_screened = True
    for person in list(people):
        if person.canary.needs_exposures and not group.is_screened:
            why = _why_no_drugs(facility)
            if why:
                group.not_proven.append(_not_proven(group, person.canary, why))
            people.remove(person)
    try:
        contents = _written(source, facility, feed, group.format, people, others, usual)
    except FileNotFoundError:
        why = "the bytes of its newest results are no longer in the archive"
        group.not_proven += [_not_proven(group, person.canary, why) for person in people]
        return group
    except (UnwritableTimeError, LookupError, ValueError) as fault:
        why = f"its newest results are written in a way that cannot be imitated ({_told(fault)})"
        group.not_proven += [_not_proven(group, person.canary, why) for person in people]
        return group
    for sending, content in contents.items():
        group.files[facility.name, _FILE[group.format].format(sending)] = content
    group.people = people
    return group


def _told(fault: Exception) -> str:
    """What a fault is, without the cell that it is about."""
    return "a time" if isinstance(fault, UnwritableTimeError) else type(fault).__name__


def _of_one_format(feed: Feed) -> dict[str, Sent]:
    """The usual ways of sending, those of the commonest format."""
    formats = [sent.newest["format"] for sent in feed.usual.values()]
    best = max(_FORMATS, key=formats.count)
    return {a: sent for a, sent in feed.usual.items() if sent.newest["format"] == best}


def _numbered(others: Iterator[Sent]) -> dict[str, Sent]:
    """The other ways of sending, each with a name: `igm 2`, `igm 3`."""
    named: dict[str, Sent] = {}
    for sent in others:
        n = 2 + sum(name.startswith(sent.analyte) for name in named)
        named[f"{sent.analyte} {n}"] = sent
    return named


def _of_way(facility: Facility, as_of: date, way: str) -> Person:
    canary = next(c for c in canaries() if c.name == OF_ANY_WAY)
    return Person(canary, facility.name, as_of, f"{OF_ANY_WAY} {way}")


def _written(
    source: Source,
    facility: Facility,
    feed: Feed,
    format_: str,
    people: list[Person],
    others: Mapping[str, Sent],
    usual: Mapping[str, Sent],
) -> dict[int, bytes]:
    """The results in the order in which they were sent; what corrects them in a file of its own,
    as a later delivery does: a feed may state no times of its own."""
    sendings = sorted(
        (
            (person.sent_at(s), person.label, person, s)
            for person in people
            for s in person.canary.samples
        ),
        key=lambda each: each[:2],
    )
    ways = [*usual.values(), *others.values()]
    writer = _writer(source, facility, feed, format_, ways)
    rows: dict[int, list[Any]] = {}
    for _, label, person, sample in sendings:
        way = others.get(label.removeprefix(f"{OF_ANY_WAY} "))
        sent = [way if way and way.analyte == a else usual[a] for a in ISOTYPES]
        of_sending = rows.setdefault(sample.sending, [])
        if isinstance(writer, DelimitedWriter):
            of_sending += writer.rows(person, sample, sent)
        else:
            of_sending.append(writer.results(person, sample, sent))
    if isinstance(writer, DelimitedWriter):
        return {sending: writer.file(rows[sending]) for sending in sorted(rows)}
    return {sending: b"".join(rows[sending]) for sending in sorted(rows)}


def _writer(
    source: Source, facility: Facility, feed: Feed, format_: str, ways: list[Sent]
) -> Writer | DelimitedWriter | FhirWriter:
    may_carry = carried(facility, feed.shared)
    if format_ == "fhir":
        return FhirWriter(facility, feed, may_carry)
    if format_ == "csv":
        newest = source.newest_files[facility.name, "results"]
        samples: dict[str, SampleFile] = {}
        for sha256 in {way.place[0] for way in ways}:
            lines = [way.newest["line_number"] for way in ways if way.place[0] == sha256]
            name = next(way.newest["source_name"] for way in ways if way.place[0] == sha256)
            samples[sha256] = source.sample(sha256, name, facility, lines)
        row = source.refused_rows.get(facility.name)
        is_newest = row is not None and row["source_sha256"] == newest["source_sha256"]
        lines = [row["line_number"]] if row and is_newest else []
        form = source.sample(newest["source_sha256"], newest["source_name"], facility, lines)
        refused_row = form.rows.get(lines[0]) if lines else None
        return DelimitedWriter(facility, feed, may_carry, form, samples, refused_row)
    wanted = {(w.newest["source_sha256"], w.newest["message_number"]) for w in ways}
    refused = source.refused.get(facility.name)
    if refused:
        wanted.add((refused["source_sha256"], refused["message_number"]))
    models = source.models(facility, wanted)
    header = models.get((refused["source_sha256"], refused["message_number"])) if refused else None
    return Writer(facility, feed, may_carry, models, header)


def _not_proven(group: CanaryGroup, canary: Canary, why: str) -> Outcome:
    return Outcome(group.facility, canary.name, "", NOT_PROVEN, why=why)


def _why_lacking(analytes: list[str]) -> str:
    days = f"{check_threshold('canary_window_days'):.0f}"
    least = f"{check_threshold('canary_shared_by'):.0f}"
    names = ", ".join(analytes)
    return f"fewer than {least} patients had {names} in the {days} days before its newest delivery"


def _why_no_drugs(facility: Facility) -> str | None:
    """Why no canary on a drug can be sent; None where the feed promises none."""
    if facility.exposure_feed != "complete":
        return None
    return "no medication of its feed of exposures lately is one that can be imitated"
