"""The program: core commands, and groups of plugins that are imported only when they are called."""

from __future__ import annotations

from contextlib import ExitStack, suppress
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from mikrocert import __version__
from mikrocert.cli import ExitCode, archive
from mikrocert.cli.commands import COMMANDS
from mikrocert.errors import FindingsError, MikrocertError, PluginError, SettingsError
from mikrocert.service.context import CommandContext
from mikrocert.texts import ENGLISH, Message, Texts, message, printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.texts import Say

__all__ = ["run"]


class _Offered(TyperCommand):
    """A group of a plugin, known by name and summary until it is called."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:  # noqa: ANN401 - as click types it
        context = _context(parent)
        stack = ExitStack()
        parent.call_on_close(stack.close)
        app = stack.enter_context(context.plugins.commands.choose(self.name or "", context.settings))
        command = get_command(app)
        command.name = self.name
        return command.make_context(info_name, args, parent=parent, **extra)


class _Groups(TyperGroup):
    """Core commands first; a plugin can't shadow them."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ANN401 - as click types it
        core = list(self.commands)
        with suppress(MikrocertError):  # help is shown whatever the settings say
            return core + [name for name in _offered(ctx) if name not in core]
        return core

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ANN401 - as click types it
        command = super().get_command(ctx, cmd_name)
        if command is not None:
            return command
        summary = _offered(ctx).get(cmd_name)
        if summary is None:
            return None
        return _Offered(name=cmd_name, help=f"{summary.rstrip('.')}.", callback=lambda: None)


def _context(ctx: Any) -> CommandContext:  # noqa: ANN401 - as click types it
    """Return what commands find in `ctx.obj`, made once for a command line."""
    if ctx.obj is None:
        stack = ExitStack()
        ctx.call_on_close(stack.close)
        given = ctx.params.get("config")
        ctx.obj = CommandContext(Path(given) if given else None, stack=stack)
    context: CommandContext = ctx.obj
    return context


def _offered(ctx: Any) -> dict[str, str]:  # noqa: ANN401 - as click types it
    return {offered.offer.name: offered.offer.summary for offered in _context(ctx).plugins.commands}


def _version(value: bool) -> None:  # noqa: FBT001 - typer calls it so
    if value:
        typer.echo(f"mikrocert {__version__}")
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
        config: Annotated[  # noqa: ARG001 - `_context` takes it from there
            Path | None,
            typer.Option(help="Settings file; without it mikrocert.toml in this folder.", metavar="FILE"),
        ] = None,
        version: Annotated[  # noqa: ARG001 - the callback answers
            bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
        ] = False,
    ) -> None:
        _context(ctx)

    for name, command in COMMANDS.items():
        app.command(name)(command)
    app.add_typer(archive.app(), name="archive")
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


def _report(error: Exception, arguments: list[str]) -> int:
    """Tell what went wrong on standard error and return the exit code for it."""
    click_shows: Any = getattr(error, "show", None)  # a click.ClickException, whichever click typer brings
    lines: list[Message] = []
    if isinstance(error, typer.Exit):
        code = error.exit_code
    elif isinstance(error, MikrocertError):
        of_settings = isinstance(error, (SettingsError, PluginError))
        lines, code = list(_lines(error)), ExitCode.SETTINGS if of_settings else ExitCode.UNAVAILABLE
    elif callable(click_shows):
        click_shows()
        code = ExitCode.USAGE if getattr(error, "exit_code", 1) else 0
    else:
        import traceback  # noqa: PLC0415 - only for a bug

        lines.append(message("a bug in mikrocert or in a plugin; please report it with these lines:"))
        lines += map(Message, "".join(traceback.format_exception(error)).splitlines())
        code = ExitCode.BUG
    _print_errors(lines, arguments)
    return code


def _print_errors(lines: list[Message], arguments: list[str]) -> None:
    say = _voice(arguments) if lines else str
    for line in lines:
        typer.echo(f"mikrocert: {printable(say(line))}", err=True)


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; no error of ours ever shows a traceback.

    Args:
        arguments: the command line without the program's name.
    """
    try:
        returned: object = get_command(_app()).main(
            args=arguments, prog_name="mikrocert", standalone_mode=False
        )
        code = returned if isinstance(returned, int) else 0
    except Exception as error:  # noqa: BLE001 - the last resort is to say that it is a bug
        code = _report(error, arguments)
    if code == ExitCode.STOPPED:
        _print_errors([message("stopped; what was recorded stays recorded")], arguments)
    return code
