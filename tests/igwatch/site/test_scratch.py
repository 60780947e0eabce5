"""What libraries write in passing lies below the home, and is gone after the block."""

from __future__ import annotations

import io
import tempfile
from datetime import date
from pathlib import Path

import duckdb
from openpyxl import Workbook

from igwatch.night.inputs import duckdb_limits
from igwatch.site.scratch import scratch
from tests.home import SETTINGS, new_home


def test_a_sheet_being_written_and_a_spill_lie_below_the_home(tmp_path):
    home = new_home(tmp_path)
    with scratch(home) as folder:
        book = Workbook(write_only=True)
        book.create_sheet("list").append(["P7391846", date(2024, 1, 10)])
        sheets = list(folder.iterdir())
        book.save(io.BytesIO())
        with duckdb.connect(config=duckdb_limits(SETTINGS)) as con:
            (spill,) = con.execute("SELECT current_setting('temp_directory')").fetchone()
    assert len(sheets) == 1
    assert Path(spill).is_relative_to(folder)
    assert folder.parent == home.work
    assert list(home.work.iterdir()) == []
    assert not Path(tempfile.gettempdir()).is_relative_to(home.root)


def test_what_a_killed_process_left_goes_with_the_next(tmp_path):
    home = new_home(tmp_path)
    with scratch(home) as folder:
        host_and_pid = folder.name.rsplit("-", 1)[0]
        of_the_dead = folder.with_name(f"{host_and_pid.rsplit('-', 1)[0]}-4194305-abc")
        of_this_pid_before = folder.with_name(f"{host_and_pid}-abc")
        for left in (of_the_dead, of_this_pid_before):
            left.mkdir()
        with scratch(home):
            assert folder.exists(), "its own"
    assert list(home.work.iterdir()) == []
