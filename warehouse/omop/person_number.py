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
from igwatch.base.sql import rows

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
    """Give everybody in the live generation who has none a number; how many were given."""
    numbered = _numbered(home)
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
    """Keep the numbers of those alone who are in the live generation."""
    if (home / PERSON_NUMBER).is_file():
        _write(home, _asked(home, _numbered(home), _OF_LIVE))


def _numbered(home: Path) -> pa.Table:
    path = home / PERSON_NUMBER
    return pq.read_table(path, schema=NUMBERED) if path.is_file() else NUMBERED.empty_table()


def _asked(home: Path, numbered: pa.Table, query: str) -> pa.Table:
    with duckdb.connect() as con:
        con.register("numbered", numbered)
        return rows(con, query, [str(home / "live" / "core" / "patient.parquet")])


def _write(home: Path, numbered: pa.Table) -> None:
    with whole_file(home / PERSON_NUMBER) as part:
        pq.write_table(numbered.cast(NUMBERED), part)
