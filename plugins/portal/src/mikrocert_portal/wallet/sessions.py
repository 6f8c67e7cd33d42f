"""Sessions of holders: who is signed in to a wallet, by a pseudonym; who they are at the provider is forgotten at once."""

from __future__ import annotations

import attrs

from mikrocert_portal.sign_in.sessions import new_token

__all__ = ["HolderSession"]


@attrs.frozen
class HolderSession:
    """Somebody who signed in to their wallet.

    Args:
        owner: what stands for them in the archive.
        token: what every form has to bring along, so that no other site sends one for them.
    """

    owner: bytes = attrs.field(repr=False)
    token: str = attrs.field(repr=False, factory=new_token)

    @property
    def person(self) -> tuple[str, ...]:
        """Who it is: their pseudonym."""
        return (self.owner.hex(),)
