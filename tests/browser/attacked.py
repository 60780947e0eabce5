"""Pages that are about one sender, one reader or one clinic's fault, with a hostile string wherever a
feed or a site may have written."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

from igwatch.base.knowledge import rule_ids
from reports.fault_page import Fault, fault_page
from reports.feedback_page import feedback_page
from reports.generation import open_generation
from reports.validation_page import validation_page
from tests.browser.test_feedback import TOLD
from tests.browser.test_validation import DRAW, FORMS
from tests.reports.hostile import HOSTILE
from tests.reports.region import write_generation

# words of ours, by which a page chooses what it says
OURS = {
    *("form", "analyte", "class_name", "kind", "what", "way", "change", "suspicion"),
    *("sentence", "mend"),
}


def hostile(value: Any, texts: Iterator[str]) -> Any:
    """The same with a hostile string for each text in it that is not a word of ours."""
    if isinstance(value, str):
        return next(texts)
    if isinstance(value, dict):
        return {key: of if key in OURS else hostile(of, texts) for key, of in value.items()}
    if isinstance(value, list):
        return [hostile(part, texts) for part in value]
    return value


def attacked_pages(folder: Path) -> list[Path]:
    """A laboratory's month, a reader's blind forms, a clinic without a report."""
    texts = cycle(HOSTILE)
    told = replace(TOLD, sender=HOSTILE[1], tables=hostile(dict(TOLD.tables), texts))
    opened = open_generation(write_generation(folder / "of-fault"))
    pages = {
        folder / "month.html": feedback_page(told),
        folder / "reader-1.html": validation_page(
            DRAW, HOSTILE[0], hostile(FORMS, texts), rule_ids()
        ),
        folder / "fault.html": fault_page(Fault(opened, HOSTILE[1], "clinic", HOSTILE[0])),
    }
    for path, page in pages.items():
        path.write_text(page, encoding="utf-8")
    return list(pages)
