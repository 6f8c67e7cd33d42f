"""Time-stamp tokens: what one says, and whether it is whole (RFC 3161, 2.4.2; RFC 5652, 5; RFC 5816; ETSI EN 319 422).

The steps, by number:

1. the form: one signature over a TSTInfo, with the signed attributes that it has to have;
2. the unit: the certificate that the token names, in the token or beside it, and to which the signed attributes refer;
3. the signature: over the signed attributes, and through them over the TSTInfo;
4. the purpose: the unit's certificate is for time-stamps and for nothing else.

What the token is a time-stamp of is for the caller to compare: `Token.fits`. Whom to trust is no question here.
"""

import hashlib
import hmac
from collections.abc import Iterable
from datetime import datetime
from typing import Any, Final, NoReturn

import attrs

from mikrocert_seal_ades.pki import der, x509
from mikrocert_seal_ades.pki.der import longest_identifier
from mikrocert_seal_ades.pki.errors import AdesError, CertificateError
from mikrocert_seal_ades.pki.problems import Phrase, Problem, phrase, problem, reason_of
from mikrocert_seal_ades.pki.signatures import DIGESTS, WEAK, signature_problem

LARGEST: Final = 128 * 1024
"""The most octets of a token that is read; real ones have two to eight thousand."""
MOST_CERTIFICATES: Final = 20
"""The most certificates in a token."""

_CONTENT_TYPE: Final = "1.2.840.113549.1.9.3"
_MESSAGE_DIGEST: Final = "1.2.840.113549.1.9.4"
_ALGORITHM_PROTECTION: Final = "1.2.840.113549.1.9.52"
_SIGNING_CERTIFICATE: Final = "1.2.840.113549.1.9.16.2.12"
_SIGNING_CERTIFICATE_V2: Final = "1.2.840.113549.1.9.16.2.47"
_TST_INFO: Final = "1.2.840.113549.1.9.16.1.4"
_TIME_STAMPING: Final = "1.3.6.1.5.5.7.3.8"
_EXTENDED_KEY_USAGE: Final = "2.5.29.37"
_SEQUENCE, _SET = 0x30, 0x31
_NULL: Final = b"\x05\x00"


class TokenError(AdesError):
    """The octets are not a time-stamp token of the form that is read."""


@attrs.frozen
class Token:
    """A time-stamp token as it was read.

    `time` is when the unit made it (aware), `policy` a dotted identifier. `digest` and `imprint` say what of. `certificates` and
    `lists` are the DER certificates and certificate lists in it. `problems` are the findings of reading, `algorithm` is the DER
    AlgorithmIdentifier of its signature.
    """

    time: datetime
    policy: str
    digest: str
    imprint: bytes
    certificates: tuple[bytes, ...] = attrs.field(repr=False)
    lists: tuple[bytes, ...] = attrs.field(repr=False)
    problems: tuple[Problem, ...]
    algorithm: bytes = attrs.field(repr=False)
    _info: Any = attrs.field(repr=False, eq=False)
    _content: bytes = attrs.field(repr=False)
    _attributes: "dict[str, Any]" = attrs.field(repr=False, eq=False)

    def fits(self, digest: bytes) -> bool:
        """Return whether the token is a time-stamp of what has this digest."""
        return hmac.compare_digest(self.imprint, digest)

    def unit(self, *, among: Iterable[bytes] = ()) -> bytes | None:
        """Return the certificate of the unit that made the token: one in it, or else one of those `among`."""
        return next((one for one in (*self.certificates, *among) if _named(self._info["sid"], one)), None)

    def lacks_unit(self, *, among: Iterable[bytes]) -> bool:
        """Return whether the certificate of the unit has to be at hand, in the token or `among` these, where `unit` finds none."""
        try:
            return bool(self.certificates) or any(_refers_to(one, self._attributes) for one in among)
        except Exception:  # noqa: BLE001  as in `examine`: what refers to nothing that can be read, is wrong
            return True

    def examine(self, *, unit: bytes) -> tuple[Problem, ...]:
        """Return what is wrong with the token when `unit` is the certificate of who made it: steps 2 to 4."""
        try:
            return tuple(_examined(self, unit))
        except Exception as fault:  # noqa: BLE001  a library that stumbles over hostile octets must not stop the report
            return (_malformed(phrase("It can't be examined ({kind}).", kind=reason_of(fault))),)


def read(token: bytes) -> Token:
    """Return the time-stamp in a DER ContentInfo: step 1.

    Raises `TokenError` when it has not the form of one, or rests on a digest that nobody should rely on.
    """
    if len(token) > LARGEST:
        _refuse(phrase("It has {size} octets; at most {limit} are read.", size=len(token), limit=LARGEST))
    if (longest := longest_identifier(token)) > x509.LONGEST_IDENTIFIER:
        _refuse(
            phrase(
                "An object identifier in it has {size} octets; at most {limit} are read.",
                size=longest,
                limit=x509.LONGEST_IDENTIFIER,
            )
        )
    try:
        return _read(token)
    except TokenError:
        raise
    except Exception as fault:
        raise TokenError(_malformed(phrase("It can't be read ({kind}).", kind=reason_of(fault)))) from fault


def _read(token: bytes) -> Token:
    cms: Any = x509.asn1crypto("cms")
    outer = cms.ContentInfo.load(token, strict=True)
    if outer["content_type"].native != "signed_data":
        _refuse(phrase("It is no signature."))
    data = outer["content"]
    if data["encap_content_info"]["content_type"].dotted != _TST_INFO:
        _refuse(phrase("What it signs is no time stamp."))
    if len(data["signer_infos"]) != 1:
        _refuse(phrase("It has {count} signatures; one would be right.", count=len(data["signer_infos"])))
    info, content = data["signer_infos"][0], bytes(data["encap_content_info"]["content"])
    stamp = x509.asn1crypto("tsp").TSTInfo.load(content, strict=True)
    # asn1crypto parses lazily; touching what is asked for later keeps its exceptions in here.
    _ = stamp.native, info["sid"].native
    _check_frame(data, info)
    digest = str(stamp["message_imprint"]["hash_algorithm"]["algorithm"].native)
    imprint: bytes = stamp["message_imprint"]["hashed_message"].native
    if digest not in DIGESTS or digest in WEAK or len(imprint) != hashlib.new(digest).digest_size:
        _refuse(phrase("Its digest “{name}” is not to be relied on.", name=digest))
    if str(stamp["version"].native) != "v1":
        _refuse(phrase("Its version is not known."))
    certificates = _present(data["certificates"])
    if len(certificates) > MOST_CERTIFICATES:
        _refuse(phrase("It holds more than {most} certificates.", most=MOST_CERTIFICATES))
    if any(one.name != "certificate" for one in certificates):
        _refuse(phrase("It holds certificates of a kind that is not read."))
    lists = _present(data["crls"])
    return Token(
        time=stamp["gen_time"].native,
        policy=stamp["policy"].dotted,
        digest=digest,
        imprint=imprint,
        certificates=tuple(one.chosen.dump() for one in certificates),
        lists=tuple(one.chosen.dump() for one in lists if one.name != "other"),
        problems=() if _as_written(token, data, info) else (problem("timestamp-spelled"),),
        algorithm=info["signature_algorithm"].dump(),
        info=info,
        content=content,
        attributes=_attributes(info),
    )


def _attributes(info: Any) -> dict[str, Any]:  # noqa: ANN401  see `x509.parse`
    found: dict[str, Any] = {}
    for attribute in info["signed_attrs"]:
        name = attribute["type"].dotted
        if name in found or len(attribute["values"]) != 1:
            _refuse(phrase("The signed attribute {name} is there twice.", name=name))
        found[name] = attribute["values"][0]
    missing = [name for name in (_CONTENT_TYPE, _MESSAGE_DIGEST) if name not in found]
    if missing:
        _refuse(phrase("It lacks the signed attribute {names}.", names=", ".join(missing)))
    if found[_CONTENT_TYPE].dotted != _TST_INFO:
        _refuse(phrase("Its signed attributes don't say that it is a time stamp."))
    return found


def _check_frame(data: Any, info: Any) -> None:  # noqa: ANN401  see `x509.parse`
    """Refuse what stands outside the signature and contradicts it: versions and algorithms (RFC 5652, 5.1 and 5.3)."""
    digest, algorithm = info["digest_algorithm"], info["signature_algorithm"]
    version = "v1" if info["sid"].name == "issuer_and_serial_number" else "v3"
    if (
        (data["version"].native, info["version"].native) != ("v3", version)
        or digest.dump() not in [one.dump() for one in data["digest_algorithms"]]
        or not _plain(digest)
        or not (algorithm.signature_algo == "rsassa_pss" or _plain(algorithm))
    ):
        _refuse(phrase("Its versions or algorithms contradict each other."))


def _as_written(token: bytes, data: Any, info: Any) -> bool:  # noqa: ANN401  see `x509.parse`
    """Return whether nothing stands outside the signature that could be written otherwise, and nothing was added there."""
    return (
        der.is_distinguished(token)
        and len(data["digest_algorithms"]) == 1
        and not len(info["unsigned_attrs"])
        and all(one.name != "other" for one in _present(data["crls"]))
    )


def _present(values: Any) -> Any:  # noqa: ANN401  see `x509.parse`
    """Return the values of an optional field; none where it isn't there."""
    return () if values.__class__.__name__ == "Void" else values


def _plain(algorithm: Any) -> bool:  # noqa: ANN401  see `x509.parse`
    """Return whether an algorithm has no parameters, or none but NULL."""
    name = algorithm["algorithm"].dump()
    return algorithm.dump() in {der.value(_SEQUENCE, name), der.value(_SEQUENCE, name, _NULL)}


def _named(sid: Any, certificate: bytes) -> bool:  # noqa: ANN401  see `x509.parse`
    try:
        parsed = x509.parse_old(certificate)
        if sid.name == "issuer_and_serial_number":
            named = sid.chosen
            same: bool = named["serial_number"].native == parsed.serial_number
            return same and named["issuer"].dump() == parsed.issuer.dump()
        found: bool = sid.chosen.native == parsed.key_identifier
    except CertificateError:
        return False
    return found


def _examined(token: Token, unit: bytes) -> Iterable[Problem]:
    info, attributes = token._info, token._attributes  # noqa: SLF001  the token's own
    digest = str(info["digest_algorithm"]["algorithm"].native)
    if digest not in DIGESTS or digest in WEAK:
        return [_malformed(phrase("Its digest “{name}” is not to be relied on.", name=digest))]
    faults: list[Problem] = []
    if not _refers_to(unit, attributes):  # 2
        faults.append(problem("timestamp-unit-mismatch"))
    if attributes[_MESSAGE_DIGEST].native != hashlib.new(digest, token._content).digest():  # noqa: SLF001  3
        faults.append(problem("timestamp-broken"))
    protection = attributes.get(_ALGORITHM_PROTECTION)
    if protection is not None and not _protects(protection, info):
        faults.append(_malformed(phrase("The signed statement of the algorithms doesn't fit those used.")))
    wrong = signature_problem(  # 3
        der.value(_SET, info["signed_attrs"].contents),
        signature=info["signature"].native,
        algorithm=info["signature_algorithm"].dump(),
        digest=digest,
        public_key=x509.parse_old(unit).public_key.dump(),
    )
    if wrong:
        faults.append(
            problem("timestamp-broken")
            if wrong.code == "signature-wrong"
            else _malformed(phrase(wrong.text, **wrong.parameters))
        )
    if not _for_time_stamps(unit):  # 4
        faults.append(problem("timestamp-purpose"))
    parsed = x509.parse_old(unit)["tbs_certificate"]["validity"]
    if not parsed["not_before"].native <= token.time <= parsed["not_after"].native:
        faults.append(problem("timestamp-outside-validity", time=token.time))
    return faults


def _refers_to(unit: bytes, attributes: dict[str, Any]) -> bool:
    """Return whether the first reference of signingCertificate, in either version, is to the unit (RFC 2634, 5.4; RFC 5035, 3)."""
    tsp: Any = x509.asn1crypto("tsp")
    found = False
    if _SIGNING_CERTIFICATE in attributes:
        first = tsp.SigningCertificate.load(attributes[_SIGNING_CERTIFICATE].dump(), strict=True)["certs"][0]
        if first["cert_hash"].native != hashlib.sha1(unit, usedforsecurity=False).digest():
            return False
        found = True
    if _SIGNING_CERTIFICATE_V2 in attributes:
        loaded = tsp.SigningCertificateV2.load(attributes[_SIGNING_CERTIFICATE_V2].dump(), strict=True)
        first = loaded["certs"][0]
        name = str(first["hash_algorithm"]["algorithm"].native)
        if name not in DIGESTS or first["cert_hash"].native != hashlib.new(name, unit).digest():
            return False
        found = True
    return found


def _protects(protection: Any, info: Any) -> bool:  # noqa: ANN401  see `x509.parse`
    """Return whether the CMS algorithm protection attribute names the algorithms used (RFC 6211, 3)."""
    named = x509.asn1crypto("cms").CMSAlgorithmProtection.load(protection.dump(), strict=True)
    same: bool = named["digest_algorithm"]["algorithm"].dotted == info["digest_algorithm"]["algorithm"].dotted
    signed = named["signature_algorithm"]
    return (
        same
        and signed.native is not None
        and signed["algorithm"].dotted == info["signature_algorithm"]["algorithm"].dotted
    )


def _for_time_stamps(unit: bytes) -> bool:
    """Return whether the certificate is for time-stamps and nothing else, and says so critically (RFC 3161, 2.3)."""
    for extension in x509.parse_old(unit)["tbs_certificate"]["extensions"]:
        if extension["extn_id"].dotted == _EXTENDED_KEY_USAGE:
            purposes = [purpose.dotted for purpose in extension["extn_value"].parsed]
            return purposes == [_TIME_STAMPING] and bool(extension["critical"].native)
    return False


def _malformed(reason: Phrase) -> Problem:
    return problem("timestamp-malformed", reason=reason)


def _refuse(reason: Phrase) -> NoReturn:
    raise TokenError(_malformed(reason))
