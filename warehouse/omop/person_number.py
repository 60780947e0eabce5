"""The number by which a person is known in omop.duckdb: `<home>/ledger/person_number.parquet`.

A row is a patient_key and its person_id. A number is given once, at the first publication with the
person, the next free one in an order drawn at random, so that nobody can get from it to a number
of a hospital (decision 0119). It is kept as long as the person is.
"""

from __future__ import annotations

from pathlib import Path
from secrets import SystemRandom

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from igwatch.base.atomic_file import whole_file
from igwatch.base.parquet_fault import PARQUET_FAULTS
from igwatch.base.sql import rows
from warehouse.catalogue import CatalogueError

PERSON_NUMBER = Path("ledger") / "person_number.parquet"
NUMBERED = pa.schema([("patient_key", pa.string()), ("person_id", pa.int32())])
_UNNUMBERED = """
SELECT p.patient_key FROM read_parquet($1) AS p
ANTI JOIN numbered AS n ON p.patient_key = n.patient_key
"""
_OF_LIVE = """
FROM numbered SEMI JOIN (FROM read_parquet($1)) USING (patient_key) ORDER BY person_id
"""


def number_persons(home: Path) -> int:
    """Give everybody in the live generation who has none a number; how many were given. Raises
    CatalogueError."""
    numbered = numbered_persons(home)
    unnumbered = _asked(home, numbered, _UNNUMBERED)["patient_key"].to_pylist()
    if not unnumbered and (home / PERSON_NUMBER).is_file():
        return 0
    SystemRandom().shuffle(unnumbered)
    first = max(numbered["person_id"].to_pylist(), default=0) + 1
    numbers = range(first, first + len(unnumbered))
    given = pa.table({"patient_key": unnumbered, "person_id": numbers}, NUMBERED)
    _write(home, pa.concat_tables([numbered, given]))
    return len(unnumbered)


def forget_numbers(home: Path) -> None:
    """Keep the numbers of those alone who are in the live generation. Raises CatalogueError."""
    if (home / PERSON_NUMBER).is_file():
        _write(home, _asked(home, numbered_persons(home), _OF_LIVE))


def numbered_persons(home: Path) -> pa.Table:
    """Everybody who was given a number, as NUMBERED. Raises CatalogueError for a damaged file."""
    path = home / PERSON_NUMBER
    if not path.is_file():
        return NUMBERED.empty_table()
    try:
        return pq.read_table(path, schema=NUMBERED, page_checksum_verification=True)
    except PARQUET_FAULTS:
        raise CatalogueError(
            f"{PERSON_NUMBER} cannot be read: it is damaged;",
            "bring it back from a backup: without it everybody gets another person_id",
        ) from None


def _asked(home: Path, numbered: pa.Table, query: str) -> pa.Table:
    with duckdb.connect() as con:
        con.register("numbered", numbered)
        return rows(con, query, [str(home / "live" / "core" / "patient.parquet")])


def _write(home: Path, numbered: pa.Table) -> None:
    with whole_file(home / PERSON_NUMBER) as part:
        pq.write_table(numbered.cast(NUMBERED), part, write_page_checksum=True)
