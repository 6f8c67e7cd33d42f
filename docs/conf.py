"""How the pages of this folder become a site. script/docs builds it; nothing is fetched for it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING

from pygments.lexers.special import TextLexer

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
CONTENTS = {
    "Learn": ["tutorial/*"],
    "Do": ["how-to/*"],
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


def setup(app: Sphinx) -> None:
    """Let Sphinx add the table of contents, find lazy names, and show CSV, for which Pygments has no colours, as it is."""
    app.connect("builder-inited", _load_api)
    app.connect("source-read", _add_contents)
    app.add_lexer("csv", TextLexer)
