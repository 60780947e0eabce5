"""The identity of a run: what goes in decides its name; the same night twice is one generation."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path

import duckdb

from igwatch.base.atomic_file import write_whole
from igwatch.base.paths import ROOT
from igwatch.night.fault import Fault
from igwatch.night.proof import canary_table
from igwatch.site.home import Home
from igwatch.site.link_file import links_in_force
from igwatch.site.settings_in_force import settings_in_force
from transforms.knowledge import knowledge_version
from transforms.parse.facility.facility import Facility
from transforms.parse.raw.compaction import raw_files
from transforms.parse.raw.transaction import read_lock
from warehouse.decision_record import released_sources
from warehouse.ledger import last_publication

CODE = ("transforms", "warehouse", "expectations", "igwatch")


@dataclass(frozen=True)
class Run:
    """One night to be built: its clock, its source files and the generation it follows.

    `sources` are (facility, sha256) of every landed file known by `known_by`. Of those that the
    generation before did not hold, `released` were let through by hand and `new` are to be checked.
    `faults` keep something out of it; a facility that has no settings to be read by is not among
    `facilities`, and its sources are `unreadable`.
    """

    run_id: str
    input_digest: str
    previous_run_id: str | None
    as_of: date
    known_by: datetime | None
    sources: tuple[tuple[str, str], ...]
    new: frozenset[tuple[str, str]]
    released: frozenset[tuple[str, str]]
    facilities: tuple[Facility, ...]
    faults: tuple[Fault, ...] = ()

    @property
    def unreadable(self) -> frozenset[tuple[str, str]]:
        readable = {facility.name for facility in self.facilities}
        return frozenset(source for source in self.sources if source[0] not in readable)


def plan_run(
    home: Home,
    as_of: date,
    known_by: datetime | None = None,
    key_fingerprint: str | None = None,
    faults: tuple[Fault, ...] = (),
) -> Run:
    """What a run at this clock is built from, by the settings that are in force."""
    sources = landed(home, known_by)
    in_force = settings_in_force(home, {facility for facility, _ in sources})
    facilities = in_force.facilities
    released = released_sources(home.root) & frozenset(sources)
    digest = _digest(
        as_of.isoformat(),
        sources,
        [f.model_dump(mode="json") for f in facilities],
        in_force.rules.to_pylist(),
        in_force.limits.to_pylist(),
        in_force.exposures.to_pylist(),
        in_force.measuring.to_pylist(),
        links_in_force(home).rows.to_pylist(),
        code_version(),
        knowledge_version(),
        sorted(released),
        key_fingerprint,
        [asdict(fault) for fault in faults],
        canary_table(home, sources).to_pylist(),
    )
    last = last_publication(home.root)
    is_rerun = last is not None and last.input_digest == digest
    before = last.previous if is_rerun and last else last
    previous_run_id = before.run_id if before else None
    run_id = f"{as_of:%Y%m%d}-{_digest(digest, previous_run_id)[:12]}"
    new = frozenset(sources) - (frozenset(before.sources) if before else frozenset())
    return Run(
        run_id,
        digest,
        previous_run_id,
        as_of,
        known_by,
        sources,
        new - released,
        new & released,
        facilities,
        faults,
    )


def landed(home: Home, known_by: datetime | None = None) -> tuple[tuple[str, str], ...]:
    """(facility, sha256) of every source file in raw, of those landed by `known_by` (UTC)."""
    files = raw_files(home.root, "source_file")
    if files is None:
        return ()
    with read_lock(home.root):
        rows = duckdb.execute(
            "SELECT facility, source_sha256 FROM read_parquet($1, union_by_name => true) "
            "WHERE landed_at <= coalesce($2, landed_at) ORDER BY ALL",
            [files, known_by],
        ).fetchall()
    return tuple(rows)


def _digest(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True, default=str).encode()).hexdigest()


@cache
def code_version() -> str:
    """Digest of the code and models that decide what is published."""
    digest = hashlib.sha256()
    for folder in CODE:
        for path in sorted((ROOT / folder).rglob("*")):
            if path.suffix in {".py", ".sql", ".yaml"}:
                digest.update(path.relative_to(ROOT).as_posix().encode() + path.read_bytes())
    return digest.hexdigest()[:12]


def save_run(run: Run, folder: Path) -> None:
    """Write the run beside its build, for the next step; it holds digests and settings only."""
    plan = asdict(run) | {
        "new": sorted(run.new),
        "released": sorted(run.released),
        "facilities": [facility.model_dump(mode="json") for facility in run.facilities],
    }
    write_whole(folder / "run.json", json.dumps(plan, default=str))


def load_run(folder: Path) -> Run:
    """The run that `save_run` wrote in `folder`."""
    plan = json.loads((folder / "run.json").read_text(encoding="utf-8"))
    known_by = plan["known_by"] and datetime.fromisoformat(plan["known_by"])
    return Run(
        run_id=plan["run_id"],
        input_digest=plan["input_digest"],
        previous_run_id=plan["previous_run_id"],
        as_of=date.fromisoformat(plan["as_of"]),
        known_by=known_by,
        sources=tuple((f, s) for f, s in plan["sources"]),
        new=frozenset((f, s) for f, s in plan["new"]),
        released=frozenset((f, s) for f, s in plan["released"]),
        facilities=tuple(Facility(**facility) for facility in plan["facilities"]),
        faults=tuple(Fault(**fault) for fault in plan.get("faults", ())),
    )
