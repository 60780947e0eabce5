"""`igwatch validate`: a sample read blind, and what the flags are worth."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from igwatch.command.access_note import note_access
from igwatch.command.terminal import (
    HomeOption,
    JsonOption,
    home_of,
    screen,
    show_json,
    show_rows,
)
from igwatch.site.settings import Settings

PLACE = 85
validate = typer.Typer(
    no_args_is_help=True,
    help="Draw a sample of patients, flagged or not, for blind readers; score what they say.\n\n"
    "Example: igwatch validate draw --n 200 --seed 7",
)
NAMES = {
    "ppv": "flagged, and right (PPV)",
    "npv": "not flagged, and right (NPV)",
    "sensitivity": "sensitivity",
    "specificity": "specificity",
}


@validate.command()
def draw(
    n: Annotated[int, typer.Option("--n", min=2, help="forms")],
    seed: Annotated[int, typer.Option(help="the same seed draws the same patients", min=0)],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Draw patients by state, grade, age and feed; write blind forms for two readers.

    The forms (HTML, CSV) lie in reports/validation and name nobody; the key of who they are stays
    in validation/. All are for the owner alone.

    Example: igwatch validate draw --n 200 --seed 7 --home /srv/igwatch
    """
    from igwatch.validation.draw_night import draw_night

    settings = Settings()
    place = home_of(home, settings).prepare()
    made = draw_night(
        place, settings, n, seed, lambda name, ids: note_access(place, "validate draw", ids, name)
    )
    if as_json:
        show_json(made)
        return
    show_rows("Who was drawn", made["strata"], ("stratum", "population", "drawn"))
    for path in made["files"]:
        screen.print(path, soft_wrap=True, markup=False)


@validate.command()
def score(
    forms: Annotated[
        list[Path], typer.Argument(help="answers of the readers", exists=True, dir_okay=False)
    ],
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """PPV, NPV, sensitivity, specificity of everybody with 95 % limits, kappa, disagreements.

    A share of few forms is shown by its limits alone. A form on which the readers disagree counts
    when a third has read it.

    Example: igwatch validate score reader-1.csv reader-2.csv
    """
    from igwatch.validation.answer_file import read_answers
    from igwatch.validation.draw_file import read_key
    from igwatch.validation.score import as_data
    from igwatch.validation.score import score as score_of

    place = home_of(home, Settings()).prepare()
    answers = read_answers(forms)
    key = read_key(place, answers[0].draw)
    note_access(place, "validate score", patients=(), what=key.draw)
    found = [as_data(each) for each in score_of(key, answers)]
    if as_json:
        show_json({"draw": key.draw, "rule_version": key.rule_version, "rules": found})
        return
    screen.print(f"{key.draw}, rules {key.rule_version}", markup=False)
    for each in found:
        _show(each)


def _show(found: Mapping[str, Any]) -> None:
    rule = found["rule_id"].replace("_", " ")
    by = {"together": found["together"], **found["by_reader"]}
    rows = [
        {"read by": who, "of everybody": NAMES[name], **_told(estimate)}
        for who, measures in by.items()
        for name, estimate in measures.items()
    ]
    show_rows(f"{rule}: what the flags are worth", rows,
              ("read by", "of everybody", "share", "95 % limits", "forms"))  # fmt: skip
    kappa = [
        {"readers": " and ".join(k["readers"]), "kappa": _number(k["value"]),
         "95 % limits": _span(k["low"], k["high"], _number), "forms": k["n"]}
        for k in found["kappa"]
    ]  # fmt: skip
    show_rows("Cohen's kappa", kappa, ("readers", "kappa", "95 % limits", "forms"),
              "one reader: nobody to agree with")  # fmt: skip
    columns = ("status", "is_flagged", "population", "drawn", "n_yes", "n_no", "n_open")
    show_rows("By state", found["by_state"], columns)
    said = [
        {"form": row.pop("form"), "answers": ", ".join(f"{who}: {a}" for who, a in row.items())}
        for row in found["disagreements"]
    ]
    show_rows("Disagreements, for a third reader", said, ("form", "answers"), empty="none")


def _told(estimate: Mapping[str, Any]) -> dict[str, Any]:
    few = "too few to say" if estimate["low"] is not None else "nobody to say it of"
    return {
        "share": few if estimate["value"] is None else _percent(estimate["value"]),
        "95 % limits": _span(estimate["low"], estimate["high"], _percent),
        "forms": estimate["n"],
    }


def _span(low: float | None, high: float | None, shown: Any) -> str:
    return "" if low is None or high is None else f"{shown(low)} to {shown(high)}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %"


def _number(value: float | None) -> str:
    return "undefined" if value is None else f"{value:.2f}"


def add_to(app: typer.Typer) -> None:
    app.add_typer(validate, name="validate")
