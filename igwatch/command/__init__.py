"""The command line: `igwatch --help`. Exit 0 done, 3 done but a facility withheld, 1 could not
finish or does not add up, 2 wrong usage."""

from __future__ import annotations

import sys

import typer

from igwatch.command import (
    explain,
    facility,
    generations,
    letters,
    preview,
    quarantine,
    release,
    replay,
    run,
    sensitivity,
    simulate,
    verify,
)
from igwatch.command.terminal import say_fault
from igwatch.night.pipeline import PipelineError
from igwatch.site.pseudonym import PseudonymError
from reports.generation import ReportError
from transforms.parse.facility.facility import FacilityError
from transforms.parse.raw.compaction import PackError
from transforms.parse.raw.transaction import RawBusyError
from warehouse.build_models import ModelError
from warehouse.catalogue import CatalogueError
from warehouse.generation import GenerationError
from warehouse.ledger import LedgerError
from warehouse.publish import PublishError

app = typer.Typer(
    name="igwatch",
    help="Watch immunoglobulin results for patterns suggestive of hyper-IgM syndrome and selective "
    "IgM deficiency.\n\nA pattern in laboratory results, never a diagnosis.\n\n"
    "Example: igwatch run --home /srv/igwatch --as-of 2026-11-20",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
for room in (
    run,
    facility,
    preview,
    simulate,
    explain,
    letters,
    replay,
    sensitivity,
    quarantine,
    release,
    generations,
    verify,
):
    room.add_to(app)

FAULTS = (
    PipelineError,
    FacilityError,
    ModelError,
    PublishError,
    CatalogueError,
    GenerationError,
    LedgerError,
    PseudonymError,
    ReportError,
    PackError,
    RawBusyError,
)


def main() -> None:
    """Run the command line; a fault that is ours to explain is one line on stderr and exit 1."""
    try:
        app()
    except FAULTS as fault:
        say_fault(str(fault))
        sys.exit(1)


if __name__ == "__main__":
    main()
