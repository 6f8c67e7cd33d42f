"""Names: none of those that were replaced is left, none that only its author understands, and none of a format, university or language where all share."""

from __future__ import annotations

import ast
import re
import subprocess
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
SOURCES = [ROOT / "core/src", *sorted((ROOT / "plugins").glob("*/src")), ROOT / "templates/src"]

REPLACED = (  # wherever they stand
    r"crashes_blamed_on",
    r"mikrocert_after_issue",
    r"mikrocert_register_seals",
    r"Offer\[Seal\]",
    r"\[seals\.",
    r"seal_pdf",
    r"words\.toml",
    r"`Look",
    r"SealNote",
    r"SealBackend",
    r"Undrawable",
)

RENAMED = {  # identifiers in the sources → what they are called now; a prefix of the file narrows where
    "Answer": "CheckResult",
    "Standing": "CredentialStatus",
    "State": "StatusValue",
    "Record": "IntakeRecord",
    "Subject": "CheckContext",
    "Faulty": "FindingsError",
    "Undrawable": "UnrenderableError",
    "Opened": "OpenedEnvelope",
    "SealNote": "SealInfo",
    "Look": "Branding",
    "sameness": "award_hash",
    "_made": "_produce",
}
RENAMED_IN = {  # folder → the same
    "core/src/mikrocert/service": {"Response": "IssueResult"},
    "plugins/portal/src": {
        "Reader": "Visitor",
        "Problem": "HttpProblem",
        "Case": "Headline",
    },
}
MODULES = ("direct", "reference", "manual", "strict", "judging", "marking", "seals_backend")
PARTICIPLES = ("said", "known", "written", "seen", "told")

NO_OPENING = re.compile(
    r"(A|All|An|Each|Every|Everything|How|It|Its|No|Nothing|One|The|These|They|This|Those|What|Whatever|Where|Whether|Which|Who|Whose|Why"
    r"|Have|Say)\b"
)
"""What the docstring of a function doesn't open with: no verb, or one that says nothing."""

SHARED = (
    "core/src",
    "plugins/portal/src",
    "templates/src/mikrocert_templates/portal",
    "plugins/seal_ades/src/mikrocert_seal_ades/pades",
)
LINKED_DATA = "plugins/portal/src/mikrocert_portal/catalogue/linked_data.py"
OF_THE_WEB = {  # what is a format of credentials elsewhere, and a way to write any data in this one file
    (r"\.jsonld", LINKED_DATA),
    (r"ld\+json", LINKED_DATA),
}
FOREIGN = {  # what all share can't name → what it would know
    r"\.jsonld": "the suffix of one format",
    r"ld\+json": "the media type of one format",
    r"(?i)\bedc\b|edc[-_]v3": "a format",
    r"\(\"cs\", \"en\"\)": "which languages there are",
    r"[!=]= \"cs\"": "a language",
    r"\bmu\b|\bMUNI\b|Masaryk|00216224": "a university",
    r"(?i)weasyprint": "a renderer",
}


@cache
def text_of(path: Path) -> str:
    return path.read_text("utf-8")


@cache
def tree_of(path: Path) -> ast.Module:
    return ast.parse(text_of(path))


def tracked(*suffixes: str) -> list[Path]:
    """Return the files of the repository with these suffixes, but for what tells of the past."""
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, check=False).stdout
    if not listed:
        pytest.skip("not a git checkout")
    names = [name for name in listed.decode().split("\0") if name.endswith(suffixes)]
    past = ("CHANGELOG.md", "changelog.d/", "docs/adr/")
    return [ROOT / name for name in names if not name.startswith(past) and (ROOT / name) != Path(__file__)]


def found(pattern: str, files: list[Path]) -> list[str]:
    """Return every line in which the pattern occurs, with its place."""
    compiled = re.compile(pattern)
    return [
        f"{path.relative_to(ROOT)}:{number}: {line.strip()}"
        for path in files
        if compiled.search(text_of(path))
        for number, line in enumerate(text_of(path).splitlines(), start=1)
        if compiled.search(line)
    ]


def identifiers(tree: ast.AST) -> set[tuple[str, int]]:
    """Return every identifier that a module gives or uses, with its line; keywords of calls are not its own."""
    names: set[tuple[str, int]] = set()
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) | ast.arg(arg=name) | ast.Attribute(attr=name):
                names.add((name, node.lineno))
            case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name) | ast.ClassDef(name=name):
                names.add((name, node.lineno))
            case ast.alias(name=name, asname=other):
                names.add((other or name, node.lineno))
    return names


def python_files() -> list[Path]:
    return [path for source in SOURCES for path in source.rglob("*.py*") if path.suffix in {".py", ".py-tpl"}]


@pytest.mark.parametrize("pattern", REPLACED)
def test_nothing_replaced_is_left(pattern: str) -> None:
    """Neither code, tests, templates, settings nor documentation name what is no more."""
    files = tracked(".py", ".py-tpl", ".md", ".toml", ".html", ".css", ".yml", ".po", ".cfg")
    assert found(rf"(?<![\w-]){pattern}(?![\w-])" if pattern[-1].isalnum() else pattern, files) == []


def test_nothing_keeps_its_old_name() -> None:
    """No class, function, variable or attribute of ours is called as it was."""
    left = []
    for path in python_files():
        place = str(path.relative_to(ROOT))
        renamed = dict(RENAMED)
        for folder, more in RENAMED_IN.items():
            renamed |= more if place.startswith(folder) else {}
        left += [
            f"{place}:{line}: {name}, now {renamed[name]}"
            for name, line in sorted(identifiers(tree_of(path)))
            if name in renamed
        ]
    assert left == []


def test_no_module_keeps_its_old_name() -> None:
    """Modules are called by what they hold."""
    assert [str(path.relative_to(ROOT)) for path in python_files() if path.stem in MODULES] == []


def test_variables_are_nouns() -> None:
    """Nothing is called by a participle that says no more than that it was read, found or uttered."""
    left = []
    for path in python_files():
        for node in ast.walk(tree_of(path)):
            match node:
                case (
                    ast.Name(id=name, ctx=ast.Store())
                    | ast.Attribute(attr=name, ctx=ast.Store())
                    | ast.arg(arg=name)
                ):
                    pass
                case ast.FunctionDef(name=name) | ast.ClassDef(name=name):
                    pass
                case _:
                    continue
            if name.strip("_") in PARTICIPLES:
                left.append(f"{path.relative_to(ROOT)}:{node.lineno}: {name}")
    assert left == []


@pytest.mark.parametrize("pattern", FOREIGN)
def test_what_all_share_names_nothing_of_one(pattern: str) -> None:
    """Core, portal and PAdES know no format, university, language or renderer by name, not even as an example."""
    suffixes = (".py", ".toml", ".html", ".css")
    files = [
        path
        for folder in SHARED
        for path in sorted((ROOT / folder).rglob("*"))
        if path.suffix in suffixes and (pattern, str(path.relative_to(ROOT))) not in OF_THE_WEB
    ]
    assert len(files) > 100
    assert found(pattern, files) == [], f"that is {FOREIGN[pattern]}"


def test_docstrings_of_functions_open_with_a_verb() -> None:
    """They say what a function does for whoever calls it: "Return the path …", neither "The path …" nor "Say which path …"."""
    left = []
    for path in python_files():
        for node in ast.walk(tree_of(path)):
            if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or node.name.startswith("test_"):
                continue
            decorators = " ".join(map(ast.unparse, node.decorator_list))
            if "property" in decorators or len(node.body) == 1:  # a value; text for help, or an interface
                continue
            opening = (ast.get_docstring(node) or "").partition("\n")[0]
            if NO_OPENING.match(opening):
                left.append(f"{path.relative_to(ROOT)}:{node.lineno} {node.name}: {opening}")
    assert left == []
