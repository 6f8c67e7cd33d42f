"""What can be wrong with a JAdES file, in Czech and English: one table, one value."""

import re
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias

import attrs

Severity: TypeAlias = Literal["error", "undetermined", "warning", "info"]


@attrs.frozen
class Problem:
    """One thing that a reader of a validation should know.

    `code` is stable and meant for programs. `severity` is `error` (the seal is not good), `undetermined` (nobody
    can tell from what is at hand), `warning` or `info` (no effect on the outcome). `where` is the member path
    (`signatures[0].protected.crit`), the position (`line 1, column 5, octet 4`; octets counted from 0) or `""`
    for the whole file. `cs` and `en` say what is wrong and, where something can be done, what would be right.
    """

    code: str
    severity: Severity
    where: str
    cs: str
    en: str


_TEXTS: Final[Mapping[str, tuple[Severity, str, str]]] = {
    # strict JSON
    "json-too-large": (
        "error",
        "Soubor má {size} bajtů, čte se nejvýše {limit}.",
        "The file has {size} octets; at most {limit} are read.",
    ),
    "json-byte-order-mark": (
        "error",
        "Soubor začíná značkou pořadí bajtů. Uložte jej v UTF-8 bez BOM.",
        "The file begins with a byte order mark. Save it as UTF-8 without a BOM.",
    ),
    "json-not-utf8": (
        "error",
        "Soubor není v UTF-8. Převeďte jej do UTF-8 bez BOM.",
        "The file is not UTF-8. Convert it to UTF-8 without a BOM.",
    ),
    "json-too-deep": (
        "error",
        "JSON je zanořený hlouběji než {limit} úrovní.",
        "The JSON is nested deeper than {limit} levels.",
    ),
    "json-too-many-values": (
        "error",
        "JSON má více než {limit} hodnot.",
        "The JSON has more than {limit} values.",
    ),
    "json-syntax": ("error", "Toto není platný JSON: {reason}.", "This is not valid JSON: {reason}."),
    "json-duplicate-member": (
        "error",
        "Člen „{name}“ je v objektu dvakrát; smí tam být jen jednou.",
        "The member “{name}” is there twice in one object; it may be there once.",
    ),
    "json-not-a-number": (
        "error",
        "Hodnota {value} není číslo podle JSON.",
        "The value {value} is not a JSON number.",
    ),
    "json-number-too-big": (
        "error",
        "Číslo je mimo rozsah: celé smí mít nejvýše {limit} číslic, desetinné musí být konečné.",
        "The number is out of range: an integer has at most {limit} digits, a decimal has to be finite.",
    ),
    "json-lone-surrogate": (
        "error",
        "Řetězec obsahuje osamocenou polovinu náhradního páru (\\ud800 až \\udfff), která v UTF-8 neexistuje.",
        "The string holds half a surrogate pair (\\ud800 to \\udfff), which UTF-8 cannot express.",
    ),
    # the file
    "wrong-type": ("error", "Zde má být {cs}.", "This has to be {en}."),
    "member-missing": ("error", "Chybí člen „{name}“.", "The member “{name}” is missing."),
    "member-unexpected": (
        "error",
        "Člen „{name}“ sem nepatří.",
        "The member “{name}” does not belong here.",
    ),
    "not-sealed": (
        "error",
        "Soubor není zapečetěný: nejsou v něm členy „payload“ a „signatures“.",
        "The file is not sealed: it lacks the members “payload” and “signatures”.",
    ),
    "payload-not-first": (
        "error",
        "Člen „payload“ musí být v souboru první.",
        "The member “payload” has to be the first one of the file.",
    ),
    "payload-encoding": (
        "error",
        "Bez b64=false má být obsah v kanonickém base64url bez výplně.",
        "Without b64=false the payload has to be canonical base64url without padding.",
    ),
    "payload-empty": (
        "error",
        "Pečeť nezahrnuje žádný obsah.",
        "The seal covers no payload.",
    ),
    "payload-detached": (
        "undetermined",
        "Obsah není v souboru, pečeť na něj jen odkazuje.",
        "The payload is not in the file; the seal only refers to it.",
    ),
    "signatures-none": ("error", "V souboru není žádná pečeť.", "There is no seal in the file."),
    "signatures-many": (
        "error",
        "V souboru je pečetí {count}; má být právě jedna.",
        "The file has {count} seals; there has to be exactly one.",
    ),
    "not-base64url": (
        "error",
        "Toto není kanonické base64url (bez výplně, mezer a konců řádků).",
        "This is not canonical base64url (no padding, no white space, no line breaks).",
    ),
    "not-base64": (
        "error",
        "Toto není kanonické base64 (s výplní, bez mezer a konců řádků).",
        "This is not canonical base64 (padded, no white space, no line breaks).",
    ),
    "not-compact": (
        "error",
        "Kompaktní zápis JWS má právě tři části oddělené tečkou.",
        "The compact serialization of a JWS has exactly three parts separated by dots.",
    ),
    "not-canonical": (
        "error",
        "Zápis souboru někdo změnil mimo dosah pečeti (mezery, únikové sekvence nebo pořadí členů).",
        "The file was rewritten where no seal covers it (white space, escapes or order of members).",
    ),
    # the protected header
    "header-unknown": (
        "error",
        "Parametr „{name}“ chráněné hlavičky tento profil nezná.",
        "This profile does not know the protected header parameter “{name}”.",
    ),
    "header-without-effect": (
        "info",
        "Parametr „{name}“ na platnost pečeti nemá vliv.",
        "The parameter “{name}” has no effect on the validity of the seal.",
    ),
    "header-value": (
        "error",
        "Hodnota se zde nepřipouští. Má být {cs}.",
        "This value is not allowed here. It has to be {en}.",
    ),
    "algorithm-refused": (
        "error",
        "Algoritmus „{alg}“ se nepřipouští. Připouštějí se {allowed}.",
        "The algorithm “{alg}” is not allowed. Allowed are {allowed}.",
    ),
    "x5t-sha1": (
        "error",
        "Otisk certifikátu pečeti v SHA-1 (x5t) se nepřipouští; má být x5t#S256 nebo x5t#o.",
        "A SHA-1 digest of the seal certificate (x5t) is not allowed; use x5t#S256 or x5t#o.",
    ),
    "certificate-reference-count": (
        "error",
        "Otisk certifikátu pečeti má být právě jeden (x5t#S256, x5t#o nebo sigX5ts); je jich {count}.",
        "There has to be exactly one reference to the seal certificate (x5t#S256, x5t#o or sigX5ts); there are {count}.",
    ),
    "signing-time-missing": (
        "error",
        "Chybí čas pečetění (iat, nebo dříve sigT).",
        "The signing time is missing (iat, or formerly sigT).",
    ),
    "signing-time-twice": (
        "error",
        "Čas pečetění je uveden dvakrát, v iat i v sigT; smí být jen jednou.",
        "The signing time is given twice, as iat and as sigT; only one of them is allowed.",
    ),
    "sigT-outdated": (
        "warning",
        "Čas pečetění je v sigT; od 15.\u00a07.\u00a02025 má být v iat.",
        "The signing time is given as sigT; since 15 July 2025 it should be iat.",
    ),
    "crit-empty": ("error", "Seznam crit je prázdný.", "The list crit is empty."),
    "crit-duplicate": ("error", "„{name}“ je v crit dvakrát.", "“{name}” is in crit twice."),
    "crit-registered": (
        "error",
        "„{name}“ v crit být nesmí, definuje jej přímo JOSE.",
        "“{name}” must not be in crit, because JOSE itself defines it.",
    ),
    "crit-absent": (
        "error",
        "crit jmenuje „{name}“, ale v chráněné hlavičce takový parametr není.",
        "crit names “{name}”, but the protected header has no such parameter.",
    ),
    "crit-not-understood": (
        "error",
        "crit vyžaduje porozumění parametru „{name}“, kterému tento systém nerozumí.",
        "crit demands that “{name}” be understood, which this verifier does not.",
    ),
    "crit-lacks": (
        "error",
        "Parametr „{name}“ musí být uveden v crit.",
        "The parameter “{name}” has to be listed in crit.",
    ),
    "sigD-refused": (
        "error",
        "Pečeť odkazuje na obsah mimo soubor (sigD); zde musí být obsah v souboru.",
        "The seal refers to content outside the file (sigD); here the payload has to be inside.",
    ),
    # the unprotected header
    "unsigned-mixed": (
        "error",
        "Položky etsiU mají být buď všechny řetězce base64url, nebo všechny objekty.",
        "The entries of etsiU have to be either all base64url strings or all objects.",
    ),
    "unsigned-shape": (
        "error",
        "Položka etsiU má být objekt s právě jedním známým členem.",
        "An entry of etsiU has to be an object with exactly one known member.",
    ),
    "unsigned-present": (
        "info",
        "Soubor nese {kind} ({size} bajtů); pečeť to nezahrnuje a neposuzovali jsme to.",
        "The file carries {kind} ({size} octets), which the seal does not cover and which was not judged.",
    ),
    # the signature
    "certificate-unreadable": (
        "error",
        "Certifikát nelze přečíst.",
        "The certificate cannot be read: {reason}.",
    ),
    "certificate-ambiguous": (
        "error",
        "Jméno v certifikátu obsahuje {name} víckrát; nelze říct, které platí.",
        "The name in the certificate has {name} more than once; there is no telling which is meant.",
    ),
    "signer-unidentified": (
        "error",
        "Otisku v hlavičce neodpovídá certifikát, který soubor nese na prvním místě; nevíme, kdo pečetil.",
        "The digest in the header does not match the first certificate that the file carries; the signer is not identified.",
    ),
    "certificate-reference-mismatch": (
        "error",
        "Některý z otisků v sigX5ts neodpovídá certifikátu pečeti.",
        "A digest in sigX5ts does not match the seal certificate.",
    ),
    "key-unfit": (
        "error",
        "Klíč se k algoritmu {alg} nehodí. Má být {cs}.",
        "The key does not fit the algorithm {alg}. It has to be {en}.",
    ),
    "signature-not-checked": (
        "error",
        "Podpis nelze ověřit: algoritmus v hlavičce chybí, nebo se nepřipouští.",
        "The signature cannot be verified: the algorithm in the header is missing or not allowed.",
    ),
    "signature-length": (
        "error",
        "Podpis má {count} bajtů, k tomuto klíči a algoritmu patří {expected}.",
        "The signature has {count} octets; this key and algorithm make {expected}.",
    ),
    "signature-invalid": (
        "error",
        "Podpis nesouhlasí: obsah nebo hlavička se od zapečetění změnily.",
        "The signature does not fit: payload or header were changed after sealing.",
    ),
    "library-failed": (
        "error",
        "Ověření se nepodařilo provést.",
        "The validation could not be carried out: {reason}.",
    ),
    # trust
    "time-naive": (
        "error",
        "U času chybí časové pásmo.",
        "The time has no time zone.",
    ),
    "x5c-broken": (
        "error",
        "Certifikát číslo {number} v x5c nevydal ten, který za ním následuje.",
        "Certificate number {number} of x5c was not issued by the one that follows it.",
    ),
    "key-usage": (
        "error",
        "Certifikát pečeti neopravňuje k pečetění: klíč nemá účel digitalSignature ani nonRepudiation, nebo je určen k jinému (server, program, časová razítka, OCSP).",
        "The seal certificate does not permit sealing: its key usage has neither digitalSignature nor nonRepudiation, or it is meant for something else (server, program, time-stamps, OCSP).",
    ),
    "sealed-in-future": (
        "error",
        "Čas pečetění {time} je v budoucnosti.",
        "The signing time {time} is in the future.",
    ),
    "sealed-outside-validity": (
        "error",
        "V čase pečetění {time} certifikát pečeti neplatil (platí od {start} do {end}).",
        "At the signing time {time} the seal certificate was not valid (it is valid from {start} to {end}).",
    ),
    "certificate-expired": (
        "undetermined",
        "Platnost certifikátu „{name}“ skončila {end} a nic nedokládá, že pečeť vznikla předtím.",
        "The certificate “{name}” expired on {end}, and nothing proves that the seal was made before.",
    ),
    "signing-time-unknown": (
        "undetermined",
        "Bez času pečetění nelze posoudit platnost certifikátu pečeti.",
        "Without a signing time the validity of the seal certificate cannot be judged.",
    ),
    "issuer-not-trusted": (
        "undetermined",
        "Vydavatel certifikátu pečeti není mezi důvěryhodnými.",
        "The seal certificate's issuer is not among the trusted.",
    ),
    "issuer-pretended": (
        "error",
        "Certifikát „{name}“ se hlásí k důvěryhodnému vydavateli, ale podepsal jej někdo jiný.",
        "The certificate “{name}” claims a trusted issuer, but someone else signed it.",
    ),
    "path-outside-validity": (
        "undetermined",
        "V čase pečetění neplatil certifikát některého z vydavatelů.",
        "At the signing time the certificate of an issuer was not valid: {reason}.",
    ),
    "path-invalid": (
        "error",
        "Cesta od certifikátu pečeti k důvěryhodnému vydavateli neobstála.",
        "The path from the seal certificate to a trusted issuer failed: {reason}.",
    ),
    "revocation-not-checked": (
        "warning",
        "Nezjišťovalo se, zda certifikát pečeti nebyl zneplatněn.",
        "Whether the seal certificate was revoked has not been checked.",
    ),
    # creating
    "payload-not-text": (
        "error",
        "Pečetit lze jen text v UTF-8 bez BOM.",
        "Only text in UTF-8 without a BOM can be sealed.",
    ),
    "algorithm-unavailable": (
        "error",
        "Algoritmem „{alg}“ se nepečetí. Použijte {allowed}.",
        "Nothing is sealed with the algorithm “{alg}”. Use {allowed}.",
    ),
    "profile-unknown": (
        "error",
        "Profil hlavičky „{name}“ neexistuje. Na výběr je {allowed}.",
        "There is no header profile “{name}”. Choose from {allowed}.",
    ),
    "chain-empty": (
        "error",
        "Podepisovatel nemá certifikát pečeti.",
        "The signer has no seal certificate.",
    ),
    "signer-failed": (
        "error",
        "Podepsat se nepodařilo: {reason}.",
        "Signing failed: {reason}.",
    ),
    "signer-mismatch": (
        "error",
        "Podpis nepatří k certifikátu pečeti: {reason}",
        "The signature does not belong to the seal certificate: {reason}",
    ),
    "anchors-unreadable": (
        "error",
        "Mezi důvěryhodnými certifikáty je něco, co nelze přečíst: {reason}.",
        "The trusted certificates hold something unreadable: {reason}.",
    ),
}

_CZECH_TIME: Final = "{0.day}.\u00a0{0.month}.\u00a0{0.year} {0:%H:%M:%S} UTC"
_ENGLISH_TIME: Final = "{0:%Y-%m-%d %H:%M:%S} UTC"
_LONELY_LETTER: Final = re.compile(r"(?<!\w)([ksvzouaiKSVZOUAI]) ")
_NUMBER_WITH_UNIT: Final = re.compile(r"(\d) (?=bajt|úrovn|číslic|hodnot|certifikát|bit)")


def problem(code: str, *, where: str = "", **values: object) -> Problem:
    """Return the problem `code` at `where`, its texts filled with `values`.

    A `datetime` is spelled the way of each language. Czech one-letter prepositions are tied to the next word by a no-break space.
    """
    severity, cs, en = _TEXTS[code]
    czech = cs.format_map({name: _tamed(value, time=_CZECH_TIME) for name, value in values.items()})
    english = en.format_map({name: _tamed(value, time=_ENGLISH_TIME) for name, value in values.items()})
    czech = _NUMBER_WITH_UNIT.sub("\\1\u00a0", _LONELY_LETTER.sub("\\1\u00a0", czech))
    return Problem(code, severity, where, czech, english)


def reason_of(fault: BaseException) -> str:
    """Return one short line on an exception of a library, for the text of a problem."""
    return f"{type(fault).__name__}: {fault}".strip().rstrip(".:")


def _tamed(value: object, *, time: str) -> str:
    """Values come from hostile files as well: one line, no control characters, not too long."""
    if isinstance(value, datetime):
        value = time.format(value.astimezone(UTC))
    return "".join(c if c.isprintable() or c == "\u00a0" else "\ufffd" for c in str(value)[:200])
