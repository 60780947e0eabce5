"""`igwatch run` and its steps one at a time: land, build, check, publish, report, catalogue."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from time import monotonic
from typing import Annotated

import typer

from igwatch.base.error import PipelineError
from igwatch.command.access_note import note_access
from igwatch.command.night_result import read_result, show_faults, show_result
from igwatch.command.patient_shown import ShowPatientsOption, are_shown, for_reader
from igwatch.command.terminal import (
    AsOfOption,
    BackdateOption,
    HomeOption,
    JsonOption,
    aside,
    clock_of,
    home_of,
    progress,
    say_fault,
    screen,
    show_json,
)
from igwatch.night import pipeline
from igwatch.night.clock import TWICE, refuse_clock
from igwatch.night.compact import compact_home
from igwatch.night.loss import damage_told, mend_losses, told
from igwatch.night.run import load_run
from igwatch.prove.prove import prove_night
from igwatch.site.alarm import raise_alarm, vanished
from igwatch.site.home import Home
from igwatch.site.home_lock import hold_home
from igwatch.site.settings import Settings
from transforms.parse.raw.reading_progress import Progress, watched
from warehouse.catalogue import write_catalogues
from warehouse.omop.catalogue import write_omop

PLACE = 10

WITHHELD = 3
SECONDS_BETWEEN = 0.2


def run(
    home: HomeOption = None,
    as_of: AsOfOption = None,
    backdate: BackdateOption = 0,
    as_json: JsonOption = False,
    show_patients: ShowPatientsOption = False,
) -> None:
    """Land, build, check, publish and report; no Airflow needed.

    A clock before the live night's or after today is refused: igwatch replay looks back and
    publishes nothing.

    Example: igwatch run --home /srv/igwatch --as-of 2026-11-20
    """
    settings = Settings()
    place, clock = home_of(home, settings).prepare(), clock_of(as_of, settings)
    refuse_clock(place, settings, clock, backdate >= TWICE)
    with progress() as say, landing_shown(say):
        asked = prove_night if settings.prove else None
        night = pipeline.run_night(place, settings, clock, say=say, prove=asked)
    shown = are_shown(show_patients)
    if shown:
        note_access(place, "run")
    result = for_reader(read_result(place, night, names_files=shown), show_patients)
    show_json(result) if as_json else show_result(result)
    alarms = [vanished(list(night.vanished))] if night.vanished else []
    alarms += [told(night.unarchived)] if night.unarchived else []
    for message in night.proof.alarms if night.proof else ():
        raise_alarm(message)
        say_fault(message)
    for message in alarms:
        raise_alarm(message)
        say_fault(message)
    if alarms:
        raise typer.Exit(1)
    if night.withheld or night.faults:
        raise typer.Exit(WITHHELD)


def land(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Take what was delivered into archive and raw.

    Example: igwatch land --home /srv/igwatch
    """
    settings = Settings()
    place = home_of(home, settings).prepare()
    with progress() as say, landing_shown(say), hold_home(place), damage_told(place):
        landing = pipeline.land(place, settings)
    faults = [asdict(fault) for fault in landing.faults]
    counts = {
        "new_files": landing.n_new,
        "known_files": landing.n_known,
        "files_read_again": landing.n_reread,
        "rows": landing.rows,
        "faults": faults,
    }
    if as_json:
        show_json(counts)
    else:
        screen.print(
            f"{landing.n_new} new files, {landing.n_known} known, {landing.n_reread} read again; "
            "rows: " + ", ".join(f"{n} {name}" for name, n in sorted(landing.rows.items()))
        )
        show_faults(faults)
    if faults:
        raise typer.Exit(WITHHELD)


@contextmanager
def landing_shown(say: Callable[[str], None]) -> Iterator[None]:
    """Rows and megabytes of the file that lands, some times a second; on a terminal only."""
    if not aside.is_terminal:
        yield
        return
    said_at = 0.0

    def tell(now: Progress) -> None:
        nonlocal said_at
        if monotonic() - said_at >= SECONDS_BETWEEN:
            said_at = monotonic()
            megabytes = f"{now.n_bytes / 1e6:,.1f} of {now.size_bytes / 1e6:,.1f} MB"
            say(f"landing a file of {now.facility}: {now.n_rows:,} rows, {megabytes}")

    with watched(tell):
        yield


def build(home: HomeOption = None, as_of: AsOfOption = None, backdate: BackdateOption = 0) -> None:
    """Build core, follow the courses and fill the marts, in private.

    Example: igwatch build --as-of 2026-11-20
    """
    settings = Settings()
    place, clock = home_of(home, settings).prepare(), clock_of(as_of, settings)
    refuse_clock(place, settings, clock, backdate >= TWICE)
    with hold_home(place), damage_told(place):
        mend_losses(place, settings)
        work = pipeline.build(place, settings, clock)
        pipeline.course(work, settings)
    screen.print(f"built {work.name}; next: igwatch check")


def check(home: HomeOption = None) -> None:
    """Check what was read and what is to be flagged, by Great Expectations.

    Example: igwatch check --home /srv/igwatch
    """
    settings = Settings()
    place = home_of(home, settings).prepare()
    with hold_home(place):
        withheld = pipeline.check(place, _workbench(place), settings)
        faults = [asdict(fault) for fault in load_run(_workbench(place)).faults]
    show_faults(faults)
    if withheld:
        screen.print(f"withheld: {', '.join(withheld)}; the others go through")
    if withheld or faults:
        raise typer.Exit(WITHHELD)
    screen.print("all critical checks hold; next: igwatch publish")


def publish(home: HomeOption = None) -> None:
    """Make the checked build the live generation, in one swap.

    Example: igwatch publish --home /srv/igwatch
    """
    settings = Settings()
    place = home_of(home, settings).prepare()
    with hold_home(place):
        generation = pipeline.publish(place, _workbench(place), settings)
    screen.print(f"live: {generation.run_id}; next: igwatch report")


def report(home: HomeOption = None) -> None:
    """Write the clinics' reports and the quality page from the live generation.

    Example: igwatch report --home /srv/igwatch
    """
    settings = Settings()
    place = home_of(home, settings).prepare()
    if not place.live.exists():
        raise PipelineError("nothing is published yet", "run: igwatch run")
    note_access(place, "report")
    with hold_home(place):
        written = pipeline.report(place, settings)
    for path in written:
        screen.print(str(path), soft_wrap=True)


def catalogue(
    home: HomeOption = None,
    root: Annotated[
        Path | None, typer.Option(help="path of the home as its readers mount it")
    ] = None,
) -> None:
    """Write the DuckDB catalogues, for readers that mount the home elsewhere.

    Example: igwatch catalogue --root /mnt/igwatch
    """
    place = home_of(home, Settings()).prepare()
    with hold_home(place):
        write_catalogues(place.root, pipeline.DICTIONARY, root=root)
        write_omop(place.root)
    written = (place.catalogue, place.quality_catalogue, place.omop_catalogue)
    screen.print("\n".join(map(str, written)), soft_wrap=True)


def compact(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Pack raw files by the month, and remove what crashed runs left and what is kept no longer.

    Nothing of raw or archive is lost; generations and dated reports beyond the last
    IGWATCH_KEEP_GENERATIONS go. The DAG igwatch_compact does this every week.

    Example: igwatch compact --home /srv/igwatch
    """
    settings = Settings()
    place = home_of(home, settings).prepare()
    with hold_home(place):
        counts = compact_home(place, settings)
    if as_json:
        show_json(counts)
    else:
        screen.print(", ".join(f"{n} {name.replace('_', ' ')}" for name, n in counts.items()))


def _workbench(home: Home) -> Path:
    plans = sorted(home.work.glob("*/run.json"), key=lambda path: path.stat().st_mtime)
    if not plans:
        raise PipelineError("nothing is built", "run: igwatch build")
    return plans[-1].parent


def add_to(app: typer.Typer) -> None:
    for command in (run, land, build, check, publish, report, catalogue, compact):
        app.command()(command)
