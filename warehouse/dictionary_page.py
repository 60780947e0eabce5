"""The data dictionary as a page to read; `python -m warehouse.dictionary_page` writes it."""

from __future__ import annotations

import sys
from pathlib import Path

from igwatch.base.atomic_file import write_whole
from igwatch.base.paths import DICTIONARY
from warehouse.dictionary import OPTIONAL, PUBLISHED_SCHEMAS, Column, published_tables

PAGE = Path("var") / "dictionary.md"
HEAD = """# What is published

Every table that `igwatch.duckdb` shows; `quality.duckdb` shows schema `quality`, which holds
no identifier, no birth date and no small count. Written by `make dictionary` from
warehouse/dictionary.csv: change that one. The same words stand in the catalogues as
comments on the columns. Join tables on `run_id` as well: two of one query may be of two nights.
"""
ABOUT = {
    "core": "What was read and normalised: a row per result, person or exposure. For clinics.",
    "flag": "Who is flagged, on what evidence, and every change that was ever published.",
    "mart": "The same for one use each: a cohort, a worklist, a timeline, a funnel.",
    "quality": "How the feeds, the checks and the rules are doing. For everybody.",
}


def dictionary_page(dictionary: Path) -> str:
    """The page, in Markdown."""
    tables = published_tables(dictionary)
    parts = [HEAD]
    for schema in PUBLISHED_SCHEMAS:
        parts.append(f"## {schema}\n\n{ABOUT[schema]}\n")
        parts += [
            _table(name, columns)
            for name, columns in tables.items()
            if name.split(".")[0] == schema
        ]
    return "\n".join(parts)


def _table(name: str, columns: list[Column]) -> str:
    note = "Only where the site has set a key.\n\n" if name in OPTIONAL else ""
    rows = [
        f"| `{c.name}` | {c.type} | {c.unit} | {_cell(c.meaning)} | {_cell(_term(c))} |"
        for c in columns
    ]
    head = "| column | type | unit | meaning | source term |\n|---|---|---|---|---|"
    return f"### {name}\n\n{note}{head}\n" + "\n".join(rows) + "\n"


def _term(column: Column) -> str:
    return "" if column.source_term == "igwatch" else column.source_term


def _cell(text: str) -> str:
    return text.replace("|", "\\|")


if __name__ == "__main__":
    write_whole(PAGE, dictionary_page(DICTIONARY))
    sys.stdout.write(f"{PAGE}\n")
