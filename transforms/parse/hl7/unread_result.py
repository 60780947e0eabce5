"""Results in messages of kinds that are not read (MDM, ADT, OPU ...): told where they are wanted.

What an OBX of such a message belongs to is not known well enough to make it a result. One that
holds a code or name of interest must not pass for another test, so it is refused and counted.
"""

from __future__ import annotations

import re

from transforms.parse.hl7.message import Place
from transforms.parse.hl7.message_filter import MessageFilter
from transforms.parse.raw.reject import Reject, shape

_TYPE = re.compile(r"[A-Z]{3}\^([A-Z]\d\d)?", re.ASCII)


class UnreadResults:
    """The OBX of such messages, collected so that they are searched at once. `n_bytes` is how many
    bytes the messages have that wait."""

    def __init__(self) -> None:
        self._messages: list[tuple[Place, str, int]] = []
        self._obx: list[str] = []
        self.n_bytes = 0

    @property
    def is_waiting(self) -> bool:
        """Whether any waits to be told."""
        return bool(self._obx)

    def add(self, place: Place, code: str, event: str, obx: list[str]) -> None:
        """The OBX of a message that were not read; `code` and `event` are its type."""
        if obx:
            kind = f"{code}^{event}"
            found = kind if _TYPE.fullmatch(kind) else shape(kind)
            self._messages.append((place, (found or "").removesuffix("^"), len(obx)))
            self._obx += obx
            self.n_bytes += place.length

    def take(
        self, message_filter: MessageFilter | None
    ) -> tuple[list[Reject], list[tuple[int, int]]]:
        """A reject for each message with an OBX of interest, which counts these; how many OBX of
        each message, by its number, are of none. Without a filter all are of interest. Nothing
        waits then any more."""
        if not self._obx:
            return [], []
        n = len(self._obx)
        is_wanted = message_filter.names_any(self._obx) if message_filter else [True] * n
        rejects, skipped, at = [], [], 0
        for place, found, n_obx in self._messages:
            n_wanted = int(sum(is_wanted[at : at + n_obx]))
            skipped.append((place.number, n_obx - n_wanted))
            if n_wanted:
                rejects.append(
                    place.reject(
                        "message",
                        "result",
                        "message_type_not_read",
                        field="MSH-9",
                        found=found,
                        n_results=n_wanted,
                    )
                )
            at += n_obx
        self._messages, self._obx, self.n_bytes = [], [], 0
        return rejects, skipped
