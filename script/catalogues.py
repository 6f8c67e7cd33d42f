"""Holds the catalogues of all members against the sentences in their code, templates and rules.

`check` names every entry that is missing, empty, fuzzy, left over or has other places than its sentence, and exits
with 1 if there is one. `update` takes in what is new, with an empty translation, and drops what is gone.

A translation may leave out a place of its sentence, such as the English text of a library, where a comment above it
says so: `# leaves out: reason`.
"""

from __future__ import annotations

import ast
import re
import sys
import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import attrs
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import normalize, read_po
from jinja2.ext import babel_extract
from mikrocert.cli.help import help_sentences, metavar_words
from mikrocert.texts import LANGUAGES
from mikrocert.texts.messages import wordless

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

__all__ = ["Member", "Sentence", "faults", "languages", "main", "members", "sentences"]

ROOT = Path(__file__).parents[1]
_CORE = "mikrocert"
_TEMPLATES = {"mikrocert_portal": ("portal",)}
"""Package that speaks through templates → their folders in mikrocert-templates."""

_CALLS = {"message": 0, "Message": 0, "Kind": 1, "offer": 1, "phrase": 0, "Group": 1}
"""Function or class → position of the sentence among its arguments."""
_METHODS = {("Finding", "error"): 1, ("Finding", "warning"): 1, ("Finding", "info"): 1}
_FUNCTIONS = ("_", "gettext", "ngettext", "message")
"""The same in templates, where the sentence comes first."""
_PLACE = re.compile(r"\{([a-z_][a-z0-9_]*)(?::[a-z]+)?\}|%\(([a-z_][a-z0-9_]*)\)s")
_LEAVES_OUT = re.compile(r"leaves out: *(.+)")


@attrs.frozen
class Sentence:
    """A sentence of the program: its id, its plural, and where it stands."""

    text: str
    plural: str | None
    place: str

    @property
    def id(self) -> str | tuple[str, str]:
        """How Babel names the entry."""
        return self.text if self.plural is None else (self.text, self.plural)


@attrs.frozen
class Member:
    """A package whose sentences have a catalogue.

    Args:
        name: import name.
        source: folder of the package.
        templates: folders of templates that it speaks through.
    """

    name: str
    source: Path
    templates: tuple[Path, ...] = ()

    def catalogue(self, language: str) -> Path:
        """Return where the catalogue of a language is, or would be."""
        return self.source / "locale" / language / "LC_MESSAGES" / "messages.po"

    @property
    def languages(self) -> tuple[str, ...]:
        """The languages that it has a catalogue of."""
        return tuple(sorted({file.parts[-3] for file in self.source.glob("locale/*/*/*.po")}))


def members(root: Path = ROOT) -> Iterator[Member]:
    """Yield every package of the workspace, the core first."""
    templates = root / "templates/src/mikrocert_templates"
    for source in sorted([*root.glob("core/src/*"), *root.glob("plugins/*/src/*")]):
        if (source / "__init__.py").is_file():
            folders = tuple(templates / name for name in _TEMPLATES.get(source.name, ()))
            yield Member(source.name, source, folders)


def languages(root: Path = ROOT) -> tuple[str, ...]:
    """Return every language that the workspace speaks, as readers are offered them."""
    there = {language for member in members(root) for language in member.languages}
    return (*LANGUAGES, *sorted(there - set(LANGUAGES)))


def _required(root: Path) -> tuple[str, ...]:
    """Return the languages into which every member translates all its sentences: those that the core speaks."""
    core = next(member for member in members(root) if member.name == _CORE)
    return tuple(dict.fromkeys([LANGUAGES[0], *core.languages]))


def sentences(member: Member) -> Iterator[Sentence]:
    """Yield the sentences of a member in the order of files; one may come several times.

    Raises:
        ValueError: where a sentence is put together, so that no catalogue could know it.
    """
    for file in sorted(member.source.rglob("*.py")):
        tree = ast.parse(file.read_text("utf-8"))
        yield from _of_python(tree, str(file))
        if any(isinstance(node, ast.Import) and node.names[0].name == "typer" for node in ast.walk(tree)):
            yield from _of_command_line(tree, str(file))
    for file in sorted(member.source.rglob("rules/**/*.toml")):
        yield from _of_rules(file)
    for folder in member.templates:
        for file in sorted([*folder.glob("*.html"), *folder.glob("*.svg")]):
            yield from _of_template(file)


def _of_python(tree: ast.Module, place: str) -> Iterator[Sentence]:
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call)]
    for node in sorted(calls, key=lambda call: (call.lineno, call.col_offset)):
        position = _position(node.func)
        if position is None or len(node.args) <= position:
            continue
        text, plural = node.args[position], next((k.value for k in node.keywords if k.arg == "plural"), None)
        where = f"{place}:{text.lineno}"
        if isinstance(text, (ast.JoinedStr, ast.BinOp, ast.IfExp)):
            message = f"{where}: this sentence is put together; a plain one with {{name}} would be right"
            raise ValueError(message)  # noqa: TRY004 - it is the code's fault
        if isinstance(text, ast.Constant) and text.value:
            other = plural.value if isinstance(plural, ast.Constant) else None
            yield Sentence(cast("str", text.value), cast("str | None", other), where)


def _of_command_line(tree: ast.Module, place: str) -> Iterator[Sentence]:
    """Yield what help says of commands, options and arguments."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and ast.unparse(node.func) in {
            "typer.Option",
            "typer.Argument",
            "typer.Typer",
        }:
            for keyword in node.keywords:
                where = f"{place}:{keyword.value.lineno}"
                if keyword.arg in {"help", "epilog"} and isinstance(keyword.value, ast.JoinedStr | ast.BinOp):
                    message = f"{where}: this help is put together; a plain text would be right"
                    raise ValueError(message)
                text = getattr(keyword.value, "value", None)
                if isinstance(text, str):
                    yield from (Sentence(one, None, where) for one in _texts_of(keyword.arg, text, node))
    for function in _command_functions(tree):
        where = f"{place}:{function.lineno}"
        for part in help_sentences(ast.get_docstring(function) or ""):
            yield from (Sentence(one, None, where) for one in part)


def _texts_of(keyword: str | None, text: str, call: ast.Call) -> list[str]:
    if keyword == "metavar":
        return metavar_words(text)
    if keyword == "epilog" or (keyword == "help" and ast.unparse(call.func) == "typer.Typer"):
        return [one for part in help_sentences(text) for one in part]
    return [text] if keyword == "help" else []


def _command_functions(tree: ast.Module) -> Iterator[ast.FunctionDef]:
    """Yield the functions that are commands; their docstrings are help. That of a group is what `typer.Typer` is given."""
    named: set[str] = set()
    for node in ast.walk(tree):
        values: Iterable[ast.expr | None] = ()
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Call):
            values = (
                node.args if ast.unparse(node.func.func).endswith(".command") else ()
            )  # app.command("name")(function)
        elif isinstance(node, ast.Dict):  # {"name": function}
            values = node.values
        elif isinstance(node, ast.Tuple):  # ("name", function)
            values = node.elts[1:]
        named |= {value.id for value in values if isinstance(value, ast.Name)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.FunctionDef):
            continue
        first = next(iter(node.args.args), None)
        of_typer = (
            first is not None
            and first.annotation is not None
            and ast.unparse(first.annotation) == "typer.Context"
        )
        alone = not node.name.startswith("_") and not node.args.kwonlyargs and node.returns is not None
        decorators = [ast.unparse(one.func) for one in node.decorator_list if isinstance(one, ast.Call)]
        if any(name.endswith(".callback") for name in decorators):
            continue
        if (
            any(name.endswith(".command") for name in decorators)
            or (node.name in named and (of_typer or first is None))
            or (of_typer and alone and ast.unparse(cast("ast.expr", node.returns)) == "None")
        ):
            yield node


def _position(function: ast.expr) -> int | None:
    if isinstance(function, ast.Name):
        return _CALLS.get(function.id)
    if isinstance(function, ast.Attribute) and isinstance(function.value, ast.Name):
        return _METHODS.get((function.value.id, function.attr))
    return None


def _of_rules(file: Path) -> Iterator[Sentence]:
    table: Mapping[str, Any] = tomllib.loads(file.read_text("utf-8"))
    for rule in table["rules"]:
        yield Sentence(rule["message"], None, f"{file}: {rule['id']}")


def _of_template(file: Path) -> Iterator[Sentence]:
    with file.open("rb") as source:
        options = {"trimmed": "true", "silent": "false"}
        for line, function, text, _ in babel_extract(source, _FUNCTIONS, (), options):
            first, *others = (text,) if isinstance(text, str) else text or ("",)
            plural = others[0] if function == "ngettext" and others else None
            yield Sentence(first or "", plural, f"{file}:{line}")


def _needed(member: Member, of_core: Iterable[str]) -> dict[str, Sentence]:
    """Return the sentences that a member has to translate: its own that the core doesn't have."""
    needed: dict[str, Sentence] = {}
    for sentence in sentences(member):
        if wordless(sentence.text):
            continue
        if member.name == _CORE or sentence.text not in of_core:
            before = needed.setdefault(sentence.text, sentence)
            if before.plural != sentence.plural:
                message = f"{sentence.place}: has another plural than at {before.place}"
                raise ValueError(message)
    return needed


def _read(file: Path, language: str) -> Catalog:
    if not file.is_file():
        return Catalog(locale=language)
    with file.open("rb") as source:
        return read_po(source, locale=language, abort_invalid=True)


def _entries(catalogue: Catalog) -> dict[str, Message]:
    return {_text(entry): entry for entry in catalogue if entry.id}


def _text(entry: Message) -> str:
    return entry.id if isinstance(entry.id, str) else entry.id[0]


def _strings(entry: Message) -> list[str]:
    strings = [entry.string] if isinstance(entry.string, str) else list(entry.string or ())
    return [string or "" for string in strings]


def faults(root: Path = ROOT) -> Iterator[str]:
    """Yield what is wrong with the catalogues, one line each."""
    of_core: set[str] = set()
    required = _required(root)
    before: dict[tuple[str, str], tuple[str, list[str]]] = {}
    for member in members(root):
        needed = _needed(member, of_core)
        if member.name == _CORE:
            of_core = set(needed)
        for language in sorted({*required, *member.languages}):
            catalogue = _read(member.catalogue(language), language)
            where = f"{member.name} {language}"
            entries = _entries(catalogue)
            for text, sentence in needed.items():
                if text not in entries:
                    yield f"{where}: missing: {text!r} ({sentence.place})"
                    continue
                for fault in _faults_of(entries[text], sentence, catalogue.num_plurals):
                    yield f"{where}: {fault}: {text!r} ({sentence.place})"
                # All catalogues are asked for every sentence, so that one English text has one translation.
                first, strings = before.setdefault((language, text), (member.name, _strings(entries[text])))
                if strings != _strings(entries[text]):
                    yield f"{where}: translated otherwise than by {first}: {text!r}"
            for text in [*(entries.keys() - needed.keys()), *map(str, catalogue.obsolete)]:
                yield f"{where}: left over: {text!r}"


def _faults_of(entry: Message, sentence: Sentence, plurals: int) -> Iterator[str]:
    strings = _strings(entry)
    if entry.fuzzy:
        yield "fuzzy"
    if not all(string.strip() for string in strings):
        yield "not translated"
        return
    if isinstance(entry.id, str) != (sentence.plural is None) or len(strings) != (
        1 if sentence.plural is None else plurals
    ):
        yield "wrong number of plural forms"
    there = {*_places(sentence.text), *_places(sentence.plural or "")}
    comments = " ".join(entry.user_comments)
    left_out = {name.strip() for found in _LEAVES_OUT.findall(comments) for name in found.split(",")}
    for string in strings:
        for name in sorted(_places(string) - there):
            yield f"has a place {name!r} that the sentence hasn't"
    missing = there - {name for string in strings for name in _places(string)}
    for name in sorted(missing ^ left_out):
        yield (
            f"leaves out {name!r} without saying so"
            if name in missing
            else f"says that it leaves out {name!r}"
        )


def _places(text: str) -> set[str]:
    return {first or second for first, second in _PLACE.findall(text)}


def _written(catalogue: Catalog, entries: Iterable[Message], *, header: str) -> str:
    """Return a catalogue as a file: no dates, no places of sentences, so that only a change of words changes it."""
    lines = [header.rstrip("\n")] if header else []
    lines += ['msgid ""', 'msgstr ""', f'"Language: {catalogue.locale_identifier}\\n"']
    lines += [f'"Plural-Forms: {catalogue.plural_forms}\\n"', '"MIME-Version: 1.0\\n"']
    lines += ['"Content-Type: text/plain; charset=utf-8\\n"', '"Content-Transfer-Encoding: 8bit\\n"']
    for entry in entries:
        lines += ["", *(f"# {comment}" for comment in entry.user_comments)]
        lines += [f"#, {flag}" for flag in ("fuzzy",) if entry.fuzzy]
        if isinstance(entry.id, str):
            lines += [f"msgid {_quoted(entry.id)}", f"msgstr {_quoted(_strings(entry)[0])}"]
        else:
            lines += [f"msgid {_quoted(entry.id[0])}", f"msgid_plural {_quoted(entry.id[1])}"]
            lines += [f"msgstr[{number}] {_quoted(form)}" for number, form in enumerate(_strings(entry))]
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return normalize(text, width=0)


def _header(file: Path) -> str:
    text = file.read_text("utf-8") if file.is_file() else ""
    return text[: text.index('msgid ""')] if 'msgid ""' in text else ""


def update(root: Path = ROOT) -> Iterator[str]:
    """Write all catalogues anew: what is new comes last, what is gone goes; yield what changed, one line each."""
    of_core: set[str] = set()
    required = _required(root)
    for member in members(root):
        needed = _needed(member, of_core)
        if member.name == _CORE:
            of_core = set(needed)
        for language in sorted({*required, *member.languages}):
            file = member.catalogue(language)
            if not needed and not file.is_file():
                continue
            catalogue = _read(file, language)
            entries = {text: entry for text, entry in _entries(catalogue).items() if text in needed}
            new = [text for text in needed if text not in entries]
            for text in new:
                entries[text] = Message(
                    needed[text].id, ("",) * catalogue.num_plurals if needed[text].plural else ""
                )
            gone = _entries(catalogue).keys() - entries.keys()
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(_written(catalogue, entries.values(), header=_header(file)), "utf-8")
            yield f"{member.name} {language}: {len(entries)} sentences, {len(new)} new, {len(gone)} gone"


def main(arguments: list[str]) -> int:
    """Check or update; return the exit code."""
    if arguments == ["update"]:
        for line in update():
            print(line)
        return 0
    if arguments != ["check"]:
        print("script/catalogues check or script/catalogues update would be right", file=sys.stderr)
        return 64
    try:
        found = list(faults())
    except ValueError as error:
        found = [str(error)]
    for line in found:
        print(line, file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
