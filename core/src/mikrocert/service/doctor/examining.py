"""Examining what an operator has set up: what `mikrocert doctor` says.

Nothing is changed, no PIN is used and nobody is asked unless somebody wants it. The questions, in this order:

1. Plugins: did all load?
2. Settings: who operates, under which address?
3. Archive: is it there, of this version, ours? The object store with its files, where there is one (see `examining_objects`)?
4. Trust: are there anchors or trusted lists, and how long do they last?
5. Seal certificates of the operator, and those for statements: how long do they last, and are they others?
6. Offers: what the envelopes say of their own sections, and of theirs the signer that is used, and each signer and command that has
   one (see `Offer.examine`). Time stamps: how many of those of the contract are used (see `examining_timestamps`)?
7. Log, where it is published here: is everything in it, and is its head sealed (see `examining_log`)?
8. Seals of the archive: how many have to be renewed in which year?
9. Keeping: how long is what kept beside credentials, and is it deleted then (see `forgetting`)?
10. Register, where there is a snapshot of it: can it be read, and how old is it?
11. Machine: who may read keys and secrets, and how much room is there (see `examining_machine`)?
12. Signer, where it may be opened: is it the operator's, and how long does its certificate last?
"""

from __future__ import annotations

from contextlib import suppress
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

from mikrocert.catalogue.register import examine_register
from mikrocert.errors import MikrocertError, NoArchiveError
from mikrocert.kinds.offer import Examination
from mikrocert.report import Finding, Severity
from mikrocert.service.doctor.examining_log import examine_log
from mikrocert.service.doctor.examining_machine import examine_machine
from mikrocert.service.doctor.examining_objects import examine_objects
from mikrocert.service.doctor.examining_timestamps import examine_timestamps
from mikrocert.service.issuing.preflight import link_problems, seal_problems
from mikrocert.service.keeping.renewing import endings
from mikrocert.service.privacy.forgetting import examine_keeping
from mikrocert.service.verifiers.statements import demand_renderer, statement_certificates
from mikrocert.service.verifying.anchors import read_anchors
from mikrocert.service.verifying.public_keys import keys_of
from mikrocert.texts.dates import local_time

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from mikrocert.host.registry import Registry
    from mikrocert.service.system import System
    from mikrocert.settings import Settings

__all__ = ["examine"]

_SOON: Final = timedelta(days=90)
"""How long before its end a certificate has to be thought of: getting another one takes weeks."""
_A_YEAR: Final = timedelta(days=365)
_MOST_READ: Final = 50
"""How many credentials are read at most where nobody wants all to be; opening a certificate that lasts takes tenths of a second."""


def examine(
    system: System, *, at: datetime, network: bool = False, signer: bool = False, archive: bool = False
) -> Iterator[Finding]:
    """Yield what there is to say of an operator's settings: errors and warnings for what is to be done, infos for what is well.

    Args:
        system: under these settings.
        at: what the clock shows (aware).
        network: whether services may be asked.
        signer: whether the signer may be opened, which uses its password or PIN.
        archive: whether every file of the archive is to be read, however many there are.
    """
    # 1.
    for failure in system.plugins.failures:
        yield Finding.error(
            "plugin", "plugin {name} can't be used: {reason}", name=failure.name, reason=failure.reason
        )
    # 2.
    yield from _operator(system.settings)
    # 3.
    yield from _archive(system)
    yield from examine_objects(system)
    # 4. and 5.
    yield from _anchors(system.settings, at=at)
    yield from _lists(system, at=at)
    yield from _seal_certificates(system.settings, at=at)
    yield from _statements(system, at=at)
    # 6.
    examination = Examination(at, network=network, sandbox=system.settings.sandbox)
    for envelope in system.plugins.envelopes.names:
        yield from _offer(system.plugins.envelopes, envelope, system.settings, examination)
    for name in _signers(system):
        yield from _offer(system.plugins.signers, name, system.settings, examination)
    for name in system.settings.sections("commands"):
        yield from _offer(system.plugins.commands, name, system.settings, examination)
    yield from examine_timestamps(system, at=at)
    # 7.
    yield from examine_log(system, at=at)
    # 8.
    yield from _seals(system, at=at, all_of_them=archive)
    # 9.
    yield from examine_keeping(system, at=at)
    # 10.
    yield from _register(system.settings, at=at)
    # 11.
    yield from examine_machine(system.settings)
    # 12.
    if signer:
        yield from _signer(system, at=at)


def _register(settings: Settings, *, at: datetime) -> Iterator[Finding]:
    name = settings.catalogue.register
    if name is not None:
        yield from examine_register(settings.path(name), on=local_time(at).date())


def _operator(settings: Settings) -> Iterator[Finding]:
    if settings.operator is None:
        yield Finding.error(
            "operator",
            "{file} names no operator, so that nothing can be issued; [operator] with name and organization_identifier would be right",
            path="operator",
            file=settings.name,
        )
    if settings.sandbox:
        yield Finding.warning(
            "sandbox",
            "test seals count here; where real credentials are issued or verified, sandbox = false has to be said",
            path="sandbox",
        )
        return
    problems = [_at(problem, "base_url") for problem in link_problems(settings.base_url)]
    yield from problems or [
        Finding.info(
            "base-url", "verification links begin with {url}", path="base_url", url=settings.base_url
        )
    ]


def _archive(system: System) -> Iterator[Finding]:
    try:
        archive = system.archive
        if archive is None:
            yield Finding.error(
                "archive",
                "{file} names no archive, so that nothing can be issued or looked up; a section [archive] would be right",
                path="archive",
                file=system.settings.name,
            )
            return
        versions = archive.schema_versions()
    except MikrocertError as error:
        yield Finding("archive", Severity.ERROR, error.message, "archive")
        return
    others = [(version, newest) for version, newest in versions if version != newest]
    for version, newest in others:
        yield Finding.warning(
            "archive-version",
            "the archive can be read, but it is of version {version} and this program makes {newest}, so that nothing can be recorded; "
            "use one mikrocert everywhere, then `mikrocert archive upgrade`",
            path="archive.url",
            version=version,
            newest=newest,
        )
    if not others:
        yield Finding.info(
            "archive",
            "the archive is there and of this version, {version}",
            path="archive.url",
            version=versions[0][0],
        )


def _anchors(settings: Settings, *, at: datetime) -> Iterator[Finding]:
    if not settings.trust.anchors and settings.trust.lists is None:
        yield Finding.error(
            "no-anchor",
            "no anchor is named and there are no trusted lists, so that no seal can be confirmed; PEM files with roots or issuers would be "
            "right",
            path="trust.anchors",
        )
    for place, name in enumerate(settings.trust.anchors):
        yield from _certificates(
            settings, name, path=f"trust.anchors[{place}]", member="trust.anchors", at=at
        )


def _lists(system: System, *, at: datetime) -> Iterator[Finding]:
    """Yield what the first envelope that uses trusted lists says of them; all use the same ones."""
    if system.settings.trust.lists is None:
        return
    path = "trust.lists"
    try:
        verifier = system.verifier
        lists = verifier.trust.lists
        answers = (
            envelope.examine_lists(lists, at=at)
            for envelope in verifier.envelopes.values()
            if lists is not None
        )
        found = next(filter(None, answers), ())
    except MikrocertError as error:
        yield Finding("lists", Severity.ERROR, error.message, path)
        return
    yield from (_at(one, f"{path}.{one.path}" if one.path else path) for one in found)


def _seals(system: System, *, at: datetime, all_of_them: bool) -> Iterator[Finding]:
    """Yield in which year how many seals have to be renewed; nothing where there is no archive, which was told already."""
    path = "archive"
    try:
        archive = system.archive
        count = 0 if archive is None else archive.count()
        if archive is None or not count:
            return
        if count > _MOST_READ and not all_of_them:
            yield Finding.info(
                "seals-unread",
                "how long the seals last was not read, because there are many credentials: {count}; --archive reads them all",
                path=path,
                count=count,
            )
            return
        found = endings(archive, envelopes=system.verifier.envelopes, at=at, soon=at + _A_YEAR)
    except NoArchiveError:
        return
    except MikrocertError as error:
        yield Finding("archive", Severity.ERROR, error.message, path)
        return
    if found.unreadable:
        yield Finding.error(
            "seals-unreadable",
            "credentials that can't be read, or whose seals are not intact: {count}; `mikrocert archive check` says which",
            path=path,
            count=found.unreadable,
        )
    if found.ended:
        yield Finding.error(
            "seals-ended",
            "credentials whose seals have ended, so that nothing can prove them any more: {count}",
            path=path,
            count=found.ended,
        )
    if found.soon:
        yield Finding.warning(
            "seals-end",
            "credentials whose seals end within a year: {count}; `mikrocert renew` makes them last",
            path=path,
            count=found.soon,
        )
    for year, number in found.by_year.items():
        yield Finding.info(
            "seals-last",
            "credentials to be renewed by the end of {year} at the latest: {count}",
            path=path,
            year=str(year),
            count=number,
        )


def _seal_certificates(settings: Settings, *, at: datetime) -> Iterator[Finding]:
    names = settings.operator.seal_certificates if settings.operator else ()
    for place, name in enumerate(names):
        path = f"operator.seal_certificates[{place}]"
        # Those of former times are there for good.
        for found in _certificates(settings, name, path=path, member="operator.seal_certificates", at=at):
            ended = found.code == "certificate-ended"
            yield Finding(found.code, Severity.INFO, found.message, found.path) if ended else found


def _statements(system: System, *, at: datetime) -> Iterator[Finding]:
    """Yield what there is to say of the certificates that seal statements: they have to be others than the operator's."""
    settings = system.settings
    wanted = settings.statements
    if wanted is None:
        return
    for place, name in enumerate(wanted.certificates):
        path = f"statements.certificates[{place}]"
        yield from _certificates(settings, name, path=path, member="statements.certificates", at=at)
    try:
        demand_renderer(system)
    except MikrocertError as error:
        yield Finding("statement-renderer", Severity.ERROR, error.message, "statements.renderer")
    with suppress(MikrocertError):  # what can't be read was told
        if keys_of(statement_certificates(settings)) & keys_of(system.seal_certificates):
            yield Finding.error(
                "statement-seal",
                "a certificate for statements has a key of the operator's seal, so that no credential sealed with it would be valid; statements "
                "need a certificate of their own",
                path="statements.certificates",
            )
    with suppress(MikrocertError):
        if wanted.signer == system.plugins.signers.named(settings.signer):
            yield Finding.error(
                "statement-signer",
                "statements would be sealed by the signer that seals credentials; another one, with a certificate of its own, would be right",
                path="statements.signer",
            )


def _certificates(
    settings: Settings, name: str, *, path: str, member: str, at: datetime
) -> Iterator[Finding]:
    from cryptography.x509 import load_der_x509_certificate  # noqa: PLC0415 - heavy

    try:
        found = read_anchors(settings.path(name), member=member)
    except MikrocertError as error:
        yield Finding("certificate", Severity.ERROR, error.message, path)
        return
    for one in found:
        end = load_der_x509_certificate(one.certificate).not_valid_after_utc
        if end < at:
            yield Finding.warning(
                "certificate-ended", "“{name}” ended on {end}", path=path, name=one.name, end=end
            )
        elif end - at < _SOON:
            yield Finding.warning(
                "certificate-ends",
                "“{name}” ends on {end}; get another one before",
                path=path,
                name=one.name,
                end=end,
            )
        else:
            yield Finding.info("certificate", "“{name}” lasts until {end}", path=path, name=one.name, end=end)


def _offer(
    registry: Registry[Any], name: str | None, settings: Settings, examination: Examination
) -> Iterator[Finding]:
    kind = registry.kind
    try:
        name = registry.named(name)
        yield from registry.examine(name, settings, examination=examination)
    except MikrocertError as error:
        yield Finding("settings", Severity.ERROR, error.message, kind if name is None else f"{kind}.{name}")


def _signers(system: System) -> Iterable[str | None]:
    """Return the signer that is used, as far as it is known which, and those that settings have a section for."""
    used = system.settings.signer
    with suppress(MikrocertError):  # whoever examines it says so
        used = system.plugins.signers.named(used)
    stating = () if system.settings.statements is None else (system.settings.statements.signer,)
    return dict.fromkeys((used, *stating, *system.settings.sections("signers")))


def _signer(system: System, *, at: datetime) -> Iterator[Finding]:
    try:
        with system.opened_signer() as identity:
            owner = identity.owner
            listed = system.is_listed(identity, at=at)
            anchors = system.verifier.trust.anchors
            problems = list(seal_problems(identity, anchors=anchors, listed=listed, at=at))
    except MikrocertError as error:
        yield Finding("signer", Severity.ERROR, error.message, "signer")
        return
    yield from (_at(problem, "signer") for problem in problems)
    if owner is not None and not problems:
        yield Finding.info(
            "signer",
            "the signer is open to us and seals as {owner} with {algorithm}",
            path="signer",
            owner=owner.legal_name,
            algorithm=identity.algorithm,
        )


def _at(finding: Finding, path: str) -> Finding:
    return Finding(finding.code, finding.severity, finding.message, path)
