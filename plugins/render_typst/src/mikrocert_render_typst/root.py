"""The folder that Typst may read: our main file, the templates, and the files that belong to one document. Nothing else is there."""

from __future__ import annotations

import re
import shutil
from contextlib import suppress
from importlib.resources import files
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Any
from weakref import finalize

import typst
from mikrocert.api import Finding, RenderError, TemplateError, UnrenderableError, message
from mikrocert_templates import folder

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from importlib.resources.abc import Traversable

__all__ = ["MAIN", "Root"]

MAIN = "mikrocert-main.typ"
"""Written last: no folder of templates replaces it."""
_SHIPPED = "shipped/"
"""Folder of the templates that are shipped, whatever an institution has; written after its own, so that it replaces none of them."""
_OWN = "mikrocert-own-"
"""Begin of the names of files that belong to one document."""
_DRAWING = "drawing.json"
"""What is drawn; `main.typ` reads it."""
_PACKAGE = re.compile(r"[\"']\s*@[\w-]*/?")
_IMPORT = re.compile(r"#?import\s+\"/?(?P<file>[^\"]+)\"\s*:(?P<names>.*)")
_PLACE = re.compile(r"┌─ [^\n]*?((?:shipped/)?[^/\\\n]+?):(\d+):\d+")
_DOES_NOT_FIT = "does-not-fit"
_STANDARDS = ["a-3a", "ua-1"]


class Root:
    """A folder of templates in place, and a compiler over it.

    Args:
        preferred: folder whose files are preferred over the shipped ones, or none.
        folders: of fonts.
        fonts: single files of fonts.

    Raises:
        TemplateError: if a template can't be read, or names a package.
    """

    def __init__(
        self, preferred: Traversable | None, *, folders: Sequence[str], fonts: Sequence[str] = ()
    ) -> None:
        self._path = Path(mkdtemp(prefix="mikrocert-typst-"))
        # Also where nobody closes it: when it is forgotten, or the process ends.
        self._remove = finalize(self, shutil.rmtree, self._path, ignore_errors=True)
        try:
            self._fill(folder("certificate"), suffixes=(".typ",))
            if preferred is not None:
                self._fill(preferred)
            self._fill(folder("certificate"), suffixes=(".typ",), below=_SHIPPED)
            self._path.joinpath(MAIN).write_bytes(files(__package__).joinpath("main.typ").read_bytes())
            for number, font in enumerate(fonts):
                # Typst looks for fonts in folders only.
                shutil.copyfile(font, self._path / f"{_OWN}{number}{Path(font).suffix}")
        except BaseException:
            self.close()
            raise
        nowhere = self._path / "no-packages"
        self._compiler = typst.Compiler(
            self._path / MAIN,
            root=self._path,
            font_paths=typst.Fonts(
                include_system_fonts=False,
                include_embedded_fonts=False,
                font_paths=[*folders, str(self._path)],
            ),
            ignore_system_fonts=True,
            package_path=nowhere,
            package_cache_path=nowhere,
        )

    def close(self) -> None:
        """Remove the folder."""
        self._remove()

    def _fill(self, place: Traversable, *, suffixes: tuple[str, ...] = ("",), below: str = "") -> None:
        """Copy files of a folder, as they are; hidden ones and links that lead elsewhere stay behind."""
        for file in place.iterdir():
            name = f"{below}{file.name}"
            if file.name.startswith(".") or (isinstance(file, Path) and file.is_symlink()):
                continue
            if file.is_dir():
                self._fill(file, suffixes=suffixes, below=f"{name}/")
            elif file.name.endswith(suffixes):
                self._copy(file, name)

    def _copy(self, file: Traversable, name: str) -> None:
        try:
            data = file.read_bytes()
            text = data.decode("utf-8") if name.endswith(".typ") else ""
        except (OSError, UnicodeDecodeError) as error:
            raise TemplateError(
                message("template '{name}' can't be read: {error}", name=name, error=error)
            ) from error
        for number, line in enumerate(text.splitlines(), start=1):
            if _PACKAGE.search(line):
                raise TemplateError(
                    message(
                        "template '{name}', line {line}: packages are not fetched; their files in the folder of templates would be right",
                        name=name,
                        line=number,
                    )
                )
        target = self._path / name
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)

    def put(self, name: str, data: bytes) -> str:
        """Write a file that belongs to one document; return where templates find it."""
        path = self._path / f"{_OWN}{name}"
        with suppress(FileNotFoundError):
            if path.read_bytes() == data:
                return f"/{path.name}"
        path.write_bytes(data)
        return f"/{path.name}"

    def pdf(self, drawing: str) -> bytes:
        """Return a drawing as PDF/A-3a and PDF/UA-1.

        Raises:
            UnrenderableError: if a front does not fit its page.
            TemplateError: if a template is wrong.
        RenderError: if Typst fails otherwise.
        """
        return self._compiled(drawing, {"pdf_standards": _STANDARDS})

    def plain_pdf(self, drawing: str) -> bytes:
        """Return a drawing as PDF that nobody reads but who takes a picture of it.

        Raises:
            UnrenderableError: if a front does not fit its page.
            TemplateError: if a template is wrong.
        RenderError: if Typst fails otherwise.
        """
        return self._compiled(drawing, {"pdf_tags": False})

    def _compiled(self, drawing: str, wanted: Mapping[str, Any]) -> bytes:
        compiler: Any = self._compiler
        # A file, and no input of Typst's: whenever one of these changes, all that was read and set before is forgotten.
        self.put(_DRAWING, drawing.encode())
        try:
            made: bytes = compiler.compile(format="pdf", timestamp=0, **wanted)
        except typst.TypstError as error:
            raise self._missing_names(error) or _refused(error) from error
        return made

    def _missing_names(self, error: typst.TypstError) -> TemplateError | None:
        """Return which names a file lacks that another one imports, or none if it is something else that is wrong.

        Typst blames the file that imports them, which is ours where an institution's file replaces one of ours.
        """
        place = _PLACE.search(error.diagnostic)
        if place is None or error.message != "unresolved import":
            return None
        importing = place.group(1)
        with suppress(OSError, IndexError):
            line = self._path.joinpath(importing).read_text("utf-8").splitlines()[int(place.group(2)) - 1]
            if found := _IMPORT.search(line):
                text = self._path.joinpath(found["file"]).read_text("utf-8")
                names = [name.split(" as ")[0].strip() for name in found["names"].split(",")]
                missing = [
                    name for name in names if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text)
                ]
                return TemplateError(
                    message(
                        "template '{name}' lacks {missing:comma}, which '{importing}' calls; it has to define {names:comma}",
                        name=found["file"],
                        missing=missing or names,
                        importing=importing,
                        names=names,
                    )
                )
        return None


def _refused(error: typst.TypstError) -> RenderError:
    """Return what is wrong in our own words: the text that doesn't fit, or the file and line of a template that is wrong."""
    if _DOES_NOT_FIT in error.message:
        finding = Finding.error(
            "does-not-fit",
            "the front of the certificate does not fit one page even in the smallest type; shorten title or name",
        )
        return UnrenderableError([finding])
    place = _PLACE.search(error.diagnostic)
    if place is None:
        return RenderError(message("the certificate can't be set: {error}", error=error.message))
    return TemplateError(
        message(
            "template '{name}', line {line}: {error}",
            name=place.group(1),
            line=int(place.group(2)),
            error=error.message,
        )
    )
