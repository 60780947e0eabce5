"""docs/facility.md against the models that read a facility's files: every key, column and box."""

from __future__ import annotations

import re

import pytest
import yaml

from igwatch.site.facility_knowledge import own_limits
from igwatch.site.home import home_at
from tests.docs.page import SPAN, page
from tests.transforms.parse.delivery import delivered
from transforms.knowledge import load_knowledge
from transforms.parse.facility import own_measuring
from transforms.parse.facility.canonical_file import (
    EXPOSURES,
    MERGES,
    PATIENTS,
    RESULTS,
    REVIEWS,
    FileKind,
)
from transforms.parse.facility.code_map import LocalCode, UnitDefault
from transforms.parse.facility.column_map import WideColumn
from transforms.parse.facility.exposure_keys import MEANINGS
from transforms.parse.facility.facility import (
    Facility,
    FacilityError,
    IdentifierRule,
    load_facility,
)
from transforms.parse.facility.own_exposures import OPTIONAL, REQUIRED, read_exposure_map
from transforms.parse.facility.own_limits import COLUMNS as LIMIT_COLUMNS
from transforms.parse.facility.own_rules import COLUMNS as RULE_COLUMNS
from transforms.parse.facility.own_rules import read_overrides

PAGE = page("docs/facility.md")
EXAMPLES = sorted((PAGE.path.parent / "facility").glob("*.yaml"))
KEYS = {row[0].strip("`"): row for row in PAGE.section("Keys").tables()[0][1:]}
# words of the page that stand for what a site writes
PLACEHOLDERS = {"HEADER": "Unit", "...": "2472-9"}


def first_cells(table: list[list[str]]) -> list[str]:
    """The code words in the first column of a table."""
    return [word for row in table[1:] for word in SPAN.findall(row[0])]


def paragraph(kind: FileKind) -> str:
    """What the page says of a sort of delimited file."""
    found = re.search(rf"\*\*{kind.name}\*\*: (.+?)\n\n", PAGE.text + "\n\n", re.DOTALL)
    assert found, f"docs/facility.md does not say what {kind.name} hold"
    return found[1]


def test_the_table_of_keys_is_that_of_the_model():
    assert KEYS.keys() == Facility.model_fields.keys() - {"name"}


@pytest.mark.parametrize("key", sorted(KEYS))
def test_what_a_key_is_when_left_out_is_what_the_model_takes(key):
    stated = SPAN.fullmatch(KEYS[key][2])
    default = getattr(Facility(name="north"), key)
    if stated:
        assert stated[1] in (default, "+".join(default or ()))
    else:
        assert default is None or not isinstance(default, str)


@pytest.mark.parametrize(
    ("key", "model"),
    [("code_map", LocalCode), ("unit_default", UnitDefault), ("identifier", IdentifierRule)],
)
def test_every_key_below_a_key_is_said(key, model):
    """`analyte` is what the page calls `igm`: nobody needs to write the key."""
    below = set(model.model_fields) - {"analyte"}
    assert {name for name in below if not re.search(rf"\b{name}\b", KEYS[key][1])} == set()


def test_the_keys_of_a_wide_column_are_those_of_the_model():
    (table,) = PAGE.section("Wide files").tables()
    assert set(first_cells(table)) == set(WideColumn.model_fields)


def test_the_columns_of_results_are_those_that_are_read():
    table = next(t for t in PAGE.section("Delimited files").tables() if t[0][0] == "column")
    assert set(first_cells(table)) == set(RESULTS.columns)


@pytest.mark.parametrize(
    "kind", [RESULTS, EXPOSURES, MERGES, REVIEWS, PATIENTS], ids=lambda k: k.name
)
def test_what_a_file_must_hold_is_what_is_required(kind):
    required = re.split(r" (?:is|are) required", paragraph(kind))[0]
    named = SPAN.findall(re.sub(r"\([^)]*\)", "", required))
    assert set(named) == {name for names in kind.required for name in names}


@pytest.mark.parametrize("kind", [EXPOSURES, MERGES, REVIEWS, PATIENTS], ids=lambda k: k.name)
def test_every_column_of_a_file_is_said(kind):
    assert set(kind.columns) <= set(SPAN.findall(paragraph(kind)))


def test_the_values_of_a_review_are_those_of_the_knowledge():
    knowledge = load_knowledge()
    said = set(SPAN.findall(paragraph(REVIEWS)))
    assert set(knowledge["verdict"]["verdict"].to_pylist()) <= said
    rules = set(knowledge["rule_parameter"]["rule_id"].to_pylist()) - {"*"}
    assert rules <= said


def test_every_example_is_in_the_table_and_every_one_in_the_table_is_there():
    linked = {link for link in PAGE.links() if link.endswith(".yaml")}
    assert linked == {f"facility/{path.name}" for path in EXAMPLES}


def test_the_examples_show_every_key():
    shown = {key for path in EXAMPLES for key in yaml.safe_load(path.read_text(encoding="utf-8"))}
    assert shown == set(KEYS)


@pytest.mark.parametrize("path", EXAMPLES, ids=[path.stem for path in EXAMPLES])
def test_the_rows_that_an_example_shows_are_read_and_none_is_refused(tmp_path, path):
    example = load_facility(path.parent, path.stem)
    settings = example.model_dump(mode="json", exclude={"name"})
    for name, rows in shown_files(path.read_text(encoding="utf-8")):
        found = delivered(tmp_path, rows.encode(example.encoding or "utf-8"), name=name, **settings)
        refused = [row["reason_code"] for row in found.pop("reject")]
        # a title above the headers is a remark
        assert set(refused) <= {"footer_row", "header_repeated"}, refused
        assert any(found[table] for table in ("observation", "exposure", "merge", "patient"))


def shown_files(text: str) -> list[tuple[str, str]]:
    """The files that the comments of an example draw, each a run of indented lines, and the name
    that the comment before it gives: `list_*.csv`."""
    runs = [*re.finditer(r"(?:^#   .+\n)+", text, re.MULTILINE)]
    begins = [0, *(run.end() for run in runs)]
    return [
        (
            (re.findall(r"[\w*]+\.csv", text[begin : run.start()]) or ["results.csv"])[-1],
            "".join(line[4:] + "\n" for line in run[0].splitlines()),
        )
        for begin, run in zip(begins, runs, strict=False)
    ]


SNIPPETS = [
    text
    for text in PAGE.spans()
    if re.match(rf"(?:{'|'.join([*KEYS, *WideColumn.model_fields])}): ?[^ ]", text)
]


@pytest.mark.parametrize("snippet", SNIPPETS)
def test_every_line_of_yaml_is_taken(tmp_path, snippet):
    for word, meant in PLACEHOLDERS.items():
        snippet = snippet.replace(word, meant)
    key = snippet.split(":")[0]
    text = snippet
    if key not in KEYS:
        text = f"columns: {{results: [{{value: IgM, code: igm, {snippet}}}]}}"
    (tmp_path / "north.yaml").write_text(text + "\n", encoding="utf-8")
    assert load_facility(tmp_path, "north") != Facility(name="north")


def test_there_are_lines_of_yaml():
    assert len(SNIPPETS) >= 2


def test_the_fault_that_the_page_quotes_is_told_so(tmp_path):
    (quoted,) = [text for text in PAGE.spans() if text.startswith("north.yaml, line ")]
    line = int(re.findall(r"line (\d+)", quoted)[0])
    text = "# nothing\n" * (line - 2) + "columns:\n  pateint_id: MRN\n"
    (tmp_path / "north.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(FacilityError) as told:
        load_facility(tmp_path, "north")
    assert str(told.value) == quoted


def csv_box(header: tuple[str, ...]) -> str:
    """The box with this header."""
    (box,) = [b for b in PAGE.boxes("csv") if b.splitlines()[0] == ",".join(header)]
    return box


def test_the_rules_that_the_page_shows_are_taken(tmp_path):
    (tmp_path / "north.rules.csv").write_text(csv_box(RULE_COLUMNS), encoding="utf-8")
    rules = read_overrides(tmp_path, "north", load_knowledge()["rule_parameter"]).to_pylist()
    assert [row["parameter"] for row in rules] == ["min_interval_days"]


def test_the_limits_that_the_page_shows_are_taken(tmp_path):
    home = home_at(tmp_path).prepare()
    box = csv_box(LIMIT_COLUMNS)
    (home.facility / "north.limits.csv").write_text(box, encoding="utf-8")
    (home.facility / "north.yaml").write_text("reference_set: NORTH_2024\n", encoding="utf-8")
    limits = own_limits(home, [load_facility(home.facility, "north")])
    assert set(limits["table_id"].to_pylist()) == {"NORTH_2024"}


def test_what_the_page_says_is_to_be_measured_is_taken(tmp_path):
    header = (*own_measuring.REQUIRED, *own_measuring.OPTIONAL)
    (tmp_path / "north.measuring.csv").write_text(csv_box(header), encoding="utf-8")
    rows = own_measuring.read_measuring(tmp_path, "north").to_pylist()
    assert [row["within_days"] for row in rows] == [None, 200]


def test_the_exposures_that_the_page_shows_are_taken(tmp_path):
    path = tmp_path / "north.exposures.csv"
    path.write_text(csv_box(REQUIRED), encoding="utf-8")
    found = read_exposure_map(tmp_path, "north").to_pylist()
    assert [row["exposure_group"] for row in found] == ["b_cell_malignancy", "anti_cd20", None]
    path.write_text(csv_box((*REQUIRED, *OPTIONAL)), encoding="utf-8")
    found = read_exposure_map(tmp_path, "north").to_pylist()
    assert [row["target_code"] for row in found] == ["L04AX03", "L04AX03"]
    assert len(PAGE.boxes("csv")) == 5, "every box of the page is tried"


def test_the_columns_of_exposures_are_told_and_no_others():
    (table,) = PAGE.section("Exposures").tables()
    told = set(first_cells(table))
    assert told < set(EXPOSURES.columns)
    common = {"patient_id", "assigning_authority", "kind", "code", "code_system", "name"}
    assert set(EXPOSURES.columns) - told == common


def test_every_meaning_of_an_exposures_standing_is_told():
    (table,) = PAGE.section("How an exposure stands").tables()
    assert sorted(first_cells(table)) == sorted(MEANINGS)
