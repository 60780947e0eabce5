"""The page from which a rule set is signed: every sentence with its drawn cases, every number."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from reports.drawn_case import case_svg, panel_text
from reports.page import load_templates, render
from reports.safe_text import quantity
from reports.wording import has_wording, wording

# what a case says of itself in columns of its own
TOLD = ("case", "panels", "drawn", "exposures", "as_of", "age", "sex", "becomes", "source")
TITLES = {
    "sentence": "Sentences of the rules, each with its drawn patients",
    "parameter": "Numbers of the rules",
    "limit": "Tables of limits",
    "cause": "Drugs, diagnoses, procedures and findings",
    "choice": "What the site chose",
}


def sign_page(rule_set: Mapping[str, Any]) -> str:
    """The page as HTML, self-contained.

    rule_set: `name`, `version`, `counts` by state, and `rows`, each with `kind`, `item`, `sha256`,
    `content`, `state` and the `answers` given so far.
    """
    templates = load_templates(
        drawing=case_svg,
        in_words=panel_text,
        becomes=_becomes,
        further=_further,
        quantity=quantity,
        years=_years,
    )
    parts = [
        (kind, title, [row for row in rule_set["rows"] if row["kind"] == kind])
        for kind, title in TITLES.items()
    ]
    return render("sign", templates, rules=rule_set, parts=[part for part in parts if part[2]])


def _becomes(case: Mapping[str, Any]) -> str:
    """The states that both rules must reach."""
    return "; ".join(
        f"{wording('rule_short', rule)}: "
        + wording("drawn" if has_wording("drawn", status) else "status", status)
        for rule, status in case["becomes"].items()
    )


def _further(case: Mapping[str, Any]) -> list[str]:
    """What else must hold of a case, and where a published one comes from."""
    told = [f"{name}: {case[name]}".replace("_", " ") for name in case if name not in TOLD]
    return [*told, *([f"source: {case['source']}"] if case.get("source") else [])]


def _years(days: float | None) -> str:
    """An age in days as a table of limits prints it, days below a year."""
    if days is None:
        return ""
    return f"{days:g} d" if days < 365.25 else f"{days / 365.25:.3g} y"
