"""docs/production.md and the runbook's settings against compose, the image, the DAGs and Settings."""

from __future__ import annotations

import ast
import re
from importlib.util import find_spec
from pathlib import Path

import pytest
import yaml

from igwatch.site.settings import Settings
from tests.docs.page import ROOT, SPAN, Page, page
from tests.stack.compose import FILE, VARIABLE, load_compose

PAGE = page("docs/production.md")
RUNBOOK = page("docs/runbook.md")
COMPOSE = load_compose({"IGWATCH_UID": "10001", "IGWATCH_GID": "10001"})
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
BYTES = {"KB": 1 << 10, "MB": 1 << 20, "GB": 1 << 30}
CONFIGURATION = "config_templates/config.yml"


def compose_defaults() -> dict[str, str]:
    """The default of each variable that compose takes from .env; "none" where it must be given."""
    found = {}
    for _, name, operator, text in VARIABLE.findall(FILE.read_text(encoding="utf-8")):
        if name:
            found.setdefault(name, "none" if operator == ":?" else text or found.get(name, "none"))
    return found


def stated_defaults() -> dict[str, str]:
    """The default of each variable in the page's table; a size in bytes, as compose writes it."""
    table = next(t for t in PAGE.section("Start").tables() if t[0][0] == "`.env`")
    found = {}
    for names, defaults, _ in table[1:]:
        names = SPAN.findall(names)
        values = SPAN.findall(defaults) or [in_bytes(defaults)]
        found |= dict(zip(names, values * (len(names) if len(values) == 1 else 1), strict=True))
    return found


def in_bytes(text: str) -> str:
    number, _, unit = text.partition(" ")
    return str(int(number) * BYTES[unit]) if unit in BYTES else text


def test_the_services_are_those_of_compose():
    table = next(t for t in PAGE.tables() if t[0][0] == "service")
    assert {word for row in table[1:] for word in SPAN.findall(row[0])} == set(COMPOSE.services)


def test_the_page_says_every_variable_of_compose_with_its_default():
    set_by_make = set(re.findall(r"(IGWATCH_\w+)=", MAKEFILE))
    wanted = {name: d for name, d in compose_defaults().items() if name not in set_by_make}
    assert stated_defaults() == wanted


def test_what_a_service_may_be_given_besides_is_a_setting_that_compose_does_not_set():
    settings = {f"IGWATCH_{name.upper()}" for name in Settings.model_fields}
    table = next(t for t in PAGE.section("Start").tables() if t[0][0] == "service environment")
    named = {word for row in table[1:] for word in SPAN.findall(row[0])}
    assert named <= settings
    assert named & set(compose_defaults()) == set()
    assert named & set(COMPOSE.services["scheduler"].environment) == set()


def test_every_setting_of_a_site_is_in_the_runbook_and_the_reverse():
    named = set(re.findall(r"IGWATCH_\w+", RUNBOOK.section("Settings").text))
    assert named == {f"IGWATCH_{name.upper()}" for name in Settings.model_fields}


def test_images_secrets_address_and_login_are_those_of_compose():
    spans = set(PAGE.spans())
    images = {s.image for s in COMPOSE.services.values() if not s.image.startswith("igwatch:")}
    assert images <= spans
    secrets = {text.removeprefix("secrets/") for text in spans if text.startswith("secrets/")}
    assert secrets
    assert secrets <= set(COMPOSE.secrets)
    (port,) = COMPOSE.services["api-server"].ports
    assert port.rsplit(":", 1)[0] in spans
    environment = COMPOSE.services["api-server"].environment
    user = environment["AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_USERS"].split(":")[0]
    assert f"Log in as `{user}`" in PAGE.text


def tasks_of(dag: str) -> set[str]:
    """The functions below @task in the file of a DAG; Airflow is not asked."""
    tree = ast.parse((ROOT / "dags" / f"{dag}.py").read_text(encoding="utf-8"))
    functions = [node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)]
    return {f.name for f in functions if any("task" in ast.dump(d) for d in f.decorator_list)}


def test_every_task_of_the_night_is_in_the_page_and_every_pool_is_made():
    said = PAGE.section("The DAGs").text
    assert {name for name in tasks_of("igwatch_nightly") if name not in said} == set()
    chain = re.findall(r"(?:^|: )([a-z]+ (?:\([^)]*\) )?→[^.]+)", said, re.MULTILINE)
    named = {
        word
        for line in chain
        for step in re.sub(r"\([^)]*\)", "", line).split("→")
        for word in re.findall(r"[a-z]+", step)
    }
    assert named == tasks_of("igwatch_nightly")
    pools = re.findall(r"pool `(\w+)`", PAGE.text)
    made = (ROOT / "deploy" / "init").read_text(encoding="utf-8")
    assert pools
    assert all(f"airflow pools set {pool} " in made for pool in pools)


def test_every_dag_is_in_the_page():
    dags = {path.stem for path in (ROOT / "dags").glob("igwatch_*.py")}
    assert {dag for dag in dags if f"`{dag}`" not in PAGE.text} == set()


@pytest.mark.parametrize("shown", [PAGE, RUNBOOK], ids=lambda shown: shown.name)
def test_settings_of_airflow_are_airflow_s(shown: Page):
    named = re.findall(r"\bAIRFLOW__([A-Z_]+?)__([A-Z_]+)\b", shown.text)
    if not named:
        return
    spec = find_spec("airflow")
    assert spec is not None
    assert spec.origin is not None
    text = (Path(spec.origin).parent / CONFIGURATION).read_text(encoding="utf-8")
    known = yaml.load(text, Loader=yaml.CSafeLoader)
    for section, option in named:
        assert option.lower() in known[section.lower()]["options"]
