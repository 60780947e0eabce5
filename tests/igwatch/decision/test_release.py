"""A delivery that a critical check withheld is let through by hand: once, in the open, with a name."""

import json
from collections.abc import Iterable

import pytest

from igwatch.base.error import PipelineError
from igwatch.decision.release import release_delivery, withheld_files
from tests.home import RESULTS_HEADER, ask, contents, deliver, new_home, night
from tests.igwatch.command_line import command

pytestmark = pytest.mark.heavy

CODES = {"IgG": ("2465-3", "9.1"), "IgA": ("2458-8", "1.4"), "IgM": ("2472-9", "0.21")}
# the two whose flag says the opposite stay held, whoever lets the delivery through
NEW = [f"P{number}" for number in range(20, 28)]
WHY = "the laboratory telephoned: the others are right"


def file(*patients: str, mark: str = "") -> str:
    """A low IgM panel of each patient, as a canonical file; `mark` is the laboratory's verdict."""
    return f"{RESULTS_HEADER}\n{_lines(patients, mark)}"


def contradicted(first: int) -> str:
    """Ten patients whose IgM is low; for two of them the laboratory that measured it says high."""
    patients = [f"P{number}" for number in range(first, first + 10)]
    return file(*patients[:8], mark="L") + _lines(patients[8:], mark="H")


def _lines(patients: Iterable[str], mark: str) -> str:
    return "".join(
        f"{patient},LAB,1989-03-05,F,,,serum,2024-01-10,,{code},LN,{name},{value},g/L,,"
        f"{mark if name == 'IgM' else ''},F,,\n"
        for patient in patients
        for name, (code, value) in CODES.items()
    )


def flagged(home) -> list[str]:
    return [p for (p,) in ask(home, "SELECT patient_id FROM flag.patient_flag ORDER BY 1")]


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    """North's second delivery contradicts its laboratory: withheld, released by hand, then another
    such delivery comes. What each moment showed."""
    home, seen = new_home(tmp_path_factory.mktemp("release")), {}
    deliver(home, "north", "first.csv", file("ann"))
    night(home, "2024-01-20")
    deliver(home, "north", "second.csv", contradicted(20))
    deliver(home, "south", "first.csv", file("cem"))
    seen["withheld"] = night(home, "2024-01-21").withheld
    seen["without"] = flagged(home)
    seen["list"] = json.loads(command(home, "release", "--json").stdout)
    seen["why"] = command(home, "release", "north")
    seen["by"] = command(home, "release", "north", "--why", WHY, "--by", "j.doe")
    seen["twice"] = command(home, "release", "north", "--why", WHY)
    seen["again"] = night(home, "2024-01-21")
    seen["with"] = flagged(home)
    seen["table"] = ask(
        home, "SELECT facility, released_by, why, is_tonight FROM quality.release ORDER BY ALL"
    )
    seen["notes"] = ask(
        home,
        "SELECT DISTINCT patient_id, quality_note FROM flag.evidence "
        "JOIN core.patient USING (patient_key) ORDER BY ALL",
    )
    seen["clinic"] = (home.reports / "latest-north.html").read_text(encoding="utf-8")
    seen["quality"] = (home.reports / "latest-quality.html").read_text(encoding="utf-8")
    seen["twin"] = night(home, "2024-01-21").generation.run_id, contents(home)
    seen["once"] = seen["again"].generation.run_id, contents(home)
    deliver(home, "north", "third.csv", contradicted(40))
    seen["later"] = night(home, "2024-01-22").withheld
    seen["later_table"] = ask(home, "SELECT facility, is_tonight FROM quality.release")
    seen["later_flags"] = flagged(home)
    return home, seen


def test_a_withheld_delivery_is_listed_with_its_night(told):
    _, seen = told
    assert seen["withheld"] == ("north",)
    assert seen["without"] == ["ann", "cem"]
    (row,) = seen["list"]["withheld"]
    assert (row["facility"], row["files"], row["withheld_on"]) == ("north", 1, "2024-01-21")
    assert seen["list"]["released"] == []


def test_a_release_needs_a_reason_and_is_made_once(told):
    _, seen = told
    assert seen["why"].returncode == 2
    assert seen["by"].returncode == 0
    assert "1 files of north, recorded for j.doe; next: igwatch run" in seen["by"].stdout
    assert seen["twice"].returncode == 1
    assert "nothing of north is withheld" in seen["twice"].stderr


def test_a_released_delivery_goes_through_at_the_next_run(told):
    _, seen = told
    assert seen["again"].withheld == ()
    assert seen["with"] == [*NEW, "ann", "cem"]


def test_a_release_is_told_in_table_report_page_and_evidence(told):
    _, seen = told
    assert seen["table"] == [("north", "j.doe", WHY, True)]
    assert WHY in seen["clinic"]
    assert WHY in seen["quality"]
    notes = dict(seen["notes"])
    assert notes["ann"] is None
    assert "failed a critical check and was let through by j.doe on" in notes["P21"]


def test_the_night_of_a_release_twice_is_one_generation(told):
    _, seen = told
    assert seen["twin"] == seen["once"]


def test_a_release_is_for_that_delivery_and_not_for_ever(told):
    _, seen = told
    assert seen["later"] == ("north",)
    assert seen["later_table"] == [("north", False)]
    assert seen["later_flags"] == [*NEW, "ann", "cem"]


def test_a_reason_that_names_a_patient_or_says_nothing_is_refused(told):
    home, _ = told
    assert withheld_files(home).keys() == {"north"}
    for why, by, said in (
        ("P45, who is right", "j.doe", "--why holds the identifier of a patient"),
        (WHY, "p45", "--by holds the identifier of a patient"),
        ("  ", "j.doe", "--why is empty"),
    ):
        with pytest.raises(PipelineError, match=said):
            release_delivery(home, "north", why, by)
    with pytest.raises(PipelineError, match="withheld facilities: north"):
        release_delivery(home, "south", WHY, "j.doe")
    assert withheld_files(home).keys() == {"north"}
