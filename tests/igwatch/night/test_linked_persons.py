"""One woman in two hospitals: a repeat that was done in the other one is no overdue repeat."""

import json
import stat

import pytest

from igwatch.command.night_result import read_live
from igwatch.decision.forget import Asked, forget
from igwatch.site.link_file import keep_links, read_links
from tests.home import RESULTS_HEADER, ask, deliver, new_home
from tests.igwatch.command_line import command
from tests.igwatch.decision.forgetting_home import settings
from tests.igwatch.nights import quick_night
from warehouse.access_ledger import accesses

LINKS = (
    "facility,assigning_authority,patient_id,linked_facility,linked_assigning_authority,"
    "linked_patient_id,valid_from,valid_to,decided_by\n"
)
NATIONAL = """\
national_identifier: {scheme: nhs_number}
columns: {national_number: NHS No}
"""
NHS_NUMBER = {"N3": "943 476 5005", "S3": "9434765005"}  # and nobody else's
BORN = dict.fromkeys(NHS_NUMBER, "1979-03-02")


def panel(patient: str, authority: str, day: str, igg: str, iga: str, igm: str) -> str:
    person = f"{patient},{authority},{BORN.get(patient, '1989-01-05')},F,,,serum,{day},{day}"
    return "".join(
        f"{person},{code},LN,,{value},g/L,,,F,,,{NHS_NUMBER.get(patient, '')}\n"
        for code, value in (("2465-3", igg), ("2458-8", iga), ("2472-9", igm))
    )


def states(home) -> dict[str, str]:
    query = "SELECT patient_id, status FROM flag.patient_flag WHERE rule_id LIKE 'selective%'"
    return dict(ask(home, query))


@pytest.mark.heavy
def test_a_repeat_in_the_other_hospital_is_no_overdue_repeat_as_long_as_the_link_holds(tmp_path):
    """On 2024-08-03, by hand from the rules: 206 days after a low IgM of 2024-01-10 a repeat is overdue
    (183 to 365 days); the low of 2024-04-20 alone waits for one (90 to 183). Together they are two
    counted lows, 101 days apart: persistent (at least 90). A normal repeat ends the wait: of another
    laboratory it must reach 1.4 times the lowest lower limit, 1.25 times the highest (0.40, 0.50).
    N3 and S3 are as N1 and S1, and one by the number that both feeds send in a column."""
    home = new_home(tmp_path)
    north = panel("N1", "NORTH", "2024-01-10", "10.2", "1.9", "0.21")
    north += panel("N2", "NORTH", "2024-01-10", "10.2", "1.9", "0.21")
    north += panel("N3", "NORTH", "2024-01-10", "10.2", "1.9", "0.21")
    south = panel("S1", "SOUTH", "2024-04-20", "9.8", "1.8", "0.19")
    south += panel("S2", "SOUTH", "2024-04-20", "9.8", "1.8", "1.10")
    south += panel("S3", "SOUTH", "2024-04-20", "9.8", "1.8", "0.19")
    for facility, rows in (("north", north), ("south", south)):
        (home.facility / f"{facility}.yaml").write_text(NATIONAL, encoding="utf-8")
        deliver(home, facility, "a.csv", f"{RESULTS_HEADER},NHS No\n{rows}")
    link = "north,NORTH,N{0},south,SOUTH,S{0},2024-08-01,2024-08-02,d.doe\n"
    home.link.write_text(LINKS + link.format(1) + link.format(2), encoding="utf-8")
    quick_night(home, "2024-08-02")
    assert states(home) == {"N1": "persistent", "N2": "resolved", "N3": "persistent"}
    assert ask(
        home,
        "SELECT facility, patient_id, count(*) FROM core.measurement WHERE patient_key IN "
        "(SELECT patient_key FROM core.patient WHERE patient_id = 'N1') GROUP BY ALL ORDER BY ALL",
    ) == [("north", "N1", 3), ("south", "S1", 3)]
    assert ask(home, "SELECT count(*) FROM core.patient") == [(3,)]

    quick_night(home, "2024-08-03")  # the day after the last
    parted = {"N1": "repeat_overdue", "N2": "repeat_overdue", "S1": "repeat_due"}
    assert states(home) == parted | {"N3": "persistent"}

    # a slip in the header parts nobody: the links that were last good hold
    home.link.write_text(LINKS + link.format(1).replace("08-02", "12-31"), encoding="utf-8")
    keep_links(home)
    unknown = "north,NORTH,N9,south,SOUTH,S9,,,d.doe\n"
    home.link.write_text(home.link.read_text(encoding="utf-8") + unknown, encoding="utf-8")
    keep_links(home)
    home.link.write_text("who,whom\n", encoding="utf-8")
    quick_night(home, "2024-08-04")
    assert states(home) == {"N1": "persistent", "N2": "repeat_overdue", "N3": "persistent"}
    (of_file, of_line) = read_live(home)["links_refused"]
    assert of_file.startswith("link.csv, line 1: header must be assigning_authority,")
    assert of_file.endswith("; the links of the night before hold")
    assert of_line.startswith("link.csv, line 3, patient_id (A9): no result and no message of the")

    # who asks to be forgotten is forgotten under the number that was asked for; the linked one stays
    asked = Asked("N1", "north", None, "asked for it", "d.doe")
    gone = forget(home, settings(tmp_path), asked, lambda step: None, is_dry=True)
    assert (gone["identifiers"], gone["linked_identifiers_that_stay"]) == (1, 1)

    # what is left may be one person's as far as raw tells; a person decides, and nothing is linked
    before = home.link.read_bytes()
    out = tmp_path / "compare.csv"
    told = command(home, "suggest-links", "--out", str(out), "--why", "repeat overdue", "--json")
    assert told.returncode == 0, told.stderr
    pairs = [(row["patient_id"], row["linked_patient_id"]) for row in json.loads(told.stdout)]
    assert sorted(map(sorted, pairs)) == [["N1", "S2"], ["N2", "S2"]]
    # 0.05 of 4 records; one day of 20,000, one sex of two: 0.0125 / 0.9875 * 19,000 * 1.98 = 476 to 1
    found = [row["probability"] for row in json.loads(told.stdout)]
    assert found == [pytest.approx(476 / 477, abs=1e-5)] * 2
    assert stat.S_IMODE(out.stat().st_mode) == 0o600
    assert {line["reason_code"] for line in read_links(out).to_pylist()} == {"link_undecided"}
    assert home.link.read_bytes() == before
    assert [(a.command, a.why) for a in accesses(home.root)] == [
        ("suggest-links", "repeat overdue")
    ]
