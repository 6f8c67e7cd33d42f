"""Fills the parts of the documentation that are taken from the code.

Such a part stands between `<!-- made by script/reference: NAME -->` and `<!-- end of NAME -->`. The tests hold every
page against a fresh run.
"""

from __future__ import annotations

import os
import re
import subprocess
import sys
import types
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
from mikrocert.parsing.docstrings import described

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

ROOT = Path(__file__).parents[1]
COMMANDS = (
    "issue",
    "verify",
    "show",
    "revoke",
    "archive init",
    "archive upgrade",
    "archive check",
    "archive erase",
    "plugins",
    "schema",
    "serve",
    "sandbox root",
)
_SHOWN = 16
_PART = re.compile(
    r"(?P<start><!-- made by script/reference: (?P<name>[a-z-]+) -->\n).*?(?P<end><!-- end of (?P=name) -->)",
    re.DOTALL,
)


def _type(kind: Any) -> str:  # noqa: ANN401 - a type annotation
    origin, arguments = get_origin(kind), get_args(kind)
    if origin in (Union, types.UnionType):
        return " or none".join(_type(inner) for inner in arguments if inner is not type(None)) + (
            " or none" if type(None) in arguments else ""
        )
    if origin is tuple:
        return f"array of {_type(arguments[0])}"
    if origin is Literal:
        return " or ".join(f"`{value}`" for value in arguments)
    names = {
        "str": "text",
        "bool": "true or false",
        "int": "whole number",
        "float": "number",
        "Decimal": "number",
    }
    names |= {"Path": "path", "date": "date", "LanguageMap": 'texts by language, `{ cs = "…", en = "…" }`'}
    return names.get(kind.__name__, kind.__name__)


def _value(value: object) -> str:
    if value is None or value == ():
        return "–"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    if isinstance(value, int | float):
        return f"`{value}`"
    return f'`"{value}"`'


def _rows(kind: type, prefix: str = "") -> Iterator[str]:
    hints = get_type_hints(kind)
    descriptions = described(kind).arguments
    for field in attrs.fields(kind):
        hint = hints[field.name]
        inner = next(
            (part for part in (hint, *get_args(hint)) if isinstance(part, type) and attrs.has(part)), None
        )
        about = descriptions.get(field.name, "").replace("|", "\\|")
        if inner is not None and inner.__name__ != "LanguageMap":
            yield f"| `[{prefix}{field.name}]` | section | – | {about} |"
            yield from _rows(inner, f"{prefix}{field.name}.")
            continue
        default = "mandatory" if field.default is attrs.NOTHING else _value(field.default)
        yield f"| `{prefix}{field.name}` | {_type(hint)} | {default} | {about} |"


def _table(kind: type) -> str:
    return "\n".join(["| member | value | default | meaning |", "|---|---|---|---|", *_rows(kind)])


def settings() -> str:
    """Return the table of all settings but those of offers."""
    from mikrocert.settings import Values  # noqa: PLC0415

    return _table(Values)


def offers() -> str:
    """Return a table for each offer that can be configured."""
    from mikrocert.host.loading import load_plugins  # noqa: PLC0415
    from mikrocert.kinds.offer import KINDS  # noqa: PLC0415

    plugins = load_plugins()
    parts: list[str] = []
    for kind in KINDS:
        for offered in plugins.registry(kind):
            if offered.plugin in _shipped() and attrs.fields(offered.offer.config):
                offer = offered.offer
                parts.append(f"### `[{kind}.{offer.name}]`\n\n{offer.summary}.\n\n{_table(offer.config)}")
    return "\n\n".join(parts)


def _shipped() -> set[str]:
    import tomllib  # noqa: PLC0415

    files = [ROOT / "core/pyproject.toml", *ROOT.glob("plugins/*/pyproject.toml")]
    projects = [tomllib.loads(file.read_text(encoding="utf-8"))["project"] for file in files]
    return {name for project in projects for name in project.get("entry-points", {}).get("mikrocert", {})}


def rules() -> str:
    """Return the table of the rule set."""
    from mikrocert.rules import rule_set  # noqa: PLC0415

    lines = ["| rule | element | principle | weight | field | says |", "|---|---|---|---|---|---|"]
    for rule in rule_set("CZ-HE-2024").rules:
        says = rule.message.replace("|", "\\|").replace("<", "&lt;")
        field = rule.field.replace("**", "every text")
        lines.append(
            f"| `{rule.id}` | {rule.element} | {rule.principle} | {rule.severity} | `{field}` | {says} |"
        )
    return "\n".join(lines)


def commands() -> str:
    """Return what every command says of itself."""
    return "\n\n".join(
        f"## mikrocert {command}\n\n```text\n{_help(command.split())}\n```" for command in COMMANDS
    )


def _help(arguments: list[str]) -> str:
    result = subprocess.run(
        [sys.executable, "-c", "from mikrocert.cli import main; main()", *arguments, "--help"],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    return "\n".join(line.rstrip() for line in result.stdout.strip("\n").splitlines())


def errors() -> str:
    """Return the hierarchy of errors and what each means."""
    from mikrocert import errors as module  # noqa: PLC0415

    tree = (module.__doc__ or "").partition("```\n")[2].partition("```")[0].rstrip()
    lines = ["| error | means |", "|---|---|"]
    for name in module.__all__:
        error = getattr(module, name)
        if isinstance(error, type):
            lines.append(f"| `{name}` | {(error.__doc__ or '').splitlines()[0]} |")
    return f"```text\n{tree}\n```\n\n" + "\n".join(lines)


def model() -> str:
    """Return a table for each class of the award model, in the order in which an award holds them."""
    from mikrocert import award as module  # noqa: PLC0415

    parts: list[str] = []
    for name in ("Award", *(name for name in module.__all__ if name != "Award")):
        kind = getattr(module, name)
        if not (isinstance(kind, type) and attrs.has(kind)):
            continue
        description = described(kind)
        hints = get_type_hints(kind)
        lines = [
            f"### {name}",
            "",
            description.summary,
            "",
            "| member | value | meaning |",
            "|---|---|---|",
        ]
        for field in attrs.fields(kind):
            mandatory = "**" if field.default is attrs.NOTHING else ""
            value = (
                _type(hints[field.name])
                .replace("{ cs = ", '{"cs": ')
                .replace(", en = ", ', "en": ')
                .replace(" }", "}")
            )
            lines.append(
                f"| {mandatory}`{field.name}`{mandatory} | {value} | {description.arguments.get(field.name, '')} |"
            )
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def code_lists() -> str:
    """Return a table of the code lists that rules ask for, short ones with all their codes."""
    from mikrocert.codelists import codelist  # noqa: PLC0415
    from mikrocert.rules import rule_set  # noqa: PLC0415

    asked: dict[str, list[str]] = {}
    for rule in rule_set("CZ-HE-2024").rules:
        if rule.code_list:
            asked.setdefault(rule.code_list, []).append(rule.field.replace("?", "").replace("[]", ""))
    lines = ["| list | used by | codes |", "|---|---|---|"]
    for name, fields in sorted(asked.items()):
        codes = [concept.code for concept in codelist(name).concepts]
        shown = ", ".join(f"`{code}`" for code in codes[:_SHOWN])
        rest = f" … ({len(codes)} codes)" if len(codes) > _SHOWN else ""
        lines.append(f"| `{name}` | {', '.join(f'`{field}`' for field in fields)} | {shown}{rest} |")
    return "\n".join(lines)


def contracts() -> str:
    """Return the contract classes and the fixtures that they ask for."""
    from mikrocert.testing import contracts as module  # noqa: PLC0415

    lines = ["| contract | holds when | fixtures |", "|---|---|---|"]
    for name in module.__all__:
        text = " ".join((getattr(module, name).__doc__ or "").split())
        sentence, _, fixtures = text.partition(" Fixtures: ")
        lines.append(f"| `{name}` | {sentence} | {fixtures} |")
    return "\n".join(lines)


PARTS: dict[str, Callable[[], str]] = {
    "settings": settings,
    "offers": offers,
    "rules": rules,
    "commands": commands,
    "errors": errors,
    "model": model,
    "code-lists": code_lists,
    "contracts": contracts,
}


def refreshed(text: str) -> str:
    """Return a page with all parts that come from the code made anew."""
    return _PART.sub(lambda part: f"{part['start']}\n{PARTS[part['name']]()}\n\n{part['end']}", text)


def main() -> None:
    """Refresh every page that has such a part."""
    for page in sorted((ROOT / "docs").rglob("*.md")):
        before = page.read_text(encoding="utf-8")
        after = refreshed(before)
        if after != before:
            page.write_text(after, encoding="utf-8")
            print(f"written: {page.relative_to(ROOT)}")


if __name__ == "__main__":
    main()
