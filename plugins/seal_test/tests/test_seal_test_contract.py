"""The plugin, its signer and its command under the contracts of the core."""

from datetime import UTC, datetime

import pytest
from mikrocert.testing import CommandContract, PluginContract, SignerContract
from mikrocert_seal_test import plugin as plugin_module
from mikrocert_seal_test.config import SandboxConfig
from mikrocert_seal_test.signing import SandboxSigner
from mikrocert_seal_test.state import open_sandbox


class TestPlugin(PluginContract):
    @pytest.fixture
    def plugin(self):
        return plugin_module


class TestSandboxSigner(SignerContract):
    @pytest.fixture
    def signer(self, tmp_path):
        config = SandboxConfig(state=tmp_path / "s", key="p256", organisation="Univerzita Řípská")
        return SandboxSigner(open_sandbox(config, at=datetime.now(UTC)), url=config.url)


class TestSandboxCommand(CommandContract):
    @pytest.fixture
    def app(self):
        (offered,) = plugin_module.mikrocert_register_commands()
        with offered.factory(offered.config()) as app:
            yield app
