"""`--by-sentence`: passed and total of the cases under each sentence of the rules."""

from __future__ import annotations

from collections import Counter

from transforms.knowledge.drawn_case import chapters, read_cases

CASE = "test_conformance.py::test_case["


def pytest_addoption(parser):
    parser.addoption("--by-sentence", action="store_true", help="a table of the conformance cases")


def pytest_terminal_summary(terminalreporter, config):
    if not config.getoption("--by-sentence", default=False):
        return
    passed = {name_of(r) for r in terminalreporter.stats.get("passed", []) if CASE in r.nodeid}
    totals: Counter[tuple[str, str]] = Counter()
    held: Counter[tuple[str, str]] = Counter()
    for case in read_cases():
        totals[case.section, case.sentence] += 1
        held[case.section, case.sentence] += case.name in passed
    for line in lines(totals, held):
        terminalreporter.write_line(line)


def name_of(report) -> str:
    return report.nodeid.split(CASE, 1)[1].removesuffix("]")


def lines(totals, held):
    """A table by rule (the file of the cases) and by sentence (the heading above them)."""
    for number, title in chapters():
        mine = [key for key in totals if key[0].startswith(number)]
        yield ""
        yield row(title, sum(held[k] for k in mine), sum(totals[k] for k in mine))
        for key in mine:
            yield row(f"  {key[0]:<6}{key[1]}", held[key], totals[key])
    yield ""
    yield row("all", held.total(), totals.total())


def row(words: str, n_passed: int, n_total: int) -> str:
    mark = "" if n_passed == n_total else "  <-"
    return f"{n_passed:>4}/{n_total:<4} {words}{mark}"
