"""An example that HL7 publishes: hl7.org/fhir/R4/observation-example-f001-glucose.json, its text left out."""

from tests.transforms.parse.fhir.fhir_file import read, seen

UCUM = "http://unitsofmeasure.org"


def mmol(value):
    return {"value": value, "unit": "mmol/l", "system": UCUM, "code": "mmol/L"}


GLUCOSE = {
    "resourceType": "Observation",
    "id": "f001",
    "identifier": [
        {
            "use": "official",
            "system": "http://www.bmc.nl/zorgportal/identifiers/observations",
            "value": "6323",
        }
    ],
    "status": "final",
    "code": {
        "coding": [
            {
                "system": "http://loinc.org",
                "code": "15074-8",
                "display": "Glucose [Moles/volume] in Blood",
            }
        ]
    },
    "subject": {"reference": "Patient/f001", "display": "P. van de Heuvel"},
    "effectiveDateTime": "2013-04-02T09:30:10+01:00",
    "issued": "2013-04-03T15:30:10+01:00",
    "performer": [{"reference": "Practitioner/f005", "display": "A. Langeveld"}],
    "valueQuantity": mmol(6.3),
    "interpretation": [
        {
            "coding": [
                {
                    "system": "http://terminology.hl7.org/CodeSystem/v3-ObservationInterpretation",
                    "code": "H",
                    "display": "High",
                }
            ]
        }
    ],
    "referenceRange": [{"low": mmol(3.1), "high": mmol(6.2)}],
}


def test_the_published_glucose(tmp_path):
    (row,) = read(tmp_path, GLUCOSE, zone="Europe/Amsterdam")["observation"]
    assert seen(row, "patient_id", "assigning_authority") == ("f001", "north/Patient")
    assert seen(row, "filler_order_number", "observation_result_status") == ("f001", "FINAL")
    assert seen(row, "observation_value", "units") == ("6.3", "mmol/L")
    assert seen(row, "references_range", "abnormal_flags") == ("3.1-6.2 mmol/L", "H")
    assert [str(row[name]) for name in ("collected_at", "resulted_at", "message_at_utc")] == [
        *("2013-04-02 10:30:10", "2013-04-03 16:30:10", "2013-04-03 14:30:10"),
    ]
    shown = "\n".join(value for value in row.values() if isinstance(value, str))
    assert "Heuvel" not in shown
    assert "Langeveld" not in shown
