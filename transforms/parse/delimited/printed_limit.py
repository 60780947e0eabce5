"""The limits of a reference range that stand in two columns, as the text of one."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.delimited.row import Rows


def printed_limits(rows: Rows, printed: pa.Array) -> pa.Array:
    """The reference range as printed; where none is, the limits of two columns as `0.4-2.3`.

    One of `reference_low` and `reference_high` alone is `>=0.4` or `<=2.3`.
    """
    if not {"reference_low", "reference_high"} & rows.cells.keys():
        return printed
    low, high = rows.trimmed("reference_low"), rows.trimmed("reference_high")
    both = pc.binary_join_element_wise(low, high, "-")
    at_least = pc.binary_join_element_wise(">=", low, "")
    at_most = pc.binary_join_element_wise("<=", high, "")
    return pc.coalesce(printed, both, at_least, at_most)
