"""ICD-9-CM diagnoses as ICD-10: the General Equivalence Mappings of CMS and NCHS.

A line is a code, a code of ICD-10-CM that it may mean, and five flags: approximate, no map, in
combination, and which scenario and choice of a combination it is. Alternatives are a choice: a code
counts only where each of them reaches a row of exposure.csv, and then for the one that does least.
A combination needs all of its parts, so that one part that counts is enough.
"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from transforms.knowledge.made.reach import prefixes, reached, strength

COMBINATION = 2


def gem_rows(path: Path, exposures: list[dict]) -> list[dict]:
    """Rows of exposure_equivalent.csv: codes of ICD-9-CM that reach a row of exposure.csv."""
    asked = prefixes(exposures, "ICD10")
    rows = []
    for code, lines in gem_lines(path).items():
        meant = least([(target, flags, reached(target, asked)) for target, flags in lines])
        if meant:
            target, flags = meant
            rows.append(
                {
                    "code_system": "ICD9CM",
                    "code": code,
                    "target_code_system": "ICD10",
                    "target_code": target,
                    "source_id": "GEM_2014",
                    "certainty": "B" if flags.startswith("0") else "C",
                }
            )
    return rows


def gem_lines(path: Path) -> dict[str, list[tuple[str, str]]]:
    """The targets of each code and their flags."""
    lines = defaultdict(list)
    for line in path.read_text(encoding="ascii").splitlines():
        code, target, flags = line.split()
        lines[code].append((target, flags))
    return lines


def least(targets: list[tuple[str, str, dict | None]]) -> tuple[str, str] | None:
    """Of the targets that count the one that does least; None where an alternative does not."""
    counting = [(strength(row), target, flags) for target, flags, row in targets if row]
    missed = [flags for _, flags, row in targets if not row]
    if not counting or any(flags[COMBINATION] == "0" for flags in missed):
        return None
    _, target, flags = min(counting, key=lambda one: one[0])
    return target, flags
