"""A past night as it was known and published then, and why it differs from now."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from datetime import date, datetime
from pathlib import Path
from typing import Any

import duckdb

from igwatch.base.error import PipelineError
from igwatch.base.knowledge import rule_rows
from igwatch.base.sql import attached
from igwatch.inquiry.forgotten import forgotten_since
from igwatch.inquiry.rebuild import rebuild
from igwatch.inquiry.saved_query import answers
from igwatch.night.run import plan_run
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from warehouse.catalogue import ROOT
from warehouse.ledger import Publication, publications, published_statuses

ADDED_ON_PUBLISHING = {"run_id", "data_to"}
ISOTYPE = {"igg": "IgG", "iga": "IgA", "igm": "IgM", "ige": "IgE"}


def replay_night(
    home: Home, settings: Settings, as_of: date, known_by: datetime | None = None
) -> dict[str, Any]:
    """The flags of a past date and what differs from the live generation, with the reasons.

    Built from what the night of that date was built from, where one was published; known_by (UTC)
    instead takes the files landed by then. Raises PipelineError when nothing is published.
    """
    if not home.live.exists():
        raise PipelineError("nothing is published yet", "run: igwatch run")
    night = night_of(home, as_of, known_by)
    sources = night.sources if night else None
    work = rebuild(home, settings, as_of, known_by, sources=sources)
    try:
        compared = comparison(home, work, as_of, night)
        return compared | {"forgotten_since": forgotten_since(home, as_of)}
    finally:
        shutil.rmtree(work, ignore_errors=True)


def night_of(home: Home, as_of: date, known_by: datetime | None) -> Publication | None:
    """The last publication with this clock; with known_by, only one made of the same files."""
    nights = [p for p in publications(home.root) if p.as_of == as_of]
    if known_by is not None:
        known = plan_run(home, as_of, known_by).sources
        nights = [p for p in nights if p.sources == known]
    return nights[-1] if nights else None


def comparison(home: Home, work: Path, as_of: date, night: Publication | None) -> dict[str, Any]:
    """The flags of a private build beside those of `night` and those of now, as plain data."""
    files = {"past": work / "build.duckdb", "live": home.catalogue}
    with duckdb.connect() as con, attached(con, files):
        # a home that was moved: its catalogue names the old place until the next night
        con.execute(f"SET VARIABLE {ROOT} = $1", [str(home.root)])
        moved = _moved_by_rules(con, home, night) if night else []
        changes = [_change(con, row, as_of) for row in answers(con, "replay_changed")]
        return {
            "as_of": as_of,
            "published_run_id": night.run_id if night else None,
            "differs_from_published": _n_differing(con, home, night, moved) if night else None,
            "rules_moved": moved,
            "rules_moved_by_reason": _by_reason(moved),
            "flags": answers(con, "replay_flag"),
            "differs_from_now": changes,
        }


def _moved_by_rules(
    con: duckdb.DuckDBPyConnection, home: Home, night: Publication
) -> list[dict[str, Any]]:
    """Whose status today's rules and settings give otherwise than the ledger has of that night."""
    con.register("recorded", published_statuses(home.root))
    return answers(con, "replay_of_ledger", {"seq": night.seq})


def _by_reason(moved: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """How many went from one status to another for one reason, the most first."""
    columns = ("rule_id", "published", "again", "in_words")
    counts = Counter(tuple(row[name] for name in columns) for row in moved)
    ordered = sorted(counts.items(), key=lambda item: (-item[1], item[0]))
    return [{**dict(zip(columns, key, strict=True)), "patients": n} for key, n in ordered]


def _n_differing(
    con: duckdb.DuckDBPyConnection,
    home: Home,
    night: Publication,
    moved: Collection[Mapping[str, Any]],
) -> int:
    """How many flags today's rules and settings give otherwise than that night published.

    In any column, while its generation is kept and has the same; else in the status.
    """
    path = home.generations / night.run_id / "flag" / "patient_flag.parquet"
    if not path.exists():
        return len(moved)
    published = con.read_parquet(str(path))
    again = set(con.table("past.flag.patient_flag").columns)
    if set(published.columns) - ADDED_ON_PUBLISHING != again:
        return len(moved)
    con.register("published", published)
    return answers(con, "replay_against_published")[0]["n"]


def _change(con: duckdb.DuckDBPyConnection, row: dict[str, Any], as_of: date) -> dict[str, Any]:
    reasons = list(_reasons(con, row, as_of))
    if not reasons:
        why = row["reason_now"] or "no result is evidence any more"
        reasons = [{"kind": "time", "on": None, "said": f"time passed: {why}"}]
    names = ("patient_id", "assigning_authority", "facility", "rule_id", "reason_then",
             "reason_now")  # fmt: skip
    return {name: row[name] for name in names} | {
        "then": row["status_then"],
        "now": row["status_now"],
        "reasons": reasons,
    }


def _reasons(
    con: duckdb.DuckDBPyConnection, row: Mapping[str, Any], as_of: date
) -> Iterable[dict[str, Any]]:
    """Which correction, result, exposure, merge or rule stands between then and now."""
    given = {name: row[name] for name in ("key_then", "key_now", "rule_id")}
    if row["key_then"] not in (None, row["key_now"]):
        yield {"kind": "merge", "on": None, "said": "merged with another identifier since"}
    index_analyte = next(
        rule["index_analyte"] for rule in rule_rows() if rule["rule_id"] == row["rule_id"]
    )
    yield from _result_reasons(answers(con, "replay_result", given), index_analyte, as_of)
    asked = {name: row[name] for name in ("key_then", "key_now")} | {"index_analyte": index_analyte}
    # what is live may still be of the release before, which did not say what an exposure does
    is_of_this = "end_known_by" in con.table("live.core.exposure").columns
    for exposure in answers(con, "replay_exposure", asked) if is_of_this else ():
        name = exposure["name"] or exposure["code"]
        what = f"{exposure['kind']} {name} from {exposure['start_date'] or 'an unknown day'}"
        yield {"kind": "exposure", "on": exposure["start_date"], "said": f"{what} became known"}
    if None not in (row["version_then"], row["version_now"]) and (
        row["version_then"] != row["version_now"]
    ):
        versions = f"rules {row['version_then']} then, {row['version_now']} now"
        yield {"kind": "rules", "on": None, "said": versions}


def _result_reasons(
    rows: list[dict[str, Any]], index_analyte: str, as_of: date
) -> Iterable[dict[str, Any]]:
    """What came, went or reads otherwise; of one day only the isotype that the rule follows."""
    now = {row["id_now"]: row for row in rows if row["id_now"]}
    replacing = {row["superseded_by"] for row in rows if row["was"] and not row["still"]}
    changes = [row for row in rows if row["id_now"] not in replacing and _is_news(row, now)]
    days = {row["collected_on"] for row in changes if row["analyte"] == index_analyte}
    for row in changes:
        if row["analyte"] == index_analyte or row["collected_on"] not in days:
            yield _result_reason(row, now, as_of)


def _is_news(row: Mapping[str, Any], now: Mapping[str, Mapping[str, Any]]) -> bool:
    """A result sent again without a change is none."""
    if not row["was"]:
        return row["is_cited"]
    instead = now.get(row["superseded_by"])
    return row["still"] or instead is None or instead["value_now"] != row["value_then"]


def _result_reason(
    row: Mapping[str, Any], now: Mapping[str, Mapping[str, Any]], as_of: date
) -> dict[str, Any]:
    on = row["collected_on"]
    test = f"{ISOTYPE.get(row['analyte'], row['analyte'])} of {on}"
    if row["was"] and not row["still"]:
        instead = now.get(row["superseded_by"])
        to = f"corrected to {instead['value_now']}" if instead else "withdrawn"
        return {"kind": "correction", "on": on, "said": f"{test}: {row['value_then']} {to}"}
    if row["was"]:
        change = f"{test}: {row['value_then']} is judged otherwise or now reads {row['value_now']}"
        return {"kind": "correction", "on": on, "said": change}
    kind, what = ("late", "arrived later") if on <= as_of else ("new", "was measured since")
    return {"kind": kind, "on": on, "said": f"{test}: {row['value_now']} {what}"}
