"""A small PKI, made anew for each run, and forges: for files that no honest signer would write, and for what makes a seal last."""

import base64
import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any, Literal

import attrs
import pytest
from asn1crypto import cms, tsp
from asn1crypto import x509 as asn1_x509
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from cryptography.hazmat.primitives.serialization import Encoding
from cryptography.x509 import ocsp
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID
from mikrocert_seal_ades.jades import (
    Anchors,
    Evidence,
    Imprint,
    Sources,
    ValidationContext,
    imprints,
    parse_any,
    seal,
)
from mikrocert_seal_ades.jades.encoding import base64_padded, base64url
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, sign
from mikrocert_seal_ades.pki.x509 import asn1crypto

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
DAY = timedelta(days=1)
ESEAL = bytes.fromhex("30153013060604008e4601063009060704008e46010602")
"""QCStatements with nothing but QcType eSeal (EN 319 412-5, 4.2.3)."""


@attrs.frozen
class Party:
    """A certificate and its key."""

    certificate: x509.Certificate
    key: Any

    @property
    def der(self) -> bytes:
        return self.certificate.public_bytes(Encoding.DER)

    @property
    def pem(self) -> bytes:
        return self.certificate.public_bytes(Encoding.PEM)


def name_of(common_name: str, **more: str) -> x509.Name:
    oids = {"O": NameOID.ORGANIZATION_NAME, "C": NameOID.COUNTRY_NAME, "ID": NameOID.ORGANIZATION_IDENTIFIER}
    attributes = [x509.NameAttribute(oids[key], value) for key, value in more.items()]
    return x509.Name([*attributes, x509.NameAttribute(NameOID.COMMON_NAME, common_name)])


def certify(
    key: Any,
    *,
    subject: x509.Name,
    issuer: Party | None,
    ca: bool = False,
    start: datetime = NOW - 30 * DAY,
    end: datetime = NOW + 365 * DAY,
    usage: str | None = "digital_signature",
    purposes: tuple[x509.ObjectIdentifier, ...] = (),
    critical_purposes: tuple[x509.ObjectIdentifier, ...] = (),
    qc: bytes | None = ESEAL,
    extensions: tuple[x509.ExtensionType, ...] = (),
    path_length: int | None = None,
) -> Party:
    """Issue a certificate for `key`, by itself without `issuer`; `qc` are QCStatements, which authorities lack."""
    flags = "digital_signature content_commitment key_encipherment data_encipherment key_agreement key_cert_sign crl_sign encipher_only decipher_only"
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.certificate.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(start)
        .not_valid_after(end)
        .add_extension(x509.BasicConstraints(ca=ca, path_length=path_length), critical=True)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )
    if qc and not ca:
        statements = x509.UnrecognizedExtension(x509.ObjectIdentifier("1.3.6.1.5.5.7.1.3"), qc)
        builder = builder.add_extension(statements, critical=False)
    for extension in extensions:
        builder = builder.add_extension(extension, critical=False)
    if usage:
        chosen = {"key_cert_sign", "crl_sign"} if ca else set(usage.split())
        builder = builder.add_extension(
            x509.KeyUsage(**{flag: flag in chosen for flag in flags.split()}), critical=True
        )
    if purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(purposes), critical=False)
    if critical_purposes:
        builder = builder.add_extension(x509.ExtendedKeyUsage(critical_purposes), critical=True)
    signing = issuer.key if issuer else key
    digest = None if isinstance(signing, ed25519.Ed25519PrivateKey) else hashes.SHA256()
    return Party(builder.sign(signing, digest), key)


def trusting(
    anchors: Anchors, *, at: datetime, demand: Literal["required", "if-available"] = "if-available"
) -> ValidationContext:
    """Return a context with these anchors; data about revocations are not missed."""
    return ValidationContext(at, anchors=anchors, demand=demand)


SUBJECT = name_of("Pečeť řůď, a. s.", O="Řízení, O=Podvrh", C="CZ", ID="NTRCZ-12345679")


@attrs.frozen
class Pki:
    """Root, issuing authority, and seal certificates for a key of each kind."""

    root: Party
    ca: Party
    rsa: Party
    ec: Party
    other: Party

    @property
    def anchors(self) -> Anchors:
        return Anchors((self.root.der,))

    def leaf(self, key: Any = None, **more: Any) -> Party:
        """Issue another seal certificate, for `key` or for the EC key, with `more` of `certify`."""
        return certify(key or self.ec.key, **{"subject": SUBJECT, "issuer": self.ca, **more})

    def signer(
        self,
        algorithm: str = "ES256",
        *,
        leaf: Party | None = None,
        chain: tuple[bytes, ...] = (),
        key: Any = None,
    ) -> dict[str, Any]:
        """Return the arguments of `seal` that say who seals."""
        party = leaf or (self.ec if algorithm == "ES256" else self.rsa)
        return {
            "certificates": chain or (party.der, self.ca.der),
            "algorithm": algorithm,
            "sign": lambda octets: sign(octets, algorithm=ALGORITHMS[algorithm], key=key or party.key),
        }


@pytest.fixture(scope="session")
def pki() -> Pki:
    root = certify(ec.generate_private_key(ec.SECP256R1()), subject=name_of("Kořen"), issuer=None, ca=True)
    ca = certify(ec.generate_private_key(ec.SECP256R1()), subject=name_of("Vydavatel"), issuer=root, ca=True)
    key = ec.generate_private_key(ec.SECP256R1())
    return Pki(
        root=root,
        ca=ca,
        rsa=certify(rsa.generate_private_key(65537, 2048), subject=SUBJECT, issuer=ca),
        ec=certify(key, subject=SUBJECT, issuer=ca),
        other=certify(ec.generate_private_key(ec.SECP256R1()), subject=SUBJECT, issuer=ca),
    )


@attrs.frozen
class Services:
    """Who makes seals last: a time-stamp unit and an OCSP responder, both below the issuing authority."""

    unit: Party
    responder: Party


@pytest.fixture(scope="session")
def services(pki: Pki) -> Services:
    purpose = x509.ExtendedKeyUsage([ExtendedKeyUsageOID.OCSP_SIGNING])
    return Services(
        unit=unit_of(pki),
        responder=pki.leaf(key_of(), subject=name_of("OCSP"), qc=None, extensions=(purpose,)),
    )


def key_of() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def unit_of(
    pki: Pki,
    *,
    purposes: tuple[x509.ObjectIdentifier, ...] = (ExtendedKeyUsageOID.TIME_STAMPING,),
    critical: bool = True,
    **more: Any,
) -> Party:
    """Issue the certificate of a time-stamp unit."""
    extensions: tuple[x509.ExtensionType, ...] = ()
    if purposes and not critical:
        extensions, purposes = (x509.ExtendedKeyUsage(purposes),), ()
    return pki.leaf(
        key_of(),
        subject=name_of("Razítko ř"),
        qc=None,
        critical_purposes=purposes,
        extensions=extensions,
        **more,
    )


@pytest.fixture(scope="session")
def unit(pki: Pki) -> Callable[..., Party]:
    """Return the maker of time-stamp units."""
    return lambda **more: unit_of(pki, **more)


@pytest.fixture(scope="session")
def now() -> datetime:
    return NOW


def b64u(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode()


Forge = Callable[..., bytes]


@pytest.fixture(scope="session")
def forge(pki: Pki) -> Forge:
    """Sign whatever is asked for: `header` replaces members (None removes), `protected` replaces all octets."""

    def make(
        *,
        payload: str = '{"název":"Žluťoučký kůň"}',
        header: dict[str, Any] | None = None,
        protected: bytes | None = None,
        x5c: tuple[bytes, ...] | None = None,
        signer: Party | None = None,
        alg: str = "ES256",
        **signature_members: Any,
    ) -> bytes:
        party = signer or pki.ec
        chain = (party.der, pki.ca.der) if x5c is None else x5c
        members: dict[str, Any] = {
            "alg": alg,
            "cty": "octet-stream",
            "x5t#S256": b64u(hashlib.sha256(chain[0]).digest()),
            "x5c": [base64.b64encode(der).decode() for der in chain],
            "typ": "jose+json",
            "b64": False,
            "iat": int(NOW.timestamp()) - 60,
            "crit": ["b64"],
        }
        members |= header or {}
        octets = protected or json.dumps({k: v for k, v in members.items() if v is not None}).encode()
        text = b64u(octets)
        signature = sign(f"{text}.{payload}".encode(), algorithm=ALGORITHMS[alg], key=party.key)
        entry = {"protected": text, **signature_members, "signature": b64u(signature)}
        document = {"payload": payload, "signatures": [entry]}
        return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()

    return make


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of shared test data, or a skip."""
    here = Path(__file__).resolve()
    folder = Path(os.environ.get("MIKROCERT_SHARED", here.parents[4].parent / "shared"))
    if not folder.is_dir():
        pytest.skip(
            "no shared test data: set MIKROCERT_SHARED or put the folder `shared` beside the checkout"
        )
    return folder


@attrs.define
class Authorities:
    """A time-stamp authority, a responder and revocation lists in process, over a PKI of their own; each can be made to lie.

    The clock starts at `clock` and goes on by a second with each question. `asked` holds what was asked, batch by batch.
    """

    root: Party
    ca: Party
    unit: Party
    responder: Party
    seal: Party
    clock: datetime
    revoked: dict[int, datetime] = attrs.Factory(dict[int, datetime])
    asked: list[tuple[str, int]] = attrs.Factory(list[tuple[str, int]])
    lies: dict[str, Any] = attrs.Factory(dict[str, Any])

    @classmethod
    def at(cls, clock: datetime, *, key: Any = None, days: int = 365) -> "Authorities":
        """Set all up, for a seal with `key` or with one on P-256."""
        span = {"start": clock - DAY, "end": clock + days * DAY, "qc": None}

        def made(name: str, issuer: Party | None = None, **more: Any) -> Party:
            own = ec.generate_private_key(ec.SECP256R1())
            return certify(own, subject=name_of(name, O="Zkušebna"), issuer=issuer, **{**span, **more})

        root = made("Kořen ř", ca=True)
        ca = made("Vydavatel ř", root, ca=True)
        unit = made("Razítko ů", ca, critical_purposes=(ExtendedKeyUsageOID.TIME_STAMPING,))
        responder = made(
            "Odpovídač ď", ca, purposes=(ExtendedKeyUsageOID.OCSP_SIGNING,), extensions=(x509.OCSPNoCheck(),)
        )
        own = key or ec.generate_private_key(ec.SECP256R1())
        seal = certify(own, subject=SUBJECT, issuer=ca, usage="content_commitment", **{**span, "qc": ESEAL})
        return cls(root, ca, unit, responder, seal, clock)

    def sources(self, **more: Any) -> Sources:
        return Sources(timestamps=self, revocation=self, **more)

    def sealed(self, algorithm: str = "ES256", payload: bytes = b"{}", **more: Any) -> bytes:
        """Return the payload, sealed at level B-B with the seal's key."""
        chain = more.pop("certificates", (self.seal.der, self.ca.der, self.root.der))

        def signed(octets: bytes) -> bytes:
            return self.signed(octets, algorithm)

        return seal(payload, sign=signed, certificates=chain, algorithm=algorithm, at=self.clock, **more)

    def signed(self, octets: bytes, algorithm: str = "ES256") -> bytes:
        """Return the signature of the seal's key over octets."""
        return sign(octets, algorithm=ALGORITHMS[algorithm], key=self.seal.key)

    def tick(self) -> datetime:
        self.clock += timedelta(seconds=1)
        return self.clock.replace(microsecond=0)

    def stamp(self, imprints: Any) -> list[bytes]:
        """Answer as a TimeStamper does."""
        self.asked.append(("stamp", len(imprints)))
        return [self.token(imprint) for imprint in imprints][: self.lies.get("answers")]

    def token(self, imprint: Any, *, nonce: int | None = None) -> bytes:
        """Return a token over an imprint, or whatever `lies` say."""
        unit: Party = self.lies.get("unit", self.unit)
        imprint = self.lies.get("imprint", imprint)
        own = asn1_x509.Certificate.load(unit.der)
        info: dict[str, Any] = {
            "version": "v1",
            "policy": self.lies.get("policy", "2.25.1"),
            "message_imprint": {
                "hash_algorithm": {"algorithm": imprint.digest},
                "hashed_message": imprint.octets,
            },
            "serial_number": x509.random_serial_number(),
            "gen_time": self.lies.get("time") or self.tick(),
        }
        if nonce is not None:
            info["nonce"] = nonce + self.lies.get("nonce", 0)
        content = tsp.TSTInfo(info).dump()
        digest = hashlib.sha256(content).digest()
        reference = {"certs": [{"cert_hash": hashlib.sha256(self.lies.get("reference", unit.der)).digest()}]}
        attributes = cms.CMSAttributes(
            [
                {"type": "content_type", "values": [self.lies.get("type", "tst_info")]},
                {"type": "message_digest", "values": [digest]},
                {"type": "signing_certificate_v2", "values": [tsp.SigningCertificateV2(reference)]},
            ]
        )
        key = self.lies.get("key", unit.key)
        carried = self.lies.get("carried", (unit.der, self.ca.der))
        signer = {
            "version": "v1",
            "sid": {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}},
            "digest_algorithm": {"algorithm": "sha256"},
            "signed_attrs": attributes,
            "signature_algorithm": {"algorithm": "sha256_ecdsa"},
            "signature": key.sign(attributes.dump(), ec.ECDSA(hashes.SHA256())),
        }
        signed = {
            "version": "v3",
            "digest_algorithms": [{"algorithm": "sha256"}],
            "encap_content_info": {"content_type": "tst_info", "content": cms.ParsableOctetString(content)},
            "certificates": [asn1_x509.Certificate.load(octets) for octets in carried],
            "signer_infos": [signer] * self.lies.get("signers", 1),
        }
        octets: bytes = cms.ContentInfo(
            {"content_type": "signed_data", "content": cms.SignedData(signed)}
        ).dump()
        return octets

    def response(self, request: bytes) -> bytes:
        """Answer a TimeStampReq as an authority over HTTP does."""
        asked = tsp.TimeStampReq.load(request, strict=True)
        if "status" in self.lies:
            status = tsp.PKIStatusInfo({"status": self.lies["status"], "status_string": ["přetíženo"]}).dump()
            return b"\x30" + bytes([len(status)]) + status
        imprint = Imprint(
            asked["message_imprint"]["hash_algorithm"]["algorithm"].native,
            asked["message_imprint"]["hashed_message"].native,
        )
        token = cms.ContentInfo.load(self.token(imprint, nonce=asked["nonce"].native))
        octets: bytes = tsp.TimeStampResp({"status": {"status": "granted"}, "time_stamp_token": token}).dump()
        return octets

    def fetch(self, questions: Any) -> list[Evidence]:
        """Answer as a RevocationSource does: with a list for issuers and responders, else with OCSP."""
        self.asked.append(("fetch", len(questions)))
        at = self.lies.get("produced") or self.tick()
        found = [
            Evidence("crl", self.list(self.root if question.issuer == self.root.der else self.ca, at=at))
            if question.certificate in {self.ca.der, self.lies.get("responder", self.responder).der}
            else Evidence("ocsp", self.state(self.lies.get("about", question.certificate), at=at))
            for question in questions
        ]
        return found[: self.lies.get("answers")]

    def state(self, certificate: bytes, *, at: datetime) -> bytes:
        """Return an OCSPResponse about a certificate of the issuing authority."""
        about = x509.load_der_x509_certificate(certificate)
        responder: Party = self.lies.get("responder", self.responder)
        since = self.revoked.get(about.serial_number)
        response = (
            ocsp.OCSPResponseBuilder()
            .add_response(
                about,
                self.ca.certificate,
                hashes.SHA256(),
                ocsp.OCSPCertStatus.REVOKED if since else ocsp.OCSPCertStatus.GOOD,
                at,
                at + DAY,
                since,
                None,
            )
            .responder_id(ocsp.OCSPResponderEncoding.HASH, responder.certificate)
            .certificates([responder.certificate])
            .sign(responder.key, hashes.SHA256())
        )
        octets = response.public_bytes(Encoding.DER)
        if not self.lies.get("spoiled"):
            return octets
        signature = response.signature
        return octets.replace(signature, signature[:-1] + bytes([signature[-1] ^ 1]))

    def list(self, issuer: Party, *, at: datetime) -> bytes:
        """Return the revocation list of an issuer."""
        builder = (
            x509.CertificateRevocationListBuilder()
            .issuer_name(issuer.certificate.subject)
            .last_update(at)
            .next_update(at + DAY)
            .add_extension(x509.CRLNumber(1), critical=False)
            .add_extension(
                x509.AuthorityKeyIdentifier.from_issuer_public_key(issuer.key.public_key()), critical=False
            )
        )
        for serial, since in self.revoked.items():
            entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(since).build()
            builder = builder.add_revoked_certificate(entry)
        return builder.sign(self.lies.get("list key", issuer.key), hashes.SHA256()).public_bytes(Encoding.DER)


@pytest.fixture
def authorities() -> Authorities:
    """Return authorities whose clock starts now-ish and that tell the truth so far."""
    return Authorities.at(NOW)


@pytest.fixture(scope="session")
def authorities_at() -> Callable[..., Authorities]:
    """Return the maker of authorities with another clock or key."""
    return Authorities.at


@pytest.fixture(name="certify", scope="session")
def certify_() -> Callable[..., Party]:
    """Return the issuer of certificates."""
    return certify


HOUR = timedelta(hours=1)


def entry(kind: str, value: Any) -> str:
    """Return an entry of etsiU as a file spells it."""
    return base64url(json.dumps({kind: value}, separators=(",", ":")).encode())


def container(*tokens: bytes) -> dict[str, Any]:
    """Return a container of time stamps."""
    return {"tstTokens": [{"val": base64_padded(token)} for token in tokens]}


def x_vals(*certificates: bytes) -> list[dict[str, Any]]:
    return [{"x509Cert": {"val": base64_padded(one)}} for one in certificates]


def r_vals(*, lists: tuple[bytes, ...] = (), responses: tuple[bytes, ...] = ()) -> dict[str, Any]:
    values = {
        "crlVals": [{"val": base64_padded(one)} for one in lists],
        "ocspVals": [{"val": base64_padded(one)} for one in responses],
    }
    return {name: items for name, items in values.items() if items}


def token(
    digest: bytes,
    *,
    unit: Any,
    at: datetime,
    certificates: tuple[bytes, ...],
    attributes: dict[str, Any] | None = None,
    algorithm: str = "sha256",
    **members: Any,
) -> bytes:
    """Return a time-stamp token over a digest; `attributes` replaces signed attributes (None removes), `members` SignerInfo's."""
    cms, tsp = asn1crypto("cms"), asn1crypto("tsp")
    info = tsp.TSTInfo(
        {
            "version": "v1",
            "policy": "1.2.3.4",
            "message_imprint": {"hash_algorithm": {"algorithm": algorithm}, "hashed_message": digest},
            "serial_number": 7,
            "gen_time": at,
        }
    ).dump()
    own = asn1crypto("x509").Certificate.load(unit.der)
    reference = {"certs": [{"cert_hash": hashlib.sha256(unit.der).digest()}]}
    chosen: dict[str, Any] = {
        "content_type": "tst_info",
        "message_digest": hashlib.sha256(info).digest(),
        "signing_certificate_v2": tsp.SigningCertificateV2(reference),
        **(attributes or {}),
    }
    signed = cms.CMSAttributes(
        [{"type": name, "values": [value]} for name, value in chosen.items() if value is not None]
    )
    signer = {
        "version": "v1",
        "sid": {"issuer_and_serial_number": {"issuer": own.issuer, "serial_number": own.serial_number}},
        "digest_algorithm": {"algorithm": "sha256"},
        "signed_attrs": signed,
        "signature_algorithm": {"algorithm": "sha256_ecdsa"},
        "signature": unit.key.sign(signed.dump(), ec.ECDSA(hashes.SHA256())),
        **members,
    }
    data: dict[str, Any] = {
        "version": "v3",
        "digest_algorithms": [{"algorithm": "sha256"}],
        "encap_content_info": {"content_type": "tst_info", "content": cms.ParsableOctetString(info)},
        "certificates": [asn1crypto("x509").Certificate.load(one) for one in sorted(certificates)],
        "signer_infos": [signer],
    }
    octets: bytes = cms.ContentInfo({"content_type": "signed_data", "content": cms.SignedData(data)}).dump()
    return octets


def response(
    certificate: Any,
    *,
    issuer: Any,
    by: Any,
    at: datetime,
    revoked: datetime | None = None,
    status: ocsp.OCSPCertStatus = ocsp.OCSPCertStatus.GOOD,
) -> bytes:
    """Return an OCSP response about a certificate, signed `by` someone."""
    status = ocsp.OCSPCertStatus.REVOKED if revoked else status
    builder = ocsp.OCSPResponseBuilder().add_response(
        certificate.certificate,
        issuer.certificate,
        hashes.SHA256(),
        status,
        at,
        at + HOUR,
        revoked,
        None,
    )
    builder = builder.responder_id(ocsp.OCSPResponderEncoding.HASH, by.certificate).certificates(
        [by.certificate]
    )
    return builder.sign(by.key, hashes.SHA256()).public_bytes(Encoding.DER)


def revoked_list(*, issuer: Any, at: datetime, certificates: tuple[Any, ...] = (), by: Any = None) -> bytes:
    """Return a list of revoked certificates, signed by its issuer or by someone else."""
    builder = (
        x509.CertificateRevocationListBuilder()
        .issuer_name(issuer.certificate.subject)
        .last_update(at)
        .next_update(at + HOUR)
    )
    for one in certificates:
        serial = one.certificate.serial_number
        entry = x509.RevokedCertificateBuilder().serial_number(serial).revocation_date(at).build()
        builder = builder.add_revoked_certificate(entry)
    return builder.sign((by or issuer).key, hashes.SHA256()).public_bytes(Encoding.DER)


def with_entries(data: bytes, *entries: Any) -> bytes:
    """Return a file of one signature with these entries of etsiU added."""
    document = json.loads(data)
    (signature,) = document["signatures"]
    before = signature.get("header", {}).get("etsiU", [])
    document["signatures"] = [
        {
            "protected": signature["protected"],
            "header": {"etsiU": [*before, *entries]},
            "signature": signature["signature"],
        }
    ]
    return json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()


def archive_digest(data: bytes) -> bytes:
    """Return the imprint that an archive time stamp added to this file has to have."""
    file = parse_any(data)
    entries = [one.text or "" for one in file.unsigned]
    signature = base64url(file.signature)
    pieces = imprints.of_archive(
        payload=file.content, protected=file.protected, signature=signature, entries=entries
    )
    return imprints.digest(pieces, algorithm="sha256")


def signature_digest(data: bytes) -> bytes:
    """Return the imprint that a time stamp of this file's signature has to have."""
    return imprints.digest(imprints.of_signature(base64url(parse_any(data).signature)), algorithm="sha256")


@pytest.fixture(scope="session")
def evidence(services: Services) -> SimpleNamespace:
    """Return the forge of what makes a seal last, and who makes it."""
    return SimpleNamespace(
        unit=services.unit,
        responder=services.responder,
        archive_digest=archive_digest,
        container=container,
        entry=entry,
        r_vals=r_vals,
        response=response,
        revoked_list=revoked_list,
        signature_digest=signature_digest,
        token=token,
        with_entries=with_entries,
        x_vals=x_vals,
    )


def lasting(data: bytes, *, pki: Pki, services: Services, at: datetime = NOW) -> bytes:
    """Return a file raised to B-LTA, with every certificate that there is."""
    unit, responder = services.unit, services.responder
    stamp = token(signature_digest(data), unit=unit, at=at, certificates=(unit.der,))
    values = x_vals(unit.der, responder.der, pki.ca.der, pki.root.der)
    answer = response(pki.ec, issuer=pki.ca, by=responder, at=at)
    revocation = r_vals(lists=(revoked_list(issuer=pki.ca, at=at),), responses=(answer,))
    data = with_entries(
        data, entry("sigTst", container(stamp)), entry("xVals", values), entry("rVals", revocation)
    )
    return archived(data, pki=pki, services=services, at=at)


def archived(data: bytes, *, pki: Pki, services: Services, at: datetime = NOW) -> bytes:
    """Return a file with one archive time stamp more."""
    certificates = (services.unit.der, pki.ca.der, pki.root.der)
    stamp = token(archive_digest(data), unit=services.unit, at=at, certificates=certificates)
    return with_entries(data, entry("arcTst", container(stamp)))


@pytest.fixture(scope="session")
def archive(pki: Pki, services: Services) -> Callable[..., bytes]:
    """Return what adds an archive time stamp to a file."""
    return lambda data, **more: archived(data, pki=pki, services=services, **more)


@pytest.fixture(scope="session")
def last(pki: Pki, services: Services) -> Callable[..., bytes]:
    """Return what raises a file to B-LTA."""
    return lambda data, **more: lasting(data, pki=pki, services=services, **more)
