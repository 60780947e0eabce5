"""Which concept stands for what: rows of transforms/knowledge, and before them the site's own.

`<home>/concept.csv` has the columns means, term, concept_id, name, domain_id, vocabulary_id and
concept_code; what it may mean is what omop_concept.csv does, and `code`, a code as sent:
`ICD10:C83.3`. A site fills it from its own licensed copy of the vocabularies.
"""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from dataclasses import astuple, dataclass
from pathlib import Path

from igwatch.base.knowledge import knowledge_rows
from warehouse.catalogue import CatalogueError

SITE_CONCEPT = "concept.csv"
CODE = "code"
COLUMNS = ("means", "term", "concept_id", "name", "domain_id", "vocabulary_id", "concept_code")
LARGEST = 2**31 - 1
OURS = "igwatch"


@dataclass(frozen=True)
class ConceptTerm:
    """A word of ours, or a code as sent, and its concept. `version`: of what the id was read in."""

    means: str
    term: str
    concept_id: int
    name: str
    domain_id: str
    vocabulary_id: str
    concept_code: str
    version: str | None = None


@dataclass(frozen=True)
class ExposureGroup:
    """A group of exposures that is a cause of the rules or a replacement, and what it does, as a
    concept of ours."""

    concept_id: int
    exposure_group: str
    effect: str
    lowers_igg: bool
    lowers_iga: bool
    lowers_igm: bool
    raises_igm: bool

    @property
    def name(self) -> str:
        """As it stands in a concept set: `anti_cd20, definite, lowers igg igm`."""
        lowered = [a for a in ("igg", "iga", "igm") if getattr(self, f"lowers_{a}")]
        return f"{self.exposure_group}, {self.effect}, lowers {' '.join(lowered) or 'none'}"


def exposure_groups() -> list[ExposureGroup]:
    """The rows of omop_exposure_group.csv."""
    return [
        ExposureGroup(
            int(row["concept_id"]),
            row["exposure_group"],
            row["effect"],
            lowers_igg=row["lowers_igg"] == "true",
            lowers_iga=row["lowers_iga"] == "true",
            lowers_igm=row["lowers_igm"] == "true",
            raises_igm=row["raises_igm"] == "true",
        )
        for row in knowledge_rows("omop_exposure_group")
    ]


def concept_terms(home: Path | None = None) -> list[ConceptTerm]:
    """Every word that has a concept; a row of the site's comes before a shipped one of its word.

    Raises CatalogueError for a line of the site's file that cannot be read.
    """
    found = {(term.means, term.term): term for term in _shipped()}
    if home is not None:
        found |= {(term.means, term.term): term for term in _of_site(home / SITE_CONCEPT)}
    return list(found.values())


def concepts(terms: list[ConceptTerm]) -> list[tuple]:
    """Rows of the model's table concept, each id once: what the terms name, and groups of ours."""
    rows = {
        term.concept_id: _row(term.concept_id, term.name, term.domain_id, term.vocabulary_id,
                              "S", term.concept_code)
        for term in terms
    }  # fmt: skip
    rows |= {
        group.concept_id: _row(group.concept_id, group.name, "Metadata", OURS, None, "")
        for group in exposure_groups()
    }
    rows[0] = _row(0, "no matching concept", "Metadata", "None", None, "")
    return [rows[concept_id] for concept_id in sorted(rows)]


def _row(
    concept_id: int, name: str, domain: str, vocabulary: str, standard: str | None, code: str
) -> tuple:
    first, last = "1970-01-01", "2099-12-31"  # the model's words for "always"
    return (concept_id, name, domain, vocabulary, "", standard, code, first, last, None)


def _shipped() -> Iterator[ConceptTerm]:
    return map(_concept_term, knowledge_rows("omop_concept"))


def _concept_term(row: Mapping[str, str]) -> ConceptTerm:
    return ConceptTerm(
        row["means"],
        row["term"],
        int(row["concept_id"]),
        row["name"],
        row["domain_id"],
        row["vocabulary_id"],
        row["concept_code"],
        row.get("version") or None,
    )


def _of_site(path: Path) -> Iterator[ConceptTerm]:
    if not path.is_file():
        return
    known = {term.means for term in _shipped()} | {CODE}
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            lines = csv.DictReader(file)
            if tuple(lines.fieldnames or ()) != COLUMNS:
                raise CatalogueError(
                    f"{path.name}: its header is not as docs/omop.md says",
                    f"write: {','.join(COLUMNS)}",
                )
            for row in lines:
                yield _term(path.name, lines.line_num, row, known)
    except (UnicodeDecodeError, csv.Error):
        raise CatalogueError(f"{path.name}: is no CSV in UTF-8", "save it as such") from None


def _term(file: str, line: int, row: dict[str, str], known: set[str]) -> ConceptTerm:
    number = row["concept_id"] or ""
    if None in row or None in row.values():
        raise CatalogueError(f"{file} line {line}: not {len(COLUMNS)} cells", "put texts in quotes")
    if row["means"] not in known:
        raise CatalogueError(
            f"{file} line {line}: means is not one that is asked for",
            f"write one of {', '.join(sorted(known))}",
        )
    if not (number.isascii() and number.isdigit() and int(number) <= LARGEST):
        raise CatalogueError(
            f"{file} line {line}: concept_id is no whole number up to {LARGEST}",
            "take the id from your copy of the vocabularies",
        )
    return _concept_term(row)


def term_rows(terms: list[ConceptTerm]) -> list[tuple]:
    """The terms as rows of source.concept_term."""
    return [astuple(term) for term in terms]
