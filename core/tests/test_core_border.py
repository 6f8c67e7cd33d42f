"""The border to plugins: who is blamed, what may come out of each kind, and what passes."""

from __future__ import annotations

import asyncio
import contextlib
from contextlib import contextmanager
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Literal

import attrs
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.api import (
    Check,
    Format,
    Institution,
    Intake,
    IssuerClaim,
    NoConfig,
    Observer,
    Renderer,
    Signer,
    offer,
)
from mikrocert.errors import MikrocertError, PluginError, SealError, plugin_boundary
from mikrocert.host.border import guarded
from mikrocert.host.fitting import Misfit, fitting
from mikrocert.host.registry import Registry
from mikrocert.kinds.envelope import Envelope, OpenedEnvelope, Prepared
from mikrocert.kinds.format import Credential, Draft, Packaging
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.kinds.renderer import DocumentType
from mikrocert.kinds.signer import Identity
from mikrocert.report import CheckResult, Finding, Outcome, SealInfo
from mikrocert.service.issuing.observing import tell
from mikrocert.settings import Settings
from mikrocert.testing import example_award, example_profile
from mikrocert.texts import LanguageMap, Value, message

NO_CARD = SealError(message("no card"))
SECRET = "PIN-2605-ř"
CLASSES = {
    "institutions": Institution,
    "intakes": Intake,
    "formats": Format,
    "envelopes": Envelope,
    "signers": Signer,
    "renderers": Renderer,
    "checks": Check,
}
MEMBERS = [  # kind, member, arguments
    ("institutions", "profile", None),
    ("institutions", "intake", None),
    ("intakes", "read", [b""]),
    ("formats", "packaging", None),
    ("formats", "may_withhold", None),
    ("formats", "build", [None]),
    ("formats", "complete", [None]),
    ("formats", "recognises", [b""]),
    ("formats", "open", [b""]),
    ("formats", "examine", [None]),
    ("formats", "award", [None]),
    ("formats", "sections", [None]),
    ("formats", "foreign_view", [None]),
    ("envelopes", "prepare", [b""]),
    ("envelopes", "finish_many", [[None], [b""]]),
    ("envelopes", "recognises", [b""]),
    ("envelopes", "open", [b""]),
    ("envelopes", "examine", [None]),
    ("signers", "identity", None),
    ("signers", "sign_many", [[b"a", b"b"]]),
    ("renderers", "document_type", None),
    ("renderers", "document", [None]),
    ("renderers", "pages", [None]),
    ("checks", "examine", [None]),
]


def asking(kind, member, arguments, do):
    """Return what a plugin's member gives that does this, asked as the core asks."""

    def body(*_, **__):
        return do()

    implementation = property(body) if arguments is None else body
    kind_class = CLASSES[kind]
    others = dict.fromkeys(kind_class.__abstractmethods__)
    thing = guarded(kind, "řeka", type("Toy", (kind_class,), {**others, member: implementation})())
    got = getattr(thing, member)
    got = got if arguments is None else got(*arguments)
    return list(got) if member == "read" else got


class Odd:
    """A value of no type that anybody asks for."""

    def __repr__(self):
        return SECRET


ERRORS = [
    SystemExit(0),
    SystemExit(SECRET),
    ValueError(SECRET),
    BaseException(SECRET),
    StopIteration(SECRET),
    PluginError(SECRET),
    SealError(f"the card refuses {SECRET}"),
]


ALL_BUT_THE_END = [  # of an iterator, which StopIteration is no fault of
    (*member, error)
    for member in MEMBERS
    for error in ERRORS
    if not (member[1] == "read" and isinstance(error, StopIteration))
]


@pytest.mark.parametrize(("kind", "member", "arguments", "error"), ALL_BUT_THE_END)
def test_whatever_a_plugin_raises_is_blamed_on_it_by_name(kind, member, arguments, error):
    """Each member of each kind: an error of ours with kind, name, class and place, and nothing of the text."""

    def do():
        raise error

    with pytest.raises(PluginError) as caught:
        asking(kind, member, arguments, do)
    text = str(caught.value)
    assert text.startswith(f"{kind[:-1]} řeka crashed: {type(error).__name__} at {__name__}:")
    assert SECRET not in text
    assert caught.value.__cause__ is error


@pytest.mark.parametrize(("kind", "member", "arguments"), MEMBERS)
def test_whatever_a_plugin_returns_instead_is_refused_by_name(kind, member, arguments):
    """Each member of each kind: what is of no such type is told with the type that would be right, and not repeated."""
    if member == "complete":
        assert asking(kind, member, arguments, lambda: b"octets") == b"octets"
    with pytest.raises(PluginError) as caught:
        asking(kind, member, arguments, lambda: [Odd()] if member == "read" else Odd())
    assert str(caught.value).startswith(f"{kind[:-1]} řeka: {member} is Odd; ")
    assert SECRET not in str(caught.value)


CREDENTIAL = Credential("toy", "urn:toy:1", None)
SEAL = SealInfo("ToySeal", "B-B", None, None)
PASSED = Finding.info("ok", "ok")
WRONG = {  # name → (kind, member, arguments, what comes out, place and what would be right)
    "a format whose issuer is no claim": (
        *("formats", "open", [b""], attrs.evolve(CREDENTIAL, issuer="Řípská")),
        "open.issuer is str; IssuerClaim | None would be right",
    ),
    "a name in the issuer that is no text": (
        *("formats", "open", [b""], attrs.evolve(CREDENTIAL, issuer=IssuerClaim({"cs": 7}, None, None))),
        "open.issuer.legal_name[] is int; str would be right",
    ),
    "a time without zone": (
        *("formats", "open", [b""], attrs.evolve(CREDENTIAL, issued=datetime(2026, 1, 1))),  # noqa: DTZ001
        "open.issued is datetime; aware datetime | None would be right",
    ),
    "an award with a text for a date": (
        *("formats", "award", [None], attrs.evolve(example_award(), awarded_on="2026-01-01")),
        "award.awarded_on is str; date",
    ),
    "an award with a deep fault": (
        *(
            "formats",
            "award",
            [None],
            attrs.evolve(example_award(), learner=attrs.evolve(example_award().learner, birth_date=7)),
        ),
        "award.learner.birth_date is int; ",
    ),
    "findings that are none": ("formats", "examine", [None], ("no finding",), "examine[0] is str; Finding"),
    "a text for findings": ("formats", "examine", [None], "text", "examine is str; tuple"),
    "an answer that is no bool": ("formats", "recognises", [b""], "yes", "recognises is str; bool"),
    "a result of another check": (
        *("checks", "examine", [None], CheckResult("integrity", Outcome.PASSED, (PASSED,))),
        "examine is not what was asked for; a result of řeka would be right",
    ),
    "an error that fails nothing": (
        *(
            "checks",
            "examine",
            [None],
            CheckResult("řeka", Outcome.NOT_APPLICABLE, (Finding.error("x", "x"),)),
        ),
        "examine is not what was asked for; a result that fails, since it has an error would be right",
    ),
    "a result without outcome": (
        *("checks", "examine", [None], CheckResult("řeka", "passed")),
        "examine.outcome is str; Outcome would be right",
    ),
    "an envelope that judges more than seals": (
        *("envelopes", "examine", [None], (CheckResult("status", Outcome.PASSED),)),
        "examine is not what was asked for; results of integrity and trust would be right",
    ),
    "a payload that is text": (
        *("envelopes", "open", [b""], OpenedEnvelope("Toy", "text", (SEAL,), None)),
        "open.payload is str; bytes",
    ),
    "a seal that is none": (
        *("envelopes", "open", [b""], OpenedEnvelope("Toy", b"", ("seal",), None)),
        "open.seals[0] is str; SealInfo",
    ),
    "what is to be signed as text": (
        *("envelopes", "prepare", [b""], Prepared("text", "ES256", None)),
        "prepare.to_be_signed is str; bytes",
    ),
    "too few files": (
        "envelopes",
        "finish_many",
        [[1, 2], [b"", b""]],
        (b"x",),
        "2 instead of 1 would be right",
    ),
    "too few signatures": ("signers", "sign_many", [[b"a", b"b"]], (b"x",), "2 instead of 1 would be right"),
    "too many signatures": ("signers", "sign_many", [[b"a"]], (b"x", b"y"), "1 instead of 2 would be right"),
    "a signature that is text": ("signers", "sign_many", [[b"a"]], ("x",), "sign_many[0] is str; bytes"),
    "signatures in one text": ("signers", "sign_many", [[b"a"]], "x", "sign_many is str; tuple"),
    "an owner that is none": (
        "signers",
        "identity",
        None,
        Identity("ES256", b"", (), "Řípská"),
        "identity.owner is str",
    ),
    "no page": ("renderers", "pages", [None], (), "at least one would be right"),
    "a document that is text": ("renderers", "document", [None], "PDF", "document is str; bytes"),
    "a suffix that is none": (
        "renderers",
        "document_type",
        None,
        DocumentType("a/b", None, "x"),
        "suffix is NoneType",
    ),
    "a packaging with text for bool": (
        *("formats", "packaging", None, Packaging("a/b", ".x", "e", pictures="no")),
        "packaging.pictures is str; bool",
    ),
    **{
        f"a suffix like {suffix!r}": (
            *("formats", "packaging", None, Packaging("a/b", suffix, "e")),
            "a suffix of letters and digits",
        )
        for suffix in ("", "json", ".", "/../x", ".a/b", ".a b", ".\u202efdp", ".a\n")
    },
    "a record that is none": ("intakes", "read", [b""], ["record"], "read is str; IntakeRecord"),
    "a record without award and reason": (
        "intakes",
        "read",
        [b""],
        [IntakeRecord(1)],
        "an award, or an error",
    ),
    "a record whose award is text": (
        "intakes",
        "read",
        [b""],
        [IntakeRecord(1, "award")],
        "read.award is str",
    ),
    "a profile with a text for a name": (
        *(
            "institutions",
            "profile",
            None,
            attrs.evolve(
                example_profile(),
                organisation=attrs.evolve(example_profile().organisation, legal_name="Řípská"),
            ),
        ),
        "profile.organisation.legal_name is str; LanguageMap",
    ),
    "an intake that is no name": ("institutions", "intake", None, b"json", "intake is bytes; str"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_values_are_refused_with_their_place(name):
    """Inside what comes out too: plugin, place, the type that is there, and what would be right."""
    kind, member, arguments, value, expected = WRONG[name]
    with pytest.raises(PluginError) as caught:
        asking(kind, member, arguments, lambda: value)
    assert str(caught.value).startswith(f"{kind[:-1]} řeka: ")
    assert expected in str(caught.value)


RIGHT = {
    "profile": ("institutions", "profile", None, example_profile()),
    "award": ("formats", "award", [None], example_award()),
    "credential": ("formats", "open", [b""], CREDENTIAL),
    "draft": ("formats", "build", [None], Draft(object())),
    "result": ("checks", "examine", [None], CheckResult("řeka", Outcome.PASSED)),
    "signatures": ("signers", "sign_many", [[b"a"]], (b"x",)),
    "files": ("envelopes", "finish_many", [[None], [b""]], (b"x",)),
    "records": ("intakes", "read", [b""], [IntakeRecord(1, example_award())]),
}


@pytest.mark.parametrize("name", RIGHT)
def test_right_values_come_through_as_they_are(name):
    """The very same value."""
    kind, member, arguments, value = RIGHT[name]
    assert asking(kind, member, arguments, lambda: value) == value


def test_sentences_of_plugins_and_interruptions_pass():
    """What a plugin says on purpose, the user's interruption, and cancellation of a task or a generator."""
    for error in (NO_CARD, KeyboardInterrupt(), GeneratorExit(), asyncio.CancelledError()):
        with pytest.raises(type(error)) as caught, plugin_boundary("x"):
            raise error
        assert caught.value is error


def test_nothing_but_the_members_of_its_kind_is_reached():
    """A plugin's other attributes are its own affair."""
    thing = guarded("checks", "toy", type("Toy", (Check,), {"examine": None, "more": 1})())
    with pytest.raises(AttributeError, match="<check toy> has no more"):
        _ = thing.more


def test_an_iterator_goes_on_after_a_crash():
    """One bad step is blamed, and the next one is asked for."""

    class Steps:
        def __init__(self):
            self.number = 0

        def __iter__(self):
            return self

        def __next__(self):
            self.number += 1
            if self.number == 2:
                raise SystemExit(0)
            if self.number == 4:
                raise StopIteration
            return IntakeRecord(self.number, example_award())

    thing = guarded("intakes", "toy", type("Toy", (Intake,), {"read": lambda *_, **__: Steps()})())
    steps = thing.read(b"", profile=None)
    assert next(steps).number == 1
    with pytest.raises(PluginError, match="intake toy crashed: SystemExit"):
        next(steps)
    assert [record.number for record in steps] == [3]


def choosing(factory, kind="signers"):
    registry = Registry(kind)
    registry.add(offer("toy", "x", NoConfig, factory), plugin="toy")
    return registry.choose("toy", Settings())


class ToySigner(Signer):
    identity = None
    sign_many = None


def raising(error):
    raise error


@contextmanager
def of_another_kind(_):
    yield "a signer"


@contextmanager
def giving_nothing(_):
    if SECRET is None:
        yield


@contextmanager
def crashing_at_the_end(_):
    yield ToySigner()
    raise SystemExit(0)


FACTORIES = {  # name → (factory, what is said of it)
    "gives another kind": (of_another_kind, "its factory gives str; Signer would be right"),
    "is no context manager": (lambda _: ToySigner(), "crashed: AttributeError"),
    "ends the program": (lambda _: raising(SystemExit(0)), "crashed: SystemExit"),
    "gives nothing": (giving_nothing, "crashed: RuntimeError"),
    "ends the program when it closes": (crashing_at_the_end, "crashed: SystemExit"),
}


@pytest.mark.parametrize("name", FACTORIES)
def test_a_factory_that_misbehaves_is_blamed(name):
    """On opening or closing: by kind and name, whatever it does."""
    factory, expected = FACTORIES[name]
    with pytest.raises(PluginError, match=f"signer toy.*{expected}"), choosing(factory):
        pass


@contextmanager
def swallowing(_):
    with contextlib.suppress(BaseException):
        yield ToySigner()


@contextmanager
def leaving(_):
    try:
        yield ToySigner()
    finally:
        raise SystemExit(0)


@pytest.mark.parametrize("factory", [swallowing, leaving])
def test_a_factory_swallows_no_error_of_ours(factory):
    """What went wrong while it was open comes out, whatever it does when it closes."""
    with pytest.raises(SealError, match="no card"), choosing(factory):
        raise NO_CARD


def test_an_observer_may_return_anything_and_end_nothing():
    """What it returns means nothing; that it crashes is returned, by name."""

    class Leaving(Observer):
        def issued(self, receipt):
            raise SystemExit(0)

        def verified(self, report):
            return "read"

    observers = {"toy": guarded("observers", "toy", Leaving())}
    assert tell(observers, lambda observer: observer.verified(None)) == ()
    [failure] = tell(observers, lambda observer: observer.issued(None))
    assert isinstance(failure, MikrocertError)
    assert "observer toy crashed: SystemExit" in str(failure)


HINTS: list[tuple[Any, list[Any], list[Any]]] = [  # annotation, what fits, what doesn't
    (int, [1], [True, "1", 1.0]),
    (bool, [True], [1, None]),
    (str | None, ["", None], [b"", 0]),
    (Literal["a", 1], ["a", 1], ["b", True, 2]),
    (tuple[str, ...], [(), ("a",)], [["a"], "a", (1,)]),
    (tuple[str, int], [("a", 1)], [("a",), ("a", "b"), ["a", 1]]),
    (frozenset[str], [frozenset("a")], [{"a"}, frozenset([1])]),
    (dict[str, tuple[int, ...]], [{}, {"a": (1,)}], [{"a": [1]}, {1: ()}, []]),
    (
        Value,
        ["a", 1, Decimal(1), date(2026, 1, 1), LanguageMap.of("a"), ("a", ("b",))],
        [b"", 1.5, None, ("a", b"")],
    ),
    (type[Any], [int], ["int"]),
    (object, [None, 1], []),
    (None, [None], [0]),
]


@pytest.mark.parametrize(("hint", "right", "wrong"), HINTS, ids=str)
def test_annotations_are_tested_all_the_way_down(hint, right, wrong):
    """Each kind of annotation that the contract uses."""
    for value in right:
        fitting(hint)(value)
    for value in wrong:
        with pytest.raises(Misfit):
            fitting(hint)(value)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=3) | st.binary(max_size=3),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.lists(inner, max_size=3).map(tuple)
        | st.dictionaries(st.text(max_size=2), inner, max_size=3)
    ),
    max_leaves=6,
)


@given(ANYTHING, st.sampled_from(MEMBERS))
def test_whatever_comes_out_the_core_gets_what_the_annotation_says_or_an_error(value, asked):
    """No value of any type passes for another, and nothing but our error is raised."""
    kind, member, arguments = asked
    try:
        asking(kind, member, arguments, lambda: value)
    except PluginError:
        pass
    else:
        assert not isinstance(value, (float, dict)) or (member == "read" and not value)
