"""Judge a sealed file that was read: is it intact, and does its seal certificate lead to someone trusted?

1. integrity: what `inspecting` finds out about the signature and all that it carries;
2. proofs of existence: time-stamps, the newest first (ETSI EN 319 102-1, 5.6.2.4);
3. trust: from the signer's certificate to an anchor, at the time that is proven, with revocation (5.5, 5.6);
4. the level: what was reached and judged.

Nothing is fetched unless the context has somebody to ask; an exception of a library is a finding.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert_seal_ades.jades.inspecting import Inspection, Level, inspect
from mikrocert_seal_ades.pki.carried import Placed
from mikrocert_seal_ades.pki.problems import Problem, problem
from mikrocert_seal_ades.pki.trust import (
    JudgedStamp,
    Path,
    StampClaim,
    examine_path,
    judge_stamps,
    revocations_of,
    stamp_paths,
    stamp_problems,
)
from mikrocert_seal_ades.pki.validation import Validation

if TYPE_CHECKING:
    from mikrocert_seal_ades.jades.detached import Document
    from mikrocert_seal_ades.jades.http_messages import HttpMessage
    from mikrocert_seal_ades.jades.reading import JadesFile
    from mikrocert_seal_ades.jades.unsigned import Unsigned
    from mikrocert_seal_ades.pki.context import ValidationContext

_COVERING: Final = frozenset(("arcTst", "sigTst", "adoTst"))
"""Kinds of time-stamps that prove something of a seal; the others only cover references."""
_JUDGED: Final = frozenset(("sigTst", "arcTst", "xVals", "rVals", "axVals", "arVals", "tstVD", "anyValData"))
"""Kinds of entries that are judged."""


def validate(
    file: "JadesFile",
    *,
    context: "ValidationContext",
    documents: "Sequence[Document] | HttpMessage" = (),
    inspection: Inspection | None = None,
) -> Validation:
    """Return what is wrong with `file` in a context; `documents` may be those that it refers to, where its content is outside.

    `inspection` is what `inspect` returned of the same file and documents, for whom asks about several contexts. Raises nothing: a naive time and every failure of a library are problems of severity `error`.
    """
    found = inspection or inspect(file, documents=documents)  # 1
    if not found.chain:
        return Validation(found.structure, found.signature, found.signature, evidence=found.evidence)
    lists = [Placed(*one) for entry in file.unsigned for one in entry.values.lists]
    responses = [Placed(*one) for entry in file.unsigned for one in entry.values.responses]
    context = context.about(found.carried.certificates).with_file(
        (
            file.signature,
            *found.carried.certificates,
            *(stamp.octets for stamp in found.stamps),
            *(one.octets for one in (*lists, *responses)),
        )
    )
    revocations = revocations_of(found.carried, lists=lists, responses=responses, anchors=context.anchors)
    context = attrs.evolve(context, revocations=(*context.revocations, revocations))
    stamps: tuple[JudgedStamp, ...] = ()
    if context.at.utcoffset() is not None:
        claims = tuple(_claims(file, found))
        context, stamps = judge_stamps(claims, context=context, others=found.carried.certificates)  # 2
    proven = context.proofs.of(file.signature)
    content = [one.claim.token.time for one in stamps if one.trusted and one.claim.content_only]
    path = examine_path(  # 3
        found.chain,
        context=context,
        signed_at=file.header.signing_time,
        proven=proven,
        not_before=max(content, default=None),
        algorithm=file.header.alg or "",
        others=found.others,
        where="signatures[0].protected.x5c" if file.serialization == "general" else "protected.x5c",
    )
    return Validation(
        tuple(map(_judged, found.structure)),
        found.signature,
        (*path.problems, *stamp_problems(stamps)),
        found.chain,
        path.certificates,
        evidence=tuple(one for one in found.evidence if one.code != "revocation-found"),
        level=_level(found, path=path, stamps=stamps),  # 4
        proven_at=proven,
        stamp_paths=stamp_paths(stamps),
    )


def _claims(file: "JadesFile", found: Inspection) -> Iterator[StampClaim]:
    before = [file.signature, *file.header.certificates]
    within: dict[str, list[bytes]] = {}
    for stamp in found.stamps:
        place = stamp.where.rpartition(".")[0]
        within.setdefault(place, []).extend(stamp.token.certificates if stamp.token else ())
    entries = iter(file.unsigned)
    entry = next(entries, None)
    for stamp in found.stamps:
        while entry is not None and stamp.kind != "adoTst" and not stamp.where.startswith(f"{entry.where}."):
            before += _octets(entry)
            before += within.get(entry.where, ())
            entry = next(entries, None)
        if stamp.intact and stamp.token is not None and stamp.unit is not None and stamp.kind in _COVERING:
            content = stamp.kind == "adoTst"
            covers = tuple(before) if stamp.kind == "arcTst" else (file.signature,)
            yield StampClaim(
                stamp.where,
                stamp.token,
                stamp.octets,
                stamp.unit,
                covers=() if content else covers,
                content_only=content,
            )


def _octets(entry: "Unsigned") -> Iterator[bytes]:
    """Yield everything in an entry of which it may matter when it was there."""
    yield from entry.timestamps
    for _, octets in (*entry.values.certificates, *entry.values.lists, *entry.values.responses):
        yield octets


def _judged(one: Problem) -> Problem:
    """Return what is said of an entry that was judged: only that it is there, and no more that nobody judged it."""
    if one.code != "unsigned-present" or one.where.rpartition(".")[2] not in _JUDGED:
        return one
    return problem("unsigned-judged", where=one.where, **one.parameters)


def _level(found: Inspection, *, path: Path, stamps: Iterable[JudgedStamp]) -> Level | None:
    """Return the level that was reached, as far down as what it rests on is trusted."""
    if found.level in {"none", "B-B"}:
        return None if found.level == "none" else "B-B"
    judged = {stamp.claim.where for stamp in stamps if stamp.trusted}
    signed, archived = (
        [stamp.where for stamp in found.stamps if stamp.kind == kind and stamp.intact]
        for kind in ("sigTst", "arcTst")
    )
    if not any(where in judged for where in signed):
        return "B-B"
    if found.level == "B-T" or not path.evidenced:
        return "B-T"
    return "B-LTA" if found.level == "B-LTA" and archived[-1] in judged else "B-LT"
