"""The offering of a type: whether the public may see it, what it costs, when it is taught next.

It stands beside the content of a type and is versioned with it; no award takes anything of it.
"""

from __future__ import annotations

import re
from datetime import date
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.report import Finding
from mikrocert.texts import LanguageMap

if TYPE_CHECKING:
    from collections.abc import Iterator

__all__ = ["Offering", "Price", "Run", "faults_of_offering"]

_CURRENCY: Final = re.compile("[A-Z]{3}")
_ADDRESS: Final = re.compile(r"https://[^\s<>\"/?#@]+(/[^\s<>\"]*)?")
_LONGEST_ADDRESS: Final = 1000
_MOST: Final = Decimal(10_000_000)
_MOST_DECIMALS: Final = -2


@attrs.frozen
class Price:
    """What learning towards a type costs.

    Args:
        amount: how much; 0 means that it is free of charge.
        currency: code of ISO 4217, such as `CZK`.
        note: for whom, or what is in it, or none.
    """

    amount: Decimal
    currency: str
    note: LanguageMap | None = None


@attrs.frozen
class Run:
    """The next run of a course.

    Args:
        starts_on: first day.
        ends_on: last day, or none where it isn't settled.
        apply_until: last day on which one can apply, or none.
    """

    starts_on: date
    ends_on: date | None = None
    apply_until: date | None = None

    def is_over(self, day: date) -> bool:
        """Return whether it has ended on a day, or began before where nobody says when it ends."""
        return (self.ends_on or self.starts_on) < day


@attrs.frozen
class Offering:
    """How a type is offered.

    Args:
        published: whether the public catalogue shows the type; nothing of it is public unless this is true.
        homepage: https address of the institution's own page about it, or none.
        price: what it costs, or none where nobody says.
        run: its next run, or none where nobody says.
    """

    published: bool = False
    homepage: str | None = None
    price: Price | None = None
    run: Run | None = None


def faults_of_offering(offering: Offering) -> Iterator[Finding]:
    """Yield what is wrong with an offering; its members are named from `offering.` on."""
    address = offering.homepage
    if address is not None and (len(address) > _LONGEST_ADDRESS or _ADDRESS.fullmatch(address) is None):
        yield Finding.error(
            "homepage",
            "this is no address of a page; one that begins with https:// would be right",
            path="offering.homepage",
        )
    if offering.price is not None:
        yield from _of_price(offering.price)
    if offering.run is not None:
        yield from _of_run(offering.run)


def _of_price(price: Price) -> Iterator[Finding]:
    amount = price.amount
    exponent = amount.normalize().as_tuple().exponent if amount.is_finite() else None
    fits = isinstance(exponent, int) and exponent >= _MOST_DECIMALS and 0 <= amount <= _MOST
    if not fits:
        yield Finding.error(
            "price",
            "0 to {most} with at most two decimals would be right",
            path="offering.price.amount",
            most=_MOST,
        )
    if _CURRENCY.fullmatch(price.currency) is None:
        yield Finding.error(
            "currency",
            "this is no code of a currency; three capital letters such as CZK or EUR would be right",
            path="offering.price.currency",
        )


def _of_run(run: Run) -> Iterator[Finding]:
    if run.ends_on is not None and run.ends_on < run.starts_on:
        yield Finding.error(
            "run-ends",
            "the run ends before it starts; one of the two days is wrong",
            path="offering.run.ends_on",
        )
    last = run.ends_on or run.starts_on
    if run.apply_until is not None and run.apply_until > max(last, run.starts_on):
        yield Finding.error(
            "run-applications",
            "one can't apply after the run; one of the two days is wrong",
            path="offering.run.apply_until",
        )
