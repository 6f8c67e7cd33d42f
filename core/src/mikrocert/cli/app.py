"""The program: core commands, and groups of plugins that are imported only when they are called."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager, suppress
from functools import partial
from io import StringIO
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer._click.exceptions import ClickException
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from mikrocert import __version__
from mikrocert.cli import ExitCode, archive
from mikrocert.cli.command import LENT, Command
from mikrocert.cli.commands import COMMANDS
from mikrocert.cli.output import echo
from mikrocert.errors import FindingsError, MikrocertError, PluginError, SettingsError, place_of
from mikrocert.service.context import CommandContext
from mikrocert.settings import find_settings
from mikrocert.texts import ENGLISH, Message, Texts, message

if TYPE_CHECKING:
    from collections.abc import Generator, Iterator

    from mikrocert.host.loading import Failure
    from mikrocert.kinds.offer import Offer
    from mikrocert.texts import Say

__all__ = ["ended_early", "run"]

_ARGUMENTS = "mikrocert.arguments"
"""Where a command line is kept as it came, so that the language it asks for is known before it is understood."""


_ARCHIVE = "archive"
_CORE = frozenset({_ARCHIVE, *COMMANDS})
_ADMINISTERING = frozenset({_ARCHIVE, "issue", "plugins", "revoke"})
"""Commands of the core for which the mikrocert.toml of the current folder counts: they issue or administer."""


class _Offered(TyperCommand):
    """A group of a plugin, known by name and summary until it is called."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:  # noqa: ANN401 - as click types it
        context: CommandContext = parent.obj
        stack = ExitStack()
        parent.call_on_close(stack.close)
        app = stack.enter_context(context.plugins.commands.choose(self.name or "", context.settings))
        command = get_command(app)
        command.name = self.name
        return command.make_context(info_name, args, parent=parent, **extra)


class _Groups(TyperGroup):
    """Core commands first; a plugin can't shadow them."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - as click types it
        ctx.meta[_ARGUMENTS] = list(args)
        return super().parse_args(ctx, args)

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
        return _Offered(name=cmd_name, help=f"{offered.summary.rstrip('.')}.", callback=lambda: None)


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
    """Say on standard error that a plugin can't be used; once, whichever settings it is loaded under."""
    shown: set[Failure] = meta.setdefault("mikrocert.failures", set[Any]())
    if failure not in shown:
        shown.add(failure)
        unused = message("{name} can't be used: {reason}", name=failure.name, reason=failure.reason)
        _print_errors([unused], meta[_ARGUMENTS])


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
        "1 some refused, 3 input unusable; 64 wrong use, 69 service or archive, 70 a bug, "
        "78 settings or plugins, 130 stopped.",
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
        version: Annotated[  # noqa: ARG001 - the callback answers
            bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
        ] = False,
    ) -> None:
        ctx.obj = _called(ctx)

    for name, command in COMMANDS.items():
        app.command(name, cls=Command)(command)
    app.add_typer(archive.app(), name=_ARCHIVE)
    return app


def _option(arguments: list[str], name: str) -> str | None:
    """Return the value of an option on a command line that may be wrong, or none."""
    for number, argument in enumerate(arguments):
        if argument == name:
            return next(iter(arguments[number + 1 :]), None)
        if argument.startswith(f"{name}="):
            return argument.partition("=")[2]
    return None


def _voice(arguments: list[str]) -> Say:
    """Return what writes texts in the language that the command line asks for, whatever else is wrong with it."""
    language = _option(arguments, "--lang") or ENGLISH
    if language == ENGLISH:
        return partial(Texts().say, language=language)
    from mikrocert.host.loading import installed_packages  # noqa: PLC0415

    # Which plugins are allowed may just be what is wrong; their catalogues are read, nothing of them is imported.
    return partial(Texts(installed_packages()).say, language=language)


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
    lines: list[Message] = []
    if isinstance(error, MikrocertError):
        of_settings = isinstance(error, (SettingsError, PluginError))
        lines, code = list(_lines(error)), ExitCode.SETTINGS if of_settings else ExitCode.UNAVAILABLE
    elif isinstance(error, ClickException):
        _show(error)
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


def _show(error: ClickException) -> None:
    """Print how the command line is wrong, as click has it, line by line."""
    shown = StringIO()
    error.show(shown)
    for line in shown.getvalue().rstrip().split("\n"):
        echo(line, err=True)


def _print_errors(lines: list[Message], arguments: list[str]) -> None:
    say = _voice(arguments) if lines else str
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

    log, handler = logging.getLogger("mikrocert"), Handler()
    level = log.level
    log.addHandler(handler)
    log.setLevel(logging.DEBUG)
    try:
        yield
    finally:
        log.removeHandler(handler)
        log.setLevel(level)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; no error ever shows a traceback unasked.

    Whatever ends the command otherwise than by an exit code of its own, `SystemExit` too, is a bug: nothing but the end of
    a command gives 0.

    Args:
        arguments: the command line without the program's name.
    """
    with _debugging(arguments):
        try:
            returned: object = get_command(_app()).main(
                args=arguments, prog_name="mikrocert", standalone_mode=False
            )
            code = returned if isinstance(returned, int) else 0
        except BaseException as error:  # noqa: BLE001 - the last resort is to say that it is a bug
            code = _report(error, arguments)
    if code == ExitCode.STOPPED:
        _print_errors([message("stopped; what was recorded stays recorded")], arguments)
    return code
