"""What refers to what in a PDF: what any program might read is never overlooked, what pyHanko reads is counted exactly."""

import io
from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert_seal_ades.pades import references
from mikrocert_seal_ades.pades.documents import Document
from mikrocert_seal_ades.pades.references import count_seeming_references
from pyhanko.pdf_utils import generic
from pyhanko.pdf_utils.decode_limits import DecodeLimits

FEW = frozenset({7, 70, 600})

MANNERS: dict[str, bytes] = {
    "as everybody does": b"[600 0 R]",
    "at the end": b"600 0 R",
    "other white space": b"600\t0\x0c\0R ",
    "a line end": b"600\r\n0\nR ",
    "a comment": b"600 % 7 0 obj\n 0 % 1\r\n % 2\r R ",
    "a long comment": b"600 %" + b"-" * 5_000 + b"\n0 R ",
    "many comments": b"600 " + b"% 1\n" * 50 + b"0 R ",
    "much white space": b"600" + b" " * 5_000 + b"0 R ",
    "another generation": b"600 65535 R ",
    "zeros before it": b"0000000000000000000000000600 000 R",
    "a sign": b"+600 +0 R",
    "a fraction": b"600.0 0. R",
    "a minus inside": b"6-00 0 R",
    "an exponent": b"6e2 0 R",
    "a number that is too large": b"4294967896 0 R",
    "one that is larger": b"18446744073709552216 0 R",
    "no space before the R": b"600 0R",
    "an R that goes on": b"600 0 R0 0 R",
    "a comment that is none": b"(100 %) 600 0 R",
    "a comment that is none, with a line end inside": b"(9 %) 600 0\nR",
    "behind a number": b"[5 600 0 R]",
    "behind a string": b"(1)600 0 R",
    "in a string": b"(600 0 R)",
}


@pytest.mark.parametrize("manner", MANNERS)
def test_no_manner_of_writing_hides_a_reference(manner: str) -> None:
    """However a reference is written that some program might read, it is found, whatever stands around it."""
    for around in (b"%b", b"<< /Kids %b /Count 1 >>", b"1 0 %b 0 R\n", b"\n%b\n"):
        assert count_seeming_references(around % MANNERS[manner], FEW)[600] >= 1


OTHERS: dict[str, bytes] = {
    "another object": b"[601 0 R 60 0 R 6000 0 R 1600 0 R]",
    "numbers": b"[600 0 0 600 0]",
    "an object": b"600 0 obj",
    "an operator": b"600 0 RG 600 0 Rx",
    "a name": b"/600 0 obj /R",
    "digits of a seal": b"<6000 0600>",
}


@pytest.mark.parametrize("what", OTHERS)
def test_what_is_no_reference_is_not_counted(what: str) -> None:
    """Numbers, operators and references to other objects are none of those that are looked for."""
    assert count_seeming_references(OTHERS[what], FEW) == Counter()


def test_what_seems_to_refer_too_often_is_not_looked_through() -> None:
    """More of it than any certificate has is refused."""
    with pytest.raises(OverflowError):
        count_seeming_references(b"1 0 R " * 100_000, FEW)


GAPS = st.sampled_from([b" ", b"\n", b"\r\n", b"\t", b"\0", b" % 7 0 R\n", b"%\r", b"  "])
WORDS = st.sampled_from(
    [
        *(
            b"7",
            b"70",
            b"600",
            b"0",
            b"1",
            b"7.5",
            b"-7",
            b"R",
            b"[",
            b"]",
            b"<<",
            b">>",
            b"/A",
            b"/R",
            b"null",
        ),
        *(b"(7 0 R)", b"(%", b")", b"<60>", b"7 0 R", b"70 0 R", b"600 0 R"),
    ]
)


@given(words=st.lists(st.tuples(WORDS, GAPS), max_size=30))
def test_whatever_pyhanko_reads_as_a_reference_is_found(words: list[tuple[bytes, bytes]]) -> None:
    """In whatever pyHanko can read, no more references are read than are found in the octets."""
    octets = b"[" + b"".join(word + gap for word, gap in words) + b"] "
    try:
        whole = generic.read_object(io.BytesIO(octets), generic.TrailerReference(_Handler()))
    except Exception:  # noqa: BLE001 - pyHanko answers with almost any exception
        return
    found = count_seeming_references(octets, FEW)
    for number, count in Counter(one for one in _references(whole) if one in FEW).items():
        assert found[number] >= count


class _Handler:
    strict = True


def _references(value: Any) -> Iterator[int]:
    if isinstance(value, generic.IndirectObject):
        yield value.idnum
    elif isinstance(value, generic.DictionaryObject):
        for name in value:
            yield from _references(value.raw_get(name))
    elif isinstance(value, generic.ArrayObject):
        for index in range(len(value)):
            yield from _references(value.raw_get(index))


def test_objects_are_counted_while_there_are_few(lta: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading all that a PDF has ends where it has more than any certificate."""
    document = Document(lta, stream=io.BytesIO(lta), limits=DecodeLimits())
    root = document.root_ref.idnum
    counts = references.count_references(document)
    assert counts[root] >= 1
    assert counts[document.root.raw_get("/Pages").idnum] >= 1
    assert sum(counts.values()) <= count_seeming_references(lta, frozenset(counts)).total() + sum(
        count_seeming_references(one, frozenset(counts)).total() for one in document.octets_of_objects()
    )
    monkeypatch.setattr(references, "_MOST", 20)
    with pytest.raises(OverflowError):
        references.count_references(document)
