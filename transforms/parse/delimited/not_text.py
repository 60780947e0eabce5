"""Files that are no text at all (workbooks, documents, pictures), by their first bytes."""

from __future__ import annotations

import re

_SIGNATURE = {
    b"PK\x03\x04": "file_is_workbook",  # xlsx, ods and other archives
    b"\xd0\xcf\x11\xe0": "file_is_workbook",  # xls
    b"%PDF": "file_is_document",
    b"{\\rtf": "file_is_document",
}
_MARKUP = re.compile(rb"(?:\xef\xbb\xbf)?\s*<(?:!doctype|html|\?xml|[a-z]+:)", re.IGNORECASE)
_CONTROL = bytes({*range(32)} - {*b"\t\n\v\f\r\x1a\x1b\x1c\x1d\x1e"})
_SAMPLE_BYTES = 4096
_MAX_CONTROL_SHARE = 0.02


def why_not_text(head: bytes) -> str | None:
    """Why a file that begins with `head` has no rows: a key of reject_reason.csv; else None."""
    if not head.strip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n\x1a"):
        return "file_empty"
    for signature, reason in _SIGNATURE.items():
        if head.startswith(signature):
            return reason
    if _MARKUP.match(head):
        return "file_is_document"
    return "file_is_binary" if _is_binary(head[:_SAMPLE_BYTES]) else None


def _is_binary(start: bytes) -> bool:
    """More than a few control signs, where not every other byte is a zero as in UTF-16."""
    n_control = len(start) - len(start.translate(None, _CONTROL))
    wide = max(start[0::2].count(0), start[1::2].count(0))
    is_wide = wide > 0.8 * start.count(0) and wide > 0.2 * len(start)
    return n_control - (wide if is_wide else 0) > _MAX_CONTROL_SHARE * len(start)
