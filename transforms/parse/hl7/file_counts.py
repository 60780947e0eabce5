"""The counts of a file, or of a part of one: from them every OBX line is accounted for."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime

N_DIAGNOSED = 20


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
    n_diagnosed: int = 0

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

    def note_codec(self, numbers: Sequence[int], codec: str) -> None:
        """Note what the text of the messages with these numbers was read as."""
        self.codecs.add(codec)

    def skip(self, n_results_by_number: Iterable[tuple[int, int]]) -> None:
        """Count OBX that are not read: pairs of a message's number and how many it holds."""
        self.n_skipped += sum(n for _, n in n_results_by_number)

    def may_diagnose(self, number: int) -> bool:
        """Whether this refused message is one of the first few, and count it then: it is slow."""
        self.n_diagnosed += 1
        return self.n_diagnosed <= N_DIAGNOSED

    def note_sent(self, at: datetime | None) -> None:
        """Note when the messages that come next were last sent; None where none of them says so."""
        self.last_message_at = at or self.last_message_at
