"""The counts of a file, or of a part of one: from them every OBX line is accounted for."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime


@dataclass(slots=True)
class FileCounts:
    """`n_results` counts OBX lines; `n_repeated` rows beyond one for each, `n_skipped` OBX unread.

    `n_others` counts merges and exposures, stored or refused. `codecs` is what text was read as.
    `last_message_at` is when the last message that says so was sent, whether it was read or passed
    over: a feed without immunoglobulins is not a silent one.
    """

    n_messages: int = 0
    n_lines: int = 0
    n_results: int = 0
    n_repeated: int = 0
    n_skipped: int = 0
    n_others: int = 0
    codecs: set[str] = field(default_factory=set)
    last_message_at: datetime | None = None

    def add(self, other: FileCounts) -> None:
        """Add the counts of the part that comes next in the file."""
        self.n_messages += other.n_messages
        self.n_lines += other.n_lines
        self.n_results += other.n_results
        self.n_repeated += other.n_repeated
        self.n_skipped += other.n_skipped
        self.n_others += other.n_others
        self.codecs |= other.codecs
        self.note_sent(other.last_message_at)

    def note_sent(self, at: datetime | None) -> None:
        """Note when the messages that come next were last sent; None where none of them says so."""
        self.last_message_at = at or self.last_message_at
