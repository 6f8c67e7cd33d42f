"""Who is signed in to the desk."""

from __future__ import annotations

import attrs

from mikrocert_portal.sign_in.sessions import new_token

__all__ = ["Session"]


@attrs.frozen
class Session:
    """Somebody who signed in to the desk.

    Args:
        issuer: the identity provider.
        subject: the person, as it calls them.
        name: under what their acts are recorded.
        institution: name of the institution's offer; none for somebody of the operator.
        scopes: what the settings let them do.
        called: what they are called on pages.
        token: what every form has to bring along, so that no other site sends one for them.
    """

    issuer: str
    subject: str
    name: str
    institution: str | None
    scopes: frozenset[str]
    called: str
    token: str = attrs.field(repr=False, factory=new_token)

    @property
    def person(self) -> tuple[str, ...]:
        """Who it is: identity provider and subject."""
        return self.issuer, self.subject
