"""A naive reading of an HL7 file: whose PID stands above each OBX line, and how many there are.

It knows lines and nothing else, and shares no code with the parser. It speaks of messages in the
usual delimiters only; of others it says nothing.
"""

from __future__ import annotations

import re

_LINE_END = re.compile(rb"\r\n|\r|\n")
_MESSAGE = re.compile(rb"MSH([^\w\s])[^\w\s]{1,5}(?:amp;)?\1")
_SEGMENT = re.compile(rb"[A-Z][A-Z0-9]{2}(\||$)")
_PADDING = b" \t\x00\x0b\x1a\x1c\xef\xbb\xbf"
UNKNOWN = b"?"


def pid_of_lines(content: bytes) -> dict[int, bytes]:
    """The PID line above each OBX line, by 1-based line number; b'' when there is none.

    UNKNOWN when the message is not in the usual delimiters, or its PID goes on in the next line.
    """
    found: dict[int, bytes] = {}
    pid, last = b"", b""
    for number, line in enumerate(_LINE_END.split(content), 1):
        line = line.lstrip(_PADDING)
        start = line[:4].upper()
        glued = list(_MESSAGE.finditer(line))
        if glued or start[:3] in (b"MSH", b"FHS", b"BHS", b"BTS", b"FTS"):
            is_usual = glued and line[glued[-1].start() :].startswith(b"MSH|^~\\&|")
            pid, last = b"" if is_usual else UNKNOWN, b"MSH"
        elif _SEGMENT.match(start):
            last = start[:3]
            if last == b"PID" and pid != UNKNOWN:
                pid = line.decode("utf-8", "replace").encode()  # a broken letter is shown as one
            if last == b"OBX":
                found[number] = pid
        elif line and last == b"PID":
            pid = UNKNOWN
    return found
