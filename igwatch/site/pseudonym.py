"""Keyed pseudonyms (HMAC-SHA256): a patient is the same row all through a quarter, and nobody
without the key can say who. The key lies in a file that the site keeps; it goes nowhere else."""

from __future__ import annotations

import hashlib
import hmac
from datetime import date

import duckdb
import pyarrow as pa

from igwatch.base.error import IgwatchError
from igwatch.base.sql import store, value
from igwatch.site.settings import Settings

SHORTEST = 16
PEOPLE = """
SELECT patient_key FROM flag.standing
UNION SELECT patient_key FROM run.published_status ORDER BY 1
"""
PSEUDONYM = pa.schema([("patient_key", pa.string()), ("pseudonym", pa.string())])


class PseudonymError(IgwatchError):
    """A key that cannot be used."""


def pseudonym_key(settings: Settings) -> bytes | None:
    """The site's key; None where the site does not ask for pseudonyms. Raises PseudonymError."""
    if not settings.pseudonymous_flag:
        return None
    key = secret_key(settings)
    if key is None:
        raise PseudonymError(
            "IGWATCH_PSEUDONYMOUS_FLAG asks for pseudonyms and there is no key:",
            "name a file with one in IGWATCH_PSEUDONYM_KEY_FILE, made with: openssl rand -hex 32",
        )
    return key


def secret_key(settings: Settings) -> bytes | None:
    """The site's key, whatever it is asked for; None where no file holds one.

    Raises PseudonymError for one that cannot be read or is too short.
    """
    path = settings.pseudonym_key_file
    if path is None:
        return None
    try:
        key = path.read_bytes().strip()
    except OSError as error:
        raise PseudonymError(
            f"IGWATCH_PSEUDONYM_KEY_FILE cannot be read ({type(error).__name__}):",
            "give it to the user that igwatch runs as, or leave the setting out",
        ) from None
    if len(key) < SHORTEST:
        raise PseudonymError(
            f"the key in IGWATCH_PSEUDONYM_KEY_FILE has {len(key)} bytes, {SHORTEST} are the least",
            "make one with: openssl rand -hex 32",
        )
    return key


def key_fingerprint(key: bytes | None) -> str | None:
    """Names the key in a run's identity without telling it."""
    return hashlib.sha256(b"igwatch fingerprint" + key).hexdigest() if key else None


def store_pseudonyms(con: duckdb.DuckDBPyConnection, key: bytes | None) -> None:
    """run.pseudonym: of everyone who has a flag or had one; empty without a key."""
    rows = []
    if key:
        as_of = value(con, "SELECT as_of FROM run.clock")
        rows = [
            {"patient_key": person, "pseudonym": pseudonym(key, person, as_of)}
            for (person,) in con.execute(PEOPLE).fetchall()
        ]
    store(con, "run.pseudonym", pa.Table.from_pylist(rows, PSEUDONYM))


def pseudonym(key: bytes, patient_key: str, as_of: date) -> str:
    """32 hex digits: half of the HMAC, enough that no two patients of a region share one.

    Another one in each quarter, so that nobody is followed for longer.
    """
    quarter = f"{as_of.year}Q{(as_of.month + 2) // 3}"
    return hmac.new(key, f"{quarter} {patient_key}".encode(), hashlib.sha256).hexdigest()[:32]
