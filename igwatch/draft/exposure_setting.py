"""What a file of medications, diagnoses or procedures leaves open: kind, event, system, words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from igwatch.base.knowledge import knowledge_rows
from igwatch.draft.columns import SampleColumns
from igwatch.draft.exposure_word import exposure_word_settings
from igwatch.draft.facility_draft import Setting
from igwatch.draft.sample_table import SampleTable
from transforms.parse.facility.exposure_keys import EVENTS, KINDS
from transforms.parse.facility.facility_file import UNANSWERED

_LOCAL = "LOCAL"
DELIVERY = Setting(
    ("exposure_delivery",),
    UNANSWERED,
    "does each delivery hold only what is new or changed, or the whole list (snapshot)",
    ("changes", "snapshot"),
)
_PREFIXED = re.compile(r"[A-Za-z][A-Za-z0-9 ._-]*:\S.*")
_EXPORT_OF = re.compile(r"[^\W\d_]+(?:[_-][^\W\d_]+)*")
_PLAIN = re.compile(r"[^A-Z0-9]")
_MOST_SHOWN = 10
_MANY = 0.9  # of the codes of a column that have the shape of one system
_ASKED_OF = {"medication": EVENTS, "procedure": ("administered", "ordered")}


@dataclass
class _Exposures:
    """The sample as exposures: codes by kind; '' is the kind that has to be asked for."""

    table: SampleTable
    columns: SampleColumns
    file_name: str
    codes: dict[str, list[str]] = field(default_factory=dict)

    def cells(self, name: str) -> list[str]:
        listed = self.columns.certain.get(name, [])
        return self.table.column(listed[0]) if len(listed) == 1 else []

    def stated(self, key: str) -> str | None:
        """What the list of a known export says."""
        export = self.columns.export
        return export.file.keys.get(key) if export else None

    @property
    def is_like(self) -> bool:
        """Whether a person said which export it is: then its list answers."""
        return bool(self.columns.export and self.columns.export.is_stated)

    def words(self) -> list[str]:
        """The file's name and the headers that are read: what hints at kind and event."""
        return [Path(self.file_name).stem, *sorted(self.columns.mentioned())]


def exposure_settings(
    table: SampleTable, columns: SampleColumns, file_name: str
) -> Iterator[Setting]:
    """The keys that begin with exposure_, and the rows that are left out."""
    sample = _Exposures(table, columns, file_name)
    if columns.certain.get("kind"):
        yield from _kind_words(sample)
    else:
        yield _kind_of_file(sample)
    for kind in sample.codes:
        yield from _event(sample, kind)
    for kind, codes in sample.codes.items():
        yield from _system(sample, kind, codes)
    yield from _editions(sample)
    yield DELIVERY
    yield from exposure_word_settings(sample.cells("status"), sample.cells("certainty"))
    yield from _skipped(sample)


def unknown_systems(table: SampleTable, columns: SampleColumns) -> Iterator[str]:
    """The words of a column of systems that no knowledge has: such rows are not recognised."""
    headers = columns.certain.get("code_system", [])
    words = Counter(cell.strip() for header in headers for cell in table.column(header))
    yield from unread_systems(headers[0] if headers else "", words)


def unread_systems(where: str, words: Counter[str]) -> Iterator[str]:
    """The same of counted words that name systems, which stand in `where`."""
    known = {row["as_sent"] for row in knowledge_rows("exposure_system")}
    unknown = {
        word: n
        for word, n in words.items()
        if word and not word.isdecimal() and _plain_system(word) not in known
    }
    if unknown:
        listed = ", ".join(f"{word} ({n:,})" for word, n in sorted(unknown.items())[:_MOST_SHOWN])
        yield (
            f"{where} NAMES SYSTEMS THAT ARE NOT READ: {listed}. Rows of these are recognised "
            "by their name, or by the site's NAME.exposures.csv."
        )


def guessed_kind(word: str) -> str | None:
    """The kind of exposure that a word hints at; None for several or none."""
    found = {row["meaning"] for row in _hints("kind") if re.search(row["pattern"], word)}
    return found.pop() if len(found) == 1 else None


def _kind_words(sample: _Exposures) -> Iterator[Setting]:
    """Asked for each word of a column of kinds that is none of ours."""
    words = Counter(cell.strip() for cell in sample.cells("kind"))
    kind_of = {w: w.lower() if w.lower() in KINDS else guessed_kind(w) or "" for w in words}
    for word, code in zip(sample.cells("kind"), _codes(sample), strict=True):
        sample.codes.setdefault(kind_of[word.strip()], []).append(code)
    for word, n in sorted(words.items()):
        if word and word.lower() not in KINDS:
            guess = [kind_of[word]] if kind_of[word] else []
            choices = tuple(dict.fromkeys([*guess, *KINDS]))
            note = f"{n} rows; what such a row holds"
            yield Setting(("exposure_kind_map", word), UNANSWERED, note, choices)


def _kind_of_file(sample: _Exposures) -> Setting:
    """The kind by the list of an export, else by the name, the headers and the codes together."""
    begin = _EXPORT_OF.match(sample.file_name)
    key = ("kind", begin[0]) if begin else ("kind",)
    stated = sample.stated("kind")
    votes = Counter(filter(None, map(guessed_kind, sample.words())))
    codes = _codes(sample)
    votes.update(kind for kind in KINDS if _systems(kind, codes))
    best = [kind for kind, n in votes.items() if n == max(votes.values())]
    kind = stated or (best[0] if len(best) == 1 else "")
    sample.codes[kind] = codes
    if not kind:
        return Setting(key, UNANSWERED, "what the rows of such a file are", KINDS)
    said = "as in that export" if stated else "its name, headers and codes say so"
    return Setting(key, kind, f"{said}; of files whose names begin so")


def _event(sample: _Exposures, kind: str) -> Iterator[Setting]:
    """Asked where it makes a difference: a diagnosis is listed."""
    if sample.columns.certain.get("event_kind") or (kind and kind not in _ASKED_OF):
        return
    key = ("exposure_event", kind) if kind else ("exposure_event",)
    stated = sample.stated("exposure_event")
    if stated and sample.is_like:
        yield Setting(key, stated, "as in that export")
        return
    votes = Counter(
        row["meaning"]
        for row in _hints("event")
        for word in sample.words()
        if row["kind"] == kind and re.search(row["pattern"], word)
    )
    guesses = [stated] if stated else [event for event, _ in votes.most_common()]
    choices = tuple(dict.fromkeys([*guesses, *_ASKED_OF.get(kind, EVENTS)]))
    note = f"what became of a {kind or 'row'}: nobody took what was only ordered"
    yield Setting(key, UNANSWERED, note, choices)


def _system(sample: _Exposures, kind: str, codes: list[str]) -> Iterator[Setting]:
    """Asked once where neither a column, a prefix nor the header states the system of the codes."""
    filled = [code.strip() for code in codes if code.strip()]
    is_in_column = any(cell.strip() for cell in sample.cells("code_system"))
    n_prefixed = sum(bool(_PREFIXED.fullmatch(code)) for code in filled)
    if not filled or is_in_column or 2 * n_prefixed > len(filled):
        return
    key = ("exposure_system", kind) if kind else ("exposure_system",)
    alike = _systems(kind, filled)
    seen = "; ".join(f"{n:,} of {len(filled):,} look like {system}" for system, n in alike)
    header = _system_of(sample.columns.certain["code"][0]) if _codes_are_certain(sample) else None
    stated = sample.stated("exposure_system") if sample.is_like else None
    if stated:
        yield Setting(key, stated, f"as in that export; {seen or 'of another shape'}")
    elif header and header in [system for system, _ in alike]:
        yield Setting(key, header, f"its header says so; {seen}")
    else:
        export = sample.stated("exposure_system")
        guesses = [header, export, *(system for system, _ in alike), _LOCAL]
        note = (
            f"the system of the codes ({seen or 'of no shape that is known'}), {_LOCAL} where it "
            "is the house's own; take the line out where no one system holds"
        )
        yield Setting(key, UNANSWERED, note, tuple(dict.fromkeys(filter(None, guesses))))


def _editions(sample: _Exposures) -> Iterator[Setting]:
    """Asked for each number that stands in a column of systems: 9 and 10 are ICD's editions, and a
    diagnosis and a procedure of one edition are codes of two systems."""
    kind = next(iter(sample.codes)) if len(sample.codes) == 1 else ""
    by_word: dict[str, list[str]] = {}
    for word, code in zip(sample.cells("code_system"), _codes(sample), strict=False):
        if word.strip().isdecimal():
            by_word.setdefault(word.strip(), []).append(code)
    for word, codes in sorted(by_word.items()):
        key = ("exposure_system_map", kind, word) if kind else ("exposure_system_map", word)
        note = f"{len(codes):,} rows; the system that {word} stands for"
        guesses = [system for system, _ in _systems(kind, codes)]
        yield Setting(key, UNANSWERED, note, (*guesses, _LOCAL))


def _skipped(sample: _Exposures) -> Iterator[Setting]:
    """Rows that an export marks as taken back, by the texts of it that stand in the sample."""
    export = sample.columns.export
    for name, texts in (export.file.skip if export else {}).items():
        header = next((h for h in sample.columns.cells if h.casefold() == name.casefold()), None)
        if header:
            yield Setting(("skip_rows_where", header), tuple(texts.split("|")), "as in that export")


def _codes(sample: _Exposures) -> list[str]:
    return sample.cells("code") or [""] * len(sample.table.rows)


def _codes_are_certain(sample: _Exposures) -> bool:
    return len(sample.columns.certain.get("code", [])) == 1


def _systems(kind: str, codes: Sequence[str]) -> list[tuple[str, int]]:
    """The systems whose shape nearly all codes have, and how many have it."""
    filled = Counter(code.strip() for code in codes if code.strip())
    found = []
    for row in _hints("system"):
        if kind in ("", row["kind"]):
            shape = re.compile(row["pattern"])
            n = sum(times for code, times in filled.items() if shape.fullmatch(code))
            if n and n >= _MANY * filled.total():
                found.append((row["meaning"], n))
    return list(dict(found).items())


def _plain_system(text: str) -> str:
    """A system as the models compare it (macro plain_system)."""
    return re.sub(r"(?:19|20)[0-9]{2}$", "", _PLAIN.sub("", text.upper()))


def _system_of(header: str) -> str | None:
    """The system that a header such as `ICD-10 Code` or `RXNORM_CUI` names."""
    plain = _PLAIN.sub("", header.upper())
    plain = re.sub(r"(?:CODE|KODE|KOD|KOODI|CUI|NUMBER|NR)$|^(?:CODE|CODIGO|CODICE)", "", plain)
    systems = {row["as_sent"]: row["code_system"] for row in knowledge_rows("exposure_system")}
    hinted = {_PLAIN.sub("", row["meaning"]): row["meaning"] for row in _hints("system")}
    return systems.get(plain) or hinted.get(plain)


def _hints(about: str) -> list[dict[str, str]]:
    return [row for row in knowledge_rows("exposure_hint") if row["about"] == about]
