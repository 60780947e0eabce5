"""What the rows of exposure_name and exposure_word say of a name: for the tests of these rows."""

from __future__ import annotations

from pathlib import Path

MACROS = Path(__file__).resolve().parents[3] / "transforms" / "models" / "macro.sql"

SPOKEN_OF = """
    WITH named AS (SELECT plain_name(?) AS name, '| ' || plain_name(?) || ' ' AS padded),
    called AS (
        SELECT k.exposure_id, min(strpos(n.padded, ' ' || k.name)) AS place
        FROM named AS n, exposure_name AS k, exposure AS e
        WHERE e.exposure_id = k.exposure_id AND e.kind = ?
            AND contains(n.padded, ' ' || k.name)
            AND (k.with_words IS NULL OR regexp_matches(n.name, k.with_words))
            AND (k.without_words IS NULL OR NOT regexp_matches(n.name, k.without_words))
        GROUP BY k.exposure_id
    ),
    said AS (
        SELECT w.meaning, w.match, strpos(n.padded, needle(w.word, w.match)) AS place
        FROM named AS n, exposure_word AS w
        WHERE contains(n.padded, needle(w.word, w.match))
            AND NOT coalesce(contains(n.padded, w.unless), FALSE)
    )
    SELECT c.exposure_id, list(DISTINCT s.meaning) FILTER (
        s.match <> 'before' OR s.place < c.place
    ) AS meanings
    FROM called AS c LEFT JOIN said AS s ON TRUE
    GROUP BY c.exposure_id
    ORDER BY c.exposure_id
"""


def spoken_of(con, kind: str, name: str) -> dict[str, set[str]]:
    """The rows of a kind that a name speaks of, and what its words say of each."""
    con.execute(MACROS.read_text(encoding="utf-8"))
    found = con.execute(SPOKEN_OF, [name, name, kind]).fetchall()
    return {exposure_id: set(meanings or []) for exposure_id, meanings in found}


def certainty(meanings: set[str]) -> str | None:
    """How sure a diagnosis is by the words of its name; the least sure decides."""
    if meanings & {"excluded", "negation", "intent"}:
        return "excluded"
    return next((word for word in ("history", "suspected") if word in meanings), None)
