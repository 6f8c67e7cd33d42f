"""Raise seals: time-stamps, then revocation data, then archive time-stamps, and again before those end.

A signature at level B-B is only as good as its certificate is today. Each level adds entries to `etsiU` behind it and changes
nothing that stands there (ETSI TS 119 182-1 v1.2.1, 5.3 and 6.3):

1. B-T: `sigTst`, when the signature was there at the latest;
2. B-LT: `xVals` and `rVals`, asked for after that: who vouched for its certificate and the time-stamp's, and that nobody
   had revoked them;
3. B-LTA: `arcTst` over all of it;
4. renewal, as often as needed: `tstVD` with the same data for the last `arcTst`, and an `arcTst` over all of it again.

A batch goes through these steps as `pki.raising` has it.
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Final, NoReturn

import attrs

from mikrocert_seal_ades.jades import imprints, layout, strict_json
from mikrocert_seal_ades.jades.detached import Document, resolve
from mikrocert_seal_ades.jades.encoding import base64_padded, base64url
from mikrocert_seal_ades.jades.errors import SealingError, UnreadableError
from mikrocert_seal_ades.jades.http_messages import BY_HEADERS
from mikrocert_seal_ades.jades.inspecting import inspect
from mikrocert_seal_ades.jades.reading import JadesFile, parse_any
from mikrocert_seal_ades.jades.strict_json import Json
from mikrocert_seal_ades.jades.unsigned import LARGEST, MOST
from mikrocert_seal_ades.pki import timestamps
from mikrocert_seal_ades.pki.errors import CertificateError, ServiceError
from mikrocert_seal_ades.pki.levels import LEVELS, Level, Sources
from mikrocert_seal_ades.pki.problems import problem
from mikrocert_seal_ades.pki.raising import Place, Stamped, raised, renewed
from mikrocert_seal_ades.pki.revocation import ValidationData
from mikrocert_seal_ades.pki.rfc3161 import Digest, Imprint

_LOST: Final = frozenset({"member-uncovered"})
"""Codes of what would not be in the file any more once it is written anew."""
_KINDS: Final[Mapping[Level, frozenset[str]]] = {
    "B-T": frozenset({"sigTst", "arcTst"}),
    "B-LT": frozenset({"rVals", "anyValData", "arcTst"}),
    "B-LTA": frozenset({"arcTst"}),
}
"""Entries that a level adds, or that stand over it."""


def extend(data: bytes, *, level: Level, sources: Sources, documents: Sequence[Document] = ()) -> bytes:
    """Return one sealed file, raised to `level`; see `extend_many`."""
    return extend_many((data,), level=level, sources=sources, documents=documents)[0]


def extend_many(
    files: Sequence[bytes], *, level: Level, sources: Sources, documents: Sequence[Document] = ()
) -> tuple[bytes, ...]:
    """Return sealed files, each raised to `level` unless it is there already.

    `files` are JAdES files in JSON serialization, General or Flattened, with one signature that is intact; what of them is signed
    or time-stamped stays octet for octet. `documents` are those that the files refer to, where what they seal is outside.
    Raises `SealingError`: a file is not such a one, or a service refuses, is silent, or
    answers something else than it was asked; then no file comes back.
    """
    if level not in LEVELS:
        _fail("level-unknown", where="level", name=level, allowed=", ".join(LEVELS))
    if level == "B-B":
        return tuple(files)
    with _faults():
        drafts = raised([_Draft.of(data, documents) for data in files], level=level, sources=sources)
        return tuple(draft.octets for draft in drafts)


def renew(data: bytes, *, sources: Sources, documents: Sequence[Document] = ()) -> bytes:
    """Return one sealed file, time-stamped anew; see `renew_many`."""
    return renew_many((data,), sources=sources, documents=documents)[0]


def renew_many(
    files: Sequence[bytes], *, sources: Sources, documents: Sequence[Document] = ()
) -> tuple[bytes, ...]:
    """Return sealed files with a further archive time-stamp each, before it data by which the last one can be judged.

    A file below B-LTA is raised to it instead. What has been there stays octet for octet. The rest is as `extend_many` has it
    (ETSI TS 119 182-1 v1.2.1, 5.3.6).
    """
    with _faults():
        drafts = renewed([_Draft.of(data, documents) for data in files], sources=sources)
        return tuple(draft.octets for draft in drafts)


@contextmanager
def _faults() -> Generator[None]:
    """Make a `SealingError` of what is wrong with a service or a certificate."""
    try:
        yield
    except (CertificateError, ServiceError) as fault:
        raise SealingError(*fault.problems) from fault


@attrs.frozen
class _Stamped:
    """A container of time-stamps: its kind, such as `sigTst`, and each token with the DER certificate of its unit."""

    kind: str
    tokens: tuple[Stamped, ...]


@attrs.frozen
class _Draft:
    """A file on its way up: what was read, and the entries of `etsiU` as they stand and are added.

    `content` is what stands for the payload under archive time-stamps. `signer` is the seal certificate, DER. `kinds` are those of the entries, `stamps` all time-stamps, in the order of the
    file, `certificates` all that the file carries.
    """

    file: JadesFile
    content: bytes
    signer: bytes
    entries: tuple[str, ...]
    kinds: tuple[str, ...]
    stamps: tuple[_Stamped, ...]
    certificates: tuple[bytes, ...]

    @property
    def claimed_at(self) -> datetime | None:
        """The signing time that the header claims."""
        return self.file.header.signing_time

    @property
    def tokens(self) -> tuple[Stamped, ...]:
        """All time-stamps, each with the certificate of its unit."""
        return tuple(token for stamped in self.stamps for token in stamped.tokens)

    @property
    def last_tokens(self) -> tuple[Stamped, ...]:
        """Those of the last container."""
        return self.stamps[-1].tokens

    @property
    def stamped_at(self) -> datetime:
        """The time in the first `sigTst`."""
        return next(stamped.tokens[0][0].time for stamped in self.stamps if stamped.kind == "sigTst")

    def has(self, level: Level) -> bool:
        """Return whether there are entries of the kinds that a level brings."""
        return not _KINDS[level].isdisjoint(self.kinds)

    @classmethod
    def of(cls, data: bytes, documents: Sequence[Document]) -> "_Draft":
        """Read a file, and hold its signature and time-stamps against what they cover. Raises `SealingError`."""
        try:
            file = parse_any(data)
        except UnreadableError as fault:
            raise SealingError(*fault.problems) from fault
        if file.serialization == "compact":
            _fail("compact-bare")
        if file.header.sigD is not None and file.header.sigD.mId == BY_HEADERS:
            _fail("http-bare")
        found = inspect(file, documents=documents)
        errors = [
            fault
            for fault in found.problems
            if fault.severity in {"error", "undetermined"} or fault.code in _LOST
        ]
        if errors:
            raise SealingError(*errors)
        for entry in file.unsigned:
            if entry.text is None:
                _fail("unsigned-clear", where=entry.where)
        outside = resolve(file, documents=documents).content if file.header.sigD else None
        return cls(
            file,
            content=file.content if outside is None else b"".join(outside),
            signer=found.chain[0],
            entries=tuple(entry.text or "" for entry in file.unsigned),
            kinds=tuple(entry.kind for entry in file.unsigned),
            stamps=tuple(_stamps(file, among=found.others)),
            certificates=(
                *file.header.certificates,
                *(c for entry in file.unsigned for c in entry.certificates),
            ),
        )

    def with_entry(self, kind: str, value: Json, *, certificates: Sequence[bytes] = ()) -> "_Draft":
        """Return this with one more entry, in which there may be `certificates`."""
        return attrs.evolve(
            self,
            entries=(*self.entries, base64url(strict_json.dumps({kind: value}).encode("utf-8"))),
            kinds=(*self.kinds, kind),
            certificates=(*self.certificates, *certificates),
        )

    def place(self, level: Level, *, digest: Digest) -> Place["_Draft"]:
        """Return where the time-stamp goes that a level adds: the next entry (ETSI TS 119 182-1, 5.3.4 and 5.3.6.2)."""
        kind, signature = "arcTst", base64url(self.file.signature)
        if level == "B-T":
            kind, pieces = "sigTst", imprints.of_signature(signature)
        else:
            pieces = imprints.of_archive(
                payload=self.content,
                protected=self.file.protected,
                signature=signature,
                entries=self.entries,
            )

        def filled(octets: bytes, stamped: Stamped) -> "_Draft":
            container: Json = {"tstTokens": [{"val": base64_padded(octets)}]}
            return attrs.evolve(
                self.with_entry(kind, container), stamps=(*self.stamps, _Stamped(kind, (stamped,)))
            )

        return Place(Imprint(digest, imprints.digest(pieces, algorithm=digest)), filled)

    def with_data(self, data: ValidationData) -> "_Draft":
        """Return this with `xVals` and `rVals`, or with `tstVD` where time-stamps are archived."""
        certificates = [c for c in data.certificates if c not in self.certificates]
        values: dict[str, Json] = {}
        if certificates:
            values["xVals"] = [{"x509Cert": {"val": base64_padded(c)}} for c in certificates]
        revocation: dict[str, Json] = {
            name: [{"val": base64_padded(octets)} for octets in found]
            for name, found in (("crlVals", data.crls), ("ocspVals", data.ocsps))
            if found
        }
        if revocation:
            values["rVals"] = revocation
        if self.has("B-LTA"):
            return self.with_entry("tstVD", dict(values), certificates=certificates) if values else self
        draft = self
        for kind, value in values.items():
            draft = draft.with_entry(kind, value, certificates=certificates)
        return draft

    @property
    def octets(self) -> bytes:
        """The file as it is to be written. Raises `SealingError` where nobody would read it any more."""
        size = sum(map(len, self.entries))
        if size > LARGEST or len(self.entries) > MOST:
            _fail("unsigned-too-large", size=size, count=len(self.entries), limit=LARGEST, most=MOST)
        return layout.file_of(
            self.file.serialization,
            signing_input=self.file.signing_input,
            signature=self.file.signature,
            entries=self.entries,
            detached=self.file.header.sigD is not None,
        )


def _stamps(file: JadesFile, *, among: Sequence[bytes]) -> Generator[_Stamped]:
    """Yield the containers of time-stamps of a file that was found to hold."""
    for stamped in imprints.time_stamped(file):
        tokens = [timestamps.read(octets) for octets in stamped.tokens]
        units = [(token, token.unit(among=among)) for token in tokens]
        yield _Stamped(stamped.kind, tuple((token, unit) for token, unit in units if unit))


def _fail(code: str, *, where: str = "", **values: object) -> NoReturn:
    raise SealingError(problem(code, where=where, **values))
