"""The draft of a facility file: settings with their reasons, questions, and the YAML of both."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from igwatch.base.error import IgwatchError
from transforms.parse.facility.facility_file import UNANSWERED, Key

_BARE = re.compile(r"[^\W\d][\w./()-]*(?: [\w./()-]+)*")
_NULL = {"null", "~"}
_ANY_ZONE = "UTC"
_UNKNOWN = ("status_map", "exposure_status_map", "exposure_certainty_map", "sex_map")


class DraftError(IgwatchError):
    """A sample of which no draft can be made; one line with the mend."""


@dataclass(frozen=True)
class Setting:
    """One key of the file, with a text or a list of texts. `note` says where the value is from, or
    asks for it; `choices` are the answers that the sample leaves open, if it leaves a few."""

    key: Key
    value: str | tuple[str, ...] = UNANSWERED
    note: str = ""
    choices: tuple[str, ...] = ()

    @property
    def is_open(self) -> bool:
        """Whether it is a question."""
        return self.value == UNANSWERED

    @property
    def path(self) -> str:
        """The key as a person writes it, such as `code_map.IGM`."""
        return ".".join(map(str, self.key))


@dataclass(frozen=True)
class ColumnSeen:
    """A column of the sample: what its cells are, with a count, and what it is taken for."""

    header: str
    cells: str
    guess: str


@dataclass(frozen=True)
class Draft:
    """The settings in the order in which they are written, and what was seen of the sample.

    `seen` says what the sample is; `remarks` are one-line facts that belong to no key, `loud` those
    that make the rest worthless, `outcome` what would become of the rows.
    """

    name: str
    seen: str
    settings: tuple[Setting, ...]
    remarks: tuple[str, ...] = ()
    columns: tuple[ColumnSeen, ...] = ()
    loud: tuple[str, ...] = ()
    outcome: tuple[str, ...] = ()

    @property
    def questions(self) -> list[Setting]:
        """The settings that nobody has answered yet."""
        return [setting for setting in self.settings if setting.is_open]

    def answered(self, answers: Mapping[str, str]) -> Draft:
        """The draft with questions answered, by path such as `code_map.IGM`.

        Raises DraftError for a path that is no key of the draft.
        """
        paths = [setting.path for setting in self.settings]
        for path in answers:
            if path not in paths:
                raise DraftError(f"{path} is not asked", f"asked are: {', '.join(self._asked())}")
        new = (replace(s, value=answers.get(s.path, s.value)) for s in self.settings)
        return replace(self, settings=tuple(new))

    def _asked(self) -> list[str]:
        return [question.path for question in self.questions]

    def as_dict(self) -> dict[str, Any]:
        """The draft for scripts."""
        return {
            "facility": self.name,
            "seen": self.seen,
            "loud": list(self.loud),
            "remarks": list(self.remarks),
            "columns": [vars(column) for column in self.columns],
            "outcome": list(self.outcome),
            "settings": [
                {"key": s.path, "value": _plain(s.value), "note": s.note}
                for s in self.settings
                if not s.is_open
            ],
            "questions": [
                {"key": s.path, "question": s.note, "choices": list(s.choices)}
                for s in self.questions
            ],
        }

    def yaml(self) -> str:
        """The file as it is written: every line says why it is there or what is asked."""
        n = len(self.questions)
        first_step = f'answer {n} marked "?", then' if n else "next"
        head = [
            f"Drafted by igwatch facility new from {self.seen}.",
            f"To do: {first_step}: igwatch preview FILE --facility {self.name}",
            *self.loud,
            *self.remarks,
            *self.outcome,
        ]
        lines = [f"# {_one_line(line)}" for line in head]
        return "\n".join([*lines, "", *setting_lines(self.settings)]) + "\n"


def first_choices(questions: Sequence[Setting]) -> dict[str, str]:
    """What each question's first choice is, where the sample proposes one; any zone.

    What a word of standing means has no first choice: unknown, it takes no effect.
    """
    proposed = {q.path: q.choices[0] for q in questions if q.choices and q.key[0] not in _UNKNOWN}
    return proposed | {q.path: _ANY_ZONE for q in questions if q.path == "zone"}


def setting_lines(settings: tuple[Setting, ...]) -> Iterator[str]:
    """The YAML of the settings; a parent that two of them share is written once."""
    before: Key = ()
    for setting in settings:
        parents, name = setting.key[:-1], setting.key[-1]
        shared = _n_shared(before, parents)
        for depth in range(shared, len(parents)):
            parent = parents[depth]
            if isinstance(parent, str):
                yield f"{'  ' * depth}{_quoted(parent)}:"
        is_new_item = shared < len(parents) and isinstance(parents[-1], int)
        indent = "  " * (len(parents) - is_new_item) + ("- " if is_new_item else "")
        yield f"{indent}{_quoted(str(name))}: {written(setting.value)}{_comment(setting)}"
        before = parents


def _n_shared(one: Key, other: Key) -> int:
    """How many leading parts two keys have in common."""
    n = 0
    while n < min(len(one), len(other)) and one[n] == other[n]:
        n += 1
    return n


def _comment(setting: Setting) -> str:
    is_named = all(f" {choice}" in setting.note for choice in setting.choices)
    choices = "" if is_named else f"; one of: {' | '.join(setting.choices)}"
    text = _one_line(setting.note + choices)
    mark = "QUESTION: " if setting.is_open else ""
    return f" # {mark}{text}" if text else ""


def written(value: str | tuple[str, ...]) -> str:
    """A value as YAML: a text, or a list of texts in one line."""
    if isinstance(value, str):
        return _quoted(value)
    return f"[{', '.join(_quoted(text) for text in value)}]"


def _plain(value: str | tuple[str, ...]) -> str | list[str]:
    return value if isinstance(value, str) else [*value]


def _quoted(text: str) -> str:
    if _BARE.fullmatch(text) and text.lower() not in _NULL:
        return text
    return json.dumps(text, ensure_ascii=not text.isprintable())


def _one_line(text: str) -> str:
    return "".join(sign if sign.isprintable() else "\ufffd" for sign in text)
