"""Which list may be used as what, and how the list of lists is verified (TS 119 615, 4.1 and 4.2; TS 119 612, 5.3)."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from itertools import takewhile
from typing import Final

import attrs

from mikrocert_seal_ades.pki.errors import ListError
from mikrocert_seal_ades.pki.lists.model import Pointer, TrustedList
from mikrocert_seal_ades.pki.lists.reading import read_list
from mikrocert_seal_ades.pki.lists.signed import outline_of, signed_content
from mikrocert_seal_ades.pki.problems import problem

__all__ = ["LIST_OF_LISTS", "Pivot", "list_of_lists", "national_list", "pivot_addresses", "pointers_to_lists"]

LIST_OF_LISTS: Final = "EU"
"""What the list of lists has for a territory."""
_BASE: Final = "http://uri.etsi.org/TrstSvc/TrustedList"
_TYPE_OF_LISTS: Final = f"{_BASE}/TSLType/EUlistofthelists"
_TYPE_NATIONAL: Final = f"{_BASE}/TSLType/EUgeneric"
_RULE_OF_LISTS: Final = f"{_BASE}/schemerules/EUlistofthelists"
_MIME_TYPE: Final = "application/vnd.etsi.tsl+xml"
_VERSIONS: Final = (5, 6)
_MOST_PIVOTS: Final = 20


@attrs.frozen
class Pivot:
    """A list of lists that exists to carry a change of who signs it, as it was published at an address."""

    address: str
    octets: bytes = attrs.field(repr=False)


def list_of_lists(
    octets: bytes,
    *,
    signers: Sequence[bytes],
    at: datetime,
    pivot: Callable[[str], bytes],
    newer_than: int = 0,
) -> tuple[TrustedList, tuple[Pivot, ...]]:
    """Return the list of lists, verified, and the pivots that lead to it from the pinned certificates.

    1. The list names its pivots, the newest first, above the reference to the Official Journal that it starts from.
    2. The oldest pivot is signed with one of the pinned certificates, valid when it was issued.
    3. Who signs the next one is what a pivot says in its pointer to itself.
    4. Who the last pivot names signs the list of lists; without pivots it is one of the pinned certificates.

    What the list says of its pivots before it is verified only chooses what is verified: a pivot left out or added leads nowhere.

    Args:
        octets: the list of lists, as it was published.
        signers: the pinned certificates, of the Official Journal, DER.
        at: the moment, aware.
        pivot: returns the pivot at an address, as it was published, or raises `ListError`.
        newer_than: the lowest sequence number that is accepted.

    Raises:
        ListError: if the list or one of its pivots is not what it has to be.
    """
    pivots: list[Pivot] = []
    trusted = tuple(signers)
    addresses = pivot_addresses(outline_of(octets, where=LIST_OF_LISTS).information)
    if len(addresses) > _MOST_PIVOTS:
        raise ListError(problem("list-pivots", where=LIST_OF_LISTS, count=len(addresses), most=_MOST_PIVOTS))
    sequence = 0
    for address in reversed(addresses):
        found = Pivot(address, pivot(address))
        where = address.rpartition("/")[2]
        read = _of_lists(found.octets, signers=trusted, at=None, newer_than=sequence, where=where)
        sequence = read.sequence
        trusted = _own_signers(read, where=where)
        pivots.append(found)
    lists = _of_lists(
        octets, signers=trusted, at=at, newer_than=max(newer_than, sequence), where=LIST_OF_LISTS
    )
    if pivot_addresses(lists.information) != addresses:
        raise ListError(problem("list-signature-scope", where=LIST_OF_LISTS))
    return lists, tuple(pivots)


def national_list(octets: bytes, *, pointer: Pointer, at: datetime, newer_than: int = 0) -> TrustedList:
    """Return the list that a pointer of the list of lists leads to, verified.

    Whether it is stale is not asked: what it says was so, and may have changed since.

    Args:
        octets: the list, as it was published.
        pointer: where it is from.
        at: the moment, aware.
        newer_than: the lowest sequence number that is accepted, that of the list which is known.

    Raises:
        ListError: if it is not what it has to be.
    """
    where = pointer.territory
    content = signed_content(octets, signers=pointer.signers, at=at, where=where)
    found = read_list(content, where=where)
    _check(found, list_type=_TYPE_NATIONAL, territory=where, newer_than=newer_than, where=where)
    return found


def pointers_to_lists(lists: TrustedList) -> dict[str, Pointer]:
    """Return the pointers of a list of lists to lists that programs read, by territory.

    Raises:
        ListError: if a territory has two, so that nobody can tell which holds.
    """
    found: dict[str, Pointer] = {}
    for pointer in _readable(lists):
        if pointer.territory == LIST_OF_LISTS or pointer.list_type != _TYPE_NATIONAL:
            continue
        if pointer.territory in found:
            raise ListError(problem("list-pointer-twice", where=LIST_OF_LISTS, territory=pointer.territory))
        found[pointer.territory] = pointer
    return found


def pivot_addresses(information: Iterable[str]) -> tuple[str, ...]:
    """Return the addresses of the pivots that count, the newest first: those above the first reference to the Official Journal.

    Args:
        information: addresses that describe the scheme of a list of lists, in order.
    """
    return tuple(takewhile(lambda address: address.endswith(".xml"), information))


def _of_lists(
    octets: bytes, *, signers: Sequence[bytes], at: datetime | None, newer_than: int, where: str
) -> TrustedList:
    content = signed_content(octets, signers=signers, at=at, where=where)
    found = read_list(content, where=where)
    _check(found, list_type=_TYPE_OF_LISTS, territory=LIST_OF_LISTS, newer_than=newer_than, where=where)
    return found


def _check(found: TrustedList, *, list_type: str, territory: str, newer_than: int, where: str) -> None:
    if found.version not in _VERSIONS:
        raise ListError(
            problem(
                "list-version", where=where, version=found.version, right=" or ".join(map(str, _VERSIONS))
            )
        )
    if found.list_type != list_type:
        raise ListError(problem("list-type", where=where, found=found.list_type, right=list_type))
    if found.territory != territory:
        raise ListError(problem("list-territory", where=where, found=found.territory, right=territory))
    if found.sequence < newer_than:
        raise ListError(problem("list-older", where=where, found=found.sequence, last=newer_than))


def _own_signers(lists: TrustedList, *, where: str) -> tuple[bytes, ...]:
    """Return who signs the next list of lists: what the one pointer to itself says."""
    found = [
        pointer
        for pointer in _readable(lists)
        if pointer.territory == LIST_OF_LISTS and _RULE_OF_LISTS in pointer.rules
    ]
    if len(found) != 1:
        raise ListError(problem("list-own-pointer", where=where, count=len(found)))
    return found[0].signers


def _readable(lists: TrustedList) -> Iterator[Pointer]:
    return (pointer for pointer in lists.pointers if pointer.mime_type == _MIME_TYPE)
