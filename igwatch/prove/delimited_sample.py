"""Landed delimited files, found again in the archive: their header and single rows of them."""

from __future__ import annotations

import csv
import io
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from transforms.parse.delimited.character_set import CharacterSet
from transforms.parse.delimited.gzip_file import open_unpacked
from transforms.parse.delimited.layout import Layout, LayoutError, layout_of
from transforms.parse.delimited.line_block import line_blocks
from transforms.parse.delimited.reader import HEAD_BYTES, first_lines
from transforms.parse.facility.facility import Facility

_LONGEST_RECORD = 1 << 20


@dataclass(frozen=True)
class SampleFile:
    """The form of one file. `headers` are its header's cells; `layout` is None where that cannot be
    read.

    `rows` are the cells of the rows that were asked for, by the line on which each begins.
    """

    headers: tuple[str, ...]
    delimiter: str
    layout: Layout | None
    charset: str
    bom: bytes
    line_end: str
    is_quoted: bool
    rows: dict[int, list[str]]


def sample_file(
    path: Path, name: str, facility: Facility, lines: Collection[int] = ()
) -> SampleFile | None:
    """The form of a file and its rows that begin on these lines; None where it has no header."""
    with open_unpacked(path) as stream:
        head = stream.read(HEAD_BYTES)
    charset = CharacterSet(head, facility.encoding)
    text = first_lines(head, facility.encoding)
    layout: Layout | None
    try:
        layout = layout_of(text, facility, name)
        headers, delimiter, first_line = layout.headers, layout.delimiter, layout.first_line
    except LayoutError as fault:
        layout, headers, delimiter = None, fault.headers, fault.delimiter
        first_line = fault.first_line
    if not headers:
        return None
    found = _rows(path, charset, delimiter, lines) if lines else {}
    above = text.splitlines(keepends=True)[: first_line - 1]
    last = above[-1] if above else "\n"
    line_end = "\r\n" if last.endswith("\r\n") else "\r" if last.endswith("\r") else "\n"
    is_quoted = last.lstrip("\ufeff").startswith('"')
    bom = head[: charset.bom_bytes]
    return SampleFile(headers, delimiter, layout, charset.name, bom, line_end, is_quoted, found)


def _rows(
    path: Path, charset: CharacterSet, delimiter: str, lines: Collection[int]
) -> dict[int, list[str]]:
    wanted = sorted(lines)
    found: dict[int, list[str]] = {}
    with open_unpacked(path) as stream:
        for block in line_blocks(stream, charset):
            for line in [n for n in wanted if block.line <= n < block.line + block.n_lines]:
                start = int(block.starts[line - block.line])
                text = block.text[start : start + _LONGEST_RECORD].decode("utf-8", "replace")
                reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)
                found[line] = next(reader, [])
            if len(found) == len(wanted):
                break
    return found
