"""Differences between two editions of a micro-credential, statement by statement, as a person reads them."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.texts import Text, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mikrocert.report.view import Item, View

__all__ = ["Difference", "differences"]

_OF_EACH: Final = frozenset({"identifier", "link"})
"""Keys of what every micro-credential has of its own, so that it always differs and says nothing."""


@attrs.frozen
class Difference:
    """One statement that is not the same in two views.

    Args:
        key: key of the item, such as `learner`.
        label: its label.
        before: what the first view says; nothing where it doesn't have the statement.
        after: what the second view says; nothing where it doesn't have the statement.
    """

    key: str
    label: Text
    before: tuple[Value, ...]
    after: tuple[Value, ...]


def differences(before: View, after: View) -> tuple[Difference, ...]:
    """Return what two views don't say alike, in the order of the second one; what only the first one says comes last.

    Nothing is told that isn't in the views, so whoever may not see a statement is given views without it. Identifier and
    verification link are left out.

    Args:
        before: view of the credential that was replaced.
        after: view of its successor.
    """
    earlier, later = _statements(before), _statements(after)
    found = (
        Difference(
            key=place[1],
            label=(later.get(place) or earlier[place]).label,
            before=earlier[place].values if place in earlier else (),
            after=later[place].values if place in later else (),
        )
        for place in dict.fromkeys((*later, *earlier))
    )
    return tuple(each for each in found if each.before != each.after)


def _statements(view: View) -> Mapping[tuple[str, str, int], Item]:
    """Return the items by section, key and how many of that key came before."""
    return dict(_placed(view))


def _placed(view: View) -> Iterator[tuple[tuple[str, str, int], Item]]:
    counts: Counter[tuple[str, str]] = Counter()
    for section in view.sections:
        for item in section.items:
            if item.key not in _OF_EACH:
                yield (section.key, item.key, counts[section.key, item.key]), item
                counts[section.key, item.key] += 1
