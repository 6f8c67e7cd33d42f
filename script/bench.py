"""Issuing and verifying, measured against what one would compose of PyLD, rdflib, pySHACL and cryptography.

Machines drift, so both sides run in turn and only their ratio is worth quoting. Run by script/bench in build/demo.
"""

from __future__ import annotations

import argparse
import base64
import json
import statistics
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from mikrocert.kinds.envelope import Services
from mikrocert.kinds.renderer import Attachment
from mikrocert.service.system import open_system
from mikrocert.settings import FILE, load_settings
from mikrocert_edc_v3.validation.shacl import Reference, to_graph

if TYPE_CHECKING:
    from collections.abc import Callable

    from mikrocert.service.system import System


def reference_verification(sealed: bytes, shapes: Reference) -> None:
    """Check the signature, expand to RDF, validate the shapes: the same questions, asked of general libraries."""
    document = json.loads(sealed)
    signature = document["signatures"][0]
    header = json.loads(base64.urlsafe_b64decode(signature["protected"] + "=="))
    key = x509.load_der_x509_certificate(base64.b64decode(header["x5c"][0])).public_key()
    assert isinstance(key, rsa.RSAPublicKey)  # noqa: S101 - the demo's seal is one
    octets = signature["protected"].encode() + b"." + document["payload"].encode()
    key.verify(base64.urlsafe_b64decode(signature["signature"] + "=="), octets, padding.PKCS1v15(), SHA256())
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
    envelope = verifier.envelopes[form.packaging.envelope]

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
            view, attachment=attachment, branding=branding, texts=system.texts
        ),
        "draw a picture (PNG)": lambda: system.renderer.pages(
            view, language="cs", branding=branding, texts=system.texts
        ),
        "reference: verify a sealed file": lambda: reference_verification(sealed, shapes),
    }


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=15, help="counted rounds (default 15)")
    rounds = parser.parse_args().rounds
    path = min(Path().glob("*.jsonld"))
    with open_system(load_settings(Path(FILE))) as system:
        medians = measured(sides(system, path), rounds)
    reference = medians["reference: verify a sealed file"]
    print(f"{path.name}, {path.stat().st_size // 1000} kB, medians of {rounds} interleaved rounds\n")
    for name, milliseconds in medians.items():
        print(
            f"{name:<40} {milliseconds:8.1f} ms   {reference / milliseconds:7.2f} × as fast as the reference"
        )


if __name__ == "__main__":
    main()
