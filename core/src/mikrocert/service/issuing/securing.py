"""Securing: files of a batch, prepared one by one, signed all at once, finished envelope by envelope."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from typing import TYPE_CHECKING

import attrs

from mikrocert.errors import SealError, UnsecurableError
from mikrocert.kinds.envelope import Envelope, Prepared, Services
from mikrocert.kinds.signer import Identity, Signer
from mikrocert.report import Finding
from mikrocert.service.measuring import Measures
from mikrocert.tracing import span

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

__all__ = ["Job", "Securing"]


@attrs.frozen
class Job:
    """A file that waits for its signature.

    Args:
        envelope: name of the envelope.
        prepared: the file without its signature.
    """

    envelope: str
    prepared: Prepared


@attrs.frozen
class Securing:
    """What securing a batch needs.

    Args:
        envelopes: name → envelope.
        signer: the session with the operator's key.
        identity: who signs, asked once for the whole session.
        services: what envelopes may ask of the outside.
        measures: where it is counted.
    """

    envelopes: Mapping[str, Envelope] = attrs.field(hash=False)
    signer: Signer
    identity: Identity
    services: Services
    measures: Measures = attrs.field(factory=lambda: Measures(wanted=False), eq=False)

    def prepare(self, octets: bytes, *, envelope: str, at: datetime) -> Job:
        """Return a file that waits for its signature.

        Args:
            octets: what is to be secured.
            envelope: name of the envelope.
            at: the signing time to claim (aware).

        Raises:
            UnsecurableError: if these octets can't be secured so.
            PluginError: if the envelope crashes.
        """
        try:
            prepared = self.envelopes[envelope].prepare(octets, identity=self.identity, at=at)
        except SealError as error:
            fault = Finding.error("not-securable", "it can't be sealed: {problem}", problem=error.message)
            raise UnsecurableError([fault]) from error
        return Job(envelope, prepared)

    def sign(self, jobs: Sequence[Job]) -> list[bytes]:
        """Ask the signer once for all, and return the finished files in order.

        Raises:
            SealError: if the signer fails, or its signatures do not fit; then no file is used.
            PluginError: if the signer or an envelope crashes, or returns more or less than it was asked for.
        """
        with self.measures.sealing(len(jobs)):
            return self._signed(jobs) if jobs else []

    def _signed(self, jobs: Sequence[Job]) -> list[bytes]:
        with span("sign", {"mikrocert.files": len(jobs)}):
            signatures = self.signer.sign_many([job.prepared.to_be_signed for job in jobs])
        by_envelope: dict[str, list[int]] = defaultdict(list)
        for position, job in enumerate(jobs):
            by_envelope[job.envelope].append(position)
        files: dict[int, bytes] = {}
        for name, positions in by_envelope.items():
            with span("finish", {"mikrocert.files": len(positions)}):
                finished = self.envelopes[name].finish_many(
                    [jobs[position].prepared for position in positions],
                    [signatures[position] for position in positions],
                    services=self.services,
                )
            files.update(zip(positions, finished, strict=True))
        return [files[position] for position in range(len(jobs))]
