"""A clinic's own folder, `<home>/clinic/<clinic>/`, open to the group that `clinic_group` names.

It holds what the clinic's report holds: its page and lists, and igwatch.duckdb with the tables of
its patients, those of mart.cohort. Nothing of raw, nothing of a patient that is only another's.
"""

from __future__ import annotations

import grp
import logging
import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from igwatch.base.atomic_file import make_folder, whole_file
from igwatch.base.sql import identifier, quoted
from igwatch.night.landing import delivered_before
from igwatch.site.home import Home
from igwatch.site.home_mode import CLOSED, LISTED, PASSAGE, SHARED
from igwatch.site.settings_in_force import settings_in_force
from transforms.parse.facility.facility import Facility
from warehouse.catalogue import CATALOGUE
from warehouse.dictionary import PUBLISHED_SCHEMAS
from warehouse.generation import DATABASE
from warehouse.publish import STORAGE_VERSION

log = logging.getLogger("igwatch")
ENDINGS = ("html", "csv", "xlsx")
HERS = "SELECT patient_key FROM published.mart.cohort WHERE clinic = $1"
OF_PATIENTS = """
SELECT schema_name, table_name, bool_or(column_name = 'clinic')
FROM duckdb_columns() WHERE database_name = 'published' AND list_contains($1, schema_name)
GROUP BY ALL HAVING bool_or(column_name = 'patient_key') ORDER BY ALL
"""


def share_with_clinics(
    home: Home, pages: Mapping[str, str], config: Mapping[str, Any]
) -> list[Path]:
    """Write each clinic's folder that has a group, and remove those that have none any more.

    `pages`: clinic by the stem of its report's files. `config` are DuckDB's settings. A group that
    cannot be given is told in the log, and nothing is opened. Returns the folders.
    """
    groups = _groups(settings_in_force(home, delivered_before(home)).facilities, home)
    folder = home.clinic
    shared = {folder / stem: name for stem, name in pages.items() if name in groups}
    for left in set(folder.glob("*")) - shared.keys():
        shutil.rmtree(left)
    if shared:
        make_folder(folder, PASSAGE)
    return [
        path for path, name in shared.items() if _is_shared(home, path, name, groups[name], config)
    ]


def _groups(facilities: Iterable[Facility], home: Home) -> dict[str, int]:
    """The group of each clinic that has one: all its feeds that name one name the same."""
    named: dict[str, set[str]] = {}
    for facility in facilities:
        if facility.clinic_group:
            named.setdefault(facility.clinic_name, set()).add(facility.clinic_group)
    return {
        clinic: gid
        for clinic, names in named.items()
        if (gid := _one_group(clinic, names, home.root.stat().st_gid)) is not None
    }


def _one_group(clinic: str, names: set[str], of_home: int) -> int | None:
    try:
        (name,) = names
        gid = int(name) if name.isdecimal() else grp.getgrnam(name).gr_gid
    except ValueError:
        why = "its feeds name several"
    except KeyError:
        why = "this machine has no such group"
    else:
        if gid != of_home:
            return gid
        why = "it is the home's own, which dashboards have"
    log.warning("clinic_group of %s gives nobody a right: %s", clinic, why)
    return None


def _is_shared(home: Home, path: Path, clinic: str, gid: int, config: Mapping[str, Any]) -> bool:
    make_folder(path, CLOSED)
    try:
        os.chown(path, -1, gid)
        stem = path.name
        for ending in ENDINGS:
            _hand_over(home.reports / f"latest-{stem}.{ending}", path / f"{stem}.{ending}", gid)
        with whole_file(path / CATALOGUE) as part:
            part.unlink()  # DuckDB makes a new file itself
            _write_tables(home, part, clinic, config)
            _give(part, gid)
    except PermissionError:
        log.warning("clinic_group of %s: igwatch's user is no member of it (gid %d)", clinic, gid)
        shutil.rmtree(path)
        return False
    path.chmod(LISTED)
    return True


def _hand_over(report: Path, copy: Path, gid: int) -> None:
    """The same file for the group; where there is none tonight, none."""
    if not report.exists():
        copy.unlink(missing_ok=True)
        return
    with whole_file(copy) as part:
        shutil.copyfile(report, part)
        _give(part, gid)


def _give(part: Path, gid: int) -> None:
    os.chown(part, -1, gid)
    part.chmod(SHARED)


def _write_tables(home: Home, part: Path, clinic: str, config: Mapping[str, Any]) -> None:
    """Each published table that is about patients, with the rows of the clinic's."""
    with duckdb.connect(config=dict(config)) as con:
        whole = home.live.resolve() / DATABASE
        con.execute(f"ATTACH {quoted(whole)} AS published (READ_ONLY)")
        con.execute(f"ATTACH {quoted(part)} AS hers (STORAGE_VERSION '{STORAGE_VERSION}')")
        tables = con.execute(OF_PATIENTS, [list(PUBLISHED_SCHEMAS)]).fetchall()
        for schema, table, has_clinic in tables:
            name = f"{identifier(schema)}.{identifier(table)}"
            hers = " AND clinic = $1" if has_clinic else ""
            con.execute(f"CREATE SCHEMA IF NOT EXISTS hers.{identifier(schema)}")
            con.execute(
                f"CREATE TABLE hers.{name} AS FROM published.{name} "
                f"WHERE patient_key IN ({HERS}){hers}",
                [clinic],
            )
