"""`igwatch explain`: what cannot wait and since when, what ended it, what is held, asked and capped."""

import json

import pytest

from tests.home import (
    EXPOSURES_HEADER,
    RESULTS_HEADER,
    deliver,
    first_of_months,
    new_home,
    ordinary_exposures,
)
from tests.igwatch.command_line import command
from tests.igwatch.night.test_night import panel, results
from tests.igwatch.nights import quick_night

pytestmark = pytest.mark.heavy

REVIEWS = "patient_id,assigning_authority,rule_id,verdict,reviewer,reviewed_at,note\n"
# a child born on 1 June 2024; IgG 0.9 g/L without IgA at half a year: alarming
CHILD = "{who},NORTH,2024-06-01,M,,,serum,{day},{day},{code},LN,{name},{value},g/L,,,F,,\n"
CODES = {"IgG": "2465-3", "IgA": "2458-8", "IgM": "2472-9"}
ALARMING = {"IgG": "0.9", "IgA": "<0.07", "IgM": "3.1"}
BACK = {"IgG": "7.0", "IgA": "0.6", "IgM": "0.9"}


def sample(who: str, day: str, values: dict[str, str]) -> str:
    return "".join(
        CHILD.format(who=who, day=day, code=CODES[name], name=name, value=value)
        for name, value in values.items()
    )


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("explain-notice"))
    (home.facility / "north.yaml").write_text("zone: UTC\nexposure_feed: complete\n")
    children = [sample(who, "2024-12-05", ALARMING) for who in ("urg", "rec", "ver")]
    recovered = sample("rec", "2025-11-05", BACK)
    # an adult, low twice; a third result under another unit is a tenth of it
    slip = panel("2025-06-01", "21", unit="mg/L")
    low = [panel("2024-01-10", "0.21"), panel("2024-05-20", "0.20"), slip]
    # the same with three lows over 300 days on a possible cause and a drug that nobody reviewed
    capped = [panel(day, "0.2").replace("ann,", "cap,")
              for day in ("2024-06-05", "2024-10-10", "2025-02-10")]  # fmt: skip
    deliver(home, "north", "a.csv", RESULTS_HEADER + "\n" + "".join([*children, recovered]))
    deliver(home, "north", "b.csv", results(*low, *capped))
    drugs = (
        "cap,NORTH,medication,L04AZ99,ATC,newdrugumab,2024-01-01,2025-03-01\n"
        "rec,NORTH,diagnosis,K75.4,ICD-10,autoimmune hepatitis,2024-07-01,\n"
    )
    drugs += ordinary_exposures("ann", "NORTH", *first_of_months(2024, 2025))
    deliver(home, "north", "exposures.csv", f"{EXPOSURES_HEADER}\n{drugs}")
    quick_night(home, "2025-11-20")
    deliver(home, "north", "reviews.csv",
            REVIEWS + "ver,NORTH,*,confirmed,Dr Who,2025-11-21 09:00,\n")  # fmt: skip
    quick_night(home, "2025-11-22")
    return home


def told(home, *words):
    done = command(home, "explain", *words, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def ended(home, *words):
    notice = told(home, *words)["notice"]
    names = ("urgent", "urgent_since", "urgent_ended_by", "urgent_ended_on")
    return tuple(notice[name] for name in names)


def test_urgent_since_when_and_what_ended_it(home):
    assert ended(home, "urg") == (True, "2024-12-05", None, None)
    assert ended(home, "ver") == (False, "2024-12-05", "verdict", "2025-11-21")
    assert ended(home, "rec") == (False, None, "recovery", "2025-11-05")
    assert ended(home, "rec", "--as-of", "2025-11-04") == (True, "2024-12-05", None, None)
    # 1826.25 days old: 1 June 2029 is the 1826th day, the day after it the first beyond
    assert ended(home, "urg", "--as-of", "2029-06-01")[0]
    assert ended(home, "urg", "--as-of", "2029-06-02") == (False, None, "birthday", "2029-06-02")
    assert ended(home, "ann") == (False, None, None, None)


def test_severity_stands_until_a_recovery_and_says_since_when(home):
    notice = told(home, "urg")["notice"]
    assert (notice["severity"], notice["severity_since"]) == ("immediate", "2024-12-05")
    notice = told(home, "rec")["notice"]
    assert (notice["severity"], notice["severity_ended_by"]) == (None, "recovery")


def test_what_to_order_today_each_line_with_its_source_or_ours(home):
    orders = told(home, "urg")["notice"]["order_today"]
    assert len(orders) >= 5
    assert {o["source"] for o in orders} >= {"ours, no source"}
    assert all(o["source"] for o in orders)
    assert told(home, "ver")["notice"]["order_today"] == []
    shown = command(home, "explain", "urg").stdout
    for words in (
        "urgent since 2024-12-05",
        "severity: immediate, since 2024-12-05",
        "nobody has taken note yet",
        "What to order today",
        "do not wait for vaccine responses (ours, no source)",
        "asked of the clinic: call the treating doctor today",
    ):
        assert words in shown


def test_a_later_result_that_is_held_is_said(home):
    assert told(home, "ann")["later_result_held"] == "A later result is held: look."
    assert "A later result is held: look." in command(home, "explain", "ann").stdout
    assert told(home, "cap")["later_result_held"] is None


def test_why_a_state_is_capped_and_what_would_lift_it(home):
    (rule,) = told(home, "cap", "--rule", "selective_igm_deficiency")["rules"]
    assert rule["flag"]["status"] == "persistent"
    assert [c["cap"] for c in rule["capped"]] == ["unreviewed_drug"]
    shown = " ".join(command(home, "explain", "cap").stdout.split())
    assert "persistent at most: a drug that is not on our list. What would lift it: the" in shown
    assert "drugs nobody has reviewed: newdrugumab" in shown
    # persistent's date: 90 d after the last counted low, later than 180 d after the first
    assert "repeat due on 2025-05-11, overdue from 2025-11-10" in shown


def test_a_note_may_explain_the_igm_and_excludes_nothing(home):
    shown = command(home, "explain", "rec").stdout
    assert "may explain the IgM" in shown


def test_each_sample_is_a_line_with_age_and_how_long_ago(home):
    shown = " ".join(command(home, "explain", "urg").stdout.split())
    assert "Every sample" in shown
    # 5 December 2024 to 22 November 2025
    assert "2024-12-05 6 months 352 0.9 very low <0.07 very low 3.1 high" in shown


def test_what_is_not_asked_tonight_says_why_and_when_it_will_be(home):
    (asked,) = told(home, "cap", "--rule", "selective_igm_deficiency")["rules"][0]["asked"]
    assert asked["ask"] == "persistent"
    watched = [row for r in told(home, "ver")["rules"] for row in r["asked"]]
    assert {row["watched_as"] for row in watched} == {"known_to_the_clinic"}
    assert "asks nothing tonight: known to the clinic" in command(home, "explain", "ver").stdout
