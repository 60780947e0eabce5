"""The locks: what is tested is what is installed, and a server has nothing of developers."""

import importlib.metadata
import re

import pytest
from packaging.markers import Marker, default_environment
from packaging.requirements import Requirement

from igwatch.base.paths import ROOT
from tests.test_dependencies import PROJECT, imported, named

ENTRY = re.compile(r"^([\w.-]+)==([^ ;\\]+)(?: ; ([^\\\n]+))?\s*\\?\n((?:    --hash=.*\n?)*)", re.M)
NAMES = ("requirements", "requirements.runtime", "requirements.workers", "requirements.build")
TEXTS = {name: (ROOT / f"{name}.lock").read_text(encoding="utf-8") for name in NAMES}
FOUND = {name: ENTRY.findall(text + "\n") for name, text in TEXTS.items()}
WHOLE, RUNTIME, WORKERS, BUILD = ({entry[0] for entry in FOUND[name]} for name in NAMES)
EXTRAS = PROJECT["project"]["optional-dependencies"]
# what developers name is asked for by a package of the server as well
BY_AIRFLOW = {"psutil"}
each_lock = pytest.mark.parametrize("name", NAMES)


@each_lock
def test_every_package_of_every_lock_has_hashes(name):
    lines = [line for line in TEXTS[name].splitlines() if not line.startswith("    --hash=")]
    assert len(lines) == len(FOUND[name]), "a line that is no package with its version"
    assert [entry[0] for entry in FOUND[name] if "--hash=sha256:" not in entry[3]] == []


@each_lock
def test_no_registry_and_no_machine_is_named(name):
    assert "/" not in TEXTS[name]
    assert "index-url" not in TEXTS[name]


@each_lock
def test_a_package_has_one_version_and_the_same_bytes_in_all_locks(name):
    whole = {entry[:2]: set(entry[3].split()) for entry in FOUND["requirements"]}
    for package, version, _, hashes in FOUND[name]:
        assert set(hashes.split()) == whole.get((package, version)), package


def test_a_server_without_workers_is_part_of_one_with_them():
    assert RUNTIME < WORKERS
    assert named(EXTRAS["server"]) <= RUNTIME
    assert named(EXTRAS["workers"]) <= WORKERS - RUNTIME
    assert {"setuptools"} == BUILD


def test_nothing_of_developers_is_in_the_runtime():
    developers = (named(EXTRAS["dev"]) - BY_AIRFLOW) | {"flower", "pip", "tornado", "coverage"}
    assert (developers | {"sqlfluff", "ruff", "mypy", "pytest"}) & (RUNTIME | WORKERS) == set()
    assert "flower" not in WHOLE


def test_every_library_that_is_imported_is_in_the_runtime():
    assert imported() <= RUNTIME | named(EXTRAS["lineage"]) | named(EXTRAS["links"])


@pytest.mark.parametrize("lock", [RUNTIME, WORKERS], ids=["runtime", "workers"])
def test_a_server_lacks_nothing_that_its_packages_ask_for(lock):
    """By what they say of themselves here; the Celery provider's page of queues is left out."""
    lacking = {
        f"{need.name}, for {package}"
        for package in lock
        if _is_here(package)
        for need in map(Requirement, importlib.metadata.requires(package) or ())
        if _is_asked(need.marker) and _plain(need.name) not in lock
    }
    assert lacking <= {"flower, for apache-airflow-providers-celery"}


def _is_here(package: str) -> bool:
    """Whether it is one of this Python and platform."""
    versions = [(marker, name) for name, _, marker, _ in FOUND["requirements.workers"]]
    return any(name == package and (not m or Marker(m).evaluate()) for m, name in versions)


def _is_asked(marker: Marker | None) -> bool:
    return marker is None or marker.evaluate({**default_environment(), "extra": ""})


def _plain(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_image_is_made_of_a_servers_lock_and_make_setup_of_the_whole():
    dockerfile = (ROOT / "Dockerfile").read_text(encoding="utf-8")
    installed = set(re.findall(r"requirements\.[\w${}.]+lock", dockerfile))
    assert installed == {"requirements.${LOCK}.lock", "requirements.build.lock"}
    assert re.search(r"^ARG LOCK=runtime$", dockerfile, re.M)
    assert dockerfile.count("--require-hashes") == 2
    recipe = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "--require-hashes -r requirements.lock" in recipe
    written = set(re.findall(r"-o (requirements[\w.]*)\.lock", recipe))
    assert written == set(NAMES)
