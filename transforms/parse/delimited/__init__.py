"""Delimited files (CSV and its relatives), whatever their delimiter, header, dates or charset."""

from transforms.parse.delimited.reader import read_delimited

__all__ = ["read_delimited"]
