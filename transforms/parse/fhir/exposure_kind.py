"""Which resources tell of an exposure, and where in them stands what ('' = nowhere)."""

from __future__ import annotations

from typing import NamedTuple


class ExposureKind(NamedTuple):
    """Where one type of resource keeps what raw.exposure holds.

    `about` names the patient, `concept` what it is: a choice of medication[x], or code. `choices`
    are elements of several forms (`effective[x]`) that hold its days, `starts` plain times in their
    place. `said_on` is the day by which it was told of. `request` names the order it belongs to.
    """

    kind: str
    event_kind: str
    about: str
    concept: str
    choice: str = ""
    end_choice: str = ""
    starts: tuple[str, ...] = ()
    said_on: str = ""
    request: str = ""


_DRUG = "medication"
KINDS = {
    "MedicationRequest": ExposureKind(
        _DRUG, "ordered", "subject", _DRUG, starts=("authoredOn",), said_on="authoredOn"
    ),
    "MedicationDispense": ExposureKind(
        _DRUG,
        "dispensed",
        "subject",
        _DRUG,
        starts=("whenHandedOver", "whenPrepared"),
        request="authorizingPrescription",
    ),
    "MedicationAdministration": ExposureKind(
        _DRUG, "administered", "subject", _DRUG, choice="effective", request="request"
    ),
    "MedicationStatement": ExposureKind(
        _DRUG,
        "listed",
        "subject",
        _DRUG,
        choice="effective",
        said_on="dateAsserted",
        request="basedOn",
    ),
    "Condition": ExposureKind(
        "diagnosis",
        "listed",
        "subject",
        "code",
        choice="onset",
        end_choice="abatement",
        said_on="recordedDate",
    ),
    "Procedure": ExposureKind(
        "procedure", "administered", "subject", "code", choice="performed", request="basedOn"
    ),
}
