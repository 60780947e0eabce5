"""Who may import whom (DESIGN 3), and what no code may hold."""

import ast
import re
from collections.abc import Iterable
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
FOLDERS = {"transforms", "expectations", "warehouse", "reports", "samples", "igwatch", "dags"}
# a folder may import itself and igwatch.base; igwatch and dags what stands here besides
MAY_IMPORT = {"igwatch": FOLDERS - {"dags"}, "dags": FOLDERS}
# the rooms of igwatch, each with those it may import; whoever stands further down knows more
ROOMS = {
    "base": set(),
    "site": {"base"},
    "night": {"base", "site"},
    "inquiry": {"base", "site", "night"},
    "decision": {"base", "site", "night", "inquiry"},
    "draft": {"base", "site", "inquiry"},
    "validation": {"base", "site", "inquiry"},
    "prove": {"base", "site", "night"},
    "exchange": {"base", "site", "night", "inquiry"},
    "conformance": {"base"},
    "command": {
        *("base", "site", "night", "inquiry", "decision"),
        *("draft", "validation", "prove", "exchange", "conformance"),
    },
}
PARSE_ROOMS = {
    "raw": set(),
    "facility": {"raw"},
    "hl7": {"raw", "facility"},
    "delimited": {"raw", "facility"},
    "fhir": {"raw", "facility", "hl7", "delimited"},
}
# a library that one folder alone knows
LIBRARIES = {"airflow": "dags", "great_expectations": "expectations"}
# a library that a site may leave out, with the rooms that use it: imported inside functions alone
OPTIONAL = {
    "fhir": ("transforms.parse.fhir", "igwatch.exchange"),
    "lifelines": ("igwatch.validation",),
    "openlineage": ("igwatch.night.lineage",),
    "scipy": ("igwatch.validation",),
    "splink": ("igwatch.exchange",),
}
# what a night must not pull in: whoever reads, decides, exchanges or proves beside it
BESIDE_A_NIGHT = (
    *("command", "conformance", "decision", "draft", "exchange", "inquiry", "prove", "validation"),
)
LOOSE = {
    "transforms/parse": {"land", "land_many", "inbox", "restore", "source_reader", "unit_cut"},
    "igwatch": {"__main__"},
}
CHAPTERS = [
    *("run", "knowledge", "raw"),
    *("lookup", "identity", "exposure", "result", "panel", "core", "level", "flag", "mart"),
    *("tally", "delivery", "quality"),
]
# who somebody is after merges, and what exposures mean, are published in core and needed before it
READ_BACK = {"core.patient_alias", "core.exposure"}
LOINC = re.compile(r"\b\d{3,5}-\d\b")


def python_files(*folders: str) -> list[Path]:
    return sorted(path for folder in folders for path in (ROOT / folder).rglob("*.py"))


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


MODULES = {module_of(path): path for path in python_files(*sorted(FOLDERS))}


def imports_of(path: Path) -> set[str]:
    """The dotted names that a file imports, wherever in it; a module as such, not its names."""
    return _imported(ast.walk(ast.parse(path.read_text(encoding="utf-8"))))


def _imported(nodes: Iterable[ast.AST]) -> set[str]:
    found = set()
    for node in nodes:
        if isinstance(node, ast.Import):
            found |= {name.name for name in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            whole = {f"{node.module}.{name.name}" for name in node.names}
            found |= {name if name in MODULES else node.module for name in whole}
    return found


def imports_on_loading(path: Path) -> set[str]:
    """The same of those that are done when the file is loaded, so not inside a function."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    inside = {
        node
        for function in ast.walk(tree)
        if isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef)
        for node in ast.walk(function)
    }
    return _imported(node for node in ast.walk(tree) if node not in inside)


def top(names: set[str]) -> set[str]:
    return {name.split(".")[0] for name in names}


def room_of(module: str, folder: str) -> str | None:
    """The room of a module below a folder (`igwatch.`), None where it stands loose."""
    rest = module.removeprefix(folder + ".").split(".")
    return rest[0] if module.startswith(folder + ".") and len(rest) > 1 else None


@pytest.mark.parametrize("folder", sorted(FOLDERS))
def test_folders_import_one_way(folder):
    imported = {name for path in python_files(folder) for name in imports_of(path)}
    others = {name for name in imported if not name.startswith("igwatch.base")}
    assert top(others) & FOLDERS <= MAY_IMPORT.get(folder, set()) | {folder}


@pytest.mark.parametrize(
    ("folder", "rooms"), [("igwatch", ROOMS), ("transforms.parse", PARSE_ROOMS)]
)
def test_rooms_import_one_way(folder, rooms):
    wrong = [
        f"{module} imports {name}"
        for module, path in MODULES.items()
        if (room := room_of(module, folder))
        for name in imports_of(path)
        if (other := room_of(name, folder) or (name if name in LOOSE else None))
        and other not in rooms[room] | {room}
    ]
    assert wrong == []


@pytest.mark.parametrize("folder", sorted(LOOSE))
def test_nothing_stands_loose_outside_its_room(folder):
    loose = {path.stem for path in (ROOT / folder).glob("*.py")} - {"__init__"}
    assert loose == LOOSE[folder]


def test_no_module_is_in_a_circle():
    graph = {module: imports_of(path) & MODULES.keys() for module, path in MODULES.items()}
    TopologicalSorter(graph).prepare()  # raises CycleError with the circle


@pytest.mark.parametrize(("library", "folder"), sorted(LIBRARIES.items()))
def test_only_one_folder_knows_the_library(library, folder):
    others = python_files(*sorted(FOLDERS - {folder}))
    assert [str(path) for path in others if library in top(imports_of(path))] == []


@pytest.mark.parametrize("library", sorted(OPTIONAL))
def test_an_optional_library_is_known_to_its_rooms_alone_and_inside_functions(library):
    for module, path in MODULES.items():
        if library in top(imports_of(path)):
            assert module.startswith(OPTIONAL[library]), module
            assert library not in top(imports_on_loading(path)), module


def test_a_night_pulls_in_nothing_that_stands_beside_it():
    reached: set[str] = set()
    wanted = {"igwatch.night.pipeline"}
    while wanted:
        reached |= wanted
        loaded = (imports_on_loading(MODULES[module]) & MODULES.keys() for module in wanted)
        wanted = set().union(*loaded) - reached
    assert "warehouse.publish" in reached
    assert {m for m in reached if room_of(m, "igwatch") in BESIDE_A_NIGHT} == set()


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
    [*python_files(*sorted(FOLDERS)), *sorted((ROOT / "transforms/models").glob("*/*.sql"))],
    ids=lambda p: str(p.relative_to(ROOT)),
)
def test_no_loinc_code_in_code(path):
    assert LOINC.findall(path.read_text(encoding="utf-8")) == []


def test_nothing_names_the_shared_folder_or_this_machine():
    names = ["../" + "shared", "/wo" + "rk/", "/ro" + "ot/"]
    tracked = [
        p
        for room in (*sorted(FOLDERS), "docs", "tests", "benchmarks")
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
