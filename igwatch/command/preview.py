"""`igwatch preview`: how a file would be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from igwatch.command.exposure_preview import exposure_lines, show_exposures
from igwatch.command.terminal import (
    AsOfOption,
    HomeOption,
    JsonOption,
    clock_of,
    home_of,
    screen,
    show_json,
    show_rows,
)
from igwatch.inquiry.preview import preview_file
from igwatch.site.settings import Settings

PLACE = 30

REJECTS_SHOWN = 20
REASONS_SHOWN = 3
WITHHELD = 3


def preview(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    facility: Annotated[str, typer.Option(help="read it as a file of this facility")],
    home: HomeOption = None,
    is_checked: Annotated[
        bool, typer.Option("--checks", help="also say whether a night would withhold it, and why")
    ] = False,
    as_of: AsOfOption = None,
    as_json: JsonOption = False,
) -> None:
    """How a file would be read: rows, rejects, unmapped codes and units. Writes nothing.

    No identifier, date of birth or value is shown: counts, codes, units, ranges, shapes.

    With --checks a file that would be withheld exits 3, as a night does. It is compared with what
    was published of the facility. In --json, "checks" holds as_of, compared_with_files,
    would_be_withheld, failed (severity, suite, column, expectation, n_evaluated, n_unexpected, why)
    and because_of (suite, column, code, test_name, units, what, n, first_line).

    Example: igwatch preview results.csv --facility lakeside --checks --as-of 2026-11-20
    """
    settings = Settings()
    place, clock = home_of(home, settings), clock_of(as_of, settings)
    seen = preview_file(file, facility, place, settings, clock, is_checked)
    if as_json:
        show_json(seen)
    else:
        _show(seen)
    if seen["checks"] and seen["checks"]["would_be_withheld"]:
        raise typer.Exit(WITHHELD)


def _show(seen: dict[str, Any]) -> None:
    screen.print("\n".join(_summary(seen)), markup=False, soft_wrap=True)
    if seen["dispositions"]:
        _show_results(seen)
    _show_unread(seen)
    show_exposures(seen)
    _show_refused(seen)
    if seen["checks"]:
        _show_checks(seen["checks"], seen["facility"])
    for line in _last_lines(seen):
        screen.print(line, markup=False, soft_wrap=True)


def _show_results(seen: dict[str, Any]) -> None:
    columns = ("disposition", "reason_code", "n", "reason")
    show_rows("Where the results would end", seen["dispositions"], columns)
    show_rows(
        "Recognised, and whether the printed ranges fit the unit",
        seen["codes"],
        (
            *("code", "test_name", "analyte", "units", "read_as", "n", "references_range"),
            *("n_with_range", "n_range_agrees", "n_range_contradicts"),
        ),
    )
    if seen["contradictions"]:
        show_rows(
            "What the file says twice and differently",
            seen["contradictions"],
            ("reason_code", "field_a", "statement_a", "field_b", "statement_b", "n"),
        )
    show_rows(
        "Not mapped; a suggestion is never applied by itself",
        seen["unmapped"],
        (
            *("code", "test_name", "units", "references_range", "reason_code", "n"),
            *("hint", "suggestion"),
        ),
        empty="nothing",
    )


def _show_unread(seen: dict[str, Any]) -> None:
    """Values by their shape, and words for a sex or a status that nobody knows."""
    if seen["values"]:
        columns = ("value_shape", "reason_code", "n", "reason")
        show_rows("Values that are no number, by their shape", seen["values"], columns)
    if seen["words"]:
        columns = ("topic", "word", "n", "suggestion")
        show_rows("Words that nobody knows", seen["words"], columns)


def _show_refused(seen: dict[str, Any]) -> None:
    columns = ("level", "reason_code", "n", "n_results", "reason", "mend")
    show_rows("Refused, by reason", seen["refused"], columns, empty="nothing")
    if seen["rejects"]:
        first = seen["rejects"][:REJECTS_SHOWN]
        more = len(seen["rejects"]) - len(first)
        columns = ("level", "message_number", "line_number", "field", "found", "reason_code")
        show_rows("Refused, one by one", first, columns)
        screen.print(f"and {more} more: --json shows all" if more else "")


def _summary(seen: dict[str, Any]) -> Iterator[str]:
    """What was recognised, in a few lines."""
    yield ", ".join(filter(None, [seen["format"], seen["content"], seen["encoding"]]))
    if not seen["facility_file"]:
        name = seen["facility"]
        yield f"facility/{name}.yaml is not there: read with the defaults"
        yield f"a draft of it: igwatch facility new FILE --name {name}"
    if seen["landed_before"]:
        yield "these bytes have landed before: they would not be taken in again"
    if counted := list(_counted(seen)):
        yield ", ".join(counted)
    yield from exposure_lines(seen)
    if n := seen["n_results_skipped"]:
        yield f"{n} results passed over: no code or name of interest near them"
    if seen["first_collected_on"]:
        yield f"collected {seen['first_collected_on']} to {seen['last_collected_on']}"
    if n := seen["n_birth_dates_placeholder"]:
        yield f"{n} results with a birth date that is a filler, such as 1900-01-01: left out"
    for name in ("birth_dates", "sexes"):
        if n := seen[f"n_{name}_unread"]:
            yield f"{n} results with {name.replace('_', ' ')} that cannot be read: left out"
    if n := seen["n_identifiers_unwrapped"]:
        yield f"{n} results whose patient's number a spreadsheet had wrapped: unwrapped"
    yield from _sums(seen)


def _counted(seen: dict[str, Any]) -> Iterator[str]:
    """How many messages and results; of a file of another kind its sum says how many rows."""
    if seen["format"] != "csv":
        yield f"{seen['n_messages']} messages"
    if _is_of_results(seen):
        yield f"{seen['n_results']} results"


def _is_of_results(seen: dict[str, Any]) -> bool:
    return bool(seen["n_results"]) or seen["content"] in ("results", "mixed", None)


def _sums(seen: dict[str, Any]) -> Iterator[str]:
    """Where each unit of the file would end: as many as were read, and no other."""
    n_refused = sum(reject["n_results"] for reject in seen["refused"])
    if _is_of_results(seen):
        ends = [f"{n} {name.replace('_', ' ')}" for name, n in seen["outcomes"].items()]
        yield f"{', '.join(ends)}, {n_refused} refused; {seen['n_duplicates']} duplicates"
    for unit in dict.fromkeys(row["unit"] for row in seen["sums"] if row["unit"] != "result"):
        n = {row["outcome"]: row["n"] for row in seen["sums"] if row["unit"] == unit}
        yield f"{unit}s: {n['read']} read, {n['used']} used, {n['quarantined']} refused"


def _show_checks(checks: dict[str, Any], facility: str) -> None:
    failed = [
        row | {"failed": "" if row["n_unexpected"] is None else row["n_unexpected"]}
        for row in checks["failed"]
    ]
    title = f"Checks of a delivery on {checks['as_of']}, those that do not hold"
    columns = ("severity", "suite", "column", "failed", "n_evaluated", "why")
    show_rows(title, failed, columns, empty="every one holds")
    if checks["because_of"]:
        of_cause = ("suite", "column", "code", "test_name", "units", "what", "n", "first_line")
        show_rows("Withheld because of these results", checks["because_of"], of_cause)
    n = checks["compared_with_files"]
    against = (
        f"{n} published files of {facility}" if n else f"nothing, none of {facility} is published"
    )
    screen.print(f"compared with {against}", markup=False, soft_wrap=True)


def _last_lines(seen: dict[str, Any]) -> Iterator[str]:
    """Whether the batch would be withheld; how many results can be classed."""
    checks = seen["checks"]
    if checks and checks["would_be_withheld"]:
        broken = [
            f"{r['suite']} {r['column']}" for r in checks["failed"] if r["severity"] == "critical"
        ]
        yield f"would be withheld: {', '.join(dict.fromkeys(broken))}"
    elif checks:
        yield "would not be withheld"
    if seen["classed"]:
        of_igm = [of for of in seen["classed"] if of["analyte"] == "igm"]
        yield _classed_line(*(of_igm or seen["classed"])[:1])
    elif seen["n_results"]:
        yield f"of {seen['n_results']:,} results none is known to be an immunoglobulin"


def _classed_line(of: dict[str, Any]) -> str:
    """`of 27,397 IgM, 27,000 can be classed; 397 have no birth date`."""
    parts = [f"of {of['n']:,} Ig{of['analyte'][2:].upper()}, {of['n_classed']:,} can be classed"]
    words = {"no_birth_date": "have no birth date", "no_limits": "are of an age without limits"}
    for other in of["others"][:REASONS_SHOWN]:
        parts.append(f"{other['n']:,} {words.get(other['why'], 'unusable: ' + other['why'])}")
    if rest := sum(other["n"] for other in of["others"][REASONS_SHOWN:]):
        parts.append(f"{rest:,} for other reasons")
    return "; ".join(parts)


def add_to(app: typer.Typer) -> None:
    app.command()(preview)
