"""docs/hazards.md from docs/hazards.yaml. `python -m tests.docs.hazard_page` writes it anew."""

from __future__ import annotations

from typing import Any

import yaml

from tests.docs.page import ROOT

LOG = ROOT / "docs" / "hazards.yaml"
PAGE = ROOT / "docs" / "hazards.md"
SAID = ("cause", "harm", "control", "residual")
HEAD = """# The hazard log

What may go wrong, whom it harms, what holds it, and the tests that fail when it no longer does: the manner of ISO 14971, and no claim that its process was followed. Severity and probability are the
site's to estimate with a clinician; nobody has, and igwatch claims none. Written from `docs/hazards.yaml` by `python -m tests.docs.hazard_page`; a test fails where a hazard names no test or one that is
not there.
"""


def hazards() -> list[dict[str, Any]]:
    """The rows of the log, in its order."""
    return yaml.safe_load(LOG.read_text(encoding="utf-8"))


def hazard_page() -> str:
    """The page, as it is to stand."""
    return HEAD + "".join(_section(hazard) for hazard in hazards())


def _section(hazard: dict[str, Any]) -> str:
    rows = "".join(f"| {name} | {hazard[name]} |\n" for name in SAID)
    tests = "".join(f"* `{test}`\n" for test in hazard["tests"])
    name = hazard["id"].replace("_", " ")
    return f"\n## {name.capitalize()}\n{hazard['hazard']}\n\n| | |\n|---|---|\n{rows}\nHeld by\n{tests}"


if __name__ == "__main__":
    PAGE.write_text(hazard_page(), encoding="utf-8")
    print(PAGE.relative_to(ROOT))
