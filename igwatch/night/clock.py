"""Which clock a night may be published at: none before the live night's, none after today."""

from __future__ import annotations

from datetime import date

from igwatch.base.error import PipelineError
from igwatch.site.home import Home
from igwatch.site.settings import Settings
from warehouse.ledger import recorded_as

TWICE = 2


class ClockError(PipelineError):
    """A clock at which no night is published unless somebody says so twice."""


def refuse_clock(
    home: Home, settings: Settings, as_of: date, backdated: bool, again: str = "--backdate twice"
) -> None:
    """Raise ClockError where the clock lies before that of the live night, or after today.

    A night of an older clock takes back what was published since; after one of a later clock no
    night would be published until then. `backdated`: somebody said twice that it is meant.
    `again`: how that is said here.
    """
    if backdated:
        return
    live, now = _live_night(home), settings.today
    if live is not None and as_of < live:
        raise ClockError(
            f"the clock {as_of} lies before the live night's, {live}; nothing is published:",
            f"to look back run igwatch replay --as-of {as_of}; to publish that night say {again}",
        )
    if as_of > now:
        raise ClockError(
            f"the clock {as_of} lies after today, {now}; nothing is published:",
            f"leave the date out; to publish that night say {again}",
        )


def _live_night(home: Home) -> date | None:
    """The clock of the night that is published, by the ledger: also where its files are damaged."""
    record = recorded_as(home.root, home.live.resolve().name) if home.live.exists() else None
    return record.as_of if record else None
