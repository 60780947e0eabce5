r"""The character set of a message: what MSH-18 declares is a hint, the bytes decide.

A set of two bytes a letter (Shift-JIS, Big5, GBK) has letters whose second byte is that of `|`,
`^`, `\` or `~`. Read as something else such a letter cuts its field and moves the ones behind it: a
birth date is lost, a day of collection comes from another field. So a message is never read as a
guess where that could be.
"""

from __future__ import annotations

import re

# HL7 table 0211 and its misspellings, and how senders name others: upper case, without blanks,
# hyphens, slashes and the like.
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
    "885910": "iso8859-10",
    "885911": "iso8859-11",
    "885913": "iso8859-13",
    "885914": "iso8859-14",
    "885915": "iso8859-15",
    "885916": "iso8859-16",
    "LATIN1": "latin-1",
    "ISOIR14": "iso2022_jp",
    "ISOIR87": "iso2022_jp",
    "ISOIR159": "iso2022_jp_2",
    "ISO2022JP": "iso2022_jp",
    "SHIFTJIS": "cp932",
    "SJIS": "cp932",
    "MS932": "cp932",
    "CP932": "cp932",
    "WINDOWS31J": "cp932",
    "EUCJP": "euc_jp",
    "GB180302000": "gb18030",
    "GB18030": "gb18030",
    "GB2312": "gb18030",
    "GBK": "gb18030",
    "CP936": "gb18030",
    "KSX1001": "cp949",
    "KSC5601": "cp949",
    "EUCKR": "cp949",
    "CP949": "cp949",
    "CNS116431992": "cp950",
    "BIG5": "cp950",
    "CP950": "cp950",
    "BIG5HKSCS": "big5hkscs",
    "KOI8R": "koi8-r",
    "KOI8U": "koi8-u",
    **{f"{name}{page}": f"cp{page}" for name in ("WINDOWS", "CP") for page in range(1250, 1259)},
}
_UTF_8 = frozenset(["UTF8", "UNICODEUTF8"])
_WIDER = {  # the set that senders mean who name the narrower one
    "shift_jis": "cp932",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "euc_kr": "cp949",
    "big5": "cp950",
}
_BY_ESCAPES = ("iso2022_jp", "iso2022_jp_2", "iso2022_jp_ext")
_SHIFT = re.compile(rb"\x1b(?:\$[@AB]|\$\([A-D]|\([BHIJ])")
_LINE = re.compile(rb"[^\r\n]+|[\r\n]")
_DECORATION = re.compile(r"[\s/_.()-]|^ISO(?=-?\s?8859)", re.IGNORECASE)
_LETTER = rb"[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
_LETTERS = re.compile(rb"((?:" + _LETTER + rb")+)|([\x80-\xff]+)")
_CUT = re.compile(rb"[\x81-\xfe][\\^|~]")
_C1 = re.compile(rb"[\x80-\x9f]")
_WITH_C1 = frozenset(
    codec for codec in _CODEC.values() if codec == "latin-1" or codec.startswith("iso8859")
)
# A run of bytes above 7F as a Western text has it: one or two letters beside others or by
# themselves, or the signs of a unit, a dash or a quote beside a letter, a digit or a blank.
_ACCENTED = rb"[\xc0-\xff\x8a\x8c\x8e\x9a\x9c\x9e\x9f]{1,2}"
_WESTERN = re.compile(
    rb"(?:(?<=[A-Za-z])" + _ACCENTED + rb"|" + _ACCENTED + rb"(?=[A-Za-z])"
    rb"|(?<=[|^~&\\ ])[\xc0-\xff]{1,2}(?=[|^~&\\ \r\n]|$)"
    rb"|(?:(?<=[A-Za-z0-9 .,)])|(?<![\x80-\xff])(?=[\x80-\xff][A-Za-z0-9 ]))"
    rb"[\xa0\xa7\xae\xb0-\xb5\xb7\xb9\xbf\xd7\xdf\xf7\x80\x85\x91-\x97\x99])(?![\x80-\xff])"
)
_ABOVE_ASCII = re.compile(rb"[\x80-\xff]+")


class UnknownCharset(ValueError):
    """Nobody says how a message's bytes are to be read, and a wrong guess could cut a field."""


def declared_codecs(msh_18: str, repetition: str = "~") -> list[str]:
    """The Python codecs for the sets that MSH-18 names; unknown names are passed over."""
    return [_CODEC[name] for name in _names(msh_18, repetition) if name in _CODEC]


def _names(msh_18: str, repetition: str = "~") -> list[str]:
    return [_DECORATION.sub("", name).upper() for name in msh_18.split(repetition)]


def decode(raw: bytes, encoding: str | None = None) -> tuple[str, str]:
    """The text of one message and the codec it was read as.

    `encoding` is what the facility file states and wins. Without it: the escape sequences of ISO
    2022 where there are any; UTF-8 when the bytes are that, or are it but for a few broken letters;
    else the set that MSH-18 declares; else cp1252 where the bytes look like a Western text or none
    could be a separator. Raises UnknownCharset for any other, and nothing else.
    """
    if encoding:
        codec = _WIDER.get(encoding, encoding)
        return _replaced(raw, codec), encoding
    if b"\x1b" in raw and _SHIFT.search(raw):
        return _by_escapes(raw)
    try:
        return raw.decode(), "utf-8"
    except UnicodeDecodeError:
        return _fallback(raw)


def readable(raw: bytes, encoding: str | None = None) -> str:
    """The text of a message for a person to look at, read as well as can be; never raises."""
    try:
        return decode(raw, encoding)[0]
    except UnknownCharset:
        return raw.decode("latin-1")


def _by_escapes(raw: bytes) -> tuple[str, str]:
    """ISO 2022: the sets declared first, then the others; the first that knows every sequence."""
    declared = [codec for codec in declared_codecs(_msh_18(raw)) if codec.startswith("iso2022")]
    codecs = [*declared, *_BY_ESCAPES]
    for codec in codecs:
        try:
            return _joined(raw, codec, "strict"), codec
        except UnicodeDecodeError:
            continue
    return _replaced(raw, codecs[0]), codecs[0]


def _replaced(raw: bytes, codec: str) -> str:
    """The text with a mark where bytes are no characters. No character reaches over a line end, nor
    does an escape sequence that nothing ended."""
    text = raw.decode(codec, "replace")
    if not codec.startswith("iso2022") and all(
        text.count(end) == raw.count(end.encode()) for end in "\r\n"
    ):
        return text
    return _joined(raw, codec, "replace")


def _joined(raw: bytes, codec: str, errors: str) -> str:
    return "".join(line.decode(codec, errors) for line in _LINE.findall(raw))


def _msh_18(raw: bytes) -> str:
    header = re.split(rb"[\r\n]", raw, maxsplit=1)[0].decode("latin-1")
    fields = header.split(header[3:4] or "|")
    return fields[17] if len(fields) > 17 else ""


def _fallback(raw: bytes) -> tuple[str, str]:
    msh_18 = _msh_18(raw)
    declared = declared_codecs(msh_18)
    says_utf_8 = not _UTF_8.isdisjoint(_names(msh_18))
    if _is_broken_utf_8(raw, says_utf_8, is_other=bool(declared)):
        return raw.decode("utf-8", "replace"), "utf-8"
    for codec in declared:
        if codec in _WITH_C1 and _C1.search(raw):
            continue  # no text has these control characters
        try:
            return raw.decode(codec), codec
        except UnicodeDecodeError:
            continue
    if _CUT.search(raw) and not _is_western(raw):
        raise UnknownCharset
    try:
        return raw.decode("cp1252"), "cp1252"
    except UnicodeDecodeError:
        return raw.decode("latin-1"), "latin-1"


def _is_broken_utf_8(raw: bytes, says_utf_8: bool, is_other: bool) -> bool:
    """Whether the letters are UTF-8 but for some: a field that was cut to so many bytes."""
    n_whole = n_broken = 0
    for whole, other in _LETTERS.findall(raw):
        n_whole += len(whole) > 0
        n_broken += len(other) > 0
    return n_whole > 0 and (says_utf_8 or (not is_other and n_whole > n_broken))


def _is_western(raw: bytes) -> bool:
    return all(_WESTERN.match(raw, run.start()) for run in _ABOVE_ASCII.finditer(raw))
