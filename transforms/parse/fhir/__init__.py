"""FHIR R4 in JSON: Bundles and NDJSON in, rows of the raw tables out."""

from transforms.parse.fhir.reader import read_fhir

__all__ = ["read_fhir"]
