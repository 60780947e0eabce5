"""Messages of results that are framed and sorted out, until enough of them wait to be read."""

from __future__ import annotations

import numpy as np

from transforms.parse.hl7.message import Place
from transforms.parse.hl7.segment_table import SegmentTable
from transforms.parse.hl7.sheet import Sheet


class WaitingMessages:
    """Collects messages in the usual signs. `n_results`, `n_lines` and `n_bytes` are of those that
    wait."""

    def __init__(self) -> None:
        self._texts: list[bytes] = []
        self._starts: list[np.ndarray] = []
        self._places: list[np.ndarray] = []
        self._is_oul: list[np.ndarray] = []
        self._n_text = 0
        self.n_results = self.n_lines = self.n_bytes = 0

    def __bool__(self) -> bool:
        return bool(self._texts)

    def add(self, ids: list[str], lines: list[str], place: Place, is_oul: bool = False) -> None:
        """A message of these lines; those without an id are passed over."""
        kept = [line if id_ else "" for id_, line in zip(ids, lines, strict=True)]
        text = "\r".join([*kept, ""]).encode()
        places = np.array([place], np.int64)
        self.add_plain(text, np.zeros(1, np.int64), np.array([is_oul]), len(kept), places)

    def add_plain(
        self, text: bytes, start: np.ndarray, is_oul: np.ndarray, n_lines: int, places: np.ndarray
    ) -> None:
        """Messages that lie one behind the other in a text, each begun at one of these places of
        it; `places` has a row for each, the numbers of its Place."""
        self._texts.append(text)
        self._starts.append(start + self._n_text)
        self._places.append(places)
        self._is_oul.append(is_oul)
        self._n_text += len(text)
        self.n_lines += n_lines
        self.n_results += int(places[:, _N_RESULTS].sum())
        self.n_bytes += int(places[:, _LENGTH].sum())

    def table(self) -> SegmentTable:
        """The segments of all that wait."""
        sheet = Sheet(b"".join(self._texts))
        msh = np.searchsorted(sheet.line_start, np.concatenate(self._starts))
        places, is_oul = np.concatenate(self._places), np.concatenate(self._is_oul)
        return SegmentTable(sheet, msh, places, is_oul)


_LENGTH, _N_RESULTS = map(Place._fields.index, ("length", "n_results"))
