"""Previews: how an institution's certificates look, drawn from samples, without a seal, an archive or a record."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

import attrs

from mikrocert.certificate import certificates_of, front_of
from mikrocert.errors import MikrocertError
from mikrocert.kinds.renderer import Attachment
from mikrocert.service.issuing.drawing import demand_templates
from mikrocert.service.issuing.samples import samples_of

if TYPE_CHECKING:
    from collections.abc import Iterator
    from importlib.resources.abc import Traversable

    from mikrocert.host.loading import Plugins
    from mikrocert.settings import Settings
    from mikrocert.texts import Message, Texts

__all__ = ["Preview", "previews", "state_of"]


@attrs.frozen
class Preview:
    """What was drawn of one sample.

    Args:
        sample: its name.
        files: file name → octets: the document, and a picture for each language.
        fault: why nothing was drawn, or none.
    """

    sample: str
    files: dict[str, bytes] = attrs.field(factory=dict[str, bytes], repr=False)
    fault: Message | None = None


def previews(plugins: Plugins, settings: Settings, *, institution: str, texts: Texts) -> Iterator[Preview]:
    """Draw each sample anew, with templates as they are now; a sample that can't be drawn says why.

    Raises:
        UnknownOffer: if there is no such institution or renderer.
        SettingsError: if the section of one of them is wrong, or the institution's templates are for another renderer.
        PluginError: if one of them crashes.
    """
    with ExitStack() as stack:
        profile = stack.enter_context(plugins.institutions.choose(institution, settings)).profile
        name = plugins.renderers.named(settings.renderer)
        renderer = stack.enter_context(plugins.renderers.choose(name, settings))
        branding = profile.branding
        demand_templates(renderer, branding, institution=institution)
        for sample, view in samples_of(profile, base_url=settings.base_url).items():
            attachment = Attachment("sample.txt", b"A sample, sealed by nobody.\n", "text/plain")
            try:
                certificates = certificates_of(
                    view,
                    texts=texts,
                    file=attachment.name,
                    languages=branding.languages,
                    separate=branding.separate,
                    signatory=branding.signatory,
                )
                document = renderer.document(certificates, attachment=attachment, branding=branding)
                files = {f"{sample}{renderer.document_type.suffix}": document}
                languages = dict.fromkeys(line for each in certificates for line in each.languages)
                for language in languages if renderer.document_type.envelope else ():
                    front = front_of(view, language=language, texts=texts, signatory=branding.signatory)
                    files[f"{sample}.{language}.png"] = renderer.pages(front, branding=branding)[0]
            except MikrocertError as error:
                yield Preview(sample, fault=error.message)
            else:
                yield Preview(sample, files)


def state_of(plugins: Plugins, settings: Settings, *, institution: str) -> tuple[object, ...]:
    """Return what changes when a template of the institution is edited: names, sizes and contents of its files."""
    with plugins.institutions.choose(institution, settings) as chosen:
        templates = chosen.profile.branding.templates
        return () if templates is None else tuple(sorted(_files(templates)))


def _files(folder: Traversable) -> Iterator[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_file():
            yield entry.name, entry.read_bytes()
