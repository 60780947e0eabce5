"""`igwatch doctor`: modes, groups, mounts, clock, disk and versions, and what to mend."""

from __future__ import annotations

from dataclasses import asdict

import typer
from rich.markup import escape

from igwatch.command.terminal import HomeOption, JsonOption, home_of, screen, show_json
from igwatch.site.finding import findings
from igwatch.site.settings import Settings

PLACE = 130


def doctor(home: HomeOption = None, as_json: JsonOption = False) -> None:
    """Who may see what on this machine, and what to mend; it changes nothing.

    Exits 1 when something is to be mended. Modes are set by the next command of the home's owner;
    what is said of a mount is what this machine can see of it.

    Example: igwatch doctor --home /srv/igwatch
    """
    found = findings(home_of(home, Settings()))
    if as_json:
        show_json([asdict(finding) for finding in found])
    else:
        for finding in found:
            mark = "[bold red]mend[/]" if finding.mend else "[green]good[/]"
            screen.print(f"{mark}  {finding.about:10}{escape(finding.what)}", soft_wrap=True)
            if finding.mend:
                screen.print(f"      {'':10}{escape(finding.mend)}", soft_wrap=True)
    if any(finding.mend for finding in found):
        raise typer.Exit(1)


def add_to(app: typer.Typer) -> None:
    app.command()(doctor)
