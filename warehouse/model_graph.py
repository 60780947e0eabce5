"""What the SQL models read of each other, as a graph; lists of models are asked of it.

A model is a node by the name of its table. One whose header has a line `-- spans: patients: why`
looks across patients although it is made of patients' rows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from warehouse.build_models import tables_read

SPANS_PATIENTS = re.compile(r"\A(?:--.*\n)*-- spans: patients: ")


@dataclass(frozen=True)
class ModelGraph:
    """texts: each model's SQL, by name. reads: what it reads, raw and knowledge among it."""

    texts: Mapping[str, str]
    reads: Mapping[str, frozenset[str]]

    @classmethod
    def of(cls, models: Path) -> ModelGraph:
        """The graph of all models in a folder."""
        files = {f"{p.parent.name}.{p.stem}": p for p in sorted(models.glob("*/*.sql"))}
        return cls(
            {name: path.read_text(encoding="utf-8") for name, path in files.items()},
            {name: tables_read(path) for name, path in files.items()},
        )

    @property
    def spanning(self) -> frozenset[str]:
        """The models that say of themselves that they look across patients."""
        return frozenset(name for name, text in self.texts.items() if SPANS_PATIENTS.search(text))

    def in_schemas(self, schemas: Iterable[str]) -> set[str]:
        """The models of these schemas."""
        wanted = set(schemas)
        return {name for name in self.reads if name.split(".")[0] in wanted}

    def naming(self, key: str) -> set[str]:
        """The models that name this key of a knowledge table, a parameter for one."""
        return {name for name, text in self.texts.items() if f"'{key}'" in text}

    def above(self, names: Iterable[str]) -> set[str]:
        """These models and every model that they need."""
        return self._reached(set(names) & self.reads.keys(), self._needs)

    def below(self, names: Iterable[str]) -> set[str]:
        """Every model that reads one of these tables or a model that does; not these."""
        read_by: dict[str, set[str]] = {}
        for model, read in self.reads.items():
            for name in read:
                read_by.setdefault(name, set()).add(model)
        given = set(names)
        return self._reached(given, lambda name: read_by.get(name, set())) - given

    def _needs(self, name: str) -> set[str]:
        return set(self.reads[name]) & self.reads.keys()

    @staticmethod
    def _reached(start: set[str], next_of) -> set[str]:
        found: set[str] = set()
        wanted = set(start)
        while wanted:
            found |= wanted
            wanted = set().union(*(next_of(name) for name in wanted)) - found
        return found
