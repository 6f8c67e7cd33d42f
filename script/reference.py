"""Fills the parts of the documentation that are taken from the code.

Such a part stands between `<!-- made by script/reference: NAME -->` and `<!-- end of NAME -->`. The tests hold every
page against a fresh run.
"""

from __future__ import annotations

import ast
import inspect
import os
import re
import subprocess
import sys
import textwrap
import types
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union, get_args, get_origin, get_type_hints

import attrs
from mikrocert.parsing.docstrings import described

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Sequence

ROOT = Path(__file__).parents[1]
COMMANDS = (
    "issue",
    "verify",
    "show",
    "list",
    "find",
    "stats",
    "revoke",
    "holder-link",
    "renew",
    "type add",
    "type list",
    "type show",
    "type end",
    "batch send",
    "batch show",
    "batch list",
    "batch cancel",
    "batch files",
    "work",
    "jobs list",
    "jobs retry",
    "webhook add",
    "webhook list",
    "webhook remove",
    "webhook replay",
    "export",
    "import",
    "archive init",
    "archive upgrade",
    "archive check",
    "archive backup",
    "archive restore",
    "archive erase",
    "archive move",
    *(f"hold {name}" for name in ("add", "list", "end")),
    "person export",
    *(f"proposals {name}" for name in ("list", "show", "confirm", "refuse")),
    "intake probe",
    "log init",
    "log publish",
    "log renew",
    "log proof",
    "log audit",
    "log witness",
    *(
        f"institution {name}"
        for name in ("add", "list", "show", "conform", "mandate", "approve", "suspend", "resume", "four-eyes")
    ),
    *(f"key {name}" for name in ("make", "list", "replace", "end")),
    *(f"client {name}" for name in ("add", "list", "replace", "end")),
    "acts",
    "doctor",
    "plugins",
    "schema",
    "serve",
    "sandbox root",
    "sandbox serve",
    "seal inspect",
    "trust update",
    "trust show",
)
_SHOWN = 16
_FACTORY = type(attrs.Factory(dict))
_PART = re.compile(
    r"(?P<start><!-- made by script/reference: (?P<name>[a-z-]+)(?P<of>(?: \w+)*) -->\n).*?"
    r"(?P<end><!-- end of (?P=name) -->)",
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
    if origin is Mapping:
        return f"table of names and, each, {_type(arguments[1])}"
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
    if value is None or value == () or isinstance(value, _FACTORY):
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
            name = f"{prefix}{field.name}"
            shown = f"[[{name}]]" if get_origin(hint) is tuple else f"[{name}]"
            yield f"| `{shown}` | section | – | {about} |"
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


def layouts() -> str:
    """Return a table for each part of a layout file."""
    from mikrocert.award.common import Common  # noqa: PLC0415
    from mikrocert.intake.description import FieldTable, GroupTable, JsonTable, LayoutTable  # noqa: PLC0415

    parts: list[str] = []
    tables = {
        "The file": LayoutTable,
        "`[[fields]]`: a field": FieldTable,
        "`[[fields]]` with `[[fields.fields]]`: a group": GroupTable,
        "`[json]`": JsonTable,
        "`[common]`": Common,
    }
    for title, kind in tables.items():
        lines = ["| key | meaning |", "|---|---|"]
        for name, about in described(kind).arguments.items():
            text = about.replace("|", "\\|")
            lines.append(f"| `{name}` | {text} |")
        parts.append(f"### {title}\n\n" + "\n".join(lines))
    return "\n\n".join(parts)


def members() -> str:
    """Return the table of what fields of an export can fill."""
    from mikrocert.intake.members import GROUPS, MEMBERS  # noqa: PLC0415

    lines = ["| fills | value | needed | several languages | meaning |", "|---|---|---|---|---|"]
    lines += [_member(name, member) for name, member in MEMBERS.items()]
    for name, (about, inner) in GROUPS.items():
        lines.append(f"| `{name}` | group | {'yes' if name == 'assessments' else ''} | | {about} |")
        lines += [_member(f"↳ {one}", member) for one, member in inner.items()]
    return "\n".join(lines)


def _member(name: str, member: Any) -> str:  # noqa: ANN401 - a value of a room that is imported late
    codes = ", ".join(f"`{code}`" for code in member.codes)
    value = f"list `{member.code_list}`" if member.code_list else codes or member.kind.value
    several = "; several" if member.many else ""
    needed, translatable = "yes" if member.mandatory else "", "yes" if member.translatable else ""
    return f"| `{name}` | {value}{several} | {needed} | {translatable} | {member.about} |"


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
        f"## mikrocert {command}\n\n```text\n{text}\n```"
        for command, text in zip(COMMANDS, _helps(COMMANDS), strict=True)
    )


_HELPS = """
import sys
from mikrocert.cli.app import run
for command in sys.argv[1:]:
    if run([*command.split(), "--help"]):
        sys.exit(command)
    print(end="\\0")
"""


def _helps(commands: Sequence[str]) -> Iterator[str]:
    """Yield what each command shows as its help; all are asked in one process, since starting takes longer than answering."""
    result = subprocess.run(
        [sys.executable, "-c", _HELPS, *commands],
        cwd=ROOT,
        env={"PATH": os.environ["PATH"], "COLUMNS": "80", "TERM": "dumb", "NO_COLOR": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    for text in result.stdout.split("\0")[:-1]:
        yield "\n".join(line.rstrip() for line in text.strip("\n").splitlines())


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
        sentence, contract, fixtures = text.partition(" Fixtures: ")
        if not contract:
            continue  # a tool for overriding a fixture
        lines.append(f"| `{name}` | {sentence} | {fixtures} |")
    return "\n".join(lines)


def interface() -> str:
    """Return the operations and the problems of the interface for programs, as its OpenAPI document has them."""
    from mikrocert.texts import ENGLISH, Texts  # noqa: PLC0415
    from mikrocert_portal.api.document import document  # noqa: PLC0415
    from mikrocert_portal.api.operations import operations  # noqa: PLC0415
    from mikrocert_portal.api.problems import ApiProblem  # noqa: PLC0415
    from mikrocert_portal.config import Limits  # noqa: PLC0415

    limits = Limits()
    described = document(
        operations({}), base="https://…/api/v1", limits=limits, texts=Texts(), language=ENGLISH
    )
    parts: list[str] = []
    for group in described["tags"]:
        parts.append(f"## {group['name']}")
        for path, methods in described["paths"].items():
            for method, operation in methods.items():
                if group["name"] in operation["tags"]:
                    parts.append(_operation(f"{method.upper()} {path}", operation))
    lines = ["## Problems", "", "| status | `code` | means |", "|---|---|---|"]
    lines += [f"| {problem.status} | `{problem.code}` | {problem.title} |" for problem in ApiProblem]
    return "\n\n".join([*parts, "\n".join(lines)])


def _operation(address: str, operation: Mapping[str, Any]) -> str:
    lines = [f"### {operation['summary']}", "", f"`{address}`", "", operation["description"], ""]
    body = operation.get("requestBody")
    if body is not None:
        kinds = ", ".join(f"`{kind}`" for kind in body["content"])
        lines += [f"Takes {kinds}. {body['description']}", ""]
    own = [parameter for parameter in operation["parameters"] if parameter["name"] != "lang"]
    if own:
        lines += ["| parameter | in | means |", "|---|---|---|"]
        lines += [
            f"| `{parameter['name']}` | {parameter['in']} | {parameter['description']} |" for parameter in own
        ]
        lines.append("")
    lines += ["| answer | means |", "|---|---|"]
    lines += [
        f"| {status} | {answer['description']} |"
        for status, answer in operation["responses"].items()
        if status < "400"
    ]
    statuses = ", ".join(status for status in operation["responses"] if status >= "400")
    lines.append(f"| {statuses} | a [problem](#problems) |")
    return "\n".join(lines)


def signatures(*names: str) -> str:
    """Return what classes of the interface for plugins say of themselves: their members, signatures and docstrings, as in the code."""
    from mikrocert import api  # noqa: PLC0415

    return "```python\n" + "\n\n\n".join(_said(getattr(api, name)) for name in names) + "\n```"


def _said(kind: type) -> str:
    """Return the source of a class without what its functions do, and without what is private."""
    source = textwrap.dedent(inspect.getsource(kind)).splitlines()
    (tree,) = ast.parse("\n".join(source)).body
    if not isinstance(tree, ast.ClassDef):
        raise TypeError(kind)
    lines = source[: tree.body[0].end_lineno]  # to the end of its docstring
    before: ast.stmt = tree.body[0]
    for node in tree.body[1:]:
        function = isinstance(node, ast.FunctionDef)
        if function and node.name.startswith("_"):
            continue
        if function or before is tree.body[0]:
            lines.append("")
        decorators = node.decorator_list if function else []
        end = node.body[0].end_lineno if function else node.end_lineno
        lines += source[min([node.lineno, *(decorator.lineno for decorator in decorators)]) - 1 : end]
        before = node
    return "\n".join(re.sub(r"  # noqa:.*", "", line) for line in lines)


PARTS: dict[str, Callable[..., str]] = {
    "settings": settings,
    "offers": offers,
    "layouts": layouts,
    "members": members,
    "rules": rules,
    "commands": commands,
    "errors": errors,
    "model": model,
    "code-lists": code_lists,
    "contracts": contracts,
    "signatures": signatures,
    "interface": interface,
}


def refreshed(text: str) -> str:
    """Return a page with all parts that come from the code made anew."""
    return _PART.sub(
        lambda part: f"{part['start']}\n{PARTS[part['name']](*part['of'].split())}\n\n{part['end']}", text
    )


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
