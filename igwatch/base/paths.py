"""Where this checkout (or installed package) keeps what is not code."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "transforms" / "models"
DICTIONARY = ROOT / "warehouse" / "dictionary.csv"
