"""How each published source file came: its name, its size, when it was delivered and landed.

`<home>/ledger/delivered/<run_id>.parquet` says it of the files that no run before has named. With
the bytes in the archive that is all it takes to read a file again that raw has lost, and to know of
it what was known then. The names may say who a file is about: they stay in the ledger.
"""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from igwatch.base.atomic_file import whole_file
from igwatch.base.parquet_fault import PARQUET_FAULTS
from warehouse.ledger import LedgerError

DELIVERED = pa.schema(
    [
        ("facility", pa.string()),
        ("source_sha256", pa.string()),
        ("source_name", pa.string()),
        ("size_bytes", pa.int64()),
        ("delivered_at", pa.timestamp("us")),
        ("landed_at", pa.timestamp("us")),
    ]
)
Source = tuple[str, str]


def note_delivered(home: Path, run_id: str, files: pa.Table) -> None:
    """Add to the ledger how these files came (DELIVERED), those that it does not know yet."""
    known = delivered(home)
    new = [row for row in files.to_pylist() if (row["facility"], row["source_sha256"]) not in known]
    if new:
        with whole_file(home / "ledger" / "delivered" / f"{run_id}.parquet") as part:
            pq.write_table(pa.Table.from_pylist(new, DELIVERED), part, compression="zstd")


def delivered(home: Path) -> dict[Source, dict]:
    """The row of DELIVERED of each (facility, sha256). Raises LedgerError."""
    found: dict[Source, dict] = {}
    for path in sorted((home / "ledger" / "delivered").glob("*.parquet")):
        try:
            rows = pq.read_table(path).to_pylist()
        except PARQUET_FAULTS as error:
            raise LedgerError(
                f"ledger record {path.name} cannot be read ({type(error).__name__})",
                "bring it back from a backup, or remove it from ledger/delivered",
            ) from None
        found |= {(row["facility"], row["source_sha256"]): row for row in rows}
    return found
