"""Writes the file of each clinic: a line is a Bundle of one patient, for the clinic's group alone.

Raises PipelineError where nothing is published, the earlier run is not kept or the folder lies
below the home; ReportError where a generation cannot be read.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import tzinfo
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from igwatch.base.atomic_file import private_folder, whole_file
from igwatch.base.error import PipelineError
from igwatch.exchange.fhir.bundle import Teller
from igwatch.exchange.fhir.change import Changes
from igwatch.exchange.fhir.element import Element
from igwatch.exchange.fhir.json_line import json_line
from igwatch.exchange.fhir.published import cohort
from igwatch.exchange.fhir.resource_id import resource_ids
from igwatch.night.forgetting import refuse_half_forgotten
from igwatch.night.inputs import duckdb_limits
from igwatch.night.landing import delivered_before
from igwatch.site.clinic_group import clinic_groups
from igwatch.site.home import Home
from igwatch.site.home_mode import SHARED
from igwatch.site.scratch import scratch
from igwatch.site.settings import Settings
from igwatch.site.settings_in_force import settings_in_force
from reports.clinic_files import file_stems
from reports.clinic_page import NO_CLINIC
from reports.generation import Generation, open_generation
from warehouse.generation import generation_folders, live_run_id
from warehouse.ledger import recorded_as

PASSABLE = 0o711
OWNER = "the owner alone"
NOT_GIVEN = "the owner alone: the file system does not let it be given to the clinic's group"
UTC_ZONE = ZoneInfo("UTC")
Telling = Callable[[str | None, str], Iterator[list[Element]]]
"""The resources of each Bundle for a clinic and its name."""


@dataclass
class ClinicFile:
    """A written file. `resources` counts them by type; `readable_by` says who may read it."""

    clinic: str
    path: Path
    bundles: int = 0
    resources: Counter[str] = field(default_factory=Counter)
    readable_by: str = OWNER


def export_fhir(
    home: Home, settings: Settings, out: Path, since: str | None = None
) -> list[ClinicFile]:
    """Write `<clinic>.ndjson` for each clinic of the live generation to `out`.

    With `since`, the run_id of a kept generation, `<clinic>-since-<run_id>.ndjson` holds only what
    changed from that run to the live one.
    """
    live, before = asked_runs(home, out, since)
    out = out.expanduser().absolute()
    groups = clinic_groups(home, delivered_before(home))
    is_new = not out.exists()
    private_folder(out)
    with scratch(home):
        limits = duckdb_limits(settings)
        told = _Telling(home, open_generation(home.generations / live, limits))
        bundles: Telling = told.everything
        if before is not None:
            limits["temp_directory"] += "-earlier"  # two DuckDBs in one would mix their files
            earlier = open_generation(home.generations / before, limits)
            bundles = told.changes_since(earlier)
        written = []
        for stem, clinic in told.clinics():
            name = clinic or NO_CLINIC
            made = ClinicFile(name, out / f"{stem}{f'-since-{since}' if since else ''}.ndjson")
            gid = groups.gids.get(name)
            _write(made, told.teller, bundles(clinic, name), gid)
            if name in groups.faults:
                made.readable_by = f"{OWNER}: {groups.faults[name]}"
            written.append(made)
    _let_pass(out, is_new, [made for made in written if made.path.stat().st_mode & 0o040])
    return written


def _let_pass(out: Path, is_new: bool, given: list[ClinicFile]) -> None:
    """A folder that was made here lets those pass who have a file in it; another stays as it is."""
    if is_new and given:
        out.chmod(PASSABLE)
    if not out.stat().st_mode & 0o011:
        for made in given:
            made.readable_by += ", which cannot pass the folder"


def asked_runs(home: Home, out: Path, since: str | None) -> tuple[str, str | None]:
    """The live run and the earlier one that were asked for. Raises PipelineError."""
    live = live_run_id(home.root)
    if live is None:
        raise PipelineError("nothing is published yet", "run: igwatch run")
    refuse_half_forgotten(home)
    if out.expanduser().resolve().is_relative_to(home.root.resolve()):
        raise PipelineError(
            f"--out {out} lies below the home, where it would outlive who is forgotten;",
            "name a folder elsewhere",
        )
    kept = sorted(path.name for path in generation_folders(home.root))
    if since is not None and since not in kept:
        raise PipelineError(
            f"--since {since}: no such generation is kept;", f"kept are: {', '.join(kept)}"
        )
    return live, since


class _Telling:
    """The live generation, and what it tells clinics."""

    def __init__(self, home: Home, live: Generation) -> None:
        self._home, self._live = home, live
        self._ids, self._zone_of = resource_ids(home), _zones(home)
        self.teller = self._teller(live)

    def clinics(self) -> Iterator[tuple[str, str | None]]:
        """Stem of the file names, clinic: as the reports name them."""
        clinics = [row["clinic"] for row in self._live.rows("clinic")]
        yield from zip(file_stems(each or NO_CLINIC for each in clinics), clinics, strict=True)

    def everything(self, clinic: str | None, name: str) -> Iterator[list[Element]]:
        """All resources of each patient of a clinic."""
        for patient in cohort(self._live, clinic):
            told = self.teller.tell(patient, name)
            yield [told.patient, *told.resources, told.provenance]

    def changes_since(self, earlier: Generation) -> Telling:
        """The same of what changed since an earlier generation."""
        return Changes(earlier, self._live, self._teller(earlier), self.teller).of

    def _teller(self, generation: Generation) -> Teller:
        run_id, rules = generation.run_id, generation.rule_version
        record = recorded_as(self._home.root, run_id)
        if record is None:
            raise PipelineError(
                f"run {run_id} stands in no record of the ledger;", "run: igwatch verify"
            )
        recorded = record.published_at.isoformat(timespec="seconds")
        return Teller(run_id, rules, recorded, self._ids, self._zone_of)


def _zones(home: Home) -> Callable[[str], tzinfo]:
    """The zone of each facility, UTC of one whose settings are gone."""
    in_force = settings_in_force(home, delivered_before(home)).facilities
    zones = {facility.name: facility.zone_info for facility in in_force}
    return cache(lambda facility: zones.get(facility, UTC_ZONE))


def _write(
    made: ClinicFile, teller: Teller, bundles: Iterable[list[Element]], gid: int | None
) -> None:
    """Write the file aside, give it to the group, then give it its name."""
    with whole_file(made.path) as part:
        with part.open("wb") as file:
            for resources in bundles:
                file.write(json_line(teller.bundle(resources)))
                made.bundles += 1
                made.resources.update(each["resourceType"] for each in resources)
        if gid is not None:
            made.readable_by = _given(part, gid)


def _given(part: Path, gid: int) -> str:
    try:
        os.chown(part, -1, gid)
    except PermissionError:
        return NOT_GIVEN
    part.chmod(SHARED)
    return f"group {gid}"
