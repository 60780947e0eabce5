"""Hypothesis draws the same examples in every run, and keeps nothing in the tree.

`--hypothesis-profile new` draws new ones (`make test-property`); what it finds it prints, to be kept
as a case. `--share 1/3` runs the first of three shares of the files: CI has no time for all of them,
and takes another share with each commit.
"""

import tempfile
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis.configuration import set_hypothesis_home_dir

set_hypothesis_home_dir(Path(tempfile.gettempdir(), "igwatch-hypothesis"))
settings.register_profile("same", derandomize=True, database=None)
settings.register_profile("new", derandomize=False, database=None, print_blob=True)
settings.load_profile("same")


def pytest_addoption(parser):
    parser.addoption("--share", metavar="K/N", help="only the K-th of N shares of the files")


def pytest_collection_modifyitems(config, items):
    if not (asked := config.getoption("share")):
        return
    try:
        share, n_shares = map(int, asked.split("/"))
    except ValueError:
        raise pytest.UsageError(f"--share {asked}: say it as 1/3") from None
    if not 1 <= share <= n_shares:
        raise pytest.UsageError(f"--share {asked}: there is no such share; say 1/{n_shares}")
    kept = set(sorted({item.path for item in items})[share - 1 :: n_shares])
    config.hook.pytest_deselected(items=[item for item in items if item.path not in kept])
    items[:] = [item for item in items if item.path in kept]
