"""Where things lie below $IGWATCH_HOME (DESIGN 5.1); home_mode.py says who may look at them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from igwatch.base.core_dump import no_core_dump
from igwatch.site.home_mode import close_home


@dataclass(frozen=True)
class Home:
    """The folders and files of one igwatch home."""

    root: Path

    @property
    def inbox(self) -> Path:
        return self.root / "inbox"

    @property
    def facility(self) -> Path:
        return self.root / "facility"

    @property
    def archive(self) -> Path:
        return self.root / "archive"

    @property
    def raw(self) -> Path:
        return self.root / "raw"

    @property
    def ledger(self) -> Path:
        return self.root / "ledger"

    @property
    def generations(self) -> Path:
        return self.root / "generations"

    @property
    def live(self) -> Path:
        return self.root / "live"

    @property
    def reports(self) -> Path:
        return self.root / "reports"

    @property
    def clinic(self) -> Path:
        """What each clinic that has a group may read."""
        return self.root / "clinic"

    @property
    def letter(self) -> Path:
        """The clinics' own templates of letters, where they have any (docs/letter.md)."""
        return self.root / "letter"

    @property
    def link(self) -> Path:
        """Which identifiers are one person, as a person of the site decided (docs/links.md)."""
        return self.root / "link.csv"

    @property
    def signoff(self) -> Path:
        """Signed sign-offs of the rules, and allowed_signers: who may sign (docs/sign.md)."""
        return self.root / "signoff"

    @property
    def validation(self) -> Path:
        """Keys of draws: who each form is, and what igwatch says of them (docs/validation.md)."""
        return self.root / "validation"

    @property
    def work(self) -> Path:
        """Private builds that are not published yet."""
        return self.root / "work"

    @property
    def verdicts(self) -> Path:
        """What the last night's checks came to, by digests of what they judged."""
        return self.work / "verdicts.json"

    @property
    def proof(self) -> Path:
        """What the last night's canaries came to, by the digest of what they rest on."""
        return self.work / "proof.json"

    @property
    def status(self) -> Path:
        """What the last night came to, for machines that watch."""
        return self.root / "status"

    @property
    def written(self) -> tuple[Path, ...]:
        """The folders into which nobody but igwatch writes, save the private builds."""
        return (self.archive, self.raw, self.ledger, self.generations, self.reports, self.status)

    @property
    def catalogue(self) -> Path:
        return self.root / "igwatch.duckdb"

    @property
    def quality_catalogue(self) -> Path:
        return self.root / "quality.duckdb"

    @property
    def omop_catalogue(self) -> Path:
        return self.root / "omop.duckdb"

    def prepare(self) -> Home:
        """Make the folders; from here on each file that this process makes is 0600, none a core.

        What lies below the home is set to its owner alone, whoever made it: only the quality tables
        and status/igwatch.prom are left open to the home's group.
        """
        os.umask(0o077)
        no_core_dump()
        for folder in (
            self.root,
            self.inbox,
            self.facility,
            self.signoff,
            self.validation,
            *self.written,
            self.work,
        ):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        close_home(self.root)
        return self


def home_at(path: Path) -> Home:
    """The home at `path`, absolute, so that catalogues hold paths that stay true."""
    return Home(path.expanduser().absolute())


def home_of(work: Path) -> Home:
    """The home in whose folder for private builds this one lies."""
    return Home(work.parent.parent)
