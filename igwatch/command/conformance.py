"""`igwatch conformance`: the rules' cases for everybody, and anybody's answers judged."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from igwatch.command.terminal import JsonOption, screen, show_json, show_rows

PLACE = 112
VERDICTS = ("right", "wrong", "missing", "unknown")
SAID = ("case_id", "rule", "verdict", "expected", "said", "why")

conformance = typer.Typer(
    no_args_is_help=True,
    help="The cases of the rules as HL7 v2, CSV, FHIR and OMOP with the states expected, and "
    "anybody's answers judged by them.\n\nExample: igwatch conformance write --out pack",
)


class Format(StrEnum):
    """A format of the pack."""

    hl7 = "hl7"
    csv = "csv"
    fhir = "fhir"
    omop = "omop"


@conformance.command()
def write(
    out: Annotated[Path, typer.Option(file_okay=False, help="folder; the pack is OUT/<version>")],
    as_json: JsonOption = False,
) -> None:
    """Write the pack: every case in four formats, with the states expected and what is left out.

    All patients are invented or published; the same rules give the same bytes.

    Example: igwatch conformance write --out pack
    """
    from igwatch.conformance.pack import write_pack

    made = write_pack(out)
    if as_json:
        show_json(vars(made) | {"folder": str(made.folder)})
        return
    rows = [{"format": name, "cases": n, "left out": made.n_cases - n}
            for name, n in made.by_format.items()]  # fmt: skip
    title = f"The conformance pack of rules {made.version}, {made.n_cases} cases"
    show_rows(title, rows, ("format", "cases", "left out"))
    screen.print(f"in {made.folder}; what is left out has its reason in unsaid.csv",
                 soft_wrap=True, markup=False)  # fmt: skip


@conformance.command()
def score(
    file: Annotated[
        Path, typer.Argument(help="answers: case_id,rule,state", exists=True, dir_okay=False)
    ],
    format_name: Annotated[
        Format | None, typer.Option("--format", help="judge only what this format can say")
    ] = None,
    cohort: Annotated[
        bool, typer.Option("--cohort", help="the states are `in` or `out` of a cohort")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="also sentences that are right, and each missing answer")
    ] = False,
    as_json: JsonOption = False,
) -> None:
    """Judge answers to the pack. Exit 0 where all are right, else 1.

    An answer that is not there is missing, never right; one that is no state of the rules is
    unknown. Whatever is not right is named with the sentence that it misses.

    Example: igwatch conformance score answers.csv --format fhir
    """
    from igwatch.conformance.answer import read_answers
    from igwatch.conformance.score import as_data, is_all_right, judge

    judged = judge(read_answers(file), format_name.value if format_name else None, cohort)
    found = as_data(judged)
    if as_json:
        show_json(found)
    else:
        _show(found, everything)
    if not is_all_right(judged):
        raise typer.Exit(1)


def _show(found: Mapping[str, Any], everything: bool) -> None:
    show_rows(f"By state, rules {found['rules']}", found["by_state"], ("rule", "state", *VERDICTS))
    sentences = [row for row in found["by_sentence"] if everything or not _is_right(row)]
    show_rows("By sentence" if everything else "Sentences that are not all right", sentences,
              ("section", "sentence", *VERDICTS))  # fmt: skip
    told = [
        row | {"why": f"{row['section']} {row['sentence']}: {row['case']}"}
        for row in found["not_right"]
        if everything or row["verdict"] != "missing"
    ]
    show_rows("Answers that are not right", told, SAID)
    words = ", ".join(f"{n} {verdict}" for verdict, n in found["together"].items())
    hint = "" if everything or not found["together"]["missing"] else "; --all names the missing"
    screen.print(f"{words}{hint}", markup=False, soft_wrap=True)


def _is_right(row: Mapping[str, Any]) -> bool:
    return not any(row[verdict] for verdict in VERDICTS[1:])


def add_to(app: typer.Typer) -> None:
    app.add_typer(conformance, name="conformance")
