"""A naive reading of an HL7 file: whose PID stands above each OBX line, and how many there are.

It knows lines and nothing else, and shares no code with the parser. It speaks of messages in the
usual delimiters only; of others it says nothing.
"""

from __future__ import annotations

import re

_LINE_END = re.compile(rb"\r\n|\r|\n")
_MESSAGE = re.compile(rb"MSH([^\w\s])[^\w\s]{1,5}(?:amp;)?\1")
_PADDING = b" \t\x00\x0b\x1a\x1c\xef\xbb\xbf"
UNKNOWN = b"?"


def pid_of_lines(content: bytes) -> dict[int, bytes]:
    """The PID line above each OBX line, by 1-based line number; b'' when there is none.

    UNKNOWN when the message is not in the usual delimiters, or its PID line is broken.
    """
    found: dict[int, bytes] = {}
    pid = b""
    for number, line in enumerate(_LINE_END.split(content), 1):
        line = line.lstrip(_PADDING)
        glued = list(_MESSAGE.finditer(line))
        if glued or line[:3].upper() in (b"MSH", b"FHS", b"BHS", b"BTS", b"FTS"):
            usual = glued and line[glued[-1].start() :].startswith(b"MSH|^~\\&|")
            pid = b"" if usual else UNKNOWN
        elif pid != UNKNOWN and line[:3].upper() == b"PID":
            pid = line if line[3:4] == b"|" else UNKNOWN
        elif line[:4].upper() in (b"OBX|", b"OBX"):
            found[number] = pid
    return found


def n_result_lines(content: bytes) -> int:
    """OBX lines of a file whose messages are in the usual delimiters."""
    return len(pid_of_lines(content))
