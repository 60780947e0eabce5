"""`igwatch forget` that is killed before a call that changes the disk: the next run finishes it, or
nothing was begun and it is asked for again. Nothing is left of the person, all others stand."""

from __future__ import annotations

import re

import pytest

from igwatch.night.forgetting import plan_path
from igwatch.site.home import Home, home_at
from tests.faults.child import Ended, igwatch
from tests.faults.homes import run_again, state
from tests.file_text import texts
from tests.home import ask
from warehouse.person_record import forgotten_records
from warehouse.verify import verify_published

pytestmark = pytest.mark.heavy
N_KILLS = 20
# how far it has come, in hundredths; where few cases are tried, these are in the middle
SHARES = [(45 + 37 * n) % 100 for n in range(N_KILLS)]
# one with a merged number where there is one, else the first with a result
WHOM = """
SELECT p.patient_id, p.facility, p.assigning_authority
FROM core.patient AS p
SEMI JOIN core.measurement AS m USING (patient_key)
LEFT JOIN core.patient_alias AS a USING (patient_key)
ORDER BY a.patient_id IS NULL, p.patient_id
LIMIT 1
"""
OF_OTHERS = ("raw", "archive", "inbox")


@pytest.fixture(scope="session")
def whom(region) -> tuple[str, str, str]:
    return ask(home_at(region.before), WHOM)[0]


@pytest.fixture(scope="session")
def key(tmp_path_factory) -> dict[str, str]:
    path = tmp_path_factory.mktemp("key") / "key"
    path.write_text("a key of the site, 32 bytes long", encoding="ascii")
    return {"IGWATCH_PSEUDONYM_KEY_FILE": str(path)}


def forget(home: Home, whom: tuple[str, str, str], key: dict[str, str], **how) -> Ended:
    number, facility, authority = whom
    words = ("--facility", facility, "--authority", authority, "--why", "in writing")
    return igwatch(home.root, "forget", number, *words, environment=key, **how)


@pytest.fixture(scope="session")
def forgotten(region, whom, key, tmp_path_factory) -> tuple[Ended, dict]:
    """How it goes undisturbed, and what stands after the next night."""
    home = region.home(tmp_path_factory.mktemp("forgotten") / "home")
    ended = forget(home, whom, key)
    assert ended.code == 0, ended.said
    run_again(home, region.last, key)
    return ended, state(home)


@pytest.mark.parametrize("share", SHARES)
def test_killed_while_somebody_is_forgotten(region, whom, key, forgotten, tmp_path, tried, share):
    tried("`igwatch forget` killed before a disk call")
    home = region.home(tmp_path / "home")
    ended, undisturbed = forgotten
    call = 1 + ended.n_disk_calls * share // 100
    assert forget(home, whom, key, die_at_call=call).code == -9
    run_again(home, region.last, key)
    if not forgotten_records(home.root):
        assert forget(home, whom, key).code == 0
    assert not plan_path(home).exists()
    assert verify_published(home.root) == []
    after = state(home)
    assert {kind: after[kind] for kind in OF_OTHERS} == {k: undisturbed[k] for k in OF_OTHERS}
    number = re.compile(rf"(?<![0-9A-Za-z]){re.escape(whom[0])}(?![0-9A-Za-z])")
    found = {name for name, text in texts(home.root) if number.search(text)}
    assert {name for name in found if not name.startswith("inbox/")} == set()
