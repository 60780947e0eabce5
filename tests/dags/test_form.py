"""What the form of the nightly DAG may ask for: a clock that is published, and nothing unknown."""

from datetime import date, timedelta

import pytest

from igwatch.site.home import home_at
from tests.home import SETTINGS
from tests.warehouse.drawn import published


@pytest.fixture
def home(tmp_path, monkeypatch):
    """The night of 2026-01-02 is live; a file waits in the inbox."""
    published(tmp_path, "20260102-drawn", date(2026, 1, 2))
    home = home_at(tmp_path).prepare()
    (home.inbox / "north").mkdir()
    (home.inbox / "north" / "a.csv").write_text("patient_id\n")
    monkeypatch.setenv("IGWATCH_HOME", str(tmp_path))
    return home


TOMORROW = str(SETTINGS.today + timedelta(1))
MEANT = "the same date again in the field backdate"
REFUSED = {
    "older": (
        {"as_of": "2026-01-01", "backdate": None},
        "the clock 2026-01-01 lies before the live night's, 2026-01-02; nothing is published: to "
        f"look back run igwatch replay --as-of 2026-01-01; to publish that night say {MEANT}",
    ),
    "older, another date said": (
        {"as_of": "2026-01-01", "backdate": "2025-12-31"},
        "the clock 2026-01-01 lies before the live night's",
    ),
    "not yet": ({"as_of": TOMORROW, "backdate": None}, f"the clock {TOMORROW} lies after today"),
    "unknown": (
        {"as_of": "2026-01-03", "asof": "2025-01-01", "Force\x1b": True},
        "unknown parameter Force\\x1b, asof; nothing is published: give as_of and backdate alone",
    ),
}


@pytest.mark.parametrize("step", ["discover", "build"])
@pytest.mark.parametrize("asked", REFUSED)
def test_what_is_not_to_be_published_is_refused_once_and_the_home_is_free(home, step, asked):
    from dags import task_steps

    conf, said = REFUSED[asked]
    with pytest.raises(task_steps.StepFailure) as refused:
        getattr(task_steps, step)(**conf)
    assert str(refused.value).startswith(said)
    assert not (home.root / ".night").exists()
    assert [path.name for path in home.work.iterdir() if path.name.startswith("land")] == []


def test_the_same_date_said_twice_is_published(home):
    """The step goes on to what the ledger knows and the drawn home does not have."""
    from dags import task_steps

    with pytest.raises(task_steps.StepFailure, match="are lost: the ledger knows them"):
        task_steps.discover(as_of="2026-01-01", backdate="2026-01-01")
