"""`igwatch preview`: what would become of a file, without writing into the home."""

from pathlib import Path

import pytest

from igwatch.preview import preview_file
from samples.feeds import nights, write_samples
from tests.home import SETTINGS, new_home


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    home = new_home(tmp_path_factory.mktemp("preview"))
    write_samples(home.root)
    return home


@pytest.mark.parametrize("facility", ["lakeside", "northgate", "riverside"])
def test_every_result_is_accounted_for_and_nothing_is_written(home, tmp_path, facility):
    night = nights()[4]
    name, content = next(
        (n, c)
        for f, n, c in night.files
        if (f == facility and b"OBX" in c) or (f == facility and "results" in n)
    )
    file = tmp_path / name
    file.write_bytes(content)
    before = sorted(home.root.rglob("*"))
    seen = preview_file(file, facility, home, SETTINGS)
    held = sum(r["n_results"] for r in seen["rejects"])
    read = sum(d["n"] for d in seen["dispositions"])
    assert seen["n_results"] == read + held + seen["n_results_skipped"] > 0
    assert all(d["reason"] for d in seen["dispositions"] if d["reason_code"])
    assert sorted(home.root.rglob("*")) == before


GOLDEN = sorted((Path(__file__).parents[1] / "transforms/parse/golden").glob("*.hl7"))
ONE_IN = 10  # of the golden files; the others in `make preview-golden`


@pytest.mark.parametrize(
    "golden",
    [
        pytest.param(file, id=file.stem, marks=() if n % ONE_IN == 0 else pytest.mark.heavy)
        for n, file in enumerate(GOLDEN)
    ],
)
def test_every_golden_message_can_be_previewed(home, golden):
    seen = preview_file(golden, "north", home, SETTINGS)
    held = sum(r["n_results"] for r in seen["rejects"])
    read = sum(d["n"] for d in seen["dispositions"])
    assert seen["n_results"] == read + held + seen["n_results_skipped"]
    assert seen["format"] in ("hl7v2", "unreadable")
    assert all(d["reason"] for d in seen["dispositions"] if d["reason_code"])
    assert all(r["reason"] and r["mend"] for r in seen["rejects"])
