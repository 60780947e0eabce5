"""The rules once more, as a plain reading of their sentences: slow, naive, nothing shared.

Numbers stand here as the rules print them, so a wrong cell of the knowledge tables shows too.
Input are rows of core.panel and core.exposure as dicts; output is a `Reading` per rule and, of the
patient, an `Alarm`.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, timedelta
from decimal import Decimal
from math import ceil
from typing import Any, NamedTuple

LOW = ("low", "very_low")
UNJUDGED = (None, "censored_unresolved", "not_classed")
MONTH = 30.4375
YEAR = 365.25
CAUSES = ("definite", "possible", "monoclonal")
LABELS_FOR_EVALUATION = ("selective_igm_deficiency", "hyper_igm")
SEVERITIES = ("paraprotein_workup", "raised", "high", "immediate")
OPEN_STATES = (None, "no_evidence", "not_assessable", "resolved")


class Reading(NamedTuple):
    """What one rule says of a patient; dates only where a repeat is awaited."""

    state: str
    n_counted: int
    capped_by: tuple[str, ...] = ()
    due: date | None = None
    overdue: date | None = None


class Alarm(NamedTuple):
    """What stands beside the states of both rules; severity is the worst since a recovery."""

    urgent: bool
    alarming: bool
    severity: str | None


@dataclass(frozen=True)
class Counted:
    """A counted panel; a stronger one may have taken its place, what was asked of the first stands."""

    panel: dict[str, Any]
    day: date
    age_days: int
    facility: str


def exact(number):
    return Decimal(str(number))


def day_of(panel):
    return panel["collected_at"].date()


def is_below(panel, analyte, limit):
    value, comparator = panel[f"{analyte}_value"], panel[f"{analyte}_comparator"]
    if value is None or (comparator or "")[:1] == ">":
        return False
    return exact(value) <= exact(limit) if comparator == "<" else exact(value) < exact(limit)


def is_above(panel, analyte, limit):
    value, comparator = panel[f"{analyte}_value"], panel[f"{analyte}_comparator"]
    if value is None or (comparator or "")[:1] == "<":
        return False
    return exact(value) >= exact(limit) if comparator == ">" else exact(value) > exact(limit)


def is_aged(panel, at_least, below=None):
    """The age of the panel is known and within; in days."""
    age = panel["age_days"]
    return age is not None and age >= at_least and (below is None or age < below)


def is_fresh(panel, analyte):
    """Measured in the sample of the index result, or later within the window."""
    found = panel[f"{analyte}_collected_at"]
    return found is not None and found.date() >= day_of(panel)


# Exposures


def known(exposures, as_of):
    return [e for e in exposures if not e["start_date"] or e["start_date"] <= as_of]


def in_force(exposure, day):
    begun = not exposure["start_date"] or day >= exposure["start_date"]
    return begun and not (exposure["active_until"] and day > exposure["active_until"])


def active(exposures, day, *effects):
    return [e for e in exposures if e["effect"] in effects and in_force(e, day)]


def acutely_ill(exposures, day):
    for e in exposures:
        trigger = e["end_date"] or e["start_date"]
        if (
            e["effect"] == "acute_illness"
            and trigger
            and day >= (e["start_date"] or trigger)
            and (day - trigger).days <= 30
        ):
            return True
    return False


def is_electrophoresis_negative(exposures, day):
    return any(
        e["effect"] == "spep_negative"
        and e["start_date"]
        and e["start_date"] - timedelta(30) <= day <= e["start_date"] + timedelta(180)
        for e in exposures
    )


def causes(exposures, panel, day, analyte):
    """The causes in force that explain this panel; a possible one does not explain an alarming."""
    return [
        e
        for e in active(exposures, day, *CAUSES)
        if bears(e, panel, analyte) and not (e["effect"] == "possible" and is_alarming(panel))
    ]


def free_of_causes(counted, exposures, analyte):
    return [
        c
        for c in counted
        if not [e for e in active(exposures, c.day, *CAUSES) if bears(e, c.panel, analyte)]
    ]


def bears(exposure, panel, analyte):
    if exposure["exposure_group"] == "pregnancy" and is_below(panel, "igg", 5):
        return False
    bears_on_both = exposure["effect"] in ("monoclonal", "unreviewed_drug")
    return bears_on_both or exposure[f"lowers_{analyte}"]


def kind_of(exposure):
    return (exposure["effect"], exposure["exposure_group"])


CAPS = {
    "possible": "possible_cause",
    "unreviewed_drug": "unreviewed_drug",
    "suspected": "suspected_cause",
}


def caps_of_exposures(counted, exposures, screened, analyte):
    caps = set()
    by_hand = [e for e in exposures if e["effect"] == "screen_negative"]
    if not by_hand and [c for c in counted if c.facility not in screened]:
        caps.add("no_exposure_feed")
    for e in exposures:
        if e["effect"] == "known_immunodeficiency":
            if e["exposure_group"] not in LABELS_FOR_EVALUATION:
                caps.add("known_iei")
        elif e["effect"] in CAPS:
            same = [o for o in exposures if (o["effect"], o["exposure_group"]) == kind_of(e)]
            under = [
                c
                for c in counted
                if [o for o in same if in_force(o, c.day) and bears(o, c.panel, analyte)]
            ]
            if under and len(counted) - len(under) < 2:
                caps.add(CAPS[e["effect"]])
    return caps


# What one panel says by itself


def is_strong(panel):
    return panel["igg_class"] in LOW and panel["iga_class"] in LOW and panel["igm_class"] == "high"


def is_second_compatible_form(panel):
    return (
        panel["igg_class"] == "borderline_low"
        and panel["iga_class"] == "very_low"
        and panel["igm_class"] == "high"
    )


def is_alarming(panel):
    if is_strong(panel):
        return True
    if panel["igg_class"] != "very_low" or not is_aged(panel, 0, 18 * YEAR):
        return False
    if panel["age_days"] >= 9 * MONTH:
        return True
    others = (panel["iga_class"], panel["igm_class"])
    if [c for c in others if c not in (*UNJUDGED, "normal")]:
        return True
    months = panel["age_days"] / MONTH
    lowest_of_every_table = 1.00 if months < 5 else 1.20 if months < 6 else 1.64
    return is_below(panel, "igg", lowest_of_every_table)


def severity(panel):
    if is_aged(panel, 91) and is_below(panel, "igg", 1):
        return "immediate"
    if is_alarming(panel) or (is_aged(panel, 18 * YEAR) and panel["igg_class"] == "very_low"):
        return "high"
    if is_aged(panel, 18 * YEAR) and is_below(panel, "igg", 5):
        return "raised"
    return None


def asks_for_paraprotein(panel):
    return is_aged(panel, 18 * YEAR) and any(
        is_fresh(panel, analyte) and is_above(panel, analyte, limit)
        for analyte, limit in (("igg", 25), ("iga", 10), ("igm", 10))
    )


def worst(severities):
    return max((s for s in severities if s), key=SEVERITIES.index, default=None)


def results_of(panels, analyte, as_of):
    mine = [p for p in panels if p["index_analyte"] == analyte and day_of(p) <= as_of]
    value, comparator = f"{analyte}_value", f"{analyte}_comparator"
    for key in (
        lambda p: p["measurement_id"],
        lambda p: p["laboratory"] or "",
        lambda p: {">": 0, "<": 2}.get((p[comparator] or "=")[0], 1),
        lambda p: -p[value],
        lambda p: p["collected_at"],
    ):
        mine = sorted(mine, key=key)
    return mine


def as_counted(panel):
    return Counted(panel, day_of(panel), panel["age_days"], panel["facility"])


# Selective IgM deficiency


def sigmd_question(panel, exposures, counted):
    day, age, igm = day_of(panel), panel["age_days"], panel["igm_class"]
    others = [panel["igg_class"], panel["iga_class"]]
    if age is not None and age < 6 * MONTH:
        return "not assessable"
    if igm == "not_classed":
        return "not classed"
    if counted and igm in (*LOW, "borderline_low") and [c for c in others if c in LOW]:
        return "not selective"
    if igm in LOW and causes(exposures, panel, day, "igm"):
        return "secondary"
    if igm in LOW and [c for c in others if c in UNJUDGED]:
        return "incomplete"
    if igm in LOW and active(exposures, day, "immunoglobulin_replacement"):
        return "incomplete"
    if igm in LOW and [c for c in others if c in LOW]:
        return "not selective"
    gated = is_aged(panel, 18 * YEAR) and (is_above(panel, "igg", 25) or is_above(panel, "iga", 10))
    if igm in LOW and gated and [e for e in exposures if e["effect"] == "monoclonal"]:
        return "secondary"
    if igm in LOW and gated and not is_electrophoresis_negative(exposures, day):
        return "gate"
    if igm in LOW and age < 12 * MONTH:
        return "infant"
    if igm in LOW:
        return "low"
    if igm == "borderline_low":
        return "borderline"
    if igm == "censored_unresolved":
        return "unresolved"
    return "normal"


SAYS = {
    "not assessable": "not_assessable",
    "secondary": "excluded_secondary",
    "incomplete": "indeterminate",
    "gate": "indeterminate",
    "not selective": "not_selective",
    "unresolved": "indeterminate",
}


def sigmd(panels, exposures, screened, as_of):
    exposures = known(exposures, as_of)
    counted, kinds, state, infant = [], [], None, None
    normals, by_a_hair, last_of_others = [], False, {}
    for panel in results_of(panels, "igm", as_of):
        kind = sigmd_question(panel, exposures, counted)
        if kind == "not selective" and counted and is_by_a_hair(panel, last_of_others):
            kind, by_a_hair = "by a hair", True
        elif kind == "secondary" and len(free_of_causes(counted, exposures, "igm")) >= 2:
            kind = "later cause"
        elif kind == "gate" and len(counted) >= 2:
            kind = "uncleared"
        elif kind == "incomplete" and (counted or state not in OPEN_STATES):
            kind = "incomplete again"
        elif kind == "borderline" and not counted:
            kind = "borderline alone"
            state = "no_evidence" if state in (None, "not_assessable") else state
        elif kind == "normal":
            kind, state, remain = sigmd_normal(panel, exposures, kinds, state, counted)
            by_a_hair = by_a_hair and bool(remain)
            counted = remain
            normals.append(panel)
        elif kind == "not classed":
            state = state or "not_assessable"
        if kind in SAYS:
            state = SAYS[kind]
        elif kind == "infant":
            state, infant = "infant", panel
        elif kind == "borderline":
            state = "indeterminate" if len(counted) < 2 else "count"
        elif kind == "low":
            if not counted or (day_of(panel) - counted[-1].day).days >= 28:
                counted = [*counted, as_counted(panel)]
            state = "count"
        kinds.append(kind)
        for other in ("igg", "iga"):
            if panel[f"{other}_class"] not in (*UNJUDGED, *LOW):
                last_of_others[other] = panel
    if state == "infant":
        return infant_waits(infant, len(counted), as_of)
    if state == "count":
        caps = caps_of_exposures(counted, exposures, screened, "igm")
        caps |= caps_of_isotypes(counted, by_a_hair, normals)
        return sigmd_count(counted, caps, as_of)
    return Reading(state or "no_evidence", len(counted))


def is_by_a_hair(panel, last_of_others):
    """Every low isotype was borderline before and fell by less than its reference change value."""
    for other, change in (("igg", "0.167"), ("iga", "0.224")):
        if panel[f"{other}_class"] not in LOW:
            continue
        before = last_of_others.get(other)
        if before is None or before[f"{other}_class"] != "borderline_low":
            return False
        if before[f"{other}_comparator"] or panel[f"{other}_comparator"]:
            return False
        floor = exact(before[f"{other}_value"]) * (1 - Decimal(change))
        if exact(panel[f"{other}_value"]) < floor:
            return False
    return True


def sigmd_normal(panel, exposures, kinds, state, counted):
    nothing = {"first normal", "not assessable", "not classed", "borderline alone"}
    if set(kinds) <= nothing:
        return "first normal", "no_evidence", counted
    if state == "resolved":
        return "plain", "resolved", counted
    value = exact(panel["igm_value"])
    elsewhere = counted and counted[-1].panel["laboratory"] != panel["laboratory"]
    if elsewhere and value < Decimal("1.4") * exact(panel["lower_limit_min"]):
        return "elsewhere", "indeterminate", counted
    if value < Decimal("1.25") * exact(panel["lower_limit_max"]):
        if kinds[-1] in ("weak", "plain"):
            return "weak", "resolved", []
        return "weak", "indeterminate", counted
    if acutely_ill(exposures, day_of(panel)):
        return "acute", "indeterminate", counted
    return "plain", "resolved", []


def infant_waits(infant, n_counted, as_of):
    day = day_of(infant)
    one_year_old = day + timedelta(ceil(12 * MONTH) - infant["age_days"])
    due = max(day + timedelta(90), one_year_old)
    overdue = due + timedelta(183 - 90)
    if (as_of - day).days > 365:
        return Reading("indeterminate", n_counted)
    if as_of < due:
        return Reading("candidate", n_counted, (), due, overdue)
    state = "repeat_due" if as_of < overdue else "repeat_overdue"
    return Reading(state, n_counted, (), due, overdue)


def caps_of_isotypes(counted, by_a_hair, normals):
    caps = set()
    for c in counted:
        others = (c.panel["igg_class"], c.panel["iga_class"])
        if "high" in others:
            caps.add("other_isotype_high")
        if others == ("borderline_low", "borderline_low"):
            caps.add("other_isotypes_borderline")
    if by_a_hair:
        caps.add("other_isotypes_borderline")
    for earlier in normals:
        if (
            counted
            and earlier["collected_at"] < counted[0].panel["collected_at"]
            and is_aged(earlier, 6 * YEAR)
            and exact(earlier["igm_value"]) >= 2 * exact(counted[0].panel["igm_value"])
        ):
            caps.add("acquired")
    return caps


def sigmd_count(counted, caps, as_of):
    n, first, last = len(counted), counted[0].day, counted[-1].day
    span = (last - first).days
    old_enough = counted[-1].age_days >= 24 * MONTH
    due = max(first + timedelta(180), last + timedelta(90))
    overdue = due + timedelta(183)
    if n >= 3 and span >= 180 and old_enough:
        if caps:
            return Reading("persistent", n, tuple(sorted(caps)), due, overdue)
        return Reading("definite_pattern", n)
    if n >= 2 and span >= 90:
        return Reading("persistent", n, (), due, overdue)
    return waits(last, 90, 183, as_of, n)


def waits(since, due_days, overdue_days, as_of, n_counted, lapses=True):
    days, due = (as_of - since).days, since + timedelta(due_days)
    overdue = since + timedelta(overdue_days)
    if days > 365 and lapses:
        return Reading("indeterminate", n_counted)
    if days < due_days:
        return Reading("candidate", n_counted, (), due, overdue)
    state = "repeat_due" if days < overdue_days else "repeat_overdue"
    return Reading(state, n_counted, (), due, overdue)


# Hyper-IgM pattern


def higm_question(panel, exposures):
    day, igg, igm, iga = (
        day_of(panel),
        panel["igg_class"],
        panel["igm_class"],
        panel["iga_class"],
    )
    replaced = active(exposures, day, "immunoglobulin_replacement")
    if igg == "not_classed":
        return "not classed"
    if igg not in LOW and replaced:
        return "speaks" if iga == "very_low" and igm == "high" else "replacement"
    if igg == "borderline_low" and not is_second_compatible_form(panel):
        return "borderline"
    if igg == "censored_unresolved":
        return "unresolved"
    if igg not in LOW and igg != "borderline_low":
        return "normal"
    if igm in (None, "not_classed"):
        return "incomplete"
    if igm in LOW:
        return "not higm"
    if igm in ("borderline_low", "censored_unresolved"):
        return "indeterminate"
    gated = igm == "high" and (
        panel["age_days"] is None or panel["age_days"] >= 40 * YEAR or is_above(panel, "igm", 10)
    )
    if causes(exposures, panel, day, "igg"):
        return "secondary"
    if gated and [e for e in exposures if e["effect"] == "monoclonal"]:
        return "secondary"
    if gated and not is_electrophoresis_negative(exposures, day):
        return "gate"
    if igm != "high" and iga in UNJUDGED:
        return "incomplete"
    if igm != "high" and iga not in LOW:
        return "igg only"
    if panel["age_days"] is not None and panel["age_days"] < 183:
        return "provisional"
    if replaced:
        return "qualifies on replacement"
    return "qualifies"


QUALIFIED = ("qualifies", "qualifies on replacement", "provisional")
SHOWS = (*QUALIFIED, "secondary", "igg only", "speaks")
GRAVE_ELSEWHERE = ("not higm", "indeterminate", "gate", "incomplete")


def is_recovery_shown(panel, opened):
    """IgA and IgM of the same sample or a later one say that IgG came back by itself."""
    iga, igm = panel["iga_class"], panel["igm_class"]
    if not is_fresh(panel, "iga") or iga in (*UNJUDGED, *LOW):
        return False
    if not is_fresh(panel, "igm") or igm in (*UNJUDGED, "high"):
        return False
    grave = [p for kind, p in opened if kind in GRAVE_ELSEWHERE]
    if igm in LOW and [p for p in grave if p["igg_class"] == "very_low"]:
        return False
    qualified = [p for kind, p in opened if kind in QUALIFIED]
    return not qualified or bool([p for p in qualified if p["iga_class"] in LOW])


def strength(panel):
    return (is_strong(panel), panel["igg_class"] == "very_low", panel["iga_class"] == "very_low")


class Hyper:
    """The walk through the IgG results, oldest first."""

    def __init__(self, panels, exposures, screened, as_of):
        self.panels, self.screened, self.as_of = panels, screened, as_of
        self.exposures = known(exposures, as_of)
        self.state, self.ever_shown, self.last_sample = None, False, None
        self.recovered_at = None
        self.recover()
        for panel in results_of(panels, "igg", as_of):
            self.read(panel)

    def recover(self):
        """Everything that stood open is closed."""
        self.counted, self.provisional, self.opened = [], [], []
        self.was_low = False
        self.last_borderline, self.severities, self.alarms, self.urgent = None, [], [], []

    def read(self, panel):
        kind = higm_question(panel, self.exposures)
        if kind == "normal":
            self.normal(panel)
        grave = severity(panel)
        self.severities.append(grave)
        if is_alarming(panel):
            self.alarms.append(panel)
        if is_alarming(panel) or is_second_compatible_form(panel):
            self.urgent.append(panel)
        low = panel["igg_class"] in LOW or is_second_compatible_form(panel) or kind == "speaks"
        self.was_low = self.was_low or low
        if kind in SHOWS or (kind in GRAVE_ELSEWHERE and grave in ("immediate", "high")):
            self.opened.append((kind, panel))
        self.ever_shown = self.ever_shown or kind in SHOWS
        if kind != "not classed":
            self.last_sample = day_of(panel)
        if self.is_left_aside(kind):
            return
        if kind in ("not classed", "replacement", "speaks"):
            speaks = kind == "speaks" and not self.counted and not self.provisional
            self.state = "indeterminate" if speaks else self.state or "not_assessable"
        elif kind == "unresolved":
            self.state = self.state if self.state in OPEN_STATES else "indeterminate"
        elif kind == "borderline":
            self.borderline(panel)
        elif kind == "secondary":
            self.state = "excluded_secondary"
        elif kind == "not higm":
            self.state = "not_higm_pattern"
        elif kind in ("incomplete", "indeterminate", "gate", "igg only"):
            self.state = "indeterminate"
        elif kind == "provisional":
            self.provisional.append(panel)
            self.state = "count"
        elif kind == "qualifies on replacement":
            self.state = "count" if self.counted else "indeterminate"
        elif kind == "qualifies":
            self.count(panel)
            self.state = "count"

    def is_left_aside(self, kind):
        """Neither counts nor resets: state and count stay."""
        n = len(self.counted)
        if kind == "secondary":
            return len(free_of_causes(self.counted, self.exposures, "igg")) >= 2
        if kind in ("indeterminate", "gate"):
            return n >= 2
        if kind == "not higm":
            return n >= 2 and any(is_strong(c.panel) for c in self.counted)
        if kind == "incomplete":
            return bool(n or self.state not in OPEN_STATES)
        return False

    def normal(self, panel):
        shown = is_recovery_shown(panel, self.opened)
        if self.opened and not shown:
            self.state = "indeterminate"
            return
        if shown and self.was_low:
            self.recover()
            self.recovered_at = panel["collected_at"]
        self.state = "resolved" if self.ever_shown else "no_evidence"

    def borderline(self, panel):
        self.last_borderline = day_of(panel)
        others = ("iga", "igm")
        awaited = self.counted or self.provisional
        if (
            awaited
            and all(is_fresh(panel, o) for o in others)
            and not [o for o in others if panel[f"{o}_class"] in (*UNJUDGED, *LOW)]
        ):
            self.urgent = []

    def count(self, panel):
        last = self.counted[-1] if self.counted else None
        if last is None or (day_of(panel) - last.day).days >= 28:
            self.counted = [*self.counted, as_counted(panel)]
        elif strength(panel) > strength(last.panel):
            self.counted = [*self.counted[:-1], replace(last, panel=panel)]

    def reading(self):
        if self.state != "count":
            return Reading(self.state or "no_evidence", len(self.counted))
        if len(self.counted) >= 2:
            return self.reading_of_two()
        stands = self.counted[0].day if self.counted else day_of(self.provisional[-1])
        own = [*(c.panel for c in self.counted), *self.provisional]
        since = max(stands, self.last_borderline or stands)
        found = waits(
            since,
            28,
            90,
            self.as_of,
            len(self.counted),
            lapses=not [p for p in own if is_alarming(p)],
        )
        started = [
            e
            for e in self.exposures
            if e["effect"] == "immunoglobulin_replacement"
            and e["start_date"]
            and e["start_date"] >= stands
        ]
        if started and found.state != "candidate":
            return Reading("indeterminate", len(self.counted))
        return found

    def reading_of_two(self):
        n = len(self.counted)
        strong = [c for c in self.counted if is_strong(c.panel)]
        profound = [
            c
            for c in self.counted
            if c.panel["igg_class"] == c.panel["iga_class"] == "very_low" and c.age_days >= YEAR
        ]
        caps = caps_of_exposures(self.counted, self.exposures, self.screened, "igg")
        due = self.last_sample + timedelta(180)
        overdue = due + timedelta(183)
        if not strong and profound != self.counted:
            return Reading("persistent", n, (), due, overdue)
        if caps:
            return Reading("persistent", n, tuple(sorted(caps)), due, overdue)
        return Reading("definite_pattern", n)

    def alarm(self):
        young = [
            p
            for p in self.urgent
            if p["age_days"] is not None
            and p["age_days"] + (self.as_of - day_of(p)).days < 5 * YEAR
        ]
        since = [
            p
            for index in ("igg", "igm")
            for p in results_of(self.panels, index, self.as_of)
            if self.recovered_at is None or p["collected_at"] >= self.recovered_at
        ]
        workup = ["paraprotein_workup" for p in since if asks_for_paraprotein(p)]
        return Alarm(bool(young), bool(self.alarms), worst([*self.severities, *workup]))


def higm(panels, exposures, screened, as_of):
    return Hyper(panels, exposures, screened, as_of).reading()


def alarm(panels, exposures, as_of):
    return Hyper(panels, exposures, (), as_of).alarm()
