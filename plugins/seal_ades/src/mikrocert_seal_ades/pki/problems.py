"""What can be wrong with a seal or a sealed file: one table, one value.

The texts are English, with `{name}` where a parameter stands. Whoever speaks another language translates the text and
fills in the parameters.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

import attrs

Severity: TypeAlias = Literal["error", "undetermined", "warning", "info"]


@attrs.frozen
class Phrase:
    """A part of a sentence, such as what would be right; `str(phrase)` is English.

    Args:
        text: English, with `{name}` where a parameter stands.
        parameters: name → what stands there.
    """

    text: str
    parameters: Mapping[str, "Parameter"] = attrs.field(factory=dict[str, "Parameter"], hash=False)

    def __str__(self) -> str:
        return filled(self.text, self.parameters)


Parameter: TypeAlias = str | int | datetime | Phrase


@attrs.frozen
class Problem:
    """One thing that a reader of a validation should know; `str(problem)` is its English sentence.

    Args:
        code: stable, meant for programs.
        severity: `error` (the seal is not good), `undetermined` (nobody can tell from what is at hand), `warning` or
            `info` (no effect on the outcome).
        where: the member path (`signatures[0].protected.crit`), the position (`line 1, column 5, octet 4`; octets counted
            from 0) or `""` for the whole file.
        text: what is wrong and, where something can be done, what would be right; English, `{name}` for a parameter.
        parameters: name → what stands there.
    """

    code: str
    severity: Severity
    where: str
    text: str
    parameters: Mapping[str, Parameter] = attrs.field(factory=dict[str, Parameter], hash=False)

    def __str__(self) -> str:
        return filled(self.text, self.parameters)


@attrs.frozen
class Kind:
    """What all problems with one code have in common."""

    severity: Severity
    text: str


_KINDS: Final[Mapping[str, Kind]] = {
    # strict JSON
    "json-too-large": Kind("error", "The file has {size} octets; at most {limit} are read."),
    "json-byte-order-mark": Kind(
        "error", "The file begins with a byte order mark. Save it as UTF-8 without a BOM."
    ),
    "json-not-utf8": Kind("error", "The file is not UTF-8. Convert it to UTF-8 without a BOM."),
    "json-too-deep": Kind("error", "The JSON is nested deeper than {limit} levels."),
    "json-too-many-values": Kind("error", "The JSON has more than {limit} values."),
    "json-syntax": Kind("error", "This is not valid JSON: {reason}."),
    "json-duplicate-member": Kind(
        "error", "The member “{name}” is there twice in one object; it may be there once."
    ),
    "json-not-a-number": Kind("error", "The value {value} is not a JSON number."),
    "json-number-too-big": Kind(
        "error",
        "The number is out of range: an integer has at most {limit} digits, a decimal has to be finite.",
    ),
    "json-lone-surrogate": Kind(
        "error", "The string holds half a surrogate pair (\\ud800 to \\udfff), which UTF-8 cannot express."
    ),
    # the file
    "wrong-type": Kind("error", "This has to be {right}."),
    "member-missing": Kind("error", "The member “{name}” is missing."),
    "member-unexpected": Kind("error", "The member “{name}” does not belong here."),
    "not-sealed": Kind("error", "The file is not sealed: it lacks the members “payload” and “signatures”."),
    "payload-encoding": Kind(
        "error", "Without b64=false the payload has to be canonical base64url without padding."
    ),
    "payload-empty": Kind("error", "The seal covers no payload."),
    "payload-detached": Kind("undetermined", "The payload is not in the file; the seal only refers to it."),
    "signatures-none": Kind("error", "There is no seal in the file."),
    "signatures-many": Kind("error", "The file has {count} seals; there has to be exactly one."),
    "not-base64url": Kind(
        "error", "This is not canonical base64url (no padding, no white space, no line breaks)."
    ),
    "not-base64": Kind("error", "This is not canonical base64 (padded, no white space, no line breaks)."),
    "not-compact": Kind(
        "error", "The compact serialization of a JWS has exactly three parts separated by dots."
    ),
    "not-canonical": Kind(
        "warning",
        "The JSON around what is sealed is written otherwise than this system writes it (white space, escapes or order of members); no seal covers that.",
    ),
    "member-uncovered": Kind(
        "warning",
        "The member “{name}” stands outside the seal; nobody vouches for it, and it was not judged.",
    ),
    # the protected header
    "header-unknown": Kind("error", "This profile does not know the protected header parameter “{name}”."),
    "header-without-effect": Kind(
        "info", "The parameter “{name}” has no effect on the validity of the seal."
    ),
    "header-value": Kind("error", "This value is not allowed here. It has to be {right}."),
    "algorithm-refused": Kind("error", "The algorithm “{alg}” is not allowed. Allowed are {allowed}."),
    "x5t-sha1": Kind(
        "error", "A SHA-1 digest of the seal certificate (x5t) is not allowed; use x5t#S256 or x5t#o."
    ),
    "certificate-reference-count": Kind(
        "error",
        "There has to be exactly one reference to the seal certificate (x5t#S256, x5t#o or sigX5ts); there are {count}.",
    ),
    "signing-time-missing": Kind("error", "The signing time is missing (iat, or formerly sigT)."),
    "signing-time-twice": Kind(
        "error", "The signing time is given twice, as iat and as sigT; only one of them is allowed."
    ),
    "sigT-outdated": Kind(
        "warning", "The signing time is given as sigT; since 15 July 2025 it should be iat."
    ),
    "crit-empty": Kind("error", "The list crit is empty."),
    "crit-duplicate": Kind("error", "“{name}” is in crit twice."),
    "crit-registered": Kind("error", "“{name}” must not be in crit, because JOSE itself defines it."),
    "crit-absent": Kind("error", "crit names “{name}”, but the protected header has no such parameter."),
    "crit-not-understood": Kind(
        "error", "crit demands that “{name}” be understood, which this verifier does not."
    ),
    "crit-lacks": Kind("error", "The parameter “{name}” has to be listed in crit."),
    "sigD-refused": Kind(
        "error", "The seal refers to content outside the file (sigD); here the payload has to be inside."
    ),
    # the unprotected header
    "unsigned-mixed": Kind(
        "error", "The entries of etsiU have to be either all base64url strings or all objects."
    ),
    "unsigned-shape": Kind("error", "An entry of etsiU has to be an object with exactly one known member."),
    "unsigned-too-large": Kind(
        "error",
        "Behind the signature stand {size} octets in {count} entries; at most {limit} octets in {most} entries are read.",
    ),
    "unsigned-present": Kind(
        "warning",
        "The file carries {kind} ({size} octets), which the seal does not cover and which was not judged.",
    ),
    # the signature
    "certificate-unreadable": Kind("error", "The certificate cannot be read: {reason}."),
    "certificate-too-large": Kind("error", "The certificate has {size} octets; at most {limit} are read."),
    "identifier-too-long": Kind(
        "error", "An object identifier in the certificate has {size} octets; at most {limit} are read."
    ),
    "name-too-long": Kind(
        "error", "A name in the certificate has {count} attributes; at most {limit} are read."
    ),
    "certificate-ambiguous": Kind(
        "error", "The name in the certificate has {name} more than once; there is no telling which is meant."
    ),
    "signer-unidentified": Kind(
        "error",
        "The digest in the header does not match the first certificate that the file carries; the signer is not identified.",
    ),
    "certificate-reference-mismatch": Kind(
        "error", "A digest in sigX5ts does not match the seal certificate."
    ),
    "key-unfit": Kind("error", "The key does not fit the algorithm {alg}. It has to be {right}."),
    "signature-not-checked": Kind(
        "error", "The signature cannot be verified: the algorithm in the header is missing or not allowed."
    ),
    "signature-length": Kind(
        "error", "The signature has {count} octets; this key and algorithm make {expected}."
    ),
    "signature-invalid": Kind(
        "error", "The signature does not fit: payload or header were changed after sealing."
    ),
    "signature-high": Kind(
        "warning",
        "The signature has the larger one of its two equally good values (s); this system writes the smaller one.",
    ),
    "hexadecimal-lower": Kind(
        "warning",
        "The seal stands in the PDF in lower-case hexadecimal; this system writes upper case, and no seal covers that.",
    ),
    "certificates-reordered": Kind(
        "warning",
        "The certificates in the seal stand in another order than this system writes; no seal covers that.",
    ),
    "certificates-unnamed": Kind(
        "warning",
        "The signature names {named} of the {count} certificates in the seal; any other one could have been added or left out.",
    ),
    "algorithms-spelled": Kind(
        "warning",
        "The seal names its algorithms otherwise than this system writes them; no seal covers that.",
    ),
    "library-failed": Kind("error", "The validation could not be carried out: {reason}."),
    # trust
    "time-naive": Kind("error", "The time has no time zone."),
    "x5c-broken": Kind(
        "error", "Certificate number {number} of x5c was not issued by the one that follows it."
    ),
    "key-usage": Kind(
        "error",
        "The certificate does not permit sealing: its key usage has neither digitalSignature nor nonRepudiation.",
    ),
    "key-purpose": Kind("error", "The certificate is for something else than seals: {purposes}."),
    "authority-seals": Kind(
        "error", "The certificate is that of an authority, which issues certificates and does not seal."
    ),
    "personal-certificate": Kind(
        "error",
        "The certificate is not an organisation's: its subject has {attributes}. A seal is an organisation's, a signature is a person's.",
    ),
    "server-certificate": Kind("error", "The certificate is that of a server ({names}), not one for seals."),
    "qc-type": Kind("error", "The certificate is for {types}, not for electronic seals (eseal)."),
    "not-for-seals": Kind(
        "undetermined",
        "The certificate does not say that it is for electronic seals (QcType eSeal), and the settings take no other ones from its issuer.",
    ),
    "no-organisation": Kind("error", "The certificate is not one that an organisation seals with: {reason}."),
    "key-weak": Kind(
        "error", "The key of the certificate “{name}” is not strong enough. It has to be {right}."
    ),
    "sealed-in-future": Kind("error", "The signing time {time} is in the future."),
    "sealed-outside-validity": Kind(
        "error",
        "At the signing time {time} the seal certificate was not valid (it is valid from {start} to {end}).",
    ),
    "certificate-expired": Kind(
        "undetermined",
        "The certificate “{name}” expired on {end}, and nothing proves that the seal was made before.",
    ),
    "signing-time-unknown": Kind(
        "undetermined", "Without a signing time the validity of the seal certificate cannot be judged."
    ),
    "issuer-not-trusted": Kind("undetermined", "The seal certificate's issuer is not among the trusted."),
    "issuer-pretended": Kind(
        "error", "The certificate “{name}” claims a trusted issuer, but someone else signed it."
    ),
    "path-outside-validity": Kind(
        "undetermined", "At the signing time the certificate of an issuer was not valid: {reason}."
    ),
    "path-invalid": Kind("error", "The path from the seal certificate to a trusted issuer failed: {reason}."),
    "certificate-not-vouched-for": Kind(
        "undetermined",
        "The last certificate in the seal can't be verified, because its issuer's certificate is missing.",
    ),
    "revocation-not-checked": Kind(
        "warning", "Whether the seal certificate was revoked has not been checked."
    ),
    # creating
    "payload-not-text": Kind("error", "Only text in UTF-8 without a BOM can be sealed."),
    "algorithm-unavailable": Kind("error", "Nothing is sealed with the algorithm “{alg}”. Use {allowed}."),
    "profile-unknown": Kind("error", "There is no header profile “{name}”. Choose from {allowed}."),
    "chain-empty": Kind("error", "The signer has no seal certificate."),
    "signer-mismatch": Kind("error", "The signature does not belong to the seal certificate: {reason}"),
    "anchors-unreadable": Kind("error", "The trusted certificates hold something unreadable: {reason}."),
}


FORMS: Final = frozenset(
    {
        "not-canonical",
        "member-uncovered",
        "unsigned-present",
        "signature-high",
        "hexadecimal-lower",
        "certificates-reordered",
        "certificates-unnamed",
        "algorithms-spelled",
    }
)
"""Codes of what can change in a sealed file without a seal noticing. Nothing that is sealed here has any of them."""


def phrase(text: str, **parameters: object) -> Phrase:
    """Return a text with what stands in its places."""
    return Phrase(text, _tamed_all(parameters))


def problem(code: str, *, where: str = "", **parameters: object) -> Problem:
    """Return the problem `code` at `where`.

    Values come from hostile files as well: in the parameters they have one line, no control characters, and are not long.
    """
    kind = _KINDS[code]
    return Problem(code, kind.severity, where, kind.text, _tamed_all(parameters))


def reason_of(fault: BaseException) -> str:
    """Return one short line on an exception of a library, for the text of a problem."""
    return f"{type(fault).__name__}: {fault}".strip().rstrip(".:")


def filled(text: str, parameters: Mapping[str, Parameter]) -> str:
    """Return an English text with its parameters in their places."""
    return text.format_map({name: _english(value) for name, value in parameters.items()})


def _english(value: Parameter) -> str:
    return f"{value.astimezone(UTC):%Y-%m-%d %H:%M:%S} UTC" if isinstance(value, datetime) else str(value)


def _tamed_all(parameters: Mapping[str, object]) -> dict[str, Parameter]:
    return {name: _tamed(value) for name, value in parameters.items()}


def _tamed(value: object) -> Parameter:
    if isinstance(value, (datetime, int, Phrase)):
        return value
    return "".join(c if c.isprintable() or c == "\u00a0" else "\ufffd" for c in str(value)[:200])
