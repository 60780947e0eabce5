"""What keeps something of a facility out of tonight's build: its settings, or its inbox.

Each is one line with file, place and mend. A delivered file may be named after a patient, so of
files these lines say how many and where; `igwatch run` names them to the person at the terminal.
Settings hold codes and words as sent, and a line may quote one or count files: what dashboards read
is the place alone.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from igwatch.night.mounted_inbox import unmounted_inboxes
from igwatch.site.home import Home
from igwatch.site.settings_in_force import SettingsInForce
from transforms.parse.inbox import MisplacedFile, misplaced_files

SETTINGS, INBOX = "settings", "inbox"
UNMOUNTED = (
    "was a mounted share and is an empty folder: mount it, or where the feed has ended or moved, "
    "remove raw/.mounted/{name}"
)


@dataclass(frozen=True)
class Fault:
    """One facility's fault; `about` says which of its files it is about, settings or inbox."""

    facility: str
    about: str
    text: str

    @property
    def told(self) -> str:
        """What everybody may read of it."""
        place = self.text.split(": ", 1)[0]
        if self.about == INBOX:
            place = f"inbox/{self.facility}"
        return f"{place}: new files wait until it is mended; status/run.json says what it is"


def faults_of(home: Home, in_force: SettingsInForce) -> tuple[Fault, ...]:
    """The faults of tonight's settings and of what lies in the inbox, in order of facilities."""
    found = [Fault(name, SETTINGS, str(fault)) for name, fault in in_force.faults.items()]
    found += _held_up(home, misplaced_files(home.inbox))
    found += (
        Fault(name, INBOX, f"inbox/{name}: {UNMOUNTED.format(name=name)}")
        for name in unmounted_inboxes(home)
    )
    return tuple(sorted(found, key=lambda fault: (fault.facility, fault.about, fault.text)))


def _held_up(home: Home, misplaced: Iterable[MisplacedFile]) -> Iterator[Fault]:
    """One fault for each reason that holds up files of a facility."""
    held_up = (one for one in misplaced if one.is_held_up)
    whose = Counter((one.path.relative_to(home.inbox).parts[0], one.why) for one in held_up)
    for (facility, why), n in whose.items():
        yield Fault(facility, INBOX, f"inbox/{facility}, {n} file{'s' if n > 1 else ''}: {why}")
