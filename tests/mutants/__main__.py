"""Faults made on purpose, one at a time, in a copy of the tree: does a test see each? `make mutants`.

python -m tests.mutants [--only WORD] [--every N]. Exit 1 when one survives that is not said to be
equivalent, or when a mutant cannot be made or run.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from tests.mutants.mutant import Mutant, mutants, mutated, tree_copied_to

SECONDS_EACH = 180
# pytest's exit codes: all passed, some failed; anything else is no answer
PASSED, FAILED = 0, 1
GOOD = {"killed", "equivalent"}


def main() -> int:
    asked = _arguments()
    wanted = [m for m in mutants() if asked.only in f"{m.name} {m.file}"][:: asked.every]
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="igwatch-mutants-") as folder:
        tree = tree_copied_to(Path(folder, "tree"))
        print(f"{len(wanted)} mutants; first their tests without any", flush=True)
        if not _all_pass(tree, wanted):
            print("without any mutant a test fails: mend that first")
            return 1
        outcomes = Counter()
        for number, mutant in enumerate(wanted, 1):
            outcome = _outcome(tree, mutant)
            outcomes[outcome] += 1
            print(f"{number:>3}/{len(wanted)}  {outcome:<10}  {mutant.name}", flush=True)
    told = ", ".join(f"{n} {outcome}" for outcome, n in sorted(outcomes.items()))
    print(f"{len(wanted)} mutants in {time.monotonic() - began:.0f} s: {told}")
    return 0 if wanted and outcomes.keys() <= GOOD else 1


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--only", default="", help="those whose name or file holds this")
    parser.add_argument("--every", type=int, default=1, help="each Nth of them")
    return parser.parse_args()


def _all_pass(tree: Path, wanted: list[Mutant]) -> bool:
    tests = sorted({test for mutant in wanted for test in mutant.tests})
    return _run(tree, tests, SECONDS_EACH * 3)[0] == PASSED


def _outcome(tree: Path, mutant: Mutant) -> str:
    """killed, survived, equivalent (survived, and it is said why), or broken: it does not run."""
    with mutated(tree, mutant):
        code, said = _run(tree, mutant.tests, SECONDS_EACH)
    if code == PASSED:
        return "equivalent" if mutant.equivalent else "survived"
    # a test must have compared something: a model that is not SQL any more is no answer
    return "killed" if code == FAILED and "AssertionError" in said else "broken"


def _run(tree: Path, tests: list[str], seconds: float) -> tuple[int | None, str]:
    """pytest's exit code and output; no code where it did not end in time."""
    command = [sys.executable, "-m", "pytest", "-x", "-m", "not heavy", *tests]
    try:
        done = subprocess.run(
            command, cwd=tree, capture_output=True, text=True, check=False, timeout=seconds
        )
    except subprocess.TimeoutExpired:
        return None, ""
    return done.returncode, done.stdout


if __name__ == "__main__":
    sys.exit(main())
