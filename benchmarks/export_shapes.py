"""What it takes to have an export of each known system read: steps, and the machine's time.

    python -m benchmarks.export_shapes [SYSTEM ...]

Of each file of transforms/knowledge/export_shape.csv a sample of two rows is drawn and gone
through as a person would: `igwatch facility new --like`, the answers, `facility check`, `preview`.
Steps are these three commands and the questions that are answered. Seconds are the processor's,
each command a process of its own, measured for the systems that are named. How long a person
thinks is not measured.
"""

from __future__ import annotations

import argparse
import os
import resource
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from igwatch.base.knowledge import knowledge_rows
from igwatch.draft import draft_facility
from igwatch.draft.facility_draft import Draft
from igwatch.draft.tried import supposed

N_COMMANDS = 3
# a drawn cell of each canonical column; any other holds a word
CELLS = {
    "patient_id": ("70001", "70002"),
    "collected_at": ("2024-03-04 08:10:00", "2024-04-13 09:00:00"),
    "collected_time": ("08:10", "09:00"),
    "resulted_at": ("2024-03-04 15:00:00", "2024-04-13 16:00:00"),
    "birth_date": ("1981-04-02", "1975-11-30"),
    "sex": ("F", "M"),
    "code": ("C91.10", "B20"),
    "value": ("0.21", "0.43"),
    "units": ("g/L", "g/L"),
    "reference_low": ("0.4", "0.4"),
    "reference_high": ("2.3", "2.3"),
    "value_comparator": ("", ""),
    "start_date": ("2024-01-31", "2023-05-01"),
    "end_date": ("", "2024-02-13"),
    "days_supply": ("30", "90"),
    "status": ("Active", "Completed"),
    "code_system": ("ICD10", "ICD10"),
    "certainty": ("confirmed", "suspected"),
}
# of a laboratory: a code of its own, and a name that tells what it may be
OF_RESULTS: dict[str, tuple[str, str]] = {
    "code": ("1534", "1533"),
    "test_name": ("IgM", "IgG"),
    "status": ("F", "F"),
}
WIDE = {("redcap", "laboratory"): {"igg_value": ("9.1", "8.7"), "igm_value": ("0.3", "0.2")}}
FILES = sorted({(row["shape"], row["file"]) for row in knowledge_rows("export_shape")})


def main() -> None:
    """Print a line of each file; with its processor seconds where its system is named."""
    given = argparse.ArgumentParser(description=__doc__)
    given.add_argument("system", nargs="*", help="measure the files of these")
    measured = given.parse_args().system
    for shape, file in FILES:
        if measured and shape not in measured:
            continue
        with TemporaryDirectory(prefix="igwatch-bench-") as folder:
            sample = Path(folder) / f"{file}.csv"
            sample.write_text(of_its_kind(shape, file), encoding="utf-8")
            draft = draft_facility(sample, "feed", None, shape)
            seconds = (
                f"{gone_through(Path(folder), sample, draft, shape):.1f} s" if measured else ""
            )
        print(f"| {shape} {file} | {steps(len(draft.questions))} | {seconds}", flush=True)


def steps(n_answers: int) -> str:
    """The steps in words: the commands, and the answers to what no file proves."""
    return f"{N_COMMANDS} commands, {n_answers} answer{'s' * (n_answers != 1)}"


def gone_through(folder: Path, sample: Path, draft: Draft, shape: str) -> float:
    """The processor seconds of the commands; each question is answered by its first choice."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    _igwatch(folder, "facility", "new", str(sample), "--name", "feed", "--like", shape)
    path = folder / "home" / "facility" / "feed.yaml"
    path.write_text(supposed(draft).yaml(), encoding="utf-8")
    _igwatch(folder, "facility", "check", "feed")
    _igwatch(folder, "preview", str(sample), "--facility", "feed")
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def _igwatch(folder: Path, *words: str) -> None:
    environment = os.environ | {"IGWATCH_HOME": str(folder / "home"), "COLUMNS": "200"}
    subprocess.run(
        [sys.executable, "-m", "igwatch", *words], env=environment, check=True, capture_output=True
    )


def headers_of(shape: str, file: str) -> dict[str, str]:
    """The headers of a file with what each is; of those that stand for one column the first."""
    rows = [r for r in knowledge_rows("export_shape") if (r["shape"], r["file"]) == (shape, file)]
    first: dict[str, str] = {}
    for row in rows:
        if row["canonical"]:
            first.setdefault(row["canonical"], row["header"])
    marks = {row["header"]: "" for row in rows if not row["canonical"] and not row["key"]}
    return {header: name for name, header in first.items()} | marks


def of_its_kind(shape: str, file: str) -> str:
    """A sample of a file; one of results is such as a laboratory sends."""
    names = headers_of(shape, file).values()
    other = OF_RESULTS if "value" in names else {}
    if "value" in names and "test_name" not in names:
        other = other | {"code": OF_RESULTS["test_name"]}
    lines = drawn(shape, file, **other).splitlines()
    for header, cells in WIDE.get((shape, file), {}).items():
        lines = [f"{line},{cell}" for line, cell in zip(lines, (header, *cells), strict=True)]
    return "\n".join(lines) + "\n"


def drawn(shape: str, file: str, **other: tuple[str, str]) -> str:
    """A sample of two rows; `other` cells by canonical column."""
    columns = [
        (header, *(other.get(name) or CELLS.get(name, ("a thing", "another"))))
        for header, name in headers_of(shape, file).items()
    ]
    return "\n".join(",".join(row) for row in zip(*columns, strict=True)) + "\n"


if __name__ == "__main__":
    main()
