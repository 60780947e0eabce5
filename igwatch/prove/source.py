"""What canaries are shaped after: the feeds' ways of writing, and their archived bytes."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from igwatch.prove.delimited_sample import SampleFile, sample_file
from igwatch.prove.hl7_message import Message, messages
from igwatch.prove.shape import Feed
from transforms.parse.facility.facility import Facility
from transforms.parse.raw.archive import archive_path


@dataclass(frozen=True)
class Source:
    """`newest_files` by feed and content; by feed the newest message that was refused and the
    newest row, where most of a day was."""

    archive_home: Path
    feeds: Mapping[str, Feed]
    newest_files: Mapping[tuple[str, str], Mapping[str, Any]]
    refused: Mapping[str, Mapping[str, Any]]
    refused_rows: Mapping[str, Mapping[str, Any]]

    def sample(
        self, sha256: str, name: str, facility: Facility, lines: Collection[int] = ()
    ) -> SampleFile:
        """A delimited file and its rows on these lines. Raises LookupError without a header."""
        found = sample_file(archive_path(self.archive_home, sha256), name, facility, lines)
        if found is None:
            raise LookupError("header")
        return found

    def models(
        self, facility: Facility, wanted: Collection[tuple[str, int]]
    ) -> dict[tuple[str, int], Message]:
        """HL7 messages by source and number."""
        models = {}
        for sha256 in sorted({sha for sha, _ in wanted}):
            numbers = [n for sha, n in wanted if sha == sha256]
            path = archive_path(self.archive_home, sha256)
            for number, message in messages(path, numbers, facility.encoding):
                models[sha256, number] = message
        return models
