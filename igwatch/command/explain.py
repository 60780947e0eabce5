"""`igwatch explain`: for one patient, why flagged or why not, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import partial
from itertools import groupby
from typing import Annotated, Any

import typer
from rich import box
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from igwatch.base.error import IgwatchError
from igwatch.base.knowledge import rule_ids, rule_rows
from igwatch.command.access_note import WhyOption, note_access
from igwatch.command.exposure_tables import show_exposures
from igwatch.command.terminal import (
    AsOfOption,
    HomeOption,
    JsonOption,
    clock_of,
    home_of,
    plain,
    screen,
    show_json,
    show_rows,
)
from igwatch.inquiry.explain import explain_patient
from igwatch.site.settings import Settings
from reports.wording import has_wording, wording

PLACE = 50
RULE = {row["rule_id"]: row["name"] for row in rule_rows()}
ISOTYPE = {"igg": "IgG", "iga": "IgA", "igm": "IgM", "ige": "IgE"}
COLOUR = {
    "definite_pattern": "bold red",
    "persistent": "bold magenta",
    "repeat_overdue": "bold yellow",
    "repeat_due": "bold yellow",
    "candidate": "bold cyan",
    "resolved": "bold green",
}
ENDED = {"urgent": "urgent", "severity": "severe"}
SPARE = ("lab says", "laboratory", "sent as")
WIDE = 130


def explain(
    patient_id: Annotated[str, typer.Argument(help="identifier as the laboratory sends it")],
    home: HomeOption = None,
    authority: Annotated[str | None, typer.Option(help="assigning authority")] = None,
    as_of: AsOfOption = None,
    rule: Annotated[str | None, typer.Option(help=" or ".join(rule_ids()))] = None,
    why: WhyOption = None,
    as_json: JsonOption = False,
) -> None:
    """Why a patient is flagged or not: dated values, limits, what counted, what would change it.

    Example: igwatch explain 4711 --authority NORTHGATE --as-of 2026-03-01
    """
    if rule not in (None, *RULE):
        raise typer.BadParameter(f"one of {', '.join(RULE)}", param_hint="--rule")
    settings = Settings()
    clock = clock_of(as_of, settings) if as_of else None
    place = home_of(home, settings).prepare()
    try:
        explanation = explain_patient(place, settings, patient_id, authority, clock, rule)
    except IgwatchError:
        note_access(place, "explain", [patient_id], why=why)
        raise
    note_access(place, "explain", [patient_id, explanation["patient"]["patient_id"]], why=why)
    show_json(explanation) if as_json else _show(explanation)


def _show(explanation: Mapping[str, Any]) -> None:
    _show_person(explanation)
    _show_notice(explanation)
    results = {result["measurement_id"]: result for result in explanation["results"]}
    flagged_first = sorted(explanation["rules"], key=lambda r: r["flag"]["status"] == "no_evidence")
    for rule in flagged_first:
        _show_rule(rule, results, explanation)
    for line in explanation.get("differs_from_published", []):
        screen.print(f"[bold red]differs from what is published:[/] {line}")
    _show_samples(explanation["results"])
    _show_results(explanation["results"])
    _show_rest(explanation)
    for line in explanation["signatures"]:
        screen.print(f"\n{line}", style="dim", markup=False, soft_wrap=True)


def _show_person(explanation: Mapping[str, Any]) -> None:
    person = explanation["patient"]
    line = Text(plain(person["patient_id"]), style="bold")
    line.append(f" ({plain(person['assigning_authority'])}), ", style="not bold")
    line.append(f"{plain(person['sex'])}, born {plain(person['birth_date'])}", style="not bold")
    line.append(f"   as of the end of {explanation['as_of']}", style="dim")
    screen.print(line)


def _show_notice(explanation: Mapping[str, Any]) -> None:
    """What stands of the patient whatever the rule, and what of it has ended and how."""
    notice = explanation["notice"]
    lines = [_since(notice, name) for name in ("urgent", "severity")]
    if notice["urgent"]:
        seen = notice["seen_at"]
        lines.append(f"seen {seen:%Y-%m-%d}" if seen else "nobody has taken note yet")
    if notice["alarming"]:
        lines.append("an alarming panel")
    if explanation["later_result_held"]:
        lines.append(explanation["later_result_held"])
    for line in filter(None, lines):
        screen.print(Text(line, style="bold"))
    if notice["order_today"]:
        screen.print("What to order today", style="bold")
        for row in notice["order_today"]:
            screen.print(f"  • {row['order']} ({row['source']})", markup=False)


def _since(notice: Mapping[str, Any], name: str) -> str:
    """`urgent since DAY`, or how it ended; nothing where it never was."""
    ended_on, by = notice[f"{name}_ended_on"], notice[f"{name}_ended_by"]
    if ended_on:
        return f"no longer {ENDED[name]}: {wording('ended', by)}, {ended_on}"
    if name == "severity" and notice["severity"]:
        return f"{wording('severity', notice['severity'])}, since {notice['severity_since']}"
    is_urgent = name == "urgent" and notice["urgent"]
    return f"urgent since {notice['urgent_since']}" if is_urgent else ""


def _show_rule(
    rule: Mapping[str, Any], results: Mapping[str, Any], explanation: Mapping[str, Any]
) -> None:
    flag, as_of = rule["flag"], explanation["as_of"]
    screen.print()
    is_urgent = explanation["notice"]["urgent"]
    screen.rule(_title(rule["rule_id"], flag, is_urgent), align="left", style="dim")
    screen.print(Padding(Text(_sentence(flag["status_reason"])), (0, 0, 0, 2)))
    for line in (*map(_asked, rule["asked"]), *_facts(flag), *map(_capped, rule["capped"])):
        screen.print(Padding(Text(line, style="bold"), (0, 0, 0, 2)))
    if rule["steps"]:
        _head("What happened  [green]●[/] counted")
        screen.print(Padding(_steps(rule["steps"], results), (0, 0, 0, 2)))
    if rule["outlook"]:
        _head("What would change it, and when")
        screen.print(
            Padding(_possible_events(rule["outlook"], flag["status"], as_of), (0, 0, 0, 2))
        )
    if rule["missing"]:
        _head("What a diagnosis still needs")
        for need in rule["missing"]:
            screen.print(Padding(f"• {need['sentence']}", (0, 0, 0, 2)), markup=False)
    screen.print(
        f"  rules {flag['rule_version']}, limits {flag['reference_set'] or 'of no table'}; "
        "a laboratory pattern, not a diagnosis",
        style="dim",
    )


def _title(rule_id: str, flag: Mapping[str, Any], is_urgent: bool) -> Text:
    status = flag["status"]
    title = Text(f"{RULE[rule_id]}: ", style="bold")
    title.append(status.replace("_", " "), style=COLOUR.get(status, "bold"))
    if flag["grade"]:
        title.append(f", {flag['grade']}")
    if is_urgent:
        title.append("  URGENT", style="bold white on red")
    return title


def _asked(row: Mapping[str, Any]) -> str:
    """What is asked tonight, or the day on which it will be; and the clinic's last verdict."""
    if row["ask"]:
        line = f"asked of the clinic: {plain(row['action'])}"
    else:
        line = f"asks nothing tonight: {_watched(row['watched_as'])}"
        line += f"; asks on {row['asks_on']}" if row["asks_on"] else ""
    if row["verdict"]:
        line += f". Verdict of {row['reviewed_at']:%Y-%m-%d}: {wording('verdict', row['verdict'])}"
    if row["changed_since"]:
        line += f", but {wording('since', row['changed_since'])}"
    return line


def _watched(watched_as: str) -> str:
    if has_wording("section_of", watched_as):
        return wording("section", wording("section_of", watched_as)).lower()
    return wording("status", watched_as)


def _capped(row: Mapping[str, Any]) -> str:
    return f"persistent at most: {row['why']}. What would lift it: {row['lifted_by']}"


def _facts(flag: Mapping[str, Any]) -> list[str]:
    lines = []
    if flag["repeat_due_on"]:
        lines.append(
            f"repeat due on {flag['repeat_due_on']}, overdue from {flag['repeat_overdue_on']}"
        )
    if flag["routes"]:
        routes = ", ".join(r.removeprefix("route_").replace("_", " ") for r in flag["routes"])
        lines.append(f"look also at: {routes}")
    if flag["causes"]:
        lines.append(f"causes around it: {'; '.join(flag['causes'])}")
    if flag["unreviewed_drugs"]:
        lines.append(f"drugs nobody has reviewed: {plain(flag['unreviewed_drugs'])}")
    return lines


def _steps(steps: Sequence[Mapping[str, Any]], results: Mapping[str, Any]) -> Table:
    """Each step in two lines: what was measured, and what it was taken for."""
    grid = Table.grid(padding=(0, 1))
    grid.add_column(no_wrap=True)
    grid.add_column(style="green")
    grid.add_column()
    for step in steps:
        body = _measured(step, results)
        body.append(f"{_sentence(step['reason'])}: ")
        body.append(step["status_after"].replace("_", " "), style="bold")
        grid.add_row(str(step["event_on"]), "●" if step["is_counted"] else " ", body)
    return grid


def _measured(step: Mapping[str, Any], results: Mapping[Any, Any]) -> Text:
    line = Text()
    index = step.get("measurement_id")
    if index is None:
        return line
    for analyte, name in ISOTYPE.items():
        result = results.get(step.get(f"{analyte}_measurement_id"))
        if result is not None:
            line.append("" if not line.plain else "   ")
            is_index = result["measurement_id"] == index
            line.append(_value(name, result, results[index]), style="bold" if is_index else "dim")
    line.append(f"   at {step['age_at_sample']}, {step['days_ago']} d ago", style="dim")
    return line.append("\n")


def _value(name: str, result: Mapping[str, Any], index: Mapping[str, Any]) -> str:
    shown = f"{name} {plain(result['value'])} {plain(result['unit'])} {_words(result['class'])}"
    if result["measurement_id"] == index["measurement_id"]:
        return f"{shown} (lower limits {_span(result, 'lower')})"
    is_apart = result["collected_at"] != index["collected_at"]
    return f"{shown} (other sample, {result['collected_on']})" if is_apart else shown


def _span(result: Mapping[str, Any], side: str) -> str:
    low, high = result[f"{side}_limit_min"], result[f"{side}_limit_max"]
    if low is None:
        return "none"
    return f"{low:g}" if low == high else f"{low:g}–{high:g}"


def _possible_events(events: Sequence[Mapping[str, Any]], status: str, as_of: date) -> Table:
    table = Table(
        box=box.SIMPLE_HEAD,
        padding=(0, 2, 0, 0),
        pad_edge=False,
        header_style="dim",
        show_edge=False,
    )
    table.add_column("if", ratio=4)
    table.add_column("when", ratio=3)
    table.add_column("it becomes", ratio=3)
    if screen.width >= WIDE:
        table.add_column("because", ratio=6, style="dim")
    becomes = partial(_becomes, status)
    for what, runs in _joined(events).items():
        # without room for the reason, a run that differs only in it is none
        shown = runs if screen.width >= WIDE else [next(g) for _, g in groupby(runs, becomes)]
        for number, run in enumerate(shown):
            cells = [what if number == 0 else "", _when(run, as_of), becomes(run)]
            table.add_row(*map(Text, [*cells, run["reason"]][: len(table.columns)]))
    return table


def _joined(events: Sequence[Mapping[str, Any]]) -> dict[str, list[Mapping[str, Any]]]:
    """Possible events that come to the same, in one line: `IgG low; or: IgG very low`."""
    same: dict[tuple, list[str]] = {}
    runs_of: dict[tuple, list[Mapping[str, Any]]] = {}
    for what, group in groupby(events, key=lambda event: event["what"]):
        runs = list(group)
        key = tuple((t["on_or_after"], t["until"], t["status"], t["reason"]) for t in runs)
        same.setdefault(key, []).append(what)
        runs_of.setdefault(key, runs)
    return {"; or: ".join(names): runs_of[key] for key, names in same.items()}


def _when(run: Mapping[str, Any], as_of: date) -> str:
    is_at_once = (run["on_or_after"] - as_of).days <= 1
    if is_at_once:
        return f"until {run['until']}" if run["until"] else "at any time"
    return f"on or after {run['on_or_after']}"


def _becomes(status: str, run: Mapping[str, Any]) -> str:
    stays = "stays " if run["status"] == status else ""
    return stays + _words(run["status"]) + (" (counted)" if run["is_counted"] else "")


def _show_samples(results: Sequence[Mapping[str, Any]]) -> None:
    """A line per sample: what was measured in it, how old the patient was, how long ago it is."""
    rows = []
    for (on, _, laboratory), group in groupby(
        results, lambda r: (r["collected_on"], r["collected_at"], r["laboratory"])
    ):
        sample = list(group)
        rows.append(
            {
                "collected": on,
                "age": sample[0]["age_at_sample"],
                "days ago": sample[0]["days_ago"],
                **{name: _of_sample(sample, analyte) for analyte, name in ISOTYPE.items()},
                "laboratory": laboratory,
            }
        )
    if rows:
        screen.print()
        shown = [c for c in rows[0] if c not in SPARE or len({row[c] for row in rows}) > 1]
        shown = [c for c in shown if c != ISOTYPE["ige"] or any(row[c] for row in rows)]
        show_rows("Every sample (g/L, IgE in kIU/L)", rows, shown)


def _of_sample(sample: Sequence[Mapping[str, Any]], analyte: str) -> str:
    return "; ".join(
        f"{r['comparator'] or ''}{plain(r['normalised'])} {_words(r['class'])}"
        for r in sample
        if r["analyte"] == analyte
    )


def _show_results(results: Sequence[Mapping[str, Any]]) -> None:
    rows = [
        {
            "collected": r["collected_on"],
            "test": ISOTYPE.get(r["analyte"], r["analyte"]),
            "as sent": f"{plain(r['value'])} {plain(r['unit'])}",
            "normalised": None if r["normalised"] is None else f"{r['normalised']:g}",
            "lower limits": _span(r, "lower"),
            "upper limits": _span(r, "upper"),
            "class": _words(r["class"]),
            "lab says": r["laboratory_says"],
            "laboratory": r["laboratory"],
            "sent as": f"{plain(r['patient_id'])} ({plain(r['assigning_authority'])})",
            "read as": _use(r["used_as"]),
        }
        for r in results
    ]
    screen.print()
    if rows:
        # a column that says nothing, or the same of everything, only takes room
        shown = [c for c in rows[0] if c not in SPARE or len({row[c] for row in rows}) > 1]
        show_rows("Every result (normalised and limits in g/L, IgE in kIU/L)", rows, shown)


def _use(uses: Sequence[Mapping[str, Any]]) -> str:
    """What the rule of this isotype read it as; else whether it stood beside a result that was."""
    for use in uses:
        if use["role"] == "index":
            read = "not low" if use["event"] == "normal" else _words(use["event"])
            return read + (", counted" if use["is_counted"] else "")
    return "beside another" if uses else "by no rule"


def _show_rest(explanation: Mapping[str, Any]) -> None:
    parts = (
        ("Not usable", "unusable",
         ("collected_on", "test", "value", "unit", "reason", "statements")),
        ("Corrected or withdrawn", "superseded",
         ("collected_on", "analyte", "value", "unit", "reason_code", "superseded_at")),
        ("Merges that join nobody", "merges_refused",
         ("retired_id", "surviving_id", "merged_at", "reason")),
        ("Links with other identifiers", "links",
         ("patient_id", "authority", "linked_patient_id", "linked_authority", "valid_from",
          "valid_to", "decided_by", "state", "reason")),
        ("What was published, night by night", "said",
         ("as_of", "rule_id", "from_status", "to_status", "status_reason")),
    )  # fmt: skip
    for title, name, columns in parts:
        if name == "said":
            show_exposures(explanation)
        if explanation[name]:
            screen.print()
            show_rows(title, explanation[name], columns)


def _head(title: str) -> None:
    screen.print(f"\n  [bold]{title}[/]")


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _words(text: str | None) -> str:
    return plain(text).replace("_", " ")


def add_to(app: typer.Typer) -> None:
    app.command()(explain)
