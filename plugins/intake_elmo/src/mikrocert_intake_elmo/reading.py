"""From one specification of ELMO to an award in the canonical form, with every fault and its path in the XML."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, Final

import attrs
from mikrocert.api import Finding, Grade, LanguageMap, printable

from mikrocert_intake_elmo.marks import INSTANCE, parts_of

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from mikrocert_intake_elmo.tree import Element

__all__ = ["Reading", "day_of", "shown", "text_of"]

_DAY: Final = re.compile(r"(\d{4}-\d{2}-\d{2})(?:Z|[+-]\d{2}:\d{2})?", re.ASCII)
_MOMENT: Final = re.compile(r"(\d{4}-\d{2}-\d{2})T.*", re.ASCII)
_NUMBER: Final = re.compile(r"[+-]?\d{1,9}(?:\.\d{1,9})?", re.ASCII)
_INTEGER: Final = re.compile(r"\d{1,9}", re.ASCII)
_LONGEST_SHOWN: Final = 40
_PROGRAMME: Final = "Degree Programme"
_ORDER: Final = {_PROGRAMME: 0, "Module": 1, "Course": 2, "Class": 3}
"""What contains what; ELMO says so in prose only."""


@attrs.define
class Reading:
    """Reads a specification that is a micro-credential.

    Args:
        specification: the specification.
        report: the report that it is in.
        schemes: the grading schemes of the report, by their identifiers.
    """

    specification: Element
    report: Element
    schemes: Mapping[str, Element]
    document: dict[str, Any] = attrs.field(factory=dict[str, Any], init=False)
    """The award in the canonical form, as far as it could be read; `type` names what it takes the rest from."""
    names: dict[str, str] = attrs.field(factory=dict[str, str], init=False)
    """Member of the award → where it stands."""
    faults: list[Finding] = attrs.field(factory=list[Finding], init=False)
    """What is wrong."""
    warnings: list[Finding] = attrs.field(factory=list[Finding], init=False)
    """What somebody should know and is no fault."""
    lost: set[str] = attrs.field(factory=set[str], init=False)
    """Members that could not be read."""
    grade: Grade | None = attrs.field(default=None, init=False)
    """The grade: ELMO has it, and not what was assessed how."""
    grade_path: str = attrs.field(default="", init=False)

    def __attrs_post_init__(self) -> None:
        """Read everything."""
        self._kind()
        self._result()
        self._workload()
        self._grade()

    @property
    def evidence_number(self) -> str | None:
        """Number of the award, as far as it could be read."""
        return self.document.get("evidence_number")

    def fault(self, finding: Finding, *, loses: str | None = None) -> None:
        """Note a fault, and the member that could not be read because of it."""
        self.faults.append(finding)
        if loses is not None:
            self.lost.add(loses)

    def _kind(self) -> None:
        kind = text_of(self.specification.first("type"))
        if kind == _PROGRAMME:
            self.fault(
                Finding.error(
                    "programme",
                    "this is a degree programme; a micro-credential is a module or a course",
                    path=self._path("type"),
                )
            )
        self._passed(self.specification)
        self._put("title", self._texts(self.specification, "title", member="title"), self._path("title"))
        self._put("type", self._type(), self._path("identifier[@type='local']"))
        fields = text_of(self.specification.first("iscedCode"))
        self._put("thematic_areas", [fields] if fields else None, self._path("iscedCode"))

    def _type(self) -> dict[str, str] | None:
        found = self._one_local(self.specification, member="type")
        return None if found is None else {"id": found}

    def _result(self) -> None:
        instance = self.specification.first(*INSTANCE)
        number = None if instance is None else self._one_local(instance, member="evidence_number")
        self._put("evidence_number", number, self._path(*INSTANCE, "identifier[@type='local']"))
        day = text_of(self._inside("date"))
        path = self._path(*INSTANCE, "date")
        awarded_on: str | None
        if day:
            awarded_on = day_of(day)
        else:
            issued = self.report.first("issueDate")
            match = _MOMENT.fullmatch(text_of(issued) or "")
            awarded_on = match[1] if match else text_of(issued)
            path = path if issued is None else issued.path
        self._put("awarded_on", awarded_on, path)
        started = text_of(self._inside("start"))
        participation = {"started_on": day_of(started)} if started else {}
        self._put("participation", participation or None, self._path(*INSTANCE, "start"))
        language = text_of(self._inside("languageOfInstruction"))
        self._put(
            "languages", [language] if language else None, self._path(*INSTANCE, "languageOfInstruction")
        )
        self._level()

    def _level(self) -> None:
        instance = self.specification.first(*INSTANCE)
        levels = [] if instance is None else [one for one in instance.all("level") if _kind_of(one) == "eqf"]
        path = self._path(*INSTANCE, "level[type='EQF']/value")
        value = self._only(levels, "level", member="level.eqf")
        text = None if value is None else text_of(value.first("value"))
        if text and not _INTEGER.fullmatch(text):
            self.fault(
                Finding.error(
                    "not-a-number",
                    "'{shown}' is no whole number; right is 6, say",
                    path=path,
                    shown=shown(text),
                ),
                loses="level",
            )
        elif text:
            self.document["level"] = {"eqf": int(text)}
        self.names |= {"level": path, "level.eqf": path}

    def _workload(self) -> None:
        """Read the credits, of the whole or of its parts together but never of both, and the parts."""
        path = self._path(*INSTANCE, "credit[scheme='ects']/value")
        self.names |= {"workload": path, "workload.ects": path}
        own = self._ects(self.specification, member="workload.ects")
        parts = [(part, self._ects(part, member="components")) for part in _all_parts(self.specification)]
        of_parts = [ects for _, ects in parts if ects is not None]
        if own is not None:
            self.document["workload"] = {"ects": own}
        elif of_parts:
            self.document["workload"] = {"ects": sum(of_parts, Decimal(0))}
        self._demand_once(self.specification, within=False)
        self._demand_order(self.specification)
        components = [self._component(part, ects, number) for number, (part, ects) in enumerate(parts)]
        self._put("components", components or None, self._path("hasPart"))

    def _ects(self, specification: Element, *, member: str) -> Decimal | None:
        instance = specification.first(*INSTANCE)
        found = [] if instance is None else [one for one in instance.all("credit") if _kind_of(one) == "ects"]
        one = self._only(found, "credit", member=member)
        value = None if one is None else one.first("value")
        text = text_of(value)
        if value is None or not text:
            return None
        if not _NUMBER.fullmatch(text):
            self.fault(
                Finding.error(
                    "not-a-number",
                    "'{shown}' is no number; right is 4 or 2.5, say",
                    path=value.path,
                    shown=shown(text),
                ),
                loses=member,
            )
            return None
        return Decimal(text)

    def _demand_once(self, specification: Element, *, within: bool) -> None:
        """Refuse credits inside of credits: whoever adds them up counts them twice."""
        instance = specification.first(*INSTANCE)
        own = instance is not None and any(_kind_of(one) == "ects" for one in instance.all("credit"))
        if own and within:
            self.fault(
                Finding.error(
                    "credits-twice",
                    "there are ECTS credits here and in what this is a part of, so that they would count twice; leave those of the parts or "
                    "those of the whole",
                    path=specification.path,
                )
            )
        for part in parts_of(specification):
            self._demand_once(part, within=own or within)

    def _component(self, part: Element, ects: Decimal | None, number: int) -> dict[str, Any]:
        self.names[f"components[{number}]"] = part.path
        self._passed(part)
        grade = part.first(*INSTANCE, "resultLabel")
        if grade is not None and grade.text:
            self.warnings.append(
                Finding.warning(
                    "grade-of-part",
                    "the grade of a part is left out: ELMO doesn't say what was assessed how",
                    path=grade.path,
                )
            )
        start = text_of(part.first(*INSTANCE, "start"))
        members = {
            "title": self._texts(part, "title", member="components"),
            "code": self._one_local(part, member="components"),
            "ects": ects,
            "started_on": None if start is None else day_of(start),
        }
        return {name: value for name, value in members.items() if value is not None}

    def _demand_order(self, specification: Element) -> None:
        order = _ORDER.get(text_of(specification.first("type")) or "", 0)
        for part in parts_of(specification):
            kind = text_of(part.first("type")) or ""
            if _ORDER.get(kind, order) < order:
                self.fault(
                    Finding.error(
                        "nesting",
                        "a {inner} can't be a part of a {outer}",
                        path=part.path,
                        inner=kind,
                        outer=text_of(specification.first("type")) or "",
                    )
                )
            self._demand_order(part)

    def _passed(self, specification: Element) -> None:
        status = specification.first(*INSTANCE, "status")
        text = text_of(status)
        if status is not None and text and text != "passed":
            self.fault(
                Finding.error(
                    "not-passed",
                    "the status is '{status}'; only what was passed becomes a micro-credential",
                    path=status.path,
                    status=shown(text),
                )
            )

    def _grade(self) -> None:
        label = self._inside("resultLabel")
        text = text_of(label)
        if label is None or not text:
            return
        self.grade_path = label.path
        scheme = self._inside("gradingSchemeLocalId")
        wanted = text_of(scheme)
        if scheme is None or not wanted:
            self.fault(
                Finding.error(
                    "grade-without-scale",
                    "the grade has no scale; without it, it says nothing",
                    path=label.path,
                )
            )
        elif wanted not in self.schemes:
            self.fault(
                Finding.error(
                    "no-such-scheme",
                    "the report has no grading scheme of the identifier '{wanted}'",
                    path=scheme.path,
                    wanted=shown(wanted),
                )
            )
        else:
            scale = self._texts(self.schemes[wanted], "description", member="assessments")
            if scale:
                self.grade = Grade(text, LanguageMap(scale))
            elif not any(one.path.startswith(self.schemes[wanted].path) for one in self.faults):
                self.fault(
                    Finding.error(
                        "grade-without-scale",
                        "the grade has no scale; without it, it says nothing",
                        path=self.schemes[wanted].path,
                    )
                )

    def _texts(self, element: Element, name: str, *, member: str) -> dict[str, str] | None:
        """Return texts by their languages."""
        texts: dict[str, str] = {}
        for one in element.all(name):
            language = one.attributes.get("lang", "").partition("-")[0].lower()
            if not one.text:
                continue
            if not language or not language.isascii() or not language.isalpha():
                finding = Finding.error(
                    "no-language",
                    'the text doesn\'t say its language; xml:lang="cs" would be right',
                    path=one.path,
                )
            elif language in texts:
                finding = Finding.error(
                    "language-twice",
                    "there is a text in the language {language} already",
                    path=one.path,
                    language=language[:_LONGEST_SHOWN],
                )
            else:
                texts[language] = one.text
                self.names.setdefault(f"{member}.{language}", one.path)
                continue
            self.fault(finding, loses=member)
        return texts or None

    def _one_local(self, element: Element, *, member: str) -> str | None:
        found = [
            one for one in element.all("identifier") if one.attributes.get("type") == "local" and one.text
        ]
        one = self._only(found, "identifier", member=member)
        return None if one is None else one.text

    def _only(self, found: list[Element], name: str, *, member: str) -> Element | None:
        """Return the one element of its kind; of several, nobody knows which counts."""
        if len(found) > 1:
            self.fault(
                Finding.error(
                    "several",
                    "there are {count} of this kind ({name}), and it is not certain which counts; leave one",
                    path=found[1].path,
                    count=len(found),
                    name=name,
                ),
                loses=member,
            )
            return None
        return found[0] if found else None

    def _put(self, member: str, value: object, path: str) -> None:
        self.names.setdefault(member, path)
        if value is not None:
            self.document[member] = value

    def _inside(self, name: str) -> Element | None:
        return self.specification.first(*INSTANCE, name)

    def _path(self, *names: str) -> str:
        return "/".join((self.specification.path, *names))


def _all_parts(specification: Element) -> Iterator[Element]:
    for part in parts_of(specification):
        yield part
        yield from _all_parts(part)


def text_of(element: Element | None) -> str | None:
    """Return the text of an element; none where there is none."""
    return None if element is None else element.text or None


def _kind_of(element: Element) -> str:
    """Return the scheme of credits, or the type of a level, in whatever case it is written."""
    return (text_of(element.first("scheme") or element.first("type")) or "").casefold()


def day_of(text: str) -> str:
    """Return a day as it is written, without the time zone that `xs:date` may have; what is no day stays as it is."""
    match = _DAY.fullmatch(text)
    return match[1] if match else text


def shown(text: str) -> str:
    """Return as much of a text as fits into a finding."""
    plain = printable(text)
    return plain if len(plain) <= _LONGEST_SHOWN else f"{plain[:_LONGEST_SHOWN]}…"
