"""What a person signs, row by row: sentences with their drawn cases, numbers, tables of limits,
causes, and what each facility chose for itself.

A row is signed by the digest of all that is shown of it, so a row that changes is unsigned again.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from igwatch.base.knowledge import COMMON_RULES
from igwatch.site.facility_knowledge import known_facilities, shipped
from igwatch.site.home import Home
from igwatch.site.settings_in_force import FacilitySettings, settings_in_force
from transforms.course.parameter import set_version
from transforms.knowledge.drawn_case import (
    STATE_COLUMNS,
    Case,
    chapters,
    drawn,
    drawn_limits,
    read_cases,
)
from transforms.parse.facility.facility import Facility

SENTENCE, PARAMETER, LIMIT, CAUSE, CHOICE = "sentence", "parameter", "limit", "cause", "choice"
UNSHOWN = ("authored_by", "checked_by", "reviewed_on", "next_review_on", "is_site_wide")
CHOSEN = ("reference_set", "exposure_feed")


@dataclass(frozen=True)
class SignRow:
    """One row to be signed: `item` names it within its kind; `content` is all that is shown."""

    kind: str
    item: str
    content: Mapping[str, Any]

    @property
    def sha256(self) -> str:
        """Hex digest of the row, the same wherever it is computed."""
        whole = [self.kind, self.item, self.content]
        text = json.dumps(whole, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True)
class RuleSet:
    """Rows that one page shows. `name`: COMMON_RULES or the facility's; `version` as on flags."""

    name: str
    version: str
    rows: tuple[SignRow, ...]


def rule_sets(home: Home) -> list[RuleSet]:
    """The common rules, then those of each facility with limits, rules or causes of its own."""
    in_force = settings_in_force(home, known_facilities(home)).of
    common = _common(in_force.values())
    own = (_of_facility(common.version, name, in_force[name]) for name in sorted(in_force))
    return [common, *(found for found in own if found)]


def _common(in_force: Iterable[FacilitySettings]) -> RuleSet:
    knowledge = shipped()
    parameters = knowledge["rule_parameter"].to_pylist()
    default = Facility(name="any").reference_set
    tables = set(default).union(*(each.facility.reference_set for each in in_force))
    limits = knowledge["reference_interval"].to_pylist()
    rows = [
        *_sentences(),
        *(_parameter(row) for row in parameters),
        *_limits(row for row in limits if row["table_id"] in tables),
        *_causes(),
        SignRow(CHOICE, "reference_set where a facility names none", {"tables": list(default)}),
    ]
    return RuleSet(COMMON_RULES, set_version([row["version"] for row in parameters]), tuple(rows))


def _of_facility(common: str, name: str, own: FacilitySettings) -> RuleSet | None:
    rules = own.rules.to_pylist()
    limits, causes = own.limits.to_pylist(), own.exposures.to_pylist()
    chosen = {key: _plain(getattr(own.facility, key)) for key in CHOSEN}
    is_default = own.facility.reference_set == Facility(name="any").reference_set
    if not (rules or limits or causes) and is_default:
        return None
    rows = [
        *(SignRow(CHOICE, key, {"value": value}) for key, value in chosen.items()),
        *(_parameter(row) for row in rules),
        *_limits(limits),
        *_own_causes(causes),
    ]
    version = f"{common}+{name}" + (f":{rules[0]['version']}" if rules else "")
    return RuleSet(name, version, tuple(rows))


def _sentences() -> list[SignRow]:
    titles = dict(chapters())
    by_sentence = groupby(read_cases(), lambda case: (case.section, case.sentence))
    return [
        SignRow(
            SENTENCE,
            f"{titles[section[:2]].split(':')[0]}: {sentence}",
            {
                "chapter": titles[section[:2]],
                "sentence": sentence,
                "limits": drawn_limits(),
                "cases": [_case(case) for case in cases],
            },
        )
        for (section, sentence), cases in by_sentence
    ]


def _case(case: Case) -> dict[str, Any]:
    states = {rule: case.row[column] for rule, column in STATE_COLUMNS.items()}
    told = {
        name: text
        for name, text in case.row.items()
        if text is not None and name not in STATE_COLUMNS.values()
    }
    return told | {"becomes": states, "drawn": [asdict(panel) for panel in drawn(case.row)]}


def _parameter(row: Mapping[str, Any]) -> SignRow:
    shown = {name: _plain(value) for name, value in row.items() if name not in UNSHOWN}
    return SignRow(PARAMETER, f"{row['rule_id']}.{row['parameter']}", shown)


def _limits(rows: Iterable[Mapping[str, Any]]) -> list[SignRow]:
    """A row for each table and analyte, with all its bands."""
    bands: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        shown = {name: _plain(value) for name, value in row.items()}
        bands.setdefault((row["table_id"], row["analyte"]), []).append(shown)
    return [
        SignRow(LIMIT, f"{table} {analyte}", {"bands": found})
        for (table, analyte), found in sorted(bands.items())
    ]


def _causes() -> list[SignRow]:
    """A row for each group of drugs, diagnoses, procedures and findings."""
    knowledge = shipped()
    names: dict[str, list[str]] = {}
    for row in knowledge["exposure_name"].to_pylist():
        names.setdefault(row["exposure_id"], []).append(row["name"])
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in knowledge["exposure"].to_pylist():
        shown = row | {"names": sorted(names.get(row["exposure_id"], []))}
        groups.setdefault(row["exposure_group"], []).append(shown)
    return [SignRow(CAUSE, group, {"causes": found}) for group, found in sorted(groups.items())]


def _own_causes(rows: Iterable[Mapping[str, Any]]) -> list[SignRow]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for row in rows:
        groups.setdefault(row["exposure_group"] or row["target_code"] or "none", []).append(
            {name: value for name, value in row.items() if name != "facility"}
        )
    return [SignRow(CAUSE, group, {"causes": found}) for group, found in sorted(groups.items())]


def _plain(value: Any) -> Any:
    """A value as JSON holds it: dates as text, tuples as lists."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    return [_plain(part) for part in value] if isinstance(value, tuple | list) else str(value)
