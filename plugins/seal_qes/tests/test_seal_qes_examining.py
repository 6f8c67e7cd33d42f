"""What `mikrocert doctor` says of the signers, without a password or a PIN."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest
from mikrocert.api import Examination, Severity
from mikrocert_seal_qes.config import Pkcs11Config, Pkcs12Config
from mikrocert_seal_qes.examining import csc_findings, pkcs11_findings, pkcs12_findings
from mikrocert_seal_qes.refusals import Refusals
from mikrocert_seal_qes.tokens import Tokens

NOW = datetime.now(UTC)
OFFLINE, ONLINE = Examination(NOW), Examination(NOW, network=True)


def told(findings):
    return [(one.code, one.severity, one.path) for one in findings]


@pytest.mark.parametrize(("there", "severity"), [(True, Severity.INFO), (False, Severity.ERROR)])
def test_a_file_is_read_and_not_opened(tmp_path, there, severity):
    """Without its password nothing in it is known; a file that isn't there is something to do."""
    file = tmp_path / "seal.p12"
    if there:
        file.write_bytes(b"secret")
    config = Pkcs12Config(file=file, password="env:NENÍ", algorithm="ES256")
    assert told(pkcs12_findings(config, OFFLINE)) == [
        ("algorithm", Severity.INFO, "algorithm"),
        ("file", severity, "file"),
    ]


def test_a_token_is_looked_at_without_a_pin(softhsm, pki, tmp_path):
    """It is there, its certificate lasts long or not; a PIN that was wrong is told before a second one is."""
    softhsm.add_key(pki.key("ES256"))
    file = tmp_path / "seal.pem"
    file.write_bytes(pki.pem(pki.seal("ES256", end=NOW + timedelta(days=30))))
    config = Pkcs11Config(module=softhsm.module, algorithm="ES256", pin="env:NENÍ", certificate=file)
    assert told(pkcs11_findings(config, OFFLINE, tokens=Tokens())) == [
        ("algorithm", Severity.INFO, "algorithm"),
        ("token", Severity.INFO, "module"),
        ("certificate", Severity.WARNING, "certificate"),
    ]
    other = attrs.evolve(config, token="Jiná ď", certificate=None)
    assert told(pkcs11_findings(other, OFFLINE, tokens=Tokens()))[1] == ("token", Severity.ERROR, "module")


@pytest.mark.parametrize(
    ("flags", "severity"), [("USER_PIN_LOCKED", Severity.ERROR), ("USER_PIN_COUNT_LOW", Severity.WARNING)]
)
def test_what_a_token_says_of_its_pin_is_told(flags, severity):
    """A locked one is an error, one with wrong tries behind it a warning."""
    from types import SimpleNamespace

    from pkcs11 import TokenFlag

    token = SimpleNamespace(
        label="Pečeť ř", serial=b"1", flags=TokenFlag.TOKEN_INITIALIZED | TokenFlag[flags]
    )
    library = SimpleNamespace(
        get_slots=lambda **_: [SimpleNamespace(get_token=lambda: token)], finalize=lambda: None
    )
    config = Pkcs11Config(module=Path("a.so"), algorithm="ES256")
    found = told(pkcs11_findings(config, OFFLINE, tokens=Tokens(lambda _: library)))
    assert found[1] == ("token", severity, "module")


def test_a_service_is_asked_over_the_network_only(remote):
    """Then it says who would sign, which takes no PIN; nothing is authorised."""
    service, config = remote()
    assert told(csc_findings(config, OFFLINE, refusals=Refusals()))[1] == ("service", Severity.INFO, "url")
    assert service.asked == []
    assert told(csc_findings(config, ONLINE, refusals=Refusals()))[1:] == [
        ("service", Severity.INFO, "url"),
        ("quota", Severity.INFO, "credential"),
        ("certificate", Severity.WARNING, "credential"),
    ]
    assert service.asked == ["info"]
    service.status = "disabled"
    assert told(csc_findings(config, ONLINE, refusals=Refusals()))[1:] == [("service", Severity.ERROR, "url")]
