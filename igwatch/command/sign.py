"""`igwatch sign`: the rules, to be signed by a clinician, and what came back."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from igwatch.command.terminal import (
    HomeOption,
    JsonOption,
    home_of,
    screen,
    show_json,
    show_rows,
)
from igwatch.site.person import person
from igwatch.site.settings import Settings
from igwatch.site.signature_line import lines_of
from igwatch.site.signoff import (
    SIGNED,
    STATES,
    SetState,
    SignatureState,
    checked_signoffs,
    signature_state,
)

PLACE = 108
sign = typer.Typer(
    no_args_is_help=True,
    help="Let clinicians sign the rules, row by row, and see what is signed.\n\n"
    "Example: igwatch sign new --home /srv/igwatch",
)
SETS = ("rule_set", "version", *STATES, "by")
ROWS = ("rule_set", "kind", "item", "state", "by", "comment")


@sign.command()
def new(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Write one page per rule set, to be opened in a browser, answered and saved.

    What is saved is a file signoff-*.csv, which its signer signs:
    ssh-keygen -Y sign -n igwatch-signoff -f KEY FILE

    Example: igwatch sign new --home /srv/igwatch
    """
    from igwatch.decision.sign import write_sign_pages

    settings = Settings()
    place = home_of(home, settings).prepare()
    pages = write_sign_pages(place, settings)
    if as_json:
        show_json([str(page) for page in pages])
        return
    for page in pages:
        screen.print(str(page), soft_wrap=True, markup=False)


@sign.command()
def add(
    file: Annotated[Path, typer.Argument(help="saved from a page", exists=True, dir_okay=False)],
    key: Annotated[
        Path | None, typer.Option(help="sign it first with this key; else FILE.sig is beside it")
    ] = None,
    by: Annotated[str | None, typer.Option(help="who hands it in; default: your account")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Check the signature of a sign-off and take it into the home.

    Nothing is kept unless a key that allowed_signers gives to the signer, and that is valid today,
    signed the file as it is.

    Example: igwatch sign add signoff-2026.2.csv --key ~/.ssh/id_ed25519
    """
    from igwatch.decision.sign import keep_signoff

    settings = Settings()
    place = home_of(home, settings).prepare()
    found = keep_signoff(place, settings, file, by or person(), key)
    made = {"signer": found.answers[0].signer, "rows": len(found.answers), "file": found.name}
    if as_json:
        show_json(made)
        return
    screen.print(
        f"taken: {made['rows']} answers of {made['signer']}; next: igwatch sign status",
        markup=False, soft_wrap=True,
    )  # fmt: skip


@sign.command()
def status(
    rows: Annotated[bool, typer.Option("--rows", help="also each row that is not signed")] = False,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """How far each rule set is signed, by whom, and what changed since.

    Example: igwatch sign status --rows
    """
    settings = Settings()
    found = signature_state(home_of(home, settings).prepare(), settings)
    if as_json:
        show_json(_as_data(found))
        return
    show_rows("Rules and their signatures", [_set_row(each) for each in found.sets], SETS)
    for line in lines_of(found).values():
        screen.print(line, markup=False, soft_wrap=True)
    if rows:
        left = [row for each in found.sets for row in _row_rows(each) if row["state"] != SIGNED]
        show_rows("Not signed", left, ROWS, empty="nothing")


@sign.command()
def check(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Check every sign-off of the home: its signature, its key, its bytes. Exit 1 where one fails.

    Example: igwatch sign check --home /srv/igwatch
    """
    settings = Settings()
    place = home_of(home, settings).prepare()
    accepted, refused = checked_signoffs(place, settings)
    gone = signature_state(place, settings).gone
    rows: list[dict[str, Any]] = [
        {"file": each.name, "accepted": "yes", "signer": each.answers[0].signer,
         "rows": len(each.answers), "why": None} for each in accepted
    ]  # fmt: skip
    rows += [
        {"file": each.name, "accepted": "no", "signer": None, "rows": None, "why": str(each.fault)}
        for each in refused
    ]
    rows += [
        {"file": None, "accepted": "no", "signer": None, "rows": None,
         "why": f"a sign-off taken on {day} is gone from the home; bring it back from a backup"}
        for day in gone
    ]  # fmt: skip
    if as_json:
        show_json(rows)
    else:
        show_rows("Sign-offs", rows, ("file", "accepted", "signer", "rows", "why"), empty="none")
    if refused or gone:
        raise typer.Exit(1)


def _set_row(state: SetState) -> dict[str, Any]:
    by = ", ".join(f"{who} {day}" for who, day in state.signers.items())
    return {"rule_set": state.rule_set.name, "version": state.rule_set.version,
            **state.counts, "by": by}  # fmt: skip


def _row_rows(state: SetState) -> list[Mapping[str, Any]]:
    return [
        {
            "rule_set": state.rule_set.name,
            "kind": each.row.kind,
            "item": each.row.item,
            "state": each.state,
            "by": ", ".join(a.signer for a in each.answers),
            "comment": "; ".join(a.comment for a in each.answers if a.comment),
        }
        for each in state.rows
    ]


def _as_data(found: SignatureState) -> dict[str, Any]:
    return {
        "sets": [_set_row(each) | {"rows": _row_rows(each)} for each in found.sets],
        "lines": lines_of(found),
        "not_accepted": [{"file": each.name, "why": str(each.fault)} for each in found.refused],
        "gone": list(found.gone),
    }


def add_to(app: typer.Typer) -> None:
    app.add_typer(sign, name="sign")
