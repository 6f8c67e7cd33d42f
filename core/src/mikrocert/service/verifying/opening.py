"""Opening: from the octets of a file through its envelopes to a credential, whatever plugins do on the way."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, TypeVar, cast

import attrs

from mikrocert.award import Award
from mikrocert.errors import FindingsError, FormatError, PluginError, interruptions
from mikrocert.kinds.envelope import Envelope, OpenedEnvelope
from mikrocert.kinds.format import Credential, Format
from mikrocert.report import CheckResult, Finding, Outcome, SealInfo, View
from mikrocert.service.verifying.core_checks import unread
from mikrocert.service.verifying.printed import Printed
from mikrocert.service.verifying.viewing import view_of_credential
from mikrocert.texts import LanguageMap, Message

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

__all__ = [
    "Chain",
    "Reading",
    "ask",
    "crash_finding",
    "not_a_credential",
    "open_chain",
    "read",
    "read_pages",
    "recognising",
]

_MOST_ENVELOPES = 3
_LONGEST_VIEW = 1_000_000
"""The most characters that a credential may show; the longest of ours has some twenty thousand."""

T = TypeVar("T")
ReaderT = TypeVar("ReaderT", Envelope, Format)


@attrs.frozen
class Chain:
    """The envelopes of a file, opened.

    Args:
        data: the file.
        opened: each envelope and what it opened, outermost first.
        payload: what the innermost one holds; the file itself where there is none.
        faults: why it could be opened no further.
    """

    data: bytes = attrs.field(repr=False)
    opened: tuple[tuple[Envelope, OpenedEnvelope], ...]
    payload: bytes = attrs.field(repr=False)
    faults: tuple[Finding, ...] = ()

    @property
    def seals(self) -> tuple[SealInfo, ...]:
        """What each seal tells of itself, outermost first."""
        return tuple(
            attrs.evolve(seal, title=opened.title) for _, opened in self.opened for seal in opened.seals
        )


@attrs.frozen
class Reading:
    """What is inside the innermost envelope.

    Args:
        format: name of the format, once recognised.
        form: the format.
        credential: the credential; none where it can't be read.
        award: the award read back from it; none where there is none.
        view: what a person sees; none where there is nothing to be seen.
        results: results of `format`.
        unreadable: the result of `award` where no award can be read back.
    """

    format: str | None = None
    form: Format | None = None
    credential: Credential | None = None
    award: Award | None = None
    view: View | None = None
    results: tuple[CheckResult, ...] = ()
    unreadable: CheckResult | None = None

    def partial_award(self, credential: Credential) -> tuple[Award, frozenset[str]] | None:
        """Return the award as far as it can be read, and the paths of what is not there; none if that is nothing.

        Args:
            credential: the credential that was read.
        """
        if self.award is not None:
            return self.award, credential.withheld
        part = self.form.partial_award(credential) if self.form else None
        return None if part is None else (part.award, part.missing)


def _attempt(call: Callable[[], T]) -> T | BaseException:
    """Return what a plugin returns or raises, `SystemExit` too; only interruptions pass."""
    try:
        return call()
    except interruptions():
        raise
    except BaseException as error:  # noqa: BLE001 - a plugin may raise anything, and it must not end the verification
        return error


def crash_finding(where: str, error: BaseException) -> Finding:
    """Return the finding that the program, or a plugin, met something unexpected."""
    if isinstance(error, PluginError):
        return Finding.warning("crash", "Examining this failed: {fault}.", fault=error.message)
    return Finding.warning(
        "crash",
        "Examining this ({where}) met an unexpected {kind}.",
        where=where,
        kind=type(error).__name__,
    )


def ask(checks: tuple[str, ...], question: Callable[[], tuple[CheckResult, ...]]) -> list[CheckResult]:
    """Ask a plugin, and turn a crash, silence or nonsense into results that are undetermined.

    Args:
        checks: the names of the checks that it has to answer.
        question: gives the results.
    """

    def asked() -> list[CheckResult]:
        results = list(question())
        if not all(isinstance(result, CheckResult) for result in results):  # pyright: ignore[reportUnnecessaryIsInstance] - plugins lie
            message = "a check returned something that is no CheckResult"
            raise TypeError(message)
        return results

    results = _attempt(asked)
    if isinstance(results, BaseException):
        return [
            CheckResult(check, Outcome.UNDETERMINED, (crash_finding(check, results),)) for check in checks
        ]
    given = {result.check for result in results}
    silent = Finding.warning("no-answer", "The check gave no answer.")
    missing = [CheckResult(check, Outcome.UNDETERMINED, (silent,)) for check in checks if check not in given]
    return results + missing


def recognising(readers: Mapping[str, ReaderT], data: bytes) -> list[tuple[str, ReaderT]]:
    """Return those that recognise the octets as theirs; one that crashes has not."""
    return [
        (name, reader)
        for name, reader in readers.items()
        if _attempt(partial(reader.recognises, data)) is True
    ]


def not_a_credential(formats: Mapping[str, Format]) -> Finding:
    """Return the finding that a file is none of those that can be verified, and which ones can."""
    suffixes = sorted({form.packaging.suffix for form in formats.values()})
    return Finding.error(
        "not-a-credential",
        "A data file ({suffixes:or}) or a certificate (.pdf) can be verified.",
        suffixes=suffixes,
    )


def open_chain(
    data: bytes,
    *,
    envelopes: Mapping[str, Envelope],
    inner: Chain | None = None,
) -> Chain:
    """Open envelopes as often as needed.

    Args:
        data: a file.
        envelopes: name → envelope.
        inner: a file opened before; where its very octets are met, they are not opened again.
    """
    opened: list[tuple[Envelope, OpenedEnvelope]] = []
    payload = data
    faults: tuple[Finding, ...] = ()
    while len(opened) < _MOST_ENVELOPES:
        if inner is not None and opened and payload == inner.data:
            return Chain(data, (*opened, *inner.opened), inner.payload, inner.faults)
        found = recognising(envelopes, payload)
        if not found:
            break
        if len(found) > 1:
            names = [name for name, _ in found]
            faults = (
                Finding.error("ambiguous", "The file can be read in several ways: {names}.", names=names),
            )
            break
        name, envelope = found[0]
        content = _attempt(partial(envelope.open, payload))
        if not isinstance(content, OpenedEnvelope):
            found_faults = content.findings if isinstance(content, FindingsError) else ()
            faults = found_faults or (crash_finding(name, _as_error(content)),)
            break
        opened.append((envelope, content))
        payload = content.payload
    return Chain(data, tuple(opened), payload, faults)


def read(chain: Chain, *, formats: Mapping[str, Format], judged: bool) -> Reading:
    """Read the credential in a chain, and the award and the view in it.

    Args:
        chain: the file, opened.
        formats: name → format.
        judged: whether the format judges it, too; what is not intact isn't worth it.
    """
    if chain.faults:
        return Reading(results=(unread("format"),))
    found = recognising(formats, chain.payload)
    if len(found) != 1:
        fault = _NO_FORMAT
        if found:
            names = [name for name, _ in found]
            fault = Finding.error("ambiguous", "The content fits several formats: {names}.", names=names)
        return Reading(results=(CheckResult.of("format", (fault,)),))
    name, form = found[0]
    credential = _attempt(lambda: form.open(chain.payload))
    if not isinstance(credential, Credential):
        crash = CheckResult("format", Outcome.UNDETERMINED, (crash_finding(name, _as_error(credential)),))
        if isinstance(credential, FormatError):
            crash = CheckResult("format", Outcome.FAILED, credential.findings or (_NO_FORMAT,))
        return Reading(name, form, results=(crash,))
    award, unreadable = _award(form, credential)
    view, crashed = _view(form, credential, award)
    conformity = (_conformity(name, form, credential),) if judged else ()
    results = (*conformity, *crashed)
    return Reading(name, form, credential, award, view, results, unreadable)


def read_pages(chain: Chain, view: View | None) -> Printed | None:
    """Hold the pages of a document against the data inside (see `Printed`); none where the file is no document.

    Args:
        chain: the file, opened.
        view: what the data say; none where there is nothing to be seen.
    """
    if len(chain.opened) < 2 or view is None:  # noqa: PLR2004 - a document and the file inside
        return None
    envelope, opened = chain.opened[0]
    printed = _attempt(lambda: Printed.of(view, envelope.readings(opened)))
    if isinstance(printed, Printed):
        return printed
    return Printed((crash_finding("pages", _as_error(printed)),), another=True)


def _conformity(name: str, form: Format, credential: Credential) -> CheckResult:
    def examined() -> tuple[CheckResult, ...]:
        conforms = Finding.info("conforms", "It conforms to the format {name}.", name=name)
        return (CheckResult.of("format", form.examine(credential) or (conforms,)),)

    return ask(("format",), examined)[0]


def _award(form: Format, credential: Credential) -> tuple[Award | None, CheckResult | None]:
    award = _attempt(lambda: form.award(credential))
    if isinstance(award, Award):
        return award, None
    if isinstance(award, FormatError):
        return None, CheckResult("award", Outcome.FAILED, award.findings)
    return None, CheckResult("award", Outcome.UNDETERMINED, (crash_finding("award", _as_error(award)),))


def _view(
    form: Format, credential: Credential, award: Award | None
) -> tuple[View | None, tuple[CheckResult, ...]]:
    view = _attempt(partial(view_of_credential, form, credential, award=award))
    if isinstance(view, View):
        return (None, (_TOO_LONG,)) if _length(view) > _LONGEST_VIEW else (view, ())
    return None, (CheckResult("format", Outcome.UNDETERMINED, (crash_finding("view", _as_error(view)),)),)


def _length(view: View) -> int:
    """Return how many characters a view has, counted as often as they are shown."""
    values = (value for section in view.sections for item in section.items for value in item.values)
    return sum(map(_characters, values))


def _characters(value: object) -> int:
    if isinstance(value, LanguageMap):
        return sum(map(len, value.texts.values()))
    if isinstance(value, Message):
        return len(value.text) + sum(map(_characters, value.parameters.values()))
    if isinstance(value, (tuple, list)):
        return sum(map(_characters, cast("Sequence[object]", value)))
    return len(str(value))


def _as_error(value: object) -> BaseException:
    """Return what a plugin raised; what it returned instead of what was asked for is an error too."""
    return value if isinstance(value, BaseException) else TypeError(type(value).__name__)


_TOO_LONG = CheckResult(
    "format",
    Outcome.UNDETERMINED,
    (
        Finding.warning(
            "too-long-to-show",
            "It says more than any page could show, some of it again and again; it is not shown.",
        ),
    ),
)
_NO_FORMAT = Finding.error("unknown-format", "The content is in no format that we know.")
