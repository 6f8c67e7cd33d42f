"""People: what the settings let somebody do who signed in. A person is issuer and subject, and nobody may anything by default."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Final

import attrs
from mikrocert.api import PERSON, printable

from mikrocert_portal.sign_in.errors import SignInError, SignInFault

if TYPE_CHECKING:
    from collections.abc import Iterable

    from mikrocert_portal.config import DeskOperator, DeskPerson
    from mikrocert_portal.sign_in.provider import Identity

__all__ = ["OPERATE", "Grant", "grant_of", "recorded_name"]

OPERATE: Final = "operate"
"""What somebody may do who sees the operator's pages, and nobody else."""

_LONGEST_NAME: Final = 100
_LONGEST_SUBJECT: Final = 48


@attrs.frozen
class Grant:
    """What somebody may do.

    Args:
        institution: name of the institution's offer; none for somebody of the operator.
        scopes: what they may do there.
    """

    institution: str | None
    scopes: frozenset[str]


def grant_of(
    identity: Identity, people: Iterable[DeskPerson], *, operators: Iterable[DeskOperator] = ()
) -> Grant:
    """Return what somebody may do: all that is said of them in any place, for one institution or for the operator.

    Args:
        identity: who signed in.
        people: what the settings say of people of institutions.
        operators: what they say of people of the operator.

    Raises:
        SignInError: if nothing is said of them, or it is said of several institutions, or of the operator and an institution.
    """
    theirs = [person for person in people if _is_meant(person, identity)]
    institutions = {person.institution for person in theirs}
    if any(_is_meant(operator, identity) for operator in operators):
        if institutions:
            fault = "the settings name an institution for this person of the operator"
            raise SignInError(SignInFault.NOBODY, fault)
        return Grant(None, frozenset({OPERATE}))
    if not institutions:
        raise SignInError(SignInFault.NOBODY, "the settings say nothing of this person")
    if len(institutions) > 1:
        raise SignInError(SignInFault.NOBODY, "the settings name several institutions for this person")
    return Grant(institutions.pop(), frozenset(scope for person in theirs for scope in person.scopes))


def _is_meant(section: DeskPerson | DeskOperator, identity: Identity) -> bool:
    return section.subject == identity.subject or section.entitlement in identity.entitlements


def recorded_name(identity: Identity) -> str:
    """Return under what somebody's acts are recorded: who they are, and what the provider calls them.

    A name can be anybody's, and people change theirs; so it is the subject that tells people apart, or a digest of one that can't be
    written as a word.
    """
    subject = identity.subject
    if (
        len(subject) > _LONGEST_SUBJECT
        or not subject.isascii()
        or not subject.isprintable()
        or " " in subject
    ):
        subject = hashlib.sha256(subject.encode(errors="surrogatepass")).hexdigest()[:32]
    person, name = f"{PERSON}{subject}", " ".join(identity.name.split())
    if not name or printable(name) != name:
        return person
    return f"{person} {name}"[:_LONGEST_NAME].rstrip()
