"""What the last night came to, for machines: one JSON line, and two Prometheus text files.

<home>/status/run.json and <home>/status/exact/igwatch.prom are the owner's: sums over the whole
site; of a facility how long it has been silent and, in run.json, what of its settings or inbox
cannot be used; of a clinic how many urgent patients nobody has taken note of. The home's group,
which dashboards and node_exporter have, reads <home>/status/igwatch.prom: what counts nobody
(decision 120). Never a patient, a value or a delivered file's name.
"""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import duckdb

from igwatch.base.atomic_file import even_sized, write_whole
from igwatch.base.sql import value
from igwatch.night.check_build import USABLE
from igwatch.night.landing import faults_tonight, unlanded
from igwatch.night.proof import NOT_PROVEN, Proof, read_proof
from igwatch.night.urgent import unseen
from igwatch.site.clinic_group import kept_faults
from igwatch.site.home import Home
from igwatch.site.home_mode import SHARED
from igwatch.site.settings import Settings
from transforms.parse.raw.compaction import raw_files
from transforms.parse.raw.transaction import read_lock
from warehouse.ledger import last_publication

NEW = """
SELECT count(*), coalesce(sum(n_messages), 0), coalesce(sum(n_results), 0),
    coalesce(sum(size_bytes), 0)
FROM read_parquet($1, union_by_name => true)
WHERE list_contains($2, facility || ' ' || source_sha256)
"""
NOTHING = (0, 0, 0, 0)
WITHHELD = """
SELECT count(DISTINCT facility) FROM quality.check_result
WHERE severity = 'critical' AND NOT success AND facility IS NOT NULL
"""
FAULTS = """
SELECT facility, suite, why FROM quality.check_result
WHERE expectation = $1 ORDER BY ALL
"""
DAYS_SILENT = "SELECT facility, days_silent FROM quality.freshness ORDER BY facility"
FLAGS = "SELECT count(*) FROM flag.patient_flag"
DAYS_TO_SEEN = "SELECT median(days_to_seen) FROM mart.urgent WHERE seen_at IS NOT NULL"
REFUSED = "SELECT coalesce(sum(n_results), 0) FROM read_parquet($1, union_by_name => true)"

HELP = {
    "files": "source files new in the last published night",
    "messages": "messages in these files",
    "rows": "results in these files",
    "bytes": "bytes of these files",
    "rows_per_second": "results landed per second of landing",
    "held_rows": "results that were refused and wait in quarantine",
    "flags": "flags that are published",
    "withheld_facilities": "facilities of which new files are kept out: a check or a fault",
    "vanished_inboxes": "facilities that delivered before and have no inbox now",
    "unprocessed_files": "delivered files that are not in raw",
    "oldest_unprocessed_seconds": "age of the oldest delivered file that is not in raw; 0 = none",
    "last_success_timestamp_seconds": "when a night was last published",
    "step_seconds": "how long each step of the last night took, all its tasks together",
    "silent_days": "days since a facility last spoke",
    "clinics_without_folder": "clinics whose clinic_group gives nobody a right; run.json says why",
    "alarm_command_set": "whether alarms, as of urgent patients unseen, reach somebody: 0, 1",
    "urgent_unseen": "urgent patients whom nobody has taken note of, by clinic",
    "canaries_lost": "canaries of a feed that were not found: one like them would be missed",
    "canary_lost": "1 for each, with the step at which it was lost and the field to look at",
    "canaries_not_proven": "canaries that nothing lately shows how to write",
    "urgent_days_to_seen": "median days from publication to seen, of urgent patients seen",
}
# the measures that are told by something, and the name of what they are told by
LABELS = {
    "step_seconds": "step",
    "silent_days": "facility",
    "urgent_unseen": "clinic",
    "canaries_lost": "facility",
}
# what counts neither people nor what stands for them, as messages, rows and files do
COUNT_NOBODY = (
    "withheld_facilities",
    "vanished_inboxes",
    "oldest_unprocessed_seconds",
    "last_success_timestamp_seconds",
    "step_seconds",
    "silent_days",
    "clinics_without_folder",
    "alarm_command_set",
    "canaries_lost",
    "canary_lost",
    "canaries_not_proven",
)
HOUR = 3600


@contextmanager
def timed(home: Home, step: str) -> Iterator[None]:
    """Note how long a step took, in the home; a step in parts is named `land.0`, `land.1` ..."""
    began = time.monotonic()
    yield
    write_whole(home.status / "step" / f"{step}.json", json.dumps(time.monotonic() - began))


def forget_parts(home: Home) -> None:
    """The parts of a night's steps are those of the night that now begins."""
    for path in (home.status / "step").glob("*.*.json"):
        path.unlink(missing_ok=True)


def write_metrics(home: Home, settings: Settings, vanished: list[str]) -> dict[str, Any]:
    """Measure the live night, write the files, and return what the JSON line holds."""
    measures = _measured(home, settings, vanished)
    write_whole(home.status / "run.json", even_sized(json.dumps(measures, sort_keys=True)))
    write_whole(home.status / "exact" / "igwatch.prom", prometheus(measures))
    write_whole(home.status / "igwatch.prom", prometheus(_open(measures)), SHARED)
    return measures


def _open(measures: dict[str, Any]) -> dict[str, Any]:
    """What the home's group may read: ages to the hour, for a file may be one person's message."""
    shown = {name: measures[name] for name in COUNT_NOBODY}
    hours = -(-shown["oldest_unprocessed_seconds"] // HOUR)
    return shown | {"oldest_unprocessed_seconds": hours * HOUR}


def _measured(home: Home, settings: Settings, vanished: list[str]) -> dict[str, Any]:
    last = last_publication(home.root)
    before = last.previous if last else None
    new = set(last.sources if last else ()) - set(before.sources if before else ())
    steps = _steps(home)
    waiting, groups = unlanded(home), kept_faults(home)
    oldest = min((path.lstat().st_mtime for path in waiting), default=None)
    with duckdb.connect(str(home.catalogue), read_only=True) as con, read_lock(home.root):
        landed = raw_files(home.root, "source_file")
        given = [landed, [" ".join(source) for source in new]]
        found = con.execute(NEW, given).fetchall() if landed else [NOTHING]
        files, messages, rows, n_bytes = map(int, found[0])
        refused = raw_files(home.root, "reject")
        return {
            "run_id": last.run_id if last else None,
            "as_of": last.as_of.isoformat() if last else None,
            "written_at": datetime.now(UTC).isoformat(timespec="seconds"),
            "files": files,
            "messages": messages,
            "rows": rows,
            "bytes": n_bytes,
            "rows_per_second": round(rows / steps["land"]) if steps.get("land") else 0,
            "held_rows": int(value(con, REFUSED, [refused])) if refused else 0,
            "flags": value(con, FLAGS),
            "withheld_facilities": value(con, WITHHELD),
            "faults": _faults(home, con),
            "vanished_inboxes": len(vanished),
            "clinic_groups": groups,
            "clinics_without_folder": len(groups),
            "alarm_command_set": int(bool(settings.alarm_command)),
            "unprocessed_files": len(waiting),
            "oldest_unprocessed_seconds": _age(oldest) if oldest else 0,
            "last_success_timestamp_seconds": round(last.published_at.timestamp()) if last else 0,
            "step_seconds": steps,
            "silent_days": dict(con.execute(DAYS_SILENT).fetchall()),
            **_canaries(read_proof(home)),
            "urgent_unseen": unseen(con),
            "urgent_days_to_seen": value(con, DAYS_TO_SEEN),
        }


def _faults(home: Home, con: duckdb.DuckDBPyConnection) -> list[dict[str, str]]:
    """The faults of the live night, whole where they still stand: published is their place."""
    published = con.execute(FAULTS, [USABLE]).fetchall()
    standing = faults_tonight(home)
    mended = set(published) - {(fault.facility, fault.about, fault.told) for fault in standing}
    return [
        *(
            {"facility": fault.facility, "about": fault.about, "text": fault.text}
            for fault in standing
            if (fault.facility, fault.about, fault.told) in published
        ),
        *(
            {"facility": facility, "about": about, "text": told}
            for facility, about, told in sorted(mended)
        ),
    ]


def _age(written_at: float) -> int:
    """Seconds since then, at least one: 0 says that there is nothing."""
    return max(1, round(time.time() - written_at))


def _canaries(proof: Proof | None) -> dict[str, Any]:
    """What became of tonight's canaries; none where they were not asked."""
    return {
        "canaries_lost": proof.n_lost() if proof else {},
        "canary_lost": [
            {
                "facility": one.facility,
                "canary": " ".join(filter(None, (one.canary, one.way))),
                "step": one.lost_at,
                "field": one.field or "",
            }
            for one in (proof.lost if proof else ())
        ],
        "canaries_not_proven": sum(
            one.state == NOT_PROVEN for one in (proof.outcomes if proof else ())
        ),
    }


def prometheus(measures: dict[str, Any]) -> str:
    """Those measures that have a HELP, in Prometheus' text format 0.0.4."""
    lines = []
    for name, help_ in HELP.items():
        if name not in measures:
            continue
        lines += [f"# HELP igwatch_{name} {help_}", f"# TYPE igwatch_{name} gauge"]
        lines += [
            f"igwatch_{name}{_labels(labels)} {measure}"
            for labels, measure in _samples(name, measures[name])
            if measure is not None
        ]
    return "\n".join(lines) + "\n"


def _samples(name: str, measured: Any) -> list[tuple[dict[str, str], Any]]:
    """Each sample of a measure with its labels; a list of labels is of things that are there."""
    if isinstance(measured, list):
        return [(labels, 1) for labels in measured]
    if label := LABELS.get(name):
        return [({label: key}, measure) for key, measure in measured.items()]
    return [({}, measured)]


def _labels(labels: dict[str, str]) -> str:
    told = ",".join(f'{name}="{_escaped(text)}"' for name, text in labels.items())
    return f"{{{told}}}" if told else ""


def _escaped(label: str) -> str:
    return label.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")


def _steps(home: Home) -> dict[str, float]:
    """Seconds by step, the parts of a step added up."""
    steps: dict[str, float] = {}
    for path in sorted((home.status / "step").glob("*.json")):
        name = path.name.split(".")[0]
        steps[name] = round(steps.get(name, 0) + json.loads(path.read_text()), 3)
    return steps
