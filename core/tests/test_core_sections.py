"""Sections of mikrocert.toml that nobody reads."""

from __future__ import annotations

import pytest
from mikrocert.errors import SettingsError
from mikrocert.host.loading import Failure, Plugins
from mikrocert.service.system import open_system
from mikrocert.settings import load_settings


def _settings(tmp_path, text):
    path = tmp_path / "mikrocert.toml"
    path.write_text(text)
    return load_settings(path, environment={})


def test_a_misspelt_section_is_refused(tmp_path):
    """A section that no offer reads would be without effect, and is an error that names what there is."""
    settings = _settings(tmp_path, '[intakes.jason]\nstate = "ř"\n')
    with (
        pytest.raises(SettingsError, match=r"\[intakes\.jason\].*there are"),
        open_system(settings, plugins=Plugins()),
    ):
        pass


def test_the_section_of_a_failed_plugin_is_left_alone(tmp_path):
    """A broken plugin is reported by itself; its section is no second error."""
    plugins = Plugins()
    plugins.failures.append(Failure("hsm", "mikrocert-seal-hsm", "ImportError: no library"))
    with open_system(_settings(tmp_path, "[signers.hsm]\nslot = 1\n"), plugins=plugins):
        pass
