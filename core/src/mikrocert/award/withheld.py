"""Elements that a holder does not show: not missing, and nobody may take them for something else."""

from __future__ import annotations

from enum import Enum
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterable

__all__ = ["WITHHELD", "Withheld", "withheld_at"]


class Withheld(Enum):
    """Stands in an award that was read back where an element is withheld."""

    WITHHELD = "withheld"


WITHHELD: Final = Withheld.WITHHELD
"""The one value of `Withheld`. Its type is none that the award model names, so that whoever takes it for a value fails."""


def withheld_at(path: str, withheld: Iterable[str]) -> tuple[str, ...]:
    """Return the withheld elements that are this one, inside it or around it, in order.

    Args:
        path: members of the award joined by dots, list positions left out, such as `assessments.grade`.
        withheld: paths of the withheld elements.
    """
    return tuple(
        sorted(
            other
            for other in withheld
            if f"{path}.".startswith(f"{other}.") or f"{other}.".startswith(f"{path}.")
        )
    )
