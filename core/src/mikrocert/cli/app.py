"""The program: core commands, and groups of plugins that are imported only when they are called."""

from __future__ import annotations

import sys
from collections.abc import Callable
from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.exceptions import TyperException
from typer.main import get_command

from mikrocert import __version__
from mikrocert.cli import ExitCode
from mikrocert.cli.command import LENT, Command
from mikrocert.cli.commands import COMMANDS
from mikrocert.cli.common import voice_of
from mikrocert.cli.groups import GROUPS
from mikrocert.cli.help import ARGUMENTS, HelpContext, help_sentences, speaking
from mikrocert.cli.output import discard_answer, echo, output_is_closed
from mikrocert.errors import (
    AnswerError,
    FindingsError,
    MikrocertError,
    PluginError,
    ProposedError,
    SettingsError,
    place_of,
)
from mikrocert.service.context import CommandContext, voice
from mikrocert.settings import find_settings
from mikrocert.texts import Message, message

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from mikrocert.host.loading import Failure
    from mikrocert.kinds.offer import Offer

__all__ = ["answer", "ended_early", "run", "unanswerable"]

_CORE = frozenset({*GROUPS, *COMMANDS})
_ADMINISTERING = frozenset(
    {
        *(GROUPS.keys() - {"intake"}),
        "acts",
        "doctor",
        "export",
        "find",
        "holder-link",
        "import",
        "issue",
        "list",
        "plugins",
        "preview",
        "renew",
        "revoke",
        "stats",
        "work",
    }
)
"""Commands of the core for which the mikrocert.toml of the current folder counts: they issue or administer."""

_READING = frozenset({("log", "audit"), ("log", "witness")})
"""Commands of such groups that only judge what somebody published, for which it doesn't count."""


class _Late(TyperCommand):
    """A command or a group, known by name and summary until it is called; only then it costs time.

    Args:
        name: its name.
        summary: what the list of commands says of it.
        make: returns it, given the context of the command line and what lives as long as that.
    """

    def __init__(self, name: str, summary: Message, make: Callable[[Any, ExitStack], typer.Typer]) -> None:
        super().__init__(name=name, help=str(summary), callback=lambda: None)
        self.summary = summary
        self._make = make

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:  # noqa: ANN401 - as click types it
        if (self.name, next(iter(args), None)) in _READING:
            parent.obj = _context(parent)  # before anything is taken from the settings
        stack = ExitStack()
        parent.call_on_close(stack.close)
        command = speaking(get_command(self._make(parent, stack)))
        command.name = self.name
        return command.make_context(info_name, args, parent=parent, **extra)


def _core_command(name: str, command: Callable[..., None]) -> _Late:
    def make(_context: Any, _stack: ExitStack) -> typer.Typer:  # noqa: ANN401 - click's
        app = typer.Typer(add_completion=False, rich_markup_mode=None)
        app.command(name, cls=Command)(command)
        return app

    return _Late(name, Message(help_sentences(command.__doc__ or "")[0][0]), make)


def _core_group(name: str, summary: str, app: Callable[[], typer.Typer]) -> _Late:
    return _Late(name, Message(summary), lambda _context, _stack: app())


def _offered_group(name: str, offered: Offer[typer.Typer]) -> _Late:
    def make(parent: Any, stack: ExitStack) -> typer.Typer:  # noqa: ANN401 - click's
        context: CommandContext = parent.obj
        return stack.enter_context(context.plugins.commands.choose(name, context.settings))

    summary = Message(offered.summary)
    ended = offered.summary.endswith((".", "?", "!"))
    return _Late(name, summary if ended else message("{summary}.", summary=summary), make)


class _Groups(TyperGroup):
    """Core commands first; a plugin can't shadow them."""

    context_class = HelpContext

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - as click types it
        ctx.meta[ARGUMENTS] = list(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: Any) -> Any:  # noqa: ANN401 - as click types it
        """Run the command; where settings want logs, its failure is an event."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if not isinstance(error, (TyperException, typer.Exit, typer.Abort)):
                _log_failure(ctx, error)
            raise

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - as click types it
        core = list(self.commands)
        with suppress(MikrocertError):  # help is shown whatever the settings say
            return core + [name for name in _context(ctx).plugins.commands.names if name not in core]
        return core

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - as click types it
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            return command
        offered = _offered(ctx, cmd_name)
        if offered is None:
            return None
        return _offered_group(cmd_name, offered)


def _context(ctx: Any, *, of_folder: bool = False) -> CommandContext:  # noqa: ANN401 - as click types it
    """Return settings, plugins and system, made once for each settings file that may count.

    Args:
        ctx: of the command line as a whole.
        of_folder: whether the file in the current folder counts.
    """
    given = ctx.params.get("config")
    file = find_settings(Path(given) if given else None, of_folder=of_folder)
    contexts: dict[Path | None, CommandContext] = ctx.meta.setdefault("mikrocert.contexts", {})
    if file not in contexts:
        if LENT not in ctx.meta:
            ctx.meta[LENT] = ExitStack()
            ctx.call_on_close(
                ctx.meta[LENT].close
            )  # last of all: what plugins print on closing is no part of an answer
        stack = ExitStack()
        ctx.call_on_close(stack.close)
        contexts[file] = CommandContext(file, stack=stack, on_failure=partial(_tell_failure, ctx.meta))
    return contexts[file]


def _tell_failure(meta: dict[str, Any], failure: Failure) -> None:
    """Print on standard error that a plugin can't be used; once, whichever settings it is loaded under."""
    shown: set[Failure] = meta.setdefault("mikrocert.failures", set[Any]())
    if failure not in shown:
        shown.add(failure)
        unused = message("{name} can't be used: {reason}", name=failure.name, reason=failure.reason)
        _print_errors([unused], meta[ARGUMENTS])


def _log_failure(ctx: Any, error: Exception) -> None:  # noqa: ANN401 - as click types it
    called = ctx.obj
    if isinstance(called, CommandContext):
        with suppress(MikrocertError):  # wrong settings can't say how it is wanted
            called.logs.fault("a command failed", error, command=ctx.invoked_subcommand)


def _offered(ctx: Any, name: str) -> Offer[typer.Typer] | None:  # noqa: ANN401 - as click types it
    """Return the offer of a plugin's group, or none.

    It is looked for without the settings of the current folder, which may be a stranger's, and only then with them:
    what they allow can be a group that administers, and no other.
    """
    commands = _context(ctx).plugins.commands
    if name in commands:
        return commands.get(name)
    commands = _context(ctx, of_folder=True).plugins.commands
    return commands.get(name) if name in commands and commands.get(name).administers else None


def _called(ctx: Any) -> CommandContext:  # noqa: ANN401 - as click types it
    """Return what the command that is called finds in `ctx.obj`."""
    name: str = ctx.invoked_subcommand or ""
    if name in _CORE:
        return _context(ctx, of_folder=name in _ADMINISTERING)
    offered = _offered(ctx, name)
    return _context(ctx, of_folder=offered is not None and offered.administers)


def _version(value: bool) -> None:  # noqa: FBT001 - typer calls it so
    if value:
        echo(f"mikrocert {__version__}")
        raise typer.Exit


def _app() -> typer.Typer:
    app = typer.Typer(
        name="mikrocert",
        cls=_Groups,
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        help="Issue, seal, keep and verify micro-credentials.",
        epilog="Exit codes: verify 0 valid, 1 invalid, 2 undetermined, 3 unusable; issue 0 all accepted, "
        "1 some refused, 3 input unusable; 64 wrong use, 69 service, archive or output, 70 a bug, "
        "78 settings or plugins, 2 whatever waits for a second pair of eyes, 130 stopped, 141 nobody reads the answer.",
    )

    @app.callback()
    def options(
        ctx: typer.Context,
        config: Annotated[  # noqa: ARG001 - `_context` takes it from `ctx`
            Path | None,
            typer.Option(
                help="Settings file; without it the one of MIKROCERT_CONFIG, the user or the system, and for commands "
                "that issue or administer first mikrocert.toml in this folder.",
                metavar="FILE",
            ),
        ] = None,
        debug: Annotated[  # noqa: ARG001 - `run` takes it from the command line
            bool,
            typer.Option(
                "--debug",
                help="Show tracebacks on standard error; they may hold secrets, so read them first.",
            ),
        ] = False,
        language: Annotated[
            str | None,
            typer.Option(
                "--lang",
                help="Language of help and answers: cs, en, or another one installed; that of the terminal without it.",
                metavar="CODE",
            ),
        ] = None,
        version: Annotated[  # noqa: ARG001 - the callback answers
            bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
        ] = False,
    ) -> None:
        ctx.obj = _called(ctx)
        if language is not None:
            voice(ctx.obj.texts, language)  # refuses one that isn't there

    return app


def _program() -> Any:  # noqa: ANN401 - click's
    program: Any = get_command(_app())
    for name, command in COMMANDS.items():
        program.add_command(_core_command(name, command))
    for name, group in GROUPS.items():
        program.add_command(_core_group(name, group.summary, group.app))
    return program


def _lines(error: MikrocertError) -> Iterator[Message]:
    if isinstance(error, FindingsError):
        for finding in error.findings:
            if finding.path:
                yield message("{path}: {fault}", path=finding.path, fault=finding.message)
            else:
                yield finding.message
    else:
        yield error.message


def _report(error: BaseException, arguments: list[str]) -> int:
    """Tell what went wrong on standard error and return the exit code for it."""
    import logging  # noqa: PLC0415 - only when something is wrong

    logging.getLogger("mikrocert").debug("the command ended with an error", exc_info=error)
    broken = isinstance(error, BrokenPipeError) or isinstance(error.__context__, BrokenPipeError)
    if broken and output_is_closed():  # and it was no other pipe
        return ExitCode.CLOSED
    lines: list[Message] = []
    if isinstance(error, MikrocertError) and error.relayed:
        of_settings = isinstance(error, (SettingsError, PluginError))
        lines, code = list(_lines(error)), ExitCode.SETTINGS if of_settings else ExitCode.UNAVAILABLE
        if isinstance(error, ProposedError):
            code = ExitCode.UNDETERMINED
    elif isinstance(error, TyperException):
        from mikrocert.cli.usage import usage_lines  # noqa: PLC0415

        say, _ = voice_of(arguments)
        for line in usage_lines(error):
            echo(say(line), err=True)
        code = ExitCode.USAGE if error.exit_code else 0
    else:
        bug = message(
            "a bug in mikrocert or in a plugin: {kind} at {place}; please report it with what --debug shows",
            kind=type(error).__name__,
            place=place_of(error),
        )
        lines, code = [bug], ExitCode.BUG
    _print_errors(lines, arguments)
    return code


def _print_errors(lines: list[Message], arguments: list[str]) -> None:
    if not lines:
        return
    say, _ = voice_of(arguments)
    for line in lines:
        echo(f"mikrocert: {say(line)}", err=True)


def ended_early(arguments: list[str]) -> int:
    """Tell that the command ended before its answer was complete, and return the exit code for that."""
    early = message(
        "the program ended before its answer was complete, or the answer could not be written; "
        "a plugin or a library may have ended it; nothing was found out"
    )
    _print_errors([early], arguments)
    return ExitCode.BUG


def unanswerable(arguments: list[str]) -> int:
    """Tell that there is no standard output, so that nothing was done, and return the exit code for that."""
    _print_errors(
        [message("standard output is closed, so there is no place for the answer; nothing was done")],
        arguments,
    )
    return ExitCode.UNAVAILABLE


def answer(arguments: list[str]) -> int:
    """Run one command as `run` does, deliver the rest of its answer, and return the exit code.

    An answer that doesn't arrive is neither success nor a verdict nor a bug.
    """
    code = run(arguments)
    try:
        sys.stdout.flush()
    except (BrokenPipeError, AnswerError) as error:
        if code not in {ExitCode.CLOSED, ExitCode.UNAVAILABLE}:
            code = _report(error, arguments)
        discard_answer()
    return code


@contextmanager
def _debugging(arguments: list[str]) -> Generator[None]:
    """Show tracebacks on standard error where the command line asks for them; they may hold secrets."""
    if "--debug" not in arguments:
        yield
        return
    import logging  # noqa: PLC0415 - only when asked for

    class Handler(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            for line in self.format(record).split("\n"):
                echo(f"debug: {line}", err=True)

    logger, handler = logging.getLogger("mikrocert"), Handler()
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(level)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; no error ever shows a traceback unasked.

    Whatever ends the command otherwise than by an exit code of its own, `SystemExit` too, is a bug: nothing but the end of
    a command gives 0.

    Args:
        arguments: the command line without the program's name.
    """
    with _debugging(arguments):
        try:
            returned: object = _program().main(args=arguments, prog_name="mikrocert", standalone_mode=False)
            code = returned if isinstance(returned, int) else 0
        except BaseException as error:  # noqa: BLE001 - the last resort is to say that it is a bug
            code = _report(error, arguments)
    if code == ExitCode.STOPPED:
        _print_errors([message("stopped; what was recorded stays recorded")], arguments)
    return code
