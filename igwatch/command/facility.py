"""`igwatch facility`: a new feed's facility file drafted from a sample; those there are checked."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated
from zoneinfo import available_timezones

import typer

from igwatch.base.error import PipelineError
from igwatch.command.terminal import HomeOption, JsonOption, home_of, screen, show_json, show_rows
from igwatch.draft import draft_facility
from igwatch.draft.export_shape import shapes
from igwatch.draft.facility_draft import Draft
from igwatch.draft.taken_up import TakenUp, taken_up
from igwatch.draft.tried import supposed, tried
from igwatch.site.facility_knowledge import known_facilities, read_facility, stray_files
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from transforms.parse.facility.facility import FacilityError
from transforms.parse.facility.facility_file import UNANSWERED

PLACE = 20

_COLUMN = ("header", "cells", "guess")

facility = typer.Typer(
    help="The file that says what is special about a feed: draft one, check all.",
    no_args_is_help=True,
)


@facility.command()
def new(
    file: Annotated[Path, typer.Argument(exists=True, dir_okay=False, help="a sample of the feed")],
    name: Annotated[str | None, typer.Option(help="the feed's folder below inbox/")] = None,
    zone: Annotated[str | None, typer.Option(help="its clock, such as Europe/London")] = None,
    encoding: Annotated[str | None, typer.Option(help="its character set, if known")] = None,
    like: Annotated[
        str | None, typer.Option(help="the system it is an export of, such as synthea or omop")
    ] = None,
    is_added: Annotated[
        bool, typer.Option("--add", help="add what this sample needs to the file that is there")
    ] = False,
    home: HomeOption = None,
    is_shown: Annotated[bool, typer.Option("--print", help="show it, write nothing")] = False,
    as_json: JsonOption = False,
) -> None:
    """Draft facility/NAME.yaml from a sample file: CSV of any dialect, HL7 or FHIR.

    Results, medications, diagnoses or procedures. What the sample proves is written down with its
    reason; what it leaves open (the zone, dates such as 03/04, what a local code means) is marked
    "?" and asked. A file with open questions is taken up where it was left. No patient is named.

    Example: igwatch facility new results.csv --name lakeside
    """
    place = home_of(home, Settings()).prepare()
    named = name or _inbox_of(file, place)
    if named is None:
        raise typer.BadParameter("say which feed it is", param_hint="--name")
    if zone and zone not in available_timezones():
        what = "not a zone of the IANA database, such as Europe/London"
        raise typer.BadParameter(what, param_hint="--zone")
    if like and like.lower() not in shapes():
        what = f"no header list of it; known are {', '.join(shapes())}"
        raise typer.BadParameter(what, param_hint="--like")
    draft = draft_facility(file, named, encoding, like.lower() if like else None)
    path = place.facility / f"{named}.yaml"
    before = None if is_shown or not path.exists() else _taken_up(draft, path, is_added)
    draft = before.draft if before else draft
    if zone and "zone" in {s.path for s in draft.settings}:
        draft = draft.answered({"zone": zone})
    if is_shown:
        show_json(draft.as_dict() | {"file": None}) if as_json else sys.stdout.write(draft.yaml())
        return
    draft = draft if as_json else _asked(draft)
    if before:
        values = {s.path: s.value for s in draft.settings if isinstance(s.value, str)}
        before = before.answered(values)
    path.write_text(before.yaml() if before else draft.yaml(), encoding="utf-8")
    if as_json:
        show_json(draft.as_dict() | {"file": str(path)})
        return
    text = before.supposed() if before else supposed(draft).yaml()
    how = f"taken up where it was left, {len(before.new)} keys added:" if before else "written to"
    _show(draft, path, file, text, how)
    if not draft.questions and (problem := _fault(place, named)):
        raise PipelineError(f"written, but {problem.text}", problem.mend)


@facility.command()
def check(
    name: Annotated[str | None, typer.Argument(help="only this one")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Whether each facility can be read as a night reads it: NAME.yaml, and the NAME.limits.csv,
    NAME.rules.csv, NAME.exposures.csv and NAME.measuring.csv beside it.

    Of one that cannot be used the first fault is shown with its mend; then exit 1. So it is for a
    facility that does not exist, and for a file that stands beside no NAME.yaml.

    Example: igwatch facility check lakeside
    """
    place = home_of(home, Settings()).prepare()
    known = known_facilities(place)
    if name is not None and name not in known:
        there = f"those there: {', '.join(known)}" if known else "there is none yet"
        raise PipelineError(f"no facility {name} in {place.facility} or {place.inbox}", there)
    found = [{"facility": one, "fault": _line(_fault(place, one))} for one in known]
    found += [{"facility": one, "fault": _line(fault)} for one, fault in stray_files(place)]
    found = [row for row in found if name in (None, row["facility"])]
    if as_json:
        show_json(found)
    else:
        shown = [row | {"fault": row["fault"] or "none"} for row in found]
        show_rows("Facility files", shown, ("facility", "fault"), empty="none: all is default")
    if any(row["fault"] for row in found):
        raise typer.Exit(1)


def _inbox_of(file: Path, home: Home) -> str | None:
    """The feed in whose inbox the file lies."""
    path = file.absolute()
    return path.relative_to(home.inbox).parts[0] if path.is_relative_to(home.inbox) else None


def _asked(draft: Draft) -> Draft:
    """Each question put to the person at the terminal; Enter leaves it marked in the file."""
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        return draft
    answers = {}
    for question in draft.questions:
        choices = f" ({' | '.join(question.choices)})" if question.choices else ""
        screen.print(f"{question.path}: {question.note}{choices}", markup=False, soft_wrap=True)
        answers[question.path] = typer.prompt("", default=UNANSWERED, prompt_suffix="> ")
    return draft.answered(answers)


def _taken_up(draft: Draft, path: Path, is_added: bool) -> TakenUp:
    """What the file that is there leaves open. Raises PipelineError where it is complete."""
    found = taken_up(draft, path)
    if not found.has_questions and not is_added:
        raise PipelineError(
            f"facility/{path.name} is there and has no open question:",
            "--add puts in what this sample needs; or choose another --name",
        )
    return found


def _show(draft: Draft, path: Path, sample: Path, text: str, how: str) -> None:
    """What was seen, column by column, what is asked, and what would become of the rows by the
    facility file in `text`, in which open questions are answered by their first choice."""
    screen.print(f"{draft.seen}\n{how} {path}", markup=False, soft_wrap=True)
    if draft.columns:
        show_rows("Columns", [vars(column) for column in draft.columns], _COLUMN)
    for remark in draft.remarks:
        screen.print(f"  {remark}", markup=False, soft_wrap=True)
    asked = [
        {"key": q.path, "question": q.note, "one_of": " | ".join(q.choices)}
        for q in draft.questions
    ]
    title = f'To answer in facility/{path.name}, each marked "?"'
    show_rows(title, asked, ("key", "question", "one_of"), empty="nothing")
    screen.print(f"then: igwatch preview FILE --facility {draft.name}", markup=False)
    for line in draft.loud:
        screen.print(line, markup=False, soft_wrap=True, style="bold")
    for line in (*draft.outcome, *tried(sample, draft, text)):
        screen.print(line, markup=False, soft_wrap=True)


def _fault(home: Home, name: str) -> FacilityError | None:
    try:
        read_facility(home, name)
    except FacilityError as fault:
        return fault
    return None


def _line(fault: FacilityError | None) -> str | None:
    return None if fault is None else str(fault)


def add_to(app: typer.Typer) -> None:
    app.add_typer(facility, name="facility")
