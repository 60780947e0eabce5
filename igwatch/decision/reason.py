"""What a person says of a decision: in words, and without naming a patient."""

from __future__ import annotations

import re

import duckdb

from igwatch.base.error import PipelineError
from igwatch.decision.personal_text import personal_part
from igwatch.site.home import Home
from igwatch.site.person import person
from transforms.parse.raw.compaction import raw_files
from transforms.parse.raw.transaction import read_lock

NAMED = """
SELECT count(*) FROM read_parquet($1, union_by_name => true)
WHERE list_contains($2, lower(patient_id))
"""


def refuse_unsayable(home: Home, why: str, decided_by: str) -> None:
    """Raises PipelineError for a reason or a name that is empty, names a patient, or holds what may
    name one: a date, five digits in a row, a title with a name (of who decides it may be theirs).
    An account is what the machine calls it, such as `user 10001`.
    """
    for text, what in ((why, "--why"), (decided_by, "--by")):
        if not text.strip():
            raise PipelineError(f"{what} is empty", "say it in words: it is shown to every reader")
        held = personal_part(text.strip(), is_staff=what == "--by")
        if held and text != person():
            raise PipelineError(f"{what} holds {held}", "say it without: dashboards show it")
        if _names_a_patient(home, text):
            raise PipelineError(
                f"{what} holds the identifier of a patient", "say it without: dashboards show it"
            )


def _names_a_patient(home: Home, text: str) -> bool:
    words = [word.lower() for word in re.findall(r"[\w-]*\d[\w-]*", text)]
    files = raw_files(home.root, "observation")
    if not words or files is None:
        return False
    with read_lock(home.root):
        return duckdb.execute(NAMED, [files, words]).fetchall()[0][0] > 0
