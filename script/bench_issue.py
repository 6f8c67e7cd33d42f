"""Whole issues, measured against the sum of their parts, and the memory that they take; run by script/bench."""

from __future__ import annotations

import multiprocessing
import os
import tempfile
import time
from contextlib import contextmanager
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any

import attrs
from mikrocert.archive import init_archive
from mikrocert.certificate import certificates_of, front_of
from mikrocert.kinds.envelope import Services
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.kinds.renderer import Attachment
from mikrocert.service.confining import cores
from mikrocert.service.system import open_system
from mikrocert.settings import Archive, IssueSettings
from mikrocert.texts import LANGUAGES

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from mikrocert.award import Award
    from mikrocert.certificate import Certificate
    from mikrocert.service.system import System
    from mikrocert.settings import Settings

__all__ = ["memory", "of_another", "parts", "sealing_at_b_b", "size", "whole"]

_MEGABYTE = 2**20
_EVERY = 100
_NUMBERS = count(10**11)


def sealing_at_b_b(settings: Settings) -> Settings:
    """Return settings under which seals ask for nothing beyond the key."""
    envelopes = {
        name: {**section, "level": "B-B"} for name, section in settings.sections("envelopes").items()
    }
    return attrs.evolve(settings, offers={**settings.offers, "envelopes": envelopes})


def of_another(certificate: Certificate) -> Certificate:
    """Return the certificate of another holder at each call: a renderer may keep what it set before, but no award is there twice."""
    front, number = certificate.front, next(_NUMBERS)
    address = attrs.evolve(front.address, link=f"https://mikrocert.example/verify/{number}")
    return attrs.evolve(
        certificate,
        subject=str(number),
        front=attrs.evolve(front, holder=f"{front.holder} {number}", address=address),
    )


@contextmanager
def _sandbox(settings: Settings, *, workers: int | None) -> Iterator[tuple[System, Award]]:
    """Yield a system that seals at level B-B into an archive of its own, and an award of the demo's export."""
    with tempfile.TemporaryDirectory() as folder:
        url = f"sqlite:///{folder}/archive.sqlite"
        init_archive(url)
        changed = attrs.evolve(sealing_at_b_b(settings), archive=Archive(url), issue=IssueSettings(workers))
        with open_system(changed) as system:
            records = system.read(Path("is-mu-2026.json").read_bytes(), institution="mu")
            yield system, next(record.award for record in records if record.award is not None)


def _records(award: Award, many: int) -> list[IntakeRecord]:
    return [
        IntakeRecord(number, award=attrs.evolve(award, evidence_number=f"BENCH/{number}"))
        for number in range(1, many + 1)
    ]


def parts(settings: Settings) -> Iterator[tuple[str, Callable[[], object]]]:
    """Give what no way of issuing an award can do without, each by name, one after the other.

    Verifying what was sealed, the journal and the archive are not among them.
    """
    with _sandbox(settings, workers=0) as (system, award):
        [first] = system.issue(_records(award, 1), institution="mu")
        if first.receipt is None:
            message = "the award of the demo's export is refused"
            raise SystemExit(message)
        identifier = first.receipt.registration.identifier
        form = system.verifier.formats["edc-v3"]
        with (
            system.plugins.institutions.choose("mu", system.settings) as institution,
            system.plugins.signers.choose("test", system.settings) as signer,
        ):
            profile = institution.profile
            sealed = system.files(identifier)[0].octets
            view = system.verifier.verify(sealed, at=datetime.now(UTC)).view
            fronts = {
                language: front_of(view, language=language, texts=system.texts) for language in LANGUAGES
            }
            pictures = {
                language: system.renderer.pages(front, branding=profile.branding)
                for language, front in fronts.items()
            }
            attachment = Attachment(f"{identifier}{form.packaging.suffix}", sealed, form.packaging.media_type)
            certificates = certificates_of(view, texts=system.texts, file=attachment.name)
            document = system.renderer.document(
                certificates, attachment=attachment, branding=profile.branding
            )
            at = datetime.now(UTC).replace(microsecond=0)

            def build() -> bytes:
                draft = form.build(
                    award, identifier=identifier, link=system.link(identifier), mandate=profile.mandate
                )
                return form.complete(draft, identity=signer.identity, at=at, pictures=pictures)

            def seal(octets: bytes, name: str) -> object:
                envelope = system.verifier.envelopes[name]
                prepared = envelope.prepare(octets, identity=signer.identity, at=at)
                signatures = signer.sign_many([prepared.to_be_signed])
                return envelope.finish_many([prepared], signatures, services=Services())

            payload = build()
            yield (
                "draw the pictures of an award",
                lambda: [
                    system.renderer.pages(of_another(front), branding=profile.branding)
                    for front in fronts.values()
                ],
            )
            yield "build its credential", build
            yield "seal it with JAdES at B-B", lambda: seal(payload, form.packaging.envelope)
            yield (
                "draw its certificate",
                lambda: system.renderer.document(
                    [of_another(certificate) for certificate in certificates],
                    attachment=attachment,
                    branding=profile.branding,
                ),
            )
            yield (
                "seal that with PAdES at B-B",
                lambda: seal(document, system.renderer.document_type.envelope),
            )


def size(settings: Settings) -> int:
    """Return the octets of a credential and its certificate at level B-B."""
    with _sandbox(settings, workers=0) as (system, award):
        [result] = system.issue(_records(award, 1), institution="mu")
        return 0 if result.receipt is None else sum(len(file.octets) for file in result.receipt.files)


def whole(settings: Settings, *, count: int, workers: int | None) -> float:
    """Return the milliseconds of an award in an issue of so many, all that has to be started included.

    Args:
        settings: those of the demo.
        count: how many awards.
        workers: how many processes draw; none takes as many as there are processors.
    """
    with _sandbox(settings, workers=workers) as (system, award):
        start = time.perf_counter()
        refused = sum(result.refused for result in system.issue(_records(award, count), institution="mu"))
        milliseconds = (time.perf_counter() - start) * 1000
    if refused:
        message = f"{refused} of {count} awards were refused"
        raise SystemExit(message)
    return milliseconds / count


def memory(settings: Settings, *, count: int) -> Iterator[tuple[int, float, float]]:
    """Issue so many awards, and give after each hundred the megabytes of the program and of its largest process that draws."""
    with _sandbox(settings, workers=cores()) as (system, award):
        largest = 0.0
        for number, _ in enumerate(system.issue(_records(award, count), institution="mu"), start=1):
            processes: list[Any] = list(multiprocessing.active_children())
            largest = max([largest, *(_megabytes(process.pid) for process in processes)])
            if number % _EVERY == 0 or number == count:
                yield number, _megabytes(os.getpid()), largest
                largest = 0.0


def _megabytes(process: int) -> float:
    """Return the memory that a process has in use (Linux), without what has been swapped out."""
    pages = Path(f"/proc/{process}/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGESIZE") / _MEGABYTE
