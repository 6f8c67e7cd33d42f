"""Templates of certificates: an institution's, else the shipped ones, filled where they can do no harm."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePosixPath
from traceback import walk_tb
from typing import TYPE_CHECKING, Any, Final, TypeVar

import jinja2
from jinja2 import nodes
from jinja2.sandbox import ImmutableSandboxedEnvironment
from mikrocert.api import RenderError, TemplateError, message
from mikrocert_templates import folder

if TYPE_CHECKING:
    from collections.abc import Mapping
    from importlib.resources.abc import Traversable

__all__ = ["SHIPPED", "Templates", "read"]

_T = TypeVar("_T")
SHIPPED: Final = "shipped/"
"""Before the name of a template: the one that is shipped, so that another one of its name can extend it."""
_MOST_ROUNDS = 200_000
"""Of all loops of a certificate together; the longest that the core lets through takes some thousands."""
_MOST_LETTERS = 8_000_000
_ROUNDS = "_rounds"


def read(name: str, *, preferred: Traversable | None) -> str | None:
    """Return a template or stylesheet from the preferred folder, else from the shipped one, else none.

    Args:
        name: of the file; `shipped/` before it means the shipped one, whatever the preferred folder has.
        preferred: an institution's folder, or none.

    Raises:
        TemplateError: if the file is not UTF-8 or can't be read.
    """
    if name.startswith(SHIPPED):
        name, preferred = name.removeprefix(SHIPPED), None
    if not name or name[0] == "." or "/" in name or "\\" in name:
        return None
    for place in (preferred, folder("certificate")):
        if place is None:
            continue
        file = place.joinpath(name)
        try:
            if file.is_file():
                return file.read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise TemplateError(
                message("template '{name}' can't be read: {error}", name=name, error=error)
            ) from error
    return None


class _Itself(jinja2.TemplateSyntaxError):
    """A template extends itself."""


class _NoBlock(jinja2.TemplateSyntaxError):
    """A block would stand in the place of one that there isn't, so that nobody would ever see it.

    Args:
        block: where it stands.
        extended: name of the template that has no such block.
        names: of the blocks that it has.
        name: of the template that extends it.
    """

    def __init__(self, block: nodes.Block, *, extended: str, names: Iterable[str], name: str | None) -> None:
        super().__init__(block.name, block.lineno, name)
        self.block, self.extended, self.names = block.name, extended, sorted(names)


class _Bounded(ImmutableSandboxedEnvironment):
    """A sandbox in which the rounds of all loops are counted, and a block of an extended template is one that this has."""

    def _parse(self, source: str, name: str | None, filename: str | None) -> nodes.Template:
        tree = super()._parse(source, name, filename)
        for loop in tree.find_all(nodes.For):
            loop.iter = nodes.Call(nodes.Name(_ROUNDS, "load"), [loop.iter], [], None, None)
        self._demand_blocks(tree, name)
        tree.set_environment(self)
        return tree

    def _demand_blocks(self, tree: nodes.Template, name: str | None) -> None:
        extends = tree.find(nodes.Extends)
        if extends is None or not isinstance(extends.template, nodes.Const):
            return
        extended = str(extends.template.value)
        if extended == name:
            raise _Itself(extended, extends.lineno, name)
        names = self.get_template(extended).blocks
        for block in tree.body:
            if isinstance(block, nodes.Block) and block.name not in names:
                raise _NoBlock(block, extended=extended, names=names, name=name)


class Templates:
    """The templates of one folder, parsed once: escaping everything, refusing unknown names and endless loops.

    Args:
        preferred: an institution's folder, or none.
    """

    def __init__(self, preferred: Traversable | None) -> None:
        self._environment = _Bounded(
            loader=jinja2.FunctionLoader(lambda name: _source(name, preferred)),
            autoescape=True,
            undefined=jinja2.StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self._left = 0
        globals_: dict[str, Any] = {_ROUNDS: self._counted}
        self._environment.globals.update(globals_)

    def fill(self, name: str, given: Mapping[str, object]) -> str:
        """Return a template filled in.

        Raises:
            TemplateError: if it can't be; names the file and line in which it went wrong, and no text of the certificate.
        """
        self._left = _MOST_ROUNDS
        try:
            return "".join(_bounded(self._environment.get_template(name).generate(given)))
        except RenderError:
            raise
        except Exception as error:
            raise _fault(error, name, given=given) from error

    def _counted(self, things: Iterable[_T]) -> Iterator[_T]:
        for thing in things:
            self._left -= 1
            if self._left < 0:
                raise _Endless
            yield thing


class _Endless(Exception):
    """A template goes on and on."""


def _bounded(pieces: Iterable[str]) -> Iterator[str]:
    letters = 0
    for piece in pieces:
        letters += len(piece)
        if letters > _MOST_LETTERS:
            raise _Endless
        yield piece


def _source(name: str, preferred: Traversable | None) -> tuple[str, str, None] | None:
    text = read(name, preferred=preferred)
    return None if text is None else (text, name, None)


def _fault(error: Exception, name: str, *, given: Mapping[str, object]) -> TemplateError:
    """Return where a template went wrong. What an exception says may hold a person's data; what Jinja2 says of a template doesn't."""
    line = 1
    if isinstance(error, jinja2.TemplateSyntaxError):
        name, line = error.name or name, error.lineno
    else:
        for frame, number in walk_tb(error.__traceback__):
            # The code of a template is compiled under the name of its file; code of Python has a path.
            if PurePosixPath(frame.f_code.co_filename).suffix in {".html", ".css"}:
                name, line = frame.f_code.co_filename, number
    if isinstance(error, _Endless):
        why = message("it doesn't end, or makes more text than any certificate has")
    elif isinstance(error, (RecursionError, _Itself)):
        why = message(
            "it extends, includes or calls itself without end; the shipped one is called '{shipped}'",
            shipped=f"{SHIPPED}{name.removeprefix(SHIPPED)}",
        )
    elif isinstance(error, _NoBlock):
        why = message(
            "'{extended}' has no block '{block}'; it has {names:comma}",
            extended=error.extended,
            block=error.block,
            names=error.names,
        )
    elif isinstance(error, jinja2.UndefinedError):
        why = message(
            "{error}; a template is given {known:comma}", error=error.message or "", known=sorted(given)
        )
    elif isinstance(error, jinja2.TemplateNotFound):
        why = message("there is no template '{missing}' beside it", missing=error.name or "")
    elif isinstance(error, jinja2.TemplateError):
        why = message("{error}", error=error.message or type(error).__name__)
    else:
        why = message("{error}; --debug shows more", error=error)
    return TemplateError(
        message("template '{name}' of the certificate, line {line}: {why}", name=name, line=line, why=why)
    )
