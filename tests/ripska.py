"""A second university beside those that are installed, for tests in which each must see its own alone."""

from __future__ import annotations

from contextlib import contextmanager

from mikrocert.host.hookspecs import hookimpl
from mikrocert.host.loading import load_plugins
from mikrocert.kinds.institution import Institution
from mikrocert.kinds.offer import NoConfig, offer
from mikrocert.testing import example_profile


class Ripska(Institution):
    profile = example_profile()
    intake = "json"


def with_ripska():
    """Return the plugins that are installed, and a second university."""

    @contextmanager
    def ripska(_):
        yield Ripska()

    class Plugin:
        @staticmethod
        @hookimpl
        def mikrocert_register_institutions():
            return [offer("ripska", "An invented university", NoConfig, ripska)]

    plugins = load_plugins()
    plugins.add(Plugin, name="ripska")
    return plugins
