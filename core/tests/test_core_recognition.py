"""Credentials side by side: what counts is proven, and nothing is counted twice."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.award import Identifier
from mikrocert.report import CheckResult, Finding, Outcome, Report
from mikrocert.service.verifiers.recognition import Candidate, Target, Worth, candidate_of, compare
from mikrocert.service.verifying.viewing import view_of
from mikrocert.testing import example_award

AT = datetime(2026, 11, 30, 10, 0, tzinfo=UTC)


def nobody(_):
    return None


def a_report(**outcomes):
    """Return a report about the example, whose checks passed but those named."""
    award = example_award()
    body = attrs.evolve(
        award.awarding_body,
        identifiers=(*award.awarding_body.identifiers, Identifier("deqar", "DEQARINST9001")),
    )
    view = view_of(attrs.evolve(award, awarding_body=body), identifier="K7mQx4Rt9bHz")
    checks = ("format", "award", "integrity", "trust", "issuer", "validity", "status")
    results = tuple(
        CheckResult(check, outcomes.get(check, Outcome.PASSED), (Finding.info(check, "done"),))
        for check in checks
    )
    return Report(at=AT, results=results, identifier="K7mQx4Rt9bHz", view=view)


def test_what_is_compared_is_what_the_report_shows():
    """Numbers and codes as they are, no birth, and the id in the register."""
    one = candidate_of("K7mQx4Rt9bHz", a_report(), identifier_of=nobody)
    assert (one.worth, one.ects, one.eqf) == (Worth.COUNTS, Decimal("2.5"), 7)
    assert (one.areas, one.register_ids) == (("0613",), ("DEQARINST9001",))
    assert one.view.birth is None
    assert one.view.item("birth") is None


FAILED, OPEN = Outcome.FAILED, Outcome.UNDETERMINED
STANDINGS = {  # what failed → what the data are worth
    "nothing": ({}, Worth.COUNTS),
    "it has ended": ({"validity": FAILED}, Worth.DOES_NOT_COUNT),
    "its status is open": ({"status": OPEN}, Worth.DOES_NOT_COUNT),
    "nobody trusts the seal": ({"trust": FAILED}, Worth.UNPROVEN),
    "whether to trust it is open": ({"trust": OPEN}, Worth.UNPROVEN),
    "another issuer": ({"issuer": FAILED}, Worth.UNPROVEN),
    "it was changed": ({"integrity": FAILED}, Worth.UNSHOWN),
}


@pytest.mark.parametrize("kind", STANDINGS)
def test_only_what_is_proven_and_valid_counts(kind):
    """What was changed is not even shown; what doesn't count is not in the sum, and that is said."""
    outcomes, worth = STANDINGS[kind]
    one = candidate_of("A", a_report(**outcomes), identifier_of=nobody)
    assert one.worth is worth
    assert (one.view is None) == (worth is Worth.UNSHOWN)
    comparison = compare([one])
    assert comparison.total == (one.ects if worth is Worth.COUNTS else None)
    assert bool(comparison.notes) == (worth is not Worth.COUNTS)


def test_there_may_be_no_such_credential():
    """Then there is nothing to show."""
    one = candidate_of("A", None, identifier_of=nobody)
    assert (one.worth, compare([one]).total) == (Worth.UNSHOWN, None)


def c(name, ects, *parts):
    return Candidate(
        name,
        Worth.COUNTS,
        identifier=name,
        ects=None if ects is None else Decimal(ects),
        parts=frozenset(parts),
    )


SUMS = {  # what is given → (sum, at most)
    "two apart": ([c("A", "2.5"), c("B", 3)], "5.5", False),
    "one twice": ([c("A", 3), c("A", 3)], "3", False),
    "a part of the other": ([c("A", 6, "B"), c("B", 2)], "6", False),
    "a part of a part": ([c("A", 6, "B"), c("B", 3, "C"), c("C", 1)], "6", False),
    "a part named twice": ([c("A", 6, "B", "C"), c("B", 3, "C"), c("C", 1)], "6", False),
    "a part in common": ([c("A", 6, "C"), c("B", 5, "C"), c("C", 2)], "9", False),
    "a part of a part in common": ([c("A", 6, "C"), c("B", 5, "C"), c("C", 2, "D"), c("D", 1)], "9", False),
    "a part in common that isn't given": ([c("A", 6, "C"), c("B", 5, "C")], "11", True),
    "each part of the other": ([c("A", 6, "B"), c("B", 6, "A")], None, False),
    "a part of itself": ([c("A", 6, "A")], None, False),
    "no credits": ([c("A", None), c("B", 1)], "1", False),
    "no credits at all": ([c("A", None)], None, False),
    "no credits at all in several": ([c("A", None, "B"), c("B", None)], None, False),
    "a part of one without credits": ([c("A", None, "B"), c("B", 2)], "2", False),
    "parts of one without credits, one in the other": (
        [c("A", None, "B", "C"), c("B", 3, "C"), c("C", 1)],
        "3",
        False,
    ),
}


@pytest.mark.parametrize("kind", SUMS)
def test_nothing_is_counted_twice(kind):
    """What is part of another isn't added, and it is said; what can't be told is no number."""
    given_, total, at_most = SUMS[kind]
    comparison = compare(given_)
    assert comparison.total == (None if total is None else Decimal(total))
    assert comparison.at_most is at_most
    assert bool(comparison.notes) == (kind != "two apart")


def test_a_file_that_nothing_proves_takes_nobodys_place():
    """It may name the identifier of another one, which counts all the same, in whatever order they are given."""
    forged = Candidate("forged.pdf", Worth.UNPROVEN, identifier="A", ects=Decimal(60))
    for order in ([forged, c("A", 3)], [c("A", 3), forged]):
        comparison = compare(order)
        assert comparison.total == Decimal(3)
        assert len(comparison.candidates) == 2


@pytest.mark.parametrize("worth", [Worth.SUMMARY, Worth.CLOSED])
def test_a_file_counts_whatever_its_page_shows(worth):
    """Whoever has the file sees it, in whatever order file and identifier are given, and it is here once."""
    little = Candidate("A", worth, identifier="A")
    for order in ([little, c("A", 3)], [c("A", 3), little]):
        comparison = compare(order)
        assert comparison.total == Decimal(3)
        assert len(comparison.candidates) == 1


def test_where_nobody_states_credits_it_is_said():
    """Of a credential that counts and states none, the sum is no nought: it can't be told, and a note says why."""
    comparison = compare([c("A", None), c("B", None)], Target(ects=Decimal(60)))
    assert comparison.total is None
    assert [str(note) for note in comparison.notes] == [
        "Not one of those that count states ECTS credits, so that there is no sum."
    ]


@pytest.mark.parametrize("worth", [each for each in Worth if each is not Worth.COUNTS])
def test_where_nothing_counts_there_is_no_sum(worth):
    """No nought is told where nothing was summed, nor how much the target has: what doesn't count may state credits all the same."""
    comparison = compare([attrs.evolve(c("A", 3), worth=worth)], Target(ects=Decimal(60)))
    assert comparison.total is None
    assert [str(note) for note in comparison.notes] == [
        "Nothing here is counted, so that there is no sum; the row “Verification” says why."
    ]


@given(st.permutations([c("A", 6, "C"), c("B", 5, "C"), c("C", 2, "D"), c("D", 1), c("E", "0.5")]))
def test_the_order_makes_no_other_sum(order):
    """In whatever order they are given."""
    assert compare(order).total == Decimal("9.5")


@pytest.mark.parametrize(
    ("target", "expected"),
    [
        (Target(eqf=7), ["Level: the same as that of the target."]),
        (Target(eqf=6), ["Level: higher than that of the target."]),
        (
            Target(eqf=8, areas=("0613",)),
            ["Level: lower than that of the target.", "Field: the same detailed field."],
        ),
        (Target(areas=("0612",)), ["Field: the same narrow field."]),
        (Target(areas=("0688",)), ["Field: the same broad field."]),
        (Target(areas=("0811", "0311")), ["Field: another broad field."]),
        (Target(areas=("06",)), ["Field: the same broad field."]),
        (Target(), []),
    ],
)
def test_codes_are_held_against_the_target(target, expected):
    """Level and field, as far as both say them; nothing is judged beyond that."""
    one = candidate_of("A", a_report(), identifier_of=nobody)
    assert [str(each) for each in compare([one], target).beside["A"]] == expected


def test_different_holders_are_told():
    """Whether that is one person is not for a program to say."""
    one = candidate_of("A", a_report(), identifier_of=nobody)
    other = attrs.evolve(one, label="B", identifier="B", view=attrs.evolve(one.view, holder="Někdo Jiný"))
    assert any("different holders" in str(note) for note in compare([one, other]).notes)
    assert not any("different holders" in str(note) for note in compare([one]).notes)
