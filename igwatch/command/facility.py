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
from igwatch.draft.facility_draft import Draft
from igwatch.site.facility_knowledge import known_facilities, read_facility, stray_files
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from transforms.parse.facility.facility import FacilityError
from transforms.parse.facility.facility_file import UNANSWERED

PLACE = 20

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
    home: HomeOption = None,
    is_shown: Annotated[bool, typer.Option("--print", help="show it, write nothing")] = False,
    as_json: JsonOption = False,
) -> None:
    """Draft facility/NAME.yaml from a sample file: CSV of any dialect, or HL7.

    What the sample proves is written down with its reason; what it leaves open (the zone, dates
    such as 03/04, what a local code means) is marked "?" and asked. No patient is named in it.

    Example: igwatch facility new results.csv --name lakeside
    """
    place = home_of(home, Settings()).prepare()
    named = name or _inbox_of(file, place)
    if named is None:
        raise typer.BadParameter("say which feed it is", param_hint="--name")
    if zone and zone not in available_timezones():
        what = "not a zone of the IANA database, such as Europe/London"
        raise typer.BadParameter(what, param_hint="--zone")
    draft = draft_facility(file, named, encoding).answered({"zone": zone} if zone else {})
    if as_json:
        show_json(draft.as_dict() | {"file": None if is_shown else str(_written(draft, place))})
    elif is_shown:
        sys.stdout.write(draft.yaml())
    else:
        draft = _asked(draft)
        _show(draft, _written(draft, place))
        if not draft.questions and (problem := _fault(place, named)):
            raise PipelineError(f"written, but {problem.text}", problem.mend)


@facility.command()
def check(
    name: Annotated[str | None, typer.Argument(help="only this one")] = None,
    home: HomeOption = None,
    as_json: JsonOption = False,
) -> None:
    """Whether each facility can be read as a night reads it: NAME.yaml, and the NAME.limits.csv,
    NAME.rules.csv and NAME.exposures.csv beside it.

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


def _written(draft: Draft, home: Home) -> Path:
    path = home.facility / f"{draft.name}.yaml"
    if path.exists():
        raise PipelineError(
            f"facility/{path.name} is there:", "change it, or choose another --name"
        )
    path.write_text(draft.yaml(), encoding="utf-8")
    return path


def _show(draft: Draft, path: Path) -> None:
    screen.print(f"{draft.seen}\nwritten to {path}", markup=False, soft_wrap=True)
    for remark in draft.remarks:
        screen.print(f"  {remark}", markup=False, soft_wrap=True)
    asked = [
        {"key": q.path, "question": q.note, "one_of": " | ".join(q.choices)}
        for q in draft.questions
    ]
    title = f'To answer in facility/{path.name}, each marked "?"'
    show_rows(title, asked, ("key", "question", "one_of"), empty="nothing")
    screen.print(f"then: igwatch preview FILE --facility {draft.name}", markup=False)


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
