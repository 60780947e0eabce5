"""HL7 FHIR R4 out: a clinic's patients, their results, patterns and repeats, as Bundles.

Each module makes one kind of resource of published rows; export.py writes them, change.py says what
is other than in an earlier generation. Which code stands for what is in fhir_code.csv.
"""
