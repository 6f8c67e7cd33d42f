"""Preparing and finishing: the same octets every time, one signature for each file, and no file for a wrong one."""

from datetime import UTC, datetime

import attrs
import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from hypothesis import given
from hypothesis import strategies as st
from mikrocert.api import Outcome, Prepared, SealError, Services, Signer, Trust
from mikrocert.host.registry import Registry
from mikrocert_seal_ades import plugin as plugin_module
from mikrocert_seal_ades.envelopes import JadesEnvelope, PadesEnvelope
from mikrocert_seal_ades.signers import KeySigner

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
TIMES = st.datetimes(datetime(2000, 1, 1), datetime(2100, 1, 1), timezones=st.timezones())  # noqa: DTZ001


class CountingSigner(Signer):
    """Counts how often it is asked, as a card would ask for its PIN."""

    def __init__(self, signer):
        self._signer, self.asked = signer, 0

    @property
    def identity(self):
        return self._signer.identity

    def sign_many(self, to_be_signed):
        self.asked += 1
        return self._signer.sign_many(to_be_signed)


@pytest.fixture(params=["jades", "pades"])
def envelope(request):
    """Return one envelope after the other."""
    return JadesEnvelope() if request.param == "jades" else PadesEnvelope()


@pytest.fixture(scope="session")
def plain_pdf(make_pdf):
    """Return a PDF that is not sealed."""
    return make_pdf(("ř.json", b"{}"))


@pytest.fixture
def payload(envelope, plain_pdf):
    """Return what the envelope can seal."""
    return plain_pdf if isinstance(envelope, PadesEnvelope) else '{"ř": 1}'.encode()


def finished(envelope, prepared, signatures):
    return envelope.finish_many(prepared, signatures, services=Services())


@pytest.mark.system  # some 5 s
def test_fifty_files_are_signed_at_once(parties, envelope, make_pdf):
    """A batch of fifty is signed with one call, and each file comes out with its own payload, intact and trusted."""
    signer = CountingSigner(parties.signer())
    inside = [f'{{"číslo": {number}}}'.encode() for number in range(50)]
    payloads = (
        [make_pdf(("ů", octets)) for octets in inside] if isinstance(envelope, PadesEnvelope) else inside
    )
    prepared = [envelope.prepare(octets, identity=signer.identity, at=NOW) for octets in payloads]
    assert {one.algorithm for one in prepared} == {"ES256"}
    files = finished(envelope, prepared, signer.sign_many([one.to_be_signed for one in prepared]))
    assert signer.asked == 1
    for file, octets in zip(files, inside, strict=True):
        opened = envelope.open(file)
        assert opened.payload == octets
        results = envelope.examine(
            opened, trust=Trust((parties.root.der,), revocation="if-available"), at=NOW
        )
        assert {result.outcome for result in results} == {Outcome.PASSED}


@pytest.mark.system
@given(text=st.text(min_size=1).filter(lambda text: not text.startswith("\ufeff")), at=TIMES)
def test_preparing_jades_twice_gives_the_same(parties, text, at):
    """Any text and any time prepared twice give the same octets to be signed."""
    identity = parties.signer().identity
    first, second = (JadesEnvelope().prepare(text.encode(), identity=identity, at=at) for _ in range(2))
    assert first == second


@pytest.mark.system
@given(content=st.binary(max_size=200), at=TIMES)
def test_preparing_pades_twice_gives_the_same(parties, make_pdf, content, at):
    """Any PDF and any time prepared twice give the same octets to be signed and, with them, the same file."""
    signer = parties.signer("RS256")
    pdf = make_pdf(("ď", content))
    first, second = (PadesEnvelope().prepare(pdf, identity=signer.identity, at=at) for _ in range(2))
    assert first == second
    signatures = signer.sign_many([first.to_be_signed])
    assert finished(PadesEnvelope(), [first], signatures) == finished(PadesEnvelope(), [second], signatures)


def test_another_process_prepares_the_same(new_python, parties, envelope, payload, tmp_path):
    """A process with other hashes, in another time zone, prepares the very octets that a crashed one did."""
    signer = parties.signer()
    (tmp_path / "payload").write_bytes(payload)
    for number, certificate in enumerate(signer.identity.certificates):
        (tmp_path / f"{number}.der").write_bytes(certificate)
    program = (
        "import sys, pathlib; from datetime import UTC, datetime; folder = pathlib.Path(sys.argv[1]);"
        "from mikrocert.api import identity_of;"
        f"from mikrocert_seal_ades.envelopes import {type(envelope).__name__} as E;"
        "chain = [(folder / f'{number}.der').read_bytes() for number in range(3)];"
        "at = datetime(2026, 11, 22, 12, 0, tzinfo=UTC);"
        "p = E().prepare((folder / 'payload').read_bytes(), identity=identity_of(chain, algorithm='ES256'), at=at);"
        "print(p.to_be_signed.hex())"
    )
    expected = envelope.prepare(payload, identity=signer.identity, at=NOW).to_be_signed
    assert bytes.fromhex(new_python(program, tmp_path, PYTHONHASHSEED="1", TZ="Asia/Tokyo")) == expected


def test_sealing_a_pdf_never_asks_for_the_time(parties, plain_pdf, monkeypatch):
    """The revision that holds the seal has no time but the claimed one, and the dates of the document stay."""

    def refuse():
        raise AssertionError

    monkeypatch.setattr("tzlocal.get_localzone", refuse)
    sealed = parties.pades(plain_pdf)
    revision = sealed[len(plain_pdf) :]
    assert b"ModDate" not in revision
    assert b"(D\\07220261122120000Z)" in revision


def test_identifier_of_the_pdf_depends_on_what_is_sealed(parties, plain_pdf, make_pdf):
    """The first half of /ID stays, the second differs with PDF, time and certificates (ISO 32000-2, 14.4)."""
    from io import BytesIO

    from pyhanko.pdf_utils.reader import PdfFileReader

    def identifier(pdf):
        return tuple(part.original_bytes for part in PdfFileReader(BytesIO(pdf)).trailer["/ID"])

    sealed = [
        identifier(parties.pades(plain_pdf, by=signer, at=at))
        for signer, at in [
            (parties.signer(), NOW),
            (parties.signer(), NOW.replace(second=1)),
            (parties.signer("RS256"), NOW),
        ]
    ]
    assert {first for first, _ in sealed} == {identifier(plain_pdf)[0]}
    assert len({second for _, second in sealed}) == 3


@pytest.mark.parametrize("name", ["swapped", "stranger", "flipped", "cut", "empty", "twice the first"])
def test_wrong_signature_finishes_nothing(parties, envelope, payload, name):
    """Signatures in another order, by another key or damaged give no file at all, and the error says which."""
    signer = parties.signer()
    at = [NOW, NOW.replace(minute=1)]
    prepared = [envelope.prepare(payload, identity=signer.identity, at=moment) for moment in at]
    first, second = signer.sign_many([one.to_be_signed for one in prepared])
    key = ec.generate_private_key(ec.SECP256R1())
    (foreign,) = _stranger(parties, key).sign_many([prepared[1].to_be_signed])
    signatures, number = {
        "swapped": ((second, first), 1),
        "stranger": ((first, foreign), 2),
        "flipped": ((first, bytes([second[0] ^ 1]) + second[1:]), 2),
        "cut": ((first, second[:-1]), 2),
        "empty": ((first, b""), 2),
        "twice the first": ((first, first), 2),
    }[name]
    with pytest.raises(
        SealError, match=rf"signature {number} of 2: .*does not belong to the seal certificate"
    ):
        finished(envelope, prepared, signatures)
    assert len(finished(envelope, prepared, (first, second))) == 2


def _stranger(parties, key) -> Signer:
    parties.keys["stranger", "p256"] = key
    owner = {"C": "CZ", "O": "Cizí ď", "ID": "NTRCZ-1"}
    certificate = parties.certify("stranger", owner, by=parties.authority)
    return KeySigner(key, certificates=[certificate.der], algorithm="ES256")


def test_each_file_needs_its_signature(parties, envelope, payload):
    """A signature too few or too many is refused before anything is finished."""
    signer = parties.signer()
    prepared = envelope.prepare(payload, identity=signer.identity, at=NOW)
    (signature,) = signer.sign_many([prepared.to_be_signed])
    for signatures in ((), (signature, signature)):
        with pytest.raises(SealError, match=rf"{len(signatures)} signatures came for 1 files"):
            finished(envelope, [prepared], signatures)


def test_what_another_envelope_prepared_is_refused(envelope):
    """An envelope finishes only what it prepared itself."""
    with pytest.raises(SealError, match="file 1 was prepared by another envelope"):
        finished(envelope, [Prepared(b"octets", "ES256", object())], [b""])


def test_key_alone_seals_nothing(parties, envelope, payload):
    """An identity without certificates is refused with what would be right."""
    identity = attrs.evolve(parties.signer().identity, certificates=(), owner=None)
    with pytest.raises(SealError, match="needs a seal certificate, and this signer has only a key"):
        envelope.prepare(payload, identity=identity, at=NOW)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"certificates": (b"nonsense",)}, "can(no|')t be read"),
        ({"public_key": b"nonsense"}, "is not the one in its seal certificate"),
        ({"algorithm": "RS256"}, "RS256"),
        ({"algorithm": "EdDSA"}, "Nothing is sealed with the algorithm “EdDSA”"),
    ],
)
def test_identity_that_does_not_fit_itself_is_refused(parties, envelope, payload, change, message):
    """An unreadable certificate, a key of someone else and an algorithm for other keys are refused."""
    identity = attrs.evolve(parties.signer().identity, **change)
    with pytest.raises(SealError, match=message):
        envelope.prepare(payload, identity=identity, at=NOW)


def test_key_of_another_certificate_is_refused(parties, envelope, payload):
    """The certificates of another key than the published one are refused."""
    key = ec.generate_private_key(ec.SECP256R1()).public_key()
    public_key = key.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    identity = attrs.evolve(parties.signer().identity, public_key=public_key)
    with pytest.raises(SealError, match="is not the one in its seal certificate"):
        envelope.prepare(payload, identity=identity, at=NOW)


@pytest.mark.parametrize("payload", [b"\xff", b"", b"\xef\xbb\xbf{}"])
def test_what_is_no_text_is_not_sealed(parties, payload):
    """JAdES refuses a payload that is not UTF-8 without BOM."""
    with pytest.raises(SealError):
        JadesEnvelope().prepare(payload, identity=parties.signer().identity, at=NOW)


def test_naive_time_is_refused(parties, envelope, payload):
    """A signing time without a time zone is refused."""
    with pytest.raises(SealError, match="no time zone"):
        envelope.prepare(payload, identity=parties.signer().identity, at=NOW.replace(tzinfo=None))


@pytest.mark.parametrize(
    ("kind", "algorithm", "message"),
    [
        ("p256", "RS256", "RSA key"),
        ("2048", "ES256", "secp256r1"),
        ("p256", "ES384", "secp384r1"),
        ("p256", "EdDSA", "Nothing is sealed with the algorithm “EdDSA”"),
        ("p256", "none", "Nothing is sealed with the algorithm “none”"),
    ],
)
def test_key_signer_needs_an_algorithm_for_its_key(parties, kind, algorithm, message):
    """A key is refused for an algorithm of other keys, and for one that nothing is sealed with."""
    seal = parties.certify("seal", {"C": "CZ", "O": "Ř", "ID": "NTRCZ-1"}, kind=kind)
    with pytest.raises(SealError, match=message):
        KeySigner(seal.key, certificates=[seal.der], algorithm=algorithm)


def test_key_signer_needs_its_own_certificate(parties):
    """A certificate of another key, none, and one that names no owner are refused."""
    own = parties.certify("seal", {"C": "CZ", "O": "Ř", "ID": "NTRCZ-1"})
    nameless = parties.certify("seal", {"CN": "Ř"})
    for chain, message in [
        ([parties.root.der, own.der], "not that of the seal certificate"),
        ([], "no seal certificate"),
        ([nameless.der], "lacks O"),
        ([b"nonsense"], "read"),
    ]:
        with pytest.raises(SealError, match=message):
            KeySigner(own.key, certificates=chain, algorithm="ES256")


def test_header_profile_is_a_setting_of_the_envelope(parties):
    """`[envelopes.jades] profile = "edc-legacy"` writes sigT instead of iat; both profiles are read by either."""
    envelopes = Registry("envelopes")
    for offered in plugin_module.mikrocert_register_envelopes():
        envelopes.add(offered, plugin="under-test")
    signer = parties.signer()
    offered = envelopes.get("jades")
    for profile in ("ts119182-1.2.1", "edc-legacy"):
        with offered.factory(offered.config(profile=profile, level="B-B")) as envelope:
            prepared = envelope.prepare(b"{}", identity=signer.identity, at=NOW)
            (file,) = finished(envelope, [prepared], signer.sign_many([prepared.to_be_signed]))
        opened = JadesEnvelope().open(file)
        assert opened.content.file.header.profile == profile
        assert opened.seals[0].claimed_at == NOW


@pytest.mark.parametrize("given", [{}, {"profile": "edc-legacy"}, {"level": "B-B"}])
def test_real_seals_are_made_as_settings_say(parties, given):
    """A real seal has no default for profile and level: what is missing is named; a test seal has both."""
    offered = next(o for o in plugin_module.mikrocert_register_envelopes() if o.name == "jades")
    missing = ", ".join(name for name in ("profile", "level") if name not in given)
    with offered.factory(offered.config(**given)) as envelope:
        with pytest.raises(SealError, match=rf"\[envelopes\.jades\] lacks {missing}$"):
            envelope.prepare(b"{}", identity=parties.signer().identity, at=NOW)
        marked = parties.signer(marked=True)
        assert envelope.prepare(b"{}", identity=marked.identity, at=NOW).to_be_signed


def test_real_seals_of_pdfs_have_no_default_for_the_level(parties, plain_pdf):
    """A real seal of a PDF needs its level by name; a test seal has one; above B-B somebody has to make time stamps."""
    offered = next(o for o in plugin_module.mikrocert_register_envelopes() if o.name == "pades")
    with offered.factory(offered.config()) as envelope:
        with pytest.raises(SealError, match=r"\[envelopes\.pades\] lacks level$"):
            envelope.prepare(plain_pdf, identity=parties.signer().identity, at=NOW)
        marked = parties.signer(marked=True)
        assert envelope.prepare(plain_pdf, identity=marked.identity, at=NOW).to_be_signed
    signer = parties.signer()
    with offered.factory(offered.config(level="B-T")) as envelope:
        prepared = envelope.prepare(plain_pdf, identity=signer.identity, at=NOW)
        with pytest.raises(SealError, match=r"\[envelopes\.pades\] timestamps names nobody"):
            finished(envelope, [prepared], signer.sign_many([prepared.to_be_signed]))
