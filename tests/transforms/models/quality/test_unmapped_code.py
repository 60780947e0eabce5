"""The worklist of codes and units that nobody mapped, without anybody in it."""

import pytest

FEW = "few or no rare texts, see igwatch unmapped"


def sent(n_results, n_patients, **said):
    """`n_results` of one text of north, of so many patients by turns, on the days of January."""
    row = {"facility": "north", "reason_code": "unmapped_code", "code": "IGMX"} | said
    return [
        row | {"patient_key": f"k{i % n_patients}", "collected_at": f"2024-01-{i % 28 + 1} 08:00"}
        for i in range(n_results)
    ]


@pytest.fixture
def worklist(fresh):
    def of(*groups):
        fresh.lay("raw.source_file", "facility | source_sha256\nnorth | a")
        for rows in groups:
            fresh.add("core.unusable", rows)
        fresh.build("quality.unmapped_code")
        return fresh.read("FROM quality.unmapped_code ORDER BY ALL")

    return of


@pytest.mark.parametrize(
    ("n_results", "n_patients", "is_shown"),
    [(5, 5, True), (5, 4, False), (4, 4, False), (100, 4, False)],
)
def test_a_text_is_shown_from_five_results_of_five_patients_on(
    worklist, n_results, n_patients, is_shown
):
    shown = [row["code"] for row in worklist(sent(n_results, n_patients))]
    assert shown == (["IGMX", None] if is_shown else [None])


@pytest.mark.parametrize(("n", "shown"), [(5, None), (12, None), (13, 15), (42, 40)])
def test_beside_a_text_a_count_says_no_more_than_that_there_are_many(worklist, n, shown):
    """The text tells that there are five; a count of ten would be five to seven more."""
    row, _ = worklist(sent(n, n))
    assert row["n_results"] == shown
    day = "2024-01-01" if shown else "None"
    assert (str(row["first_seen_on"]), str(row["last_seen_on"])) == (day, day)


def test_digits_are_masked_and_long_texts_cut(worklist):
    said = {"code": "IGM7", "test_name": "IgM of Mrs 4711 of ward 3 " + "and so on " * 9}
    row, _ = worklist(sent(20, 20, **said, unit_source_value="mg/100 mL", code_system="L"))
    assert row["code"] == "IGM#"
    assert row["test_name"] == "IgM of Mrs #### of ward # and so on and "
    assert (row["units"], row["code_system"]) == ("mg/### mL", "L")


def test_a_loinc_code_that_is_known_stays(worklist):
    """It is in the shipped table, so it names nobody; the rest of what stands there is masked."""
    known = sent(20, 20, code="2472-9", code_system="LN", reason_code="unmapped_unit")
    unknown = sent(20, 20, code="9999-9", code_system="LN")
    assert {row["code"] for row in worklist(known, unknown)} == {"2472-9", "####-#", None}


def test_a_code_that_is_known_is_shown_from_five_patients_on_too(worklist):
    (row,) = worklist(sent(20, 4, code="2472-9", reason_code="unmapped_unit"))
    assert row["code"] is None


def test_texts_that_differ_in_digits_are_one(worklist):
    each = [sent(1, 1, code=f"IGM of order {n}")[0] | {"patient_key": f"k{n}"} for n in range(6)]
    assert [row["code"] for row in worklist(each)] == ["IGM of order #", None]


def test_a_unit_of_few_patients_is_not_shown_with_its_code(worklist):
    row, _ = worklist(sent(9, 9), sent(3, 3, unit_source_value="g/L for Mrs Miller"))
    assert row["units"] is None


def test_all_that_is_rare_is_one_line_and_the_line_is_there_without_any(worklist):
    assert [(r["test_name"], r["reason_code"], r["n_results"]) for r in worklist()] == [
        (FEW, "rare_text", None)
    ]
    rare = [sent(1, 1, code=code)[0] for code in "abcdefghijklm"]
    assert [row["test_name"] for row in worklist(rare[:7])] == [FEW]
    assert [row["test_name"] for row in worklist(rare[7:])] == [
        "15 rare texts, see igwatch unmapped"
    ]


def test_what_was_not_mapped_for_another_reason_is_not_here(worklist):
    assert len(worklist(sent(20, 20, reason_code="value_missing"))) == 1
