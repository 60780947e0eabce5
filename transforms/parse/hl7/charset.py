"""The character set of a message: what MSH-18 declares is a hint, the bytes decide."""

from __future__ import annotations

import re

# HL7 table 0211 (and its misspellings, upper case, without blanks, hyphens and slashes).
_CODEC = {
    "88591": "latin-1",
    "88592": "iso8859-2",
    "88593": "iso8859-3",
    "88594": "iso8859-4",
    "88595": "iso8859-5",
    "88596": "iso8859-6",
    "88597": "iso8859-7",
    "88598": "iso8859-8",
    "88599": "iso8859-9",
    "885915": "iso8859-15",
    "ISOIR14": "iso2022_jp",
    "ISOIR87": "iso2022_jp",
    "ISOIR159": "iso2022_jp_2",
    "GB180302000": "gb18030",
    "KSX1001": "euc_kr",
    "CNS116431992": "big5",
    "BIG5": "big5",
    "WINDOWS1252": "cp1252",
    "CP1252": "cp1252",
}
_LINE = re.compile(rb"[^\r\n]*[\r\n]?")
_DECORATION = re.compile(r"[\s/_.()-]|^ISO(?=-?\s?8859)", re.IGNORECASE)


def declared_codecs(msh_18: str, repetition: str = "~") -> list[str]:
    """The Python codecs for the sets that MSH-18 names; unknown names are passed over."""
    names = (_DECORATION.sub("", name).upper() for name in msh_18.split(repetition))
    return [_CODEC[name] for name in names if name in _CODEC]


def decode(raw: bytes, encoding: str | None = None) -> tuple[str, str]:
    """The text of one message and the codec it was read as; never raises.

    `encoding` is what the facility file states and wins. Without it: UTF-8 when the bytes are
    valid UTF-8, else the single-byte or national set that MSH-18 declares, else cp1252.
    """
    if encoding:
        return _replaced(raw, encoding), encoding
    if b"\x1b" in raw and "iso2022_jp" in (codecs := _declared(raw)):
        return _replaced(raw, codecs[-1]), codecs[-1]
    try:
        return raw.decode(), "utf-8"
    except UnicodeDecodeError:
        return _fallback(raw)


def _replaced(raw: bytes, codec: str) -> str:
    """The text with a mark where bytes are no characters. No character reaches over a line end."""
    text = raw.decode(codec, "replace")
    if all(text.count(end) == raw.count(end.encode()) for end in "\r\n"):
        return text
    return "".join(line.decode(codec, "replace") for line in _LINE.findall(raw))


def _declared(raw: bytes) -> list[str]:
    header = re.split(rb"[\r\n]", raw, maxsplit=1)[0].decode("latin-1")
    fields = header.split(header[3:4] or "|")
    return declared_codecs(fields[17]) if len(fields) > 17 else []


def _fallback(raw: bytes) -> tuple[str, str]:
    for codec in [*_declared(raw), "cp1252"]:
        try:
            return raw.decode(codec), codec
        except UnicodeDecodeError:
            continue
    return raw.decode("latin-1"), "latin-1"
