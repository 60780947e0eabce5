"""How a site's own cohort moves when one parameter of the rules is another: counts, no names.

The build is a private one of the live night; models and fold are the real ones. Parameters are
given to them as tables: no file is edited and nothing is published.
"""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from igwatch.base.error import PipelineError
from igwatch.base.paths import MODELS
from igwatch.base.sql import rows, store
from igwatch.inquiry.rebuild import rebuild
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
Flags = set[tuple[str, str, str]]


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
    """How many patients each variant gains and loses, per rule and state.

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
            return {"as_of": live.as_of, "moves": list(membership_changes(con, live.as_of, say))}
    finally:
        shutil.rmtree(work, ignore_errors=True)


def membership_changes(
    con: duckdb.DuckDBPyConnection, as_of: date, say: Callable[[str], None]
) -> Iterator[dict[str, Any]]:
    """Row by row what each variant changes, against the flags of the usual knowledge."""
    usual = _knowledge(con)
    baseline = flags_under(con, usual, as_of)
    for variant in variants(usual):
        say(f"{variant.name} {variant.value}")
        knowledge = {**usual, **variant.tables}
        with_variant = _built(con, knowledge, variant.models, as_of)
        _built(con, usual, variant.models, None)
        for row in compared(baseline, with_variant):
            yield {"parameter": variant.name, "value": variant.value, **row}


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
    return flags_under(con, knowledge, as_of) if as_of else set()


def flags_under(con: duckdb.DuckDBPyConnection, knowledge: Knowledge, as_of: date) -> Flags:
    """(patient_key, rule_id, status) of everyone whom the fold flags under this knowledge."""
    flags = follow(
        rows(con, f"FROM {FOLLOWED}"),
        rows(con, f"FROM core.exposure SEMI JOIN {FOLLOWED} USING (patient_key)"),
        rows(con, f"FROM core.patient SEMI JOIN {FOLLOWED} USING (patient_key)"),
        knowledge["facility"],
        knowledge,
        as_of,
    ).patient_flag
    return set(zip(*(flags[n].to_pylist() for n in ("patient_key", "rule_id", "status")),
                   strict=True))  # fmt: skip


def variants(usual: Knowledge) -> Iterator[Variant]:
    """Those of knowledge/sensitivity.csv, and each table of limits alone."""
    for row in usual["sensitivity"].to_pylist():
        parameter, value = row["parameter"], row["value"]
        changed = with_parameter(usual["rule_parameter"], row["rule_id"], parameter, value)
        if changed is None:
            continue
        models = tuple(_between(model_graph().naming(parameter)))
        name = parameter if row["rule_id"] == "*" else f"{row['rule_id']}: {parameter}"
        yield Variant(name, f"{value:g}", {"rule_parameter": changed}, models)
    everything = tuple(model_graph().above(READ_BY_THE_FOLD))
    sets = sorted(set(usual["facility"]["reference_set"].to_pylist()))
    for table in sorted({name for names in sets for name in names.split("+")}):
        alone = _with_table(usual["facility"], table)
        yield Variant("tables of limits", f"{table} alone", {"facility": alone}, everything)


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


def _with_table(facility: pa.Table, table: str) -> pa.Table:
    """Facilities that use this table among others use it alone."""
    sets = [table if table in names.split("+") else names
            for names in facility["reference_set"].to_pylist()]  # fmt: skip
    index = facility.schema.get_field_index("reference_set")
    return facility.set_column(index, "reference_set", pa.array(sets, pa.string()))


def compared(baseline: Flags, variant: Flags) -> Iterator[dict[str, Any]]:
    """Per rule and state: how many then, how many now, who came and who went, as counts."""
    counts = {
        "baseline": Counter((rule, status) for _, rule, status in baseline),
        "variant": Counter((rule, status) for _, rule, status in variant),
        "gained": Counter((rule, status) for _, rule, status in variant - baseline),
        "lost": Counter((rule, status) for _, rule, status in baseline - variant),
    }
    for rule, status in sorted(counts["baseline"].keys() | counts["variant"].keys()):
        row = {name: counted[rule, status] for name, counted in counts.items()}
        yield {"rule_id": rule, "status": status, **row}


def _knowledge(con: duckdb.DuckDBPyConnection) -> Knowledge:
    of_site = ("facility", "facility_rule")
    return load_knowledge() | {name: rows(con, f"FROM knowledge.{name}") for name in of_site}
