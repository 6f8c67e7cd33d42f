"""Judge a sealed PDF that was read: is it intact, and does its seal certificate lead to someone trusted?

1. integrity: what `inspecting` finds out about the signature and all that the PDF carries;
2. proofs of existence: time stamps, the newest first (ETSI EN 319 102-1, 5.6.2.4);
3. trust: from the seal certificate to an anchor, at the time that is proven, with revocation (5.5, 5.6);
4. the level: what was reached and judged.

Nothing is fetched unless the context has somebody to ask; an exception of a library is a finding.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from mikrocert_seal_ades.pades.inspecting import claims_root, inspect, place_of
from mikrocert_seal_ades.pki import x509
from mikrocert_seal_ades.pki.problems import problem
from mikrocert_seal_ades.pki.trust import (
    StampClaim,
    examine_path,
    judge_stamps,
    revocations_of,
    stamp_paths,
    stamp_problems,
)
from mikrocert_seal_ades.pki.validation import Validation

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from mikrocert_seal_ades.pades.inspecting import Inspection, Level
    from mikrocert_seal_ades.pades.reading import PadesFile
    from mikrocert_seal_ades.pki.chains import Anchors
    from mikrocert_seal_ades.pki.context import ValidationContext
    from mikrocert_seal_ades.pki.trust import JudgedStamp, Path

__all__ = ["validate"]

_WHERE: Final = "signature"


def validate(
    file: PadesFile, *, context: ValidationContext, inspection: Inspection | None = None
) -> Validation:
    """Return what is wrong with the seal of a PDF.

    Raises nothing: what a library raises is a problem of severity `error`.

    Args:
        file: the PDF, as it was read.
        context: the time, whom to trust, and what else the validation rests on.
        inspection: what `inspect` returned of the same PDF, for whom asks about several contexts.
    """
    found = inspection or inspect(file)  # 1
    if not found.chain:
        return Validation(found.structure, found.signature, found.structure, evidence=found.evidence)
    context = context.about(
        (*found.chain, *found.others, *(found.carried.certificates if found.carried else ()))
    )
    signed_data = file.signed_data
    stamps: tuple[JudgedStamp, ...] = ()
    others = found.others
    if found.carried is not None:
        revisions = file.later.revisions
        revocations = revocations_of(
            found.carried,
            lists=[one for revision in revisions for one in revision.lists],
            responses=[one for revision in revisions for one in revision.responses],
            anchors=context.anchors,
        )
        context = attrs.evolve(context, revocations=(*context.revocations, revocations))
        others = found.carried.certificates
        if context.at.utcoffset() is not None:
            claims = tuple(_claims(file, found, signature=signed_data.signature))
            context, stamps = judge_stamps(claims, context=context, others=others)  # 2
    proven = context.proofs.of(signed_data.signature)
    path = examine_path(  # 3
        found.chain,
        context=context,
        signed_at=file.claimed_at,
        proven=proven,
        algorithm=signed_data.algorithm_name,
        others=others,
        where=_WHERE,
    )
    trusting = (*path.problems, *stamp_problems(stamps))
    if not _vouched_for(found.chain, trust=context.anchors):
        trusting = (problem("certificate-not-vouched-for", where=_WHERE), *trusting)
    return Validation(
        found.structure,
        found.signature,
        trusting,
        found.chain,
        path.certificates,
        evidence=tuple(one for one in found.evidence if one.code != "revocation-found"),
        level=_level(found, path=path, stamps=stamps),  # 4
        proven_at=proven,
        stamp_paths=stamp_paths(stamps),
        added=bool(found.stamps or file.later.revisions),
    )


def _claims(file: PadesFile, found: Inspection, *, signature: bytes) -> Iterator[StampClaim]:
    """Yield what each intact time stamp would prove: one beside the signature that, one of the document all before it."""
    stamps = {stamp.where: stamp for stamp in found.stamps if stamp.intact}
    before = [signature, *found.chain]
    for stamp in found.stamps:
        if stamp.kind != "DTS":
            if stamp.where in stamps and stamp.token is not None and stamp.unit is not None:
                yield StampClaim(stamp.where, stamp.token, stamp.octets, stamp.unit, covers=(signature,))
            before += [stamp.octets, *(stamp.token.certificates if stamp.token else ())]
    for number, revision in enumerate(file.later.revisions):
        before += [one.octets for one in (*revision.certificates, *revision.lists, *revision.responses)]
        made = stamps.get(place_of(number))
        if made is None or made.token is None or made.unit is None:
            continue
        yield StampClaim(made.where, made.token, made.octets, made.unit, covers=tuple(before))
        before += [made.octets, *made.token.certificates]


def _level(found: Inspection, *, path: Path, stamps: Sequence[JudgedStamp]) -> Level | None:
    """Return the level that was reached, as far down as what it rests on is trusted."""
    if found.level in {"none", "B-B"}:
        return None if found.level == "none" else "B-B"
    judged = {stamp.claim.where for stamp in stamps if stamp.trusted}
    if not judged:
        return "B-B"
    if found.level == "B-T" or not path.evidenced:
        return "B-T"
    last = [stamp.where for stamp in found.stamps if stamp.kind == "DTS" and stamp.intact][-1:]
    return "B-LTA" if found.level == "B-LTA" and judged.issuperset(last) else "B-LT"


def _vouched_for(chain: tuple[bytes, ...], *, trust: Anchors) -> bool:
    """Return whether the last certificate of an intact chain is a root, an anchor, or issued by an anchor.

    Otherwise nothing says that its octets are those that its issuer signed. The seal certificate itself needs nobody:
    the signature covers its digest.
    """
    top = chain[-1]
    return len(chain) == 1 or claims_root(top) or _vouches(trust, top)


def _vouches(trust: Anchors, certificate: bytes) -> bool:
    issuers = trust.named(x509.issuer_name(certificate))
    return trust.hold(certificate) or any(x509.issued(certificate, by=issuer) for issuer in issuers)
