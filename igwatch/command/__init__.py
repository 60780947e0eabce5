"""The command line: `igwatch --help`. Exit 0 done, 3 done but a facility withheld, 1 could not
finish or does not add up, 2 wrong usage.

A command is a module of this folder with `add_to`, which hands its functions to the command line,
and `PLACE`, a number that orders the commands in --help. No list names it. A module is imported
when its command is asked for (offer.py).
"""

from __future__ import annotations

import sys
import traceback
from importlib import import_module
from pathlib import Path
from types import ModuleType

import typer

from igwatch.base.core_dump import no_core_dump
from igwatch.base.error import IgwatchError
from igwatch.command.offer import OfferingGroup, module_names


def commands() -> list[ModuleType]:
    """The modules of this folder that hold a command, in the order of --help."""
    names = module_names(Path(__file__).parent)
    modules = [import_module(f"{__name__}.{name}") for name in names]
    return sorted(modules, key=lambda module: module.PLACE)


app = typer.Typer(
    name="igwatch",
    cls=OfferingGroup,
    help="Watch immunoglobulin results for patterns suggestive of hyper-IgM syndrome and selective "
    "IgM deficiency.\n\nA pattern in laboratory results, never a diagnosis.\n\n"
    "Example: igwatch run --home /srv/igwatch --as-of 2026-11-20",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)


@app.callback()
def _igwatch() -> None:
    """A group, though no command is known yet."""


def main() -> None:
    """Run the command line; a fault that a person can mend is one line on stderr and exit 1.

    What a library says of any other fault may quote a row: it is told on a terminal alone.
    """
    no_core_dump()
    try:
        app()
    except IgwatchError as fault:
        from igwatch.command.terminal import say_fault

        say_fault(str(fault))
        sys.exit(1)
    except Exception as error:
        from igwatch.command.terminal import say_fault
        from igwatch.site.machine_fault import machine_fault

        told = machine_fault(error)
        if told is None and sys.stderr.isatty():
            raise
        say_fault(str(told) if told else _only_where(error))
        sys.exit(1)


def _only_where(error: Exception) -> str:
    """A fault that nobody foresaw, without its text: its kind and the code that it came by."""
    passed = "".join(traceback.format_tb(error.__traceback__))
    kind = type(error).__name__
    return f"{kind}; what it says may name a patient: see it on a terminal. It came from\n{passed}"


if __name__ == "__main__":
    main()
