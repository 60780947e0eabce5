"""What two readers say of a draw, and what that says of everybody."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from itertools import combinations
from typing import Any

from igwatch.base.knowledge import knowledge_rows
from igwatch.validation.agreement import YES, Kappa, cohen_kappa, together
from igwatch.validation.answer_file import AnswerError, FormAnswer
from igwatch.validation.draw import DrawnStratum
from igwatch.validation.draw_file import Key
from igwatch.validation.estimate import Accuracy, Estimate, Stratum, accuracy
from igwatch.validation.frame import flagged_states

MEASURES = ("ppv", "npv", "sensitivity", "specificity")


@dataclass(frozen=True)
class StateCount:
    """People of one state, and what was read of them: yes, no, and neither."""

    status: str
    is_flagged: bool
    population: int
    drawn: int
    n_yes: int
    n_no: int
    n_open: int


@dataclass(frozen=True)
class RuleScore:
    """One rule: by readers together, by each reader alone, and how they agree.

    `disagreements`: form, and each reader's answer."""

    rule_id: str
    accuracy: Accuracy
    by_reader: Mapping[str, Accuracy]
    kappa: Mapping[tuple[str, str], Kappa]
    states: tuple[StateCount, ...]
    disagreements: tuple[tuple[str, Mapping[str, str]], ...]


def score(key: Key, answers: Iterable[FormAnswer]) -> list[RuleScore]:
    """The score of each rule that was asked. Raises AnswerError for a form that was not drawn."""
    by_rule: dict[str, dict[str, dict[str, str]]] = {}
    rules = set(key.strata[0].states) if key.strata else set()
    for answer in answers:
        if answer.form not in key.stratum_of or answer.rule_id not in rules:
            raise AnswerError(
                f"{answer.form} {answer.rule_id} was not asked in {key.draw}",
                "look for a typing slip",
            )
        by_form = by_rule.setdefault(answer.rule_id, {})
        by_form.setdefault(answer.form, {})[answer.reader] = answer.answer
    return [score_rule(key, rule, forms) for rule, forms in sorted(by_rule.items())]


def score_rule(key: Key, rule: str, forms: Mapping[str, Mapping[str, str]]) -> RuleScore:
    """forms: form -> reader -> answer."""
    readers = sorted({reader for said in forms.values() for reader in said})
    verdicts = {form: together(said) for form, said in forms.items()}
    alone = {
        reader: {form: together({reader: said[reader]}) for form, said in forms.items()
                 if reader in said}
        for reader in readers
    }  # fmt: skip
    return RuleScore(
        rule,
        _accuracy(key, rule, verdicts),
        {reader: _accuracy(key, rule, said) for reader, said in alone.items()},
        {
            pair: cohen_kappa([
                (said[pair[0]], said[pair[1]]) for said in forms.values() if set(pair) <= set(said)
            ])
            for pair in combinations(readers, 2)
        },
        tuple(_by_state(key, rule, verdicts)),
        tuple(
            (form, dict(sorted(said.items())))
            for form, said in sorted(forms.items())
            if len(set(said.values())) > 1
        ),
    )  # fmt: skip


def _accuracy(key: Key, rule: str, verdicts: Mapping[str, str | None]) -> Accuracy:
    flagged: list[Stratum] = []
    unflagged: list[Stratum] = []
    for stratum in key.strata:
        side = flagged if stratum.states[rule] in flagged_states() else unflagged
        side.append(_read(key, stratum, verdicts))
    return accuracy(flagged, unflagged)


def _read(key: Key, stratum: DrawnStratum, verdicts: Mapping[str, str | None]) -> Stratum:
    """A form without a verdict is taken to be like the others of its stratum."""
    said = [
        verdict
        for form, verdict in verdicts.items()
        if verdict and key.stratum_of[form] == stratum.stratum
    ]
    return Stratum(stratum.population, len(said), said.count(YES))


def _by_state(key: Key, rule: str, verdicts: Mapping[str, str | None]) -> Iterable[StateCount]:
    by_state: dict[str, list[DrawnStratum]] = {}
    for stratum in key.strata:
        by_state.setdefault(stratum.states[rule], []).append(stratum)
    for status, strata in sorted(by_state.items()):
        read = [_read(key, stratum, verdicts) for stratum in strata]
        drawn, n_yes = sum(s.drawn for s in strata), sum(s.positive for s in read)
        n_read = sum(s.read for s in read)
        yield StateCount(
            status,
            status in flagged_states(),
            sum(s.population for s in strata),
            drawn,
            n_yes,
            n_read - n_yes,
            drawn - n_read,
        )


def is_few(estimate: Estimate) -> bool:
    """Whether so few forms stand behind a share that it would mislead without its limits."""
    least, widest = (_threshold(name) for name in ("share_min_forms", "share_max_width"))
    if estimate.value is None or estimate.low is None or estimate.high is None:
        return True
    return estimate.effective < least or estimate.high - estimate.low > widest


def _threshold(name: str) -> float:
    rows = knowledge_rows("validation_threshold")
    return next(float(row["value"]) for row in rows if row["threshold"] == name)


def as_data(found: RuleScore) -> dict[str, Any]:
    """For scripts: a share of few has no value, only limits."""
    return {
        "rule_id": found.rule_id,
        "together": _measures(found.accuracy),
        "by_reader": {name: _measures(each) for name, each in found.by_reader.items()},
        "kappa": [{"readers": list(pair), **asdict(kappa)} for pair, kappa in found.kappa.items()],
        "by_state": [asdict(state) for state in found.states],
        "disagreements": [{"form": form, **said} for form, said in found.disagreements],
    }


def _measures(found: Accuracy) -> dict[str, Any]:
    told = {}
    for name in MEASURES:
        estimate: Estimate = getattr(found, name)
        few = is_few(estimate)
        told[name] = asdict(estimate) | {"is_few": few} | ({"value": None} if few else {})
    return told
