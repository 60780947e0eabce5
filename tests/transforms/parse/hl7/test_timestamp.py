"""Times of HL7: precision, zone and what is no time; one by one and as a column."""

from datetime import date, datetime
from zoneinfo import ZoneInfo

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.transforms.parse.hl7.hl7_file import QUICK
from transforms.parse.hl7.timestamp import (
    birth_date,
    birth_dates,
    default_zone,
    local_time,
    local_times,
)

BERLIN = ZoneInfo("Europe/Berlin")
NEW_YORK = ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("text", "time"),
    [
        ("20240315081500", datetime(2024, 3, 15, 8, 15)),
        ("202403150815", datetime(2024, 3, 15, 8, 15)),
        ("2024031508", datetime(2024, 3, 15, 8)),
        ("20240315", datetime(2024, 3, 15)),
        ("20240315081500.5", datetime(2024, 3, 15, 8, 15, 0, 500000)),
        ("20240315081500.1234567", datetime(2024, 3, 15, 8, 15, 0, 123456)),
        ("20240315081500+0000", datetime(2024, 3, 15, 9, 15)),
        ("20240715081500+0000", datetime(2024, 7, 15, 10, 15)),
        ("20240315081500-0500", datetime(2024, 3, 15, 14, 15)),
        ("200411151353-500", datetime(2004, 11, 15, 19, 53)),
        ("2024-03-15T08:15:00Z", datetime(2024, 3, 15, 9, 15)),
        ("2024-03-15 08:15", datetime(2024, 3, 15, 8, 15)),
        ("20240315-0500", datetime(2024, 3, 15)),  # a day is not shifted
        ("20241027023000", datetime(2024, 10, 27, 2, 30)),  # twice that night: the first
        ("20241027003000+0000", datetime(2024, 10, 27, 2, 30)),
        ("20241027013000+0000", datetime(2024, 10, 27, 2, 30)),
        ("20240229", datetime(2024, 2, 29)),
        ("20230229", None),
        ("202403", None),
        ("2024", None),
        ("20240315246000", None),
        ("20240315081560", None),
        ("00000000", None),
        ("20240315081500+9900", None),
        ("00010101000000+1400", None),
        ("01/10/1948", None),
        ("٢٠٢٤٠٣١٥", None),
        ("2024²315", None),
        ("", None),
    ],
)
def test_local_time(text, time):
    assert local_time(text, BERLIN) == time
    column = local_times(pa.array([text or None, None], pa.string()), BERLIN)
    assert column.tolist() == [time, None]


@pytest.mark.parametrize(
    ("msh_7", "obr_7", "collected"),
    [
        ("20240315081500", "20240314091500", datetime(2024, 3, 14, 9, 15)),
        ("20240315081500-0400", "20240314091500", datetime(2024, 3, 14, 9, 15)),
        ("20241215081500-0500", "20240714091500", datetime(2024, 7, 14, 9, 15)),  # summer, winter
        ("20240315081500+0000", "20240314091500", datetime(2024, 3, 14, 5, 15)),
        ("20240315081500+0000", "20240314091500-0400", datetime(2024, 3, 14, 9, 15)),
        ("not a time-0500", "20240314091500", datetime(2024, 3, 14, 9, 15)),
    ],
)
def test_the_zone_of_msh_7_holds_unless_it_is_the_facilitys_own(msh_7, obr_7, collected):
    default = default_zone(msh_7, NEW_YORK)
    assert local_time(obr_7, NEW_YORK, default) == collected
    assert local_times(pa.array([obr_7]), NEW_YORK, [default]).tolist() == [collected]


@pytest.mark.parametrize(
    ("text", "born"),
    [
        ("19890105", date(1989, 1, 5)),
        ("19250704004401+0200", date(1925, 7, 4)),  # shifted it would be the third
        ("19250704044401", date(1925, 7, 4)),
        ("1970103103", date(1970, 10, 31)),
        ("1989-01-05", date(1989, 1, 5)),
        ("1989-01-05T00:00:00Z", date(1989, 1, 5)),
        ("198901", None),
        ("1989", None),
        ("0000", None),
        ("196203520", None),
        ("19890230", None),
        ("01/10/1948", None),
        ("DeIdentified", None),
        ('""', None),
    ],
)
def test_birth_date(text, born):
    assert birth_date(text) == born
    assert birth_dates(pa.array([None, text], pa.string())).to_pylist() == [None, born]


@QUICK
@given(st.lists(st.text("0123456789+-.TZ: ²a", max_size=20) | st.none(), max_size=8))
def test_a_column_is_read_as_its_cells_are(texts):
    column = pa.array(texts, pa.string())
    cells = [local_time(text, BERLIN) if text else None for text in texts]
    assert local_times(column, BERLIN).tolist() == cells
    assert birth_dates(column).to_pylist() == [birth_date(t) if t else None for t in texts]


def test_no_texts_are_no_times():
    assert local_times(pa.array([], pa.string()), BERLIN).dtype == np.dtype("M8[us]")
