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
        clause: the clause of the standard that demands otherwise; empty where none does.
        sub_indication: what ETSI EN 319 102-1, 5.1.3 calls it, such as `NO_POE`; empty where it has no name there.
    """

    code: str
    severity: Severity
    where: str
    text: str
    parameters: Mapping[str, Parameter] = attrs.field(factory=dict[str, Parameter], hash=False)
    clause: str = ""
    sub_indication: str = ""

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
    "signatures-mixed": Kind(
        "error", "The seals disagree on how the payload that they share is written (b64); they have to agree."
    ),
    "signatures-too-many": Kind("error", "The file has {count} seals; at most {most} are read."),
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
    "flattened": Kind(
        "warning",
        "The seal is in the Flattened serialization of JWS; this system writes General, and Europass reads nothing else.",
    ),
    "member-uncovered": Kind(
        "warning",
        "The member “{name}” stands outside the seal; nobody vouches for it, and it was not judged.",
    ),
    "header-renamed": Kind(
        "error",
        "The member “{name}” holds what was added to the signature; it would have to be called “header”.",
    ),
    # the protected header
    "header-unknown": Kind("error", "This profile does not know the protected header parameter “{name}”."),
    "header-ignored": Kind(
        "info", "The parameter “{name}” of the protected header is not known here; it was passed over."
    ),
    "header-not-judged": Kind(
        "warning",
        "The seal has more to say (“{name}”: its policy, purpose or place, or the role of who sealed); that was not judged.",
    ),
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
        "There has to be exactly one reference to the seal certificate; there are {count}.",
    ),
    "signing-time-missing": Kind("error", "The signing time is missing."),
    "signing-time-twice": Kind(
        "error",
        "The signing time is given twice, in the present form and in the former one; only one of them is allowed.",
    ),
    "sigT-outdated": Kind(
        "warning", "The signing time has a form that should not be used since 15 July 2025."
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
        "error", "The seal refers to content outside the file; here the payload has to be inside."
    ),
    "mechanism-unsupported": Kind(
        "undetermined", "How the seal refers to content outside the file is not understood here."
    ),
    "digests-missing": Kind("error", "The seal has to name one digest for each document that it refers to."),
    "document-missing": Kind(
        "error", "No document at hand is the one that the seal refers to: {name}. It may have been changed."
    ),
    "http-field-missing": Kind("error", "The message has no header field {name}, which the seal covers."),
    "http-field-odd": Kind(
        "error",
        "The header field {name} can't be covered: a name is in small letters and stands once, a value has no control characters.",
    ),
    "http-digest-wrong": Kind(
        "error", "The header field Digest is not that of the body (SHA-256 or SHA-512)."
    ),
    "http-body-uncovered": Kind(
        "error",
        "The message has a body, and the seal doesn't cover the header field Digest, so nothing of the body.",
    ),
    "http-base64": Kind(
        "error", "The seal covers header fields in base64url; they have to count as they are."
    ),
    "http-bare": Kind(
        "error", "A seal of an HTTP message has no time stamp of its content and stays at level B-B here."
    ),
    # the unprotected header
    "unsigned-mixed": Kind(
        "error", "What was added to the signature has to be either all base64url strings or all objects."
    ),
    "unsigned-shape": Kind(
        "error", "What was added to the signature has to be objects with exactly one known member each."
    ),
    "unsigned-too-large": Kind(
        "error",
        "Behind the signature stand {size} octets in {count} entries; at most {limit} octets in {most} entries are read.",
    ),
    "unsigned-present": Kind(
        "warning",
        "Beside the signature the file carries {what} ({size} octets), which the seal does not cover; whom that comes from was not judged.",
    ),
    "unsigned-judged": Kind(
        "info", "Beside the signature the file carries {what} ({size} octets), added after it was sealed."
    ),
    "values-not-judged": Kind("warning", "This is of a kind that is not judged here."),
    "encoding-unsupported": Kind(
        "warning", "Of this it is said that it is encoded otherwise than in DER; it was read as DER."
    ),
    "references-not-baseline": Kind(
        "warning",
        "From level B-LT on a baseline signature has no references to certificates and revocation data, only these themselves.",
    ),
    "counter-signature": Kind(
        "warning",
        "Someone else signed this signature too, and that fits: {name}. Whom to trust was not judged.",
    ),
    "countersigned-other": Kind("error", "It is over something else than this signature."),
    "counter-signature-broken": Kind("error", "The counter-signature does not fit: {reason}"),
    # time stamps
    "timestamp-without-documents": Kind(
        "undetermined",
        "The time stamp covers documents outside the file, and they are not at hand.",
    ),
    "canonicalisation-unsupported": Kind(
        "undetermined",
        "The time stamp covers entries that are objects; only entries that are base64url strings can be compared with it.",
    ),
    "timestamps-many": Kind("error", "The file has {count} time stamps; at most {most} are examined."),
    "timestamps-together": Kind(
        "warning", "There are {count} time stamps in one place; in a baseline signature there is one."
    ),
    "timestamp-malformed": Kind("error", "This is no time stamp that can be relied on. {reason}"),
    "timestamp-mismatch": Kind(
        "error", "The time stamp is one of something else, not of what stands here: its imprint does not fit."
    ),
    "timestamp-broken": Kind(
        "error", "The time stamp is not as it was made: its own signature does not fit."
    ),
    "timestamp-unit-unknown": Kind(
        "undetermined", "The certificate of the unit that made the time stamp is not at hand."
    ),
    "timestamp-unit-mismatch": Kind(
        "error", "The time stamp does not refer to the certificate of the unit that made it."
    ),
    "timestamp-purpose": Kind(
        "error", "The certificate under the time stamp is not one for time stamps and nothing else."
    ),
    "timestamp-outside-validity": Kind(
        "error", "At the time of the time stamp ({time}) the certificate of its unit was not valid."
    ),
    "timestamp-order": Kind(
        "error",
        "The time stamp says {time}, which is before {earlier}, the time of one that must have been there first.",
    ),
    "timestamp-spelled": Kind(
        "warning",
        "What stands around the signature of the time stamp is written otherwise than it has to be, or something was added.",
    ),
    "timestamp-foreign": Kind(
        "warning", "The certificate “{name}” in the time stamp has nothing to do with the unit that made it."
    ),
    "unsigned-uncovered": Kind(
        "warning",
        "After the last archive time stamp the file was given {what} ({size} octets), which nothing covers.",
    ),
    # certificates and revocation data that a seal carries
    "carried-too-much": Kind(
        "error", "The file carries more to validate with than is looked at ({most}); nobody needs so much."
    ),
    "certificate-broken": Kind(
        "error",
        "The certificate “{name}” in the file is not as its issuer made it: the signature under it does not fit.",
    ),
    "certificate-malformed": Kind(
        "error", "The certificate “{name}” in the file is written otherwise than it was issued."
    ),
    "certificate-weak": Kind(
        "warning",
        "The signature under the certificate “{name}” rests on a digest that is no longer reliable.",
    ),
    "serial-not-positive": Kind(
        "warning", "The serial number of the certificate “{name}” is not positive, as it has to be."
    ),
    "issuer-not-at-hand": Kind(
        "warning",
        "Whether the certificate “{name}” is as it was issued can't be told: its issuer's certificate is not at hand.",
    ),
    "revocation-unreadable": Kind("error", "These revocation data cannot be read: {reason}."),
    "revocation-malformed": Kind(
        "error", "These revocation data are written otherwise than they were issued."
    ),
    "revocation-broken": Kind(
        "error", "These revocation data are not as they were issued: their signature does not fit."
    ),
    "revocation-weak": Kind(
        "warning", "The signature under these revocation data rests on a digest that is no longer reliable."
    ),
    "responder-not-at-hand": Kind(
        "warning",
        "Whether these revocation data are as they were issued can't be told: the certificate of who signed them is not at hand.",
    ),
    "revocation-found": Kind(
        "warning", "The certificate “{name}” was revoked on {time}, say these revocation data."
    ),
    # signatures under certificates, revocation data and time stamps
    "signature-wrong": Kind("error", "The signature does not fit."),
    "signature-unreadable": Kind("error", "The signature cannot be verified: {reason}."),
    "algorithm-unsupported": Kind("error", "Signatures with “{name}” are not verified here."),
    "digests-differ": Kind("error", "Two digests are named, {one} and {other}, where there is one."),
    "signature-narrow": Kind(
        "warning",
        "The signature has {count} octets, {expected} would be right: leading zeros were left out, as one known program does.",
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
    "certificate-reference-ambiguous": Kind(
        "error",
        "The references in the header are to several certificates; in a baseline signature they are to the seal certificate only.",
    ),
    "certificate-reference-mismatch": Kind(
        "error", "A digest in the header does not match the seal certificate."
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
        "The certificate does not permit sealing: its key is for other uses.",
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
        "The certificate does not say that it is for electronic seals, and the settings take no other ones from its issuer.",
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
    "issuer-missing": Kind(
        "info",
        "The certificate of whoever issued “{name}” is not in the file; by its own word it could be had at {url}.",
    ),
    "issuer-pretended": Kind(
        "error", "The certificate “{name}” claims a trusted issuer, but someone else signed it."
    ),
    "path-outside-validity": Kind(
        "undetermined", "At the time that counts ({time}) the certificate “{name}” was not valid."
    ),
    "stamped-before-validity": Kind(
        "error",
        "The seal was time-stamped at {time}, before its certificate began to be valid ({start}).",
    ),
    "sealed-after-validity": Kind(
        "error",
        "A time stamp of the content proves that it was sealed after {time}; the seal certificate ended on {end}.",
    ),
    "sealed-after-stamp": Kind(
        "warning",
        "The seal claims the time {time}, but a time stamp proves that it was there at {proven}; the clock of who sealed was off.",
    ),
    "algorithm-ended": Kind(
        "undetermined",
        "Since {end} a signature algorithm on the way is not relied on, and nothing proves that the signature was made before.",
    ),
    "stamps-not-counted": Kind("undetermined", "Time stamps below “{name}” don't count here."),
    "service-not-granted": Kind(
        "undetermined",
        "The trusted list does not name “{name}” as such a service at the time that counts ({time}).",
    ),
    "revocation-unknown": Kind(
        "undetermined",
        "Nothing that is at hand says whether the certificate “{name}” was revoked at the time that counts ({time}).",
    ),
    "revoked-before": Kind(
        "error", "The certificate “{name}” was revoked on {time}, before the time that counts."
    ),
    "revoked-without-proof": Kind(
        "undetermined",
        "The certificate “{name}” was revoked on {time}, and nothing proves that it was used only before.",
    ),
    "revoked-since": Kind(
        "info", "The certificate “{name}” was revoked on {time}, after the time that is proven."
    ),
    "timestamp-in-future": Kind("undetermined", "The time stamp says {time}, which is in the future."),
    "unit-not-checked": Kind(
        "info",
        "Whether the unit that made the time stamp of {time} was revoked has not been checked: there are no data about that at hand.",
    ),
    "timestamp-not-trusted": Kind("warning", "The time stamp of {time} proves nothing here: {reason}"),
    "path-invalid": Kind("error", "The path from the seal certificate to a trusted issuer failed: {reason}."),
    "certificate-not-vouched-for": Kind(
        "undetermined",
        "The last certificate in the seal can't be verified, because its issuer's certificate is missing.",
    ),
    "revocation-not-checked": Kind(
        "warning",
        "Whether the certificates were revoked has not been checked: there are no data about that at hand.",
    ),
    # creating
    "payload-not-text": Kind("error", "Only text in UTF-8 without a BOM can be sealed."),
    "algorithm-unavailable": Kind("error", "Nothing is sealed with the algorithm “{alg}”. Use {allowed}."),
    "payload-too-large": Kind(
        "error", "The sealed file would have {size} octets; at most {limit} can be verified again."
    ),
    "payload-not-compact": Kind(
        "error",
        "Between the dots of a compact file stands printable ASCII without dots; write anything else in base64url (b64).",
    ),
    "form-unknown": Kind("error", "There is no “{name}” here. Choose from {allowed}."),
    "level-unknown": Kind("error", "There is no level “{name}”. Choose from {allowed}."),
    "compact-bare": Kind(
        "error", "A compact file has no place for time stamps; seal in General or Flattened serialization."
    ),
    "unsigned-clear": Kind(
        "error",
        "What stands behind the signature is not in base64url; no rule says which of its octets an archive time stamp covers.",
    ),
    "revocation-source-missing": Kind(
        "error", "From level B-LT on revocation data is needed, and nothing is set that has any."
    ),
    "chain-empty": Kind("error", "The signer has no seal certificate."),
    "signer-mismatch": Kind("error", "The signature does not belong to the seal certificate: {reason}"),
    # asking services
    "timestamp-rejected": Kind("error", "The time-stamp authority refused to make a time stamp: {reason}."),
    "timestamp-refused": Kind("error", "The time stamp that came is refused: {reason}."),
    "timestamp-early": Kind(
        "error",
        "The time stamp that came says {time}, which is before the signature or an earlier time stamp; one of the clocks is wrong.",
    ),
    "service-address": Kind("error", "“{url}” is no address of a service on the web."),
    "service-silent": Kind("error", "There is no answer from {url} ({reason})."),
    "service-too-much": Kind("error", "The answer from {url} is longer than {limit} octets."),
    "no-timestamp-authority": Kind("error", "There is no time-stamp authority to ask."),
    "revocation-unavailable": Kind(
        "error", "Nobody says whether the certificate “{name}” is revoked; what it names does not answer."
    ),
    "chain-incomplete": Kind(
        "error",
        "Who issued the certificate “{name}” is not at hand. Add the issuer's certificate, or name this one as trusted.",
    ),
    "certificate-revoked": Kind("error", "The certificate “{name}” is revoked."),
    "revocation-refused": Kind(
        "error", "What came about the revocation of the certificate “{name}” does not hold: {reason}."
    ),
    "revocation-endless": Kind(
        "error", "The certificates of those who answer for “{name}” never end in one that needs no answer."
    ),
    "answers-missing": Kind("error", "{count} answers came to {expected} questions."),
    # trusted lists
    "list-too-large": Kind("error", "The trusted list has {size} octets; at most {limit} are read."),
    "list-too-much": Kind(
        "error", "The trusted list is nested deeper than {depth} levels or has more than {count} elements."
    ),
    "list-not-xml": Kind("error", "The trusted list is not XML in UTF-8 (line {line}, column {column})."),
    "list-doctype": Kind(
        "error",
        "The trusted list has a document type declaration, which can be made to harm; no list has one.",
    ),
    "list-wrong-root": Kind("error", "This is no trusted list: its root is not TrustServiceStatusList."),
    "list-signature-count": Kind(
        "error", "The trusted list has {count} signatures; there has to be exactly one."
    ),
    "list-signature-misplaced": Kind(
        "error", "The signature stands somewhere inside the trusted list, not directly in its root."
    ),
    "list-signature-scope": Kind("error", "The signature does not cover the trusted list as a whole."),
    "list-signature-wrong": Kind(
        "error", "The signature of the trusted list does not fit; it was changed after signing ({reason})."
    ),
    "list-signer-unnamed": Kind("error", "The signature of the trusted list names no certificate."),
    "list-signer-unreadable": Kind(
        "error", "The certificate with which the trusted list is signed cannot be read."
    ),
    "list-signer-unknown": Kind(
        "error", "The trusted list is signed by somebody else than those who may sign it."
    ),
    "list-signer-expired": Kind(
        "error",
        "The certificate of “{name}” with which the trusted list is signed is valid from {start} to {end}, not on {time}.",
    ),
    "list-incomplete": Kind("error", "The trusted list lacks {name}, or it can't be read."),
    "list-version": Kind("error", "The trusted list is of version {version}; {right} would be right."),
    "list-type": Kind("error", "The list is of the type {found}; {right} would be right."),
    "list-territory": Kind(
        "error", "The trusted list is that of “{found}”; that of “{right}” would be right."
    ),
    "list-older": Kind(
        "error",
        "The trusted list has the number {found}; number {last} was there already, and none is lower.",
    ),
    "list-pivots": Kind("error", "The list of lists names {count} pivots; at most {most} are followed."),
    "list-own-pointer": Kind(
        "error", "The list of lists points {count} times to itself; exactly once would be right."
    ),
    "list-pointer-twice": Kind(
        "error", "The list of lists points to two lists of “{territory}”; there is no telling which holds."
    ),
    "list-stale": Kind(
        "undetermined",
        "The trusted list of “{territory}” was due to be replaced on {time}; what it says may no longer hold.",
    ),
    "list-none": Kind("undetermined", "There are no trusted lists in {path}."),
    "list-no-pointer": Kind(
        "error", "The list of lists knows no trusted list of “{territory}”; it knows those of {known}."
    ),
    "list-territory-name": Kind("error", "“{name}” is no territory; two capital letters would be right."),
    "list-pivot-missing": Kind("error", "The pivot {url} of the list of lists is not at hand."),
    "list-file": Kind("error", "The file {path} can't be read or written: {reason}."),
    "list-note": Kind(
        "error",
        "The file {path}, which says what trusted lists were seen last, can't be read; after a look at why, delete it.",
    ),
    "list-folder": Kind("error", "The folder {path} for trusted lists can't be used: {reason}."),
    "list-folder-busy": Kind("error", "Somebody else is just updating the trusted lists in {path}."),
    "list-missing": Kind("undetermined", "The trusted list of “{territory}” is not at hand."),
    "list-refused": Kind(
        "undetermined",
        "The trusted list of “{territory}” that is kept here can't be used, so that it decides nothing. {reason}",
    ),
    # what trusted lists say of certificates
    "list-decides-nothing": Kind(
        "undetermined",
        "The trusted list of “{territory}” was due to be replaced; what it says of the certificate may no longer hold.",
    ),
    "list-cannot-say": Kind(
        "undetermined",
        "The trusted lists at hand can't say whether the certificate “{name}” is a qualified one.",
    ),
    "list-no-issuer": Kind("info", "No service of the trusted lists issued the certificate “{name}”."),
    "list-no-unit": Kind("info", "No time-stamp service of the trusted lists has the certificate “{name}”."),
    "service-not-yet": Kind(
        "info", "At {time} the service “{name}” did not stand in the trusted list, or as something else."
    ),
    "service-status": Kind(
        "info",
        "At {time} the service “{name}” had the status “{status}”, since {since}; that doesn't make qualified what it issues.",
    ),
    "service-extension": Kind(
        "undetermined",
        "The trusted list says something of the service “{name}” that has to be understood and isn't: {what}.",
    ),
    "service-criterion": Kind(
        "undetermined",
        "The trusted list names a criterion for certificates of the service “{name}” that isn't understood: {what}.",
    ),
    "service-contradiction": Kind(
        "undetermined",
        "The trusted list contradicts itself about the certificate's issuer, the service “{name}”: {what}.",
    ),
    "service-other-kind": Kind(
        "info", "The service “{name}” stands in the trusted list for certificates of another kind than this."
    ),
    "certificate-not-qualified": Kind(
        "info",
        "Of the service “{name}” the certificate is no qualified one, says the trusted list or itself.",
    ),
    "services-disagree": Kind(
        "undetermined",
        "Several services of the trusted lists say different things about the certificate: {names}.",
    ),
    "anchors-unreadable": Kind("error", "The trusted certificates hold something unreadable: {reason}."),
}


_ETSI: Final = "ETSI TS 119 182-1"
_CLAUSES: Final[Mapping[str, str]] = {
    "payload-encoding": "RFC 7797, 3",
    "signatures-none": "RFC 7515, 7.2.1",
    "not-base64url": "RFC 7515, 2",
    "not-base64": "RFC 4648, 4",
    "not-compact": "RFC 7515, 7.1",
    "json-duplicate-member": "RFC 7515, 4",
    "json-lone-surrogate": "RFC 7493, 2.1",
    "json-not-utf8": "RFC 8259, 8.1",
    "json-byte-order-mark": "RFC 8259, 8.1",
    "header-unknown": f"{_ETSI}, 5.1",
    "algorithm-refused": f"{_ETSI}, 5.1.2",
    "x5t-sha1": f"{_ETSI}, 5.1.6",
    "certificate-reference-count": f"{_ETSI}, 6.3",
    "certificate-reference-ambiguous": f"{_ETSI}, 6.3",
    "signing-time-missing": f"{_ETSI}, 6.3",
    "signing-time-twice": f"{_ETSI}, 6.3",
    "sigT-outdated": f"{_ETSI}, 5.2.1",
    "crit-empty": "RFC 7515, 4.1.11",
    "crit-duplicate": "RFC 7515, 4.1.11",
    "crit-registered": "RFC 7515, 4.1.11",
    "crit-absent": "RFC 7515, 4.1.11",
    "crit-not-understood": "RFC 7515, 4.1.11",
    "crit-lacks": f"RFC 7797, 6; {_ETSI}, 5.1.9",
    "payload-detached": f"{_ETSI}, 5.2.8",
    "sigD-refused": f"{_ETSI}, 5.2.8",
    "mechanism-unsupported": f"{_ETSI}, 5.2.8",
    "digests-missing": f"{_ETSI}, 5.2.8",
    "document-missing": f"{_ETSI}, 5.2.8",
    "http-field-missing": f"{_ETSI}, 5.2.8.2",
    "http-field-odd": f"{_ETSI}, 5.2.8.2",
    "http-digest-wrong": f"{_ETSI}, 5.2.8.2",
    "http-body-uncovered": f"{_ETSI}, 5.2.8.2",
    "http-base64": f"{_ETSI}, 5.2.8.2",
    "http-bare": f"{_ETSI}, 5.2.8.2",
    "signatures-mixed": "RFC 7797, 3",
    "unsigned-mixed": f"{_ETSI}, 5.3.1",
    "unsigned-shape": f"{_ETSI}, 5.3.1",
    "references-not-baseline": f"{_ETSI}, 6.3",
    "counter-signature": f"{_ETSI}, 5.3.2",
    "counter-signature-broken": f"{_ETSI}, 5.3.2",
    "encoding-unsupported": f"{_ETSI}, 5.4.2",
    "signer-unidentified": f"{_ETSI}, 5.2.2",
    "certificate-reference-mismatch": f"{_ETSI}, 5.2.2",
    "signature-length": "RFC 7518, 3.3 to 3.5",
    "signature-invalid": "RFC 7515, 5.2",
    "signature-narrow": "RFC 7518, 3.4",
    "key-unfit": "RFC 7518, 3.3 to 3.5",
    "canonicalisation-unsupported": f"{_ETSI}, 5.3.6.2",
    "timestamps-together": f"{_ETSI}, 6.3",
    "timestamp-malformed": "RFC 3161, 2.4.2",
    "timestamp-broken": "RFC 5652, 5.6",
    "timestamp-unit-unknown": "RFC 3161, 2.4.2",
    "timestamp-unit-mismatch": "RFC 5816, 2.2.1",
    "timestamp-purpose": "RFC 3161, 2.3",
    "timestamp-outside-validity": "ETSI EN 319 102-1, 5.4",
    "timestamp-order": "ETSI EN 319 102-1, 5.6.3",
    "timestamp-spelled": "RFC 3161, 2.4.2",
    "certificate-broken": "RFC 5280, 4.1.1.3",
    "certificate-malformed": "RFC 5280, 4.1.1.2",
    "serial-not-positive": "RFC 5280, 4.1.2.2",
    "revocation-malformed": "RFC 5280, 5.1.1; RFC 6960, 4.2.1",
    "revocation-broken": "RFC 5280, 5.1.1.3; RFC 6960, 4.2.1",
}
"""Code → the clause that demands otherwise, where it is always the same."""

_SUB_INDICATIONS: Final[Mapping[str, str]] = {
    "signer-unidentified": "NO_SIGNING_CERTIFICATE_FOUND",
    "document-missing": "SIGNED_DATA_NOT_FOUND",
    "http-field-missing": "SIGNED_DATA_NOT_FOUND",
    "http-digest-wrong": "HASH_FAILURE",
    "payload-detached": "SIGNED_DATA_NOT_FOUND",
    "signature-invalid": "SIG_CRYPTO_FAILURE",
    "digest-mismatch": "HASH_FAILURE",
    "timestamp-mismatch": "HASH_FAILURE",
    "timestamp-broken": "SIG_CRYPTO_FAILURE",
    "timestamp-order": "TIMESTAMP_ORDER_FAILURE",
    "key-weak": "CRYPTO_CONSTRAINTS_FAILURE",
    "algorithm-ended": "CRYPTO_CONSTRAINTS_FAILURE_NO_POE",
    "issuer-not-trusted": "NO_CERTIFICATE_CHAIN_FOUND",
    "issuer-missing": "NO_CERTIFICATE_CHAIN_FOUND",
    "stamps-not-counted": "NO_CERTIFICATE_CHAIN_FOUND",
    "service-not-granted": "NO_CERTIFICATE_CHAIN_FOUND",
    "issuer-pretended": "CERTIFICATE_CHAIN_GENERAL_FAILURE",
    "x5c-broken": "CERTIFICATE_CHAIN_GENERAL_FAILURE",
    "path-invalid": "CHAIN_CONSTRAINTS_FAILURE",
    "qc-type": "CHAIN_CONSTRAINTS_FAILURE",
    "not-for-seals": "CHAIN_CONSTRAINTS_FAILURE",
    "key-usage": "CHAIN_CONSTRAINTS_FAILURE",
    "key-purpose": "CHAIN_CONSTRAINTS_FAILURE",
    "path-outside-validity": "OUT_OF_BOUNDS_NO_POE",
    "certificate-expired": "OUT_OF_BOUNDS_NO_POE",
    "signing-time-unknown": "OUT_OF_BOUNDS_NO_POE",
    "timestamp-in-future": "NO_POE",
    "stamped-before-validity": "NOT_YET_VALID",
    "sealed-after-validity": "EXPIRED",
    "revocation-unknown": "TRY_LATER",
    "revoked-before": "REVOKED",
    "revoked-without-proof": "REVOKED_NO_POE",
}
"""Code → main sub-indication of ETSI EN 319 102-1, 5.1.3, where there is one."""

FORMS: Final = frozenset(
    {
        "not-canonical",
        "flattened",
        "member-uncovered",
        "unsigned-present",
        "unsigned-judged",
        "unsigned-uncovered",
        "counter-signature",
        "timestamp-spelled",
        "timestamp-foreign",
        "issuer-not-at-hand",
        "responder-not-at-hand",
        "signature-high",
        "signature-narrow",
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
    return Problem(
        code,
        kind.severity,
        where,
        kind.text,
        _tamed_all(parameters),
        _CLAUSES.get(code, ""),
        sub_indication_of(code),
    )


def sub_indication_of(code: str) -> str:
    """Return the main sub-indication of problems with a code; empty where there is none."""
    return _SUB_INDICATIONS.get(code, "")


def reason_of(fault: BaseException) -> str:
    """Return the kind of an exception of a library, for the text of a problem; what it says is nothing for people."""
    return type(fault).__name__


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
