"""Raw files of a month in one: raw/<table>/<facility>/<YYYY-MM>.parquet, by the month of landing.

Ten years of nightly files are many small ones, and a build must open each. Compaction copies the
rows unchanged, compares their digest with that of the files they came from, and writes what it did
into ledger/compaction. A source file's rows are in a file of their own ("loose"), in one with those
that landed with it (a pack, <YYYY-MM>-<digest>.parquet) or in a month's ("compacted"), never in
two; a file that is to be read again is extracted first.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import duckdb
import pyarrow.parquet as pq

from igwatch.base.atomic_file import part_of
from igwatch.base.error import IgwatchError
from igwatch.base.sql import quoted
from transforms.parse.raw.raw_file import raw_path
from transforms.parse.raw.raw_note import MANIFEST, note_parts, note_path
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.transaction import carry_out, read_lock, sole_writer

SHARED = "[0-9][0-9][0-9][0-9]-[0-9][0-9]*.parquet"  # months and packs
_MONTH_CHARS = len("YYYY-MM")
ROWS = "(FROM of_the_schema UNION ALL BY NAME FROM read_parquet({files}, union_by_name => true))"


class CompactionError(IgwatchError):
    """The compacted rows differ from the loose ones; nothing was changed."""


def compacted_path(home: Path, table: str, facility: str, month: str) -> Path:
    """The compacted file of one table: the rows of all files that landed in a month (YYYY-MM)."""
    return home / "raw" / table / facility / f"{month}.parquet"


def raw_files(home: Path, table: str) -> str | None:
    """The glob of all files of a raw table, loose and compacted; None while there are none."""
    folder = home / "raw" / table
    return f"{folder}/*/*.parquet" if any(folder.glob("*/*.parquet")) else None


def is_landed(home: Path, facility: str, sha256: str) -> bool:
    """Whether this facility's file is in raw, loose or compacted."""
    # looked for twice: it may be moved right now, and is in its new place first
    loose = raw_path(home, MANIFEST, facility, sha256)
    return loose.exists() or sha256 in compacted_months(home, facility) or loose.exists()


def landed_sources(home: Path, facility: str) -> set[str]:
    """The sha256 of every source file of this facility that is in raw."""
    with read_lock(home):
        loose = {path.stem for path in (home / "raw" / MANIFEST / facility).glob("*.parquet")}
        return loose | compacted_months(home, facility).keys()


def manifest(home: Path, facility: str, sha256: str) -> dict[str, Any]:
    """The row of raw.source_file. Raises FileNotFoundError for what never landed."""
    place = raw_path(home, MANIFEST, facility, sha256)
    month = compacted_months(home, facility).get(sha256)
    if month and not place.exists():
        place = compacted_path(home, MANIFEST, facility, month)
    return pq.read_table(place, filters=[("source_sha256", "=", sha256)]).to_pylist()[0]


def compacted_months(home: Path, facility: str) -> Mapping[str, str]:
    """The month (YYYY-MM) or pack of each source file of a facility that shares its raw file, by
    sha256."""
    folder = home / "raw" / MANIFEST / facility
    found = [(path, path.stat()) for path in sorted(folder.glob(SHARED))]
    return _months(tuple((str(p), s.st_ino, s.st_mtime_ns, s.st_size) for p, s in found))


@lru_cache(maxsize=256)
def _months(files: tuple[tuple[str, int, int, int], ...]) -> Mapping[str, str]:
    """`files`: path, inode, time and size of each month's file, so that a new one is read anew."""
    return {
        sha256: Path(path).stem
        for path, *_ in files
        for sha256 in pq.read_table(path, columns=["source_sha256"])[0].to_pylist()
    }


def months_to_compact(home: Path, before: str) -> dict[tuple[str, str], list[str]]:
    """Names of loose files and packs by (facility, month of landing), of months before `before`."""
    small = [
        path
        for path in (home / "raw" / MANIFEST).glob("*/*.parquet")
        if len(path.stem) > _MONTH_CHARS
    ]
    found: dict[tuple[str, str], list[str]] = {}
    if small:
        rows = duckdb.execute(
            "SELECT DISTINCT facility, strftime(landed_at, '%Y-%m') AS month, "
            "parse_filename(filename, true) FROM "
            "read_parquet($1, union_by_name => true, filename => true) WHERE month < $2 "
            "ORDER BY ALL",
            [[str(path) for path in small], before],
        ).fetchall()
        for facility, month, name in rows:
            found.setdefault((facility, month), []).append(name)
    return found


def compact_months(home: Path, before: str, config: Mapping[str, Any] | None = None) -> int:
    """Compact every month before `before` (YYYY-MM); return how many files of source files it took.

    `config` are DuckDB's settings. May be killed anywhere and run again. Raises CompactionError
    when rows do not come out as they went in, RawBusyError when somebody uses raw for too long.
    """
    with sole_writer(home), read_lock(home):
        due = months_to_compact(home, before)
    with duckdb.connect(config=dict(config or {})) as con:
        for (facility, month), names in due.items():
            with sole_writer(home):
                _compact_month(con, home, facility, month, names)
    return sum(map(len, due.values()))


def _compact_month(
    con: duckdb.DuckDBPyConnection, home: Path, facility: str, month: str, names: Collection[str]
) -> None:
    """Copy the loose files and packs of a month, and its compacted file if any, into one new file
    a table."""
    loose = [name for name in names if raw_path(home, MANIFEST, facility, name).exists()]
    put: dict[Path, Path] = {}
    drop: list[Path] = []
    sums: dict[str, Any] = {}
    try:
        with read_lock(home):
            for table in SCHEMAS:
                place = compacted_path(home, table, facility, month)
                small = [raw_path(home, table, facility, name) for name in loose]
                small = [path for path in small if path.exists()]
                if small:
                    put[place] = part_of(place)
                    files = [*small, *([place] if place.exists() else [])]
                    sums[table] = _copy_checked(con, table, files, put[place])
                    drop += small
            drop += [note_path(home, facility, name) for name in loose]
            note_parts(home, put)
            sources = _sources(con, [raw_path(home, MANIFEST, facility, name) for name in loose])
        carry_out(home, put, _manifest_last(drop), _record(home, facility, month, sources, sums))
    finally:
        for part in put.values():
            part.unlink(missing_ok=True)


def extract(home: Path, facility: str, sha256s: Collection[str]) -> None:
    """Give these source files a file of their own again; those that are loose stay as they are.

    The caller holds `sole_writer`.
    """
    months = compacted_months(home, facility)
    for month in sorted({months[sha256] for sha256 in sha256s if sha256 in months}):
        _extract_from_month(home, facility, month, [s for s in sha256s if months.get(s) == month])


def _extract_from_month(home: Path, facility: str, month: str, wanted: Collection[str]) -> None:
    """Cut the month's files: one loose file for each wanted source, one for the rest, if any."""
    put: dict[Path, Path] = {}
    drop: list[Path] = []
    try:
        with duckdb.connect() as con, read_lock(home):
            for table in SCHEMAS:
                place = compacted_path(home, table, facility, month)
                if not place.exists():
                    continue
                for target, rows in _targets(con, table, home, place, wanted):
                    put[target] = part_of(target)
                    _copy(con, table, [place], put[target], rows)
                if place not in put:
                    drop.append(place)
            note_parts(home, put)
            if compacted_path(home, MANIFEST, facility, month) not in put:
                drop.append(note_path(home, facility, month))
        carry_out(home, put, drop)
    finally:
        for part in put.values():
            part.unlink(missing_ok=True)


def _targets(
    con: duckdb.DuckDBPyConnection, table: str, home: Path, month: Path, wanted: Collection[str]
) -> Iterator[tuple[Path, str]]:
    """The files that a month's file is cut into, each with the SQL condition on its rows."""
    present = {
        sha256
        for (sha256,) in con.execute(
            "SELECT DISTINCT source_sha256 FROM read_parquet($1)", [str(month)]
        ).fetchall()
    }
    for sha256 in sorted(present & set(wanted)):
        yield raw_path(home, table, month.parent.name, sha256), f"source_sha256 = '{sha256}'"
    if present - set(wanted):
        names = ", ".join(f"'{sha256}'" for sha256 in sorted(wanted))
        yield month, f"source_sha256 NOT IN ({names})"


def _copy_checked(
    con: duckdb.DuckDBPyConnection, table: str, files: list[Path], part: Path
) -> dict[str, str]:
    """Write the rows of all files into one; return their number and digest.

    Raises CompactionError when either is not the same in the new file.
    """
    before = _checksum(con, table, files)
    _copy(con, table, files, part)
    if _checksum(con, table, [part]) != before:
        raise CompactionError(
            f"{table}: compacted rows are not those that were landed", "nothing changed"
        )
    return before


def _copy(
    con: duckdb.DuckDBPyConnection, table: str, files: list[Path], part: Path, rows: str = "true"
) -> None:
    con.register("of_the_schema", SCHEMAS[table].empty_table())
    con.execute(
        f"COPY (SELECT * FROM {ROWS.format(files=_list(files))} WHERE {rows}) TO {quoted(part)} "
        "(FORMAT parquet, COMPRESSION zstd, USE_TMP_FILE false)"
    )


def _checksum(con: duckdb.DuckDBPyConnection, table: str, files: list[Path]) -> dict[str, str]:
    con.register("of_the_schema", SCHEMAS[table].empty_table())
    ((n, digest),) = con.execute(
        "SELECT count(*), coalesce(sum(hash(r)::HUGEINT), 0) "
        f"FROM {ROWS.format(files=_list(files))} AS r"
    ).fetchall()
    return {"rows": n, "digest": f"{digest:x}"}


def _sources(con: duckdb.DuckDBPyConnection, manifests: list[Path]) -> list[str]:
    """The sha256 of the source files in these files, in order."""
    if not manifests:
        return []
    found = con.execute(
        "SELECT source_sha256 FROM read_parquet($1) ORDER BY ALL", [list(map(str, manifests))]
    )
    return [sha256 for (sha256,) in found.fetchall()]


def _record(
    home: Path, facility: str, month: str, sources: list[str], sums: Mapping[str, Any]
) -> tuple[Path, dict[str, Any]]:
    packed_at = datetime.now(UTC).isoformat(timespec="seconds")
    path = home / "ledger" / "compaction" / f"{facility}-{month}-{uuid4().hex[:8]}.json"
    return path, {
        "facility": facility,
        "month": month,
        "packed_at": packed_at,
        "source_files": sources,
        "tables": dict(sums),
    }


def _manifest_last(paths: list[Path]) -> list[Path]:
    return sorted(paths, key=lambda path: path.parent.parent.name == MANIFEST)


def _list(files: list[Path]) -> str:
    return "[" + ", ".join(map(quoted, files)) + "]"
