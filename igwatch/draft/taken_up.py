"""A facility file that is there already, taken up: what is answered stays, what is new is added.

The file is a person's: only the lines of answers change, and lines are added; comments stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from igwatch.draft.facility_draft import Draft, Setting, first_choices, setting_lines, written
from transforms.parse.facility.facility_file import (
    UNANSWERED,
    FacilityFile,
    Key,
    read_facility_file,
)

_QUESTION = re.compile(r"""(:\s*)(?:"\?"|'\?'|\?)(?=\s|$)(\s*#\s*)?(QUESTION: )?""")
_VALUE = re.compile(
    r"""^(\s*\w+:\s*)(?:"(?:[^"\\]|\\.)*"|'[^']*'|\[[^\]]*\]|[^#\s"'\[][^#]*?)(?=\s+#|\s*$)"""
)
_OF_THE_FEED = ("zone", "delimiter", "encoding", "date_format", "decimal_mark")


@dataclass(frozen=True)
class TakenUp:
    """A draft beside the file that is there: the questions left in both, and what is new.

    `others` are columns that have another header in this sample, each with all its headers.
    """

    draft: Draft
    text: str
    file: FacilityFile
    new: tuple[Setting, ...]
    others: Mapping[Key, tuple[str, ...]]

    @property
    def has_questions(self) -> bool:
        """Whether somebody left questions of the file unanswered."""
        return any(_value(self.file, key) == UNANSWERED for key in self.file.line)

    def yaml(self) -> str:
        """The file with its answers written in, and what this sample adds."""
        lines = self.text.splitlines()
        for setting in self.draft.settings:
            if setting.key in self.file.line and setting not in self.new:
                place = self.file.line[setting.key] - 1
                lines[place] = _with_answer(lines[place], setting)
        for key, headers in self.others.items():
            place = self.file.line[key] - 1
            found = _VALUE.match(lines[place])
            if found:
                rest = lines[place][found.end() :]
                lines[place] = f"{found[1]}{written(headers)}{rest}"
        return "\n".join(_with_new(lines, self.file, self.new)) + "\n"

    def supposed(self) -> str:
        """The file with each open question as its first choice says, or left out."""
        text = self.answered(first_choices(self.draft.questions)).yaml()
        return "\n".join(line for line in text.splitlines() if not _QUESTION.search(line))

    def answered(self, answers: Mapping[str, str]) -> TakenUp:
        """The same with questions answered, those of the file and those that are new."""
        draft = self.draft.answered(answers)
        new = {setting.key for setting in self.new}
        return replace(self, draft=draft, new=tuple(s for s in draft.settings if s.key in new))


def taken_up(draft: Draft, path: Path) -> TakenUp:
    """The draft as what the file at `path` leaves open. Raises FacilityError for a broken file."""
    file = read_facility_file(path)
    kept = [_of_file(setting, file) for setting in draft.settings]
    settings = [setting for setting in kept if setting is not None]
    listed = {setting.key for setting in settings}
    left = [
        Setting(key, UNANSWERED, "left open before")
        for key in file.line
        if key not in listed and _value(file, key) == UNANSWERED
    ]
    new = tuple(s for s in settings if s.key not in file.line and not _is_stated_above(s, file))
    known = [s for s in settings if s.key in file.line]
    others = {setting.key: headers for setting, headers in _others(draft, file)}
    grown = (f"{'.'.join(map(str, key))} is now {written(h)}." for key, h in others.items())
    drafted = replace(draft, settings=(*left, *known, *new), remarks=(*draft.remarks, *grown))
    return TakenUp(drafted, path.read_text(encoding="utf-8-sig"), file, new, others)


def _of_file(setting: Setting, file: FacilityFile) -> Setting | None:
    """The setting where it is a question still or new; None where the file has answered it."""
    if setting.key not in file.line:
        return None if setting.key[0] in _OF_THE_FEED and not setting.is_open else setting
    return setting if setting.is_open and _value(file, setting.key) == UNANSWERED else None


def _is_stated_above(setting: Setting, file: FacilityFile) -> bool:
    """Whether one text stands for all keys below the parent, such as `exposure_system: ATC`."""
    parents = [setting.key[:n] for n in range(1, len(setting.key))]
    return any(isinstance(_value(file, parent), str) for parent in parents if parent in file.line)


def _others(draft: Draft, file: FacilityFile) -> Iterator[tuple[Setting, tuple[str, ...]]]:
    """Columns that the file maps to a header which this sample does not have, with all headers."""
    headers = {column.header.casefold() for column in draft.columns}
    for setting in draft.settings:
        if setting.key[0] != "columns" or setting.key not in file.line or setting.is_open:
            continue
        stated = _value(file, setting.key)
        listed = [stated] if isinstance(stated, str) else [*stated]  # type: ignore[misc]
        if UNANSWERED not in listed and not any(h.casefold() in headers for h in listed):
            yield setting, tuple(dict.fromkeys([*listed, *_texts(setting)]))


def _texts(setting: Setting) -> Sequence[str]:
    return [setting.value] if isinstance(setting.value, str) else setting.value


def _value(file: FacilityFile, key: Key) -> object:
    value: object = file.settings
    for part in key:
        value = value[part]  # type: ignore[index]
    return value


def _with_answer(line: str, setting: Setting) -> str:
    if setting.is_open:
        return line
    return _QUESTION.sub(lambda m: f"{m[1]}{written(setting.value)}{m[2] or ''}", line, count=1)


def _line(setting: Setting) -> str:
    return [*setting_lines((setting,))][-1].strip()


def _with_new(lines: list[str], file: FacilityFile, new: Sequence[Setting]) -> list[str]:
    """New keys below their parent where it is there and a block, else at the end."""
    behind: dict[int, list[str]] = {}
    at_end = []
    for setting in new:
        parent = setting.key[:1]
        below = [line for key, line in file.line.items() if key[:1] == parent and len(key) > 1]
        is_block = below and parent in file.line and max(below) > file.line[parent]
        if len(setting.key) == 2 and is_block:
            behind.setdefault(max(below), []).append(f"  {_line(setting)}")
        elif parent in file.line:
            flat = _line(setting)
            at_end.append(f"# to add to {parent[0]} above: {flat}")
    rest = [s for s in new if s.key[:1] not in file.line]
    grown = [text for i, line in enumerate(lines, 1) for text in (line, *behind.get(i, ()))]
    return [*grown, *at_end, *setting_lines(tuple(rest))]
