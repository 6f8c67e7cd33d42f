"""The assembled system: settings, plugins and archive, ready to issue and to verify.

Command line, portal and interfaces to come call this and decide nothing themselves.
"""

from __future__ import annotations

import os
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cached_property, partial
from itertools import chain
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any

import attrs

from mikrocert.archive import Archive, Archived, open_archive
from mikrocert.award.identifiers import find_identifier
from mikrocert.errors import (
    ArchiveError,
    ErasedError,
    MikrocertError,
    NoArchiveError,
    RenderError,
    SettingsError,
)
from mikrocert.host.loading import Failure, Plugins, load_plugins
from mikrocert.kinds.envelope import Services, Trust
from mikrocert.kinds.intake import IntakeRecord
from mikrocert.report import File, FileKind, Finding, Report, Severity
from mikrocert.rules import rule_set
from mikrocert.service.anchors import read_anchors
from mikrocert.service.confining import Confinement
from mikrocert.service.exports import read_export
from mikrocert.service.failing import FailedCheck, failure_finding
from mikrocert.service.issuing import Issuer, IssueResult, Progress, untold
from mikrocert.service.observing import tell
from mikrocert.service.ours import Ours
from mikrocert.service.preflight import Plan, preflight
from mikrocert.service.securing import Securing
from mikrocert.service.verifying import Verifier
from mikrocert.texts import Texts, message

if TYPE_CHECKING:
    from collections.abc import Callable, Generator, Iterable, Iterator, Mapping

    from mikrocert.host.registry import Registry
    from mikrocert.kinds.check import Check
    from mikrocert.kinds.envelope import Envelope
    from mikrocert.kinds.format import Format, Packaging
    from mikrocert.kinds.observer import Observer
    from mikrocert.kinds.renderer import Renderer
    from mikrocert.kinds.signer import Identity, Signer
    from mikrocert.service.anchors import Anchor
    from mikrocert.settings import Settings
    from mikrocert.texts import Message

__all__ = ["System", "open_system"]

_PICTURES_KEPT = 64
_MOST_WORKERS = 4
_NOT_OFFERED = message("no plugin at hand offers it")
_UNREAD_PERHAPS = Finding.warning(
    "plugin-failed", "A plugin failed (see its failure); it may be the one that reads such files."
)


class System:
    """Issues and verifies under one set of settings; safe to use from several threads.

    Args:
        settings: all settings.
        plugins: all plugins at hand.
        stack: closes what is opened on the way.
    """

    def __init__(self, settings: Settings, plugins: Plugins, *, stack: ExitStack) -> None:
        self.settings = settings
        self.plugins = plugins
        self._stack = stack
        self._opening = RLock()
        self._drawing = Lock()
        self._pictures: dict[tuple[str, str], bytes] = {}
        self._owner_checked = False
        self.texts = Texts(plugins.packages)
        """The sentences of core and plugins in every language that is installed."""

    @property
    def archive(self) -> Archive | None:
        """The archive, opened when first asked for; none where the settings name none.

        Raises:
            SettingsError: if it belongs to another operator than the settings name.
        """
        with self._opening:
            self._check_owner()
            return self._archive

    @property
    def verifier(self) -> Verifier:
        """The verifier with everything that is installed and allowed.

        Raises:
            SettingsError: if the archive belongs to another operator than the settings name.
        """
        with self._opening:
            self._check_owner()
            return self._verifier

    @property
    def renderer(self) -> Renderer:
        """The renderer that the settings name."""
        with self._opening:
            return self._renderer

    def _check_owner(self) -> None:
        """Refuse to serve an archive under another operator's name; one that can't be asked is asked again next time.

        Where the settings name no operator, the archive's owner is ours.
        """
        operator, archive = self.settings.operator, self._archive
        if self._owner_checked or archive is None:
            return
        try:
            owner = archive.owner
        except ArchiveError:
            return  # whoever needs it is told
        if operator is None:
            self._verifier = attrs.evolve(self._verifier, ours=Ours.of(self.settings, owner=owner))
        elif owner is not None and owner not in operator.identifiers:
            raise SettingsError(
                message(
                    "the archive belongs to {owner}, mikrocert.toml names operator {operator}; if that is what it was "
                    "called before, [[operator.formerly]] says so",
                    owner=owner,
                    operator=operator.organization_identifier,
                )
            )
        self._owner_checked = owner is not None

    def prepare(self) -> None:
        """Make all that verifying needs, so that wrong settings are told now and not to the first visitor.

        Raises:
            MikrocertError: if settings, plugins or archive are wrong; its class says which.
        """
        with self._opening:
            self._check_owner()
            _ = self._verifier

    @cached_property
    def _archive(self) -> Archive | None:
        url = self.settings.archive_url
        if url is None:
            return None
        return self._stack.enter_context(open_archive(url, keys_url=self.settings.archive_keys_url))

    @cached_property
    def _renderer(self) -> Renderer:
        registry = self.plugins.renderers
        return self._stack.enter_context(
            registry.choose(registry.named(self.settings.renderer), self.settings)
        )

    @cached_property
    def _formats(self) -> Mapping[str, Format]:
        return self._all(self.plugins.formats)

    @cached_property
    def _envelopes(self) -> Mapping[str, Envelope]:
        return self._all(self.plugins.envelopes)

    @cached_property
    def _observers(self) -> Mapping[str, Observer]:
        return self._those_that_open(self.plugins.observers)

    @cached_property
    def _checks(self) -> Mapping[str, Check]:
        """Every check; one that can't be used, or may be hidden in a plugin that can't, is undetermined under its name."""
        checks = self._those_that_open(self.plugins.checks)
        failed: dict[str, Message] = {
            failure.name: failure.reason for failure in self.plugins.failures if failure.check
        }
        if failed:
            configured = {
                name: _NOT_OFFERED for name in self.settings.sections("checks") if name not in checks
            }
            failed = {**configured, **failed}
        return {**checks, **{name: FailedCheck(name, reason) for name, reason in failed.items()}}

    @cached_property
    def _verifier(self) -> Verifier:
        return Verifier(
            envelopes=self._envelopes,
            formats=self._formats,
            checks=self._checks,
            trust=self._trust(),
            rules=rule_set(self.settings.rule_set),
            ours=Ours.of(self.settings),
            archive=self._archive,
            seal_certificates=self._seal_certificates,
        )

    @cached_property
    def _confinement(self) -> Confinement:
        workers = min(os.cpu_count() or 1, _MOST_WORKERS)
        confinement = Confinement(partial(_verifying, self.settings), workers=workers)
        self._stack.callback(confinement.close)
        return confinement

    def _all(self, registry: Registry[Any]) -> dict[str, Any]:
        return {
            name: self._stack.enter_context(registry.choose(name, self.settings)) for name in registry.names
        }

    def _those_that_open(self, registry: Registry[Any]) -> dict[str, Any]:
        """Open all offers of a kind that nothing depends on; what is wrong with one is its failure, not everybody's.

        Raises:
            MikrocertError: if it is one that plugins.require names.
        """
        opened: dict[str, Any] = {}
        for offered in registry:
            name = offered.offer.name
            try:
                opened[name] = self._stack.enter_context(registry.choose(name, self.settings))
            except MikrocertError as error:
                if self.plugins.sources(offered.plugin) & set(self.settings.plugins.require):
                    raise
                self.plugins.fail(Failure(name, "", error.message, check=registry.kind == "checks"))
        return opened

    def _trust(self) -> Trust:
        trust = self.settings.trust
        anchors = {name: self._certificates("trust.anchors", name) for name in trust.anchors}
        policies = {"trust.organisations": trust.organisations, "trust.qualified": trust.qualified}
        for member, names in policies.items():
            for name in names:
                if name not in anchors:
                    raise SettingsError(
                        message("{member}: {name} is not among trust.anchors", member=member, name=name)
                    )
        return Trust(
            anchors=tuple(chain.from_iterable(anchors.values())),
            sandbox=self.settings.sandbox,
            organisations=frozenset(chain.from_iterable(anchors[name] for name in trust.organisations)),
            qualified=frozenset(chain.from_iterable(anchors[name] for name in trust.qualified)),
        )

    @cached_property
    def _seal_certificates(self) -> frozenset[bytes]:
        operator = self.settings.operator
        names = operator.seal_certificates if operator else ()
        return frozenset(
            chain.from_iterable(self._certificates("operator.seal_certificates", name) for name in names)
        )

    def _certificates(self, member: str, name: str) -> tuple[bytes, ...]:
        anchors = read_anchors(self.settings.path(name), member=member)
        return tuple(anchor.certificate for anchor in anchors)

    def tell(self, event: Callable[[Observer], None]) -> None:
        """Tell every observer what happened; what goes wrong with one is logged."""
        with self._opening:
            observers = self._observers
        tell(observers, event)

    def verify(self, data: bytes, *, at: datetime | None = None, anchors: Iterable[Anchor] = ()) -> Report:
        """Verify a file (see `Verifier.verify`).

        Args:
            data: a sealed file, a certificate or anything else.
            at: the time of verification (aware); none means now.
            anchors: whom to trust besides those of the settings, this time.
        """
        verifier = _trusting(self.verifier, anchors)
        report = self._with_failures(verifier.verify(data, at=at or datetime.now(UTC)))
        self.tell(lambda observer: observer.verified(report))
        return report

    def _with_failures(self, report: Report) -> Report:
        """Return a report that names the plugins that failed, and says so where one of them may be missing."""
        failures = tuple(map(failure_finding, self.plugins.failures))
        report = attrs.evolve(report, failures=failures)
        if report.unusable and failures:
            return attrs.evolve(report, unusable=(*report.unusable, _UNREAD_PERHAPS))
        return report

    def prepare_confined(self) -> None:
        """Start the processes in which files of strangers are verified, so that the first file need not wait."""
        with self._opening:
            _ = self._confinement

    def verify_confined(self, data: bytes, *, at: datetime | None = None) -> Report:
        """Verify a file of a stranger, in a process of its own that may not cost more than `CostLimits` say.

        The processes load the plugins that the settings allow.

        Args:
            data: a sealed file, a certificate or anything else.
            at: the time of verification (aware); none means now.
        """
        with self._opening:
            confinement = self._confinement
        report = self._with_failures(confinement.verify(data, at=at or datetime.now(UTC)))
        self.tell(lambda observer: observer.verified(report))
        return report

    def verify_identifier(
        self, identifier: str, *, at: datetime | None = None, anchors: Iterable[Anchor] = ()
    ) -> Report:
        """Verify the credential that the archive has under this identifier.

        Args:
            identifier: the 12 characters.
            at: the time of verification (aware); none means now.
            anchors: whom to trust besides those of the settings, this time.

        Raises:
            UnknownIdentifier: if there is none.
            ArchiveError: if the archive is damaged or can't be read, there is none, or the credential was erased.
        """
        return self.verify(self.file(identifier, FileKind.CREDENTIAL).octets, at=at, anchors=anchors)

    def archived(self, identifier: str) -> Archived:
        """Return what the archive has under this identifier.

        Raises:
            UnknownIdentifier: if there is none.
            ArchiveError: if the archive is damaged or can't be read, or there is none.
        """
        return self._there().find(identifier)

    def file(self, identifier: str, kind: FileKind, *, format_name: str | None = None) -> File:
        """Return the newest edition of a file of a credential.

        Args:
            identifier: the 12 characters.
            kind: credential or certificate.
            format_name: name of the format; none means the one that was issued first.

        Raises:
            UnknownIdentifier: if there is no such credential, or it has no such file.
            ArchiveError: if the archive is damaged or can't be read, or the credential was erased.
        """
        return self._there().file(identifier, kind, format=format_name)

    def files(self, identifier: str) -> tuple[File, ...]:
        """Return the newest edition of every file of a credential, credentials first.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ArchiveError: if the archive is damaged or can't be read, or the credential was erased.
        """
        files = self._there().files(identifier)
        return tuple(sorted(files, key=lambda file: file.kind is not FileKind.CREDENTIAL))

    @property
    def packagings(self) -> tuple[Packaging, ...]:
        """What the files of the installed formats are, sorted by the formats' names."""
        with self._opening:
            return tuple(form.packaging for _, form in sorted(self._formats.items()))

    def _there(self) -> Archive:
        archive = self.archive
        if archive is None:
            raise NoArchiveError(
                message(
                    "there is no archive to ask: the settings name none; --config FILE names settings that do"
                )
            )
        return archive

    def revoke(self, identifier: str, *, reason: str, at: datetime | None = None) -> Archived:
        """Revoke a credential; revoking it again changes nothing.

        Args:
            identifier: the 12 characters.
            reason: why; verifiers read it.
            at: when (aware); none means now.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ArchiveError: if it was replaced, the reason is not fit to be read, or the database fails.
        """
        archived = self._there().revoke(identifier, reason=reason, at=at or datetime.now(UTC))
        self.tell(lambda observer: observer.revoked(archived.registration, archived.status))
        return archived

    def erase(self, identifier: str, *, reason: str, at: datetime | None = None) -> Archived:
        """Erase the content of a credential for good; erasing it again makes sure that its key is gone.

        Args:
            identifier: the 12 characters.
            reason: why; it stays, so it may name no person.
            at: when (aware); none means now.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ArchiveError: if the reason is not fit to be read, or a database fails.
        """
        return self._there().erase(identifier, reason=reason, at=at or datetime.now(UTC))

    def picture(self, identifier: str, *, language: str) -> bytes:
        """Return the certificate's front as PNG without birth date and place.

        Args:
            identifier: the 12 characters.
            language: the leading language of the picture, ISO 639.

        Raises:
            UnknownIdentifier: if there is no such credential.
            ErasedError: if its content was erased.
            RenderError: if it can't be drawn, or its seal is not intact, so that nothing may be shown as fact.
        """
        archived = self.archived(identifier)
        if archived.erased_at is not None:
            raise ErasedError(identifier)
        key = (identifier, language)
        with self._drawing:
            if key not in self._pictures:
                page = self._draw(archived, language)
                if len(self._pictures) >= _PICTURES_KEPT:
                    self._pictures.pop(next(iter(self._pictures)))
                self._pictures[key] = page
            return self._pictures[key]

    def _draw(self, archived: Archived, language: str) -> bytes:
        identifier = archived.registration.identifier
        file = self.file(identifier, FileKind.CREDENTIAL)
        report = self.verifier.verify(file.octets, at=datetime.now(UTC))
        if report.view is None or not report.proven:
            raise RenderError(
                message("the archive's file of {identifier} can't be shown as genuine", identifier=identifier)
            )
        institution_name = archived.registration.institution
        with self.plugins.institutions.choose(institution_name, self.settings) as institution:
            branding = institution.profile.branding
            view = report.view.without_birth()
            return self.renderer.pages(view, language=language, branding=branding, texts=self.texts)[0]

    def link(self, identifier: str) -> str:
        """Return the verification link of an identifier."""
        return f"{self.settings.base_url}/verify/{identifier}"

    def identifier_of(self, text: str) -> str | None:
        """Return the identifier that a person typed or linked, or none; never fetches."""
        found = (find_identifier(text, base_url=base) for base in self.settings.base_urls)
        return next(filter(None, found), None)

    def issue(
        self,
        records: Iterable[IntakeRecord],
        *,
        institution: str,
        formats: tuple[str, ...] = (),
        signer: str | None = None,
        replaces: str | None = None,
        reason: str | None = None,
        dry_run: bool = False,
        on_progress: Progress = untold,
        on_warning: Callable[[Finding], object] = lambda _: None,
    ) -> Iterator[IssueResult]:
        """Issue the records of an export and give back what became of each, in order (see `Issuer.issue`).

        The signer's session is open until the last result was taken.

        Args:
            records: as `read` returned them.
            institution: name of the institution.
            formats: names of the formats; none means that of the settings.
            signer: name of the signer; none means that of the settings.
            replaces: identifier of the credential that the one record corrects.
            reason: why it is corrected; needed with `replaces`.
            dry_run: whether to do everything but sealing and recording.
            on_progress: called with a phase and how many of how many awards of a batch are through it.
            on_warning: called before the first award with each thing that its sender should know by then.

        Raises:
            UnknownOffer: if a name is unknown.
            SettingsError: if the settings forbid it: no archive, no operator, a test seal without sandbox, or anything that
                would make a trap of every award (see `preflight`).
            SealError: if the signer can't be opened or fails.
            IntakeError: if a correction has more or less than one record.
            ArchiveError: if the archive fails.
        """
        with self._issuer(
            institution, formats=formats, signer=signer, on_progress=on_progress, on_warning=on_warning
        ) as issuer:
            if self.settings.operator is not None and not dry_run:
                issuer.archive.belong(self.settings.operator.organization_identifier)
            yield from issuer.issue(records, replaces=replaces, reason=reason, dry_run=dry_run)

    @contextmanager
    def _issuer(
        self,
        institution: str,
        *,
        formats: tuple[str, ...],
        signer: str | None,
        on_progress: Progress,
        on_warning: Callable[[Finding], object],
    ) -> Generator[Issuer]:
        """Open everything that issuing needs; the key is open only inside."""
        settings, archive = self.settings, self.archive
        if settings.operator is None or archive is None:
            raise SettingsError(
                message(
                    "issuing needs a mikrocert.toml with [operator]; its archive is archive.sqlite unless [archive] says otherwise"
                )
            )
        archive.require()
        names = formats or (self.plugins.formats.named(settings.format),)
        for name in names:
            self.plugins.formats.get(name)
        with ExitStack() as stack:
            chosen = stack.enter_context(self.plugins.institutions.choose(institution, settings))
            profile = chosen.profile
            with self._opening:
                issued_in = {name: self._formats[name] for name in names}
                envelopes = self._envelopes
            needed = [form.packaging.envelope for form in issued_in.values()]
            needed.append(self.renderer.document_type.envelope)
            for name in needed:
                self.plugins.envelopes.get(name)
            registry = self.plugins.signers
            session = stack.enter_context(
                registry.choose(registry.named(signer or settings.signer), settings)
            )
            identity = self._checked_identity(session)
            plan = Plan(
                base_url=settings.base_url,
                identity=identity,
                anchors=self.verifier.trust.anchors,
                institution=institution,
                mandate=profile.mandate,
                last_event=archive.last_event(),
                at=datetime.now(UTC),
            )
            _take_off(plan, on_warning=on_warning)
            yield Issuer(
                institution=institution,
                profile=profile,
                formats=issued_in,
                securing=Securing(
                    envelopes=envelopes, signer=session, identity=identity, services=Services()
                ),
                renderer=self.renderer,
                languages=settings.languages,
                texts=self.texts,
                rules=rule_set(settings.rule_set),
                archive=archive,
                verifier=attrs.evolve(self.verifier, archive=None),
                link=self.link,
                on_issued=lambda receipt: self.tell(lambda observer: observer.issued(receipt)),
                on_replaced=lambda old: self.tell(
                    lambda observer: observer.replaced(old.registration, old.status)
                ),
                on_progress=on_progress,
            )

    def _checked_identity(self, session: Signer) -> Identity:
        """Refuse a key that isn't the operator's, or a test key where real credentials are issued."""
        operator = self.settings.operator
        identity = session.identity
        owner = identity.owner
        if owner is None or operator is None:
            raise SettingsError(
                message("the signer names no owner; a seal certificate of the operator would")
            )
        if owner.test and not self.settings.sandbox:
            raise SettingsError(message("a test seal seals only where mikrocert.toml says sandbox = true"))
        if owner.organization_identifier != operator.organization_identifier:
            raise SettingsError(
                message(
                    "the seal belongs to {owner}, mikrocert.toml names operator {operator}; they have to be the same",
                    owner=owner.organization_identifier,
                    operator=operator.organization_identifier,
                )
            )
        if self._seal_certificates and owner.x509 not in self._seal_certificates:
            raise SettingsError(
                message(
                    "the signer's certificate is not among operator.seal_certificates, so what it seals would not count as the operator's"
                )
            )
        return identity

    def read(
        self, data: bytes, *, institution: str, intake: str | None = None, encoding: str | None = None
    ) -> list[IntakeRecord]:
        """Read an export; a record at which the intake crashes is refused, and the others stay (see `read_export`).

        Args:
            data: the export as it came.
            institution: name of the institution that sends it.
            intake: name of the intake; none means the institution's own.
            encoding: encoding that a person named, or none.

        Raises:
            UnknownOffer: if a name is unknown.
            IntakeError: if the file can't be read at all.
        """
        with ExitStack() as stack:
            chosen = stack.enter_context(self.plugins.institutions.choose(institution, self.settings))
            profile, own = chosen.profile, chosen.intake
            name = intake or own
            reader = stack.enter_context(self.plugins.intakes.choose(name, self.settings))
            return read_export(data, intake=reader, profile=profile, encoding=encoding)


@contextmanager
def open_system(settings: Settings, *, plugins: Plugins | None = None) -> Generator[System]:
    """Assemble a system and close everything it opened.

    Args:
        settings: all settings.
        plugins: plugins already loaded; none loads those that the settings allow.

    Raises:
        PluginError: if plugins contradict each other.
        SettingsError: if the settings are wrong.
    """
    if plugins is None:
        chosen = settings.plugins
        plugins = load_plugins(allow=chosen.allow, require=chosen.require, disable=chosen.disable)
    _check_sections(settings, plugins)
    with ExitStack() as stack:
        yield System(settings, plugins, stack=stack)


def _take_off(plan: Plan, *, on_warning: Callable[[Finding], object]) -> None:
    """Refuse a plan with errors, all at once; tell its warnings first.

    Raises:
        SettingsError: if there are errors.
    """
    findings = preflight(plan)
    for finding in findings:
        if finding.severity is Severity.WARNING:
            on_warning(finding)
    errors = [finding.message for finding in findings if finding.severity is Severity.ERROR]
    if errors:
        raise SettingsError(message("nothing was issued: {faults:semicolon}", faults=errors))


def _trusting(verifier: Verifier, anchors: Iterable[Anchor]) -> Verifier:
    """Return a verifier that trusts these anchors, too, and below them whatever organisation they certify."""
    added = tuple(anchor.certificate for anchor in anchors)
    if not added:
        return verifier
    trust = attrs.evolve(
        verifier.trust,
        anchors=(*verifier.trust.anchors, *added),
        organisations=verifier.trust.organisations | set(added),
    )
    return attrs.evolve(verifier, trust=trust)


@contextmanager
def _verifying(settings: Settings) -> Generator[Callable[[bytes, datetime], Report]]:
    """Yield what verifies under these settings, in a process of its own."""
    with open_system(settings) as system:
        system.prepare()
        yield lambda data, at: system.verifier.verify(data, at=at)


def _check_sections(settings: Settings, plugins: Plugins) -> None:
    """Refuse sections that no offer reads, unless a plugin failed or is left out that may well be theirs."""
    unread = [
        message(
            "[{section}] (there are: {names:comma})",
            section=f"{kind}.{name}",
            names=plugins.registry(kind).names,
        )
        if plugins.registry(kind).names
        else message("[{section}] (there are none)", section=f"{kind}.{name}")
        for kind, sections in settings.offers.items()
        for name in sections
        if name not in plugins.registry(kind)
    ]
    if unread and not plugins.failures and not plugins.skipped:
        raise SettingsError(message("mikrocert.toml: no offer reads {sections:semicolon}", sections=unread))
