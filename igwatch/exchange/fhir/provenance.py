"""Provenance: which run of igwatch, by which rules and limits, made what is derived of a patient.

One stands for each patient. Its id stays; what it says is of the run of the export, because every
night makes all anew.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from importlib.metadata import version

from igwatch.exchange.fhir.element import (
    Element,
    code,
    coded,
    concept,
    element,
    named,
    reference,
    resource,
    system,
)
from igwatch.exchange.fhir.published import PublishedPatient
from igwatch.exchange.fhir.resource_id import ResourceIds


@cache
def igwatch_itself(stated: str | None = None) -> Element:
    """A Reference to the program; `stated` is its version, which only the Provenance tells."""
    name = f"igwatch {stated}" if stated else "igwatch"
    return named("Device", name, element(system=system("software"), value=name)) or {}


def provenance(
    patient: PublishedPatient,
    targets: Iterable[Element],
    run_id: str,
    rule_version: str,
    recorded: str,
    ids: ResourceIds,
) -> Element:
    """The Provenance of these resources. `rule_version` is the run's; flags name the feed's own.
    `recorded` is the instant at which the run published."""
    rules = sorted({flag["rule_version"] or rule_version for flag in patient.flag})
    rules = rules or [rule_version]
    agent = igwatch_itself(_version())
    tables = sorted({row["reference_set"] for row in patient.measurement if row["reference_set"]})
    return resource(
        "Provenance",
        ids.of("Provenance", patient.key),
        target=[reference(each["resourceType"], each["id"]) for each in targets],
        recorded=recorded,
        policy=[system("rule_version", each) for each in rules],
        activity=concept(text="normalised, and followed under the rules"),
        agent=[{"type": concept(coded("Provenance.agent.type")), "who": agent}],
        entity=[
            _entity("run", run_id, f"run {run_id}"),
            *(_entity("rule_version", each, f"rules {each}") for each in rules),
            *(_entity("reference_set", each, f"limits {each}") for each in tables),
        ],
    )


@cache
def _version() -> str:
    return version("igwatch")


def _entity(name: str, value: str, display: str) -> Element:
    what = named("Basic", display, element(system=system(name), value=value))
    return {"role": code("Provenance.entity.role"), "what": what}
