"""HL7 v2 messages to raw rows: ORU, OUL, ADT and pharmacy, batches and single files."""

from transforms.parse.hl7.reader import read_hl7

__all__ = ["read_hl7"]
