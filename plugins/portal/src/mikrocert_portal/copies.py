"""Copies for those who read otherwise, in large print or in easy language: what of them a page offers, and to whom.

A copy has everything in it, the sealed file and the birth data too; so it is given to whoever is given the files, and to nobody else.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import attrs

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mikrocert.api import CopyOffer, Display, Message

__all__ = ["OfferedCopy", "copies_of"]


@attrs.frozen
class OfferedCopy:
    """A copy that a page offers.

    Args:
        renderer: what draws it.
        summary: what it is, in a few words.
        address: last part of its address, below that of the credential.
        name: name that it is saved under.
        media_type: what it is.
    """

    renderer: str
    summary: Message
    address: str
    name: str
    media_type: str


def copies_of(display: Display, offers: Iterable[CopyOffer]) -> tuple[OfferedCopy, ...]:
    """Return what copies may be given to whoever sees a credential; none where the files may not be, or its content is not proven.

    Args:
        display: the credential, as they see it.
        offers: what can be made.
    """
    if not display.disclosed.files or not display.report.proven or display.report.view is None:
        return ()
    return tuple(
        OfferedCopy(
            offer.name,
            offer.summary,
            f"copy-{offer.name}{offer.suffix}",
            f"{display.identifier}-{offer.name}{offer.suffix}",
            offer.media_type,
        )
        for offer in offers
    )
