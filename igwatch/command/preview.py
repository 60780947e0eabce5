"""`igwatch preview`: how a file would be read."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from igwatch.command.exposure_preview import exposure_lines, show_exposures
from igwatch.command.terminal import (
    HomeOption,
    JsonOption,
    home_of,
    screen,
    show_json,
    show_rows,
)
from igwatch.inquiry.preview import preview_file
from igwatch.site.settings import Settings

PLACE = 30

REJECTS_SHOWN = 20


def preview(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False)],
    facility: Annotated[str, typer.Option(help="read it as a file of this facility")],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """How a file would be read: rows, rejects, unmapped codes and units. Writes nothing.

    No identifier, date of birth or value is shown: counts, codes, units, ranges, shapes.

    Example: igwatch preview results.csv --facility lakeside
    """
    settings = Settings()
    seen = preview_file(file, facility, home_of(home, settings), settings)
    if as_json:
        show_json(seen)
    else:
        _show(seen)


def _show(seen: dict[str, Any]) -> None:
    screen.print("\n".join(_summary(seen)), markup=False, soft_wrap=True)
    if seen["dispositions"]:
        _show_results(seen)
    _show_unread(seen)
    show_exposures(seen)
    _show_refused(seen)


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
    counted = [f"{seen['n_results']} results"]
    if seen["format"] != "csv":
        counted.insert(0, f"{seen['n_messages']} messages")
    if seen["n_other_rows"] and seen["content"] != "exposures":
        counted.append(f"{seen['n_other_rows']} other rows")
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
    n_refused = sum(reject["n_results"] for reject in seen["refused"])
    ends = [f"{n} {name.replace('_', ' ')}" for name, n in seen["outcomes"].items()]
    yield f"{', '.join(ends)}, {n_refused} refused; {seen['n_duplicates']} duplicates"


def add_to(app: typer.Typer) -> None:
    app.command()(preview)
