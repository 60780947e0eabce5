"""The isotypes as laboratories send them: codes, names and units of knowledge rows."""

from __future__ import annotations

from igwatch.base.knowledge import knowledge_rows

LOINC = "LN"


def loinc(analyte: str) -> tuple[str, str]:
    """Code and name of an isotype in serum."""
    row = next(
        row
        for row in knowledge_rows("code")
        if row["analyte"] == analyte and row["code_system"] == LOINC and row["decision"] == "accept"
    )
    return row["code"], row["name"]


def unit_of(analyte: str) -> str:
    """The unit in which values and limits stand, in UCUM."""
    return next(row["unit"] for row in knowledge_rows("analyte") if row["analyte"] == analyte)
