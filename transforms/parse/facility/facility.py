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
    ValidationInfo,
    field_validator,
    model_validator,
)

from igwatch.base.knowledge import knowledge_rows
from transforms.parse.facility.canonical_file import (
    CANONICAL,
    NATIONAL_NUMBER,
    OF_REQUESTER,
)
from transforms.parse.facility.code_map import ANALYTES, LocalCode, UnitDefault
from transforms.parse.facility.column_map import Columns, WideColumn
from transforms.parse.facility.exposure_keys import ExposureKeys
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
    "NationalIdentifier",
    "UnitDefault",
    "WideColumn",
    "is_facility_name",
    "load_facility",
]

NAMED = "it may hold letters, digits, _ and - only, begin with no - and have 200 signs at most"
_EXAMPLE_TIME = datetime(2024, 1, 31, 12)
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_-]*")
_LONGEST_NAME = 200  # <name>.exposures.csv and what is written beside it must fit a file system
_MICRO = str.maketrans("µμ", "uu")
_THOUSANDS_BY_NAME = {
    "none": "",
    "comma": ",",
    "point": ".",
    "blank": " ",
    "space": " ",
    "apostrophe": "'",
    "\u2019": "'",
}
_LEAST_SMALL_COUNT = 2  # only what is below it is hidden, and no count lies below 1
_COLUMN_KEYS = ("reference_low", "reference_high", "value_comparator")
_DELIMITER_BY_NAME = {"tab": "\t", "\\t": "\t", "comma": ",", "semicolon": ";", "pipe": "|"}
_NOT_PRODUCTION = frozenset(["T", "D", "N", "TEST", "TESTING", "TRAINING", "DEBUG", "DEBUGGING"])
_MESSAGE_OF_ERROR = {  # by pydantic's type of error, where its own message is for programmers
    "missing": "missing; see docs/facility.md",
    "dict_type": "must hold keys and their values; see docs/facility.md",
    "model_type": "must hold keys and their values; see docs/facility.md",
    "string_type": "must be text",
    "int_parsing": "must be a whole number, such as 8",
    "bool_parsing": "must be true or false",
}
_LAYOUT = (  # not decimal_mark, unit_default and the like: they are read when a night is built
    "zone",
    "encoding",
    "delimiter",
    "date_format",
    "last_line_end",
    "columns",
    "skip_rows_where",
    "identifier",
    "collected_at",
    "processing_ids",
    "kind",
    "exposure_kind_map",
    "exposure_event",
    "exposure_system",
    "exposure_system_map",
    "show_requester",
    "national_identifier",
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


class NationalIdentifier(BaseModel):
    """The scheme of a feed's national numbers (knowledge/national_number.csv), and which of many
    identifiers is one: the repetition of PID-3 or the Patient.identifier of this type (CX.5,
    type.coding), authority (CX.4, system) or both. A delimited file has a column for it. It links,
    and never merges."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    scheme: str
    type: str | None = None
    authority: str | None = None

    @field_validator("scheme")
    @classmethod
    def _known_scheme(cls, scheme: str) -> str:
        known = sorted({row["scheme"] for row in knowledge_rows("national_number")})
        if scheme not in known:
            raise ValueError(f"not a scheme that is known; write one of {', '.join(known)}")
        return scheme

    @property
    def names_one_of_many(self) -> bool:
        """Whether it says which of a person's identifiers is the number."""
        return bool(self.type or self.authority)


class Facility(ExposureKeys):
    """One feed's settings. `name` is the folder under inbox/."""

    model_config = ConfigDict(extra="forbid", frozen=True)
    name: str
    zone: str = "UTC"
    encoding: str | None = None
    delimiter: str | None = None
    decimal_mark: Literal[".", ","] = "."
    thousands: Literal[",", ".", " ", "'", ""] | None = None
    date_format: str | None = None
    last_line_end: Literal["none"] | None = None
    columns: Columns = Columns()
    skip_rows_where: dict[str, tuple[str, ...]] = Field(default_factory=dict)
    status_map: dict[str, str] = Field(default_factory=dict)
    sex_map: dict[str, str] = Field(default_factory=dict)
    unit_map: dict[str, str] = Field(default_factory=dict)
    code_map: dict[str, LocalCode] = Field(default_factory=dict)
    unit_default: dict[str, UnitDefault] = Field(default_factory=dict)
    specimen_default: str | None = None
    identifier: IdentifierRule = IdentifierRule()
    national_identifier: NationalIdentifier | None = None
    collected_at: tuple[Literal["SPM-17", "OBR-7", "OBX-14"], ...] = ("SPM-17", "OBR-7", "OBX-14")
    processing_ids: tuple[str, ...] = ()
    reference_set: tuple[str, ...] = ("PRU_EXETER", "MAYO")
    exposure_feed: Literal["complete", "none"] = "none"
    clinic: str | None = None
    clinic_group: str | None = None
    small_count: int | None = None
    show_requester: bool = False

    @model_validator(mode="before")
    @classmethod
    def _columns_as_keys(cls, stated: Any) -> Any:
        """`reference_low: HEADER` says the same as `columns: {reference_low: HEADER}`."""
        moved = {k: stated[k] for k in _COLUMN_KEYS if k in stated} if _is_mapping(stated) else {}
        columns = stated.get("columns") or {} if moved else {}
        columns = columns.model_dump() if isinstance(columns, Columns) else columns
        if not moved or not _is_mapping(columns):
            return stated
        if twice := [name for name in moved if name in columns]:
            raise ValueError(f"{twice[0]} stands under columns too: keep one of them")
        rest = {k: v for k, v in stated.items() if k not in moved}
        return rest | {"columns": {**columns, **moved}}

    @model_validator(mode="before")
    @classmethod
    def _comma_of_a_stated_point(cls, stated: Any) -> Any:
        """Who states a decimal point has said what a comma is.

        A stated decimal comma leaves a lone point in doubt, since instruments print points.
        """
        is_said = _is_mapping(stated) and stated.get("decimal_mark") == "."
        return stated | {"thousands": ","} if is_said and "thousands" not in stated else stated

    @field_validator("thousands", mode="before")
    @classmethod
    def _thousands_by_name(cls, sign: Any) -> Any:
        return _THOUSANDS_BY_NAME.get(sign.lower(), sign) if isinstance(sign, str) else sign

    @field_validator("skip_rows_where", mode="before")
    @classmethod
    def _one_value(cls, headers: Any) -> Any:
        if not isinstance(headers, dict):
            return {} if headers is None else headers
        listed = {h: v if isinstance(v, list | tuple) else [v] for h, v in headers.items()}
        return {h: tuple("" if v is None else v for v in values) for h, values in listed.items()}

    @field_validator("status_map")
    @classmethod
    def _known_statuses(cls, words: dict[str, str]) -> dict[str, str]:
        return _mapped(words, "result_status", "status", "F, C, P, W or X of HL7 table 0085")

    @field_validator("sex_map")
    @classmethod
    def _known_sexes(cls, words: dict[str, str]) -> dict[str, str]:
        return _mapped(words, "sex", "as_sent", "F, M, O or U")

    @field_validator("unit_map")
    @classmethod
    def _known_units(cls, words: dict[str, str]) -> dict[str, str]:
        return _mapped(words, "unit_spelling", "as_sent", "a unit such as g/L or mg/dL")

    @field_validator("national_identifier")
    @classmethod
    def _says_where(
        cls, national: NationalIdentifier | None, info: ValidationInfo
    ) -> NationalIdentifier | None:
        columns: Columns | None = info.data.get("columns")
        is_column = columns is None or NATIONAL_NUMBER in columns.headers()
        if national and not (national.names_one_of_many or is_column):
            raise ValueError(
                "says of no identifier that it is the number; write its type or authority, or of a "
                f"delimited file the header below columns: {NATIONAL_NUMBER}"
            )
        return national

    @field_validator("specimen_default")
    @classmethod
    def _known_specimen(cls, specimen: str | None) -> str | None:
        known = {row["as_sent"] for row in knowledge_rows("specimen")}
        if specimen and specimen.strip().lower() not in known:
            what = "not a specimen of knowledge/specimen.csv; write for example serum or CSF"
            raise ValueError(what)
        return specimen

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

    @field_validator("exposure_from")
    @classmethod
    def _are_facilities(cls, names: tuple[str, ...]) -> tuple[str, ...]:
        for name in names:
            if not is_facility_name(name):
                raise ValueError(f"no facility is {name}; write the name of a folder below inbox/")
        return names

    @field_validator("small_count")
    @classmethod
    def _hides_something(cls, count: int | None) -> int | None:
        if count is not None and count < _LEAST_SMALL_COUNT:
            raise ValueError("hides nothing; write a whole number from 2 up, or leave it out")
        return count

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

    @model_validator(mode="after")
    def _marks_differ(self) -> Facility:
        if self.thousands and self.thousands == self.decimal_mark:
            raise ValueError("thousands and decimal_mark cannot be the same sign")
        return self

    @property
    def thousands_sign(self) -> str:
        """The sign between thousands, '' where none is stated."""
        return self.thousands or ""

    @property
    def left_out_columns(self) -> frozenset[str]:
        """The canonical columns of delimited files that are not read: those that `columns` leaves
        out, who asked for a result unless the facility shows it, and a national number unless it
        says of which scheme."""
        left_out = set(self.columns.left_out)
        left_out |= set() if self.show_requester else {*OF_REQUESTER}
        left_out |= set() if self.national_identifier else {NATIONAL_NUMBER}
        return frozenset(left_out)

    @property
    def zone_info(self) -> ZoneInfo:
        """The zone in which the feed's times are local."""
        return ZoneInfo(self.zone)

    @property
    def clinic_name(self) -> str:
        """The clinic whose report shows this feed's patients; the facility itself by default."""
        return self.clinic or self.name

    def local_words(self) -> dict[str, dict[str, str]]:
        """The facility's own words by what they are about: status, sex, unit, or exposures."""
        of_results = {"status": self.status_map, "sex": self.sex_map, "unit": self.unit_map}
        return of_results | self.exposure_words()

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
        refused unless it is mapped; what codes and the facility's own words mean is read when a
        night is built. The words for a comparator in a column of its own are read with the bytes.
        """
        layout = self.model_dump(mode="json", include=set(_LAYOUT))
        comparators = sorted(row["as_sent"] for row in knowledge_rows("value_comparator"))
        decides = [layout, sorted(self.code_map), comparators, shape_sha256(), numbers_sha256()]
        return hashlib.sha256(json.dumps(decides, sort_keys=True).encode()).hexdigest()


def is_facility_name(name: str) -> bool:
    """A facility's name is a folder, a file's stem and a key: letters, digits, _ and - only, no -
    in front, where a command would take it for an option."""
    return len(name) <= _LONGEST_NAME and bool(_NAME.fullmatch(name))


def not_a_name(name: str) -> FacilityError:
    """The fault of a name that no facility may have, shown in short."""
    shown = ascii(name if len(name) <= 40 else f"{name[:40]}...")
    return FacilityError(f"{shown} is no facility's name: {NAMED}", "give it another")


def load_facility(folder: Path, name: str) -> Facility:
    """The settings in `folder/<name>.yaml`, or the defaults when there is no such file.

    Raises FacilityError naming the file, the line and the key, what is wrong and the mend.
    """
    if not is_facility_name(name.lstrip("-")):  # what landed under -north stays readable
        raise not_a_name(name)
    path = folder / f"{name}.yaml"
    if path.exists():
        return _read(path, path.stat().st_mtime_ns, path.stat().st_size)
    if path.is_symlink():
        raise FacilityError(f"{name}.yaml: a link to nothing", "put the file in its place")
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
    known = [name for name in Facility.model_fields if name != "name"]
    file.refuse_unknown((), [*known, *_COLUMN_KEYS])
    file.refuse_unknown(("columns",), ["results", *CANONICAL])
    file.refuse_unknown(("identifier",), IdentifierRule.model_fields)
    file.refuse_unknown(("national_identifier",), NationalIdentifier.model_fields)
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


def _is_mapping(stated: Any) -> bool:
    return isinstance(stated, dict)


def _mapped(words: dict[str, str], table: str, column: str, wanted: str) -> dict[str, str]:
    """The facility's own words, each for one that the knowledge table has.

    Raises ValueError for a meaning that the table does not have.
    """
    known = {bare_word(row[column]): row[column] for row in knowledge_rows(table)}
    for word, meaning in words.items():
        if bare_word(meaning) not in known:
            raise ValueError(f"no meaning for {word} is {meaning}; write {wanted}")
    return {word.strip(): known[bare_word(meaning)] for word, meaning in words.items()}


def bare_word(text: str) -> str:
    """A word for comparing: any case, any micro sign, no blanks."""
    return "".join(text.lower().split()).translate(_MICRO)


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
