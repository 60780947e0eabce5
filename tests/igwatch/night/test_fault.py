"""What dashboards read of a fault of settings or inbox: where it is, and nothing that a feed sent."""

import pytest

from igwatch.night.fault import Fault

LATER = "new files wait until it is mended; status/run.json says what it is"


@pytest.mark.parametrize(
    ("about", "text", "told"),
    [
        (
            "settings",
            "north.yaml, line 3: key code_map.IgM of Zebedee Quill: stated twice, first on line 2",
            "north.yaml, line 3",
        ),
        ("settings", "north.exposures.csv, line 9: 'mother of Zebedee: 1956'", "north.exposures.csv, line 9"),
        ("settings", "north.yaml: not UTF-8; save the file as UTF-8", "north.yaml"),
        ("inbox", "inbox/north, 1 file: lies in a folder that cannot be listed", "inbox/north"),
    ],
)  # fmt: skip
def test_everybody_is_told_where_and_no_text_or_count(about, text, told):
    assert Fault("north", about, text).told == f"{told}: {LATER}"
