"""A delivered file on its way to raw: what is known of it before a byte is parsed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Source:
    """One delivered file. Times are naive UTC; `name` is its path below inbox/<facility>."""

    path: Path
    facility: str
    sha256: str
    name: str
    size_bytes: int
    delivered_at: datetime
    landed_at: datetime
