"""The plugin host: loads plugins one by one and joins their offers.

A broken plugin is recorded and reported, the others go on. What is ambiguous is an error: two plugins of one name,
two offers of one kind and name. `Any` from pluggy ends in this module.
"""

from __future__ import annotations

import logging
from importlib import metadata
from typing import TYPE_CHECKING, Any, TypeGuard, cast

import attrs
import pluggy

from mikrocert.errors import PluginError
from mikrocert.host import hookspecs
from mikrocert.host.registry import Registry
from mikrocert.kinds.offer import KINDS, Offer

if TYPE_CHECKING:
    from collections.abc import Collection, Iterable

    import typer

    from mikrocert.kinds.check import Check
    from mikrocert.kinds.envelope import Envelope
    from mikrocert.kinds.format import Format
    from mikrocert.kinds.institution import Institution
    from mikrocert.kinds.intake import Intake
    from mikrocert.kinds.renderer import Renderer
    from mikrocert.kinds.signer import Seal
    from mikrocert.report import Report
    from mikrocert.service.issuing import Receipt

__all__ = ["GROUP", "Failure", "Plugin", "Plugins", "load_plugins"]

_log = logging.getLogger(__name__)

GROUP = "mikrocert"
"""The entry point group in which plugins announce themselves."""


@attrs.frozen
class Plugin:
    """A plugin that was loaded.

    Args:
        name: name of its entry point.
        distribution: name of the distribution that it came with.
        version: version of that distribution.
        offers: kind and name of everything it offers.
    """

    name: str
    distribution: str
    version: str
    offers: tuple[tuple[str, str], ...] = ()


@attrs.frozen
class Failure:
    """A plugin that can't be used, and why."""

    name: str
    distribution: str
    reason: str


class Plugins:
    """All plugins at hand, their offers and their failures."""

    def __init__(self) -> None:
        self._manager = pluggy.PluginManager(GROUP)
        self._manager.add_hookspecs(hookspecs)
        self.loaded: list[Plugin] = []
        self.failures: list[Failure] = []
        self.institutions: Registry[Institution] = Registry("institutions")
        self.intakes: Registry[Intake] = Registry("intakes")
        self.formats: Registry[Format] = Registry("formats")
        self.envelopes: Registry[Envelope] = Registry("envelopes")
        self.seals: Registry[Seal] = Registry("seals")
        self.renderers: Registry[Renderer] = Registry("renderers")
        self.checks: Registry[Check] = Registry("checks")
        self.commands: Registry[typer.Typer] = Registry("commands")

    def registry(self, kind: str) -> Registry[Any]:
        """Return the registry of this kind (one of `KINDS`)."""
        return cast("Registry[Any]", getattr(self, kind))

    def add(self, module: object, *, name: str, distribution: str = "", version: str = "") -> None:
        """Take in one plugin and its offers; what is wrong with it is recorded as a failure.

        Args:
            module: module or object with the hook implementations.
            name: name of the plugin.
            distribution: where it came from.
            version: version of that.

        Raises:
            PluginError: if a plugin of this name is there already, or offers a name that another one offers.
        """
        if self._manager.has_plugin(name):
            message = f"two plugins are called {name!r}; the second one comes with {distribution or 'an unknown distribution'}"
            raise PluginError(message)
        try:
            self._manager.register(module, name)
            self._manager.check_pending()
            offers = self._offers(module)
        except Exception as error:  # noqa: BLE001 - whatever a plugin does wrong is its failure, not ours
            if self._manager.has_plugin(name):
                self._manager.unregister(name=name)
            self.failures.append(Failure(name, distribution, _reason(error)))
            return
        for kind, offer in offers:
            self.registry(kind).add(offer, plugin=name)
        self.loaded.append(
            Plugin(name, distribution, version, tuple((kind, offer.name) for kind, offer in offers))
        )

    def _offers(self, module: object) -> list[tuple[str, Offer[Any]]]:
        offers: list[tuple[str, Offer[Any]]] = []
        callers = self._manager.get_hookcallers(module) or []
        for caller in callers:
            implementation = next(i for i in caller.get_hookimpls() if i.plugin is module)
            if implementation.wrapper or implementation.hookwrapper:
                message = f"{caller.name} is a wrapper; wrappers could replace what others offer and are not allowed"
                raise PluginError(message)
            kind = caller.name.removeprefix("mikrocert_register_")
            if kind not in KINDS:
                continue
            for offered in cast("Iterable[object]", implementation.function()):
                if not _is_offer(offered):
                    message = f"{caller.name} returned {offered!r}; an Offer, made by mikrocert.api.offer, would be right"
                    raise PluginError(message)
                offers.append((kind, offered))
        return offers

    def after_issue(self, receipt: Receipt) -> tuple[Failure, ...]:
        """Tell all observers of a new credential; log and return those that raised."""
        return self._tell("mikrocert_after_issue", receipt=receipt)

    def after_verify(self, report: Report) -> tuple[Failure, ...]:
        """Tell all observers of a verification; log and return those that raised."""
        return self._tell("mikrocert_after_verify", report=report)

    def _tell(self, hook: str, **value: object) -> tuple[Failure, ...]:
        failures: list[Failure] = []
        for implementation in getattr(self._manager.hook, hook).get_hookimpls():
            arguments = {name: value[name] for name in implementation.argnames if name in value}
            try:
                implementation.function(**arguments)
            except Exception as error:  # noqa: BLE001 - an observer never stops what it observes
                failure = Failure(implementation.plugin_name, "", f"{hook}: {_reason(error)}")
                _log.warning("plugin %s: %s", failure.name, failure.reason)
                failures.append(failure)
        return tuple(failures)


def _is_offer(value: object) -> TypeGuard[Offer[Any]]:
    return isinstance(value, Offer)


def _reason(error: BaseException) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__


def load_plugins(*, allow: Collection[str] | None = None) -> Plugins:
    """Load every installed plugin, one by one.

    Args:
        allow: names of the distributions whose plugins may be loaded; none allows all. The core is always allowed.
            A signing host lists what it trusts: nothing else is even imported.

    Raises:
        PluginError: if two plugins or two offers of one kind have the same name, or an allowed one isn't installed.
    """
    plugins = Plugins()
    allowed = None if allow is None else {_normal(name) for name in allow} | {"mikrocert"}
    seen: set[str] = set()
    for entry_point in sorted(metadata.entry_points(group=GROUP), key=lambda e: (e.name != "core", e.name)):
        distribution = entry_point.dist
        dist_name = distribution.name if distribution else ""
        seen.add(_normal(dist_name))
        if allowed is not None and _normal(dist_name) not in allowed:
            plugins.failures.append(
                Failure(entry_point.name, dist_name, "not on the allow-list; it was not imported")
            )
            continue
        try:
            module = entry_point.load()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - a plugin that can't be imported is recorded, the others go on
            plugins.failures.append(Failure(entry_point.name, dist_name, _reason(error)))
            continue
        version = distribution.version if distribution else ""
        plugins.add(module, name=entry_point.name, distribution=dist_name, version=version)
    missing = sorted((allowed or set()) - seen)
    if missing:
        message = f"plugins.allow names what is not installed: {', '.join(missing)}; installed are: {', '.join(sorted(seen))}"
        raise PluginError(message)
    return plugins


def _normal(name: str) -> str:
    return name.lower().replace("_", "-").replace(".", "-")
