"""Which row of exposure.csv a code reaches: that of its longest prefix."""

from __future__ import annotations

# what an effect does to a state, the least first: of several meanings the least is taken
LEAST_FIRST = ("note", "acute_illness", "suspected", "possible", "known_immunodeficiency")


def prefixes(exposures: list[dict], code_system: str) -> dict[str, dict]:
    """The rows of a system by their prefix, without points and hyphens."""
    return {
        plain(row["code_prefix"]): row for row in exposures if row["code_system"] == code_system
    }


def reached(code: str, rows: dict[str, dict]) -> dict | None:
    """The row of the longest prefix of a code; None where no row asks for it."""
    parts = (code[:length] for length in range(len(code), 0, -1))
    return next((rows[part] for part in parts if part in rows), None)


def plain(code: str) -> str:
    """A code as codes are compared: capitals and digits only."""
    return "".join(sign for sign in code.upper() if sign.isalnum())


def strength(row: dict) -> int:
    """How much the effect of a row does: less for what comes first in LEAST_FIRST."""
    effect = row["effect"]
    return LEAST_FIRST.index(effect) if effect in LEAST_FIRST else len(LEAST_FIRST)
