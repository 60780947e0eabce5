"""What reading a damaged Parquet file may raise."""

import pyarrow as pa

PARQUET_FAULTS = (OSError, pa.ArrowException, UnicodeDecodeError)
"""A flipped bit in the name of a column makes it no UTF-8, which pyarrow does not call its own."""
