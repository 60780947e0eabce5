"""At which clock a night is published: by hand, and as the form of the DAG asks for it."""

from datetime import date, timedelta
from pathlib import Path

import pytest

from igwatch.night.clock import ClockError, refuse_clock
from igwatch.site.home import home_at
from tests.home import SETTINGS, new_home
from tests.igwatch.command_line import command
from tests.warehouse.drawn import few, published
from warehouse.generation import rollback

LIVE = date(2026, 1, 2)


def files(root: Path) -> list[str]:
    return sorted(str(path) for path in root.rglob("*"))


@pytest.fixture
def home(tmp_path):
    """Published are the nights of two days."""
    for day in (LIVE - timedelta(1), LIVE):
        published(tmp_path, f"{day:%Y%m%d}-drawn", day)
    return home_at(tmp_path).prepare()


@pytest.mark.parametrize("as_of", [LIVE, LIVE + timedelta(1), SETTINGS.today])
def test_the_live_night_again_and_any_later_one_until_today_is_published(home, as_of):
    refuse_clock(home, SETTINGS, as_of, backdated=False)


def test_a_clock_before_the_live_nights_is_refused_with_the_mend(home):
    with pytest.raises(ClockError) as refused:
        refuse_clock(home, SETTINGS, date(2026, 1, 1), backdated=False)
    assert str(refused.value) == (
        "the clock 2026-01-01 lies before the live night's, 2026-01-02; nothing is published: "
        "to look back run igwatch replay --as-of 2026-01-01; to publish that night say "
        "--backdate twice"
    )


def test_a_clock_after_today_is_refused_also_where_nothing_is_published(tmp_path):
    tomorrow = SETTINGS.today + timedelta(1)
    with pytest.raises(ClockError, match=f"the clock {tomorrow} lies after today"):
        refuse_clock(home_at(tmp_path).prepare(), SETTINGS, tomorrow, backdated=False)


def test_a_damaged_live_night_still_has_its_clock(home):
    (home.live / "manifest.json").write_text("{")
    with pytest.raises(ClockError, match="before the live night's, 2026-01-02"):
        refuse_clock(home, SETTINGS, date(2026, 1, 1), backdated=False)


def test_who_rolled_back_goes_on_from_the_night_that_is_live(home):
    rollback(home.root, "20260101-drawn", few(home.root))
    refuse_clock(home, SETTINGS, date(2026, 1, 1), backdated=False)
    with pytest.raises(ClockError, match="before the live night's, 2026-01-01"):
        refuse_clock(home, SETTINGS, date(2025, 12, 31), backdated=False)


@pytest.mark.parametrize("words", ["run", "build"])
@pytest.mark.parametrize("said", [(), ("--backdate",)])
def test_by_command_nothing_is_landed_or_built_at_such_a_clock(home, words, said):
    (home.inbox / "north").mkdir()
    (home.inbox / "north" / "a.csv").write_text("patient_id\n")
    before = files(home.root)
    done = command(home, words, "--as-of", "2026-01-01", *said)
    assert done.returncode == 1
    assert done.stderr.startswith("igwatch: the clock 2026-01-01 lies before the live night's")
    assert files(home.root) == before


def test_said_twice_the_night_goes_on(tmp_path):
    """Here it ends for another reason: nothing has landed."""
    home, tomorrow = new_home(tmp_path), SETTINGS.today + timedelta(1)
    done = command(home, "run", "--as-of", str(tomorrow), "--backdate", "--backdate")
    assert done.returncode == 1
    assert "nothing has landed yet" in done.stderr
    assert "the clock" not in done.stderr
