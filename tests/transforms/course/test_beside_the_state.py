"""What a flag says beside its state: since when, what would settle it, what may explain it."""

from datetime import date

import pytest

from tests.conformance.case import followed, on


def flag(panels, as_of, rule=None, **row):
    """The flag of the drawn patient, of both rules where only one has any."""
    found = followed({"panels": panels, "as_of": str(as_of), **row}).patient_flag.to_pylist()
    (only,) = [f for f in found if rule in (None, f["rule_id"])]
    return only


STRONG = "0 L/L/H; 40 L/L/H"
LOWS = "0 N/N/L; 100 N/N/L; 200 N/N/L"

# panels, row, the reason's last words, what would settle it
SETTLED = [
    ("0 L/L/H", {"age": "50y"}, "a paraprotein is not excluded", "electrophoresis"),
    ("0 H:26/N/L", {}, "a paraprotein is not excluded", "electrophoresis"),
    ("0 N/VL/H", {"exposures": "immunoglobulin_replacement ig -9.."}, "genetics can decide",
     "cd40l_or_genes"),
    ("0 L/L/H", {"exposures": "immunoglobulin_replacement ig 5.."}, "genetics can decide",
     "cd40l_or_genes"),
    ("0 L/L/H", {"exposures": "immunoglobulin_replacement ig -5.."}, "genetics can decide",
     "cd40l_or_genes"),
    ("0 L/L/H; 40 N/L/N", {}, "replacement elsewhere is not excluded", "replacement_question"),
    ("0 L/L/H; 40 N/N/H", {}, "replacement elsewhere is not excluded", "replacement_question"),
    ("0 L/L/H; 40 N/-/-", {}, "replacement elsewhere is not excluded", "replacement_question"),
    ("0 VL/L/L; 40 N/N/L", {}, "replacement elsewhere is not excluded", "replacement_question"),
    ("0 L/N/H; 40 N/N/N", {}, "is the patient on immunoglobulin replacement?",
     "replacement_question"),
    ("0 L/-/-", {}, "no IgM within 30 days", None),
    ("0 L/N/N", {}, "IgG only", None),
]  # fmt: skip


@pytest.mark.parametrize(("panels", "row", "said", "settled_by"), SETTLED)
def test_what_would_settle_an_indeterminate_state(panels, row, said, settled_by):
    found = followed({"panels": panels, "as_of": "60", **row}).patient_flag.to_pylist()
    (shown,) = [f for f in found if f["status"] == "indeterminate"]
    assert said in shown["status_reason"]
    assert shown["settled_by"] == settled_by


def test_no_other_state_is_settled_by_a_test():
    assert flag("0 L/L/H", 10)["settled_by"] is None


def test_each_notice_says_since_when():
    shown = flag("0 VL:1.9/L/N; 40 VL:0.9/L/N; 80 VL:0.8/L/N", 90, age="3y")
    assert (shown["urgent"], shown["urgent_since"]) == (True, on("0"))
    assert (shown["severity"], shown["severity_since"]) == ("immediate", on("40"))


def test_a_borderline_repeat_takes_the_haste_and_leaves_the_severity():
    shown = flag("0 VL/L/N; 40 BL/N/N", 50, age="3y")
    assert (shown["urgent"], shown["urgent_since"]) == (False, None)
    assert (shown["severity"], shown["severity_since"]) == ("high", on("0"))
    assert shown["alarming"]


@pytest.mark.parametrize(
    ("exposures", "named"),
    [
        ("definite anti_cd20 -9..", ["anti cd20 since 2024-01-01"]),
        ("possible protein_loss ?..", ["protein loss since an unknown day"]),
        ("possible systemic_steroid 60..", ["systemic steroid since 2024-03-10: began after the "
                                            "pattern"]),
        ("suspected lymphoma -9..", ["lymphoma since 2024-01-01: suspected"]),
        ("note rheumatoid_arthritis -9.. {raises}", ["rheumatoid arthritis since 2024-01-01: may "
                                                     "explain the IgM"]),
        ("note prematurity -9.. {}", ["prematurity since 2024-01-01: excludes nothing"]),
        ("possible systemic_steroid 60.. {igm}", []),
        ("possible systemic_steroid -99..-50", []),
    ],
)  # fmt: skip
def test_what_may_explain_it_is_named(exposures, named):
    assert flag(f"{STRONG}; 80 L/L/H", 90, exposures=exposures)["causes"] == named


def test_the_last_result_that_left_the_state_is_said_beside_it():
    later = flag(f"{STRONG}; 80 L/L/H", 90, exposures="definite lymphoma 60..")
    assert later["status"] == "definite_pattern"
    assert later["status_reason"].endswith(
        "; IgG low under lymphoma since 2024-03-10, which began after the pattern: "
        "neither counts nor resets"
    )
    answered = flag(f"{STRONG}; 80 L/L/-; 120 L/L/H", 130)
    assert "incomplete" not in answered["status_reason"]


# exposures and row, why the state is held, in words
HELD = [
    ({"feed": "none"}, "drugs and diagnoses were not screened"),
    ({"exposures": "suspected lymphoma -9.."}, "a suspected cause was in force: lymphoma"),
    ({"exposures": "unreviewed_drug new -9.."}, "a drug that is not on our list: new"),
    ({"exposures": "known_immunodeficiency digeorge 300.."}, "known immune disease: digeorge"),
    ({"panels": "-200 N/N/N:0.9; 0 N/N/L; 100 N/N/L; 200 N/N/L"},
     "IgM was 0.9 g/L in 2023: look for a cause elsewhere, drug or lymphoproliferative disease"),
    ({"panels": "0 H/N/L; 100 N/N/L; 200 N/N/L"}, "IgG is high beside a low IgM"),
    ({"panels": "0 N/N/L; 100 BL/BL/L; 200 N/N/L"}, "IgG or IgA lies at its lower limit"),
]  # fmt: skip


@pytest.mark.parametrize(("row", "said"), HELD)
def test_why_it_is_held_at_persistent_is_said(row, said):
    shown = flag(as_of=310, **({"panels": LOWS} | row))
    assert shown["status"] == "persistent"
    assert f"persistent at most: {said}" in shown["status_reason"]
    assert len(shown["capped_by"]) == 1


def test_a_drug_that_nobody_reviewed_is_named_and_one_not_recognised_does_not_cap():
    row = {"exposures": "unreviewed_drug new -9..; unrecognised_drug syrup -9.."}
    shown = flag(LOWS, 210, **row)
    assert shown["unreviewed_drugs"] == ["new", "syrup"]
    assert shown["capped_by"] == ["unreviewed_drug"]
    assert flag(LOWS, 210, exposures="unrecognised_drug syrup -9..")["capped_by"] == []


@pytest.mark.parametrize(
    ("panels", "exposures", "is_broad"),
    [
        ("0 L/L/L; 28 L/L/L", None, True),
        ("0 L/L/L; 27 L/L/L", None, False),
        ("0 L/L/L", None, False),
        ("0 L/L/L; 40 L/L/L", "definite anti_cd20 -9..", False),
        ("0 L/L/L; 40 L/L/L", "known_immunodeficiency cvid -9..", False),
        ("0 L/L/L; 40 L/L/L", "note coeliac_disease -9.. {}", True),
    ],
)
def test_a_broad_deficiency_is_seen_twice_and_nobody_explained_it(panels, exposures, is_broad):
    shown = flag(panels, 60, "hyper_igm", exposures=exposures)
    assert (shown["status"], shown["is_broad_deficiency"]) == ("not_higm_pattern", is_broad)


def test_what_was_selective_and_falls_is_told_from_what_never_was():
    fallen = flag("0 N/N/L; 100 L/N/L", 110, "selective_igm_deficiency")
    never = flag("100 L/N/L", 110, "selective_igm_deficiency")
    assert (fallen["status"], fallen["was_selective"]) == ("not_selective", True)
    assert (never["status"], never["was_selective"]) == ("not_selective", False)


def test_an_infant_waits_for_its_first_birthday():
    """240 days old: 12 months are 126 days off, later than 90."""
    waiting = flag("0 N/N/L", 125, age="240d")
    assert (waiting["status"], waiting["repeat_due_on"]) == ("candidate", date(2024, 5, 15))
    due = flag("0 N/N/L", 126, age="240d")
    assert (due["status"], due["n_counted"]) == ("repeat_due", 0)
    assert "an infant's low IgM that never counts, 126 days ago" in due["status_reason"]
