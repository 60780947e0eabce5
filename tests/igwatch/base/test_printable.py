"""No sign of a feed moves a terminal's cursor, colours, hides or reorders anything."""

from __future__ import annotations

import json

import pytest

from igwatch.base.printable import printable, printable_all
from igwatch.command.patient_shown import for_reader
from igwatch.command.terminal import SafeConsole, show_json

ESCAPE, CSI_OF_C1, TO_THE_LEFT, BELL = "\x1b[31m", "\x9b31m", "\u202e", "\x07"


@pytest.mark.parametrize(
    ("sent", "shown"),
    [
        ("IgM 0.2 g/L", "IgM 0.2 g/L"),
        ("Müller 免疫", "Müller 免疫"),
        (ESCAPE, r"\x1b[31m"),
        (CSI_OF_C1, r"\x9b31m"),
        (TO_THE_LEFT + "4711", r"\x202e4711"),
        (BELL + "\r\n", r"\x07\x0d\x0a"),
        ("\ud800", r"\xd800"),
    ],
)
def test_a_sign_that_a_terminal_obeys_becomes_visible(sent, shown):
    assert printable(sent) == shown


@pytest.mark.parametrize("style", [None, "bold red"])
def test_whatever_is_printed_is_safe(style, capsys):
    console = SafeConsole(width=100, force_terminal=True, color_system="standard")
    console.print(f"{ESCAPE}{CSI_OF_C1}{TO_THE_LEFT}x", style=style, markup=False, highlight=False)
    said = capsys.readouterr().out
    assert r"\x1b[31m\x9b31m\x202ex" in said
    assert "\x9b" not in said
    assert TO_THE_LEFT not in said


def test_json_holds_none_in_keys_values_and_other_objects(capsys):
    show_json({f"k{ESCAPE}": [TO_THE_LEFT, ("a", {"b": CSI_OF_C1})], "two": "lines\nof text"})
    told = json.loads(capsys.readouterr().out)
    assert told == {r"k\x1b[31m": [r"\x202e", ["a", {"b": r"\x9b31m"}]], "two": "lines\nof text"}


def test_what_is_no_text_stays_what_it_is():
    assert printable_all([1, 0.5, None, True]) == [1, 0.5, None, True]


def test_patients_are_named_on_a_terminal_or_when_asked_for(capsys):
    told = {"flags": [{"patient_id": "P1", "facility": "north"}], "moved": ({"patient_id": None},)}
    hidden = {"flags": [{"patient_id": "·", "facility": "north"}], "moved": [{"patient_id": None}]}
    assert for_reader(told, show_patients=True) == told
    assert for_reader(told, show_patients=False) == hidden
    assert "--show-patients" in capsys.readouterr().err
