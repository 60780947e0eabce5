"""Which column of a delimited file is which canonical column, by its headers alone."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass

from igwatch.base.error import IgwatchError
from transforms.parse.facility.canonical_file import (
    CANONICAL,
    EXPOSURES,
    FILE_KINDS,
    MERGES,
    NATIONAL_NUMBER,
    OF_REQUESTER,
    RESULTS,
    FileKind,
    complete_kinds,
    is_named,
)
from transforms.parse.facility.column_map import WideColumn
from transforms.parse.facility.facility import Facility

MEND = "reject_reason.csv says what to do for each reason"
_GAP = re.compile(r"[\s-]+")
_SEVERAL = "end_date"  # all the headers that are listed for it are read
_OF_A_RESULT = frozenset(["collected_at", "value"])


class HeadingError(IgwatchError):
    """Headers that cannot be read; `reason` is a key of reject_reason.csv."""

    def __init__(self, reason: str, field: str, file_kind: FileKind | None = None) -> None:
        super().__init__(reason, MEND)
        self.reason = reason
        self.field = field
        self.file_kind = file_kind


@dataclass(frozen=True)
class Heading:
    """The columns of one file, by 0-based place; a second column of ends is `end_date 1`.

    `wide` pairs each isotype with its places, `skip` each column that says which rows are left out
    with the texts that say so (`folded`).
    """

    file_kind: FileKind
    place: dict[str, int]
    wide: tuple[tuple[WideColumn, dict[str, int]], ...] = ()
    skip: tuple[tuple[int, frozenset[str]], ...] = ()


def folded(header: str) -> str:
    """A header for comparing: any case, no blanks around, one blank within."""
    return " ".join(unicodedata.normalize("NFC", header).casefold().split())


def n_recognised(headers: Sequence[str], facility: Facility) -> int:
    """How many of the cells name a column that igwatch knows: what a header row has most of."""
    names = {*CANONICAL} - facility.left_out_columns
    mapped = {folded(h) for listed in _mapped_headers(facility).values() for h in listed}
    mapped |= {folded(column.value) for column in facility.columns.results}
    return sum(folded(h) in mapped or canonical_name(h) in names for h in headers if h)


def heading_of(headers: Sequence[str], facility: Facility, file_name: str) -> Heading:
    """What kind of file the headers make it, and where its columns are.

    Raises HeadingError when a column that must be there is missing or stands twice.

    A wide file has every isotype column of the facility's `columns.results`. Any other file is of
    the kind whose required columns are all there; its name decides only between several. The kind
    of exposures that the facility states for a file stands for the column.
    """
    places = _places(headers)
    place = _columns(headers, places, facility)
    wide = _wide_columns(places, facility)
    present = _present(place, wide)
    if _is_kind_stated(present, facility, file_name):
        present |= {"kind"}
    file_kind = next(iter(complete_kinds(present, file_name)), None)
    if file_kind is None:
        file_kind = _nearest(present, file_name)
        missing = file_kind.missing(present)
        raise HeadingError("column_missing", ", ".join(missing), file_kind)
    _refuse_repeated(headers, file_kind, facility)
    if file_kind is RESULTS:
        _refuse_missing_mapped(place, wide, facility)
    if file_kind is MERGES:
        _refuse_unknown(headers, place)
    kept = {name: place[name] for name in file_kind.columns if name in place}
    if _SEVERAL in kept:
        kept |= {name: i for name, i in place.items() if name.startswith(f"{_SEVERAL} ")}
    skip = _skip_columns(places, file_kind, facility)
    return Heading(file_kind, kept, wide if file_kind is RESULTS else (), skip)


def canonical_name(header: str) -> str:
    """The canonical name that a header spells, in any case, with blanks or hyphens for _."""
    return _GAP.sub("_", folded(header))


def _mapped_headers(facility: Facility) -> dict[str, tuple[str, ...]]:
    """The headers that the facility states for each canonical column that is read."""
    left_out = facility.left_out_columns
    return {n: h for n, h in facility.columns.headers().items() if n not in left_out}


def _places(headers: Sequence[str]) -> dict[str, int]:
    return {folded(header): i for i, header in reversed(list(enumerate(headers))) if header.strip()}


def _columns(headers: Sequence[str], places: dict[str, int], facility: Facility) -> dict[str, int]:
    """Canonical name -> place; a header that the facility maps stands for nothing else."""
    stated: dict[str, int] = {}
    for name, listed in _mapped_headers(facility).items():
        found = dict.fromkeys(places[folded(h)] for h in listed if folded(h) in places)
        read = found if name == _SEVERAL else [*found][:1]
        stated |= {f"{name} {i}" if i else name: place for i, place in enumerate(read)}
    taken = {*stated.values()}
    own = {canonical_name(h): i for i, h in reversed(list(enumerate(headers))) if i not in taken}
    left_out = facility.left_out_columns
    return {n: own[n] for n in CANONICAL if n in own and n not in left_out} | stated


def _wide_columns(
    places: dict[str, int], facility: Facility
) -> tuple[tuple[WideColumn, dict[str, int]], ...]:
    """Each isotype with the places of its value, units, range and flag; none for a long file."""
    listed = facility.columns.results
    if not any(folded(column.value) in places for column in listed):
        return ()
    return tuple((column, _places_of(column, places)) for column in listed)


def _places_of(column: WideColumn, places: dict[str, int]) -> dict[str, int]:
    headers = {
        "value": column.value,
        "units": column.units_column,
        "reference_range": column.reference_range_column,
        "reference_low": column.reference_low_column,
        "reference_high": column.reference_high_column,
        "abnormal_flag": column.abnormal_flag_column,
        "value_comparator": column.value_comparator_column,
    }
    for header in headers.values():
        if header and folded(header) not in places:
            raise HeadingError("mapped_column_missing", header, RESULTS)
    return {name: places[folded(header)] for name, header in headers.items() if header}


def _present(place: dict[str, int], wide: Sequence) -> set[str]:
    return {*place, "code", "value"} if wide else {*place}


def _is_kind_stated(present: set[str], facility: Facility, file_name: str) -> bool:
    """Whether the facility states the kind of the exposures in a file without a column that does.

    What is stated for every file holds of those that lack nothing else, are not named otherwise and
    have no column of results, one of which may have gone; what is complete as results is that.
    """
    if facility.exposure_kind_of(file_name) is None:
        return False
    if facility.is_named_exposures(file_name):
        return bool(RESULTS.missing(present))
    if EXPOSURES.missing(present) != ["kind"]:
        return False
    others = (kind for kind in FILE_KINDS if kind is not EXPOSURES)
    return not present & _OF_A_RESULT and not any(is_named(kind, file_name) for kind in others)


def _skip_columns(
    places: dict[str, int], file_kind: FileKind, facility: Facility
) -> tuple[tuple[int, frozenset[str]], ...]:
    """The places of `skip_rows_where`.

    Raises HeadingError where a file of results lacks one: rows that are no results would be read.
    """
    found = []
    for header, texts in facility.skip_rows_where.items():
        place = places.get(folded(header))
        if place is not None:
            found.append((place, frozenset(map(folded, texts))))
        elif file_kind is RESULTS:
            raise HeadingError("mapped_column_missing", header, RESULTS)
    return tuple(found)


def _nearest(present: set[str], file_name: str) -> FileKind:
    """What an incomplete file was most likely meant to be."""
    return max(FILE_KINDS, key=lambda c: (is_named(c, file_name), len(present & {*c.columns})))


def _refuse_repeated(headers: Sequence[str], file_kind: FileKind, facility: Facility) -> None:
    """Raise HeadingError where a header that is read stands twice: which one is meant?"""
    seen: set[str] = set()
    stated = _mapped_headers(facility)
    read = {folded(h) for name in file_kind.columns for h in stated.get(name, (name,))}
    read |= {folded(column.value) for column in facility.columns.results}
    read -= facility.left_out_columns
    for header in map(folded, headers):
        if header in seen and (header in read or _GAP.sub("_", header) in read):
            raise HeadingError("column_twice", header, file_kind)
        seen.add(header)


def _refuse_missing_mapped(place: dict[str, int], wide: Sequence, facility: Facility) -> None:
    """Raise HeadingError where a mapped column is not there: the feed has changed its headers.

    No result waits for the name of who asked for it, nor for a number that links.
    """
    in_wide = (
        *("code", "value", "units", "reference_range", "reference_low", "reference_high"),
        *("abnormal_flag", "value_comparator"),
    )
    melted = {*OF_REQUESTER, NATIONAL_NUMBER, *(in_wide if wide else ())}
    for name in _mapped_headers(facility):
        if name in RESULTS.columns and name not in place and name not in melted:
            raise HeadingError("mapped_column_missing", name, RESULTS)


def _refuse_unknown(headers: Sequence[str], place: dict[str, int]) -> None:
    """Raise HeadingError where a merges file says more than is read: a merge may rest on it."""
    known = {place[name] for name in MERGES.columns if name in place}
    for number, header in enumerate(headers):
        if header.strip() and number not in known:
            raise HeadingError("column_unknown", header.strip(), MERGES)
