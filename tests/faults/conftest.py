"""The region that every fault is tried on, and the table of what came of them, printed at the end."""

from __future__ import annotations

import os
from collections import defaultdict
from pathlib import Path

import pytest

from tests.faults.child import Ended
from tests.faults.homes import Region, files_below, make_region, run_again, state

HERE = Path(__file__).parent
FAULT = "fault"
EVERY = int(os.environ.get("FAULTS_EVERY", "1"))


def pytest_collection_modifyitems(items) -> None:
    """Of each test of this folder every EVERY-th case is tried (the first always)."""
    met: dict[tuple, int] = defaultdict(int)
    kept = []
    for item in items:
        of = (item.path, item.originalname)
        if HERE not in item.path.parents or met[of] % EVERY == 0:
            kept.append(item)
        met[of] += 1
    items[:] = kept


@pytest.fixture(scope="session")
def region(tmp_path_factory) -> Region:
    return make_region(tmp_path_factory.mktemp("region"))


@pytest.fixture(scope="session")
def undisturbed(region) -> Undisturbed:
    """The last night as it goes without a fault, and what stands afterwards."""
    home = region.home(region.after)
    return Undisturbed(run_again(home, region.last), state(home), set(files_below(home.root)))


class Undisturbed:
    def __init__(self, ended: Ended, state: dict, files: set[str]) -> None:
        self.ended = ended
        self.state = state
        self.files = files


@pytest.fixture
def tried(record_property):
    """Says under which head of the table a case stands."""
    return lambda fault: record_property(FAULT, fault)


def pytest_terminal_summary(terminalreporter) -> None:
    found: dict[str, dict[str, int]] = defaultdict(lambda: defaultdict(int))
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for name, fault in report.user_properties:
                if name == FAULT and report.when == "call":
                    found[fault][outcome] += 1
    if not found:
        return
    lines = ["| fault | tried | the next night is as if nothing had been |", "|---|--:|--:|"]
    lines += [f"| {fault} | {sum(n.values())} | {n['passed']} |" for fault, n in found.items()]
    terminalreporter.write_line("\n" + "\n".join(lines))
    if page := os.environ.get("IGWATCH_FAULTS_PAGE"):
        Path(page).write_text("\n".join(lines) + "\n", encoding="utf-8")
