"""What the objects of a PDF refer to (ISO 32000-2, 7.3.10).

That nothing in a PDF refers to some few objects can be told by reading all that it has, which costs more than everything else
that is asked of a seal. So its octets are looked through first, for whatever any program might read as a reference to one of
the few, wherever it stands. Only where that finds more than there may be are the objects read, to know.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import islice
from operator import itemgetter
from typing import TYPE_CHECKING, Any, Final

from pyhanko.pdf_utils import generic

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mikrocert_seal_ades.pades.documents import Document

__all__ = ["count_references", "count_seeming_references"]

_MOST: Final = 100_000
"""The most objects, with those inside of others, that are read, and the most seeming references."""

_LARGEST: Final = 8_388_607
"""The largest object number that programs hold exactly (ISO 32000-2, annex C); what others make of more is not known."""

_PLAIN: Final = 7
"""The most digits of a number that is surely below the largest."""

_BETWEEN: Final = rb"(?:[\0\t-\r ]++|%[^\r\n]{0,200}+[\r\n]){0,8}+"
_SEEMING: Final = re.compile(
    # A number, and before the R at most one more; or too much lies between them to be looked through. It begins with a class of
    # octets, all of which are tried at once, and so may be a sign without a number.
    rb"([0-9.+\-](?<![0-9.+\-].)[0-9.+\-]*+(?:[eE][0-9+\-]++)?+)"
    rb"(?=%(between)b(?:[+\-.]*+[0-9][0-9.+\-]*+(?:[eE][0-9+\-]++)?+%(between)b)?+(?:R(?![A-Za-z])|[\0\t-\r %%]))"
    % {b"between": _BETWEEN},
    re.DOTALL,
)


def count_seeming_references(octets: bytes, numbers: frozenset[int]) -> Counter[int]:
    """Return how often something in octets might be read as a reference to one of these objects.

    It is never too little: not only the one way of writing counts, but comments and line ends inside, signs, fractions and
    exponents, an `R` without space before it, and what stands in strings and streams, where nothing is a reference.

    Args:
        octets: a part of a PDF, or the decoded octets of a stream of objects.
        numbers: of the objects.

    Raises:
        OverflowError: if the octets have more of the like than any certificate.
    """
    seeming = Counter(map(itemgetter(1), islice(_SEEMING.finditer(octets), _MOST)))
    if seeming.total() == _MOST:
        raise OverflowError
    found: Counter[int] = Counter()
    for number, count in seeming.items():
        if number.isdigit() and len(number) < _PLAIN:
            if int(number) in numbers:
                found[int(number)] += count
            continue
        for reading in _readings(number, among=numbers):
            found[reading] += count
    return found


def _readings(number: bytes, *, among: frozenset[int]) -> frozenset[int]:
    """Return the object numbers that somebody could read there: with signs or a point there are several, and an exponent may be any."""
    readings = [number]
    if not number.isdigit():
        if not any(octet in b"0123456789" for octet in number):
            return frozenset()
        whole = number.partition(b".")[0]
        readings = [*re.findall(rb"\d+", number), *(re.sub(rb"\D", b"", one) for one in (number, whole))]
    found = frozenset(int(one[-20:]) for one in readings if one)
    return among if max(found) > _LARGEST or b"e" in number.lower() else found & among


def count_references(document: Document) -> Counter[int]:
    """Return how many references to each object there are in the trailer and the objects of a PDF.

    Raises:
        OverflowError: if it has more objects than any certificate.
        LookupError: if one refers to an object that isn't there.
        Exception: whatever pyHanko raises where the PDF is damaged.
    """
    found: Counter[int] = Counter()
    left = _MOST
    for whole in _objects(document):
        inside: list[Any] = [whole]
        while inside:
            left -= 1
            if left < 0:
                raise OverflowError
            value = inside.pop()
            if isinstance(value, generic.IndirectObject):
                if document.xrefs[value.reference] is None:
                    raise LookupError(value.idnum)
                found[value.idnum] += 1
            elif isinstance(value, generic.DictionaryObject):
                inside += [value.raw_get(name) for name in value]
            elif isinstance(value, generic.ArrayObject):
                inside += [value.raw_get(index) for index in range(len(value))]
    return found


def _objects(document: Document) -> Iterator[Any]:
    yield document.trailer_view
    revisions: Iterable[int] = range(document.xrefs.total_revisions)
    for reference in set[Any]().union(*map(document.xrefs.explicit_refs_in_revision, revisions)):
        if document.xrefs[reference] is not None:
            document.resolved_objects.clear()  # objects may be large, and many may overlap in the file
            yield generic.Reference(reference.idnum, reference.generation, document).get_object()
