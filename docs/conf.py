"""How the pages of this folder become a site. script/docs builds it; nothing is fetched for it."""

from __future__ import annotations

import re
import tomllib
from functools import partial
from pathlib import Path
from posixpath import dirname, join, normpath
from typing import TYPE_CHECKING, Any

from pygments.lexers.special import TextLexer
from sphinx.environment.adapters.toctree import global_toctree_for_doc
from sphinx.util.osutil import relative_uri

if TYPE_CHECKING:
    from sphinx.application import Sphinx

ROOT = Path(__file__).parent.parent

project = "mikrocert"
author = "mikrocert contributors"
release = tomllib.loads((ROOT / "core/pyproject.toml").read_text(encoding="utf-8"))["project"]["version"]
version = release

extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
# The source is the whole repository, so that links to the pages of members, and from the README, lead somewhere.
root_doc = "docs/index"
include_patterns = [
    "*.md",
    "docs/**",
    "core/README.md",
    "plugins/*/README.md",
    "templates/README.md",
    "changelog.d/README.md",
]
exclude_patterns = [".*", "build", "**/src", "**/tests"]

myst_heading_anchors = 4
myst_enable_extensions = ["html_image"]

autodoc_member_order = "bysource"
autodoc_typehints = "signature"
napoleon_numpy_docstring = False
default_role = "literal"  # docstrings put code between single backticks, as Markdown does

html_theme = "furo"
html_title = f"mikrocert {release}"
html_show_sphinx = False
html_copy_source = False

# The pages of each folder, in the side bar; docs/index.md itself stays plain Markdown for who reads it elsewhere.
# How-to pages are listed by what somebody is about to do; a page that is in none of the lists is a warning, which ends the build.
CONTENTS = {
    "Learn": ["tutorial/*"],
    "Verify": [
        "how-to/verify",
        "how-to/give-statements",
        "how-to/trusted-lists",
        "how-to/add-a-check",
    ],
    "Connect and send": [
        "how-to/connect-an-institution",
        "how-to/describe-an-export",
        "how-to/csv-from-excel",
        "how-to/work-with-batches",
        "how-to/connect-over-http",
        "how-to/connect-with-tokens",
        "how-to/open-the-desk",
        "how-to/second-pair-of-eyes",
        "how-to/correct-or-revoke",
        "how-to/keep-types",
        "how-to/publish-the-catalogue",
    ],
    "Certificates and holders": [
        "how-to/look-of-certificates",
        "how-to/large-print",
        "how-to/share",
        "how-to/rights-of-persons",
    ],
    "Seals and the log": [
        "how-to/own-seal",
        "how-to/seal-with-a-token",
        "how-to/seal-with-a-remote-service",
        "how-to/renew",
        "how-to/publish-the-log",
        "how-to/key-ceremony",
        "how-to/key-compromise",
        "how-to/leave-a-provider",
        "how-to/rename-the-operator",
    ],
    "Run it": [
        "how-to/deploy",
        "how-to/behind-a-proxy",
        "how-to/keep-the-archive",
        "how-to/store-files-elsewhere",
        "how-to/watch",
        "how-to/see-what-is-to-be-done",
        "how-to/time",
        "how-to/fill-in-the-help",
        "how-to/add-a-language",
        "how-to/breach",
        "how-to/data-protection",
        "how-to/public-bodies",
    ],
    "Look up": ["reference/*"],
    "Kinds of plugins": ["reference/kinds/index", "reference/kinds/*"],
    "Understand": ["explanation/*"],
    "Decisions": ["adr/*"],
    "Members": ["/core/README", "/plugins/*/README", "/templates/README"],
    "Project": ["/README", "/CONTRIBUTING", "/SECURITY", "/CHANGELOG", "/changelog.d/README"],
}


def _add_contents(app: Sphinx, page: str, source: list[str]) -> None:
    """Add the side bar's table of contents to the first page."""
    if page == app.config.root_doc:
        for caption, pages in CONTENTS.items():
            listed = "\n".join(pages)
            source[0] += f"\n```{{toctree}}\n:hidden:\n:glob:\n:caption: {caption}\n\n{listed}\n```\n"


def _load_api(_: Sphinx) -> None:
    """Ask for every name of the interface for plugins, which autodoc finds only once it was asked for."""
    from mikrocert import api  # noqa: PLC0415

    for name in api.__all__:
        getattr(api, name)


_ENTRY = re.compile(r'<li class="toctree-l1[^"]*"><a class="[^"]*" href="([^"]*)">')
"""What a page is in the side bar; all are on one level."""


def _list_pages_once(
    app: Sphinx, page: str, _template: str, context: dict[str, Any], _doctree: object, *, listed: list[str]
) -> None:
    """Give the theme the pages of its side bar, listed once, with the way to each from this page.

    The theme asks Sphinx anew on each page, which goes through all headings of all pages each time: most of the time of a build.
    """
    at_root, at_page = (app.builder.get_target_uri(name) for name in (app.config.root_doc, page))

    def entry(found: re.Match[str]) -> str:
        target = normpath(join(dirname(at_root), found[1]))
        if target == at_page:
            return '<li class="toctree-l1 current"><a class="current reference internal" href="#">'
        way = relative_uri(at_page, target)
        return f'<li class="toctree-l1"><a class="reference internal" href="{way}">'

    def pages(**how: object) -> str:
        if not listed:
            tree = global_toctree_for_doc(
                app.env, app.config.root_doc, app.builder, tags=app.builder.tags, **how
            )
            listed.append(app.builder.render_partial(tree)["fragment"])
        return _ENTRY.sub(entry, listed[0])

    context["toctree"] = pages


def setup(app: Sphinx) -> None:
    """Let Sphinx add the table of contents, find lazy names, and show CSV, for which Pygments has no colours, as it is."""
    app.connect("builder-inited", _load_api)
    app.connect("html-page-context", partial(_list_pages_once, listed=[]), priority=400)  # before the theme
    app.connect("source-read", _add_contents)
    app.add_lexer("csv", TextLexer)
