"""One step of a night, wherever it runs: timed, and told to the lineage file where there is one."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from igwatch.night.lineage import traced
from igwatch.night.metrics import timed
from igwatch.site.home import Home
from igwatch.site.settings import Settings


@contextmanager
def night_step(home: Home, settings: Settings, name: str) -> Iterator[None]:
    """The step `name` (`land`, `land.0` for a part). Raises PipelineError as traced does."""
    with timed(home, name), traced(home, settings.lineage_file, name):
        yield
