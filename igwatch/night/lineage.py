"""OpenLineage events of each step of a night, in a file: what was read, what was written, how many
rows, and what the checks said. https://openlineage.io/spec/2-0-2/OpenLineage.json

Only where a site names a file (IGWATCH_LINEAGE_FILE); the client is the extra `lineage`. The file
is the owner's (0600), for it holds exact numbers of rows; no event holds an identifier or a value.
"""

from __future__ import annotations

import logging
import os
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any
from uuid import NAMESPACE_URL, uuid4, uuid5

import duckdb

from igwatch.base.error import IgwatchError, PipelineError
from igwatch.base.paths import DICTIONARY
from igwatch.base.sql import rows, value
from igwatch.site.home import Home
from transforms.parse.raw.compaction import raw_files
from transforms.parse.raw.schema import SCHEMAS
from transforms.parse.raw.transaction import read_lock
from warehouse.dictionary import Column, published_tables
from warehouse.generation import Generation, live_generation

# the client's, which is imported where events are told alone
InputDataset = Any
OutputDataset = Any
log = logging.getLogger("igwatch")
NAMESPACE = "igwatch"
NIGHT = "igwatch_nightly"
PRODUCER = f"urn:igwatch:{installed('igwatch')}"
CHECKED = """
SELECT suite, expectation, column_name, severity, bool_and(success) AS success
FROM read_parquet($1) GROUP BY ALL ORDER BY ALL
"""


@contextmanager
def traced(home: Home, file: Path | None, step: str) -> Iterator[None]:
    """Tell `file` of this step's beginning and end; nothing where none is named.

    step: as in status/step, a part of one as `land.0`. Raises PipelineError where the client is not
    installed. A file that cannot be written is told in the log, and the night goes on.
    """
    if file is None:
        yield
        return
    trace = _Trace(home, file, step)
    trace.tell("START")
    try:
        yield
    except BaseException as fault:
        trace.tell("FAIL", fault)
        raise
    trace.tell("COMPLETE")


@dataclass(frozen=True)
class _Trace:
    """One step of one night, as one run of a job."""

    home: Home
    file: Path
    step: str
    run_id: str = field(default_factory=lambda: str(uuid4()))

    def tell(self, state: str, fault: BaseException | None = None) -> None:
        """Add one event to the file. Raises PipelineError without the client."""
        try:
            from openlineage.client.event_v2 import Job, Run, RunEvent, RunState
            from openlineage.client.transport.file import FileConfig, FileTransport
        except ImportError:
            raise PipelineError(
                "IGWATCH_LINEAGE_FILE is set and the OpenLineage client is not installed",
                "pip install openlineage-python, or unset it",
            ) from None
        read, written = _datasets(self.home, self.step.split(".")[0], state == "COMPLETE")
        event = RunEvent(
            eventType=RunState[state],
            eventTime=datetime.now(UTC).isoformat(),
            run=Run(self.run_id, _run_facets(fault)),
            job=Job(NAMESPACE, f"{NIGHT}.{self.step}"),
            inputs=list(read),
            outputs=list(written),
            producer=PRODUCER,
        )
        try:
            self.file.parent.mkdir(parents=True, exist_ok=True)
            FileTransport(FileConfig(str(self.file), append=True)).emit(event)
        except (OSError, RuntimeError) as fault_of_file:
            log.warning("no lineage of %s: %s", self.step, type(fault_of_file).__name__)


def _run_facets(fault: BaseException | None) -> dict[str, Any]:
    """The night that the step is of, and why it ended, in words that hold no row."""
    from openlineage.client.facet_v2 import error_message_run, parent_run

    parent = parent_run.ParentRunFacet(
        parent_run.Run(_night_id()), parent_run.Job(NAMESPACE, NIGHT), producer=PRODUCER
    )
    if fault is None:
        return {"parent": parent}
    said = str(fault) if isinstance(fault, IgwatchError) else type(fault).__name__
    error = error_message_run.ErrorMessageRunFacet(said, "Python", producer=PRODUCER)
    return {"parent": parent, "errorMessage": error}


def _night_id() -> str:
    """One for all steps of a DAG run, whatever processes they are; else one for this process."""
    told = [os.environ.get(f"AIRFLOW_CTX_{name}", "") for name in ("DAG_ID", "DAG_RUN_ID")]
    return str(uuid5(NAMESPACE_URL, " ".join(told))) if all(told) else _own_night_id()


@cache
def _own_night_id() -> str:
    return str(uuid4())


def _datasets(
    home: Home, step: str, is_done: bool
) -> tuple[Iterable[InputDataset], Iterable[OutputDataset]]:
    """What a step reads and writes. Rows are counted when it is done: of raw after landing, of what
    is published after publishing, with what the checks said of it."""
    tables = published_tables(DICTIONARY)

    def of(*schemas: str) -> list[str]:
        return [name for name in tables if name.split(".")[0] in schemas]

    raw = [f"raw.{name}" for name in SCHEMAS]
    if step == "land":
        return _read(_inboxes(home)), _written(raw, _raw_rows(home) if is_done else {})
    if step == "prove":
        return _read(raw), _written(["quality.canary"])
    if step in ("build", "resolve", "gather"):
        return _read(raw), _written(of("core"))
    if step in ("follow", "course"):
        return _read(of("core")), _written(of("flag", "mart", "quality"))
    if step == "check":
        return _read(of("core", "flag", "mart")), _written(["quality.check_result"])
    if step == "publish":
        return _published(live_generation(home.root) if is_done else None, tables)
    if step == "report":
        return _read(of("flag", "mart", "quality")), _written(["reports"])
    return (), ()


def _inboxes(home: Home) -> list[str]:
    return [f"inbox.{path.name}" for path in sorted(home.inbox.iterdir()) if path.is_dir()]


def _raw_rows(home: Home) -> dict[str, int]:
    """How many rows each raw table has, by the footers of its files."""
    with duckdb.connect() as con, read_lock(home.root):
        return {
            f"raw.{name}": value(
                con, "SELECT coalesce(sum(num_rows), 0) FROM parquet_file_metadata($1)", [files]
            )
            for name in SCHEMAS
            if (files := raw_files(home.root, name))
        }


def _published(
    live: Generation | None, tables: dict[str, list[Column]]
) -> tuple[list[InputDataset], list[OutputDataset]]:
    """The published tables with their columns and rows, and every check by the table it is of."""
    if live is None:
        return _read(tables), _written(tables)
    n_rows = {name: sums.rows for name, sums in live.tables.items()}
    shown = {name: tables[name] for name in n_rows if name in tables}
    return _checked(live), _written(shown, n_rows, shown, live.run_id)


def _read(names: Iterable[str]) -> list[InputDataset]:
    from openlineage.client.event_v2 import InputDataset as Dataset

    return [Dataset(NAMESPACE, name) for name in names]


def _written(
    names: Iterable[str],
    n_rows: dict[str, int] | None = None,
    columns: dict[str, list[Column]] | None = None,
    version: str | None = None,
) -> list[OutputDataset]:
    """Datasets, as far as known with rows, columns (types are DuckDB's) and the generation."""
    from openlineage.client.event_v2 import OutputDataset as Dataset
    from openlineage.client.facet_v2 import (
        dataset_version_dataset,
        output_statistics_output_dataset,
        schema_dataset,
    )

    found = []
    for name in names:
        facets: dict[str, Any] = {}
        if version:
            facets["version"] = dataset_version_dataset.DatasetVersionDatasetFacet(
                version, producer=PRODUCER
            )
        if columns:
            fields = [
                schema_dataset.SchemaDatasetFacetFields(c.name, c.type) for c in columns[name]
            ]
            facets["schema"] = schema_dataset.SchemaDatasetFacet(fields, producer=PRODUCER)
        counted: dict[str, Any] = {}
        if n_rows and name in n_rows:
            statistics = output_statistics_output_dataset.OutputStatisticsOutputDatasetFacet(
                rowCount=n_rows[name], producer=PRODUCER
            )
            counted["outputStatistics"] = statistics
        found.append(Dataset(NAMESPACE, name, facets=facets, outputFacets=counted))
    return found


def _checked(live: Generation) -> list[InputDataset]:
    """Every table that was checked, with each check: held of all facilities, or not."""
    from openlineage.client.event_v2 import InputDataset as Dataset
    from openlineage.client.facet_v2 import data_quality_assertions_dataset as quality

    with duckdb.connect() as con:
        file = str(live.parquet("quality.check_result"))
        checks = rows(con, CHECKED, [file]).to_pylist()
    by_suite: dict[str, list[Any]] = {}
    for row in checks:
        held = quality.Assertion(
            row["expectation"], row["success"], row["column_name"], row["severity"]
        )
        by_suite.setdefault(row["suite"], []).append(held)
    return [
        Dataset(
            NAMESPACE,
            suite,
            inputFacets={
                "dataQualityAssertions": quality.DataQualityAssertionsDatasetFacet(
                    held, producer=PRODUCER
                )
            },
        )
        for suite, held in by_suite.items()
    ]
