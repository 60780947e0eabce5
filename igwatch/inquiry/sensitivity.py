"""How a site's own cohort moves when the rules or limits are otherwise: counts, and who it is.

The build is a private one of the live night; models and fold are the real ones. Parameters are
given to them as tables: no file is edited and nothing is published.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from itertools import groupby
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from igwatch.base.error import PipelineError
from igwatch.base.paths import MODELS
from igwatch.base.sql import rows, store
from igwatch.inquiry.rebuild import rebuild
from igwatch.inquiry.saved_query import answers
from igwatch.night.build import FOLLOWED, READ_BY_THE_FOLD, model_graph
from igwatch.night.inputs import open_build
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from transforms.course import follow
from transforms.knowledge import load_knowledge
from warehouse.build_models import build_models
from warehouse.generation import live_generation
from warehouse.ledger import publications

Knowledge = dict[str, pa.Table]
Flags = dict[tuple[str, str], str]
"""(patient_key, rule_id) -> status."""
COMPLETE = frozenset({"igg", "iga", "igm"})
DECIDES_NOTHING = "D"
NO_EVIDENCE = "no_evidence"


@dataclass(frozen=True)
class Variant:
    """One thing that is otherwise: a name, the tables it changes, the models to run again."""

    name: str
    value: str
    tables: Mapping[str, pa.Table]
    models: tuple[str, ...]


def sensitivity(
    home: Home, settings: Settings, say: Callable[[str], None] = lambda step: None
) -> dict[str, Any]:
    """moves: how many patients each variant gains and loses, per rule and state, without a name.
    people: each of them with the state now and the one under the variant.

    Raises PipelineError when nothing is published.
    """
    live = live_generation(home.root)
    if live is None:
        raise PipelineError("nothing is published yet", "run: igwatch run")
    night = [p for p in publications(home.root) if p.run_id == live.run_id]
    sources = night[-1].sources if night else None
    say("rebuilding the live night in private")
    work = rebuild(home, settings, live.as_of, label="sensitivity", sources=sources)
    try:
        with open_build(work / "build.duckdb", settings) as con:
            moves, people = membership_changes(con, live.as_of, say)
            return {"as_of": live.as_of, "moves": moves, "people": people}
    finally:
        shutil.rmtree(work, ignore_errors=True)


def membership_changes(
    con: duckdb.DuckDBPyConnection, as_of: date, say: Callable[[str], None]
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What each variant changes against the flags of the usual knowledge: counts, and people."""
    usual = _knowledge(con)
    baseline = flags_under(con, usual, as_of)
    people = {row["patient_key"]: row for row in answers(con, "sensitivity_person")}
    moves, moved = [], []
    for variant in variants(usual):
        say(f"{variant.name} {variant.value}")
        knowledge = {**usual, **variant.tables}
        with_variant = _built(con, knowledge, variant.models, as_of)
        _built(con, usual, variant.models, None)
        named = {"parameter": variant.name, "value": variant.value}
        moves += [named | row for row in compared(baseline, with_variant)]
        moved += [named | row for row in _moved(baseline, with_variant, people)]
    return moves, moved


def _moved(
    baseline: Flags, variant: Flags, people: Mapping[str, Mapping[str, Any]]
) -> Iterator[dict[str, Any]]:
    """Who leaves a state or comes to one; no_evidence is no flag."""
    for key, rule in sorted(baseline.keys() | variant.keys()):
        was, becomes = (flags.get((key, rule), NO_EVIDENCE) for flags in (baseline, variant))
        if was != becomes:
            yield {**people[key], "rule_id": rule, "status": was, "becomes": becomes}


def _built(
    con: duckdb.DuckDBPyConnection,
    knowledge: Knowledge,
    models: Collection[str],
    as_of: date | None,
) -> Flags:
    """The models again under this knowledge; and the flags, where a clock is given."""
    if models:
        for name in ("rule_parameter", "facility"):
            store(con, f"knowledge.{name}", knowledge[name])
        build_models(con, MODELS, models)
    return flags_under(con, knowledge, as_of) if as_of else {}


def flags_under(con: duckdb.DuckDBPyConnection, knowledge: Knowledge, as_of: date) -> Flags:
    """The state of everyone whom the fold flags under this knowledge."""
    flags = follow(
        rows(con, f"FROM {FOLLOWED}"),
        rows(con, f"FROM core.exposure SEMI JOIN {FOLLOWED} USING (patient_key)"),
        rows(con, f"FROM core.patient SEMI JOIN {FOLLOWED} USING (patient_key)"),
        knowledge["facility"],
        knowledge,
        as_of,
    ).patient_flag
    keys, rules, statuses = (flags[n].to_pylist() for n in ("patient_key", "rule_id", "status"))
    return dict(zip(zip(keys, rules, strict=True), statuses, strict=True))


def variants(usual: Knowledge) -> Iterator[Variant]:
    """Those of knowledge/sensitivity.csv, and each table of limits alone.

    Rows of one definition are one variant.
    """
    for row in usual["sensitivity"].to_pylist():
        if row["definition"] is None and (variant := _of_rows(usual, [row])):
            yield variant
    of_definition = [row for row in usual["sensitivity"].to_pylist() if row["definition"]]
    for _, rows_of_one in groupby(of_definition, key=lambda row: row["definition"]):
        if variant := _of_rows(usual, list(rows_of_one)):
            yield variant
    everything = tuple(model_graph().above(READ_BY_THE_FOLD))
    sets = set(usual["facility"]["reference_set"].to_pylist())
    in_use = {name for names in sets for name in names.split("+")}
    for table in sorted(in_use | complete_tables(usual["reference_interval"])):
        alone = _with_table(usual["facility"], table, table not in in_use)
        yield Variant("tables of limits", f"{table} alone", {"facility": alone}, everything)


def _of_rows(usual: Knowledge, changes: list[dict[str, Any]]) -> Variant | None:
    """All these changes together; None where everything is so already."""
    tables: dict[str, pa.Table] = {}
    models: set[str] = set()
    for row in changes:
        if row["table_id"]:
            tables["facility"] = _with_table(usual["facility"], row["table_id"], True)
            models |= model_graph().above(READ_BY_THE_FOLD)
            continue
        before = tables.get("rule_parameter", usual["rule_parameter"])
        after = with_parameter(before, row["rule_id"], row["parameter"], row["value"])
        if after is not None:
            tables["rule_parameter"] = after
            models |= _between(model_graph().naming(row["parameter"]))
    if not tables:
        return None
    first = changes[0]
    if first["definition"]:
        return Variant(first["definition"], "+".join(map(_value, changes)), tables, tuple(models))
    rule, parameter = first["rule_id"], first["parameter"]
    name = parameter if rule == "*" else f"{rule}: {parameter}"
    return Variant(name, _value(first), tables, tuple(models))


def _value(change: Mapping[str, Any]) -> str:
    return change["table_id"] or f"{change['value']:g}"


def complete_tables(reference_interval: pa.Table) -> set[str]:
    """The shipped tables that can stand alone: limits of all three isotypes from birth on, for
    every age, read at a source."""
    read = [r for r in reference_interval.to_pylist() if r["certainty"] != DECIDES_NOTHING]
    begins = _analytes_of(row for row in read if row["age_low_days"] == 0)
    is_open = _analytes_of(row for row in read if row["age_high_days"] is None)
    return {t for t in begins if begins[t] >= COMPLETE and is_open.get(t, set()) >= COMPLETE}


def _analytes_of(limits: Iterable[Mapping[str, Any]]) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for row in limits:
        found.setdefault(row["table_id"], set()).add(row["analyte"])
    return found


def _between(models: set[str]) -> set[str]:
    """These models and those after them, as far as the fold is made from them."""
    return (models | model_graph().below(models)) & model_graph().above(READ_BY_THE_FOLD)


def with_parameter(
    rule_parameter: pa.Table, rule_id: str, parameter: str, value: float
) -> pa.Table | None:
    """The parameters with this one otherwise; None where it is so already."""
    is_it = pc.and_(
        pc.equal(rule_parameter["rule_id"], rule_id),
        pc.equal(rule_parameter["parameter"], parameter),
    )
    values = pc.if_else(is_it, float(value), rule_parameter["value"])
    if values.equals(rule_parameter["value"]):
        return None
    return rule_parameter.set_column(
        rule_parameter.schema.get_field_index("value"), "value", values
    )


def _with_table(facility: pa.Table, table: str, everywhere: bool) -> pa.Table:
    """Facilities that use this table among others use it alone; or all facilities."""
    sets = [table if everywhere or table in names.split("+") else names
            for names in facility["reference_set"].to_pylist()]  # fmt: skip
    index = facility.schema.get_field_index("reference_set")
    return facility.set_column(index, "reference_set", pa.array(sets, pa.string()))


def compared(baseline: Flags, variant: Flags) -> Iterator[dict[str, Any]]:
    """Per rule and state: how many then, how many now, who came and who went, as counts."""
    counts = {
        "baseline": _counted(baseline.items()),
        "variant": _counted(variant.items()),
        "gained": _counted(variant.items() - baseline.items()),
        "lost": _counted(baseline.items() - variant.items()),
    }
    for rule, status in sorted(counts["baseline"].keys() | counts["variant"].keys()):
        row = {name: counted[rule, status] for name, counted in counts.items()}
        yield {"rule_id": rule, "status": status, **row}


def _counted(flags: Iterable[tuple[tuple[str, str], str]]) -> Counter[tuple[str, str]]:
    return Counter((rule, status) for (_, rule), status in flags)


def _knowledge(con: duckdb.DuckDBPyConnection) -> Knowledge:
    of_site = ("facility", "facility_rule")
    return load_knowledge() | {name: rows(con, f"FROM knowledge.{name}") for name in of_site}
