"""How one file would be read, worked out in a folder that is thrown away."""

from __future__ import annotations

import hashlib
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import duckdb

from igwatch.base.paths import MODELS
from igwatch.inquiry.preview_checks import check_file
from igwatch.inquiry.preview_exposures import exposure_outcome
from igwatch.inquiry.rejects import count_by, rejects
from igwatch.inquiry.saved_query import FOLDER, answers
from igwatch.night import pipeline
from igwatch.night.build import before_the_fold, model_graph
from igwatch.night.inputs import open_build
from igwatch.site.facility_knowledge import copy_facility, message_filter_of, read_facility
from igwatch.site.home import Home, home_at
from igwatch.site.settings import Settings
from transforms.parse.land import land
from transforms.parse.raw.compaction import is_landed
from warehouse.build_models import build_models, tables_read

OF_CHECKS = ("preview_cause",)  # asked only where the checks are


def preview_file(
    file: Path,
    facility: str,
    home: Home,
    settings: Settings,
    as_of: date | None = None,
    is_checked: bool = False,
) -> dict[str, Any]:
    """What would become of every row of `file`, as plain data without identifiers.

    `as_of` is the clock, today by default. Where `is_checked`, "checks" says what the checks of a
    delivery say of it. The home is only read. Raises FacilityError for a bad facility file.
    """
    with TemporaryDirectory(prefix="igwatch-preview-") as folder:
        aside = home_at(Path(folder)).prepare()
        feed = read_facility(home, facility)
        copy_facility(home, facility, aside)
        landed = land(file, aside.root, feed, message_filter_of(feed), settings.workers)
        today = as_of or datetime.now(settings.zone_info).date()
        settings = settings.model_copy(update={"buckets": 1})
        work = pipeline.build(aside, settings, today)
        with open_build(work / "build.duckdb", settings) as con:
            build_models(con, MODELS, _read_here() - before_the_fold())
            outcomes = outcome(con)
        refused = rejects(aside)
        checks = None
        if is_checked:
            checks = check_file((facility, landed.sha256), home, aside, settings, today)
    return {
        "facility": facility,
        "facility_file": (home.facility / f"{facility}.yaml").exists(),
        **outcomes,
        "landed_before": _is_landed(file, facility, home),
        "refused": count_by(refused, "level", "reason_code", "reason", "mend"),
        "rejects": refused,
        "checks": checks,
    }


def _read_here() -> set[str]:
    """The models that the questions of a preview read, and those that these need."""
    asked = (
        tables_read(path) for path in FOLDER.glob("preview_*.sql") if path.stem not in OF_CHECKS
    )
    return model_graph().above(frozenset().union(*asked))


def outcome(con: duckdb.DuckDBPyConnection) -> dict[str, Any]:
    """What became of the one file that was built: counts, codes and reasons."""
    (file,) = answers(con, "preview_file")
    ends = answers(con, "preview_disposition")
    return file | {
        "outcomes": _outcomes(ends),
        "n_duplicates": sum(d["n"] for d in ends if d["reason_code"] == "resent_unchanged"),
        "dispositions": ends,
        "codes": answers(con, "preview_code"),
        "unmapped": answers(con, "preview_unmapped"),
        "values": answers(con, "preview_value"),
        "words": answers(con, "preview_word"),
        "contradictions": answers(con, "preview_contradiction"),
        "sums": answers(con, "preview_sum"),
        "classed": _classed(answers(con, "preview_class")),
        "exposures": answers(con, "preview_exposure"),
        **exposure_outcome(con),
    }


def _outcomes(ends: list[dict[str, Any]]) -> dict[str, int]:
    """How many results end as measured, superseded, not_immunoglobulin and unusable."""
    names = ("measured", "superseded", "not_immunoglobulin", "unusable")
    return {name: sum(d["n"] for d in ends if d["disposition"] == name) for name in names}


def _classed(counts: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """By immunoglobulin, the commonest first: how many, how many of them classed, others by why."""
    found: dict[str, dict[str, Any]] = {}
    for row in counts:
        of = found.setdefault(
            row["analyte"], {"analyte": row["analyte"], "n": 0, "n_classed": 0, "others": []}
        )
        of["n"] += row["n"]
        if row["why"] is None:
            of["n_classed"] += row["n"]
        else:
            of["others"].append({"why": row["why"], "n": row["n"]})
    for of in found.values():  # what a sender can mend by one more column first
        of["others"].sort(key=lambda other: other["why"] not in ("no_birth_date", "no_limits"))
    return sorted(found.values(), key=lambda of: (-of["n"], of["analyte"]))


def _is_landed(file: Path, facility: str, home: Home) -> bool:
    """True when this facility has delivered the same bytes before: nothing new would come of it."""
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return is_landed(home.root, facility, digest)
