"""The signer with a key that a service keeps: a service of ours that follows the schemas of both versions, and lies in every way."""

import re
from datetime import UTC, datetime

import attrs
import pytest
from mikrocert.api import SealError, SettingsError
from mikrocert.testing import SignerContract
from mikrocert_seal_ades.pki.algorithms import SEALING_ALGORITHMS
from mikrocert_seal_qes import plugin as plugin_module
from mikrocert_seal_qes.config import CscConfig
from mikrocert_seal_qes.csc import open_signer
from mikrocert_seal_qes.refusals import Refusals

NOW = datetime.now(UTC)
OCTETS = [f"{number}: ř".encode() for number in range(5)]


def opened(config, *, refusals=None):
    return open_signer(config, at=NOW, refusals=refusals or Refusals())


class TestCscSigner(SignerContract):
    @pytest.fixture(params=[(algorithm, version) for algorithm in SEALING_ALGORITHMS for version in (1, 2)])
    def signer(self, request, remote):
        algorithm, version = request.param
        _, config = remote(algorithm, version=version)
        return opened(config)


def test_the_offer_opens_it(remote):
    """What settings name is asked who signs, and signs."""
    offers = {one.name: one for one in plugin_module.mikrocert_register_signers()}
    _, config = remote()
    with offers["csc"].factory(config) as signer:
        assert len(signer.sign_many(OCTETS)) == 5


def test_one_authorisation_is_enough_for_both_phases(remote):
    """A service of SCAL1 authorises once; each phase is one question."""
    service, config = remote(scal="1")
    signer = opened(config)
    for _ in range(2):
        assert len(signer.sign_many(OCTETS)) == 5
    assert service.asked == ["info", "authorize", "signHash", "signHash"]


@pytest.mark.parametrize("version", [1, 2])
def test_digests_are_bound_once_a_phase(remote, version):
    """A service of SCAL2 authorises each phase with its digests, because those of documents don't exist before."""
    service, config = remote(scal="2", version=version)
    signer = opened(config)
    for _ in range(2):
        assert len(signer.sign_many(OCTETS)) == 5
    assert service.asked == ["info", "authorize", "signHash", "authorize", "signHash"]


@pytest.mark.parametrize(
    ("scal", "asked"),
    [("1", ["authorize", "signHash"] * 3), ("2", ["authorize", "signHash"] * 3)],
)
def test_a_batch_is_cut_where_the_service_signs_fewer_at_once(remote, scal, asked):
    """No authorisation is asked for more signatures than the service gives; all come in their order."""
    service, config = remote(scal=scal, multisign=2)
    assert len(opened(config).sign_many(OCTETS)) == 5
    assert service.asked == ["info", *asked]


def test_an_authorisation_that_ended_is_asked_for_anew(remote):
    """Each phase authorises for itself where the lifetime is over in between."""
    service, config = remote(expires_in=1)
    signer = opened(config)
    for _ in range(2):
        assert signer.sign_many(OCTETS)
    assert service.asked == ["info", *["authorize", "signHash"] * 2]


def test_an_authorisation_that_is_good_for_one_call_is_asked_for_anew(remote):
    """A refusal of an authorisation that was used before means that nothing was signed; a new one signs."""
    service, config = remote(once=True)
    signer = opened(config)
    for _ in range(2):
        assert len(signer.sign_many(OCTETS)) == 5
    assert service.asked == ["info", "authorize", "signHash", "signHash", "authorize", "signHash"]


def test_client_credentials_give_a_token(remote):
    """A token is asked for once while it is good, and anew when the service doesn't take it any more."""
    service, config = remote()
    base = config.url.removesuffix("/csc/v2")
    own = attrs.evolve(
        config,
        token=None,
        token_url=f"{base}/oauth2/token",
        client="mikrocert",
        client_secret="env:CSC_SECRET",
    )
    signer = opened(own)
    assert signer.sign_many(OCTETS)
    assert service.asked == ["token", "info", "authorize", "signHash"]
    service.bearers.append("jiný")
    assert signer.sign_many(OCTETS)
    assert service.asked[4:] == ["signHash", "token", "signHash"]


@pytest.mark.parametrize("version", [1, 2])
def test_a_one_time_password_is_used_once(remote, version, monkeypatch):
    """A new one is taken from where the reference leads; the same again is not sent."""
    service, config = remote(version=version, otp=True, scal="2")
    monkeypatch.setenv("CSC_OTP", "111111")
    signer = opened(attrs.evolve(config, otp="env:CSC_OTP"))
    assert signer.sign_many(OCTETS)
    asked = len(service.asked)
    with pytest.raises(SealError, match=r"the one-time password that signers\.csc\.otp leads to was used"):
        signer.sign_many(OCTETS)
    assert len(service.asked) == asked
    monkeypatch.setenv("CSC_OTP", "222222")
    assert signer.sign_many(OCTETS)


@pytest.mark.parametrize("version", [1, 2])
def test_a_wrong_pin_is_tried_once(remote, version, monkeypatch):
    """However often the signer is opened, the service is asked once; another PIN is tried again."""
    service, config = remote(version=version)
    refusals = Refusals()
    monkeypatch.setenv("CSC_PIN", "9999")
    for _ in range(3):
        with pytest.raises(SealError, match="it is not tried again, since wrong ones lock") as caught:
            opened(config, refusals=refusals).sign_many(OCTETS)
        assert not re.search("9999|tajné", str(caught.value))
    assert service.asked.count("authorize") == 1
    monkeypatch.setenv("CSC_PIN", service.PIN)
    assert opened(config, refusals=refusals).sign_many(OCTETS)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"status": "disabled"}, "the service says that the key is disabled"),
        ({"cert_status": "revoked"}, "the service says that the certificate is revoked"),
        ({"mode": "oauth2code"}, r"authorised by a person in a browser \(oauth2code\)"),
        ({"able": {"RS256": "1.2.840.113549.1.1.11"}}, "can't sign with ES256; it can with RS256"),
        ({"able": {}}, "can't sign with ES256; it can with nothing"),
        ({"certificates": []}, "gives no certificate"),
    ],
)
@pytest.mark.parametrize("version", [1, 2])
def test_a_credential_that_will_not_do_is_refused(remote, options, message, version):
    """What the service itself says against a credential is told before anything is sealed."""
    _, config = remote(version=version, **options)
    with pytest.raises(SealError, match=message):
        opened(config)


def other_signatures(method, answer):
    return answer | {"signatures": answer["signatures"][::-1]} if method == "signHash" else answer


def broken(name, value):
    """Return a lie: instead of the answer to a method, this."""
    return lambda method, answer: value if method == name else answer


LIES = {
    "signatures in another order": (other_signatures, "doesn't prove, so none is used"),
    "too few signatures": (broken("signHash", {"signatures": ["AA=="]}), "gave 1 signatures for 5 files"),
    "none": (broken("signHash", {"signatures": []}), "gave 0 signatures for 5 files"),
    "no list": (broken("signHash", {"signatures": "AA=="}), "signatures is of the wrong kind"),
    "no signatures but a number to ask later": (broken("signHash", {"responseID": "1"}), "has no signatures"),
    "something else than signatures": (broken("signHash", {"signatures": ["AA=="] * 5}), "doesn't prove"),
    "no base64": (broken("signHash", {"signatures": ["ř"] * 5}), "no base64"),
    "HTML": (broken("signHash", b"<html>Prihlaste se</html>"), "something else than a JSON object"),
    "a list": (broken("signHash", []), "something else than a JSON object"),
    "two members of one name": (
        broken("signHash", b'{"signatures": [], "signatures": []}'),
        "else than a JSON",
    ),
    "no authorisation": (broken("authorize", {}), "has no SAD"),
    "an authorisation that is a number": (broken("authorize", {"SAD": None}), "has no SAD"),
    "a lifetime that is a text": (
        broken("authorize", {"SAD": "a", "expiresIn": "ř"}),
        "expiresIn is of the wrong kind",
    ),
    "too much": (broken("signHash", b" " * 2_000_000), "longer than 1048576 octets"),
}


@pytest.mark.parametrize(("lie", "message"), LIES.values(), ids=LIES)
@pytest.mark.parametrize("version", [1, 2])
def test_a_lying_service_gives_no_signature(remote, lie, message, version):
    """Whatever it answers, nothing that the seal certificate doesn't prove is handed on, and it is asked for signatures once."""
    service, config = remote(version=version, lie=lie)
    with pytest.raises(SealError, match=message):
        opened(config).sign_many(OCTETS)
    assert service.asked.count("signHash") <= 1


@pytest.mark.parametrize("status", [302, 403, 500, 503])
@pytest.mark.parametrize("method", ["info", "authorize", "signHash"])
def test_a_service_that_fails_is_told(remote, status, method):
    """Statuses that are no success end it, redirections are not followed, and the service's words are not repeated."""

    def lie(asked, answer):
        if asked == method:
            raise remote.refusal(status, "nelze")
        return answer

    service, config = remote(lie=lie, pin=False)
    with pytest.raises(SealError, match=rf"127\.0\.0\.1 refused \(HTTP {status}, nelze\)") as caught:
        opened(config).sign_many(OCTETS)
    assert "tajné" not in str(caught.value)
    assert service.asked.count("signHash") <= 1


def test_a_service_of_another_key_is_caught(remote, pki):
    """Signatures by another key than that of the certificate are found out."""
    _, config = remote(key=pki.key("ES256 of somebody else"))
    with pytest.raises(SealError, match="doesn't prove, so none is used"):
        opened(config).sign_many(OCTETS)


@pytest.mark.parametrize(("method", "times"), [("info", 2), ("authorize", 1), ("signHash", 1)])
def test_only_what_signs_nothing_is_asked_again(remote, method, times):
    """Where an answer is lost a signature may have been made, and a PIN tried; only who signs is asked once more."""

    def lie(asked, answer):
        if asked == method:
            raise remote.cut
        return answer

    service, config = remote(lie=lie)
    with pytest.raises(SealError, match="the signing service doesn't answer"):
        opened(config).sign_many(OCTETS)
    assert service.asked.count(method) == times


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"url": "http://service.example/csc/v2"}, "https:// and an address that ends in /v1 or /v2"),
        ({"url": "https://service.example/"}, "https:// and an address that ends in /v1 or /v2"),
        ({"url": "https://heslo@service.example/csc/v2"}, "https:// and an address"),
        ({"token": "tajné"}, "signers.csc.token must not hold the secret itself"),
        ({"pin": None}, "signers.csc.pin has to say where it is"),
        ({"client": "a"}, "by halves"),
        ({"token": None, "client": "a"}, "by halves"),
        (
            {
                "token": None,
                "client": "a",
                "client_secret": "env:CSC_SECRET",
                "token_url": "http://a.example",
            },
            "token_url is http://a.example; an address with https://",
        ),
    ],
)
def test_settings_that_contradict_themselves_are_refused(remote, change, message):
    """Addresses that would send secrets in the open, and halves of what the service wants, are refused with the remedy."""
    _, config = remote()
    with pytest.raises(SettingsError, match=message) as caught:
        opened(attrs.evolve(config, **change))
    assert "tajné" not in str(caught.value)


def test_secrets_are_in_no_representation(remote):
    """Neither config nor service repeats a secret."""
    _, config = remote()
    signer = opened(config)
    assert not re.search("heslo|CSC_PIN", f"{config!r}{signer._service!r}")
    assert isinstance(config, CscConfig)
