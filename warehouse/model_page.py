"""The SQL models as a page to read; `python -m warehouse.model_page` writes it."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator

from igwatch.base.paths import MODELS, ROOT
from warehouse.build_models import ModelError
from warehouse.model_graph import ModelGraph

PAGE = ROOT / "docs" / "models.md"
HEAD = """# The SQL models

How raw results become flags and what is published of them: one line a model, in an order in which
they can be built. A model is the file `transforms/models/<chapter>/<name>.sql`; its header says
more. `raw` is what was read, `knowledge` the rows of `transforms/knowledge/`, `run` what this
night knows of itself and of earlier ones. The words that models share are in
`transforms/models/macro.sql`. Written by `make models`: change the headers.
"""
CHAPTERS = {
    "lookup": "Each text that was sent, decided once.",
    "identity": "Whose an identifier is after merges, with birth date and sex.",
    "exposure": "Drugs, diagnoses, procedures and findings after withdrawals and stops.",
    "result": "Each result: its number, its versions, its class, or why it is not used.",
    "panel": "Results of a person that belong together, as the rules read them.",
    "core": "Published: results, panels, persons and exposures.",
    "level": "Medians by month and by delivery, to see a unit that changed. Private.",
    "flag": "Published: what the rules found, on what evidence, and every change.",
    "mart": "Published: the same for one use each, a worklist or a timeline.",
    "tally": "How much was read and where it ended, every count exact. Private.",
    "delivery": "Tonight's deliveries in shares, for the checks. Private.",
    "quality": "Published for everybody: feeds, checks and rules, small counts hidden.",
}


def model_page(graph: ModelGraph) -> str:
    """The page, in Markdown."""
    parts = [HEAD]
    for chapter, about in CHAPTERS.items():
        lines = [_line(graph, name) for name in _in_order(graph, chapter)]
        parts.append(f"## {chapter}\n\n{about}\n\n" + "\n".join(lines) + "\n")
    return "\n".join(parts)


def _in_order(graph: ModelGraph, chapter: str) -> Iterator[str]:
    """The models of a chapter, each after those it reads; else by name."""
    left = sorted(graph.in_schemas({chapter}))
    while left:
        name = next(name for name in left if not graph.above({name}) - {name} & set(left))
        left.remove(name)
        yield name


def _line(graph: ModelGraph, name: str) -> str:
    header = re.match(rf"-- {re.escape(name)}: (.+)", graph.texts[name])
    if header is None:
        raise ModelError(f"model {name}: its first line does not say what a row is", "say it there")
    row = header[1]
    read = ", ".join(sorted(graph.reads[name]))
    return f"* **{name}**: {row}. Reads {read}." if read else f"* **{name}**: {row}."


if __name__ == "__main__":
    PAGE.write_text(model_page(ModelGraph.of(MODELS)), encoding="utf-8")
    sys.stdout.write(f"{PAGE.relative_to(ROOT)}\n")
