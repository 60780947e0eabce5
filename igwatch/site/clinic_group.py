"""Which group of this machine each clinic's folder is open to, and why one that was named is not.

Feeds name it by the facility key `clinic_group` (docs/facility.md). What the last report met is
kept in <home>/status/clinic_group.json, so that a run, its summary and doctor tell the same.
"""

from __future__ import annotations

import grp
import json
import os
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from igwatch.base.atomic_file import write_whole
from igwatch.site.home import Home
from igwatch.site.settings_in_force import settings_in_force

FILE = "clinic_group.json"
SEVERAL = "its feeds name several: write one and the same in each"
UNKNOWN = "this machine has no such group: groupadd, or mend clinic_group"
HOMES = "it is the home's own, which dashboards have: name one of the clinic's own"
NO_MEMBER = "igwatch's user is no member of it: usermod -aG, and log in again"


@dataclass(frozen=True)
class ClinicGroups:
    """`gids`: clinic -> its group. `faults`: clinic -> why what its feeds name gives no right."""

    gids: dict[str, int]
    faults: dict[str, str]


def clinic_groups(home: Home, facilities: Iterable[str]) -> ClinicGroups:
    """The groups that the settings in force of these facilities name."""
    named: dict[str, set[str]] = {}
    for facility in settings_in_force(home, facilities).facilities:
        if facility.clinic_group:
            named.setdefault(facility.clinic_name, set()).add(facility.clinic_group)
    found = {clinic: _gid_or_fault(names, home) for clinic, names in named.items()}
    return ClinicGroups(
        {clinic: each for clinic, each in found.items() if isinstance(each, int)},
        {clinic: each for clinic, each in found.items() if isinstance(each, str)},
    )


def keep_faults(home: Home, faults: Mapping[str, str]) -> None:
    """Note the clinics that were given no folder, for who tells of the night."""
    write_whole(home.status / FILE, json.dumps(faults, sort_keys=True, ensure_ascii=False))


def kept_faults(home: Home) -> dict[str, str]:
    """The clinics whose group the last report could not use, and why."""
    try:
        return json.loads((home.status / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}


def _gid_or_fault(names: set[str], home: Home) -> int | str:
    if len(names) > 1:
        return SEVERAL
    (name,) = names
    try:
        gid = int(name) if name.isdecimal() else grp.getgrnam(name).gr_gid
    except KeyError:
        return UNKNOWN
    if gid == home.root.stat().st_gid:
        return HOMES
    may_give = os.geteuid() == 0 or gid in {os.getegid(), *os.getgroups()}
    return gid if may_give else NO_MEMBER
