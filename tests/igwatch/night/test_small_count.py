"""A facility may ask that greater counts be hidden: the quality tables of all facilities follow."""

from pathlib import Path

import pytest

from igwatch.night.pipeline import report
from reports.generation import open_generation
from reports.quality_page import load_quality_page
from tests.home import RESULTS_HEADER, SETTINGS, ask, deliver, new_home
from tests.igwatch.nights import quick_night
from tests.reports.document import Document
from tests.shown import SHOWN
from tests.table import table

pytestmark = pytest.mark.heavy
# of 40 patients of south 10 have a low IgM; of each feed 14 results are in a unit that nobody mapped
FEEDS = {"north": ("1.2", "1.2"), "south": ("1.2", "0.1")}
PUBLISHED = """
SELECT 'unusable' AS told, facility, n FROM quality.conservation
WHERE unit = 'result' AND outcome = 'unusable'
UNION ALL SELECT 'reason', facility, n_results FROM quality.unusable_reason
UNION ALL SELECT 'unmapped', facility, n_results FROM quality.unmapped_code WHERE code = '2472-9'
UNION ALL SELECT 'low', facility, n_low_igm FROM quality.feed_daily
ORDER BY ALL
"""
AS_TODAY = """
told     | facility | n
low      | north    |
low      | south    | 10
reason   | north    | 15
reason   | south    | 15
unmapped | north    | 15
unmapped | south    | 15
unusable | north    | 15
unusable | south    | 15
"""
# who hides what may be below 13 hides 8 to 12, and where a text may stand beside it 13 to 17 too
HIDDEN = """
told     | facility | n
low      | north    |
low      | south    |
unmapped | north    |
unmapped | south    |
unusable | north    |
unusable | south    |
"""


def result(patient: int, igm: str, unit: str) -> str:
    day = "2024-01-10"
    return f"p{patient},N,1980-01-05,F,,,serum,{day},,2472-9,LN,IgM,{igm},{unit},,,F,,\n"


def feed(igm: str, igm_of_ten: str) -> str:
    lines = [result(n, igm, "g/L") for n in range(30)]
    lines += [result(n, igm_of_ten, "g/L") for n in range(30, 40)]
    lines += [result(n, igm, "spoons") for n in range(40, 54)]
    return RESULTS_HEADER + "\n" + "".join(lines)


def published(folder: Path, stated: str):
    """The counts that a night published and those of its funnel, where north states this."""
    home = new_home(folder)
    (home.facility / "north.yaml").write_text(stated, encoding="utf-8")
    for name, values in FEEDS.items():
        deliver(home, name, "a.csv", feed(*values).replace(",N,", f",{name},"))
    quick_night(home, "2024-01-20")
    quality = load_quality_page(open_generation(home.live.resolve()), SHOWN)
    funnel = {row["name"]: row["n_patients"] for row in quality.funnel}
    return ask(home, PUBLISHED), funnel["low_igm"], home


def drawn(expected: str) -> list[tuple]:
    rows = table(expected)
    return [(r["told"], r["facility"], r["n"] and int(r["n"])) for r in rows]


@pytest.mark.parametrize("stated", ["", "small_count: 3\n", "small_count: 8\n"])
def test_the_sites_own_count_holds_where_none_asks_for_more(tmp_path, stated):
    counts, low_igm, _ = published(tmp_path, stated)
    assert (counts, low_igm) == (drawn(AS_TODAY), 10)


def test_what_one_facility_asks_for_holds_for_all(tmp_path):
    counts, low_igm, home = published(tmp_path, "small_count: 13\n")
    assert (counts, low_igm) == (drawn(HIDDEN), None)
    *_, page = report(home, SETTINGS)
    cells = [cell.text for cell in Document(page.read_text(encoding="utf-8")).all("td")]
    assert "40" in cells
    assert "10" not in cells
