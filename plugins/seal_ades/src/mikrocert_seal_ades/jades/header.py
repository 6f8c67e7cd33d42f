"""The protected header of a JAdES signature, read with every fault named (ETSI TS 119 182-1, 5.1 and 5.2)."""

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Final, Literal, TypeAlias, TypeVar, cast

import attrs

from mikrocert_seal_ades.jades.encoding import from_base64, from_base64url
from mikrocert_seal_ades.jades.shapes import timestamp_tokens
from mikrocert_seal_ades.jades.strict_json import Json, child
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS
from mikrocert_seal_ades.pki.chains import LONGEST_CHAIN
from mikrocert_seal_ades.pki.problems import Problem, phrase, problem

Profile: TypeAlias = Literal["ts119182-1.2.1", "edc-legacy"]
Serialization: TypeAlias = Literal["general", "flattened", "compact"]

DIGESTS: Final[Mapping[str, tuple[str, int]]] = {
    "S256": ("sha256", 32),
    "S384": ("sha384", 48),
    "S512": ("sha512", 64),
}
_Item = TypeVar("_Item")
_IAT_SINCE: Final = datetime(2025, 7, 15, tzinfo=UTC)
_LAST_SECOND: Final = 253_402_300_799
_SIGT: Final = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ", re.ASCII)

_REGISTERED: Final = frozenset(
    (
        "alg",
        "jku",
        "jwk",
        "kid",
        "x5u",
        "x5c",
        "x5t",
        "x5t#S256",
        "typ",
        "cty",
        "crit",
        "enc",
        "zip",
        "epk",
        "apu",
        "apv",
        "iv",
        "tag",
        "p2s",
        "p2c",
    )
)
_UNDERSTOOD_IF_CRITICAL: Final = frozenset(
    ("b64", "iat", "sigT", "x5t#o", "sigX5ts", "adoTst", "srCms", "sigPl", "srAts", "sigPId", "sigD")
)
_WITHOUT_EFFECT: Final = frozenset(("nbf", "exp"))
_NOT_JUDGED: Final = frozenset(("srCms", "sigPl", "srAts", "sigPId"))


@attrs.frozen
class CertificateDigest:
    """The digest by which the header names the seal certificate: `digAlg` is S256, S384 or S512."""

    digAlg: str  # noqa: N815  the standard's own name
    digVal: bytes  # noqa: N815  the standard's own name


@attrs.frozen
class Detached:
    """`sigD`: which content outside the file is sealed (ETSI TS 119 182-1, 5.2.8); digests are of `hashM`."""

    mId: str  # noqa: N815  the standard's own name
    pars: tuple[str, ...]
    hashM: str  # noqa: N815  the standard's own name
    hashV: tuple[bytes, ...]  # noqa: N815  the standard's own name


@attrs.frozen
class ProtectedHeader:
    """What the signer said and signed; a member that is absent or wrong is None or empty.

    `kid` is a hint and nothing is ever decided by it. `certificates` is `x5c` as DER, the seal certificate first.
    `b64` is true when absent (RFC 7797, 3). `signing_time` is claimed, not proven. `adoTst` holds DER time-stamp
    tokens. `profile` says which generation of the standard the header follows. `names` are all members in order.
    """

    names: tuple[str, ...]
    alg: str | None
    cty: str | None
    kid: str | None
    typ: str | None
    b64: bool
    crit: tuple[str, ...]
    certificate_digests: tuple[CertificateDigest, ...]
    certificates: tuple[bytes, ...]
    signing_time: datetime | None
    profile: Profile | None
    adoTst: tuple[bytes, ...]  # noqa: N815  the standard's own name
    sigD: Detached | None  # noqa: N815  the standard's own name


def read_header(
    members: Mapping[str, Json], *, where: str, serialization: Serialization
) -> tuple[ProtectedHeader, tuple[Problem, ...]]:
    """Return the header in `members` and all that is wrong with it, each under its path below `where`."""
    reader = _Reader(where=where)
    for name, value in members.items():
        reader.read(name, value)
    if "alg" not in members:
        reader.fault("member-missing", "", name="alg")
    header = _assemble(members, reader)
    _check_typ(header, reader, serialization=serialization)
    _check_certificate_reference(members, reader)
    _check_time(header, members, reader)
    _check_crit(header, members, reader)
    return header, tuple(reader.problems)


def _assemble(members: Mapping[str, Json], reader: "_Reader") -> ProtectedHeader:
    values = reader.values
    digests = [
        d for name in ("x5t#S256", "x5t#o", "sigX5ts") for d in _tuple_of(values.get(name), CertificateDigest)
    ]
    iat, sigt = values.get("iat"), values.get("sigT")
    time = iat if isinstance(iat, datetime) else sigt
    profile: Profile | None = (
        "ts119182-1.2.1" if "iat" in members else "edc-legacy" if "sigT" in members else None
    )
    detached = values.get("sigD")
    return ProtectedHeader(
        names=tuple(members),
        alg=_text_or_none(values.get("alg")),
        cty=_text_or_none(values.get("cty")),
        kid=_text_or_none(values.get("kid")),
        typ=_text_or_none(values.get("typ")),
        b64=values.get("b64") is not False,
        crit=_tuple_of(values.get("crit"), str),
        certificate_digests=tuple(digests),
        certificates=_tuple_of(values.get("x5c"), bytes),
        signing_time=time if isinstance(time, datetime) else None,
        profile=profile,
        adoTst=_tuple_of(values.get("adoTst"), bytes),
        sigD=detached if isinstance(detached, Detached) else None,
    )


def _check_typ(header: ProtectedHeader, reader: "_Reader", *, serialization: Serialization) -> None:
    short = "jose" if serialization == "compact" else "jose+json"
    if header.typ is not None and header.typ not in {short, f"application/{short}"}:
        reader.fault("header-value", "typ", right=phrase("“{short}”", short=short))


def _check_certificate_reference(members: Mapping[str, Json], reader: "_Reader") -> None:
    count = len({"x5t#S256", "x5t#o", "sigX5ts"} & members.keys())
    if count != 1:
        reader.fault("certificate-reference-count", "", count=count)


def _check_time(header: ProtectedHeader, members: Mapping[str, Json], reader: "_Reader") -> None:
    times = {"iat", "sigT"} & members.keys()
    if not times:
        reader.fault("signing-time-missing", "")
    elif len(times) > 1:
        reader.fault("signing-time-twice", "")
    elif "sigT" in members and header.signing_time and header.signing_time >= _IAT_SINCE:
        reader.fault("sigT-outdated", "sigT")


def _check_crit(header: ProtectedHeader, members: Mapping[str, Json], reader: "_Reader") -> None:
    names: set[str] = set()
    for index, name in enumerate(header.crit):
        where = child("crit", index)
        if name in names:
            reader.fault("crit-duplicate", where, name=name)
        elif name in _REGISTERED:
            reader.fault("crit-registered", where, name=name)
        elif name not in members:
            reader.fault("crit-absent", where, name=name)
        elif name not in _UNDERSTOOD_IF_CRITICAL:
            reader.fault("crit-not-understood", where, name=name)
        names.add(name)
    for name in ("b64", "sigD"):
        if name in members and name not in names:
            reader.fault("crit-lacks", "crit" if "crit" in members else "", name=name)


@attrs.define
class _Reader:
    """Collects the values of the header's members and what is wrong with them."""

    where: str
    values: dict[str, object] = attrs.Factory(dict[str, object])
    problems: list[Problem] = attrs.Factory(list[Problem])

    def fault(self, code: str, member: str, **values: object) -> None:
        where = f"{self.where}.{member}" if self.where and member else self.where or member
        self.problems.append(problem(code, where=where, **values))

    def read(self, name: str, value: Json) -> None:
        if name == "x5t":
            self.fault("x5t-sha1", name)
        elif name in _WITHOUT_EFFECT:
            self.fault("header-without-effect", name, name=name)
        elif name in _READERS:
            faults = len(self.problems)
            self.values[name] = _READERS[name](self, name, value)
            if name in _NOT_JUDGED and len(self.problems) == faults:
                self.fault("header-not-judged", name, name=name)
        else:
            # RFC 7515, 4: what isn't understood and not critical is ignored; what could name another key is not.
            code = "header-unknown" if name in _REGISTERED else "header-ignored"
            self.problems.append(problem(code, where=child(self.where, name), name=name))

    def text(self, name: str, value: Json) -> str | None:
        if isinstance(value, str) and value:
            return value
        self.fault("wrong-type", name, right=phrase("a string that is not empty"))
        return None

    def alg(self, name: str, value: Json) -> str | None:
        alg = self.text(name, value)
        if alg is not None and alg not in ALGORITHMS:
            self.fault("algorithm-refused", name, alg=alg, allowed=", ".join(ALGORITHMS))
            return None
        return alg

    def boolean(self, name: str, value: Json) -> bool | None:
        if isinstance(value, bool):
            return value
        self.fault("wrong-type", name, right=phrase("true or false"))
        return None

    def object(self, name: str, value: Json) -> Mapping[str, Json] | None:
        if isinstance(value, dict) and value:
            return value
        self.fault("wrong-type", name, right=phrase("an object that is not empty"))
        return None

    def array(self, name: str, value: Json) -> list[Json]:
        if isinstance(value, list) and value:
            return value
        self.fault("wrong-type", name, right=phrase("an array that is not empty"))
        return []

    def crit(self, name: str, value: Json) -> tuple[str, ...]:
        if value == []:
            self.fault("crit-empty", name)
            return ()
        return tuple(
            text
            for i, item in enumerate(self.array(name, value))
            if (text := self.text(child(name, i), item))
        )

    def iat(self, name: str, value: Json) -> datetime | None:
        if isinstance(value, int) and not isinstance(value, bool) and 0 <= value <= _LAST_SECOND:
            return datetime.fromtimestamp(value, UTC)
        self.fault(
            "header-value",
            name,
            right=phrase("a whole number of seconds since 1 January 1970"),
        )
        return None

    def sigt(self, name: str, value: Json) -> datetime | None:
        if isinstance(value, str) and _SIGT.fullmatch(value):
            try:
                return datetime.fromisoformat(value)
            except ValueError:
                pass
        self.fault(
            "header-value",
            name,
            right=phrase("a time like YYYY-MM-DDThh:mm:ssZ"),
        )
        return None

    def x5c(self, name: str, value: Json) -> tuple[bytes, ...]:
        found: list[bytes] = []
        items = self.array(name, value)
        if len(items) > LONGEST_CHAIN:
            self.fault(
                "header-value",
                name,
                right=phrase("at most {longest_chain} certificates", longest_chain=LONGEST_CHAIN),
            )
            return ()
        for index, item in enumerate(items):
            octets = from_base64(item) if isinstance(item, str) else None
            if not octets:
                self.fault("not-base64", child(name, index))
            else:
                found.append(octets)
        return tuple(found)

    def digest(self, name: str, value: Json, *, alg: str) -> tuple[CertificateDigest, ...]:
        octets = from_base64url(value) if isinstance(value, str) else None
        size = DIGESTS[alg][1]
        if octets is None:
            self.fault("not-base64url", name)
        elif len(octets) != size:
            self.fault("header-value", name, right=phrase("a digest of {size} octets", size=size))
        else:
            return (CertificateDigest(alg, octets),)
        return ()

    def x5t_s256(self, name: str, value: Json) -> tuple[CertificateDigest, ...]:
        return self.digest(name, value, alg="S256")

    def x5t_o(self, name: str, value: Json) -> tuple[CertificateDigest, ...]:
        members = self.object(name, value)
        if members is None:
            return ()
        self.exactly(name, members, required=("digAlg", "digVal"))
        alg = members.get("digAlg")
        if not isinstance(alg, str) or alg not in DIGESTS:
            self.fault("header-value", child(name, "digAlg"), right=phrase("S256, S384 or S512"))
            return ()
        return self.digest(child(name, "digVal"), members["digVal"], alg=alg) if "digVal" in members else ()

    def sig_x5ts(self, name: str, value: Json) -> tuple[CertificateDigest, ...]:
        items = self.array(name, value)
        if len(items) > LONGEST_CHAIN:
            self.fault("header-value", name, right=phrase("at most {most} digests", most=LONGEST_CHAIN))
            return ()
        return tuple(d for i, item in enumerate(items) for d in self.x5t_o(child(name, i), item))

    def ado_tst(self, name: str, value: Json) -> tuple[bytes, ...]:
        tokens, problems = timestamp_tokens(value, where=f"{self.where}.{name}", canonicalised=False)
        self.problems.extend(problems)
        return tokens

    def sig_d(self, name: str, value: Json) -> Detached | None:
        members = self.object(name, value)
        if members is None:
            return None
        self.exactly(name, members, required=("mId", "pars"), optional=("hashM", "hashV", "ctys"))
        pars = [
            self.text(f"{name}.pars[{i}]", item)
            for i, item in enumerate(self.array(f"{name}.pars", members.get("pars")))
        ]
        hash_m = members.get("hashM")
        digests: list[CertificateDigest] = []
        if hash_m is not None:
            if not isinstance(hash_m, str) or hash_m not in DIGESTS:
                self.fault("header-value", f"{name}.hashM", right=phrase("S256, S384 or S512"))
                return None
            for i, item in enumerate(self.array(f"{name}.hashV", members.get("hashV"))):
                digests.extend(self.digest(f"{name}.hashV[{i}]", item, alg=hash_m))
        return Detached(
            mId=self.text(f"{name}.mId", members.get("mId")) or "",
            pars=tuple(text for text in pars if text),
            hashM=hash_m or "",
            hashV=tuple(digest.digVal for digest in digests),
        )

    def exactly(
        self,
        name: str,
        members: Mapping[str, Json],
        *,
        required: tuple[str, ...],
        optional: tuple[str, ...] = (),
    ) -> None:
        for missing in required:
            if missing not in members:
                self.fault("member-missing", name, name=missing)
        for extra in members:
            if extra not in required + optional:
                self.fault("member-unexpected", child(name, extra), name=extra)


_READERS: Final[Mapping[str, Callable[[_Reader, str, Json], object]]] = {
    "alg": _Reader.alg,
    "cty": _Reader.text,
    "kid": _Reader.text,
    "x5t#S256": _Reader.x5t_s256,
    "x5t#o": _Reader.x5t_o,
    "sigX5ts": _Reader.sig_x5ts,
    "x5c": _Reader.x5c,
    "typ": _Reader.text,
    "b64": _Reader.boolean,
    "iat": _Reader.iat,
    "sigT": _Reader.sigt,
    "crit": _Reader.crit,
    "adoTst": _Reader.ado_tst,
    "sigPId": _Reader.object,
    "srCms": _Reader.array,
    "sigPl": _Reader.object,
    "srAts": _Reader.object,
    "sigD": _Reader.sig_d,
}


def _text_or_none(value: object) -> str | None:
    return value if isinstance(value, str) else None


def _tuple_of(value: object, kind: type[_Item]) -> tuple[_Item, ...]:
    return tuple(item for item in cast("tuple[object, ...]", value or ()) if isinstance(item, kind))
