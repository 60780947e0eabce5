"""What a redelivery has mended leaves the quarantine; what is still missing stays."""

import pytest

from igwatch.inquiry.rejects import rejects, still_held
from igwatch.night.pipeline import land
from tests.home import SETTINGS, deliver, new_home

HEAD = "patient_id,collected_at,code,value,units\n"
GOOD = "A1,2024-01-10,2472-9,0.9,g/L\n"
BAD = "A2,soon,2472-9,0.8,g/L\n"
MENDED = "A2,2024-01-11,2472-9,0.8,g/L\n"


def held(tmp_path, *deliveries):
    """How many refusals are listed after these deliveries, and how many there were."""
    home = new_home(tmp_path)
    for n, (name, text) in enumerate(deliveries):
        deliver(home, "north", f"{n}/{name}" if n and name == "" else name, text)
        land(home, SETTINGS)
    return len(still_held(home)), len(rejects(home))


ORDERED = "patient_id,order_number,collected_at,code,value\n"
CASES = {
    "the row again, its time mended": [("a.csv", HEAD + GOOD + BAD), ("a.csv", HEAD + GOOD + MENDED), 0],
    "under another name": [("a.csv", HEAD + GOOD + BAD), ("b.csv", HEAD + MENDED), 0],
    "the good rows only": [("a.csv", HEAD + GOOD + BAD), ("a.csv", HEAD + GOOD), 1],
    "another patient instead": [
        ("a.csv", HEAD + GOOD + BAD),
        ("a.csv", HEAD + GOOD + MENDED.replace("A2", "A3")),
        1,
    ],
    "another value": [("a.csv", HEAD + BAD), ("a.csv", HEAD + MENDED.replace("0.8", "0.7")), 1],
    "two alike and one of them mended": [("a.csv", HEAD + BAD + BAD), ("a.csv", HEAD + MENDED), 1],
    "an older result of the same value sent again": [
        ("a.csv", HEAD + MENDED + BAD),
        ("b.csv", HEAD + MENDED + GOOD),
        1,
    ],
    "refused again": [("a.csv", HEAD + GOOD + BAD), ("a.csv", HEAD + GOOD + BAD + "\n"), 2],
    "a patient found by the order": [
        ("a.csv", ORDERED + ",O1,2024-01-10,2472-9,0.9\n"),
        ("a.csv", ORDERED + "A1,O1,2024-01-10,2472-9,0.9\n"),
        0,
    ],
    "a patient without an order": [
        ("a.csv", HEAD + ",2024-01-10,2472-9,0.9,g/L\n"),
        ("a.csv", HEAD + "A1,2024-01-10,2472-9,0.9,g/L\n"),
        1,
    ],
    "a value that was missing": [
        ("a.csv", HEAD + "A1,2024-01-10,2472-9,,g/L\n"),
        ("a.csv", HEAD + "A1,2024-01-10,2472-9,0.9,g/L\n"),
        0,
    ],
    "a last value that may have been cut": [
        ("a.csv", ORDERED + "A1,O1,2024-01-10,2472-9,0"),
        ("a.csv", ORDERED + "A1,O1,2024-01-10,2472-9,0.45\n"),
        0,
    ],
    "a row of too many cells": [
        ("a.csv", HEAD + GOOD + MENDED.replace("g/L", "g/L,,oops")),
        ("a.csv", HEAD + GOOD + MENDED),
        0,
    ],
    "a file whose header was missing": [
        ("a.csv", GOOD + MENDED), ("a.csv", HEAD + GOOD + MENDED), 0,
    ],
    "the next day's file of the same name": [
        ("a.csv", GOOD + MENDED), ("a.csv", HEAD + "B1,2024-02-10,2472-9,0.9,g/L\n" * 2), 1,
    ],
    "a part of that file": [("a.csv", GOOD + MENDED), ("a.csv", HEAD + GOOD), 1],
}  # fmt: skip


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_only_what_came_again_whole_is_gone(tmp_path, case):
    *deliveries, n_held = case
    assert held(tmp_path, *deliveries)[0] == n_held


MSH = "MSH|^~\\&|LAB|N|IG|N|20240110||ORU^R01|{id}|P|2.5\r"
PID = "PID|1||{who}^^^N||x|\r"
OBX = "OBR|1||{order}|PANEL\rOBX|1|NM|2472-9^IgM^LN||0.9|g/L|||||F|||20240110\r"


def message(control, who, order):
    return (MSH + PID + OBX).format(id=control, who=who, order=order)


@pytest.mark.parametrize(
    ("again", "n_held"),
    [(("C1", "A1", "O1"), 0), (("C1", "A1", "O2"), 1), (("C2", "A1", "O1"), 1)],
)
def test_a_message_under_its_control_id_and_order(tmp_path, again, n_held):
    first = message("C1", "", "O1")
    assert held(tmp_path, ("a.hl7", first), ("b.hl7", message(*again))) == (n_held, 1)
