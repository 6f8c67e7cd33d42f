"""What `--help` says of every command, option and argument: whole, and in the language of whoever asks."""

from __future__ import annotations

import contextlib
import io
import json
import re
from functools import cache

import pytest
from mikrocert.cli.app import run
from mikrocert.texts import Message, Texts

WIDTH = 80
HEADING = re.compile(r"^Commands:\n((?: .*\n?)+)", re.MULTILINE)
WORD = re.compile(r"[^\W\d_]{2,}")
INNERMOST = re.compile("«[^«»]*»")


@cache
def helped(*path: str, language: str = "en") -> str:
    """Return the help of a command."""
    output = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, contextlib.redirect_stdout(output):
        patch.setenv("COLUMNS", str(WIDTH))
        patch.setenv("MIKROCERT_CONFIG", "")
        assert run(["--lang", language, *path, "--help"]) == 0
    return output.getvalue()


def _under(path: tuple[str, ...] = ()):
    yield path
    for found in HEADING.findall(helped(*path)):
        for name in re.findall(r"^  (\S+)", found, re.MULTILINE):
            yield from _under((*path, name))


@pytest.fixture(scope="module")
def commands():
    """Return the names of every command and group, of the core and of plugins."""
    found = list(_under())
    assert {(), ("issue",), ("log", "witness"), ("seal", "inspect"), ("serve",)} <= set(found)
    return found


def _run_together(text: str) -> str:
    return "".join(text.split())


def _sentences(catalogues, commands):
    """Return the sentences of the program that are in its help, the longest first: one may be part of another."""
    found = {sentence.text for member in catalogues.members() for sentence in catalogues.sentences(member)}
    shown = "".join(_run_together(helped(*path)) for path in commands)
    there = [text for text in found if " " in text and "{" not in text and _run_together(text) in shown]
    return sorted(there, key=len, reverse=True)


@pytest.fixture(scope="module")
def texts(catalogues):
    """Return the catalogues of every package of the workspace."""
    return Texts([member.name for member in catalogues.members()])


@pytest.mark.parametrize("language", ["cs", "sk", "uk"])
def test_nothing_is_english_that_has_a_translation_and_nothing_is_cut(catalogues, texts, commands, language):
    """Each sentence that English help has stands whole in that of another language, translated, and nothing is wider than a terminal."""
    assert language in texts.languages
    sentences, missing, english, wide = _sentences(catalogues, commands), [], [], []
    for path in commands:
        ours, other = _run_together(helped(*path)), _run_together(helped(*path, language=language))
        wide += [line for line in helped(*path, language=language).splitlines() if len(line) > WIDTH]
        for text in sentences:
            if _run_together(text) not in ours:
                continue
            ours = ours.replace(_run_together(text), "\n")
            translated = _run_together(texts.say(Message(text), language))
            if translated not in other:
                missing.append((path, text))
            if translated != _run_together(text) and _run_together(text) in other:
                english.append((path, text))
    assert (missing, english, wide) == ([], [], [])


def test_nothing_is_cut_in_english(commands):
    """No sentence ends with dots that stand for what is left out."""
    cut = [
        (path, line)
        for path in commands
        for line in helped(*path).splitlines()
        if re.search(r"\w\.\.\.$", line)
    ]
    assert [(path, line) for path, line in cut if "Usage" not in line and "[ARGS]" not in line] == []


def test_every_word_can_be_translated(catalogues, commands, tmp_path, monkeypatch):
    """In a language in which every sentence is in brackets, nothing is outside of them but names of commands and options."""
    package = tmp_path / "mikrocert_esperanto"
    folder = package / "locale/eo/LC_MESSAGES"
    folder.mkdir(parents=True)
    (package / "__init__.py").touch()
    entries = (
        f"msgid {json.dumps(text, ensure_ascii=False)}\nmsgstr {json.dumps(f'«{text}»', ensure_ascii=False)}\n"
        for text in {s.text for m in catalogues.members() for s in catalogues.sentences(m) if not s.plural}
    )
    header = 'msgid ""\nmsgstr "Content-Type: text/plain; charset=utf-8\\n"\n'
    folder.joinpath("messages.po").write_text("\n".join([header, *entries]), "utf-8")
    about = tmp_path / "mikrocert_esperanto-1.0.dist-info"
    about.mkdir()
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: mikrocert-esperanto\nVersion: 1.0\n")
    (about / "entry_points.txt").write_text("[mikrocert]\nesperanto = mikrocert_esperanto\n")
    monkeypatch.syspath_prepend(tmp_path)
    names = {word for path in commands for part in path for word in WORD.findall(part)} | {"mikrocert"}
    left = {}
    for path in commands:
        shown = helped.__wrapped__(*path, language="eo")
        assert "«" in shown
        shown = re.sub(
            r"--[a-z-]+|\b[a-z]+(\|[a-z]+)+\b", " ", " ".join(shown.split())
        )  # also words to choose from
        while INNERMOST.search(shown):
            shown = INNERMOST.sub(" ", shown)
        outside = [word for word in WORD.findall(shown) if word not in names]
        if outside:
            left[path] = outside
    assert left == {}


ENVIRONMENTS = {  # variables of a terminal → what its program says first
    "LANG=cs_CZ.UTF-8": "Použití",
    "LANG=sk_SK.UTF-8": "Použitie",
    "LANG=en_GB.UTF-8 LC_MESSAGES=uk_UA.UTF-8": "Використання",
    "LANG=cs_CZ.UTF-8 LC_MESSAGES=en_GB.UTF-8": "Usage",
    "LANG=cs_CZ.UTF-8 LC_ALL=C.UTF-8": "Usage",
    "LANG=de_DE.UTF-8": "Usage",
    "LANG=de_DE.UTF-8 LANGUAGE=de:cs:en": "Použití",
    "LANG=C.UTF-8 LANGUAGE=cs": "Usage",
    "LC_ALL=POSIX LANG=cs_CZ": "Usage",
    "LC_ALL= LANG=CS": "Použití",
    "LANG=.@_": "Usage",
    "": "Usage",
}


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_a_terminal_is_spoken_to_in_its_language(environment, monkeypatch, capsys):
    """As by every program that follows gettext; `--lang`, before the command or behind it, is stronger."""
    for name in ("LC_ALL", "LC_MESSAGES", "LANG", "LANGUAGE"):
        monkeypatch.delenv(name, raising=False)
    for setting in environment.split():
        monkeypatch.setenv(*setting.split("=", 1))
    for asked in (["--help"], ["verify", "--help"], ["verify"]):
        run(asked)
        shown = capsys.readouterr()
        assert (shown.out + shown.err).startswith(f"{ENVIRONMENTS[environment]}:")
    run(["verify", "--lang", "en", "--help"])
    run(["--lang", "en", "verify", "--help"])
    assert capsys.readouterr().out.count("Usage:") == 2


def test_answers_are_in_the_language_of_the_terminal_but_not_those_for_programs(
    monkeypatch, capsys, tmp_path
):
    """What a program reads is the same on every terminal; help says which language it would be."""
    monkeypatch.chdir(tmp_path)
    shown = {}
    for locale in ("C.UTF-8", "cs_CZ.UTF-8"):
        monkeypatch.setenv("LC_ALL", locale)
        for arguments in (
            ["seal", "inspect", "nothing"],
            ["seal", "inspect", "nothing", "--json"],
            ["plugins"],
        ):
            run(arguments)
            shown[locale, *arguments] = capsys.readouterr().out
    assert "not" in shown["C.UTF-8", "seal", "inspect", "nothing"]
    assert (
        shown["C.UTF-8", "seal", "inspect", "nothing"] != shown["cs_CZ.UTF-8", "seal", "inspect", "nothing"]
    )
    as_json = ("seal", "inspect", "nothing", "--json")
    assert shown["C.UTF-8", *as_json] == shown["cs_CZ.UTF-8", *as_json]
    run(["verify", "--help"])
    assert "cs]" in capsys.readouterr().out


WRONG = {  # arguments → English, Czech
    ("list", "--limit", "x"): ("'x' is no whole number", "„x“ není celé číslo"),
    ("list", "--limit", "0"): ("0 is less than 1", "0 je méně než 1"),
    ("list", "--limit", "5000"): ("5000 is more than 1000", "5000 je více než 1000"),
    ("list", "--since", "x"): ("'x' is not written like 2026-11-30", "„x“ není zapsáno jako 2026-11-30"),
    ("verify", "x", "--lang", "qq"): ("there is no 'qq'", "jazyk „qq“ tu není"),
    ("revoke", "x", "--reason", "y", "--as", "key x"): ("looks like a key", "vypadá jako klíč"),
    ("seal", "inspect", "x", "--detached", "nothing"): (
        "there is no such file",
        "soubor ani složka toho jména neexistuje",
    ),
}


@pytest.mark.parametrize("arguments", WRONG, ids=" ".join)
def test_a_wrong_value_is_told_in_the_language_of_the_terminal(arguments, monkeypatch, capsys, tmp_path):
    """Also where a library judged it."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "x").touch()
    for locale, fault in zip(("C.UTF-8", "cs_CZ.UTF-8"), WRONG[arguments], strict=True):
        monkeypatch.setenv("LC_ALL", locale)
        assert run(list(arguments)) == 64
        assert fault in capsys.readouterr().err.replace("\u00a0", " ")
