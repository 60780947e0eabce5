"""What a page names is there: files, tables and columns, settings, DAGs, measures."""

from __future__ import annotations

import csv
import re
from collections import defaultdict

import pytest

from igwatch.base.paths import DICTIONARY, MODELS
from igwatch.night.metrics import HELP
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from tests.docs.page import FOLDERS, ROOT, Page, pages

HISTORY = {"CHANGELOG.md"}
PAGES = [page for page in pages() if page.name not in HISTORY]
each_page = pytest.mark.parametrize("page", PAGES, ids=[page.name for page in PAGES])

FILE = re.compile(r"(?<![\w/<>$}.-])(?:\.\./)*([\w.<>*-]+/[\w./<>*-]*|[\w-]+\.py)(?![\w(])")
# what lies in a home and not in the project; test_readme.py looks into a home
OF_A_HOME = {name for name, what in vars(Home).items() if isinstance(what, property)}
OF_A_HOME |= {
    "igwatch.duckdb",
    "quality.duckdb",
    "omop.duckdb",
    "concept.csv",
    "reports/checks/index.html",
}
BESIDE = {"secrets", "var"}  # what `make secrets` and `make demo` write beside the project
TABLE = re.compile(r"(?<![\w/.])([a-z]+)\.([a-z_]+)(?:\.([a-z_]+))?(?![\w/(*-])")
SETTING = re.compile(r"\bIGWATCH_[A-Z_]+\b")
OURS = re.compile(r"\bigwatch_[a-z_]+\b")


def columns() -> dict[str, set[str]]:
    """The columns of every table that the dictionary describes, by schema.table."""
    found: dict[str, set[str]] = defaultdict(set)
    with DICTIONARY.open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            found[f"{row['schema']}.{row['table']}"].add(row["column"])
    return found


DESCRIBED = columns()
TABLES = {f"{path.parent.name}.{path.stem}" for path in MODELS.rglob("*.sql")} | set(DESCRIBED)
PAST = {"core.immunoglobulin"}  # decision 25 made it and decision 26 took it away
SCHEMAS = {name.split(".")[0] for name in TABLES}
ENDINGS = {"csv", "duckdb", "html", "json", "lock", "md", "prom", "py", "sql", "txt", "yaml", "yml"}
SETTINGS = {f"IGWATCH_{name.upper()}" for name in Settings.model_fields}


@each_page
def test_files_of_the_project_are_there(page: Page):
    named = [path for text in page.spans() for path in FILE.findall(text)]
    missing = [path for path in named if not is_there(page, path.rstrip("."))]
    assert missing == []


def is_there(page: Page, path: str) -> bool:
    """A path in the project or beside the page, the bare name of a module, a path in a home."""
    pattern = re.sub(r"<[^>]*>|\*+|NNNN[\w-]*", "*", path).rstrip("/")
    if "/" not in path:
        return any(next((ROOT / folder).rglob(path), None) for folder in FOLDERS)
    first = path.split("/")[0]
    is_ours = first in FOLDERS or pattern.endswith((".py", ".sql", ".csv", ".yaml"))
    if path in OF_A_HOME or first in (OF_A_HOME | BESIDE) - set(FOLDERS) or not is_ours:
        return True
    from_here = (ROOT, ROOT / "transforms", page.path.parent)  # knowledge/ is the one of transforms
    return any(next(folder.glob(pattern), None) for folder in from_here)


@each_page
def test_tables_and_columns_are_there(page: Page):
    texts = [*page.spans(), *page.boxes("sh", "sql", "")]
    named = [match for text in texts for match in TABLE.findall(text)]
    wrong = [".".join(filter(None, match)) for match in named if not is_known(*match)]
    assert wrong == []


def is_known(schema: str, table: str, column: str) -> bool:
    name = f"{schema}.{table}"
    if schema not in SCHEMAS or {table, column} & ENDINGS or name in PAST:
        return True
    return name in TABLES and (not column or name not in DESCRIBED or column in DESCRIBED[name])


@each_page
def test_settings_are_there(page: Page):
    known = SETTINGS | set_elsewhere()
    assert {name for name in SETTING.findall(page.text) if name not in known} == set()


def set_elsewhere() -> set[str]:
    """What compose, the scripts of the image and make read, which is not igwatch's own."""
    files = [ROOT / "docker-compose.yml", ROOT / "Makefile", *(ROOT / "deploy").iterdir()]
    return {name for file in files if file.is_file() for name in SETTING.findall(file.read_text())}


@each_page
def test_dags_assets_and_measures_are_there(page: Page):
    code = "\n".join(path.read_text(encoding="utf-8") for path in (ROOT / "dags").glob("*.py"))
    known = set(OURS.findall(code)) | {f"igwatch_{name}" for name in HELP}
    assert set(OURS.findall(page.text)) - known == set()


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("docs/runbook.md", True),
        ("docs/runbok.md", False),
        ("transforms/models/core/", True),
        ("knowledge/sex.csv", True),
        ("knowledge/sexes.csv", False),
        ("igwatch/pipeline.py", False),
        ("pipeline.py", True),
        ("piepline.py", False),
        ("facility/<name>.yaml", True),
        ("reports/checks/index.html", True),
        ("reports/nothing.html", False),
    ],
)
def test_a_file_that_is_not_there_is_seen(path: str, found: bool):
    assert is_there(Page(ROOT / "README.md"), path) is found


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("core.panel", True),
        ("core.panel.patient_key", True),
        ("core.panel.no_such_column", False),
        ("quality.new_batch", False),
        ("result.superseded", True),
        ("run.json", True),
    ],
)
def test_a_table_that_is_not_there_is_seen(name: str, found: bool):
    assert is_known(*(name + "..").split(".")[:3]) is found
