"""The border between the core and what plugins offer: whatever is asked of a plugin is asked through here.

A `Guarded` thing has the members of its kind and no others. Each call, each property and each step of an iterator runs in a
`plugin_boundary` under the kind and name of its offer, and what comes out has to be what the kind's annotations and the rules
below say. So no plugin ends the program, hides behind another's name, or hands on what nobody expects.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from functools import cache, wraps
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, TypeAlias, TypeVar, cast, get_args, get_origin

import attrs

from mikrocert.errors import PluginError, plugin_boundary
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from mikrocert.host.fitting import Test

__all__ = ["Guarded", "culprit", "guarded"]

T = TypeVar("T")
Rule: TypeAlias = "Callable[[str, Sequence[Any], Any], Message | None]"
"""Takes the name of the offer, the positional arguments and what came out; returns what would be right, or none if it is."""

_CLASSES: Final = {
    "institutions": ("mikrocert.kinds.institution", "Institution"),
    "intakes": ("mikrocert.kinds.intake", "Intake"),
    "formats": ("mikrocert.kinds.format", "Format"),
    "envelopes": ("mikrocert.kinds.envelope", "Envelope"),
    "signers": ("mikrocert.kinds.signer", "Signer"),
    "renderers": ("mikrocert.kinds.renderer", "Renderer"),
    "checks": ("mikrocert.kinds.check", "Check"),
    "observers": ("mikrocert.kinds.observer", "Observer"),
    "commands": ("typer", "Typer"),
}
"""Kind → module and class of what its factories give."""

_CULPRITS: Final = {
    "institutions": message("institution {name}"),
    "intakes": message("intake {name}"),
    "formats": message("format {name}"),
    "envelopes": message("envelope {name}"),
    "signers": message("signer {name}"),
    "renderers": message("renderer {name}"),
    "checks": message("check {name}"),
    "observers": message("observer {name}"),
    "commands": message("command {name}"),
}


def culprit(kind: str, name: str) -> Message:
    """Return how an offer is called where it is blamed: its kind and its name."""
    return attrs.evolve(_CULPRITS.get(kind, message("{name}")), parameters={"name": name})


def _of_check(name: str, _: Sequence[Any], result: Any) -> Message | None:  # noqa: ANN401 - as `Rule` has it
    if result.check != name:
        return message("a result of {name}", name=name)
    wrong = any(finding.severity.value == "error" for finding in result.findings)
    return (
        message("a result that fails, since it has an error")
        if wrong and result.outcome.value != "failed"
        else None
    )


def _of_seals(_: str, __: Sequence[Any], results: Any) -> Message | None:  # noqa: ANN401
    ours = {result.check for result in results} <= {"integrity", "trust"}
    return None if ours else message("results of integrity and trust")


def _one_each(_: str, arguments: Sequence[Any], results: Any) -> Message | None:  # noqa: ANN401
    wanted = len(arguments[0])
    return (
        None
        if len(results) == wanted
        else message("{wanted} instead of {found}", wanted=wanted, found=len(results))
    )


def _some(_: str, __: Sequence[Any], pages: Any) -> Message | None:  # noqa: ANN401
    return None if pages else message("at least one")


def _award_or_error(_: str, __: Sequence[Any], record: Any) -> Message | None:  # noqa: ANN401
    refused = any(finding.severity.value == "error" for finding in record.findings)
    return (
        None
        if record.award is not None or refused
        else message("an award, or an error that says why there is none")
    )


_SUFFIX = re.compile(r"(\.[A-Za-z0-9_-]+)+")


def _file_suffix(_: str, __: Sequence[Any], kind: Any) -> Message | None:  # noqa: ANN401
    right = _SUFFIX.fullmatch(kind.suffix)
    return None if right else message("a suffix of letters and digits such as .pdf or .badge.json")


_RULES: Final[Mapping[tuple[str, str], Rule]] = {
    ("checks", "examine"): _of_check,
    ("envelopes", "examine"): _of_seals,
    ("envelopes", "finish_many"): _one_each,
    ("signers", "sign_many"): _one_each,
    ("formats", "packaging"): _file_suffix,
    ("renderers", "document_type"): _file_suffix,
    ("renderers", "pages"): _some,
    ("intakes", "read"): _award_or_error,
}
"""Kind and member → what its annotation can't say of what comes out, or of each thing that an iterator gives."""


@attrs.frozen
class _Member:
    """A member of a kind: what comes out of it.

    Args:
        fits: the test for what comes out, or for what an iterator gives one by one.
        asked: whether it is a property, which is asked at once.
        step_by_step: whether it gives an iterator.
    """

    fits: Test
    asked: bool
    step_by_step: bool


@cache
def _class_of(kind: str) -> type:
    module, name = _CLASSES[kind]
    return cast("type", getattr(import_module(module), name))


@cache
def _members(kind: str) -> Mapping[str, _Member]:
    from mikrocert.host.fitting import fitting, hints  # noqa: PLC0415 - heavy, and only once something is chosen

    members: dict[str, _Member] = {}
    for name, member in vars(_class_of(kind)).items():
        function = member.fget if isinstance(member, property) else member
        if name.startswith("_") or not callable(function):
            continue
        returned = hints(function)["return"]
        step_by_step = get_origin(returned) is Iterator
        if returned is type(None):  # what an observer returns means nothing
            returned = object
        fits = fitting(get_args(returned)[0] if step_by_step else returned)
        members[name] = _Member(fits, isinstance(member, property), step_by_step)
    return members


class Guarded:
    """Something that a plugin offers, asked through the border.

    Args:
        kind: one of `mikrocert.kinds.offer.KINDS`.
        name: name of the offer.
        thing: what its factory gave.
    """

    def __init__(self, kind: str, name: str, thing: object) -> None:
        self._kind = kind
        self._name = name
        self._thing = thing
        self._members = _members(kind)

    def __repr__(self) -> str:
        return f"<{culprit(self._kind, self._name)}>"

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - as the kind says
        member = self._members.get(name)
        if member is None:
            wrong = f"{self!r} has no {name}"
            raise AttributeError(wrong)
        if member.asked:
            with plugin_boundary(culprit(self._kind, self._name)):
                value = getattr(self._thing, name)
                self._demand(name, member, (), value)
                return value

        @wraps(getattr(_class_of(self._kind), name))
        def call(*arguments: Any, **options: Any) -> Any:  # noqa: ANN401
            with plugin_boundary(culprit(self._kind, self._name)):
                value = getattr(self._thing, name)(*arguments, **options)
                if member.step_by_step:
                    steps = iter(value)
                else:
                    self._demand(name, member, arguments, value)
                    return value
            return _Steps(
                steps,
                lambda step: self._demand(name, member, arguments, step),
                culprit(self._kind, self._name),
            )

        self.__dict__[name] = call
        return call

    def _demand(self, name: str, member: _Member, arguments: Sequence[Any], value: object) -> None:
        """Refuse what doesn't fit.

        Raises:
            PluginError: names the plugin, the place and what would be right; nothing of the value is repeated.
        """
        from mikrocert.host.fitting import Misfit  # noqa: PLC0415

        who = culprit(self._kind, self._name)
        try:
            member.fits(value)
        except Misfit as misfit:
            raise PluginError(
                message(
                    "{who}: {place} is {found}; {wanted} would be right",
                    who=who,
                    place=name + misfit.path,
                    found=misfit.found,
                    wanted=misfit.wanted,
                )
            ) from None
        rule = _RULES.get((self._kind, name))
        wanted = rule(self._name, arguments, value) if rule else None
        if wanted is not None:
            raise PluginError(
                message(
                    "{who}: {place} is not what was asked for; {wanted} would be right",
                    who=who,
                    place=name,
                    wanted=wanted,
                )
            )


_END = object()


class _Steps:
    """An iterator of a plugin, asked step by step; it may go on after a step at which the plugin crashed."""

    def __init__(self, steps: Iterator[object], demand: Callable[[object], None], who: Message) -> None:
        self._steps = steps
        self._demand = demand
        self._who = who

    def __iter__(self) -> Iterator[object]:
        return self

    def __next__(self) -> object:
        with plugin_boundary(self._who):
            step = next(self._steps, _END)
            if step is not _END:
                self._demand(step)
        if step is _END:
            raise StopIteration
        return step


def guarded(kind: str, name: str, thing: T) -> T:
    """Return what a plugin offers behind the border, if it is of its kind at all.

    Args:
        kind: one of `mikrocert.kinds.offer.KINDS`.
        name: name of the offer.
        thing: what its factory gave; a command's Typer app is given back as it is.

    Raises:
        PluginError: if it is something else.
    """
    wanted = _class_of(kind)
    if not isinstance(thing, wanted):
        raise PluginError(
            message(
                "{who}: its factory gives {found}; {wanted} would be right",
                who=culprit(kind, name),
                found=type(thing).__name__,
                wanted=wanted.__name__,
            )
        )
    return thing if kind == "commands" else cast("T", Guarded(kind, name, thing))
