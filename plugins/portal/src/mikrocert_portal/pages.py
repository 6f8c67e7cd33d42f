"""Pages: the templates, the words of a language, and what both need to know about the site."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import attrs
from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup
from mikrocert.award.identifiers import LENGTH
from mikrocert.texts.typography import groups
from mikrocert_templates import folder

from mikrocert_portal.languages import LANGUAGES, catalogue
from mikrocert_portal.typography import WORD_JOINER, day, moment, size, typo
from mikrocert_portal.verdicts import headline_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from mikrocert.report import Report
    from mikrocert.settings import Settings
    from mikrocert.texts import LanguageMap, Message

    from mikrocert_portal.assets import Assets
    from mikrocert_portal.config import PortalConfig
    from mikrocert_portal.errors import Refused
    from mikrocert_portal.system import Archived

__all__ = ["Pages", "Visitor", "site_name"]

_FROM_RIGHT = {"ar", "fa", "he", "ur", "yi"}


@attrs.frozen
class Visitor:
    """Who reads a page.

    Args:
        language: `cs` or `en`.
        chosen: whether the address says so (`?lang=`), so that links of the page must say so too.
    """

    language: str
    chosen: bool = False


def site_name(settings: Settings, *, name: str | None) -> str | None:
    """Return the name in the header: the configured one, else the host of the base, or none for a bare address."""
    host = urlsplit(settings.base_url).hostname or ""
    if name is not None:
        return name
    return host.capitalize() if host.rpartition(".")[2].isalpha() and "." in host else None


def _text(value: LanguageMap, *, language: str) -> Markup:
    """Return the best text, wrapped in a `lang` of its own where it isn't in the language of the page."""
    found = value.language_of_best(language)
    text = typo(value.best(language), found)
    if found == language:
        return Markup.escape(text)
    if found in _FROM_RIGHT:
        return Markup('<span lang="{}" dir="rtl">{}</span>').format(found, text)
    return Markup('<span lang="{}">{}</span>').format(found, text)


def _sentence(value: Message, *, language: str) -> str:
    return typo(value.best(language), language)


def _unhyphenated(text: str) -> str:
    """Return a heading in which no line ends within a word such as micro-credential."""
    return text.replace("-", f"-{WORD_JOINER}")


class Pages:
    """Renders every page of the portal.

    Args:
        settings: of the system.
        config: of the portal.
        assets: what pages load.
    """

    def __init__(self, settings: Settings, *, config: PortalConfig, assets: Assets) -> None:
        self.root = urlsplit(settings.base_url).path
        self._settings = settings
        self._config = config
        self._assets = assets
        self._environments = {language: self._environment(language) for language in LANGUAGES}

    def _environment(self, language: str) -> Environment:
        source = folder("portal")
        environment = Environment(
            loader=FunctionLoader(lambda name: source.joinpath(name).read_text("utf-8")),
            autoescape=True,
            undefined=StrictUndefined,
            extensions=["jinja2.ext.i18n"],
            trim_blocks=True,
            lstrip_blocks=True,
        )
        environment.policies["ext.i18n.trimmed"] = True
        words = catalogue(language)

        def gettext(message: str) -> str:
            return typo(words.gettext(message), language)

        def ngettext(singular: str, plural: str, number: int) -> str:
            return typo(words.ngettext(singular, plural, number), language)

        # The extension adds the method; jinja2 has no type for that.
        install: Callable[..., None] = getattr(environment, "install_gettext_callables")  # noqa: B009
        install(gettext, ngettext, newstyle=True)
        filters: dict[str, Any] = {
            "text": partial(_text, language=language),
            "sentence": partial(_sentence, language=language),
            "day": partial(day, language=language),
            "moment": partial(moment, language=language),
            "size": partial(size, language=language),
            "groups": groups,
            "unhyphenated": _unhyphenated,
        }
        everywhere: dict[str, Any] = {
            "lang": language,
            "root": self.root,
            "site": site_name(self._settings, name=self._config.name),
            "base_url": self._settings.base_url,
            "sandbox": self._settings.sandbox,
            "operator": self._settings.operator,
            "megabytes": self._config.limits.upload_megabytes,
            "length": LENGTH,
            "static": f"{self.root}/static/{self._assets.version}",
        }
        environment.filters.update(filters)
        environment.globals.update(everywhere)
        return environment

    def address(self, path: str, *, reader: Visitor, anchor: str = "") -> str:
        """Return the address of a page of ours, in the language that the reader chose.

        Args:
            path: from the base on, with a leading slash.
            reader: who will follow it.
            anchor: `#` and a place on the page, or nothing.
        """
        query = f"?lang={reader.language}" if reader.chosen else ""
        return f"{self.root}{path}{query}{anchor}"

    def _render(self, template: str, *, reader: Visitor, **context: object) -> str:
        url = partial(self.address, reader=reader)
        return self._environments[reader.language].get_template(template).render(url=url, **context)

    def front(self, *, reader: Visitor, refused: Refused | None = None) -> str:
        """Return the front page, with an error summary if something was refused."""
        return self._render("front.html", reader=reader, refused=refused, switch="/" if refused else None)

    def about(self, *, reader: Visitor) -> str:
        """Return the page that explains verification, privacy, accessibility and whom to ask."""
        return self._render("about.html", reader=reader, switch=None)

    def report(
        self,
        report: Report,
        *,
        reader: Visitor,
        identifier: str | None = None,
        archived: Archived | None = None,
    ) -> str:
        """Return the page of a verification.

        Args:
            report: the outcome of it.
            reader: who reads it.
            identifier: what was asked for, or none for an uploaded file.
            archived: what can be downloaded, or none for an uploaded file.
        """
        return self._render(
            "report.html",
            reader=reader,
            switch=None if identifier else "/",
            report=report,
            case=headline_of(report),
            proven=report.proven,
            view=report.view.without_birth() if report.view else None,
            identifier=identifier,
            archived=archived,
        )

    def problem(self, refused: Refused, *, reader: Visitor) -> str:
        """Return the page for a request that can't be answered."""
        return self._render("problem.html", reader=reader, refused=refused, switch=None)
