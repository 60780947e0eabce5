"""The grain that each model of a person states in its header: no two rows are equal in it."""

import re

import pytest

from igwatch.night.partition import PERSONAL_CHAPTERS
from tests.property.history import MERGES, RESULTS
from tests.warehouse_in_memory import MODELS, core, rows

CORE = [
    model for chapter in PERSONAL_CHAPTERS for model in sorted((MODELS / chapter).glob("*.sql"))
]


def grain(model) -> str:
    """The columns of the `-- grain:` line, which may run over lines of comment."""
    header = model.read_text(encoding="utf-8").split("\n\n")[0]
    stated = re.search(r"-- grain: (\w+(?:,\s+(?:-- +)?\w+)*)", header)
    return stated[1].replace("--", "")


def drawn(history: list[dict], **others: str) -> str:
    columns = [name for name in history[0] if name != "message"]
    lines = [" | ".join([*columns, "message_number", *others])]
    lines += [
        " | ".join([*(row[name] or "" for name in columns), row["message"], *others.values()])
        for row in history
    ]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def warehouse():
    return core(
        drawn(RESULTS),
        merge=drawn(
            MERGES, retired_assigning_authority="NORTH", surviving_assigning_authority="NORTH"
        ),
    )


@pytest.mark.parametrize("model", CORE, ids=lambda m: f"{m.parent.name}.{m.stem}")
def test_grain(warehouse, model):
    twice = f"SELECT count(*) FROM (SELECT {grain(model)} FROM {model.parent.name}.{model.stem} GROUP BY ALL "
    assert rows(warehouse, f"{twice} HAVING count(*) > 1)") == [(0,)]
