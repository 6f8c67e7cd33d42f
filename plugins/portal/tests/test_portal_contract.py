"""The command group against the contract of the core."""

from __future__ import annotations

import pytest
from mikrocert.host.loading import load_plugins
from mikrocert.settings import Settings
from mikrocert.testing.contracts import CommandContract


class TestServe(CommandContract):
    @pytest.fixture
    def app(self):
        commands = load_plugins(allow=("mikrocert", "mikrocert-portal")).commands
        with commands.choose("serve", Settings()) as app:
            yield app
