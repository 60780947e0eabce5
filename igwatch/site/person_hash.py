"""Keyed hashes of the numbers that feeds call a person by: who was forgotten, or is held, is known
again by them, and nobody without the site's key can read or guess a number from one.
"""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Collection, Iterable
from functools import lru_cache

from igwatch.base.error import PipelineError
from igwatch.site.pseudonym import key_fingerprint, secret_key
from igwatch.site.settings import Settings
from transforms.parse.raw.named_unit import Named

# what a hash is of: a number as sent in a feed, with all that was said of its issuer; a number and
# its issuer as sent; a number of a feed; a number and its issuer as published; a number alone,
# looked for in texts of which nobody can say whose they are
SENT, ISSUED, OF_FEED, PUBLISHED, NUMBER = "sent", "issued", "of feed", "published", "number"
_WORDS = (re.compile(r"[^|^~&;,\t\r\n\"]+"), *map(re.compile, (r"[\w./-]+", r"\w+", r"[^\W_]+")))


def site_key(settings: Settings) -> bytes:
    """The site's key. Raises PipelineError where there is none, PseudonymError for a bad one."""
    key = secret_key(settings)
    if key is None:
        raise PipelineError(
            "no key is set, by which a person who was forgotten is known again:",
            "IGWATCH_PSEUDONYM_KEY_FILE names it (docs/runbook.md, Settings)",
        )
    return key


def fingerprint(key: bytes) -> str:
    """Names the key without telling it."""
    return str(key_fingerprint(key))


def person_hash(key: bytes, kind: str, *parts: str | None) -> str:
    """32 hex digits: half of the HMAC-SHA256."""
    text = json.dumps(["igwatch person", kind, *parts], ensure_ascii=False)
    return hmac.digest(key, text.encode("utf-8", "surrogatepass"), "sha256").hex()[:32]


class HashedPersons:
    """Persons known by their hashes alone (raw/named_unit.py asks)."""

    def __init__(self, key: bytes, hashes: Iterable[str]) -> None:
        self._key, self._hashes = key, frozenset(hashes)
        self.is_named = lru_cache(maxsize=1 << 16)(self._is_named)
        self._is_number = lru_cache(maxsize=1 << 16)(self._is_hashed_number)

    def _is_named(self, facility: str, named: Named) -> bool:
        number, authority = named.patient_id, named.assigning_authority
        return self._is_number(number) and any(
            person_hash(self._key, *parts) in self._hashes
            for parts in (
                (PUBLISHED, authority, number),
                (ISSUED, authority, number),
                (OF_FEED, facility, number),
                (SENT, facility, *named),
            )
        )

    def is_mentioned(self, text: str) -> bool:
        """Whether one of their numbers is a word, or all between two delimiters, of a text."""
        words = {word.strip() for pattern in _WORDS for word in pattern.findall(text)}
        return any(self._is_number(word) for word in words if any(map(str.isalnum, word)))

    def _is_hashed_number(self, word: str) -> bool:
        return person_hash(self._key, NUMBER, word) in self._hashes

    def is_published(self, authority: str, number: str) -> bool:
        """Whether a published row is theirs, by authority and number."""
        return person_hash(self._key, PUBLISHED, authority, number) in self._hashes


def refuse_other_key(key: bytes, fingerprints: Collection[str]) -> None:
    """Raises PipelineError where hashes were made with another key than this."""
    if any(known != fingerprint(key) for known in fingerprints):
        raise PipelineError(
            "the key that persons were forgotten by is not the one that is set:",
            "name the file of that key in IGWATCH_PSEUDONYM_KEY_FILE again; without it they would "
            "come back unseen",
        )
