"""Who may import whom (DESIGN 3), and what no code may hold."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {"transforms", "expectations", "warehouse", "reports", "samples", "igwatch", "dags"}
MAY_IMPORT = {
    "transforms": {"transforms"},
    "expectations": {"expectations"},
    "warehouse": {"warehouse"},
    "reports": {"reports"},
    "samples": {"samples"},
    "igwatch": ROOMS - {"dags"},
    "dags": ROOMS,
}
CHAPTERS = [
    *("run", "knowledge", "raw"),
    *("lookup", "identity", "exposure", "result", "panel", "core", "level", "flag", "mart"),
    *("tally", "delivery", "quality"),
]
# who somebody is after merges, and what exposures mean, are published in core and needed before it
READ_BACK = {"core.patient_alias", "core.exposure"}
LOINC = re.compile(r"\b\d{3,5}-\d\b")


def python_files(*rooms: str) -> list[Path]:
    return sorted(path for room in rooms for path in (ROOT / room).rglob("*.py"))


def imports_of(path: Path) -> set[str]:
    found = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found |= {name.name.split(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.split(".")[0])
    return found


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_imports_point_one_way(room):
    imported = {name for path in python_files(room) for name in imports_of(path)}
    assert imported & ROOMS <= MAY_IMPORT[room]


@pytest.mark.parametrize(
    ("library", "room"), [("airflow", "dags"), ("great_expectations", "expectations")]
)
def test_only_one_room_knows_the_library(library, room):
    others = python_files(*sorted(ROOMS - {room}))
    assert [str(path) for path in others if library in imports_of(path)] == []


def test_models_read_only_what_stands_before_them():
    for path in sorted((ROOT / "transforms/models").glob("*/*.sql")):
        own = CHAPTERS.index(path.parent.name)
        body = re.sub(r"--.*", "", path.read_text(encoding="utf-8"))
        read = re.findall(r"(?<!DISTINCT )\b(?:FROM|JOIN)\s+(\w+\.\w+)", body)
        assert [
            name for name in set(read) - READ_BACK if CHAPTERS.index(name.split(".")[0]) > own
        ] == [], path.name


def test_every_model_says_what_a_row_is():
    for path in sorted((ROOT / "transforms/models").glob("*/*.sql")):
        first, second = path.read_text(encoding="utf-8").splitlines()[:2]
        assert first.startswith(f"-- {path.parent.name}.{path.stem}: "), path
        assert second.startswith("-- grain: "), path


@pytest.mark.parametrize(
    "path",
    [*python_files(*sorted(ROOMS)), *sorted((ROOT / "transforms/models").glob("*/*.sql"))],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_no_loinc_code_in_code(path):
    assert LOINC.findall(path.read_text(encoding="utf-8")) == []


def test_nothing_names_the_shared_folder_or_this_machine():
    names = ["../" + "shared", "/wo" + "rk/", "/ro" + "ot/"]
    tracked = [
        p
        for room in (*sorted(ROOMS), "docs", "tests", "benchmarks")
        for p in (ROOT / room).rglob("*")
        if p.suffix in {".py", ".sql", ".md", ".yaml", ".csv"}
    ]
    tracked += [ROOT / name for name in ("README.md", "Makefile", "pyproject.toml")]
    assert [
        str(p)
        for p in tracked
        if any(name in p.read_text(encoding="utf-8", errors="replace") for name in names)
    ] == []


def test_no_file_is_over_a_megabyte():
    skipped = {".git", ".venv", "var", "__pycache__"}
    large = [
        str(p)
        for p in ROOT.rglob("*")
        if p.is_file()
        and p.stat().st_size > 1 << 20
        and not skipped & set(p.relative_to(ROOT).parts)
    ]
    assert large == []
