"""What script/bench measures of seals: making them, judging those that last, asking services for a batch, and memory."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import attrs
from mikrocert.kinds.envelope import Services
from mikrocert_seal_ades import jades
from mikrocert_seal_ades.envelopes import JadesEnvelope
from mikrocert_seal_ades.pki.algorithms import ALGORITHMS, verify
from mikrocert_seal_ades.pki.asking import AT_ONCE, RevocationClient, TimeStampClient
from mikrocert_seal_ades.pki.http import Http
from mikrocert_seal_ades.pki.levels import Sources
from mikrocert_seal_ades.pki.x509 import public_key

if TYPE_CHECKING:
    from collections.abc import Callable

    from mikrocert.kinds.signer import Signer
    from mikrocert.service.system import System

BARE = "sign the payload, escape and encode it"
BARE_CHECKED = "the same, and verify the signature"
CARRIED = 10
"""About as many signatures as a file at level B-LTA carries, those of certificates and answers included."""
BARE_JUDGED = f"verify {CARRIED} bare signatures"
ONE_BY_ONE = "one after another"
SMALL = '{"jméno": "Kateřina Ďurišová"}'.encode()
BATCH = 16
AWAY = 0.1
"""Seconds that each answer of a service takes on its way."""


def sealing(signer: Signer, payload: bytes) -> dict[str, Callable[[], object]]:
    """Return sealing at level B-B, what no way of sealing can do without, and that with the signature verified as we do."""
    envelope = JadesEnvelope()
    identity, at = signer.identity, datetime.now(UTC)
    algorithm, key = ALGORITHMS[identity.algorithm], public_key(identity.certificates[0])

    def seal() -> None:
        prepared = envelope.prepare(payload, identity=identity, at=at)
        envelope.finish_many([prepared], signer.sign_many([prepared.to_be_signed]), services=Services())

    def bare() -> bytes:
        (signature,) = signer.sign_many([payload])
        json.dumps(payload.decode(), ensure_ascii=False).encode()
        return signature

    def checked() -> None:
        verify(payload, signature=bare(), algorithm=algorithm, public_key=key)

    return {"seal with JAdES at level B-B": seal, BARE_CHECKED: checked, BARE: bare}


def lasting(system: System, path: Path) -> dict[str, Callable[[], object]]:
    """Return judging a sealed file and a certificate at level B-LTA without a network, and verifying as many bare signatures."""
    verifier, at = system.verifier, datetime.now(UTC)

    def judging(kind: str, data: bytes) -> Callable[[], object]:
        envelope = verifier.envelopes[kind]
        return lambda: envelope.examine(envelope.open(data), trust=verifier.trust, at=at)

    sealed, certificate = path.read_bytes(), path.with_suffix(".pdf").read_bytes()
    file = jades.parse(sealed)
    key, algorithm = public_key(file.header.certificates[0]), ALGORITHMS[file.header.alg or ""]

    def bare() -> None:
        for _ in range(CARRIED):
            verify(file.signing_input, signature=file.signature, algorithm=algorithm, public_key=key)

    return {
        "judge JAdES at level B-LTA": judging("jades", sealed),
        "judge PAdES at level B-LTA": judging("pades", certificate),
        BARE_JUDGED: bare,
    }


def asking(signer: Signer, payload: bytes) -> dict[str, Callable[[], object]]:
    """Return raising a batch to level B-LT side by side and one after another, where each answer takes a while to come."""
    services, at = signer.services, datetime.now(UTC)
    envelope = JadesEnvelope()
    prepared = [envelope.prepare(payload, identity=signer.identity, at=at) for _ in range(BATCH)]
    signatures = signer.sign_many([one.to_be_signed for one in prepared])
    files = envelope.finish_many(prepared, signatures, services=Services())

    def away(url: str, body: bytes | None, media_type: str) -> bytes | None:
        time.sleep(AWAY)
        return services.reply(url, body, media_type)

    def raising(at_once: int) -> Callable[[], object]:
        http = Http(reply=away)
        client = TimeStampClient.over_http(services.timestamps, http=http)
        sources = Sources(
            timestamps=attrs.evolve(client, at_once=at_once),
            revocation=RevocationClient(http, at_once=at_once),
        )
        return lambda: jades.extend_many(files, level="B-LT", sources=sources)

    return {f"{AT_ONCE} at once": raising(AT_ONCE), ONE_BY_ONE: raising(1)}


def memory(system: System, signer: Signer, path: Path, *, files: int) -> dict[int, float]:
    """Verify so many files, no two alike, and return the megabytes in memory after a tenth of them and after all.

    Linux only: elsewhere nothing is returned.
    """
    status = Path("/proc/self/statm")
    if not status.exists():
        return {}
    envelope, at = JadesEnvelope(), datetime.now(UTC)
    payload = json.loads(path.read_bytes())["payload"]
    found: dict[int, float] = {}
    for number in range(1, files + 1):
        own = payload.replace(path.stem, f"{number:012d}").encode()
        prepared = envelope.prepare(own, identity=signer.identity, at=at)
        (sealed,) = envelope.finish_many(
            [prepared], signer.sign_many([prepared.to_be_signed]), services=Services()
        )
        system.verifier.verify(sealed, at=at)
        if number in {files // 10, files}:
            found[number] = int(status.read_text().split()[1]) * 4096 / 2**20
    return found
