"""A trusted list and the list of lists, as values (ETSI TS 119 612, 5)."""

from datetime import datetime

import attrs

from mikrocert_seal_ades.pki.services import TrustService

__all__ = ["Pointer", "TrustedList"]


@attrs.frozen
class Pointer:
    """Where another list is, and who signs it (TS 119 612, 5.3.13).

    Args:
        location: its address.
        territory: two letters of its country, `EU` for the list of lists; countries are called as lists call them (EL, UK).
        signers: certificates one of which it is signed with, DER.
        list_type: URI of its type.
        rules: URIs of its scheme's rules.
        mime_type: `application/vnd.etsi.tsl+xml` for a list that programs read.
    """

    location: str
    territory: str
    signers: tuple[bytes, ...] = attrs.field(repr=False)
    list_type: str = ""
    rules: frozenset[str] = frozenset()
    mime_type: str = ""


@attrs.frozen
class TrustedList:
    """What a list says, all of it covered by its signature.

    Args:
        version: of its form, 5 or 6 (5.3.1).
        sequence: its number, counted up with each issue (5.3.2).
        list_type: URI of its type (5.3.3).
        territory: two letters of its country, `EU` for the list of lists (5.3.10).
        operator: who issues it.
        issued: when, aware (5.3.14).
        next_update: when the next one is due at the latest, aware; none means that it is closed (5.3.15).
        information: addresses that describe the scheme, in order (5.3.7).
        pointers: where other lists are.
        services: the services of all providers.
        unreadable: names of services that can't be read, such as those without a time.
        signer: certificate that it is signed with, DER.
    """

    version: int
    sequence: int
    list_type: str
    territory: str
    operator: str
    issued: datetime
    next_update: datetime | None
    information: tuple[str, ...] = attrs.field(repr=False)
    pointers: tuple[Pointer, ...] = attrs.field(repr=False)
    services: tuple[TrustService, ...] = attrs.field(repr=False)
    unreadable: tuple[str, ...]
    signer: bytes = attrs.field(repr=False)

    def is_stale(self, at: datetime) -> bool:
        """Return whether a newer list had to be there at a moment, aware."""
        return self.next_update is not None and self.next_update < at
