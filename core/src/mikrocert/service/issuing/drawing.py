"""Drawing: pictures and certificates of a batch, here or by processes that have a renderer each.

A renderer is not safe for two threads, and drawing is the dearest part of an award by far. So where there is much to draw, a
crew of processes does it, while this one goes on; what little there is, is drawn here, where no process has to be started first.
"""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from functools import partial
from typing import TYPE_CHECKING, Final, Protocol, TypeAlias, cast

import attrs

from mikrocert.errors import (
    FindingsError,
    MikrocertError,
    PluginError,
    RenderError,
    SettingsError,
    UnrenderableError,
    WorkerError,
    plugin_boundary,
)
from mikrocert.kinds.renderer import TEST_MARK
from mikrocert.report import Finding
from mikrocert.service.confining import CostLimits, Crew, Loss
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable
    from concurrent.futures import Future

    from mikrocert.certificate import Certificate
    from mikrocert.kinds.institution import Branding
    from mikrocert.kinds.renderer import Attachment, Renderer
    from mikrocert.service.system import System

__all__ = [
    "FEW",
    "OF_A_DRAWING",
    "Drawing",
    "ForOne",
    "Front",
    "Hands",
    "Painter",
    "Sheet",
    "Sheets",
    "Studio",
    "Undrawn",
    "demand_templates",
    "drawing_for_others",
    "undrawn_or_sheets",
]

FEW: Final = 4
"""Pictures and certificates of so many awards are drawn here; starting processes for them would take longer."""
OF_A_DRAWING: Final = CostLimits(cpu_seconds=60, memory_megabytes=2048, seconds=180)
"""What drawing one picture or certificate may cost: many times what forty pages take on a busy machine."""

_NAMED = 5

Sheets: TypeAlias = "tuple[bytes, ...]"
"""What was drawn: the pages of a picture, or a certificate alone."""


def demand_templates(renderer: Renderer, branding: Branding, *, institution: str) -> None:
    """Refuse to draw the shipped look where an institution has one of its own that this renderer doesn't take.

    Args:
        renderer: the renderer that the settings name.
        branding: how the institution's certificates look.
        institution: name of the institution's offer.

    Raises:
        SettingsError: if it has templates and none of them is for this renderer.
    """
    if branding.templates is None or renderer.document_type.envelope is None:
        return  # a copy has the look of all copies
    names = sorted(file.name for file in branding.templates.iterdir() if file.is_file())
    taken = renderer.template_suffixes
    if names and not any(name.endswith(taken) for name in names):
        if not taken:
            raise SettingsError(
                message(
                    "renderer: {institution} has templates ({names:comma}), and the renderer that is chosen takes none; the renderer that "
                    "they are for would be right",
                    institution=institution,
                    names=names[:_NAMED],
                )
            )
        raise SettingsError(
            message(
                "renderer: the templates of {institution} ({names:comma}) are for another one than the one that is chosen, which "
                "takes {suffixes:comma}; the renderer that they are for would be right",
                institution=institution,
                names=names[:_NAMED],
                suffixes=[f"*{suffix}" for suffix in taken],
            )
        )


@attrs.frozen
class Front:
    """A picture of a certificate's front that is to be drawn.

    Args:
        certificate: what it says.
    """

    certificate: Certificate


@attrs.frozen
class Sheet:
    """A certificate that is to be drawn.

    Args:
        certificates: what it says, in each of its languages or in all.
        attachment: the file inside.
    """

    certificates: tuple[Certificate, ...]
    attachment: Attachment


@attrs.frozen
class Painter:
    """A renderer, and all that it needs but what is to be drawn.

    Args:
        renderer: draws.
        branding: how the institution's certificates look.
    """

    renderer: Renderer
    branding: Branding

    def draw(self, wanted: Front | Sheet) -> Sheets:
        """Return what is wanted.

        Raises:
            UnrenderableError: if this can't be drawn, or a certificate for a test seal doesn't say so on every page.
            RenderError: if nothing can.
            PluginError: if the renderer crashes.
        """
        with plugin_boundary(message("a plugin")):
            if isinstance(wanted, Front):
                return self.renderer.pages(wanted.certificate, branding=self.branding)
            document = self.renderer.document(
                wanted.certificates, attachment=wanted.attachment, branding=self.branding
            )
            if any(certificate.test is not None for certificate in wanted.certificates):
                self._demand_mark(document)
            return (document,)

    def _demand_mark(self, document: bytes) -> None:
        pages = self.renderer.text(document)
        unmarked = [number for number, text in enumerate(pages, start=1) if TEST_MARK not in text]
        if unmarked or not pages:
            fault = Finding.error(
                "no-test-mark",
                "the certificate lacks the test mark on pages: {pages:comma}; nothing was sealed",
                pages=unmarked or ["–"],
            )
            raise UnrenderableError([fault])


@attrs.frozen
class Undrawn:
    """Why something was not drawn, as one process tells another.

    Args:
        message: the error's sentence.
        findings: those of an error of this one thing; none where nothing can be drawn or the renderer crashed.
        crashed: whether the renderer crashed.
    """

    message: Message
    findings: tuple[Finding, ...] = ()
    crashed: bool = attrs.field(default=False, kw_only=True)

    @property
    def error(self) -> MikrocertError:
        """The error, as the painter raised it."""
        if self.findings:
            return UnrenderableError(self.findings)
        return PluginError(self.message) if self.crashed else RenderError(self.message)


def undrawn_or_sheets(painter: Painter, wanted: Front | Sheet) -> Sheets | Undrawn:
    """Return what a painter draws, or why it doesn't, so that another process can be told.

    Raises:
        MemoryError: if memory is too short for it.
    """
    try:
        return painter.draw(wanted)
    except MikrocertError as error:
        if isinstance(error.__cause__, MemoryError):  # what its border calls a crash
            raise error.__cause__ from error
        findings = error.findings if isinstance(error, FindingsError) else ()
        return Undrawn(error.message, findings, crashed=isinstance(error, PluginError))


class Hands(Protocol):
    """What draws in processes of its own."""

    @property
    def started(self) -> bool:
        """Whether even a little is drawn there."""
        ...

    def ask(self, *request: object, later: bool = False) -> Future[object]:
        """Begin a piece of work (see `Crew.ask`)."""
        ...

    def drop(self, answers: Iterable[Future[object]]) -> None:
        """End what is asked for no more (see `Crew.drop`)."""
        ...


@attrs.frozen
class ForOne:
    """What a crew that draws for all institutions is for one: it draws everything, since it is there for its limits.

    Args:
        crew: draws, by `drawing_for_others`.
        institution: name of the institution.
    """

    crew: Crew
    institution: str

    @property
    def started(self) -> bool:
        """Whether even a little is drawn there, which is so whatever is started."""
        return True

    def ask(self, *request: object, later: bool = False) -> Future[object]:
        """Begin a piece of work (see `Crew.ask`)."""
        return self.crew.ask(self.institution, *request, later=later)

    def drop(self, answers: Iterable[Future[object]]) -> None:
        """End what is asked for no more (see `Crew.drop`)."""
        self.crew.drop(answers)


@contextmanager
def drawing_for_others(system: System) -> Generator[Callable[[str, Front | Sheet], Sheets | Undrawn]]:
    """Yield what draws for any institution, in a process of its own.

    Args:
        system: of that process.
    """
    painters: dict[str, Painter] = {}
    with ExitStack() as stack:

        def draw(institution: str, wanted: Front | Sheet) -> Sheets | Undrawn:
            try:
                if institution not in painters:
                    choosing = system.plugins.institutions.choose(institution, system.settings)
                    branding = stack.enter_context(choosing).profile.branding
                    painters[institution] = Painter(system.renderer, branding)
            except MikrocertError as error:
                return Undrawn(error.message)
            return undrawn_or_sheets(painters[institution], wanted)

        yield draw


Drawing: TypeAlias = "Callable[[], Sheets]"
"""Returns what was drawn once it is there.

It raises `UnrenderableError` if this can't be drawn, `RenderError` if nothing can, `PluginError` if the renderer crashes and
`WorkerError` if no process can be started.
"""


class Studio:
    """Where the pictures and certificates of some awards are drawn. Close it to end what nobody asks for any more.

    Args:
        painter: draws here, each thing when it is asked for.
        crew: draws in processes, by `undrawn_or_sheets`, and begins at once; none where everything is drawn here.
        awards: how many awards there are to draw for.
    """

    def __init__(self, painter: Painter, crew: Hands | None, *, awards: int) -> None:
        self._painter = painter
        self._crew = crew if crew is not None and (awards > FEW or crew.started) else None
        self._answers: list[Future[object]] = []

    def begin(self, wanted: Front | Sheet) -> Drawing:
        """Begin to draw something; pictures, which the next batch waits for, after certificates, for which this one does.

        Args:
            wanted: what is to be drawn.
        """
        if self._crew is None:
            return partial(self._painter.draw, wanted)
        answer = self._crew.ask(wanted, later=isinstance(wanted, Front))
        self._answers.append(answer)
        return partial(_sheets_of, answer)

    def close(self) -> None:
        """End what is being drawn."""
        if self._crew is not None:
            self._crew.drop(self._answers)
        self._answers.clear()


def _sheets_of(answer: Future[object]) -> Sheets:
    try:
        result = answer.result()
    except WorkerError as error:
        raise WorkerError(
            message(
                "no process that draws can be started: {reason}; workers = 0 in [issue] would draw without",
                reason=error.message,
            )
        ) from error
    if isinstance(result, Undrawn):
        raise result.error
    if isinstance(result, tuple):
        return cast("Sheets", result)
    raise UnrenderableError([_LOST.get(result, _LOST[Loss.ENDED])])


_LOST: Final[dict[object, Finding]] = {
    Loss.TOO_COSTLY: Finding.error(
        "drawing-too-costly",
        "drawing the certificate took more time or memory than it may, or the system ended it, also when it was tried once more "
        "and alone; nothing was recorded",
    ),
    Loss.ENDED: Finding.error(
        "drawing-ended",
        "drawing the certificate ended its process, also when it was tried once more and alone; nothing was recorded",
    ),
    Loss.UNSENT: Finding.error(
        "drawing-unsent",
        "what is to be drawn can't be handed to another process; workers = 0 in [issue] would draw it here; nothing was recorded",
    ),
}
