"""What a build needs before it is published: checks that were run on it, and no night in between.

The clearance lies beside the build, in `cleared.json`. It names the build by the digest of its
file's headers, which DuckDB writes anew with every change, so what is built, followed or changed
after the checks has none.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from igwatch.base.atomic_file import write_whole
from igwatch.base.error import PipelineError
from igwatch.night.run import Run
from igwatch.site.home import Home
from warehouse.ledger import last_publication

CLEARANCE = "cleared.json"
HEADER_BYTES = 3 * 4096  # of a DuckDB file: the main header and two that count its checkpoints


def clear(work: Path) -> None:
    """Note that the checks of this build, as it is now, let it through."""
    write_whole(work / CLEARANCE, json.dumps({"build": _digest(work)}))


def refuse_uncleared(home: Home, work: Path, run: Run) -> None:
    """Raises PipelineError for a build whose checks were not run on it, or were before it changed,
    and for one that another night overtook: its flags were made without that night's."""
    if _cleared(work) != _digest(work):
        raise PipelineError("the checks were not run on this build;", "run: igwatch check")
    last = last_publication(home.root)
    if last is not None and last.run_id not in (run.previous_run_id, run.run_id):
        raise PipelineError(
            f"run {last.run_id} was published since this one was built;", "run: igwatch run"
        )


def _cleared(work: Path) -> str | None:
    try:
        return json.loads((work / CLEARANCE).read_text(encoding="utf-8"))["build"]
    except FileNotFoundError:
        return None


def _digest(work: Path) -> str:
    path = work / "build.duckdb"
    with path.open("rb") as file:
        headers = file.read(HEADER_BYTES)
    return hashlib.sha256(headers + str(path.stat().st_size).encode()).hexdigest()
