"""What two editions of a micro-credential don't say alike."""

from __future__ import annotations

from datetime import date

import attrs
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.report import Difference, Item, Section, View, differences
from mikrocert.texts import LanguageMap, message

KEYS = ("learner", "birth", "title", "outcomes", "identifier", "link")


def view_of(items, *, further=()):
    sections = (
        Section("annex-i", LanguageMap.of("Údaje", "Elements"), tuple(items)),
        Section("more", LanguageMap.of("Další", "More"), tuple(further)),
    )
    return View(
        title=LanguageMap.of("Kurz", "Course"),
        holder=None,
        birth=None,
        awarding_body=LanguageMap.of("Škola", "University"),
        figures=(),
        sections=sections,
        awarded_on=date(2026, 6, 22),
    )


def item(key, *values):
    return Item(key, message("Title"), values)


items = st.lists(
    st.builds(lambda key, values: item(key, *values), st.sampled_from(KEYS), st.lists(st.text(max_size=3), min_size=1, max_size=3)),
    max_size=6,
)  # fmt: skip


def test_what_changed_appeared_or_went_is_told_in_the_order_of_the_later_one():
    """A changed statement has both texts, a new one nothing before, one that is gone nothing after; it comes last."""
    before = view_of([item("learner", "Cernohorská"), item("place", "Brno"), item("title", "Kurz")])
    after = view_of([item("title", "Kurz"), item("grade", "A"), item("learner", "Černohorská")])
    label = message("Title")
    assert differences(before, after) == (
        Difference("grade", label, (), ("A",)),
        Difference("learner", label, ("Cernohorská",), ("Černohorská",)),
        Difference("place", label, ("Brno",), ()),
    )


def test_the_same_key_elsewhere_is_another_statement():
    """Items are held against those of the same section, and the second one of a key against the second."""
    before = view_of([item("skills", "a"), item("skills", "b")], further=[item("skills", "c")])
    after = view_of([item("skills", "a"), item("skills", "x")], further=[item("skills", "c")])
    assert [(each.before, each.after) for each in differences(before, after)] == [(("b",), ("x",))]


@given(items, items)
def test_nothing_differs_from_itself_and_the_way_back_is_the_same(one, other):
    """A view has no differences from itself; the other way round the same places differ, with before and after exchanged."""
    first, second = view_of(one), view_of(other)
    assert differences(first, first) == ()
    there = {(each.key, each.before, each.after) for each in differences(first, second)}
    back = {(each.key, each.after, each.before) for each in differences(second, first)}
    assert there == back


@given(items, items)
def test_nothing_is_told_that_is_not_in_the_views(one, other):
    """Of views without the birth nothing of it is told, and identifier and link never are."""
    told = differences(view_of(one).without_birth(), view_of(other).without_birth())
    assert not {each.key for each in told} & {"birth", "identifier", "link"}
    shown = {value for each in (*one, *other) if each.key != "birth" for value in each.values}
    assert {value for each in told for value in (*each.before, *each.after)} <= shown


def test_labels_are_those_of_the_later_one():
    """Where a statement is called otherwise now, it is called so."""
    before = view_of([item("learner", "a")])
    after = view_of([attrs.evolve(item("learner", "b"), label=message("Validity"))])
    assert differences(before, after)[0].label == message("Validity")
