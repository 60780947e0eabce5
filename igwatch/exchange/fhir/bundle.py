"""A patient's resources, and the Bundle that carries them: a transaction of PUTs.

A server that takes it has just what is here, however often it is sent. References are relative, to
the resources on the server that takes it, so that a Bundle of changes can speak of what stayed.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable
from dataclasses import dataclass, replace
from datetime import tzinfo

from igwatch.exchange.fhir.detected_issue import detected_issues
from igwatch.exchange.fhir.element import Element, code, element, system
from igwatch.exchange.fhir.observation import told_results
from igwatch.exchange.fhir.patient import patient_resource
from igwatch.exchange.fhir.provenance import igwatch_itself, provenance
from igwatch.exchange.fhir.published import PublishedPatient
from igwatch.exchange.fhir.resource_id import ResourceIds
from igwatch.exchange.fhir.task import repeat_tasks


@dataclass(frozen=True)
class ToldPatient:
    """The resources about one patient: who it is, all that is said of them, by whom."""

    patient: Element
    resources: list[Element]
    provenance: Element

    def only(self, ids: Container[str]) -> ToldPatient:
        """The same without resources of other ids."""
        return replace(self, resources=[each for each in self.resources if each["id"] in ids])


@dataclass(frozen=True)
class Teller:
    """Makes resources of one run's rows; `recorded` is the instant at which it was published."""

    run_id: str
    rule_version: str
    recorded: str
    ids: ResourceIds
    zone_of: Callable[[str], tzinfo]

    def tell(self, patient: PublishedPatient, clinic: str) -> ToldPatient:
        """The resources about a patient, for a clinic."""
        who = patient_resource(patient.patient, self.ids)
        results = [*told_results(patient, who["id"], self.ids, self.zone_of)]
        ours = {told.measurement_id: told.normalised["id"] for told in results}
        itself = igwatch_itself()
        derived = [
            *(told.normalised for told in results),
            *detected_issues(patient, who["id"], ours, self.ids, itself),
            *repeat_tasks(patient, who["id"], ours, self.ids, clinic),
        ]
        run = (self.run_id, self.rule_version, self.recorded)
        made_by = provenance(patient, derived, *run, self.ids)
        return ToldPatient(who, [*(told.as_sent for told in results), *derived], made_by)

    def bundle(self, resources: Iterable[Element]) -> Element:
        """The Bundle of these resources, each put under its id."""
        return element(
            resourceType="Bundle",
            identifier={"system": system("run"), "value": self.run_id},
            type=code("Bundle.type"),
            timestamp=self.recorded,
            entry=[_entry(each) for each in resources],
        )


def _entry(content: Element) -> Element:
    url = f"{content['resourceType']}/{content['id']}"
    return {
        "fullUrl": f"urn:uuid:{content['id']}",
        "resource": content,
        "request": {"method": "PUT", "url": url},
    }
