"""Keys, pages and sign-offs for tests: signed by OpenSSH's real ssh-keygen, answered as the page does.

The signers are roles with addresses that exist nowhere.
"""

from __future__ import annotations

import csv
import io
import subprocess
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from igwatch.site.home import Home
from igwatch.site.sign_row import RuleSet, SignRow
from igwatch.site.signoff_file import COLUMNS

IMMUNOLOGIST = "immunologist@example.invalid"
BIOCHEMIST = "biochemist@example.invalid"


@dataclass(frozen=True)
class Key:
    """A pair of keys of OpenSSH, without a passphrase."""

    private: Path

    @property
    def public(self) -> str:
        return " ".join(Path(f"{self.private}.pub").read_text().split()[:2])

    def sign(self, file: Path, namespace: str = "igwatch-signoff") -> Path:
        ssh_keygen("-Y", "sign", "-f", self.private, "-n", namespace, file)
        return Path(f"{file}.sig")


def new_key(folder: Path, name: str) -> Key:
    folder.mkdir(parents=True, exist_ok=True)
    ssh_keygen("-q", "-t", "ed25519", "-N", "", "-C", name, "-f", folder / name)
    return Key(folder / name)


def ssh_keygen(*words: object) -> None:
    subprocess.run(["ssh-keygen", *map(str, words)], check=True, capture_output=True)


def allow(home: Home, *lines: str) -> Path:
    """Write allowed_signers of a home."""
    home.signoff.mkdir(mode=0o700, exist_ok=True)
    path = home.signoff / "allowed_signers"
    path.write_text("".join(f"{line}\n" for line in lines))
    return path


def answered(
    path: Path,
    rule_set: RuleSet,
    rows: Iterable[SignRow],
    signer: str = IMMUNOLOGIST,
    answer: str = "agree",
    at: str = "2026-11-30T10:00:00Z",
    comment: str = "",
) -> Path:
    """A file as the page saves it."""
    text = io.StringIO()
    writer = csv.writer(text, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for row in rows:
        writer.writerow(
            [rule_set.name, rule_set.version, row.kind, row.item, row.sha256, answer, comment,
             signer, at]
        )  # fmt: skip
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path
