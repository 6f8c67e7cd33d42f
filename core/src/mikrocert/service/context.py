"""What a command gets: settings, plugins and system, each made when it is first asked for, and the language to answer in."""

from __future__ import annotations

from contextlib import ExitStack
from functools import cached_property, partial
from typing import TYPE_CHECKING

from mikrocert.texts import Texts, message

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from mikrocert.host.loading import Failure, Plugins
    from mikrocert.service.logs import Logs
    from mikrocert.service.system import System
    from mikrocert.settings import Settings
    from mikrocert.texts import Say

__all__ = ["CommandContext", "voice"]


class CommandContext:
    """What commands, also those of plugins, find in `ctx.obj`.

    Args:
        settings_path: the settings file that counts (see `find_settings`), or none for the defaults.
        stack: closes what is opened on the way, once the command has ended.
        on_failure: called with each failure of a plugin when it happens.
    """

    def __init__(
        self, settings_path: Path | None, *, stack: ExitStack, on_failure: Callable[[Failure], object]
    ) -> None:
        self._settings_path = settings_path
        self._stack = stack
        self._on_failure = on_failure

    @cached_property
    def settings(self) -> Settings:
        """The settings.

        Raises:
            SettingsError: if they are wrong.
        """
        from mikrocert.settings import load_settings  # noqa: PLC0415 - only when asked for

        return load_settings(self._settings_path)

    @cached_property
    def logs(self) -> Logs:
        """What the program tells of its own work, as the settings want it.

        Raises:
            SettingsError: if they are wrong.
        """
        from mikrocert.service.logs import Logs  # noqa: PLC0415 - only when asked for

        return Logs(self.settings.logs)

    @cached_property
    def plugins(self) -> Plugins:
        """The plugins that the settings allow.

        Raises:
            PluginError: if they contradict each other.
            SettingsError: if the settings are wrong.
        """
        from mikrocert.host.loading import load_plugins  # noqa: PLC0415 - only when asked for

        chosen = self.settings.plugins
        return load_plugins(
            allow=chosen.allow, require=chosen.require, disable=chosen.disable, on_failure=self._on_failure
        )

    @cached_property
    def texts(self) -> Texts:
        """The sentences of core and plugins in every language that is installed.

        Raises:
            PluginError: if plugins contradict each other.
            SettingsError: if the settings are wrong.
        """
        return Texts(self.plugins.packages)

    @cached_property
    def system(self) -> System:
        """The assembled system; it is closed once the command has ended.

        Raises:
            PluginError: if plugins contradict each other.
            SettingsError: if the settings are wrong.
        """
        from mikrocert.service.system import open_system  # noqa: PLC0415 - heavy

        return self._stack.enter_context(open_system(self.settings, plugins=self.plugins))


def voice(texts: Texts, lang: str) -> Say:
    """Return what writes texts in the language that a command was asked for.

    Args:
        texts: the languages that are installed.
        lang: ISO 639 code, from the option `--lang`.

    Raises:
        WrongUse: if it is not installed.
    """
    if lang not in texts.languages:
        from mikrocert.service.wrong_use import WrongUse  # noqa: PLC0415 - commands have Typer anyway, and nobody else needs it

        raise WrongUse(
            message(
                "--lang: there is no '{language}'; there are: {languages:comma}",
                language=lang,
                languages=texts.languages,
            )
        )
    return partial(texts.say, language=lang)
