"""Ids of resources: the same every night, and telling nobody whom they are about.

An id is a keyed hash (HMAC-SHA256, written as a UUID of version 8) of what the resource is. Ids
stand in addresses and logs of servers, and a number of a patient can be found by trying all: hence
the key. It is made once and stays in the ledger; with another key every resource is a new one.
"""

from __future__ import annotations

import hmac
import json
import os
import secrets
from contextlib import suppress
from uuid import UUID

from igwatch.base.atomic_file import part_of, sync
from igwatch.site.home import Home

KEY = "fhir_id.key"


class ResourceIds:
    """Makes the ids of a home's resources."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def of(self, kind: str, *parts: object) -> str:
        """The id of the resource of this type that the parts name."""
        text = json.dumps(["igwatch fhir", kind, *parts], default=str)
        digest = bytearray(hmac.digest(self._key, text.encode(), "sha256")[:16])
        digest[6] = digest[6] & 0x0F | 0x80
        digest[8] = digest[8] & 0x3F | 0x80
        return str(UUID(bytes=bytes(digest)))


def resource_ids(home: Home) -> ResourceIds:
    """The ids of this home. Raises OSError where its key cannot be read, or made."""
    path = home.ledger / KEY
    if not path.exists():
        part = part_of(path)
        part.write_text(secrets.token_hex(32), encoding="ascii")
        sync(part)
        with suppress(FileExistsError):  # another export was first: its key is the key
            os.link(part, path)
        part.unlink()
    return ResourceIds(path.read_bytes())
