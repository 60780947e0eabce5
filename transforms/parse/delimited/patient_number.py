"""The patients' numbers of a delimited file: unwrapped, and refused where they are none.

A spreadsheet or a data frame wraps a number: `="1234"` and `'1234` keep it text, `1234.0` made it a
decimal. What is inside is the number; how many were wrapped is told. Nothing else is taken off.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from transforms.parse.delimited.excel_damage import is_rounded_number
from transforms.parse.delimited.row import Faults, Rows, is_marked, truth
from transforms.parse.facility.canonical_file import NATIONAL_NUMBER
from transforms.parse.facility.facility import Facility
from transforms.parse.raw.patient_number import (
    HIDDEN_SIGN,
    PLACEHOLDER,
    holds_hidden_sign,
    is_placeholder,
)

WRAPPED = r"""^(?:="(.*)"|=(\w+)|'(.*?)'?|"(.*)"|([0-9]+)[.,]0{1,2})$"""
NEVER = r"^()()()()()\b$"  # a review names its patient as the report did
_INSIDE = r"\1\2\3\4\5"
# a decimal of more digits was rounded when it became one
_ROUNDED = r"^[0-9]{16,}[.,]0+$"


class PatientNumbers(NamedTuple):
    """A column of patients' numbers; one that is none is NULL. `as_sent` holds what was wrapped."""

    number: pa.Array
    as_sent: pa.Array
    is_missing: np.ndarray
    is_placeholder: np.ndarray
    is_hidden: np.ndarray
    is_rounded: np.ndarray

    def fault(self, faults: Faults, column: str) -> None:
        """Fault the rows of which nobody can be named."""
        faults.add(self.is_missing, "patient_id_missing", column)
        faults.add(self.is_placeholder, PLACEHOLDER, column)
        faults.add(self.is_hidden, HIDDEN_SIGN, column)
        faults.add(self.is_rounded, "excel_rounded_number", column)


def patient_numbers(
    rows: Rows, column: str, facility: Facility, pattern: str = WRAPPED
) -> PatientNumbers:
    """The numbers of a column of patients; `pattern` is what may be wrapped around them."""
    sent = rows.trimmed(column)
    is_wrapped = pc.fill_null(pc.match_substring_regex(sent, pattern), False)
    number, as_sent = sent, pa.nulls(len(rows), pa.string())
    if pc.any(is_wrapped).as_py():
        inside = pc.utf8_trim_whitespace(pc.replace_substring_regex(sent, pattern, _INSIDE))
        number = pc.if_else(is_wrapped, inside, sent)
        as_sent = pc.if_else(is_wrapped, sent, None)
    no_number = is_placeholder(number, facility.identifier.accept)
    return PatientNumbers(
        pc.if_else(no_number, None, number) if pc.any(no_number).as_py() else number,
        as_sent,
        ~truth(pc.is_valid(sent)),
        truth(no_number),
        truth(holds_hidden_sign(number)),
        is_rounded_number(number) | truth(pc.match_substring_regex(sent, _ROUNDED)),
    )


def national_numbers(rows: Rows, facility: Facility) -> pa.Array:
    """The national numbers of the rows. No row waits for one: a word, a filler, a number that a
    spreadsheet rounded and one that cannot be read are NULL."""
    if NATIONAL_NUMBER not in rows.cells:
        return pa.nulls(len(rows), pa.string())
    found = patient_numbers(rows, NATIONAL_NUMBER, facility)
    is_none = found.is_hidden | found.is_rounded | is_marked(found.number)
    return pc.if_else(pa.array(is_none), None, found.number) if is_none.any() else found.number


def fault_issuer(rows: Rows, column: str, faults: Faults) -> None:
    """Fault the rows whose issuer holds a sign that nobody sees: it would be another issuer."""
    faults.add(holds_hidden_sign(rows.identifier(column)), HIDDEN_SIGN, column)


def authority_of(facility: Facility) -> str:
    """Who issued the numbers of a file that does not say so."""
    return facility.identifier.issuer or facility.identifier.authority or facility.name


def authorities(rows: Rows, column: str, facility: Facility, is_review: bool) -> pa.Array:
    """Who issued the numbers of a column: that number's own authority, else the row's, else the
    facility's. A review (`is_review`) names a patient as the report did."""
    stated = rows.identifier("assigning_authority")
    if column != "patient_id":
        own = rows.identifier(authority_column(column))
        return pc.coalesce(own, stated).fill_null(authority_of(facility))
    if facility.identifier.issuer and not is_review:
        return pa.repeat(authority_of(facility), len(rows))
    return stated.fill_null(authority_of(facility))


def authority_column(number: str) -> str:
    """The column that says who issued the numbers of another, where a file names two patients."""
    return number.replace("_id", "_assigning_authority")
