"""Words as sent: statuses, flags, sexes, specimens, and words in place of a value."""

from __future__ import annotations

import pytest

from tests.table import table

STATUS = table("""
    status | meaning     | why
    F      | final       |
    U      | confirmed       | confirms an earlier preliminary result
    FINAL  | final       | canonical CSV
    C      | corrected   |
    A      | corrected   | amended
    B      | final       | appended
    P      | provisional |
    R      | provisional | entered, not verified
    I      | provisional | specimen in the laboratory
    S      | provisional | partial
    D      | retracted   |
    W      | retracted   | posted to the wrong patient
    X      | retracted   | no result could be obtained
    N      | no_value    | not asked
    O      | no_value    | order detail only
    FA     |             | not in the table: unknown
""")

SPECIMEN = table("""
    as sent             | class           | accepted
    ser                 | serum           | yes
    serum               | serum           | yes
    clotted blood       | serum           | yes
    plas                | plasma          | yes
    edta plasma         | plasma          | yes
    bld                 | blood           | yes
    venous blood        | blood           | yes
    serum or plasma     | serum_or_plasma | yes
    119364003           | serum           | yes
    cord blood          | cord_blood      | no
    umbilical cord blood | cord_blood     | no
    bldco               | cord_blood      | no
    csf                 | csf             | no
    liquor              | csf             | no
    ur                  | urine           | no
    saliva              | saliva          | no
    stl                 | stool           | no
    pleural fluid       | other_fluid     | no
    bldc                | capillary_blood | no
    something new       |                 |
""")

VALUE = table("""
    value                                         | reason_code
    QNS                                           | specimen_insufficient
    Insufficient sample                           | specimen_insufficient
    HEMOLYZED                                     | specimen_haemolysed
    Haemolysed                                    | specimen_haemolysed
    Hämolytisch                                   | specimen_haemolysed
    Not performed - specimen haemolysed           | specimen_haemolysed
    Lipaemic                                      | specimen_unsuitable
    Wrong tube                                    | specimen_unsuitable
    TNP                                           | not_performed
    Not performed                                 | not_performed
    Cancelled - previously known abnormal result. | cancelled
    Pending                                       | pending
    To follow                                     | pending
    See Note                                      | see_comment
    see comment                                   | see_comment
    ERROR - Disregard above report                | see_comment
    Not detected                                  | value_below_detection
    ND                                            | value_is_text
    Negative                                      | value_is_text
    1+                                            | value_is_text
    *****                                         | value_is_text
""")


@pytest.mark.parametrize("case", STATUS, ids=lambda case: case["status"])
def test_what_a_status_means(rows, case):
    meaning = {row["status"]: row["meaning"] for row in rows["result_status"]}
    assert meaning.get(case["status"]) == case["meaning"]


@pytest.mark.parametrize("case", SPECIMEN, ids=lambda case: case["as sent"])
def test_which_specimen_is_accepted(rows, case):
    found = {r["as_sent"]: (r["specimen_class"], r["is_accepted"]) for r in rows["specimen"]}
    accepted = {"yes": True, "no": False, None: None}[case["accepted"]]
    assert found.get(case["as sent"], (None, None)) == (case["class"], accepted)


@pytest.mark.parametrize("case", VALUE, ids=lambda case: case["value"])
def test_a_word_in_place_of_a_value_gives_the_reason(con, case):
    (reason,) = con.execute(
        "SELECT arg_min(reason_code, sort_order) FROM value_word"
        " WHERE regexp_matches(lower(?), pattern)",
        [case["value"]],
    ).fetchone()
    assert reason == case["reason_code"]


def test_only_blood_serum_and_plasma_are_accepted(rows):
    accepted = {r["specimen_class"] for r in rows["specimen"] if r["is_accepted"]}
    assert accepted == {"serum", "plasma", "serum_or_plasma", "blood"}


def test_words_stand_in_the_case_they_are_looked_up_in(rows):
    for name, column, case in [
        ("specimen", "as_sent", str.lower),
        ("sex", "as_sent", str.upper),
        ("abnormal_flag", "as_sent", str.upper),
        ("result_status", "status", str.upper),
    ]:
        assert [r[column] for r in rows[name] if r[column] != case(r[column]).strip()] == []


def test_sex_and_flags_as_feeds_send_them(rows):
    sex = {row["as_sent"]: row["sex"] for row in rows["sex"]}
    assert [sex.get(s) for s in ("F", "FEMALE", "2", "M", "1", "A", "N", "W", "H")] == [
        "F", "F", None, "M", None, "O", "U", "F", None,
    ]  # fmt: skip
    flag = {row["as_sent"]: row["interpretation"] for row in rows["abnormal_flag"]}
    assert [flag.get(f) for f in ("LL", "LO", "<", "HH", "HI", ">", "N", "A", "POS")] == [
        "L", "L", "L", "H", "H", "H", "N", None, None,
    ]  # fmt: skip


PLAUSIBLE = table("""
    analyte | age_days | value  | in_doubt | why
    igg     | 400      | 70     |          | the upper end itself is plausible
    igg     | 400      | 70.1   | yes      |
    igg     | 400      | 0      | yes      | exactly zero
    igg     | 400      | 0.05   |          | a child with agammaglobulinaemia
    igg     | 9000     | 0.05   | yes      | an adult below 0.1
    igg     | 9000     | 0.11   |          |
    iga     | 9000     | 50     |          |
    iga     | 9000     | 50.1   | yes      |
    igm     | 400      | 87     |          | published hyper-IgM
    igm     | 9000     | 150    |          |
    igm     | 9000     | 150.1  | yes      |
    ige     | 9000     | 20000  |          | hyper-IgE
""")


@pytest.mark.parametrize("case", PLAUSIBLE, ids=lambda c: f"{c['analyte']} {c['value']}")
def test_what_is_too_far_to_be_believed(con, case):
    (is_in_doubt,) = con.execute(
        """SELECT count(*) > 0 FROM plausibility
        WHERE analyte = ? AND ?::DOUBLE >= age_from_days
            AND (?::DOUBLE <= min_exclusive OR ?::DOUBLE > max_inclusive)""",
        [case["analyte"], case["age_days"], case["value"], case["value"]],
    ).fetchone()
    assert is_in_doubt == (case["in_doubt"] == "yes")
