"""The night on which northgate's analyser prints mg/dL and its interface still says g/L.

People of the nights before are tested again, with the values they had. Each number and the range
printed beside it are a hundred times as high, and nothing but the numbers shows it. Riverside sends
a few of its own, among them the overdue repeat of RETURNING_PATIENT, still low: they go through.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date, timedelta

from samples.order import PER_DECILITRE, Order, Result, clock

SWAPPED, UNTOUCHED = "northgate", "riverside"
N_SWAPPED, N_UNTOUCHED = 15, 5
RETURNING_PATIENT = "RV8069"
NUMBER = re.compile(r"\d+(?:\.\d+)?")
PLAIN = re.compile(r"\d+(\.\d+)?")


def swap_orders(orders: list[Order], night: int, as_of: date) -> list[Order]:
    """The orders of that night, made of earlier ones of people without any oddity."""
    return [
        *_tested_again(orders, SWAPPED, N_SWAPPED, night, as_of, _hundredfold),
        *_tested_again(orders, UNTOUCHED, N_UNTOUCHED, night, as_of, lambda result: result),
    ]


def _tested_again(
    orders: list[Order],
    facility: str,
    n: int,
    night: int,
    as_of: date,
    print_result: Callable[[Result], Result],
) -> Iterator[Order]:
    here = [order for order in orders if order.patient.facility == facility]
    people = {order.patient.id: order for order in here if _is_plain(order)}
    returning = {order.patient.id: order for order in here if order.patient.id == RETURNING_PATIENT}
    for position, order in enumerate([*list(people.values())[:n], *returning.values()], 1):
        number = f"S{night}{facility[:1].upper()}{position:03d}"
        taken = clock(number, as_of)
        yield replace(
            order,
            number=number,
            night=night,
            collected_at=taken,
            resulted_at=taken + timedelta(hours=3),
            results=tuple(print_result(result) for result in order.results),
        )


def _is_plain(order: Order) -> bool:
    return not order.oddity and all(
        result.abnormal_flag in ("", "N") and result.status == "F" and PLAIN.fullmatch(result.value)
        for result in order.results
    )


def _hundredfold(result: Result) -> Result:
    return result._replace(
        value=_times_hundred(result.value),
        reference_range=_times_hundred(result.reference_range),
    )


def _times_hundred(text: str) -> str:
    return NUMBER.sub(lambda found: f"{float(found[0]) * PER_DECILITRE:.0f}", text)
