"""What is sealed again after a crash, where what is signed holds something new each time: a time stamp of the content."""

from __future__ import annotations

import hashlib
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from itertools import count
from threading import Barrier
from zoneinfo import ZoneInfo

import pytest
from mikrocert.kinds.envelope import Prepared
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.report import FileKind
from mikrocert.testing import example_award

AWARD = example_award()
LATER = datetime(2026, 11, 23, 8, 0, tzinfo=ZoneInfo("UTC"))
KINDS = {"toy-seal": FileKind.CREDENTIAL, "toy-pdf": FileKind.CERTIFICATE}
MOMENTS = ("before it is signed", "after it is signed")


class Crash(KeyboardInterrupt):
    """The process ends here, so that nothing but the journal is left of what it did."""


class Stamping:
    """Envelopes that put another stamp before each content, and the signer for them.

    Args:
        toy: the doubles.
        crash: moment and kind of the file at which it crashes, or none.

    Attributes:
        prepared: stamp and content of each file that was prepared, in order.
    """

    numbers = count(1)

    def __init__(self, toy, crash=None):
        self.prepared = []
        self._toy, self._crash = toy, crash

    @property
    def means(self):
        """What an issuer is made of."""
        toy, stamping = self._toy, self

        class Stamped(toy.Envelope):
            def prepare(self, payload, *, identity, at):
                stamp = b"stamp%d" % next(Stamping.numbers)
                stamping.prepared.append((stamp, payload))
                return Prepared(stamp + b" " + payload, identity.algorithm, (stamp, payload))

            def finish_many(self, prepared, signatures, *, services):
                if stamping._crash == (MOMENTS[1], self.of):
                    raise Crash
                for each, signature in zip(prepared, signatures, strict=True):
                    assert hashlib.sha256(each.to_be_signed).hexdigest().encode() == signature
                return tuple(
                    toy.sealed(payload, mark=self.mark, owner=stamp)
                    for stamp, payload in (each.unfinished for each in prepared)
                )

        class Signer(toy.Signer):
            def sign_many(self, to_be_signed):
                kind = FileKind.CERTIFICATE if toy.seal_mark in to_be_signed[0] else FileKind.CREDENTIAL
                if stamping._crash == (MOMENTS[0], kind):
                    raise Crash
                return super().sign_many(to_be_signed)

        envelopes = {}
        for name, envelope in toy.envelopes.items():
            envelopes[name] = Stamped(envelope.mark, envelope.kind)
            envelopes[name].of = KINDS[name]
        return {"envelopes": envelopes, "signer": Signer()}


def receipt_of(issuer):
    [result] = issuer.issue([IntakeRecord(1, award=AWARD)])
    assert result.receipt, result.findings
    return result.receipt


@pytest.mark.parametrize("kind", [FileKind.CREDENTIAL, FileKind.CERTIFICATE])
@pytest.mark.parametrize("moment", MOMENTS)
def test_what_is_stamped_anew_is_the_same_credential(toy, archive, moment, kind):
    """Identifier, moment and content stay; one credential is recorded, with one file of each kind, as it was sealed last."""
    crashing, going = Stamping(toy, (moment, kind)), Stamping(toy)
    with pytest.raises(Crash):
        receipt_of(toy.issuer(archive, **crashing.means))
    assert tuple(archive.registrations()) == ()
    receipt = receipt_of(toy.issuer(archive, **going.means, now=lambda: LATER))
    assert (receipt.created, receipt.registration.issued_at) == (True, toy.at)
    assert tuple(archive.registrations()) == (receipt.registration,)
    files = archive.files(receipt.registration.identifier)
    assert [file.kind for file in files] == [FileKind.CREDENTIAL, FileKind.CERTIFICATE]
    (before, content), (after, again) = crashing.prepared[-1], going.prepared[0]
    assert (content, before != after) == (again, True)
    assert not any(before + b"\n" in file.octets for file in files)


def test_what_was_finished_is_not_sealed_again(toy, archive):
    """A file that the journal has as finished is the one that is recorded, octet for octet."""
    finished = []

    class Ending(toy.Renderer):
        def document(self, certificates, *, attachment, branding):
            finished.append(attachment.data)
            raise Crash

    with pytest.raises(Crash):
        receipt_of(toy.issuer(archive, **Stamping(toy).means, renderer=Ending()))
    going = Stamping(toy)
    receipt = receipt_of(toy.issuer(archive, **going.means, now=lambda: LATER))
    assert [receipt.files[0].octets] == finished
    assert [
        payload for _, payload in going.prepared
    ] == finished  # the certificate around it, and nothing else


def test_of_two_that_seal_at_once_one_file_is_handed_out(toy, archive):
    """Two processes that are sent one award stamp and seal its content twice; who comes second hands out what the first recorded."""
    together, stampings = Barrier(2, timeout=60), [Stamping(toy), Stamping(toy)]

    def sent(stamping):
        means = stamping.means

        class Together(type(means["signer"])):
            def sign_many(self, to_be_signed):
                together.wait()
                return super().sign_many(to_be_signed)

        return receipt_of(toy.issuer(archive, **{**means, "signer": Together()}))

    with ThreadPoolExecutor(2) as pool:
        one, other = pool.map(sent, stampings)
    assert [len(stamping.prepared) for stamping in stampings] == [2, 2]
    assert one.files == other.files
    assert sorted([one.created, other.created]) == [False, True]
    assert tuple(archive.registrations()) == (one.registration,)
