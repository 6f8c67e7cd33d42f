"""The program: core commands, and groups of plugins that are imported only when they are called."""

from __future__ import annotations

import traceback
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from mikrocert import __version__
from mikrocert.cli import Context, ExitCode
from mikrocert.cli.commands import COMMANDS
from mikrocert.errors import FindingsError, MikrocertError, PluginError, SettingsError
from mikrocert.texts import printable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from mikrocert.host.loading import Plugins
    from mikrocert.settings import Settings

__all__ = ["run"]


class _Offered(TyperCommand):
    """A group of a plugin, known by name and summary until it is called."""

    def make_context(self, info_name: str | None, args: list[str], parent: Any = None, **extra: Any) -> Any:  # noqa: ANN401 - as click types it
        settings, plugins = _loaded(_config_of(parent))
        stack = ExitStack()
        parent.call_on_close(stack.close)
        app = stack.enter_context(plugins.commands.choose(self.name or "", settings))
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


def _config_of(ctx: Any) -> Path | None:  # noqa: ANN401 - as click types it
    given = ctx.params.get("config") if ctx is not None else None
    return Path(given) if given else None


def _loaded(config: Path | None) -> tuple[Settings, Plugins]:
    from mikrocert.host.loading import load_plugins  # noqa: PLC0415
    from mikrocert.settings import load_settings  # noqa: PLC0415

    settings = load_settings(config)
    return settings, load_plugins(allow=settings.plugins.allow)


def _offered(ctx: Any) -> dict[str, str]:  # noqa: ANN401 - as click types it
    _, plugins = _loaded(_config_of(ctx))
    return {offered.offer.name: offered.offer.summary for offered in plugins.commands}


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
        config: Annotated[
            Path | None,
            typer.Option(help="Settings file; without it mikrocert.toml in this folder.", metavar="FILE"),
        ] = None,
        version: Annotated[  # noqa: ARG001 - the callback answers
            bool, typer.Option("--version", help="Print the version.", callback=_version, is_eager=True)
        ] = False,
    ) -> None:
        ctx.obj = Context(settings_path=config)

    for name, command in COMMANDS.items():
        app.command(name)(command)
    return app


def _lines(error: MikrocertError) -> Iterator[str]:
    if isinstance(error, FindingsError):
        for finding in error.findings:
            place = f"{finding.path}: " if finding.path else ""
            yield f"{place}{finding.message.en}"
            yield f"  {place}{finding.message.cs}"
    else:
        yield str(error)


def _told(error: Exception) -> int:
    """Tell what went wrong on standard error and return the exit code for it."""
    click_shows: Any = getattr(error, "show", None)  # a click.ClickException, whichever click typer brings
    lines: list[str] = []
    if isinstance(error, typer.Exit):
        code = error.exit_code
    elif isinstance(error, MikrocertError):
        of_settings = isinstance(error, (SettingsError, PluginError))
        lines, code = list(_lines(error)), ExitCode.SETTINGS if of_settings else ExitCode.UNAVAILABLE
    elif callable(click_shows):
        click_shows()
        code = ExitCode.USAGE if getattr(error, "exit_code", 1) else 0
    else:
        lines, code = ["a bug in mikrocert or in a plugin; please report it with these lines:"], ExitCode.BUG
        lines += "".join(traceback.format_exception(error)).splitlines()
    for line in lines:
        typer.echo(f"mikrocert: {printable(line)}", err=True)
    return code


def run(arguments: list[str]) -> int:
    """Run one command and return its exit code; no error of ours ever shows a traceback.

    Args:
        arguments: the command line without the program's name.
    """
    try:
        said: object = get_command(_app()).main(args=arguments, prog_name="mikrocert", standalone_mode=False)
        code = said if isinstance(said, int) else 0
    except Exception as error:  # noqa: BLE001 - the last resort is to say that it is a bug
        code = _told(error)
    if code == ExitCode.STOPPED:
        typer.echo("mikrocert: stopped; what was recorded stays recorded", err=True)
    return code
