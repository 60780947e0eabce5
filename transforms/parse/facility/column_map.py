"""Where a facility's delimited files keep the canonical columns."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, model_validator

LEFT_OUT = "none"
"""Stands for the header of a canonical column that is not read, though the file may have it."""


class WideColumn(BaseModel):
    """One isotype's column of a wide file: the header its value stands under and what it is.

    `code` is a LOINC code, a key of code_map, or an analyte such as igm. Units, range and flag are
    stated here once or stand in columns of their own (the header of that column).
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    value: str
    code: str
    units: str | None = None
    units_column: str | None = None
    reference_range: str | None = None
    reference_range_column: str | None = None
    reference_low_column: str | None = None
    reference_high_column: str | None = None
    abnormal_flag_column: str | None = None
    value_comparator_column: str | None = None


class Columns(BaseModel):
    """Canonical column -> header in the file, or a list of headers of which one is there; of
    end_date all that are there are read.

    `none` in place of a header leaves the column out: an analyser's `Status` of OK and FAIL is not
    the status of a result. `results` lists the isotypes of a wide file.
    """

    model_config = ConfigDict(extra="allow", frozen=True)
    results: tuple[WideColumn, ...] = ()

    def headers(self) -> dict[str, tuple[str, ...]]:
        """The headers that may stand for each canonical column, the preferred one first."""
        stated = {k: v for k, v in (self.model_extra or {}).items() if k not in self.left_out}
        return {k: (v,) if isinstance(v, str) else tuple(v) for k, v in stated.items()}

    @property
    def left_out(self) -> frozenset[str]:
        """The canonical columns that are not read, whatever the headers of the file."""
        stated = (self.model_extra or {}).items()
        return frozenset(k for k, v in stated if isinstance(v, str) and v.lower() == LEFT_OUT)

    @model_validator(mode="after")
    def _are_headers(self) -> Columns:
        for name, header in (self.model_extra or {}).items():
            listed = header if isinstance(header, list | tuple) else [header]
            if not listed or not all(isinstance(h, str) and h.strip() for h in listed):
                raise ValueError(f"{name}: write the header as it stands in the file, or a list")
        return self
