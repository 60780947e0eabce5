"""The data team's page: sums that add up, what to do, and nobody on it."""

import pytest

from reports.generation import open_generation
from reports.quality_page import Sum, load_quality_page, share
from tests.reports.document import Document
from tests.reports.region import drawn, write_generation
from tests.shown import SHOWN


@pytest.fixture(scope="module")
def page(out) -> str:
    return (out / "latest-quality.html").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def text(page) -> str:
    return Document(page).all("body")[0].text


def test_it_holds_no_identifier_birth_date_or_value(page):
    people = drawn("patient")
    assert not [row["patient_id"] for row in people if row["patient_id"] in page]
    assert not [row["birth_date"] for row in people if row["birth_date"] in page]
    assert "key-" not in page
    assert "mg/dL" not in page


def test_it_can_be_written_without_any_patient_table(generation, tmp_path):
    folder = write_generation(tmp_path)
    for path in [*folder.glob("core/*"), *folder.glob("flag/*"), folder / "mart/cohort.parquet"]:
        path.unlink()
    assert len(load_quality_page(open_generation(folder), SHOWN).feeds) == 4


def test_the_tiles(text):
    assert "1 of 4 feeds withheld 0 silent 2 of 5 checks failed 3 codes or units to map" in text


def test_a_canary_that_is_lost_says_where_it_was_lost_and_is_critical(text, page):
    assert "2 of 4 canaries lost" in text
    lost = "harbour low igm adult lost critical unmapped OBX-3 it looks like an immunoglobulin"
    assert lost in text
    assert "harbour unit igm 2 lost critical unusable OBX-6" in text
    assert "meadow strong infant not proven warning fewer than 3 patients had iga" in text
    assert page.count('<td class="bad">critical</td><td>un') == 2


def test_what_was_released_is_shown_with_who_and_why_and_is_escaped(text, page):
    assert "northgate 20261119-bbbbbbbbbbbb j.doe 20 Nov 2026" in text
    assert "<b>telephoned</b> the laboratory yes" in text
    assert "<b>telephoned" not in page
    assert "northgate released" in text


def test_the_clinic_is_told_what_was_released_tonight_and_not_before(out):
    report = (out / "latest-riverside-immunology.html").read_text(encoding="utf-8")
    assert "let through by <bdi>j.doe</bdi>" in report
    assert "new calibrator" not in report


def test_checks_over_time_are_a_plot_with_words(page):
    assert "failed checks of the last 3 nights; on 3 of them any failed" in page


def test_why_results_cannot_be_used_small_counts_hidden(text):
    assert "riverside unit missing 61 0.66 %" in text
    assert "riverside value missing hidden" in text


def test_merges_refused_and_results_held_where_there_are_any(text):
    assert "riverside 7 hidden 12 0" in text
    assert "lakeside 0 0" not in text


def test_flags_per_1_000(text):
    assert "riverside Selective low IgM 4,120 31 7.52" in text
    assert "riverside Hyper-IgM 4,120 hidden hidden" in text


def test_rules_that_wait_are_listed_and_overdue_ones_counted(text):
    assert "2 reviews of rules overdue" in text
    assert "everybody 2026.1 39 39 0" in text
    assert "northgate 2026.1-north 2 0 2 1 Nov 2026" in text


def test_a_feed_says_how_it_is(text):
    assert "lakeside withheld 12 Nov 2026 11 Nov 2026 8" in text
    assert "riverside current 20 Nov 2026 19 Nov 2026 0" in text


def test_sums_add_up_or_say_why_they_cannot_be_shown(text):
    assert "riverside 12,840 9,120 310 3,310 92 8 adds up" in text
    assert "northgate 4,102 3,005 hidden 1,010 hidden 0 small counts hidden" in text


@pytest.mark.parametrize(
    ("n", "finding"),
    [
        ({"read": 10, "measured": 7, "unusable": 3}, "adds up"),
        ({"read": 10, "measured": 7, "unusable": 2}, "off by 1"),
        ({"read": 10, "measured": 7, "unusable": None}, "small counts hidden"),
    ],
)
def test_a_sum_and_its_finding(n, finding):
    assert Sum("north", "result", n).finding == finding


def test_what_failed_comes_with_its_why_before_what_held(text):
    assert text.index("a median ten times its own past") < text.index("3 held")
    assert "core.measurement lakeside column median to be between value_g_per_l critical" in text


def test_what_is_to_be_mapped(text):
    assert "northgate IGM2 L Immunoglobulin M (new analyser) g/L code not mapped 64" in text
    assert "X12 L Ig G total code not mapped hidden" in text


@pytest.mark.parametrize(
    "line",
    [
        "pharmacy 19 Nov 2026 4,120 42 % 18,300 97 % 0 yes",
        "ward_lists 1 Jun 2026 812 hidden 0 none 2 the feed of drugs and diagnoses is silent ask",
        "diagnoses 20 Nov 2026 1,650 31 % 9,120 12 % 0 the numbers of the feed of drugs and diagnoses "
        "do not meet the laboratory's; too many drugs and diagnoses are in systems",
    ],
)
def test_a_feed_of_exposures_says_whether_it_screens_and_its_mend(text, line):
    assert line in text


def test_a_list_that_is_held_has_its_mend(text):
    assert "name it under exposure_from; ask why the list has become so short" in text


@pytest.mark.parametrize(
    "line",
    [
        "riverside complete screened",
        "northgate complete not screened too many drugs and diagnoses are in systems",
        "lakeside none not screened no feed of drugs and diagnoses",
    ],
)
def test_a_laboratory_says_whether_it_is_screened(text, line):
    assert line in text


def test_a_feed_without_results_is_no_laboratory(text):
    assert "pharmacy none" not in text
    assert "1 laboratories promise their exposures and are not screened" in text


def test_what_nobody_recognises_is_shown_where_enough_patients_share_it(text):
    assert "diagnosis SNOMED 92814006 Chronic lymphoid leukaemia its coding system" in text
    assert "medication nobody has told what its name means hidden" in text
    assert "status Zzword nobody has told what the word of its standing means 31" in text


def test_a_swapped_unit_is_suspected_and_a_quiet_month_is_not_shown(text):
    assert "lakeside IgM 1 Nov 2026 212 10.9 1.09 10 a swapped unit?" in text
    assert "1 Oct 2026" not in text


def test_the_funnel_is_rounded_and_hides_small_counts_and_their_shares(text):
    """12 of 40 are shown as 10 of 40, a quarter; of the three beyond them nothing."""
    assert "persistent 10 25 % 0.163 %" in text
    assert "definite pattern hidden" in text
    assert "30 %" not in text


def test_the_share_after_a_small_count_is_hidden_too(tmp_path):
    names = {"tested_igm": "7", "low_igm": "0"}
    funnel = [{"step": str(n), "name": k, "n_patients": names[k]} for n, k in enumerate(names)]
    quality = load_quality_page(
        open_generation(write_generation(tmp_path, {"mart.funnel": funnel})), SHOWN
    )
    assert [row["n_patients"] for row in quality.funnel] == [None, None]
    assert {row["share_of_previous"] for row in quality.funnel} == {None}


def test_the_share_that_was_not_measured_is_told_by_the_row_that_was_signed(text):
    assert "riverside car t interval while it goes on 92 C 55 15 27 %" in text


def test_a_wait_is_told_in_shares_by_so_many_days_and_drawn_as_steps(text, page):
    assert "a repeat that was due Selective low IgM 60 30 42 % by 183 d, 50 % by 365 d" in text
    assert "a repeat that was due Hyper-IgM 45 hidden 44 % by 183 d" in text
    # from none at the left: half of 236 wide to the 183rd of 365 days, 42 % of 44 high, then 50 %
    assert 'd="M2 46H120V28H238V24"' in page


@pytest.mark.parametrize(
    ("part", "shown"),
    [(None, ""), (1.0, "100 %"), (0.0242, "2.42 %"), (0.0005, "0.05 %"), (0.0, "0 %")],
)
def test_a_share(part, shown):
    assert share(part) == shown


def test_an_empty_home_still_has_a_page(tmp_path):
    nothing = {
        f"quality.{name}": []
        for name in (
            "freshness",
            "conservation",
            "check_result",
            "unmapped_code",
            "unit_shift",
            "feed_daily",
            "check_history",
            "exposure_feed",
            "flag_rate",
            "identity",
            "release",
            "rule_review",
            "screening",
            "unmapped_exposure",
            "unusable_reason",
            "unmeasured",
            "waiting_share",
        )
    }
    folder = write_generation(tmp_path, nothing | {"mart.funnel": []})
    assert load_quality_page(open_generation(folder), SHOWN).feeds == []
