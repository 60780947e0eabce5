"""HL7 v2 messages of results as the v2-to-FHIR guide maps them: text in, message Bundles out.

By the guide's maps of ORU^R01 (PID, OBR, SPM, OBX, NTE; hl7.org/fhir/uv/v2mappings), as far as they
go: what a map leaves open (OBX-11 of V, R, S, I, U, O, N) is mapped by the meaning of HL7 table 0085.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from transforms.parse.hl7.charset import decode
from transforms.parse.hl7.er7 import USUAL, delimiters_of, in_usual_signs, segments
from transforms.parse.hl7.escape import unescape

STATUS = {"F": "final", "V": "final", "B": "final", "U": "final", "C": "corrected", "A": "amended"}
STATUS |= {
    "P": "preliminary",
    "R": "preliminary",
    "S": "preliminary",
    "I": "registered",
    "O": "registered",
}
STATUS |= {"D": "entered-in-error", "W": "entered-in-error", "X": "cancelled", "N": "unknown"}
SEX = {"F": "female", "M": "male", "O": "other", "U": "unknown", "A": "other"}
SYSTEM = {
    "LN": "http://loinc.org",
    "SCT": "http://snomed.info/sct",
    "UCUM": "http://unitsofmeasure.org",
}
V2 = "http://terminology.hl7.org/CodeSystem/v2-"
NUMBER = re.compile(r"\s*(<=|>=|<|>)?\s*([0-9]+(?:\.[0-9]+)?)\s*")
TIME = re.compile(r"(\d{4})(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\d\d)?(\.\d+)?([+-]\d{4})?")

Resource = dict[str, Any]


def bundles(content: bytes) -> list[Resource]:
    """The Bundle of each message of a file."""
    text = decode(content, None)[0].replace("\r\n", "\r").replace("\n", "\r")
    parts = re.split(r"(?m)^(?=MSH)", text.replace("\r", "\n"))
    return [_bundle(part.replace("\n", "\r")) for part in parts if part.startswith("MSH")]


def _bundle(message: str) -> Resource:
    delimiters = delimiters_of(message) or USUAL
    ids, lines = segments(in_usual_signs(message, delimiters))
    made = _Message()
    for segment, line in zip(ids, lines, strict=True):
        fields = [*line.split("|"), *[""] * 50]
        if read := getattr(made, f"take_{segment.lower()}", None):
            read(["MSH", *fields] if segment == "MSH" else fields)
    made.end_order()
    return made.bundle()


class _Message:
    def __init__(self) -> None:
        self.header: Resource = {"resourceType": "MessageHeader"}
        self.at: str | None = None
        self.entries: list[Resource] = []
        self.patient: str | None = None
        self.report: Resource | None = None
        self.specimen: str | None = None
        self.observations: list[Resource] = []
        self.orc: list[str] = []
        self.status = ""  # OBR-25, where OBX-11 says none

    def bundle(self) -> Resource:
        head = {"fullUrl": _urn(), "resource": self.header}
        return _filled(
            resourceType="Bundle", type="message", timestamp=self.at, entry=[head, *self.entries]
        )

    def add(self, resource: Resource) -> str:
        url = _urn()
        self.entries.append({"fullUrl": url, "resource": resource})
        return url

    def take_msh(self, msh: list[str]) -> None:
        self.at = time(msh[7])
        self.header["meta"] = {"tag": [{"system": V2 + "0103", "code": first(msh[11])}]}

    def take_pid(self, pid: list[str]) -> None:
        self.end_order()
        identifiers = [_cx(cx) for cx in pid[3].split("~") if first(cx)]
        patient = _filled(
            resourceType="Patient",
            identifier=identifiers,
            birthDate=(time(pid[7]) or "")[:10],
            gender=SEX.get(first(pid[8])),
        )
        self.patient = self.add(patient)

    def take_orc(self, orc: list[str]) -> None:
        self.end_order()
        self.orc = orc

    def take_obr(self, obr: list[str]) -> None:
        orc, self.orc = self.orc or [""] * 10, []
        self.end_order()
        self.status = first(obr[25])
        numbers = [_number(obr[2] or orc[2], "PLAC"), _number(obr[3] or orc[3], "FILL")]
        self.report = _filled(
            resourceType="DiagnosticReport",
            identifier=[number for number in numbers if number],
            status=STATUS.get(first(obr[25]), "unknown"),
            code=concept(obr[4]),
            effectiveDateTime=time(obr[7]),
            issued=time(obr[22]),
        )
        if first(obr[15]):
            kind = concept(obr[15].replace("&", "^"))
            self.specimen = self.add(_filled(resourceType="Specimen", type=kind))

    def take_spm(self, spm: list[str]) -> None:
        number = [part.split("&")[0] for part in spm[2].split("^")][::-1]
        value = next((part for part in number if part), None)
        collected = {"collectedDateTime": at} if (at := time(first(spm[17]))) else None
        self.specimen = self.add(
            _filled(
                resourceType="Specimen",
                identifier=[{"value": value}] if value else None,
                type=concept(spm[4]),
                collection=collected,
            )
        )
        for observation in self.observations:
            observation["specimen"] = {"reference": self.specimen}

    def take_obx(self, obx: list[str]) -> None:
        observation = _filled(
            resourceType="Observation",
            status=STATUS.get((first(obx[11]) or self.status)[:1].upper()),
            code=concept(obx[3]),
            subject={"reference": self.patient} if self.patient else None,
            specimen={"reference": self.specimen} if self.specimen else None,
            effectiveDateTime=time(obx[14]),
            referenceRange=[{"text": unescape(obx[7])}] if obx[7] else None,
            interpretation=[concept(each) for each in obx[8].split("~") if first(each)],
            identifier=[{"value": first(obx[21])}] if obx[21] else None,
            **value(obx),
        )
        self.observations.append(observation)

    def take_nte(self, nte: list[str]) -> None:
        if self.observations:
            self.observations[-1].setdefault("note", []).append({"text": unescape(nte[3])})

    def end_order(self) -> None:
        """The report comes with the Observations that it names."""
        urls = [self.add(each) for each in self.observations]
        if self.report:
            self.report["result"] = [{"reference": url} for url in urls]
            self.report["subject"] = {"reference": self.patient}
            self.add(self.report)
        self.report, self.specimen, self.observations = None, None, []


def value(obx: list[str]) -> Resource:
    """OBX-2, OBX-5, OBX-6 as value[x]; a repetition of OBX-5 has no place in FHIR."""
    kind, sent = first(obx[2]), obx[5]
    if kind in ("NM", "SN", ""):
        parts = [*sent.split("^"), "", "", ""]
        number = NUMBER.fullmatch(unescape("".join(parts[:2]) if kind == "SN" else sent))
        if number and not (kind == "SN" and parts[2]):
            return {
                "valueQuantity": _filled(
                    comparator=number[1], value=Number(number[2]), **unit(obx[6])
                )
            }
        sent = " ".join(part for part in parts if part) if kind == "SN" else sent
    if kind in ("CE", "CWE", "CNE", "CF", "IS"):
        return {"valueCodeableConcept": concept(sent)}
    if kind in ("DT", "DTM", "TS"):
        return {"valueDateTime": time(sent)}
    stated = unescape(sent)
    return (
        {"valueString": f"{stated} {first(obx[6])}".strip() if kind == "NM" else stated}
        if stated
        else {}
    )


class Number(str):
    """A number of the message, to be written with the digits it has there."""


def unit(obx_6: str) -> Resource:
    """CWE[Quantity]: the triplet in UCUM where one of the two is."""
    parts = [
        unescape(part.split("&")[0]).strip()
        for part in [*obx_6.split("~")[0].split("^"), *[""] * 6]
    ]
    code, name, system = parts[3:6] if parts[5] == "UCUM" else parts[:3]
    if not system and not name:
        return _filled(unit=code or None)
    return _filled(code=code, unit=name or code, system=SYSTEM.get(system))


def concept(field: str) -> Resource | None:
    """CWE[CodeableConcept]."""
    parts = [
        unescape(p.split("&")[0]).strip() for p in [*field.split("~")[0].split("^"), *[""] * 9]
    ]
    listed = [
        _filled(code=code, display=name, system=SYSTEM.get(system, system and f"urn:id:{system}"))
        for code, name, system in (parts[:3], parts[3:6])
        if code or (name and system)
    ]
    text = parts[8] or (None if listed else parts[1])
    return _filled(coding=listed, text=text) or None


def time(field: str) -> str | None:
    """DTM as dateTime, as exact as it was sent."""
    found = TIME.match(field.split("^")[0].strip())
    if not found:
        return None
    year, month, day, hour, minute, second, fraction, offset = found.groups()
    written = "-".join(part for part in (year, month, day) if part)
    if hour:
        written += f"T{hour}:{minute or '00'}:{second or '00'}{fraction or ''}"
        written += f"{offset[:3]}:{offset[3:]}" if offset else ""
    return written


def first(field: str) -> str:
    return unescape(field.split("~")[0].split("^")[0].split("&")[0]).strip().strip('"')


def _cx(cx: str) -> Resource:
    parts = [*cx.split("^"), *[""] * 6]
    namespace, universal_id, *_ = [*parts[3].split("&"), "", ""]
    kind = {"coding": [{"system": V2 + "0203", "code": parts[4]}]} if parts[4] else None
    system = namespace or (universal_id and f"urn:oid:{universal_id}") or parts[5]
    return _filled(value=first(cx), system=unescape(system), type=kind)


def _number(ei: str, kind: str) -> Resource | None:
    return {"type": {"coding": [{"code": kind}]}, "value": first(ei)} if first(ei) else None


def _urn() -> str:
    return f"urn:uuid:{uuid4()}"


def _filled(**members: Any) -> Resource:
    return {name: each for name, each in members.items() if each}
