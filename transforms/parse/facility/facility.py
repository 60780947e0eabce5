"""What is special about one facility's feed: `facility/<name>.yaml`, read and checked.

Every key has a default, so a canonical CSV or an HL7 feed with LOINC codes needs no file at all.
docs/facility.md explains each key.
"""

from __future__ import annotations

import codecs
import hashlib
import json
import re
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal
from zoneinfo import ZoneInfo

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    field_validator,
    model_validator,
)

from transforms.parse.facility.canonical_file import CANONICAL
from transforms.parse.facility.code_map import ANALYTES, LocalCode, UnitDefault
from transforms.parse.facility.column_map import Columns, WideColumn
from transforms.parse.facility.facility_file import FacilityError, FacilityFile, read_facility_file
from transforms.parse.raw.patient_number import numbers_sha256
from transforms.parse.raw.schema import shape_sha256

__all__ = [
    "ANALYTES",
    "Columns",
    "Facility",
    "FacilityError",
    "IdentifierRule",
    "LocalCode",
    "UnitDefault",
    "WideColumn",
    "is_facility_name",
    "load_facility",
]

_EXAMPLE_TIME = datetime(2024, 1, 31, 12)
_NAME = re.compile(r"[A-Za-z0-9_-]+")
_DELIMITER_BY_NAME = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_NOT_PRODUCTION = frozenset(["T", "D", "N", "TEST", "TESTING", "TRAINING", "DEBUG", "DEBUGGING"])
_MESSAGE_OF_ERROR = {  # by pydantic's type of error, where its own message is for programmers
    "missing": "missing; see docs/facility.md",
    "dict_type": "must hold keys and their values; see docs/facility.md",
    "model_type": "must hold keys and their values; see docs/facility.md",
    "string_type": "must be text",
}
_LAYOUT = (  # not decimal_mark, unit_default and the like: they are read when a night is built
    "zone",
    "encoding",
    "delimiter",
    "date_format",
    "columns",
    "identifier",
    "collected_at",
    "processing_ids",
)


class IdentifierRule(BaseModel):
    """Which PID-3 repetition names the patient: by authority (CX.4), by type (CX.5), or both.

    `authority` is also who issued the identifiers of a delimited file that does not say so.
    `issuer` issued all of the feed's, whatever it says. `accept` are true numbers that look like
    placeholders.
    """

    model_config = ConfigDict(extra="forbid", frozen=True)
    authority: str | None = None
    type: str | None = None
    issuer: str | None = None
    accept: tuple[str, ...] = ()
    field: Literal["PID-2", "PID-3", "PID-4"] = "PID-3"


class Facility(BaseModel):
    """One feed's settings. `name` is the folder under inbox/."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    zone: str = "UTC"
    encoding: str | None = None
    delimiter: str | None = None
    decimal_mark: Literal[".", ","] = "."
    date_format: str | None = None
    columns: Columns = Columns()
    code_map: dict[str, LocalCode] = Field(default_factory=dict)
    unit_default: dict[str, UnitDefault] = Field(default_factory=dict)
    identifier: IdentifierRule = IdentifierRule()
    collected_at: tuple[Literal["SPM-17", "OBR-7", "OBX-14"], ...] = ("SPM-17", "OBR-7", "OBX-14")
    processing_ids: tuple[str, ...] = ()
    reference_set: tuple[str, ...] = ("PRU_EXETER", "MAYO")
    exposure_feed: Literal["complete", "none"] = "none"
    clinic: str | None = None

    @field_validator("zone")
    @classmethod
    def _known_zone(cls, zone: str) -> str:
        try:
            return ZoneInfo(zone).key
        except (KeyError, ValueError, OSError):
            what = "not a zone of the IANA database; write for example Europe/London"
            raise ValueError(what) from None

    @field_validator("encoding")
    @classmethod
    def _known_encoding(cls, encoding: str | None) -> str | None:
        if encoding and not is_character_set(encoding):
            what = "not a character set; write for example utf-8, cp1252, latin-1 or utf-16"
            raise ValueError(what)
        return encoding and codecs.lookup(encoding).name

    @field_validator("delimiter")
    @classmethod
    def _one_sign(cls, delimiter: str | None) -> str | None:
        sign = delimiter and _DELIMITER_BY_NAME.get(delimiter.strip().lower(), delimiter)
        if sign and (len(sign) != 1 or sign.isalnum() or sign in '"\r\n' or not sign.isascii()):
            raise ValueError("must be one sign, such as ',' or ';' or '|', or the word tab")
        return sign or None

    @field_validator("date_format")
    @classmethod
    def _whole_date(cls, date_format: str | None) -> str | None:
        if date_format is not None and not _holds_date(date_format):
            what = "must be strptime's, with year, month and day, such as '%d.%m.%Y %H:%M'"
            raise ValueError(what)
        return date_format

    @field_validator("code_map", mode="before")
    @classmethod
    def _short_codes(cls, codes: Any) -> Any:
        if not isinstance(codes, dict):
            return {} if codes is None else codes
        return {str(k).strip(): LocalCode.of(v) for k, v in codes.items()}

    @field_validator("reference_set", mode="before")
    @classmethod
    def _joined_tables(cls, tables: Any) -> Any:
        return tuple(tables.split("+")) if isinstance(tables, str) else tables

    @field_validator("processing_ids", mode="before")
    @classmethod
    def _in_capitals(cls, ids: Any) -> Any:
        ids = (ids,) if isinstance(ids, str) else ids
        return tuple(str(each).strip().upper() for each in ids) if ids else ()

    @field_validator("collected_at", mode="before")
    @classmethod
    def _one_field(cls, fields: Any) -> Any:
        return (fields,) if isinstance(fields, str) else fields

    @model_validator(mode="after")
    def _analytes_mean_themselves(self) -> Facility:
        """A wide column whose code is an analyte needs no code_map entry of its own."""
        for column in self.columns.results:
            if column.code.lower() in ANALYTES:
                itself = LocalCode.model_validate({"analyte": column.code})
                self.code_map.setdefault(column.code, itself)
        return self

    @property
    def zone_info(self) -> ZoneInfo:
        """The zone in which the feed's times are local."""
        return ZoneInfo(self.zone)

    @property
    def clinic_name(self) -> str:
        """The clinic whose report shows this feed's patients; the facility itself by default."""
        return self.clinic or self.name

    def is_production(self, msh_11: str) -> bool:
        """Whether a message with this MSH-11 is of patients in care: `processing_ids`, else all but
        those of training, debugging and testing (HL7 table 0103). Empty says nothing against it."""
        stated = re.split(r"[\^&~]", msh_11.replace('""', ""))[0].strip().upper()
        if self.processing_ids:
            return not stated or stated in self.processing_ids
        return stated not in _NOT_PRODUCTION

    def layout_sha256(self) -> str:
        """Digest of what decides how bytes become raw rows: these settings, the tables' columns.

        Of the code map only the codes count, since a code that looks like a spreadsheet's date is
        refused unless it is mapped; what codes mean is read when a night is built.
        """
        layout = self.model_dump(mode="json", include=set(_LAYOUT))
        decides = [layout, sorted(self.code_map), shape_sha256(), numbers_sha256()]
        return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def is_facility_name(name: str) -> bool:
    """A facility's name is a folder, a file's stem and a key: letters, digits, _ and - only."""
    return bool(_NAME.fullmatch(name))


def load_facility(folder: Path, name: str) -> Facility:
    """The settings in `folder/<name>.yaml`, or the defaults when there is no such file.

    Raises FacilityError naming the file, the line and the key, what is wrong and the mend.
    """
    if not is_facility_name(name):
        raise FacilityError(
            "not a facility's name", "name a facility's folder with letters, digits, _ and - only"
        )
    path = folder / f"{name}.yaml"
    if path.exists():
        return _read(path, path.stat().st_mtime_ns, path.stat().st_size)
    if path.with_suffix(".yml").exists():
        raise FacilityError(f"{name}.yml: would not be read", f"rename it to {name}.yaml")
    return Facility(name=name)


@lru_cache(maxsize=1024)  # a night loads the same settings for each of a facility's files
def _read(path: Path, mtime_ns: int, size: int) -> Facility:
    file = read_facility_file(path)
    _refuse_unknown_keys(file)
    file.refuse_unanswered()
    stated = {key: value for key, value in file.settings.items() if value is not None}
    try:
        return Facility(**stated, name=path.stem)
    except ValidationError as error:
        raise _first_fault(file, error) from None


def _refuse_unknown_keys(file: FacilityFile) -> None:
    file.refuse_unknown((), [name for name in Facility.model_fields if name != "name"])
    file.refuse_unknown(("columns",), ["results", *CANONICAL])
    file.refuse_unknown(("identifier",), IdentifierRule.model_fields)
    for key in file.keys_below(("columns", "results")):
        file.refuse_unknown(key, WideColumn.model_fields)
    for key in file.keys_below(("code_map",)):
        file.refuse_unknown(key, LocalCode.model_fields)
    for key in file.keys_below(("unit_default",)):
        file.refuse_unknown(key, UnitDefault.model_fields)


def _first_fault(file: FacilityFile, error: ValidationError) -> FacilityError:
    fault = error.errors()[0]
    what = fault["msg"].removeprefix("Value error, ")
    if fault["type"] in _MESSAGE_OF_ERROR:
        what = _MESSAGE_OF_ERROR[fault["type"]]
    return file.fault(fault["loc"], "", what[0].lower() + what[1:])


def is_character_set(encoding: str) -> bool:
    """True for a character set that Python knows and files can be split in.

    That is one in which line ends and delimiters are ASCII's, or UTF-16.
    """
    try:
        signs = '\r\n\t,;|"'.encode(encoding)
    except (LookupError, UnicodeError):
        return False
    return signs == b'\r\n\t,;|"' or codecs.lookup(encoding).name.startswith(("utf-16", "utf-8"))


def _holds_date(date_format: str) -> bool:
    """Whether a date written in this strptime format can be read back whole."""
    try:
        return (
            datetime.strptime(_EXAMPLE_TIME.strftime(date_format), date_format).date()
            == _EXAMPLE_TIME.date()
        )
    except (ValueError, re.error):
        return False
