"""A clinic's own folder, `<home>/clinic/<clinic>/`, open to the group that `clinic_group` names.

It holds what the clinic's report holds: its page, lists and letters, and igwatch.duckdb with the
tables of its patients, those of mart.cohort. Nothing of raw or of a patient that is only another's.
"""

from __future__ import annotations

import logging
import os
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

from igwatch.base.atomic_file import make_folder, whole_file
from igwatch.base.sql import identifier, quoted
from igwatch.night.landing import delivered_before
from igwatch.site.clinic_group import clinic_groups, keep_faults
from igwatch.site.home import Home
from igwatch.site.home_mode import CLOSED, LISTED, PASSAGE, SHARED
from warehouse.catalogue import CATALOGUE
from warehouse.dictionary import PUBLISHED_SCHEMAS
from warehouse.generation import DATABASE, live_generation
from warehouse.publish import STORAGE_VERSION

log = logging.getLogger("igwatch")
NOT_GIVEN = "the file system does not let igwatch's user give a folder to it"
ENDINGS = ("html", "csv", "xlsx")
IN_COHORT = "SELECT patient_key FROM published.mart.cohort WHERE clinic = $1"
OF_PATIENTS = r"""
SELECT
    schema_name, table_name, bool_or(column_name = 'clinic'),
    list(column_name) FILTER (WHERE column_name LIKE '%\_patient\_key' ESCAPE '\')
FROM duckdb_columns() WHERE database_name = 'published' AND list_contains($1, schema_name)
GROUP BY ALL HAVING bool_or(column_name = 'patient_key') ORDER BY ALL
"""


def share_with_clinics(
    home: Home, pages: Mapping[str, str], config: Mapping[str, Any]
) -> list[Path]:
    """Write each clinic's folder that has a group, and remove those that have none any more.

    `pages`: clinic by the stem of its report's files. `config` are DuckDB's settings. A group that
    cannot be given opens nothing, and is kept for who tells of the night. Returns the folders.
    """
    groups = clinic_groups(home, delivered_before(home))
    folder, faults = home.clinic, dict(groups.faults)
    given = {folder / stem: name for stem, name in pages.items() if name in groups.gids}
    for left in set(folder.glob("*")) - given.keys():
        shutil.rmtree(left)
    if given:
        make_folder(folder, PASSAGE)
    for path, clinic in given.items():
        if not _is_shared(home, path, clinic, groups.gids[clinic], config):
            faults[clinic] = NOT_GIVEN
    for clinic, why in faults.items():
        log.warning("clinic_group of %s gives nobody a right: %s", clinic, why)
    keep_faults(home, faults)
    return [path for path, clinic in given.items() if clinic not in faults]


def share_letters(home: Home, pages: Mapping[str, str]) -> None:
    """Give each clinic that has a folder the letters that were written since."""
    gids = clinic_groups(home, delivered_before(home)).gids
    for stem, clinic in pages.items():
        path = home.clinic / stem
        if clinic in gids and path.is_dir():
            _hand_over_letters(home, path, gids[clinic])


def _is_shared(home: Home, path: Path, clinic: str, gid: int, config: Mapping[str, Any]) -> bool:
    make_folder(path, CLOSED)
    try:
        os.chown(path, -1, gid)
        stem = path.name
        for ending in ENDINGS:
            _hand_over(home.reports / f"latest-{stem}.{ending}", path / f"{stem}.{ending}", gid)
        _hand_over_letters(home, path, gid)
        with whole_file(path / CATALOGUE) as part:
            part.unlink()  # DuckDB makes a new file itself
            _write_tables(home, part, clinic, config)
            _give(part, gid)
    except PermissionError:
        shutil.rmtree(path)
        return False
    path.chmod(LISTED)
    return True


def _hand_over_letters(home: Home, path: Path, gid: int) -> None:
    """The letters of the live night; those of a night before, whose numbers were others, go."""
    live = live_generation(home.root)
    name = re.compile(rf"{live.as_of if live else ''}-{re.escape(path.name)}-letter-\d+\.txt")
    letters = {file.name: file for file in home.reports.glob("*.txt") if name.fullmatch(file.name)}
    for stale in {file.name for file in path.glob("*.txt")} - letters.keys():
        (path / stale).unlink()
    for letter, file in letters.items():
        _hand_over(file, path / letter, gid)


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
    """Each published table that is about patients, with the rows of the clinic's; none that names
    another person who is not the clinic's too, such as a merge that was refused."""
    with duckdb.connect(config=dict(config)) as con:
        whole = home.live.resolve() / DATABASE
        con.execute(f"ATTACH {quoted(whole)} AS published (READ_ONLY)")
        con.execute(f"ATTACH {quoted(part)} AS shared (STORAGE_VERSION '{STORAGE_VERSION}')")
        tables = con.execute(OF_PATIENTS, [list(PUBLISHED_SCHEMAS)]).fetchall()
        for schema, table, has_clinic, others in tables:
            name = f"{identifier(schema)}.{identifier(table)}"
            of_clinic = " AND clinic = $1" if has_clinic else ""
            for other in map(identifier, others or ()):
                of_clinic += f" AND ({other} IS NULL OR {other} IN ({IN_COHORT}))"
            con.execute(f"CREATE SCHEMA IF NOT EXISTS shared.{identifier(schema)}")
            con.execute(
                f"CREATE TABLE shared.{name} AS FROM published.{name} "
                f"WHERE patient_key IN ({IN_COHORT}){of_clinic}",
                [clinic],
            )
