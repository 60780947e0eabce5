"""The settings that a night goes by: a facility's own, where all its files can be read; else those
that were the last to be good, so that one facility's slip neither stops the others nor takes away
what it sent before.

A night keeps a copy of what it read in <home>/raw/.settings/<facility>, beside the rows that were
read by it. New files of a facility with a fault wait in its inbox (docs/decisions/0096).
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from glob import escape
from pathlib import Path
from uuid import uuid4

import pyarrow as pa

from igwatch.base.atomic_file import private_folder, rename, write_whole
from igwatch.site.facility_knowledge import (
    copy_facility,
    facility_rules,
    own_exposures,
    own_limits,
    own_measuring,
    refuse_shared_tables,
    shipped,
    stray_beside,
)
from igwatch.site.home import Home
from transforms.knowledge.schema import FACILITY_RULE, LOCAL_MEASURING
from transforms.parse.facility.facility import Facility, FacilityError, load_facility
from transforms.parse.facility.own_exposures import LOCAL_EXPOSURE


@dataclass(frozen=True)
class FacilitySettings:
    """All that one facility's files say."""

    facility: Facility
    limits: pa.Table
    rules: pa.Table
    exposures: pa.Table
    measuring: pa.Table


@dataclass(frozen=True)
class SettingsInForce:
    """What each facility goes by, and the fault of each whose own files cannot be used.

    A facility with a fault and without kept settings has none: nothing of it can be read.
    """

    of: dict[str, FacilitySettings]
    faults: dict[str, FacilityError]

    @property
    def facilities(self) -> tuple[Facility, ...]:
        return tuple(self.of[name].facility for name in sorted(self.of))

    @property
    def limits(self) -> pa.Table:
        return self._joined("limits", shipped()["reference_interval"].schema)

    @property
    def rules(self) -> pa.Table:
        return self._joined("rules", FACILITY_RULE)

    @property
    def exposures(self) -> pa.Table:
        return self._joined("exposures", LOCAL_EXPOSURE)

    @property
    def measuring(self) -> pa.Table:
        return self._joined("measuring", LOCAL_MEASURING)

    def _joined(self, name: str, schema: pa.Schema) -> pa.Table:
        own = [getattr(self.of[facility], name) for facility in sorted(self.of)]
        return pa.concat_tables([schema.empty_table(), *own])


def settings_in_force(home: Home, names: Iterable[str]) -> SettingsInForce:
    """What these facilities go by. Those that changed nothing come first: where two name a table
    alike, the fault is the newcomer's."""
    of: dict[str, FacilitySettings] = {}
    faults: dict[str, FacilityError] = {}
    for name in sorted(set(names), key=lambda name: (not _is_kept(home, name), name)):
        taken = [settings.limits for settings in of.values()]
        try:
            of[name] = _read(home, name, taken)
            if stray := stray_beside(home, name):
                raise stray
        except FacilityError as fault:
            faults[name] = fault
            if _has_kept(home, name):
                with suppress(FacilityError):  # what is to be mended are its own files
                    of[name] = _read(_kept(home, name), name, taken)
    return SettingsInForce(of, faults)


def keep_settings(home: Home, in_force: SettingsInForce) -> None:
    """Keep a copy of what each facility's own files say, for the night on which they are broken."""
    for name in in_force.of:
        if name not in in_force.faults and not _is_kept(home, name):
            _keep(home, name)


def copy_in_force(home: Home, name: str, other: Home) -> None:
    """Give another home the files that this facility goes by: its own, or those kept when its own
    cannot be used."""
    is_faulty = name in settings_in_force(home, [name]).faults
    source = _kept(home, name) if is_faulty and _has_kept(home, name) else home
    copy_facility(source, name, other)


def _keep(home: Home, name: str) -> None:
    place = _kept(home, name).root
    aside = Home(place.with_name(f".{uuid4().hex}"))
    private_folder(aside.facility)
    for file, content in _files(home, name).items():
        write_whole(aside.facility / file, content)
    shutil.rmtree(place, ignore_errors=True)
    rename(aside.root, place)


def _read(home: Home, name: str, taken: list[pa.Table]) -> FacilitySettings:
    """Raises FacilityError; taken: the limits of the other facilities."""
    facility = load_facility(home.facility, name)
    limits = own_limits(home, [facility])
    refuse_shared_tables(facility, limits, taken)
    return FacilitySettings(
        facility,
        limits,
        facility_rules(home, [name]),
        own_exposures(home, [name]),
        own_measuring(home, [name]),
    )


def _kept(home: Home, name: str) -> Home:
    """A home that holds nothing but what this facility's files said when they were last good."""
    return Home(home.raw / ".settings" / name)


def _has_kept(home: Home, name: str) -> bool:
    return _kept(home, name).root.is_dir()


def _is_kept(home: Home, name: str) -> bool:
    """Whether the facility's files are those that were kept, byte for byte."""
    try:
        return _has_kept(home, name) and _files(home, name) == _files(_kept(home, name), name)
    except OSError:
        return False


def _files(home: Home, name: str) -> dict[str, bytes]:
    paths = sorted(home.facility.glob(f"{escape(name)}.*"))
    return {path.name: path.read_bytes() for path in paths if _is_read(path)}


def _is_read(path: Path) -> bool:
    return path.suffix in (".csv", ".yaml", ".yml") and path.is_file()
