"""The assembled system: settings, plugins and archive, ready to issue and to verify."""

from __future__ import annotations

from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cached_property
from threading import Lock, RLock
from typing import TYPE_CHECKING, Any

import attrs

from mikrocert.archive import Archive, Archived, open_archive
from mikrocert.award.identifiers import find_identifier
from mikrocert.errors import RenderError, SettingsError, UnknownIdentifier, plugin_boundary
from mikrocert.host.loading import Plugins, load_plugins
from mikrocert.kinds.envelope import Trust
from mikrocert.report import Report
from mikrocert.rules import rule_set
from mikrocert.service.issuing import Issuer
from mikrocert.service.verifying import Verifier

if TYPE_CHECKING:
    from collections.abc import Generator

    from mikrocert.host.registry import Registry
    from mikrocert.kinds.intake import IntakeRecord
    from mikrocert.kinds.renderer import Renderer
    from mikrocert.settings import Settings

__all__ = ["System", "open_system"]

_PICTURES_KEPT = 64
_PEM_BEGIN = b"-----BEGIN CERTIFICATE-----"


class System:
    """Issues and verifies under one set of settings; safe to use from several threads.

    Args:
        settings: all settings.
        plugins: all plugins at hand.
        stack: closes what is opened on the way.
    """

    def __init__(self, settings: Settings, plugins: Plugins, stack: ExitStack) -> None:
        self.settings = settings
        self.plugins = plugins
        self._stack = stack
        self._opening = RLock()
        self._drawing = Lock()
        self._pictures: dict[tuple[str, str], bytes] = {}

    @property
    def archive(self) -> Archive | None:
        """The archive, opened when first asked for; none where the settings name none."""
        with self._opening:
            return self._archive

    @property
    def verifier(self) -> Verifier:
        """The verifier with everything that is installed and allowed."""
        with self._opening:
            return self._verifier

    def prepare(self) -> None:
        """Make all that verifying needs, so that wrong settings are told now and not to the first visitor.

        Raises:
            MikrocertError: if settings, plugins or archive are wrong; its class says which.
        """
        with self._opening:
            _ = self._verifier

    @property
    def renderer(self) -> Renderer:
        """The renderer that the settings name."""
        with self._opening:
            return self._renderer

    @cached_property
    def _archive(self) -> Archive | None:
        url = self.settings.archive_url
        return None if url is None else self._stack.enter_context(open_archive(url, make=False))

    @cached_property
    def _renderer(self) -> Renderer:
        return self._stack.enter_context(self.plugins.renderers.choose(self.settings.renderer, self.settings))

    @cached_property
    def _verifier(self) -> Verifier:
        operator = self.settings.operator
        return Verifier(
            envelopes=self._all(self.plugins.envelopes),
            formats=self._all(self.plugins.formats),
            checks=self._all(self.plugins.checks),
            trust=Trust(anchors=self._anchors(), sandbox=self.settings.sandbox),
            rules=rule_set(self.settings.rule_set),
            operator=operator.organization_identifier if operator else None,
            archive=self._archive,
        )

    def _all(self, registry: Registry[Any]) -> dict[str, Any]:
        return {
            name: self._stack.enter_context(registry.choose(name, self.settings)) for name in registry.names
        }

    def _anchors(self) -> tuple[bytes, ...]:
        anchors: list[bytes] = []
        for name in self.settings.trust.anchors:
            path = self.settings.path(name)
            try:
                anchors += _certificates(path.read_bytes())
            except (OSError, ValueError) as error:
                message = f"trust.anchors: {path} can't be read as PEM certificates: {error}"
                raise SettingsError(message) from error
        return tuple(anchors)

    def verify(self, data: bytes, *, at: datetime | None = None) -> Report:
        """Verify a file (see `Verifier.verify`).

        Args:
            data: a sealed file, a certificate or anything else.
            at: the time of verification (aware); none means now.
        """
        report = self.verifier.verify(data, at=at or datetime.now(UTC))
        self.plugins.after_verify(report)
        return report

    def verify_identifier(self, identifier: str, *, at: datetime | None = None) -> Report:
        """Verify the credential that the archive has under this identifier.

        Raises:
            UnknownIdentifier: if there is none.
        """
        return self.verify(self.archived(identifier).sealed, at=at)

    def archived(self, identifier: str) -> Archived:
        """Return what the archive has under this identifier.

        Raises:
            UnknownIdentifier: if there is none, or no archive.
        """
        archive = self.archive
        if archive is None or not archive.exists:
            message = "there is no archive yet; the first credential issued makes it"
            raise UnknownIdentifier(message)
        return archive.find(identifier)

    def picture(self, identifier: str, *, language: str) -> bytes:
        """Return the certificate's front as PNG without birth date and place.

        Args:
            identifier: the 12 characters.
            language: `cs` or `en`.

        Raises:
            UnknownIdentifier: if there is no such credential.
            RenderError: if it can't be drawn, or its seal is not intact, so that nothing may be shown as fact.
        """
        archived = self.archived(identifier)
        key = (identifier, language)
        with self._drawing:
            if key not in self._pictures:
                page = self._draw(archived, language)
                if len(self._pictures) >= _PICTURES_KEPT:
                    self._pictures.pop(next(iter(self._pictures)))
                self._pictures[key] = page
            return self._pictures[key]

    def _draw(self, archived: Archived, language: str) -> bytes:
        report = self.verifier.verify(archived.sealed, at=datetime.now(UTC))
        if report.view is None or not report.proven:
            message = f"the archive's file of {archived.identifier} can't be shown as genuine"
            raise RenderError(message)
        with (
            plugin_boundary("drawing a picture: a plugin"),
            self.plugins.institutions.choose(archived.institution, self.settings) as institution,
        ):
            branding = institution.profile.branding
            return self.renderer.pages(report.view.without_birth(), language=language, branding=branding)[0]

    def link(self, identifier: str) -> str:
        """Return the verification link of an identifier."""
        return f"{self.settings.base_url}/verify/{identifier}"

    def identifier_of(self, text: str) -> str | None:
        """Return the identifier that a person typed or linked, or none; never fetches."""
        return find_identifier(text, base_url=self.settings.base_url)

    @contextmanager
    def issuer(
        self, institution: str, *, format_name: str | None = None, seal_name: str | None = None
    ) -> Generator[Issuer]:
        """Open everything that issuing needs; the seal's key is open only inside.

        Args:
            institution: name of the institution.
            format_name: name of the format; none means that of the settings.
            seal_name: name of the seal; none means that of the settings.

        Raises:
            UnknownOffer: if a name is unknown.
            SettingsError: if the settings forbid it: no archive, no operator, a test seal without sandbox.
            SealError: if the seal can't be opened.
        """
        settings, archive = self.settings, self.archive
        if settings.operator is None or archive is None:
            message = "issuing needs a mikrocert.toml with [operator]; its archive is archive.sqlite unless [archive] says otherwise"
            raise SettingsError(message)
        format_name = format_name or settings.format
        with ExitStack() as stack:
            chosen = stack.enter_context(self.plugins.institutions.choose(institution, settings))
            form = stack.enter_context(self.plugins.formats.choose(format_name, settings))
            seal = stack.enter_context(self.plugins.seals.choose(seal_name or settings.seal, settings))
            owner = seal.owner
            if owner.test and not settings.sandbox:
                message = "a test seal seals only where mikrocert.toml says sandbox = true"
                raise SettingsError(message)
            if owner.organization_identifier != settings.operator.organization_identifier:
                message = (
                    f"the seal belongs to {owner.organization_identifier}, mikrocert.toml names operator "
                    f"{settings.operator.organization_identifier}; they have to be the same"
                )
                raise SettingsError(message)
            archive.make()
            yield Issuer(
                institution=institution,
                profile=chosen.profile,
                format_name=format_name,
                format=form,
                seal=seal,
                renderer=self.renderer,
                rules=rule_set(settings.rule_set),
                archive=archive,
                verifier=attrs.evolve(self.verifier, archive=None),
                link=self.link,
                told=self.plugins.after_issue,
            )

    def read(
        self, data: bytes, *, institution: str, intake_name: str | None = None, encoding: str | None = None
    ) -> list[IntakeRecord]:
        """Read an export.

        Args:
            data: the export as it came.
            institution: name of the institution that sends it.
            intake_name: name of the intake; none means the institution's own.
            encoding: encoding that a person named, or none.

        Raises:
            UnknownOffer: if a name is unknown.
            IntakeError: if the file can't be read at all.
        """
        with ExitStack() as stack:
            chosen = stack.enter_context(self.plugins.institutions.choose(institution, self.settings))
            intake = stack.enter_context(
                self.plugins.intakes.choose(intake_name or chosen.intake, self.settings)
            )
            with plugin_boundary(f"reading the export of {institution}: a plugin"):
                return list(intake.read(data, profile=chosen.profile, encoding=encoding))


def _certificates(pem: bytes) -> list[bytes]:
    """Return the certificates in PEM as DER; at least one."""
    import base64  # noqa: PLC0415

    found: list[bytes] = []
    for part in pem.split(_PEM_BEGIN)[1:]:
        body, end, _ = part.partition(b"-----END CERTIFICATE-----")
        if not end:
            message = "a certificate has no end"
            raise ValueError(message)
        found.append(base64.b64decode(b"".join(body.split()), validate=True))
    if not found:
        message = "there is no certificate in it"
        raise ValueError(message)
    return found


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
        plugins = load_plugins(allow=settings.plugins.allow)
    _check_sections(settings, plugins)
    with ExitStack() as stack:
        yield System(settings, plugins, stack)


def _check_sections(settings: Settings, plugins: Plugins) -> None:
    """Refuse sections that no offer reads, unless a plugin failed or is not allowed that may well be theirs."""
    unread = [
        f"[{kind}.{name}] (there are: {', '.join(plugins.registry(kind).names) or 'none'})"
        for kind, sections in settings.offers.items()
        for name in sections
        if name not in plugins.registry(kind)
    ]
    if unread and not plugins.failures:
        message = f"mikrocert.toml: no offer reads {'; '.join(unread)}"
        raise SettingsError(message)
