"""What a home's facilities know beside the shipped knowledge: their limits, rules, codes and
exposures, and what they want measured."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator
from datetime import date
from difflib import get_close_matches
from functools import cache
from glob import escape
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from igwatch.base.shown_count import ShownCount
from igwatch.site.home import Home
from transforms.course.parameter import set_version
from transforms.knowledge import check_threshold, load_knowledge
from transforms.knowledge.schema import FACILITY_RULE, LOCAL_MEASURING
from transforms.parse.facility.facility import (
    Facility,
    FacilityError,
    is_facility_name,
    load_facility,
    not_a_name,
)
from transforms.parse.facility.own_exposures import LOCAL_EXPOSURE, read_exposure_map
from transforms.parse.facility.own_limits import LimitError, read_limits
from transforms.parse.facility.own_measuring import read_measuring
from transforms.parse.facility.own_rules import read_overrides
from transforms.parse.hl7.message_filter import MessageFilter, filter_for_codes

BESIDE = ("limits.csv", "rules.csv", "exposures.csv", "measuring.csv")
"""What may stand beside facility/NAME.yaml, as NAME.limits.csv."""


def copy_facility(home: Home, facility: str, other: Home) -> None:
    """Give another home every file that says how this facility's feed is read and judged:
    its settings (NAME.yaml), its own limits (NAME.limits.csv), rules (NAME.rules.csv), exposures
    (NAME.exposures.csv) and what it wants measured (NAME.measuring.csv)."""
    for path in home.facility.glob(f"{escape(facility)}.*"):
        shutil.copy(path, other.facility)


def read_facility(home: Home, name: str) -> Facility:
    """The settings of a facility's feed, when every file that it has beside them can be read too.

    Preview and `igwatch facility check` read a facility by this function only, so what one of them
    accepts the other does; a night by settings_in_force. Raises FacilityError with file, line,
    fault and mend.
    """
    if not is_facility_name(name):
        raise not_a_name(name)
    facility = load_facility(home.facility, name)
    own_limits(home, [facility])
    facility_rules(home, [name])
    own_exposures(home, [name])
    own_measuring(home, [name])
    return facility


def known_facilities(home: Home) -> list[str]:
    """Every facility that there is: with settings, an inbox, or files that landed."""
    named = [path.stem for path in home.facility.glob("*.y*ml") if "." not in path.stem]
    folders = [*home.inbox.glob("*"), *home.raw.glob("source_file/*")]
    feeds = [path.name for path in folders if path.is_dir() and is_facility_name(path.name)]
    return sorted({*named, *feeds})


def stray_files(home: Home) -> Iterator[tuple[str, FacilityError]]:
    """(facility, fault) of each file of the folder facility/ that is nobody's.

    A slip in such a name would else be silent: the facility is judged without its own rules.
    """
    for path in sorted(home.facility.glob("*")):
        is_read = path.suffix in (".csv", ".yaml", ".yml") and not path.name.startswith(".")
        if is_read and (fault := _stray(home, path)):
            yield path.name.partition(".")[0], fault


def stray_beside(home: Home, name: str) -> FacilityError | None:
    """The fault of the first file named after this facility that nothing reads."""
    paths = sorted(home.facility.glob(f"{escape(name)}.*"))
    strays = (_stray(home, path) for path in paths if path.suffix in (".csv", ".yaml", ".yml"))
    return next(filter(None, strays), None)


def _stray(home: Home, path: Path) -> FacilityError | None:
    name, _, kind = path.name.partition(".")
    if kind in ("yaml", "yml"):
        return None
    if kind not in BESIDE:
        likely = get_close_matches(kind, BESIDE, 1, cutoff=0.3) or BESIDE[:1]
        mend = f"rename it to {name}.{likely[0]}, or take it out of facility/"
        return FacilityError(f"{path.name}: nothing reads it", mend)
    if not (home.facility / f"{name}.yaml").exists():
        mend = f"name it after a facility's yaml, or write facility/{name}.yaml; it may be empty"
        return FacilityError(f"{path.name}: there is no {name}.yaml beside it", mend)
    return None


def own_limits(home: Home, facilities: Iterable[Facility]) -> pa.Table:
    """What these facilities approved for themselves, as rows of reference_interval.

    Raises LimitError, also where a facility's reference_set names a table that is not there.
    """
    facilities = sorted(facilities, key=lambda f: f.name)
    knowledge = shipped()
    published = knowledge["reference_interval"]
    units = {row["analyte"]: row["unit"] for row in knowledge["analyte"].to_pylist()}
    own = [read_limits(home.facility, f.name, published, units) for f in facilities]
    published_tables = _tables(published)
    for number, facility in enumerate(facilities):
        mine = _tables(own[number])
        refuse_shared_tables(facility, own[number], own[:number] + own[number + 1 :])
        unknown = sorted(set(facility.reference_set) - mine - published_tables)
        if unknown:
            raise LimitError(
                f"{facility.name}.yaml: reference_set names {', '.join(unknown)}, which is no "
                f"published table and not in {facility.name}.limits.csv",
                "name a published table, or add its limits to that file",
            )
    return pa.concat_tables([published.schema.empty_table(), *own])


def refuse_shared_tables(facility: Facility, limits: pa.Table, others: Iterable[pa.Table]) -> None:
    """Raises LimitError where one of these other facilities' limits has a table of the same name
    as this facility's."""
    if _tables(limits) & set().union(*map(_tables, others)):
        raise LimitError(
            f"{facility.name}.limits.csv: another facility has a table of that name",
            "begin its table_id with the facility's name",
        )


def _tables(limits: pa.Table) -> set[str]:
    return set(limits["table_id"].to_pylist())


def facility_rules(home: Home, facilities: Iterable[str]) -> pa.Table:
    """What these facilities override (FACILITY_RULE). Raises OverrideError."""
    common = shipped()["rule_parameter"]
    own = [read_overrides(home.facility, name, common) for name in sorted(facilities)]
    return pa.concat_tables([FACILITY_RULE.empty_table(), *own])


def own_exposures(home: Home, facilities: Iterable[str]) -> pa.Table:
    """What these facilities' own codes and names mean (LOCAL_EXPOSURE). Raises ExposureMapError."""
    own = [read_exposure_map(home.facility, name) for name in sorted(facilities)]
    return pa.concat_tables([LOCAL_EXPOSURE.empty_table(), *own])


def own_measuring(home: Home, facilities: Iterable[str]) -> pa.Table:
    """Which rows of knowledge/measuring.csv these facilities signed (LOCAL_MEASURING). Raises
    MeasuringError."""
    own = [read_measuring(home.facility, name) for name in sorted(facilities)]
    return pa.concat_tables([LOCAL_MEASURING.empty_table(), *own])


def small_count(facilities: Iterable[Facility]) -> float:
    """Below what every quality table hides a count: the greatest that the site or any of these
    facilities asks for, since the tables of all lie in one catalogue."""
    stated = (facility.small_count for facility in facilities)
    return max([check_threshold("small_count"), *(n for n in stated if n is not None)])


def shown_count(facilities: Iterable[Facility]) -> ShownCount:
    """How counts about people are shown to who may see no person."""
    return ShownCount(small_count(facilities), check_threshold("count_step"))


def reviews_due(home: Home, facilities: Iterable[str], today: date) -> list[str]:
    """A line for each set of rules without a day of review, or whose review is overdue."""
    common = load_knowledge()["rule_parameter"]
    version = set_version(common["version"].to_pylist())
    lines = _review_lines(f"the common rules ({version})", common, today)
    own = facility_rules(home, facilities)
    for name in sorted(set(own["facility"].to_pylist())):
        mine = own.filter(pc.equal(own["facility"], name))
        version = mine["version"].to_pylist()[0]
        lines += _review_lines(f"the rules of {name} ({version})", mine, today)
    return lines


def _review_lines(whose: str, rules: pa.Table, today: date) -> list[str]:
    dates = rules["next_review_on"].to_pylist()
    without = sum(day is None for day in dates)
    overdue = sorted(day for day in dates if day is not None and day < today)
    lines = []
    if without:
        lines.append(f"{whose}: {without} of {len(dates)} parameters have no day of review")
    if overdue:
        lines.append(f"{whose}: review of {len(overdue)} parameters overdue since {overdue[0]}")
    return lines


def message_filter_of(facility: Facility) -> MessageFilter:
    """Which messages of its feed are worth reading: those with a code that is known or that the
    facility maps, and those with a test that is named like an immunoglobulin."""
    codes, hints = _known()
    return filter_for_codes([*codes, *facility.code_map], hints)


@cache
def shipped() -> dict[str, pa.Table]:
    """The shipped knowledge, read once in a process: a night asks it for every facility."""
    return load_knowledge()


@cache
def _known() -> tuple[list[str], list[str]]:
    knowledge = load_knowledge()
    return knowledge["code"]["code"].to_pylist(), knowledge["name_hint"]["pattern"].to_pylist()
