"""What the README shows works as it stands."""

import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from mikrocert.host.registry import Registry
from mikrocert.settings import load_settings
from mikrocert_seal_ades import plugin as plugin_module

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def names() -> dict[str, Any]:
    """Return what the Python examples define."""
    defined: dict[str, Any] = {}
    for example in re.findall(r"```python\n(.*?)```", README, re.DOTALL):
        exec(example, defined)
    return defined


def test_library_example_seals_and_validates(names, parties):
    """The example of the library seals a payload, finds no fault in it, and finds one when it is changed."""
    now = datetime.now(UTC)
    signer = parties.signer(start=now - timedelta(days=1), end=now + timedelta(days=1))
    sealed = names["sealed"](
        b'{"a":1}', signer.identity.certificates, lambda octets: signer.sign_many([octets])[0]
    )
    assert names["faults"](sealed, parties.root.pem) == []
    (fault,) = names["faults"](sealed.replace(b"1", b"2", 1), parties.root.pem)
    assert "changed after sealing" in fault


def test_signer_example_signs(names, parties):
    """The example of a signer has the identity of its certificate."""
    signer = parties.signer()
    party = parties.key("seal")
    assert names["my_signer"](party, signer.identity.certificates).identity == signer.identity


def test_settings_example_is_right(tmp_path):
    """The settings that the README shows are taken as they stand."""
    settings = tmp_path / "mikrocert.toml"
    settings.write_text(re.search(r"```toml\n(.*?)```", README, re.DOTALL)[1], encoding="utf-8")
    envelopes = Registry("envelopes")
    for offered in plugin_module.mikrocert_register_envelopes():
        envelopes.add(offered, plugin="under-test")
    config = envelopes.config("jades", load_settings(settings, environment={}))
    assert (config.profile, config.level) == ("ts119182-1.2.1", "B-B")
    assert len(config.timestamps) == 2
