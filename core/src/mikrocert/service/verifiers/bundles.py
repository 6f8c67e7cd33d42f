"""Offline bundles: a file with all that judging it without a network and without an archive takes.

A bundle is a ZIP archive with a file, the proof that the file is in a log (with the log's signed head), the status that the archive knew, signed by the
log's key, and for whoever looks at them the anchors and trusted lists of who made it. Nothing in it is believed because it is there:

- The file is judged by its own seals, under the anchors of whoever verifies. Anchors of the bundle are told, and never trusted by themselves.
- Trusted lists are used only where settings say whose signatures they need, and where there are none at hand.
- The status counts only where it is signed by a known key of the very log that is proven to have this very file. It is said with its moment, since
  whatever happened later can't be known. An older one, swapped in, says its own older moment (`service/verifying/offline.py`).
"""

from __future__ import annotations

import io
import re
import zipfile
from contextlib import ExitStack, contextmanager
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Final

import attrs

from mikrocert.errors import ArchiveError, MikrocertError, PackedFileError, SettingsError
from mikrocert.log.notes import Note
from mikrocert.parsing.packed import UnpackingLimits, shown_name, unpack
from mikrocert.report import Finding, Outcome
from mikrocert.service.verifying.anchors import Anchor, read_anchors
from mikrocert.service.verifying.heads import log_key, log_trust
from mikrocert.service.verifying.logged import LogEvidence, proof_result
from mikrocert.service.verifying.offline import StatusSnapshot
from mikrocert.settings.files import read_named_file
from mikrocert.texts import message

if TYPE_CHECKING:
    from collections.abc import Generator, Mapping

    from mikrocert.archive import Archived
    from mikrocert.service.system import System
    from mikrocert.settings import Settings

__all__ = [
    "LARGEST_BUNDLE",
    "Bundle",
    "BundleMade",
    "lists_at_hand",
    "make_bundle",
    "read_bundle",
]

LARGEST_BUNDLE: Final = 64 * 1024 * 1024
_LIMITS: Final = UnpackingLimits(entries=80, octets=16 * 1024 * 1024, total=128 * 1024 * 1024, ratio=200)
_FILE, _LISTS = "file/", "lists/"
_PROOF, _STATUS, _ANCHORS, _README = "proof.tlog-proof", "status.note", "anchors.pem", "README.txt"
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_NAME_OF_LIST: Final = re.compile(rf"({_NAME.pattern}/)?{_NAME.pattern}")
"""Lists lie in a folder that may have folders: what leads to the signers of the list of lists lies in one."""


@attrs.frozen
class Bundle:
    """What is in a bundle; nothing of it is judged.

    Args:
        name: name of the file.
        file: its octets.
        proof: the proof that it is in a log, or none.
        status: a signed status, or none.
        anchors: PEM of anchors of who made the bundle, or none.
        lists: file name, below one folder or none → trusted list, or what belongs to them.
    """

    name: str
    file: bytes = attrs.field(repr=False)
    proof: bytes | None = attrs.field(default=None, repr=False)
    status: bytes | None = attrs.field(default=None, repr=False)
    anchors: bytes | None = attrs.field(default=None, repr=False)
    lists: Mapping[str, bytes] = attrs.field(factory=dict[str, bytes], repr=False, hash=False)

    def told_anchors(self) -> tuple[Anchor, ...]:
        """Return the anchors in the bundle, to be told and not to be trusted; none where they can't be read."""
        if self.anchors is None:
            return ()
        with TemporaryDirectory() as folder:
            path = Path(folder, _ANCHORS)
            _put(path, self.anchors)
            try:
                return read_anchors(path, member=_ANCHORS)
            except MikrocertError:
                return ()


@attrs.frozen
class BundleMade:
    """A bundle, and what it lacks.

    Args:
        octets: the ZIP archive.
        as_of: the moment of its status (aware); none where it has no signed one.
        findings: what it lacks, and why.
    """

    octets: bytes = attrs.field(repr=False)
    as_of: datetime | None
    findings: tuple[Finding, ...] = ()


def make_bundle(system: System, data: bytes, *, name: str, identifier: str | None, readme: str) -> BundleMade:
    """Return a bundle of a file.

    Args:
        system: under whose settings it is made; its archive says the status, the key of its log signs it.
        data: the file.
        name: name of the file.
        identifier: of the credential in it, or none.
        readme: what the bundle says of itself to people.

    Raises:
        SettingsError: if settings are wrong.
        PackedFileError: if name or size are not those of a file for a bundle.
    """
    if not _NAME.fullmatch(name):
        raise PackedFileError(
            message(
                "{name} is no name for a file of a bundle; letters, digits, dots and hyphens would be right",
                name=name,
            )
        )
    settings, findings = system.settings, list[Finding]()
    proof = None if identifier is None else _proof(system, data, identifier)
    if proof is None:
        findings.append(_WITHOUT_PROOF)
    status: bytes | None = None
    as_of: datetime | None = None
    try:
        signed = None if identifier is None else _signed_status(system, data, identifier)
    except (ArchiveError, SettingsError) as error:
        findings.append(Finding("no-status", _WITHOUT_STATUS.severity, error.message))
    else:
        if signed is None:
            findings.append(_WITHOUT_STATUS)
        else:
            status, as_of = signed
    anchors = b"".join(
        read_named_file(settings.path(one), member="trust.anchors") for one in settings.trust.anchors
    )
    parts: dict[str, bytes] = {_README: readme.encode(), f"{_FILE}{name}": data}
    further = {_PROOF: proof, _STATUS: status, _ANCHORS: anchors or None}
    parts |= {part: octets for part, octets in further.items() if octets is not None}
    parts |= {f"{_LISTS}{one}": octets for one, octets in _lists(settings).items()}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as packed:
        for part, octets in parts.items():
            packed.writestr(zipfile.ZipInfo(part), octets, zipfile.ZIP_DEFLATED)
    octets = out.getvalue()
    read_bundle(octets)  # what can't be read again is not given
    return BundleMade(octets, as_of, tuple(findings))


def _proof(system: System, data: bytes, identifier: str) -> bytes | None:
    """Return the proof that this very file is in the log, or none."""
    trust = log_trust(system.settings)
    try:
        for octets in system.log.proofs(identifier).values():
            found = proof_result(data, evidence=LogEvidence(trust, octets))
            if found is not None and found.outcome is not Outcome.FAILED:
                return octets
    except ArchiveError:
        return None
    return None


def _signed_status(system: System, data: bytes, identifier: str) -> tuple[bytes, datetime] | None:
    """Return what the archive knows of this very file, signed by the key of the log, and the moment; none where it doesn't have it."""
    log, trust = system.log.settings()
    key = log_key(log, trust=trust)
    at = system.now().replace(microsecond=0)
    archived: Archived = system.archived(identifier)
    if archived.erased_at is not None or archived.artefact_of(data) is None:
        return None
    snapshot = StatusSnapshot(key.name, identifier, sha256(data).hexdigest(), at, archived.status)
    return str(key.sign(Note(snapshot.text))).encode(), at


def _lists(settings: Settings) -> dict[str, bytes]:
    """Return the trusted lists that the settings use, and what belongs to them, by the names of their files."""
    lists = settings.trust.lists
    folder = None if lists is None else settings.path(lists.folder)
    if folder is None or not folder.is_dir():
        return {}
    below = [one for one in folder.iterdir() if one.is_dir() and not one.is_symlink()]
    files = {
        one.relative_to(folder).as_posix(): one
        for place in (folder, *below)
        for one in place.iterdir()
        if one.is_file() and not one.is_symlink()
    }
    return {name: files[name].read_bytes() for name in sorted(files) if _NAME_OF_LIST.fullmatch(name)}


def read_bundle(data: bytes) -> Bundle:
    """Return what is in a bundle, or refuse one that holds anything else than bundles hold.

    Raises:
        PackedFileError: says what is wrong.
    """
    parts: dict[str, bytes] = {}
    for entry in unpack(data, limits=_LIMITS):
        if entry.octets is None:
            fault = entry.fault.message if entry.fault else message("the archive is damaged")
            raise PackedFileError(message("{name} in the bundle: {fault}", name=entry.name, fault=fault))
        parts[entry.name] = entry.octets
    files = [name for name in parts if name.startswith(_FILE)]
    lists = [name for name in parts if name.startswith(_LISTS)]
    others = parts.keys() - {*files, *lists, _PROOF, _STATUS, _ANCHORS, _README}
    folders = {name.rpartition("/")[0] for name in lists}
    wrong = sorted(
        [
            *others,
            *(name for name in files if not _NAME.fullmatch(name.removeprefix(_FILE))),
            *(name for name in lists if not _NAME_OF_LIST.fullmatch(name.removeprefix(_LISTS))),
            *(name for name in lists if name in folders),
        ]
    )
    if wrong:
        raise PackedFileError(message("{name} is nothing that a bundle holds", name=shown_name(wrong[0])))
    if len(files) != 1:
        raise PackedFileError(
            message("a bundle holds one file in the folder file, this one {count}", count=len(files))
        )
    return Bundle(
        files[0].removeprefix(_FILE),
        parts[files[0]],
        parts.get(_PROOF),
        parts.get(_STATUS),
        parts.get(_ANCHORS),
        {name.removeprefix(_LISTS): parts[name] for name in lists},
    )


@contextmanager
def lists_at_hand(settings: Settings, lists: Mapping[str, bytes]) -> Generator[Settings]:
    """Give settings that use the trusted lists of a bundle where they say whose signatures lists need and have none at hand.

    Args:
        settings: of whoever verifies.
        lists: file name → list.
    """
    own = settings.trust.lists
    with ExitStack() as stack:
        if own is not None and lists and not _lists(settings):
            folder = Path(stack.enter_context(TemporaryDirectory(prefix="mikrocert-")))
            for name, octets in lists.items():
                path = folder / name
                path.parent.mkdir(exist_ok=True)
                _put(path, octets)
            trust = attrs.evolve(settings.trust, lists=attrs.evolve(own, folder=str(folder)))
            settings = attrs.evolve(settings, trust=trust)
        yield settings


def _put(path: Path, octets: bytes) -> None:
    with path.open("xb") as file:
        file.write(octets)


_WITHOUT_PROOF: Final = Finding.warning(
    "no-proof",
    "the bundle has no proof that the file is in the log, so its status won't count; `mikrocert log publish` signs a head with it",
)
_WITHOUT_STATUS: Final = Finding.warning(
    "no-status", "the bundle has no status: the archive doesn't have this very file"
)
