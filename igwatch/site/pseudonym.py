"""Keyed pseudonyms (HMAC-SHA256): a patient is the same row every night, and nobody without the
key can say who. The key lies in a file that the site keeps; it goes nowhere else."""

from __future__ import annotations

import hashlib
import hmac

import duckdb
import pyarrow as pa

from igwatch.base.error import IgwatchError
from igwatch.base.sql import store
from igwatch.site.settings import Settings

SHORTEST = 16
PSEUDONYM = pa.schema([("patient_key", pa.string()), ("pseudonym", pa.string())])


class PseudonymError(IgwatchError):
    """A key that cannot be used."""


def pseudonym_key(settings: Settings) -> bytes | None:
    """The site's key; None where the site has set none. Raises PseudonymError."""
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
    """run.pseudonym: of everyone with a flag; empty without a key."""
    people = "SELECT DISTINCT patient_key FROM flag.standing ORDER BY 1"
    rows = []
    if key:
        rows = [
            {"patient_key": person, "pseudonym": pseudonym(key, person)}
            for (person,) in con.execute(people).fetchall()
        ]
    store(con, "run.pseudonym", pa.Table.from_pylist(rows, PSEUDONYM))


def pseudonym(key: bytes, patient_key: str) -> str:
    """32 hex digits: half of the HMAC, enough that no two patients of a region share one."""
    return hmac.new(key, patient_key.encode(), hashlib.sha256).hexdigest()[:32]
