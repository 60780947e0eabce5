"""A facility's YAML as nested text with the line of every key, so that a fault can name its line.

How large and how deep it is, aliases written out, is counted before anything is built of it.

Every scalar stays the text that was written: `00123` is a local code and not a number, and a
country's code `NO` is not false.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from dataclasses import dataclass, field
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import yaml

from igwatch.base.error import IgwatchError

Key = tuple[str | int, ...]
MOST_BYTES = 2 << 20
MOST_VALUES = 100_000
DEEPEST = 20
UNANSWERED = "?"
"""Stands in a drafted file for an answer that a person still has to give."""


class FacilityError(IgwatchError):
    """A facility file that cannot be used; the text is one line with file, line, key and mend."""


@dataclass
class FacilityFile:
    """The settings of one file as nested text, and the 1-based line on which each key stands."""

    name: str
    settings: Any = None
    line: dict[Key, int] = field(default_factory=dict)

    def fault(self, key: Key, what: str, mend: str) -> FacilityError:
        """An error that names the file, the line of the key (else of its parent) and the key."""
        parent = key
        while parent and parent not in self.line:
            parent = parent[:-1]
        line = f", line {self.line[parent]}" if parent else ""
        named = f"key {'.'.join(map(str, key))}: " if key else ""
        return FacilityError(f"{self.name}{line}: {named}{what}".rstrip(), mend)

    def refuse_unknown(self, key: Key, known: Iterable[str]) -> None:
        """Raise FacilityError for a key below `key` that is not one of `known`."""
        names = list(known)
        for *_, name in self.keys_below(key):
            if isinstance(name, str) and name not in names:
                nearest = get_close_matches(name.lower(), names, n=1, cutoff=0.5)
                mend = f"did you mean {nearest[0]}?" if nearest else f"known: {', '.join(names)}"
                raise self.fault((*key, name), "not a known key", mend)

    def refuse_unanswered(self) -> None:
        """Raise FacilityError for the first question of a draft that nobody has answered."""
        for key in self.line:
            value: Any = self.settings
            for part in key:
                value = value[part]
            if value == UNANSWERED:
                mend = 'write the answer in place of "?", or take the line out'
                raise self.fault(key, "not answered yet", mend)

    def keys_below(self, key: Key) -> list[Key]:
        """The keys one level below `key`; none where there is nothing."""
        return [known for known in self.line if known[:-1] == key]


def read_facility_file(path: Path) -> FacilityFile:
    """The file's settings. Raises FacilityError for a file that cannot be read or is too large, bad
    YAML, a key stated twice, or no mapping."""
    file = FacilityFile(path.name)
    text = read_text(path, FacilityError)
    try:
        _refuse_unbounded(file, yaml.parse(text, Loader=yaml.SafeLoader))
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        line = f", line {mark.line + 1}" if mark else ""
        raise FacilityError(
            f"{path.name}{line}: not valid YAML",
            "check the indentation and put quotes around unusual text",
        ) from None
    file.settings = {} if root is None else _text(root, (), file)
    if not isinstance(file.settings, dict):
        raise file.fault((), "", "must be a mapping of keys such as `zone: Europe/London`")
    return file


def read_text(path: Path, fault: type[FacilityError]) -> str:
    """The text of a file of the folder facility/. Raises `fault` where it cannot be read."""
    try:
        if path.exists() and not path.is_file():
            raise fault(f"{path.name}: is no plain file", "put a file in its place")
        if path.stat().st_size > MOST_BYTES:
            raise fault(f"{path.name}: larger than {MOST_BYTES >> 20} MB", "is it the right file?")
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise fault(f"{path.name}: not UTF-8", "save the file as UTF-8") from None
    except OSError as error:
        why = os.strerror(error.errno or 0).lower()
        mend = "make it a plain file that the user igwatch runs as may read"
        raise fault(f"{path.name}: cannot be read ({why})", mend) from None


def _refuse_unbounded(file: FacilityFile, events: Iterable[yaml.Event]) -> None:
    """Raise FacilityError for nesting or a number of values that no facility needs, and for what is
    no text.

    An alias counts as all that it stands for, so a few lines of aliases to aliases are seen for
    what they would become; one that stands inside its own anchor has no end.
    """
    size_of: dict[str, int] = {}
    open_nodes: list[tuple[str | None, int]] = []
    n_values = 0
    for event in events:
        if isinstance(event, yaml.AliasEvent):
            if event.anchor not in size_of and event.anchor in {name for name, _ in open_nodes}:
                raise _unbounded(file, event, f"*{event.anchor} stands inside itself")
            n_values += size_of.get(str(event.anchor), 1)
        elif isinstance(event, yaml.CollectionEndEvent):
            name, n_before = open_nodes.pop()
            if name:
                size_of[name] = n_values - n_before
        elif isinstance(event, yaml.NodeEvent):
            n_values += 1
            if isinstance(event, yaml.ScalarEvent) and not is_text(event.value):
                raise _unbounded(file, event, "half a letter (a surrogate)")
            if isinstance(event, yaml.CollectionStartEvent):
                open_nodes.append((event.anchor, n_values))
            elif event.anchor:
                size_of[event.anchor] = 1
        if len(open_nodes) > DEEPEST:
            raise _unbounded(file, event, f"nested deeper than {DEEPEST}")
        if n_values > MOST_VALUES:
            raise _unbounded(file, event, f"more than {MOST_VALUES:,} values, aliases written out")


def is_text(text: str) -> bool:
    """Whether a text can be written as UTF-8: it holds no half of a surrogate pair."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _unbounded(file: FacilityFile, event: yaml.Event, what: str) -> FacilityError:
    line = f", line {event.start_mark.line + 1}" if event.start_mark else ""
    return FacilityError(f"{file.name}{line}: {what}", "write it out plainly")


def _text(node: yaml.Node, key: Key, file: FacilityFile) -> Any:
    """A YAML node as lists, dicts and text; the line of every key below it is noted in `file`."""
    if isinstance(node, yaml.SequenceNode):
        for place, item in enumerate(node.value):
            file.line[(*key, place)] = item.start_mark.line + 1
        return [_text(item, (*key, place), file) for place, item in enumerate(node.value)]
    if isinstance(node, yaml.MappingNode):
        return _mapping(node, key, file)
    return None if node.tag.endswith(":null") else node.value


def _mapping(node: yaml.MappingNode, key: Key, file: FacilityFile) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in node.value:
        path = (*key, str(name.value))
        if path in file.line:
            first = file.line[path]
            file.line[path] = name.start_mark.line + 1
            raise file.fault(path, f"stated twice, first on line {first}", "keep one of them")
        file.line[path] = name.start_mark.line + 1
        found[str(name.value)] = _text(value, path, file)
    return found
