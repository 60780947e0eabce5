"""What a facility says of its exposures: their kinds, events, systems and words, and its lists.

Kind, event and system are put into each row as it is read; the words of standing and what is said
of whole lists are read when a night is built.
"""

from __future__ import annotations

from collections.abc import Iterable
from fnmatch import fnmatchcase
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, field_validator

from igwatch.base.knowledge import knowledge_rows

KINDS = ("medication", "diagnosis", "procedure", "finding")
ADMINISTRATION = "administration"
"""What a file may say for a medication that was given on its day."""
KIND_WORDS = (*KINDS, ADMINISTRATION)
EVENTS = ("ordered", "dispensed", "administered", "listed")
EVENT_OF_KIND = {
    "medication": "ordered",
    "diagnosis": "listed",
    "procedure": "administered",
    "finding": "listed",
    ADMINISTRATION: "administered",
}
MEANINGS = (
    *("active", "completed", "stopped", "on_hold", "cancelled", "not_done", "planned"),
    *("historical", "confirmed", "suspected", "history", "excluded", "unchanged"),
)
# what a map may write as well: the words of rules 2026.2, 3b
OF_RULES = {"counts": "active", "withdrawn": "cancelled", "not_given": "not_done"}
"""What a sender's word of an exposure's standing may mean (knowledge/exposure_status.csv)."""
ACCEPTED = "accepted"
_EVERY_FILE = ""


def _listed(names: Any) -> Any:
    return (names,) if isinstance(names, str) else names


def _of_every_kind(stated: Any) -> Any:
    """One word stands for all kinds."""
    return dict.fromkeys(KINDS, stated) if isinstance(stated, str) else stated


def _words_of_every_kind(stated: Any) -> Any:
    """A mapping of words stands for all kinds."""
    is_flat = isinstance(stated, dict) and all(isinstance(v, str) for v in stated.values())
    return dict.fromkeys(KINDS, stated) if is_flat and stated else stated


def _of_every_file(stated: Any) -> Any:
    return {_EVERY_FILE: stated} if isinstance(stated, str) else stated


class ExposureKeys(BaseModel):
    """The keys of `facility/<name>.yaml` about exposures, but for exposure_feed."""

    exposure_delivery: Literal["changes", "snapshot"] = "changes"
    kind: Annotated[dict[str, str], BeforeValidator(_of_every_file)] = {}
    exposure_kind_map: dict[str, str] = {}
    exposure_event: Annotated[dict[str, str], BeforeValidator(_of_every_kind)] = {}
    exposure_system: Annotated[dict[str, str], BeforeValidator(_of_every_kind)] = {}
    exposure_system_map: Annotated[
        dict[str, dict[str, str]], BeforeValidator(_words_of_every_kind)
    ] = {}
    exposure_status_map: dict[str, str] = {}
    exposure_certainty_map: dict[str, str] = {}
    exposure_from: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()
    exposure_list_accepted: Annotated[tuple[str, ...], BeforeValidator(_listed)] = ()

    @field_validator("kind", "exposure_kind_map")
    @classmethod
    def _known_kinds(cls, kinds: dict[str, str]) -> dict[str, str]:
        return {name.strip(): _one_of(kind, KIND_WORDS, "kind") for name, kind in kinds.items()}

    @field_validator("exposure_event")
    @classmethod
    def _known_events(cls, events: dict[str, str]) -> dict[str, str]:
        return {
            _one_of(kind, KINDS, "kind"): _one_of(event, EVENTS, "event")
            for kind, event in events.items()
        }

    @field_validator("exposure_system")
    @classmethod
    def _stated_systems(cls, systems: dict[str, str]) -> dict[str, str]:
        for kind, system in systems.items():
            if not any(sign.isalnum() for sign in system):
                raise ValueError(f"no system is stated for {kind}; write for example ATC or ICD10")
        return {_kind_or_file(of): system.strip() for of, system in systems.items()}

    @field_validator("exposure_system_map")
    @classmethod
    def _systems_of_words(cls, words: dict[str, dict[str, str]]) -> dict[str, dict[str, str]]:
        return {
            _one_of(kind, KINDS, "kind"): {w.strip(): s.strip() for w, s in of_kind.items()}
            for kind, of_kind in words.items()
        }

    @field_validator("exposure_status_map", "exposure_certainty_map")
    @classmethod
    def _known_standings(cls, words: dict[str, str]) -> dict[str, str]:
        """Each word with what it means, by any word or meaning of the knowledge table."""
        known = [row for row in knowledge_rows("exposure_status") if row["field"] == "word"]
        meant = {_plain(row["as_sent"]): row["meaning"] for row in known}
        meanings = {*MEANINGS, *(row["meaning"] for row in known)}
        meant |= {_plain(meaning): meaning for meaning in meanings}
        meant |= {_plain(word): meaning for word, meaning in OF_RULES.items()}
        seen: dict[str, str] = {}
        for word, meaning in words.items():
            if seen.setdefault(word.strip().upper(), word) != word:
                raise ValueError(f"stands twice, in capitals and not: {word}; keep one of them")
            if _plain(meaning) not in meant:
                known_words = ", ".join((*MEANINGS, *OF_RULES))
                raise ValueError(f"no meaning for {word} is {meaning}; write one of {known_words}")
        return {word.strip(): meant[_plain(meaning)] for word, meaning in words.items()}

    def exposure_kind_of(self, file_name: str) -> str | None:
        """What a file without a column of kinds holds: by the longest beginning or pattern of its
        name that is stated, its folders aside and in any case; else what is stated for every
        file."""
        return self.kind.get(_stated_for(file_name, self.kind))

    def is_named_exposures(self, file_name: str) -> bool:
        """Whether the beginning of the file's name is one that states its kind."""
        return _stated_for(file_name, self.kind) != _EVERY_FILE

    def system_of(self, file_name: str) -> dict[str, str]:
        """The system of each kind's codes in a file, where its rows state none."""
        by_kind = {k: system for k, system in self.exposure_system.items() if k in KINDS}
        by_file = {k: s for k, s in self.exposure_system.items() if k not in KINDS}
        stated = by_file.get(_stated_for(file_name, by_file))
        return dict.fromkeys(KINDS, stated) if stated else by_kind

    def event_kinds(self) -> dict[str, str]:
        """The kind of event of each kind of exposure where its row states none."""
        return EVENT_OF_KIND | self.exposure_event

    def exposure_words(self) -> dict[str, dict[str, str]]:
        """The facility's own words by what they are about, and the lists that it accepted."""
        return {
            "exposure_status": self.exposure_status_map,
            "exposure_certainty": self.exposure_certainty_map,
            "exposure_list": {name.upper(): ACCEPTED for name in self.exposure_list_accepted},
        }


def _stated_for(file_name: str, stated: Iterable[str]) -> str:
    """The longest beginning or pattern (`*med*`) among these that the file's name has."""
    name = file_name.rsplit("/", 1)[-1].casefold()
    fitting = [each for each in stated if fnmatchcase(name, f"{each.casefold()}*")]
    return max(fitting, key=len, default=_EVERY_FILE)


def _kind_or_file(stated: str) -> str:
    plain = stated.strip().lower()
    return plain if plain in KINDS else stated.strip()


def _one_of(word: str, known: tuple[str, ...], what: str) -> str:
    plain = word.strip().lower()
    if plain not in known:
        raise ValueError(f"no {what} of exposure is {word}; write {' or '.join(known)}")
    return plain


def _plain(word: str) -> str:
    """A word for comparing: any case, `_`, `-` and blanks alike."""
    return " ".join(word.lower().replace("_", " ").replace("-", " ").split())
