"""A draw from a whole night: forms that name nobody and show no state, answers scored, all private."""

from __future__ import annotations

import csv
import json
import re
import stat

import pytest

from igwatch.decision.sign import keep_signoff
from igwatch.site.home import Home
from igwatch.site.sign_row import rule_sets
from igwatch.validation.frame import flagged_states
from samples.demo_nights import deliver, write_samples
from tests.home import SETTINGS, ask, new_home, night
from tests.igwatch.command_line import command
from tests.signing import IMMUNOLOGIST, allow, answered, new_key
from warehouse.access_ledger import accesses

pytestmark = pytest.mark.heavy
N = "40"


@pytest.fixture(scope="module")
def home(tmp_path_factory) -> Home:
    """The demo's first night, after a clinician signed five rows of the rules."""
    folder = tmp_path_factory.mktemp("validate")
    home, key = new_home(folder), new_key(folder, "immunologist")
    common = rule_sets(home)[0]
    allow(home, f"{IMMUNOLOGIST} {key.public}")
    file = answered(folder / "signoff.csv", common, common.rows[:5])
    keep_signoff(home, SETTINGS, file, "data team", key.private)
    first = write_samples(home.root).nights[0]
    deliver(home.root, first)
    night(home, first.as_of.isoformat())
    return home


@pytest.fixture(scope="module")
def drawn(home) -> dict:
    done = command(home, "validate", "draw", "--n", N, "--seed", "7", "--json")
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


def key_of(home, drawn):
    return json.loads((home.validation / f"{drawn['draw']}.json").read_text())


def test_who_signed_stands_on_reports_lists_and_explain(home):
    said = f"5 of {len(rule_sets(home)[0].rows)} rows of rules 2026.2 are signed ({IMMUNOLOGIST}"
    reports = [p for p in home.reports.glob("latest-*.html") if "quality" not in p.name]
    for page in [*reports, home.reports / "latest-quality.html"]:
        assert said in page.read_text(), page.name
        assert "No clinician has signed" not in page.read_text()
    lists = [list(csv.DictReader(p.open(encoding="utf-8-sig"))) for p in home.reports.glob("*.csv")]
    assert any(rows for rows in lists)
    assert all(row["signatures"].startswith(said) for rows in lists for row in rows)
    ((patient,),) = ask(home, "SELECT min(patient_id) FROM flag.patient_flag")
    told = json.loads(command(home, "explain", patient, "--json").stdout)
    assert told["signatures"][0].startswith(said)
    assert said in (home.root / "README.txt").read_text()


def test_unflagged_patients_are_drawn_and_every_state_is(home, drawn):
    people = key_of(home, drawn)["forms"]
    assert len({row["patient_key"] for row in people}) == len(people) == int(N)
    states = {
        rule: {s["states"][rule] for s in key_of(home, drawn)["strata"]}
        for rule in ("hyper_igm", "selective_igm_deficiency")
    }
    published = ask(home, "SELECT DISTINCT rule_id, status FROM flag.patient_flag")
    assert {(r, s) for r, found in states.items() for s in found} >= set(published)
    nobody = "hyper_igm no_evidence; selective_igm_deficiency no_evidence"
    assert sum(row["stratum"] == nobody for row in people) > 10


def test_the_forms_name_nobody_and_show_no_state_and_no_day(home, drawn):
    people = key_of(home, drawn)["forms"]
    born = {str(day) for (day,) in ask(home, "SELECT DISTINCT birth_date FROM core.patient")}
    words = {row["patient_id"] for row in people} | {row["patient_key"] for row in people}
    words |= {row["assigning_authority"] for row in people} | born | {"candidate", "persistent"}
    words |= {
        "repeat_due",
        "no_evidence",
        "not_selective",
        "excluded_secondary",
        "definite_pattern",
    }
    for path in (home.reports / "validation" / drawn["draw"]).iterdir():
        text = path.read_text(encoding="utf-8")
        text = re.sub(
            r"<style>.*?</style>|<script>.*?</script>|content=\"[^\"]*\"", "", text, flags=re.S
        )
        text = text.replace(drawn["draw"], "")
        found = {word for word in words if word and re.search(rf"\b{re.escape(word)}\b", text)}
        assert found == set(), path.name
        assert re.findall(r"\b(?:19|20)\d\d-\d\d-\d\d\b", text) == [], path.name


def test_forms_and_key_are_the_owners_alone_and_who_drew_is_kept(home, drawn):
    folder = home.reports / "validation" / drawn["draw"]
    files = [*folder.iterdir(), *home.validation.iterdir()]
    assert {path.name for path in folder.iterdir()} == {
        *("reader-1.html", "reader-1.csv", "reader-2.html", "reader-2.csv"),
        *("result.csv", "known.csv"),
    }
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert {stat.S_IMODE(p.stat().st_mode) for p in (folder, home.validation)} == {0o700}
    made = [a for a in accesses(home.root) if a.command == "validate draw"]
    assert [(a.what, len(a.patients)) for a in made] == [
        (drawn["draw"], len({row["patient_id"] for row in key_of(home, drawn)["forms"]}))
    ]


def test_a_draw_is_made_once(home, drawn):
    done = command(home, "validate", "draw", "--n", N, "--seed", "7")
    assert done.returncode == 1
    assert "was drawn before" in done.stderr


def test_readers_who_agree_with_every_flag_find_no_fault_and_a_disagreement_is_listed(
    home, drawn, tmp_path
):
    """Reader 1 says yes of whom igwatch flags and of nobody else; reader 2 differs on one form."""
    strata = {s["stratum"]: s["states"] for s in key_of(home, drawn)["strata"]}
    by_form = {row["form"]: strata[row["stratum"]] for row in key_of(home, drawn)["forms"]}
    folder = home.reports / "validation" / drawn["draw"]
    files = []
    for reader in ("reader-1", "reader-2"):
        rows = list(csv.DictReader((folder / f"{reader}.csv").open(newline="")))
        assert len(rows) == 2 * int(N)
        for row in rows:
            is_flagged = by_form[row["form"]][row["rule_id"]] in flagged_states()
            row["answer"] = "yes" if is_flagged else "no"
        if reader == "reader-2":
            rows[0]["answer"] = "unclear"
        files.append(tmp_path / f"{reader}.csv")
        with files[-1].open("w", newline="") as file:
            writer = csv.DictWriter(file, rows[0])
            writer.writeheader()
            writer.writerows(rows)
    told = json.loads(command(home, "validate", "score", *map(str, files), "--json").stdout)
    (sigmd,) = [r for r in told["rules"] if r["rule_id"] == "selective_igm_deficiency"]
    for measure in sigmd["together"].values():
        assert measure["high"] == 1.0
        assert measure["value"] in (1.0, None)
    disagreed = [r["disagreements"] for r in told["rules"] if r["disagreements"]]
    assert disagreed == [[{"form": rows[0]["form"], "reader-1": disagreed[0][0]["reader-1"],
                           "reader-2": "unclear"}]]  # fmt: skip
    shown = command(home, "validate", "score", *map(str, files))
    assert shown.returncode == 0
    assert "too few to say" in shown.stdout
    assert "Cohen's kappa" in shown.stdout


def test_forms_of_another_home_are_told(home, tmp_path):
    path = tmp_path / "reader.csv"
    path.write_text("draw,form,rule_id,answer,reader,answered_at,note\n../x,F1,r,yes,a,,\n")
    done = command(home, "validate", "score", str(path))
    assert done.returncode == 1
    assert "key is not in this home" in done.stderr
