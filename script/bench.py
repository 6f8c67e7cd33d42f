"""Issuing and verifying, measured against others.

One is what a team would compose of PyLD, rdflib, pySHACL and cryptography. The other is `@digitalbazaar/vc`, which checks a proof
and expands JSON-LD but judges neither shapes nor certificates; it takes part where node is there and
`npm install --prefix build/peers` brought its packages. Machines drift, so all sides run in turn and only their ratio is worth
quoting. Run by script/bench in build/demo.
"""

from __future__ import annotations

import argparse
import base64
import json
import shutil
import statistics
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import bench_issue
from bench_issue import of_another
from bench_seals import (
    AWAY,
    BARE,
    BARE_JUDGED,
    BATCH,
    ONE_BY_ONE,
    SMALL,
    asking,
    lasting,
    memory,
    sealing,
)
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256
from mikrocert.certificate import certificates_of, front_of
from mikrocert.kinds.envelope import Services
from mikrocert.kinds.renderer import Attachment
from mikrocert.service.confining import cores
from mikrocert.service.system import open_system
from mikrocert.settings import FILE, load_settings
from mikrocert_edc_v3.jsonld.context import EDC_CONTEXT, edc_context
from mikrocert_edc_v3.validation.shacl import Reference, to_graph
from mikrocert_seal_ades.envelopes import JadesEnvelope

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mikrocert.service.system import System
    from mikrocert.settings import Settings


REFERENCE = "reference: verify a sealed file"
PEER = "@digitalbazaar/vc: verify a proof"
PEERS = Path(__file__).resolve().parent.parent / "build" / "peers"
PACKAGES = tuple(
    f"@digitalbazaar/{name}"
    for name in (
        "vc",
        "data-integrity",
        "eddsa-rdfc-2022-cryptosuite",
        "ed25519-multikey",
        "credentials-context",
        "data-integrity-context",
        "multikey-context",
    )
)


@contextmanager
def peer(payload: bytes) -> Iterator[Callable[[], object] | str]:
    """Yield what verifies once with `@digitalbazaar/vc`, or why that can't be measured."""
    node = shutil.which("node")
    if node is None:
        yield "no node"
        return
    if not all((PEERS / "node_modules" / name).is_dir() for name in PACKAGES):
        yield f"no packages; npm install --prefix build/peers {' '.join(PACKAGES)}"
        return
    document, contexts = PEERS / "credential.json", PEERS / "contexts.json"
    document.write_bytes(payload)
    contexts.write_text(json.dumps({EDC_CONTEXT: edc_context()}), encoding="utf-8")
    program = [node, Path(__file__).with_name("bench_peer.mjs"), document, contexts]
    with subprocess.Popen(program, cwd=PEERS, stdin=-1, stdout=-1, text=True) as process:
        assert process.stdin is not None  # noqa: S101 - both are pipes
        assert process.stdout is not None  # noqa: S101
        lines, answers = process.stdin, process.stdout

        def verify() -> None:
            print(1, file=lines, flush=True)
            if not answers.readline():
                message = "@digitalbazaar/vc ended without an answer"
                raise SystemExit(message)

        yield verify if answers.readline() == "ready\n" else "it failed; see above"
        lines.close()


def start_up() -> dict[str, Callable[[], object]]:
    """Return what is started as a process: the command line, and a bare interpreter with what it can't do without."""
    command = Path(sys.executable).with_name("mikrocert")
    bare = [sys.executable, "-c", "import typer, importlib.metadata"]
    return {
        "mikrocert --help": lambda: subprocess.run(
            [command, "--help"], stdout=subprocess.DEVNULL, check=True
        ),
        'python -c "import typer, importlib.metadata"': lambda: subprocess.run(bare, check=True),
    }


def reference_verification(sealed: bytes, shapes: Reference) -> None:
    """Check the signature, expand to RDF, validate the shapes: the same questions, asked of general libraries."""
    document = json.loads(sealed)
    signature = document["signatures"][0]
    header = json.loads(base64.urlsafe_b64decode(signature["protected"] + "=="))
    key = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0])).public_key()
    assert isinstance(key, ec.EllipticCurvePublicKey)  # noqa: S101 - the demo's seal is one
    octets = signature["protected"].encode() + b"." + document["payload"].encode()
    r_and_s = base64.urlsafe_b64decode(signature["signature"] + "==")
    r, s = (int.from_bytes(half) for half in (r_and_s[:32], r_and_s[32:]))
    key.verify(encode_dss_signature(r, s), octets, ec.ECDSA(SHA256()))
    if shapes.results(to_graph(json.loads(document["payload"]))):
        message = "the reference finds the demo's credential at fault"
        raise SystemExit(message)


def measured(sides: dict[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Return the median milliseconds of each side over interleaved rounds."""
    times: dict[str, list[float]] = {name: [] for name in sides}
    for number in range(rounds + 1):
        for name, run in sides.items():
            start = time.perf_counter()
            run()
            if number:
                times[name].append((time.perf_counter() - start) * 1000)
    return {name: statistics.median(values) for name, values in times.items()}


def sides(system: System, path: Path) -> dict[str, Callable[[], object]]:
    """Return what is measured, by name."""
    sealed = path.read_bytes()
    certificate = path.with_suffix(".pdf").read_bytes()
    shapes = Reference()
    verifier = system.verifier
    at = datetime.now(UTC)
    form = verifier.formats["edc-v3"]
    payload = json.loads(sealed)["payload"].encode()
    credential = form.open(payload)
    award = form.award(credential)
    view = verifier.verify(sealed, at=at).view
    attachment = Attachment(path.name, sealed, form.packaging.media_type)
    pixel = base64.b64decode(
        "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR42mP4//8/AAX+Av7eRrgAAAAAAElFTkSuQmCC"
    )
    envelope = JadesEnvelope()  # at level B-B: the demo's asks for time stamps

    def issue() -> None:
        with system.plugins.institutions.choose("mu", system.settings) as institution:
            draft = form.build(
                award, identifier=path.stem, link=system.link(path.stem), mandate=institution.profile.mandate
            )
            moment = at.replace(microsecond=0)
            payload = form.complete(
                draft, identity=signer.identity, at=moment, pictures={"cs": (pixel,), "en": (pixel,)}
            )
            prepared = [envelope.prepare(payload, identity=signer.identity, at=moment)]
            signatures = signer.sign_many([each.to_be_signed for each in prepared])
            envelope.finish_many(prepared, signatures, services=Services())

    signer = system.plugins.signers.choose("test", system.settings).__enter__()  # closed with the process
    branding = system.plugins.institutions.choose("mu", system.settings).__enter__().profile.branding
    return {
        "verify a sealed file": lambda: verifier.verify(sealed, at=at),
        "verify a certificate (PDF)": lambda: verifier.verify(certificate, at=at),
        "build, validate and seal a credential": issue,
        "draw a certificate (PDF)": lambda: system.renderer.document(
            [of_another(each) for each in certificates_of(view, texts=system.texts, file=attachment.name)],
            attachment=attachment,
            branding=branding,
        ),
        "draw a picture (PNG)": lambda: system.renderer.pages(
            of_another(front_of(view, language="cs", texts=system.texts)), branding=branding
        ),
        REFERENCE: lambda: reference_verification(sealed, shapes),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="counted rounds (default 15)")
    parser.add_argument("--files", type=int, default=1000, help="files verified for memory (default 1000)")
    parser.add_argument(
        "--awards", type=int, default=50, help="awards of a whole issue (default 50); 0 leaves it out"
    )
    parser.add_argument(
        "--memory",
        type=int,
        metavar="AWARDS",
        help="only issue so many awards, and print what memory it takes",
    )
    given = parser.parse_args()
    if given.memory:
        for number, program, worker in bench_issue.memory(load_settings(Path(FILE)), count=given.memory):
            print(f"{number:>6} awards   program {program:6.0f} MB   largest worker {worker:6.0f} MB")
        return
    rounds = given.rounds
    path = min(Path().glob("*.jsonld"))
    payload = json.loads(path.read_bytes())["payload"].encode()
    settings = bench_issue.sealing_at_b_b(load_settings(Path(FILE)))
    with open_system(settings) as system, peer(payload) as verify:
        compared = sides(system, path)
        if not isinstance(verify, str):
            compared[PEER] = verify
        medians = measured(compared, rounds)
        signer = system.plugins.signers.choose("test", system.settings).__enter__()  # closed with the process
        sealed = {len(each): measured(sealing(signer, each), 20 * rounds) for each in (payload, SMALL)}
        judged = measured(lasting(system, path), rounds)
        asked = measured(asking(signer, SMALL), max(1, rounds // 5))
        kept = memory(system, signer, path, files=given.files)
    print(f"{path.name}, {path.stat().st_size // 1000} kB, medians of {rounds} interleaved rounds\n")
    table(medians, to=REFERENCE, its="the reference")
    if isinstance(verify, str):
        print(f"{PEER:<48} not measured: {verify}")
    for size, medians in sealed.items():
        print(f"\nsealing {size} octets\n")
        table(medians, to=BARE, its="the bare signature")
    print("\nseals that last, without a network\n")
    table(judged, to=BARE_JUDGED, its="the bare signatures")
    print(f"\na batch of {BATCH} raised to B-LT, {AWAY * 1000:.0f} ms on the way to each answer\n")
    table(asked, to=ONE_BY_ONE, its=ONE_BY_ONE)
    print("\nmemory\n")
    for count, megabytes in kept.items():
        print(f"{f'after {count} files':<48} {megabytes:8.1f} MB")
    medians = measured(start_up(), rounds)
    *_, bare = medians
    print("\nas a process\n")
    table(medians, to=bare, its="the bare interpreter")
    if given.awards:
        issues(settings, count=given.awards)


def issues(settings: Settings, *, count: int) -> None:
    """Measure whole issues between two measurements of their parts, and print both."""
    medians: dict[str, list[float]] = {}

    def measure_parts() -> None:
        for name, part in bench_issue.parts(settings):
            medians.setdefault(name, []).append(measured({name: part}, 3)[name])

    measure_parts()
    one = bench_issue.whole(settings, count=count, workers=0)
    measure_parts()
    every = bench_issue.whole(settings, count=count, workers=None)
    measure_parts()
    parts = {name: statistics.median(values) for name, values in medians.items()}
    total = sum(parts.values())
    print(f"\nan award of an issue of {count}\n")
    for name, milliseconds in parts.items():
        print(f"{name:<48} {milliseconds:8.1f} ms")
    for name, milliseconds in (
        ("the sum of these parts", total),
        ("all of an award, in one process", one),
        (f"all of an award, drawn by {cores()} processes", every),
    ):
        print(f"{name:<48} {milliseconds:8.1f} ms   {milliseconds / total:7.2f} × the sum of the parts")
    print(f"{'a credential with its certificate at B-B':<48} {bench_issue.size(settings) / 1000:8.1f} kB")


def table(medians: dict[str, float], *, to: str, its: str) -> None:
    """Print a line for each side, with its ratio to one of them."""
    for name, milliseconds in medians.items():
        print(f"{name:<48} {milliseconds:8.2f} ms   {medians[to] / milliseconds:7.2f} × as fast as {its}")


if __name__ == "__main__":
    main()
