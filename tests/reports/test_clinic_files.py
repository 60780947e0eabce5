"""The page of a clinic: everyone once, counts that add up, and why each is there."""

import re

import pyarrow.parquet as pq
import pytest

from reports.clinic_files import clinic_page, file_stems, write_clinic_reports
from reports.clinic_page import load_report
from reports.generation import ReportError, open_generation
from reports.patient import section_keys
from tests.reports.document import Document
from tests.reports.region import RUN_ID, drawn, region, write_generation

RIVERSIDE = "Riverside Immunology"


def ids(clinic: str) -> list[str]:
    flagged = {row["patient"] for row in drawn("flag")}
    return [
        row["patient_id"]
        for row in drawn("patient")
        if clinic in row["clinic"] and row["patient"] in flagged
    ]


@pytest.mark.parametrize(("page", "clinic"), [("riverside", RIVERSIDE), ("paediatric", "Ælfgifu")])
def test_every_patient_of_the_cohort_is_on_the_page_once(request, page, clinic):
    document = Document(request.getfixturevalue(page))
    shown = [heading.text for heading in document.all("h3")]
    assert sorted(shown) == sorted(ids(clinic))


def test_the_counts_add_up_to_the_cohort(riverside):
    document = Document(riverside)
    tiles = [tile for tile in document.all("li") if tile.attributes.get("class") in section_keys()]
    assert [tile.attributes["class"] for tile in tiles] == section_keys()
    assert sum(int(tile.text.split()[0]) for tile in tiles) == len(ids(RIVERSIDE)) == 15
    assert (
        "0 + 0 + 0 + 1 + 1 + 1 + 1 + 0 + 1 + 1 + 1 + 1 + 1 + 6 = 15 patients with 16 flags"
        in text(riverside)
    )


def text(page: str) -> str:
    return Document(page).all("body")[0].text


def test_the_first_screen_says_how_far_the_data_reach(riverside):
    shown = text(riverside)
    assert "As of the end of 20 Nov 2026" in shown
    assert "Results collected up to 20 Nov 2026" in shown, "its own, exactly"
    assert RUN_ID in shown
    assert re.search(r"lakeside withheld: .* to 12 Nov 2026, silent for 8 days", shown)


def test_of_others_it_says_no_more_than_everybody_may_see(tmp_path):
    """northgate's last specimen of the 20th is one person's, and not of this clinic."""
    generation = open_generation(write_generation(tmp_path / "g"))
    feeds = generation.rows("feed", "Riverside Immunology")
    reach = {feed["facility"]: f"{feed['last_collected_on']}" for feed in feeds}
    assert reach["riverside"] == "2026-11-20"
    assert reach["northgate"] == "2026-11-19"


def test_every_feed_is_named_as_in_or_withheld_and_the_clinics_own_come_first(
    riverside, paediatric
):
    own, others = Document(riverside).all("ul", "feeds")
    assert own.text.startswith("lakeside withheld: new files of it are not in this report")
    assert "eastfield in, to 20 Nov 2026; nobody flagged" in own.text
    assert "riverside in, to 20 Nov 2026" in own.text
    assert others.text.startswith("northgate in, released: ")
    assert others.text.endswith("to 19 Nov 2026")
    (summary,) = [e for e in Document(paediatric).all("summary") if "other clinics" in e.text]
    assert summary.text == "3 feeds of other clinics, withheld: lakeside"


def test_a_delivery_that_a_person_let_through_is_told_with_who_and_why(tmp_path):
    released = {"facility": "riverside", "released_by": "A. Manager", "why": "<new> analyser"}
    folder = write_generation(tmp_path, {"quality.release": [released | {"is_tonight": "true"}]})
    page = clinic_page(load_report(open_generation(folder), RIVERSIDE, "x"), most_plots=0)
    assert (
        "riverside in, released: files that failed a critical check were let through by "
        "A. Manager : <new> analyser ; to 20 Nov 2026" in text(page)
    )


def test_an_urgent_patient_of_withheld_files_is_told_first(tmp_path):
    row = {
        "patient_id": "<b>77</b>",
        "facility": "riverside",
        "clinic": RIVERSIDE,
        "ask": "urgent_withheld",
        "waits_since": "2026-11-19",
        "action": "look at the laboratory's own report",
    }
    folder = write_generation(tmp_path, {"mart.worklist": [row]})
    page = clinic_page(load_report(open_generation(folder), RIVERSIDE, "x"), most_plots=0)
    assert (
        "Urgent, in files withheld tonight: <b>77</b> (riverside, sample 19 Nov 2026): look at the"
        in text(page)
    )


def test_urgent_comes_first_and_set_aside_last(paediatric):
    order = [e.attributes["id"] for e in Document(paediatric).elements if e.has_class("part")]
    assert order == ["urgent", "persistent", "set_aside"]


def test_what_is_new_and_what_was_withdrawn(riverside, paediatric):
    new = next(e for e in Document(riverside).all("section", "news"))
    assert "Marked NEW below: 1 among those watched, known, set aside or dismissed." in new.text
    assert "4471177 Selective low IgM: candidate → withdrawn" in new.text
    new = next(e for e in Document(paediatric).all("section", "news"))
    assert "0100234 Hyper-IgM: candidate → definite pattern (urgent)" in new.text
    assert "4471177" not in new.text


def test_a_definite_pattern_is_never_called_a_diagnosis(riverside):
    anna = Document(riverside).patient("4471120")
    assert "A pattern, not a diagnosis." in anna.text
    assert "A pattern, not a diagnosis." not in Document(riverside).patient("4471121").text
    assert len(re.findall("A pattern, not a diagnosis", riverside)) == 4


def test_a_patient_says_why_what_is_missing_and_what_is_next(riverside):
    bert = Document(riverside).patient("4471121").text
    assert "1 result counted, the last 232 days ago; the repeat is overdue" in bert
    assert "overdue since 2 Oct 2026" in bert
    assert "low IgM alone makes the pattern persistent" in bert
    assert "Missing for the published definition history of infections" in bert


def test_the_report_says_what_the_list_is_worth_and_what_the_site_itself_found(riverside):
    said = text(riverside)
    assert "about 2 in 100 are the deficiency" in said
    assert (
        "lines judged while due were confirmed" not in said
    )  # the drawn verdicts are of other states


def test_an_urgent_patient_says_what_to_order_today_each_with_its_source(paediatric):
    boy = Document(paediatric).patient("0100234").text
    assert "CD40 ligand on activated T cells by flow cytometry (S1)" in boy
    assert "do not wait for vaccine responses (ours, no source)" in boy


def test_a_verdict_shows_with_who_gave_it_and_whether_it_still_stands(riverside):
    document = Document(riverside)
    vera, gerd, jost = (document.patient(i).text for i in ("4471138", "4471126", "4471129"))
    assert "dismissed, 3 Aug 2026, Reviewer Two : known since birth, well" in vera
    assert "nothing until something changes" in vera
    assert "clinic: dismissed, but the state has changed since" in gerd
    assert "clinic: secondary cause" in jost  # also where nothing is asked


def test_what_was_dismissed_is_folded_away_and_counted(riverside):
    document = Document(riverside)
    (part,) = [e for e in document.all("details", "part") if e.attributes["id"] == "dismissed"]
    assert "open" not in part.attributes
    assert "Dismissed by the clinic 1" in part.text
    assert "4471138" in part.text
    (tile,) = document.all("li", "dismissed")
    assert tile.text == "1 Dismissed by the clinic"


def test_the_clinics_verdicts_are_summed_with_their_denominator(riverside, paediatric):
    (section,) = [
        e for e in Document(riverside).all("details") if e.attributes.get("id") == "precision"
    ]
    assert "Selective low IgM 2026.1 definite pattern 5 1 2 1 1 67 % of 3" in section.text
    assert "candidate" not in section.text  # nobody has given a verdict on one
    assert "What the clinic has said" not in paediatric


def test_a_clinic_is_told_how_long_its_own_waits_took_and_no_share_of_few(riverside, paediatric):
    (section,) = [
        e for e in Document(riverside).all("details") if e.attributes.get("id") == "waiting"
    ]
    assert (
        "a repeat that was due Selective low IgM 12 7 4 41 % by 183 d, not known yet by 365 d"
        in section.text
    )
    assert "a person's word, of urgent 2 1 1 too few for a share" in section.text
    assert "a verdict" not in section.text.split("Share done")[1]  # of another clinic
    assert 'id="waiting"' not in paediatric


def test_repeats_are_told_by_the_place_that_asked_without_places_of_few_or_of_other_clinics(
    riverside,
):
    (section,) = [
        e for e in Document(riverside).all("details") if e.attributes.get("id") == "waiting"
    ]
    _, places = section.text.split("places of few are left out")
    assert (
        "Ward 5, Riverside riverside Selective low IgM 9 6 2 62 % by 183 d, not known yet by 365 d"
        in places
    )
    assert "Outpatients" not in places
    assert "Nursery" not in places


def test_a_line_says_who_asked_for_the_newest_sample_and_where(riverside, paediatric):
    """anna's newest was asked for on the ward, an earlier one by nobody who is named; bert's by a
    number that is the attending doctor's too."""
    page = Document(riverside)
    lines = [e.text for e in page.all("summary") if "asked for" in e.text]
    by_number = {line.split()[0]: line for line in lines}
    assert set(by_number) == {"4471120", "4471121"}
    asked = "asked for by Dr Marta van Bergen from Ward 5, Riverside ; attending O. Attend"
    assert asked in by_number["4471120"]
    assert "asked for by C9 " in by_number["4471121"]
    assert "attending" not in by_number["4471121"]
    assert "Riverside Lab asked for from Outpatients" in page.patient("4471120").text
    assert "asked for by" not in paediatric


def test_who_was_not_measured_stands_on_the_page_of_the_clinic(riverside, paediatric):
    (section,) = [
        e for e in Document(riverside).all("details") if e.attributes.get("id") == "unmeasured"
    ]
    assert "Not measured 2" in section.text
    assert (
        "UM-1 riverside anti cd20 1 Jun 2026 IgG before it began 183 never 1 Jun 2026 C, <b>d.doe</b>"
        in section.text
    )
    assert "UM-2 riverside antipsychotic 1 Jun 2020 IgG while it goes on 365" in section.text
    assert "UM-3" not in section.text  # of another clinic
    assert "<b>d.doe" not in riverside
    assert 'id="unmeasured"' not in paediatric


def test_only_so_many_are_listed_and_the_rest_is_counted(generation):
    report = load_report(open_generation(generation), "Riverside Immunology", "riverside")
    report.most_unmeasured = 1
    page = clinic_page(report)
    assert "UM-2" not in page
    assert "1 more stand in <code>mart.unmeasured</code>" in page


def test_an_indeterminate_patient_says_what_would_settle_it(riverside):
    gerd = Document(riverside).patient("4471126").text
    assert "Serum electrophoresis and immunofixation" in gerd
    assert "Paraprotein: serum electrophoresis" in gerd


def test_a_result_shows_as_sent_as_read_counted_and_where_from(riverside):
    anna = Document(riverside).patient("4471120").text
    assert "limits used 6–7.67 to 15.9–16 0.61–0.8 to 3.56–4 0.4–0.5 to 1.9–2.93" in anna
    assert "0.21 ↓ 21 mg/dL low, lab low" in anna
    assert "IgM: ● counted: IgM low with IgG and IgA not low: counted, number 1" in anna
    assert "Riverside Lab [1] m3 r13 r14 r15 RS000003" in anna
    assert "[1] 2026/riverside-results.hl7" in anna


def test_the_laboratory_that_says_otherwise_stands_out(riverside):
    document = Document(riverside)
    assert {e.text for e in document.all("small", "differs")} == {"low, lab normal"}


def test_what_was_not_used_is_said(riverside):
    anna = Document(riverside).patient("4471120").text
    assert "1 Jun 2026 IgM 112 g/L : the printed range contradicts the unit" in anna
    assert "20 Apr 2026 IgA 18 mg/dL : corrected by the laboratory" in anna


def test_the_footer_says_which_rules_and_that_nobody_signed_them(riverside):
    footer = Document(riverside).all("footer")[0].text
    assert "Rules 2026.1; reference tables PRU_EXETER+MAYO." in footer
    assert "No clinician has signed these rules." in footer


def test_a_signature_is_named(generation):
    said = {"*": "All rows are signed: <b>.", "north": "Own rules.", "nobodys": "Others' rules."}
    report = load_report(open_generation(generation), RIVERSIDE, "x", said)
    page = clinic_page(report, most_plots=0)
    assert "All rows are signed: &lt;b&gt;." in page
    assert "No clinician has signed" not in page
    assert "Others" not in report.signature


def test_files_are_the_owners_alone_and_named_in_plain_letters(out):
    for path in out.glob("*"):
        assert re.fullmatch(r"(latest|2026-11-20)-[a-z0-9-]+\.(html|csv|xlsx)", path.name)
        assert path.stat().st_mode & 0o777 == (0o640 if "quality" in path.name else 0o600)
    assert len(list(out.glob("*"))) == 2 * 2 * 3 + 2


def test_no_clinic_overwrites_another():
    names = ["A b", "a-b", "A  b", "../../etc", "免疫", "免疫 2", "Quality", "quality"]
    stems = file_stems(names)
    assert len(set(stems)) == len(names)
    assert "quality" not in stems
    assert all(re.fullmatch(r"[a-z0-9-]+", stem) for stem in stems)


def emil() -> list[dict]:
    """A cohort of one, whose reports are soon written."""
    return [row for row in region()["mart.cohort"] if row["patient"] == "emil"]


def test_a_clinic_whose_feeds_never_had_a_flag_gets_a_page(tmp_path):
    feeds = [row | {"clinic": "Eastfield Immunology"} for row in region()["mart.facility"][-1:]]
    facilities = region()["mart.facility"][:-1] + feeds
    folder = write_generation(tmp_path / "g", {"mart.cohort": emil(), "mart.facility": facilities})
    pages = write_clinic_reports(folder, tmp_path / "out")
    assert "2026-11-20-eastfield-immunology.html" in [page.name for page in pages]
    page = (tmp_path / "out" / "latest-eastfield-immunology.html").read_text(encoding="utf-8")
    assert "No patient has a flag." in text(page)
    assert "eastfield in, to 20 Nov 2026; nobody flagged" in text(page)


def test_a_clinic_without_flags_tonight_gets_a_page_that_says_so(tmp_path):
    before = write_generation(tmp_path / "before", {"mart.cohort": emil(), "mart.facility": []})
    assert len(write_clinic_reports(before, tmp_path / "out")) == 1
    tonight = write_generation(tmp_path / "tonight", {"mart.cohort": [], "mart.facility": []})
    assert len(write_clinic_reports(tonight, tmp_path / "out")) == 1
    page = (tmp_path / "out" / "latest-riverside-immunology.html").read_text(encoding="utf-8")
    assert "No patient has a flag." in text(page)
    assert "= 0 patients" in text(page)
    assert "Riverside Immunology" in text(page)


def test_where_nobody_ever_had_a_flag_a_page_says_so(tmp_path):
    nobody = write_generation(tmp_path / "nobody", {"mart.cohort": [], "mart.facility": []})
    page = write_clinic_reports(nobody, tmp_path / "out")[0]
    assert page.name == "2026-11-20-no-clinic-named.html"
    assert "No patient has a flag." in text(page.read_text(encoding="utf-8"))


def test_the_first_report_is_not_a_storm_of_news(tmp_path):
    tonight = {"changed_on": "2026-11-20", "previous_status": None}
    first = [row | tonight for row in region()["mart.cohort"]]
    folder = write_generation(tmp_path, {"mart.cohort": first})
    page = clinic_page(load_report(open_generation(folder), RIVERSIDE, "x"), most_plots=0)
    assert "This is the first report: all 15 patients are new." in text(page)
    assert ">NEW<" not in page


def test_a_page_that_grows_too_heavy_keeps_everyone_and_says_what_it_left_out(generation):
    report = load_report(open_generation(generation), RIVERSIDE, "x")
    page = clinic_page(report, most_plots=1, most_characters=15 * 2_600 + 16_000)
    document = Document(page)
    assert len(document.patients()) == 15
    assert "Dated results" in document.patients()[0].text
    assert "igwatch explain 4471130" in document.patient("4471130").text
    assert "are not listed" in document.all("footer")[0].text


def test_half_a_night_is_refused(tmp_path):
    rows = [row | {"run_id": "another"} for row in region()["mart.cohort"]]
    folder = write_generation(tmp_path, {"mart.cohort": rows})
    with pytest.raises(ReportError, match=r"mart\.cohort holds rows of another run"):
        open_generation(folder)


def test_a_generation_without_a_manifest_is_named(tmp_path):
    with pytest.raises(ReportError, match=r"manifest\.json cannot be read"):
        open_generation(tmp_path)


def test_a_missing_table_is_named_with_the_mend(generation, tmp_path):
    folder = write_generation(tmp_path)
    (folder / "mart" / "worklist.parquet").unlink()
    with pytest.raises(ReportError, match=r"worklist.*run: igwatch run"):
        write_clinic_reports(folder, tmp_path / "out")


def test_a_column_that_an_older_version_did_not_publish_is_named_with_the_mend(tmp_path):
    cohort = write_generation(tmp_path) / "mart" / "cohort.parquet"
    pq.write_table(pq.read_table(cohort).drop_columns(["changed_on"]), cohort)
    with pytest.raises(ReportError, match=r"changed_on.*run: igwatch run"):
        write_clinic_reports(tmp_path, tmp_path / "out")
