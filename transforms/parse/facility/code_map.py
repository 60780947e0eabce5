"""What a facility's own codes mean, and the units of those that carry none."""

from __future__ import annotations

import re
from typing import Any, Literal, get_args

from pydantic import BaseModel, ConfigDict, field_validator, model_validator

Analyte = Literal["igg", "iga", "igm", "ige", "igd", "igg1", "igg2", "igg3", "igg4"]
ANALYTES: tuple[str, ...] = get_args(Analyte)
_LOINC = re.compile(r"([0-9]{1,7})-([0-9])")


class LocalCode(BaseModel):
    """What a local code means: a LOINC code or an analyte, and who approved that."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    loinc: str | None = None
    analyte: Analyte | None = None
    approved_by: str | None = None

    @classmethod
    def of(cls, value: Any) -> Any:
        """The mapping that a bare `igm`, `IgM` or LOINC code is short for; a mapping as it is."""
        if isinstance(value, str):
            word = value.strip().lower()
            return {"analyte": word} if word in ANALYTES else {"loinc": value.strip()}
        return value

    @field_validator("analyte", mode="before")
    @classmethod
    def _any_case(cls, analyte: Any) -> Any:
        return analyte.strip().lower() if isinstance(analyte, str) else analyte

    @field_validator("loinc")
    @classmethod
    def _is_loinc(cls, loinc: str | None) -> str | None:
        if loinc is not None and not has_check_digit(loinc):
            raise ValueError(
                f"neither a LOINC code (its check digit tells) nor one of {', '.join(ANALYTES)}"
            )
        return loinc

    @model_validator(mode="after")
    def _means_one_thing(self) -> LocalCode:
        if (self.loinc is None) == (self.analyte is None):
            raise ValueError("state either loinc or analyte")
        return self


class UnitDefault(BaseModel):
    """The unit of a code whose results carry none, and the person who approved that."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    unit: str
    approved_by: str


def has_check_digit(code: str) -> bool:
    """True when the digit behind the hyphen is the Mod 10 check digit of a LOINC code.

    LOINC Users' Guide, appendix "Calculating check digits".
    """
    stated = _LOINC.fullmatch(code)
    if not stated:
        return False
    digits = [int(digit) for digit in reversed(stated[1])]
    doubled = [sum(divmod(2 * digit, 10)) for digit in digits[::2]]
    return (sum(doubled) + sum(digits[1::2]) + int(stated[2])) % 10 == 0
