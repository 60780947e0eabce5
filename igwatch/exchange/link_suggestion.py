"""Which records of two hospitals may be of one person: a list that a person decides, line by line.

Nothing is ever linked by it: what a person takes over into link.csv is (docs/links.md).
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

import duckdb

from igwatch.base.error import PipelineError
from igwatch.base.sql import rows
from igwatch.exchange.link_model import scored_pairs
from igwatch.inquiry.saved_query import answer_table, answers
from igwatch.night.inputs import duckdb_limits
from igwatch.site.home import Home
from igwatch.site.link_file import COLUMNS
from igwatch.site.scratch import scratch
from igwatch.site.settings import Settings
from transforms.knowledge import check_threshold
from transforms.parse.raw.compaction import raw_files
from transforms.parse.raw.transaction import read_lock

QUERY = Path(__file__).with_name("query")
KNOWN = "SELECT patient_key, linked_patient_key FROM core.patient_link"


def suggested_links(
    home: Home, settings: Settings, is_all: bool = False, least: float | None = None
) -> list[dict[str, Any]]:
    """Pairs of the live generation's patients with the probability that they are one person, those
    of at least `least`; only pairs of which a rule follows one, unless is_all.

    Raises PipelineError where nothing is published and without splink.
    """
    observations = raw_files(home.root, "observation")
    if not home.catalogue.exists() or observations is None:
        raise PipelineError("nothing is published yet", "run: igwatch run")
    with duckdb.connect(str(home.catalogue), read_only=True) as con, read_lock(home.root):
        given = {"observations": observations}
        persons = answer_table(con, "link_person", given, QUERY)
        known = rows(con, KNOWN)
    with scratch(home), duckdb.connect(config=duckdb_limits(settings)) as con:
        con.execute("SET enable_progress_bar = false")
        for name, table in (("incoming", persons), ("known", known)):
            con.register(name, table)
        con.execute("CREATE TABLE person AS FROM incoming")
        share = check_threshold("share_with_another_record")
        least = check_threshold("link_suggestion_least") if least is None else least
        con.register("scored", scored_pairs(con, "person", share, least))
        return answers(con, "link_suggested", {"is_all": is_all}, QUERY)


def as_links(found: Iterable[Mapping[str, Any]]) -> bytes:
    """The pairs as lines of link.csv; one that nobody filled `decided_by` of is refused there."""
    text = io.StringIO(newline="")
    lines = csv.DictWriter(text, COLUMNS, restval="", extrasaction="ignore", lineterminator="\n")
    lines.writeheader()
    lines.writerows(found)
    return text.getvalue().encode()
