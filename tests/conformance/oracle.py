"""The rules once more, as a plain reading of their sentences: slow, naive, nothing shared.

Numbers stand here as the rules print them, so a wrong cell of the knowledge tables shows too.
Input are rows of core.panel and core.exposure as dicts; output is (state, counted results).
"""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

LOW = ("low", "very_low")
UNJUDGED = (None, "censored_unresolved", "not_classed")
MONTH = 30.4375
YEAR = 365.25


def exact(number):
    return Decimal(str(number))


def bearing(exposures, rule, as_of):
    return [
        e
        for e in exposures
        if rule in e["applies_to"].split("|") and (not e["start_date"] or e["start_date"] <= as_of)
    ]


def active(exposures, day, *effects):
    return [
        e
        for e in exposures
        if e["effect"] in effects
        and not (e["start_date"] and day < e["start_date"])
        and not (e["active_until"] and day > e["active_until"])
    ]


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


def results_of(panels, analyte, as_of):
    mine = [
        p for p in panels if p["index_analyte"] == analyte and p["collected_at"].date() <= as_of
    ]
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


def sigmd_question(panel, exposures):
    day, age, igm = panel["collected_at"].date(), panel["age_days"], panel["igm_class"]
    others = [panel["igg_class"], panel["iga_class"]]
    if age is not None and age < 6 * MONTH:
        return "not assessable"
    if igm == "not_classed":
        return "not classed"
    if igm in LOW and active(exposures, day, "definite", "possible", "monoclonal"):
        return "secondary"
    if igm in LOW and [c for c in others if c in UNJUDGED]:
        return "incomplete"
    if igm in LOW and active(exposures, day, "immunoglobulin_replacement"):
        return "incomplete"
    if igm in LOW and [c for c in others if c in LOW]:
        return "not selective"
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
    "not selective": "not_selective",
    "infant": "candidate",
    "unresolved": "indeterminate",
}


def sigmd(panels, exposures, screened, as_of):
    exposures = bearing(exposures, "selective_igm_deficiency", as_of)
    counted, kinds, state = [], [], None
    for panel in results_of(panels, "igm", as_of):
        kind = sigmd_question(panel, exposures)
        if kind == "normal":
            kind, state, counted = sigmd_normal(panel, exposures, kinds, state, counted)
        elif kind == "not classed":
            state = state or "not_assessable"
        elif kind in SAYS:
            state = SAYS[kind]
        else:
            if kind == "low" and (not counted or days(counted[-1], panel) >= 28):
                counted = [*counted, panel]
            state = "count"
        kinds.append(kind)
    if state == "count":
        state = sigmd_count(counted, kinds, exposures, screened, as_of)
    return state or "no_evidence", len(counted)


def days(earlier, later):
    return (later["collected_at"].date() - earlier["collected_at"].date()).days


def sigmd_normal(panel, exposures, kinds, state, counted):
    nothing = {"first normal", "not assessable", "not classed"}
    if set(kinds) <= nothing:
        return "first normal", "no_evidence", counted
    if state == "resolved":
        return "plain", "resolved", counted
    value = exact(panel["igm_value"])
    elsewhere = counted and counted[-1]["laboratory"] != panel["laboratory"]
    if elsewhere and value < Decimal("1.4") * exact(panel["lower_limit_min"]):
        return "elsewhere", "indeterminate", counted
    if value < Decimal("1.25") * exact(panel["lower_limit_max"]):
        if kinds[-1] in ("weak", "plain"):
            return "weak", "resolved", []
        return "weak", "indeterminate", counted
    if acutely_ill(exposures, panel["collected_at"].date()):
        return "acute", "indeterminate", counted
    return "plain", "resolved", []


def sigmd_count(counted, kinds, exposures, screened, as_of):
    deciding = [k for k in kinds if k != "not classed"][-1]
    span = days(counted[0], counted[-1]) if counted else 0
    by_hand = [e for e in exposures if e["effect"] == "screen_negative"]
    done = by_hand or all(panel["facility"] in screened for panel in counted)
    if len(counted) >= 3 and span >= 180 and counted[-1]["age_days"] >= 24 * MONTH and done:
        return "definite_pattern"
    if len(counted) >= 2 and span >= 90:
        return "persistent"
    if deciding == "borderline" and len(counted) < 2:
        return "indeterminate"
    since = (as_of - counted[-1]["collected_at"].date()).days
    if since < 90:
        return "candidate"
    if since < 183:
        return "repeat_due"
    return "repeat_overdue" if since <= 365 else "indeterminate"


def higm_question(panel, exposures):
    day, igg, igm, iga = (
        panel["collected_at"].date(),
        panel["igg_class"],
        panel["igm_class"],
        panel["iga_class"],
    )
    replaced = active(exposures, day, "immunoglobulin_replacement")
    if igg == "not_classed":
        return "not classed"
    if igg == "borderline_low" and not replaced:
        return "borderline"
    if igg not in LOW and replaced:
        return "replacement"
    if igg == "censored_unresolved":
        return "unresolved"
    if igg not in LOW:
        return "normal"
    if igm in (None, "not_classed"):
        return "incomplete"
    if igm in LOW:
        return "not higm"
    if igm in ("borderline_low", "censored_unresolved"):
        return "indeterminate"
    above_10 = exact(panel["igm_value"]) > 10 or (
        panel["igm_comparator"] == ">" and exact(panel["igm_value"]) >= 10
    )
    gated = igm == "high" and (
        panel["age_days"] is None or panel["age_days"] >= 40 * YEAR or above_10
    )
    effects = {e["effect"] for e in exposures}
    if active(exposures, day, "definite", "possible", "monoclonal"):
        return "secondary"
    if gated and "monoclonal" in effects:
        return "secondary"
    if gated and "spep_negative" not in effects:
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


def higm(panels, exposures, as_of):
    exposures = bearing(exposures, "hyper_igm", as_of)
    starts = [
        e["start_date"]
        for e in exposures
        if e["effect"] == "immunoglobulin_replacement" and e["start_date"]
    ]
    counted, ever, state = [], set(), None
    for panel in results_of(panels, "igg", as_of):
        kind = higm_question(panel, exposures)
        ever.add(kind)
        if kind in ("not classed", "replacement"):
            state = state or "not_assessable"
        elif kind == "unresolved":
            quiet = (None, "no_evidence", "not_assessable", "resolved")
            state = state if state in quiet else "indeterminate"
        elif kind == "normal":
            shows = ever & {
                "qualifies",
                "qualifies on replacement",
                "provisional",
                "secondary",
                "igg only",
            }
            state, counted = ("resolved" if shows else "no_evidence"), []
        elif kind in ("incomplete", "indeterminate", "gate", "igg only"):
            state = "indeterminate"
        elif kind != "borderline":
            named = {
                "not higm": "not_higm_pattern",
                "secondary": "excluded_secondary",
                "provisional": "candidate",
            }
            if kind == "qualifies" and (not counted or days(counted[-1], panel) >= 28):
                counted = [*counted, panel]
            unusable = kind == "qualifies on replacement" and not counted
            state = named.get(kind, "indeterminate" if unusable else "count")
    if state == "count":
        state = higm_count(counted, starts, as_of)
    return state or "no_evidence", len(counted)


def higm_count(counted, starts, as_of):
    strong = [p for p in counted if p["iga_class"] in LOW and p["igm_class"] == "high"]
    profound = [
        p
        for p in counted
        if p["igg_class"] == p["iga_class"] == "very_low" and p["age_days"] >= YEAR
    ]
    if len(counted) >= 2:
        return "definite_pattern" if strong or profound == counted else "persistent"
    day = counted[0]["collected_at"].date()
    since = as_of - day
    if since < timedelta(28):
        return "candidate"
    if [s for s in starts if s >= day]:
        return "indeterminate"
    if since < timedelta(90):
        return "repeat_due"
    return "repeat_overdue" if since <= timedelta(365) else "indeterminate"


def urgent(panels, exposures, as_of):
    exposures = bearing(exposures, "hyper_igm", as_of)
    alarm = False
    for panel in results_of(panels, "igg", as_of):
        strong = (
            panel["igg_class"] in LOW and panel["iga_class"] in LOW and panel["igm_class"] == "high"
        )
        if higm_question(panel, exposures) == "normal":
            alarm = False
        elif (
            panel["age_days"] is not None
            and panel["age_days"] < 24 * MONTH
            and (panel["igg_class"] == "very_low" or strong)
        ):
            alarm = True
    return alarm
