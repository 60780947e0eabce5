"""A command imports what it needs and no more, so that its first line comes at once."""

import subprocess
import sys
from pathlib import Path

import pytest
import typer

from igwatch import command
from igwatch.command.offer import offers

SLOW = {"pandas", "pyarrow", "duckdb", "great_expectations", "altair", "openpyxl", "airflow"}
SLOWEST = {"pandas", "great_expectations", "altair", "vl_convert", "openpyxl", "airflow"}
WHICH = "import sys; print(*sorted({} & set(sys.modules)))"


def imported(statement: str, slow: set[str]) -> str:
    """Which of the slow libraries a statement imports, in a process of its own."""
    told = subprocess.run(
        [sys.executable, "-c", f"{statement}\n{WHICH.format(slow)}"],
        capture_output=True,
        text=True,
        check=True,
    )
    return told.stdout.splitlines()[-1]


def test_help_lists_all_commands_and_imports_none():
    shown = "from igwatch.command import app\napp(['--help'], standalone_mode=False)"
    assert imported(shown, SLOW) == ""


@pytest.mark.parametrize("module", ["generations", "quarantine", "explain"])
def test_a_command_that_reads_imports_neither_checks_nor_reports(module):
    assert imported(f"import igwatch.command.{module}", SLOWEST) == ""


def test_what_help_says_is_what_the_commands_say():
    app = typer.Typer()
    for module in command.commands():
        module.add_to(app)
    whole = typer.main.get_command(app).commands
    offered = offers(Path(command.__file__).parent, "igwatch.command")
    assert {offer.name: offer.help for offer in offered} == {
        name: one.help for name, one in whole.items()
    }
    assert len(offered) == len(whole)
