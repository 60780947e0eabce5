"""Which rows of the rules are signed: by whose key, what a change or a fault of it takes away."""

import json
from dataclasses import replace

import pytest

from igwatch.base.error import IgwatchError
from igwatch.base.knowledge import COMMON_RULES
from igwatch.decision.sign import keep_signoff
from igwatch.site.sign_row import RuleSet, SignRow, rule_sets
from igwatch.site.signature_line import lines_of, signature_lines
from igwatch.site.signoff import check_signoff, checked_signoffs, signature_state, state_of_set
from igwatch.site.signoff_file import SignOffError, parse_signoff
from tests.home import SETTINGS, new_home
from tests.signing import BIOCHEMIST, IMMUNOLOGIST, allow, answered, new_key
from tests.transforms.parse.facility.test_own_rules import SIGNED as OWN_RULE
from tests.transforms.parse.facility.test_own_rules import written

UNSIGNED = "No clinician has signed these rules."


@pytest.fixture(scope="module")
def key(tmp_path_factory):
    return new_key(tmp_path_factory.mktemp("keys"), "immunologist")


@pytest.fixture(scope="module")
def other_key(tmp_path_factory):
    return new_key(tmp_path_factory.mktemp("keys"), "other")


@pytest.fixture
def home(tmp_path, key):
    home = new_home(tmp_path)
    allow(home, f"{IMMUNOLOGIST} {key.public}")
    return home


@pytest.fixture
def common(home):
    return rule_sets(home)[0]


def signed(path, key, common, n=3, **more):
    file = answered(path, common, common.rows[:n], **more)
    key.sign(file)
    return file


def states(home, rows=None):
    found = signature_state(home, SETTINGS).sets[0]
    return [row.state for row in found.rows][:rows]


def why_not(home, file):
    with pytest.raises(IgwatchError) as told:
        check_signoff(home, SETTINGS, file)
    return str(told.value)


def test_nobody_signed_until_somebody_did(home, common):
    assert set(states(home)) == {"unsigned"}
    assert signature_lines(home, SETTINGS) == {COMMON_RULES: UNSIGNED}


def test_every_sentence_number_limit_and_cause_is_a_row_and_each_has_a_name_of_its_own(common):
    kinds = [row.kind for row in common.rows]
    assert common.version == "2026.2"
    assert {kind: kinds.count(kind) for kind in dict.fromkeys(kinds)} == {
        "sentence": 103,
        "parameter": 81,
        "limit": 10,
        "cause": 82,
        "choice": 1,
    }
    assert len({(row.kind, row.item) for row in common.rows}) == len(common.rows)


def test_a_signature_that_holds_signs_its_rows_and_no_others(home, tmp_path, key, common):
    keep_signoff(home, SETTINGS, signed(tmp_path / "s.csv", key, common), "data team")
    assert states(home, 5) == ["signed"] * 3 + ["unsigned"] * 2
    assert signature_lines(home, SETTINGS) == {
        COMMON_RULES: f"3 of {len(common.rows)} rows of rules 2026.2 are signed "
        f"({IMMUNOLOGIST} on 30 Nov 2026); never signed: {len(common.rows) - 3}."
    }


def test_all_rows_signed_is_said_in_one_sentence(home, tmp_path, key, common):
    file = signed(tmp_path / "s.csv", key, common, n=len(common.rows))
    keep_signoff(home, SETTINGS, file, "data team")
    (line,) = signature_lines(home, SETTINGS).values()
    assert line == (
        f"All {len(common.rows)} rows of rules 2026.2 are signed: {IMMUNOLOGIST} on 30 Nov 2026."
    )
    readme = (home.root / "README.txt").read_text()
    assert line in readme
    assert (home.root / "README.txt").stat().st_mode & 0o777 == 0o600


def test_a_tampered_row_is_told_and_nothing_is_kept(home, tmp_path, key, common):
    file = signed(tmp_path / "s.csv", key, common, answer="not")
    file.write_bytes(file.read_bytes().replace(b'"not"', b'"agree"', 1))
    assert "not as it was when it was signed" in why_not(home, file)
    with pytest.raises(IgwatchError):
        keep_signoff(home, SETTINGS, file, "data team")
    assert not list(home.signoff.glob("*.csv"))
    assert set(states(home)) == {"unsigned"}


def test_a_file_changed_in_the_home_counts_no_more_and_is_told(home, tmp_path, key, common):
    keep_signoff(home, SETTINGS, signed(tmp_path / "s.csv", key, common), "data team")
    (kept,) = home.signoff.glob("*.csv")
    kept.write_bytes(kept.read_bytes().replace(common.rows[0].sha256.encode(), b"0" * 64))
    accepted, refused = checked_signoffs(home, SETTINGS)
    assert (len(accepted), len(refused)) == (0, 1)
    assert set(states(home)) == {"unsigned"}
    (line,) = signature_lines(home, SETTINGS).values()
    assert "1 sign-off is not accepted" in line


def test_a_sign_off_that_went_from_the_home_is_missed(home, tmp_path, key, common):
    keep_signoff(home, SETTINGS, signed(tmp_path / "s.csv", key, common), "data team")
    next(home.signoff.glob("*.csv")).unlink()
    state = signature_state(home, SETTINGS)
    assert len(state.gone) == 1
    assert "1 sign-off is gone from the home" in lines_of(state)[COMMON_RULES]


def test_another_key_is_not_accepted(home, tmp_path, other_key, common):
    file = signed(tmp_path / "s.csv", other_key, common)
    assert "no key of allowed_signers made this signature" in why_not(home, file)


def test_a_key_of_another_name_is_not_accepted(home, tmp_path, key, common):
    file = signed(tmp_path / "s.csv", key, common, signer=BIOCHEMIST)
    told = why_not(home, file)
    assert f"the file says {BIOCHEMIST}, its key is that of {IMMUNOLOGIST}" in told


@pytest.mark.parametrize(
    ("options", "why"),
    [
        ('valid-before="20251231"', "its key has expired"),
        ('valid-after="20991231"', "its key is not valid yet"),
        ('namespaces="git"', "its key may not sign rules"),
    ],
)
def test_a_key_out_of_its_time_or_place_is_told(home, tmp_path, key, common, options, why):
    allow(home, f"{IMMUNOLOGIST} {options} {key.public}")
    assert why in why_not(home, signed(tmp_path / "s.csv", key, common))


def test_a_key_that_expires_takes_its_signatures_away(home, tmp_path, key, common):
    keep_signoff(home, SETTINGS, signed(tmp_path / "s.csv", key, common), "data team")
    assert "signed" in states(home)
    allow(home, f'{IMMUNOLOGIST} valid-before="20251231" {key.public}')
    assert set(states(home)) == {"unsigned"}
    assert "expired" in str(checked_signoffs(home, SETTINGS)[1][0].fault)


def test_a_revoked_key_is_told(home, tmp_path, key, common):
    (home.signoff / "revoked_keys").write_text(f"{key.public}\n")
    assert "revoked" in why_not(home, signed(tmp_path / "s.csv", key, common))


def test_a_key_of_everybody_is_nobodys(home, tmp_path, key, common):
    allow(home, f"*@example.invalid {key.public}")
    told = why_not(home, signed(tmp_path / "s.csv", key, common))
    assert "nobody's name" in told


def test_a_signature_for_something_else_is_told(home, tmp_path, key, common):
    file = answered(tmp_path / "s.csv", common, common.rows[:1])
    key.sign(file, "git")
    assert "signed for something else" in why_not(home, file)


def test_no_signature_and_no_allowed_signers_are_told(home, tmp_path, key, common):
    file = answered(tmp_path / "s.csv", common, common.rows[:1])
    assert "it is not signed" in why_not(home, file)
    key.sign(file)
    (home.signoff / "allowed_signers").unlink()
    assert "nobody may sign" in why_not(home, file)


def test_a_machine_without_ssh_keygen_is_told_and_signs_nothing(
    home, tmp_path, key, common, monkeypatch
):
    keep_signoff(home, SETTINGS, signed(tmp_path / "s.csv", key, common), "data team")
    monkeypatch.setenv("PATH", str(tmp_path / "empty"))
    _, (refused,) = checked_signoffs(home, SETTINGS)
    assert "apt-get install openssh-client" in str(refused.fault)
    assert set(states(home)) == {"unsigned"}


def test_the_sites_own_file_of_signers_counts_where_it_is_set(home, tmp_path, key, common):
    theirs = tmp_path / "theirs"
    theirs.write_text(f"{IMMUNOLOGIST} {key.public}\n")
    allow(home)
    settings = SETTINGS.model_copy(update={"allowed_signers": theirs})
    file = signed(tmp_path / "s.csv", key, common)
    assert check_signoff(home, settings, file).answers[0].signer == IMMUNOLOGIST


def test_the_same_file_twice_is_told(home, tmp_path, key, common):
    file = signed(tmp_path / "s.csv", key, common)
    keep_signoff(home, SETTINGS, file, "data team")
    with pytest.raises(IgwatchError, match="already"):
        keep_signoff(home, SETTINGS, file, "data team")
    made = [json.loads(p.read_text()) for p in (home.ledger / "decision").glob("*-sign_off.json")]
    assert [(m["kind"], m["decided_by"], m["why"]) for m in made] == [
        ("sign_off", "data team", f"signed by {IMMUNOLOGIST}")
    ]


# --- rows and answers, without keys

ROW = SignRow("parameter", "*.x", {"value": 1.0})
SET = RuleSet(COMMON_RULES, "2026.2", (ROW,))


def answers(tmp_path, *said):
    """Each (answer, signer, hour, row) as one line of a file."""
    found = []
    for number, (answer, signer, hour, row) in enumerate(said):
        at = f"2026-11-30T{hour:02d}:00:00Z"
        file = answered(tmp_path / f"{number}.csv", SET, [row], signer, answer, at)
        found += parse_signoff(file.read_bytes(), file.name)
    return found


OLD = replace(ROW, content={"value": 2.0})


@pytest.mark.parametrize(
    ("said", "state"),
    [
        ([("agree", "a", 1, ROW)], "signed"),
        ([("not", "a", 1, ROW)], "not_agreed"),
        ([("not", "a", 1, ROW), ("agree", "a", 2, ROW)], "signed"),
        ([("agree", "a", 2, ROW), ("not", "a", 1, ROW)], "signed"),
        ([("agree", "a", 1, ROW), ("not", "a", 2, ROW)], "not_agreed"),
        ([("agree", "a", 1, ROW), ("not", "b", 1, ROW)], "not_agreed"),
        ([("agree", "a", 1, OLD)], "changed"),
        ([("not", "a", 1, OLD)], "changed"),
        ([("agree", "a", 2, OLD), ("agree", "b", 1, ROW)], "signed"),
        ([("not", "a", 2, OLD), ("agree", "a", 1, ROW)], "signed"),
        ([], "unsigned"),
    ],
)
def test_the_last_word_of_each_signer_on_the_row_as_it_is_decides(tmp_path, said, state):
    found = state_of_set(SET, answers(tmp_path, *said))
    assert [row.state for row in found.rows] == [state]


def test_an_answer_to_another_rule_set_counts_for_none(tmp_path):
    theirs = RuleSet("north", "2026.2+north:1", (ROW,))
    assert state_of_set(theirs, answers(tmp_path, ("agree", "a", 1, ROW))).rows[0].state == (
        "unsigned"
    )


def test_a_changed_row_is_named(home, tmp_path, key, common):
    row = next(r for r in common.rows if r.item == "*.min_interval_days")
    before = replace(row, content={**row.content, "value": 21.0})
    file = answered(tmp_path / "s.csv", common, [before])
    key.sign(file)
    keep_signoff(home, SETTINGS, file, "data team")
    (line,) = signature_lines(home, SETTINGS).values()
    assert "changed since they were signed: parameter *.min_interval_days" in line


def test_a_facility_with_rules_of_its_own_is_a_rule_set(home):
    written(home.facility, OWN_RULE)
    (home.facility / "north.yaml").write_text("")
    common, north = rule_sets(home)
    assert north.name == "north"
    assert north.version.startswith(f"{common.version}+north:")
    assert [row.kind for row in north.rows] == ["choice", "choice", "parameter"]


def test_what_a_row_shows_decides_its_digest():
    assert ROW.sha256 != OLD.sha256
    assert ROW.sha256 == SignRow("parameter", "*.x", {"value": 1.0}).sha256
    assert replace(ROW, item="*.y").sha256 != ROW.sha256


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"a,b\n1,2\n", "line 1: header must be"),
        (b"\xff\xfe", "no CSV in UTF-8"),
        ("HEAD", "answers nothing"),
        ('*,1,parameter,x,{sha},maybe,,a,2026-11-30T10:00:00Z', "line 2, answer: agree or not"),
        ("*,1,parameter,x,abc,agree,,a,2026-11-30T10:00:00Z", "line 2, sha256: 64 hex digits"),
        ("*,1,parameter,x,{sha},agree,,,2026-11-30T10:00:00Z", "line 2, signer: nobody"),
        ("*,1,parameter,x,{sha},agree,,a,yesterday", "line 2, signed_at: no date and time"),
        ("*,1,parameter,x,{sha},agree,,a", "line 2: it has not 9 cells"),
        ("*,1,p,x,{sha},agree,,a,2026-11-30\n*,1,p,y,{sha},agree,,b,2026-11-30", "several signers"),
    ],
)  # fmt: skip
def test_a_file_that_no_page_saved_is_told_by_line_and_field(content, told):
    if isinstance(content, str):
        head = "rule_set,rule_version,kind,item,sha256,answer,comment,signer,signed_at\n"
        rest = "" if content == "HEAD" else content.replace("{sha}", "0" * 64) + "\n"
        content = (head + rest).encode()
    with pytest.raises(SignOffError, match=told):
        parse_signoff(content, "signoff.csv")


def test_the_apostrophe_before_a_formula_comes_off(tmp_path):
    file = answered(tmp_path / "s.csv", SET, [ROW], comment="'=1+1")
    assert parse_signoff(file.read_bytes(), "s.csv")[0].comment == "=1+1"
