"""The signer with a key in a token: SoftHSM2 is the token, pulled and put back; fakes say what it can't be made to."""

import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import attrs
import pkcs11
import pytest
from cryptography.hazmat.primitives.serialization import Encoding
from mikrocert.api import PluginError, SealError, SettingsError, Texts
from mikrocert.testing import SignerContract
from mikrocert_seal_ades.pki.algorithms import SEALING_ALGORITHMS
from mikrocert_seal_qes import pkcs11 as signing
from mikrocert_seal_qes import plugin as plugin_module
from mikrocert_seal_qes.config import Pkcs11Config
from mikrocert_seal_qes.pkcs11 import opened
from mikrocert_seal_qes.tokens import Tokens
from pkcs11 import TokenFlag

NOW = datetime.now(UTC)
LABEL = "Pečeť ř"


@contextmanager
def open_signer(config, *, tokens=None):
    with opened(config, at=NOW, tokens=tokens or Tokens()) as signer:
        yield signer


@pytest.fixture
def sealed_token(softhsm, pki, tmp_path):
    """Return a function: put the key of an algorithm into the token and return the config that signs with it."""

    def make(algorithm="ES256", *, in_token=False, **options):
        softhsm.add_key(pki.key(algorithm))
        seal = pki.seal(algorithm, **options)
        config = Pkcs11Config(module=softhsm.module, pin="env:TOKEN_PIN", algorithm=algorithm)
        if in_token:
            softhsm.add_certificates(seal, pki.authority, pki.root)
            return config
        (tmp_path / "seal.pem").write_bytes(pki.pem(seal))
        return attrs.evolve(config, certificate=tmp_path / "seal.pem")

    return make


class TestPkcs11Signer(SignerContract):
    @pytest.fixture(params=SEALING_ALGORITHMS)
    def signer(self, request, sealed_token):
        with open_signer(sealed_token(request.param)) as signer:
            yield signer


def test_the_offer_opens_it(sealed_token):
    """What settings name opens a session with the token."""
    offers = {one.name: one for one in plugin_module.mikrocert_register_signers()}
    with offers["pkcs11"].factory(sealed_token()) as signer:
        assert len(signer.sign_many([b"1"])) == 1


def test_certificates_come_from_the_token(sealed_token, pki):
    """Without a file the seal certificate is the one under the key's identifier, and its chain is in the token, too."""
    with open_signer(sealed_token(in_token=True)) as signer:
        ders = [one.public_bytes(Encoding.DER) for one in (pki.authority, pki.root)]
        assert list(signer.identity.certificates[1:]) == ders
        assert signer.identity.owner.legal_name == "Univerzita Řípská"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"token": "Jiná ď"}, "the token Jiná ď is not there; .* sees Pečeť ř"),
        ({"serial": "ff"}, "the token ff is not there"),
        ({"key": "jiný"}, "of the keys in the token .* 0 fit: .* there are: seal \\(01\\)"),
        ({"key_id": "02"}, "0 fit: key and key_id in signers.pkcs11 have to say which one"),
        ({"certificate": None}, "there are 0 certificates in the token .* identifier of the key \\(01\\)"),
        ({"pin": None}, "wants a PIN; signers.pkcs11.pin has to say where it is"),
        ({"algorithm": "PS256"}, "RSA key"),
        ({"algorithm": "ES384"}, "secp384r1"),
    ],
)
def test_what_does_not_fit_is_told_with_the_remedy(sealed_token, change, message):
    """Token, key, certificate, PIN and algorithm are each refused with what there is and which setting is meant."""
    with pytest.raises(SealError, match=message), open_signer(attrs.evolve(sealed_token(), **change)):
        pass


def test_of_two_tokens_or_keys_settings_have_to_say_which(softhsm, sealed_token, pki):
    """Where two fit none is taken; label, serial number or identifier decide."""
    config = sealed_token()
    softhsm.add_key(pki.key("ES384"), label="jiný", number="02")
    with pytest.raises(SealError, match="2 fit: key and key_id"), open_signer(config):
        pass
    with open_signer(attrs.evolve(config, key_id="01")) as signer:
        assert signer.sign_many([b"1"])
    softhsm.add_token("Druhá ď")
    one = attrs.evolve(config, key="seal")
    with pytest.raises(SealError, match=r"sees several tokens: .*; token or serial"), open_signer(one):
        pass
    with open_signer(attrs.evolve(one, token=LABEL)) as signer:
        assert signer.sign_many([b"1"])


def test_certificate_of_another_key_is_caught_before_anything_is_used(softhsm, sealed_token, pki, tmp_path):
    """A certificate that doesn't belong to the key is found out by the first signature, and none is returned."""
    config = sealed_token()
    config.certificate.write_bytes(pki.pem(pki.seal("ES256 of another key")))
    with open_signer(config) as signer, pytest.raises(SealError, match="doesn't prove, so none is used"):
        signer.sign_many([b"1", b"2"])


class Watched:
    """A module that counts logins, and whose tokens can be made to say other things of themselves."""

    def __init__(self, flags=0):
        self.logins, self.sessions, self.flags = 0, 0, flags

    def load(self, module):
        library, watched = pkcs11.lib(module), self

        class Token:
            def __init__(self, real):
                self.label, self.serial = real.label, real.serial
                self.flags = real.flags | watched.flags
                self.open = lambda **options: watched.open(real, **options)

        class Slot:
            def __init__(self, real):
                self.get_token = lambda: Token(real.get_token())

        class Library:
            finalize = library.finalize

            def get_slots(self, **options):
                return [Slot(one) for one in library.get_slots(**options)]

        return Library()

    def open(self, token, **options):
        self.sessions += 1
        self.logins += "user_pin" in options
        return token.open(**options)


def test_a_wrong_pin_is_tried_once(sealed_token, monkeypatch):
    """However often the signer is opened, the token is asked once; another PIN is tried again."""
    config, watched = sealed_token(), Watched()
    tokens = Tokens(watched.load)
    monkeypatch.setenv("TOKEN_PIN", "9999")
    for _ in range(3):
        refusal = r"refused the PIN that signers\.pkcs11\.pin leads to; it is not tried again"
        with pytest.raises(SealError, match=refusal) as caught, open_signer(config, tokens=tokens):
            pass
        assert "9999" not in str(caught.value)
    assert watched.logins == 1
    monkeypatch.setenv("TOKEN_PIN", "1234")
    with open_signer(config, tokens=tokens) as signer:
        assert signer.sign_many([b"1"])
    assert watched.logins == 2


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (TokenFlag.USER_PIN_LOCKED, "is locked; unlock it with the program that came with it"),
        (TokenFlag.USER_PIN_FINAL_TRY, "one more wrong PIN would lock the token"),
    ],
)
def test_a_token_near_its_lock_is_left_alone(sealed_token, flags, message):
    """Where the PIN is locked, or the next wrong one would lock it, none is tried."""
    watched = Watched(flags)
    with pytest.raises(SealError, match=message), open_signer(sealed_token(), tokens=Tokens(watched.load)):
        pass
    assert watched.logins == 0


def test_a_session_logs_in_once_and_is_used_again(sealed_token):
    """Both phases of a batch, and a second signer beside the first, use one login and one session."""
    watched = Watched()
    tokens, config = Tokens(watched.load), sealed_token()
    with open_signer(config, tokens=tokens) as first, open_signer(config, tokens=tokens) as second:
        for signer in (first, second, first):
            assert len(signer.sign_many([b"1", b"2"])) == 2
    assert (watched.logins, watched.sessions) == (1, 1)


def test_signers_at_work_at_once_take_turns(sealed_token):
    """However many threads sign, the module sees one at a time, as it was promised, so that one session is enough."""
    watched = Watched()
    with open_signer(sealed_token(), tokens=Tokens(watched.load)) as signer, ThreadPoolExecutor(4) as pool:
        assert all(pool.map(lambda number: signer.sign_many([b"%d" % number]), range(20)))
    assert (watched.logins, watched.sessions) == (1, 1)


def test_the_last_signer_logs_out(sealed_token):
    """As long as one signer is open the token stays logged in, whatever order they leave in; then a new one logs in anew."""
    watched = Watched()
    tokens, config = Tokens(watched.load), sealed_token()
    with ExitStack() as stack:
        with open_signer(config, tokens=tokens):
            second = stack.enter_context(open_signer(config, tokens=tokens))
        assert second.sign_many([b"1"])
    with open_signer(config, tokens=tokens) as third:
        assert third.sign_many([b"1"])
    assert watched.logins == 2


def test_a_signer_beside_one_with_another_name_for_the_token_signs(sealed_token):
    """Logging in twice is no fault, and the one who leaves first doesn't lock out the other."""
    tokens, config = Tokens(), sealed_token()
    with ExitStack() as stack:
        with open_signer(config, tokens=tokens):
            named = attrs.evolve(config, token=LABEL)
            second = stack.enter_context(open_signer(named, tokens=tokens))
            assert second.sign_many([b"1"])
        assert second.sign_many([b"1"])


def test_a_token_that_was_away_between_two_phases_is_opened_anew(softhsm, sealed_token):
    """Pulled and put back, it signs again, after one login."""
    watched = Watched()
    with open_signer(sealed_token(), tokens=Tokens(watched.load)) as signer:
        softhsm.pull()
        with pytest.raises(SealError, match=r"the token .* failed .* nothing was sealed with it"):
            signer.sign_many([b"1"])
        softhsm.put_back()
        assert len(signer.sign_many([b"1", b"2"])) == 2
    assert watched.logins == 2


def test_an_ended_session_is_no_fault(sealed_token):
    """Where another program's error ended the session, a batch is signed in a new one."""
    watched = Watched()
    config = sealed_token()
    with open_signer(config, tokens=Tokens(watched.load)) as signer:
        pkcs11.lib(str(config.module)).reinitialize()
        assert len(signer.sign_many([b"1", b"2"])) == 2
    assert watched.logins == 2


def test_a_token_pulled_in_the_middle_gives_no_signature(softhsm, sealed_token, monkeypatch):
    """Signatures made before are not handed out, in either language it is told why, and the next batch is whole."""
    signed = []
    plain = signing.digests

    def pulling(octets, **options):
        signed.append(octets)
        if len(signed) == 2:
            softhsm.pull()
        return plain(octets, **options)

    monkeypatch.setattr(signing, "digests", pulling)
    with open_signer(sealed_token()) as signer:
        with pytest.raises(SealError) as caught:
            signer.sign_many([b"1", b"2", b"3"])
        assert "nothing was sealed" in str(caught.value)
        czech = Texts(["mikrocert_seal_qes"]).plain(caught.value.message, "cs")
        assert "nic jím nebylo zapečetěno" in czech
        softhsm.put_back()
        assert len(signer.sign_many([b"1", b"2", b"3"])) == 3


def test_a_process_forked_from_one_with_a_session_is_told(sealed_token, new_python):
    """A child leaves the session of its parent alone; where the parent has none open, it opens its own."""
    config = sealed_token()
    program = """
        import os, sys
        from datetime import UTC, datetime
        from pathlib import Path
        from mikrocert.api import SealError
        from mikrocert_seal_qes.config import Pkcs11Config
        from mikrocert_seal_qes.pkcs11 import opened
        from mikrocert_seal_qes.tokens import tokens_of_this_process

        module, certificate = map(Path, sys.argv[1:])
        config = Pkcs11Config(module=module, pin="env:TOKEN_PIN", algorithm="ES256", certificate=certificate)

        def sign():
            with opened(config, at=datetime.now(UTC), tokens=tokens_of_this_process()) as signer:
                return len(signer.sign_many([b"1"]))

        def in_child(work):
            child = os.fork()
            if child == 0:
                try:
                    print(work(), flush=True)
                except SealError as error:
                    print(error, flush=True)
                os._exit(0)
            os.waitpid(child, 0)

        with opened(config, at=datetime.now(UTC), tokens=tokens_of_this_process()) as signer:
            in_child(lambda: signer.sign_many([b"1"]))
            in_child(sign)
            print(len(signer.sign_many([b"1", b"2"])), flush=True)
        in_child(sign)
        print(sign(), flush=True)
    """
    lines = new_python(program, config.module, config.certificate).splitlines()
    forked = "this process was forked from one that uses the token"
    assert [line if line.isdigit() else line.startswith(forked) for line in lines] == [
        True,
        True,
        "2",
        "1",
        "1",
    ]


@pytest.mark.parametrize(
    ("algorithm", "mechanisms"),
    [
        ("RS256", "digests"),
        ("PS384", "digests"),
        ("ES256", "digests"),
        ("RS256", "octets"),
        ("PS384", "octets"),
    ],
)
def test_either_way_of_signing_is_used(sealed_token, monkeypatch, algorithm, mechanisms):
    """Tokens that sign digests get digests, those that make them get the octets; SoftHSM can both but for ECDSA."""
    if mechanisms == "octets":
        monkeypatch.setattr(signing, "_OF_DIGESTS", dict.fromkeys(signing._OF_DIGESTS, None))
    with open_signer(sealed_token(algorithm)) as signer:
        assert signer._method.of_digests is (mechanisms == "digests")
        assert len(signer.sign_many([b"1", b"2"])) == 2


def test_a_key_that_asks_each_time_gets_the_pin_each_time(softhsm, sealed_token, pki):
    """A key that wants the PIN before each signature signs a whole batch."""
    config = sealed_token("ES256")
    softhsm.add_asking_key(pki.key("ES256"), label="ptá se", number="02")
    with open_signer(attrs.evolve(config, key_id="02")) as signer:
        assert signer._pin == "1234"
        assert len(signer.sign_many([b"1", b"2", b"3"])) == 3
    watched = Watched(TokenFlag.PROTECTED_AUTHENTICATION_PATH)
    watched.open = lambda token, **_: token.open(user_pin="1234")
    keypad = attrs.evolve(config, key_id="02", pin=None)
    with (
        pytest.raises(SealError, match="wants a PIN"),
        open_signer(keypad, tokens=Tokens(watched.load)),
    ):
        pass


def test_a_token_with_a_keypad_needs_no_pin_in_the_settings(sealed_token):
    """Where the PIN is typed on the token, it is asked to let that happen, once."""
    watched, asked = Watched(TokenFlag.PROTECTED_AUTHENTICATION_PATH), []

    def typed(token, *, user_pin):
        asked.append(user_pin)
        return token.open(user_pin="1234")

    watched.open = typed
    config = attrs.evolve(sealed_token(), pin=None)
    with open_signer(config, tokens=Tokens(watched.load)) as signer:
        assert len(signer.sign_many([b"1", b"2"])) == 2
    assert asked == [pkcs11.PROTECTED_AUTH]


def test_a_token_without_the_mechanism_is_told(monkeypatch, sealed_token):
    """An algorithm that the token can't do is refused before anything is signed, with those that it can."""
    monkeypatch.setitem(signing._OF_DIGESTS, "ECDSA", pkcs11.Mechanism.TWOFISH_CBC)
    with (
        pytest.raises(SealError, match="can't sign with ES256; it can with RS256"),
        open_signer(sealed_token()),
    ):
        pass


def test_a_module_that_is_none_is_told(tmp_path):
    """A path that leads to no module is refused with what would be right."""
    config = Pkcs11Config(module=tmp_path / "není.so", algorithm="ES256")
    with (
        pytest.raises(SealError, match="can't be loaded; the PKCS #11 module of the token's maker"),
        open_signer(config),
    ):
        pass


@pytest.mark.parametrize("value", ["0x01", "ř", "1"])
def test_identifier_that_is_no_hexadecimal_is_told(value):
    """`key_id` is octets in hexadecimal; anything else is refused with an example."""
    with pytest.raises(SettingsError, match="such as 01 or 0a1b"):
        _ = Pkcs11Config(module=Path("a.so"), algorithm="ES256", key_id=value).identifier


def test_literal_pin_is_refused(softhsm):
    """A PIN written into the settings is refused with the remedy, and repeated nowhere."""
    config = Pkcs11Config(module=softhsm.module, algorithm="ES256", pin="1234")
    with pytest.raises(SettingsError, match="env:NAME or file:/absolute/path") as caught, open_signer(config):
        pass
    assert "1234" not in str(caught.value)
    assert "1234" not in repr(config)


def test_without_the_library_it_is_told_what_to_install(monkeypatch):
    """Everything else works without python-pkcs11; choosing the signer says how to get it."""
    monkeypatch.setitem(sys.modules, "pkcs11", None)
    offers = {one.name: one for one in plugin_module.mikrocert_register_signers()}
    config = Pkcs11Config(module=Path("a.so"), algorithm="ES256")
    with (
        pytest.raises(PluginError, match=r"pip install 'mikrocert-seal-qes\[pkcs11\]'"),
        offers["pkcs11"].factory(config),
    ):
        pass
