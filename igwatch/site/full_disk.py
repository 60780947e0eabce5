"""A disk that is full, told as such: wherever a step met it, one line names the home and the mend.

Python says ENOSPC; DuckDB says it inside an error of reading, writing or committing, whose text may
hold more than a log may, so only that it was said is passed on.
"""

from __future__ import annotations

import errno
from collections.abc import Callable, Iterator
from functools import wraps
from pathlib import Path
from shutil import disk_usage
from typing import Concatenate, ParamSpec, TypeVar

import duckdb

from igwatch.base.error import IgwatchError, PipelineError
from igwatch.site.home import Home, home_of

Given = ParamSpec("Given")
Made = TypeVar("Made")
Place = TypeVar("Place", Home, Path)

FULL = {errno.ENOSPC, errno.EDQUOT}
SAID_BY_DUCKDB = ("no space left on device", "disk quota exceeded", "out of disk space")
MEGABYTE = 1_000_000


def tells_full_disk(
    step: Callable[Concatenate[Place, Given], Made],
) -> Callable[Concatenate[Place, Given], Made]:
    """A step of the night whose first argument is the home or a build in it: where it ends because
    the disk is full, a PipelineError says so."""

    @wraps(step)
    def told(place: Place, *arguments: Given.args, **named: Given.kwargs) -> Made:
        try:
            return step(place, *arguments, **named)
        except (OSError, duckdb.Error, IgwatchError) as error:
            if not is_of_full_disk(error):
                raise
            root = (place if isinstance(place, Home) else home_of(place)).root
            free = disk_usage(root).free / MEGABYTE
            raise PipelineError(
                f"the disk of {root} is full ({free:.1f} MB are free now)",
                "nothing was lost: make space, then run again",
            ) from None

    return told


def is_of_full_disk(error: BaseException) -> bool:
    """Whether this error, or what it arose from, is that of a full disk."""
    return any(_says_full(one) for one in _lineage(error))


def _says_full(error: BaseException) -> bool:
    if isinstance(error, OSError):
        return error.errno in FULL
    if isinstance(error, duckdb.Error):
        return any(words in str(error).lower() for words in SAID_BY_DUCKDB)
    return False


def _lineage(error: BaseException | None) -> Iterator[BaseException]:
    while error is not None:
        yield error
        error = error.__cause__ or error.__context__
