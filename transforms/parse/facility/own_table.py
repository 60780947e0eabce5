"""The lines of a table that a facility keeps beside its YAML: limits, rules, exposures."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from pathlib import Path

from transforms.parse.facility.facility_file import FacilityError, read_text

Line = tuple[int, dict[str, str]]


def read_table(path: Path, fault: type[FacilityError]) -> tuple[Sequence[str], list[Line]]:
    """The header of the file, and each line with its number. Raises `fault` where it is none."""
    lines = csv.DictReader(io.StringIO(read_text(path, fault), newline=""))
    try:
        header = tuple(lines.fieldnames or ())
        return header, [(lines.line_num, row) for row in lines]
    except csv.Error:
        place = f"{path.name}, line {lines.line_num}"
        raise fault(f"{place}: not valid CSV", "export it again as CSV with commas") from None
