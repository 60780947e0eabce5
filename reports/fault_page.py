"""The page of a clinic whose report could not be written: what is at fault, and what to do."""

from __future__ import annotations

import traceback
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from reports.generation import Dated, ReportError
from reports.page import load_templates, render


@dataclass
class Fault(Dated):
    """A clinic without a report tonight. `where` names the fault and nobody."""

    clinic: str
    stem: str
    where: str


def where(error: Exception) -> str:
    """The kind of an error and the line that it comes from; its text may hold what a feed sent."""
    last = traceback.extract_tb(error.__traceback__)[-1]
    return f"{type(error).__name__} at {Path(last.filename).name}:{last.lineno}"


def fault_page(fault: Fault) -> str:
    """The page as HTML."""
    return render("fault", load_templates(), report=fault)


def refuse(faults: Sequence[Fault]) -> None:
    """Raise ReportError where any clinic has no report."""
    if faults:
        named = "; ".join(f"{fault.clinic} ({fault.where})" for fault in faults)
        raise ReportError(
            f"no report of {named}; those of the other clinics are written:",
            "send this line to whoever maintains igwatch, then: igwatch report",
        )
