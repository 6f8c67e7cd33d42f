"""Viewing: from an award, as it was read back from the sealed octets, to what a person sees.

A view says what the award says and nothing else: an element that isn't there makes no item. Elements of Annex I of
Council Recommendation 2022/C 243/02 have the numbers of its list: 1–11 are the mandatory ones (M1–M11), 12–16 the
optional ones (O1–O5). Codes are called by the names in our own code lists, so that a document can't put a grander name
beside a level.
"""

from __future__ import annotations

import re
from decimal import Decimal
from typing import TYPE_CHECKING, Any, cast

import attrs

from mikrocert.award import WITHHELD
from mikrocert.codelists import codelist
from mikrocert.report import Figure, Item, Section, View
from mikrocert.texts import ENGLISH, LANGUAGES, LanguageMap, Message, message
from mikrocert.texts.dates import local_time
from mikrocert.texts.typography import NBSP

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping
    from datetime import date

    from mikrocert.award import Award, LearningOutcome
    from mikrocert.kinds.format import Credential, Format
    from mikrocert.texts import Text, Value

__all__ = ["view_of", "view_of_credential"]

_WITHHELD = message("withheld by the holder")
_NAMES = ("learner.full_name", "learner.given_name", "learner.family_name")
_CYCLES: Mapping[str, Message] = {
    "short": message("QF-EHEA short cycle"),
    "first": message("QF-EHEA first cycle"),
    "second": message("QF-EHEA second cycle"),
    "third": message("QF-EHEA third cycle"),
}
_REGISTRATIONS: Mapping[str, Message] = {
    "ico": message("ID No. {number}"),
    "registration": message("registration No. {number}"),
    "vat": message("VAT No. {number}"),
    "tax": message("tax No. {number}"),
    "eidas": message("eIDAS identifier {number}"),
    "ror": message("ROR {number}"),
    "erasmus": message("Erasmus code {number}"),
    "deqar": message("DEQAR {number}"),
    "eter": message("ETER {number}"),
}
"""Schemes of the identifiers of an organisation, and how one in it is written."""
_UNGRADED = frozenset(
    {
        *(
            "learner",
            "title",
            "country",
            "awarding-body",
            "date",
            "outcomes",
            "workload",
            "level",
            "assessment",
        ),
        *("participation", "quality", "prerequisites", "supervision", "stackability"),
        *("component-outcomes", "type", "thematic-area", "skills", "issuer", "validity"),
    }
)
"""Items that hold no grade and lead nowhere; further information may hold anything."""
_ROR = "https://ror.org/"
_STACKABILITY: Mapping[str, Message] = {
    "stand-alone": message("stand-alone, independent"),
    "stackable": message("stackable towards another credential"),
}


def view_of(
    award: Award,
    *,
    identifier: str | None = None,
    link: str | None = None,
    issuer: LanguageMap | None = None,
    validity: tuple[date | None, date | None] | None = None,
    withheld: Iterable[str] = (),
    instead: Mapping[str, Text | None] | None = None,
) -> View:
    """Return what a person sees of an award.

    Args:
        award: the award, read back from sealed octets or about to be sealed.
        identifier: the 12 characters, or none.
        link: the verification link, or none.
        issuer: the name of the sealing organisation, or none.
        validity: first and last day of validity, as far as there are such; none means those of the award.
        withheld: paths of elements that the holder does not show (`learner.birth_date`, `assessments`): they are seen
            to be withheld, whatever stands in the award.
        instead: for an award that couldn't be read back whole: path of an element (`assessments[0].type`) → what is
            shown in its place, none to leave it out.
    """
    elements = _Elements(award, {**(instead or {}), **dict.fromkeys(withheld, _WITHHELD)})
    title = cast("Text | None", elements.shown("title"))
    bodies = [elements.shown(f"{path}.legal_name") for path in elements.bodies()]
    awarded_on = cast("date | None", elements.own("awarded_on"))
    start, end = validity or (awarded_on, cast("date | None", elements.own("valid_until")))
    origin = _origin(elements, identifier=identifier, link=link, issuer=issuer, period=_validity(start, end))
    sections = (
        Section(
            "annex-i",
            message("Elements of Annex I to Council Recommendation 2022/C 243/02"),
            (*_mandatory(elements), *_optional(elements)),
        ),
        Section("details", message("Further data"), tuple(_details(elements))),
        Section("origin", message("Origin and verification"), tuple(origin)),
    )
    return View(
        title=title or message("Untitled"),
        holder=_holder(elements),
        birth=_birth(elements),
        awarding_body=_together(bodies) or message("not stated"),
        figures=tuple(_figures(elements)),
        sections=tuple(section for section in sections if section.items),
        identifier=identifier,
        link=link,
        evidence_number=cast("str | None", elements.own("evidence_number")) or None,
        awarded_on=awarded_on,
        valid_until=end,
        languages=tuple(title) if isinstance(title, LanguageMap) else LANGUAGES,
        unit=cast("Text | None", elements.shown("awarding_body.unit")),
    )


def view_of_credential(form: Format, credential: Credential, *, award: Award | None) -> View:
    """Return what a person sees of a credential: its award, and what its format adds.

    Args:
        form: the format that opened it.
        credential: the opened credential.
        award: the award that the format read back; none where it can't, so that the format shows what it can.
    """
    if award is None:
        return form.foreign_view(credential)
    start, end = credential.valid_from, credential.valid_until
    view = view_of(
        award,
        identifier=credential.identifier,
        link=credential.link,
        issuer=_by_language(credential.issuer.legal_name) if credential.issuer else None,
        validity=(local_time(start).date() if start else None, local_time(end).date() if end else None),
        withheld=credential.withheld,
    )
    return view.with_sections(form.sections(credential))


@attrs.frozen
class _Elements:
    """The elements of an award by their paths."""

    award: Award
    instead: Mapping[str, Text | None]

    def replaced(self, path: str) -> bool:
        """Return whether something else is shown in place of an element."""
        return self._replacement(path) is not None or self._value(path) is WITHHELD

    def shown(self, path: str, make: Callable[[Any], Value | None] | None = None) -> Value | None:
        """Return what is shown of an element: what stands instead of it, else what `make` makes of its value."""
        replacement = self._replacement(path)
        if replacement is not None:
            return replacement[0]
        value = self._value(path)
        if value is WITHHELD:
            return _WITHHELD
        return value if value is None or make is None else make(value)

    def own(self, path: str) -> Any:  # noqa: ANN401 - any element of the award
        """Return what the award says of an element; none where something else is shown in its place."""
        return None if self.replaced(path) else self._value(path)

    def each(self, path: str, make: Callable[[str], Value | None]) -> tuple[Value | None, ...]:
        """Return what is shown of each of several elements: what `make` makes of its path."""
        if self.replaced(path):
            return (self.shown(path),)
        paths = (f"{path}[{number}]" for number, _ in enumerate(self._value(path)))
        return tuple(self.shown(each) if self.replaced(each) else make(each) for each in paths)

    def bodies(self) -> Iterator[str]:
        """Return the paths of the awarding bodies, the first of them first."""
        yield "awarding_body"
        if not self.replaced("joint_awarding_bodies"):
            for number, _ in enumerate(self.award.joint_awarding_bodies):
                yield f"joint_awarding_bodies[{number}]"

    def _replacement(self, path: str) -> tuple[Text | None] | None:
        for spelling in (path, re.sub(r"\[\d+\]", "", path)):
            for end in re.finditer(r"(?=[.\[])|$", spelling):
                place = spelling[: end.start()]
                if place in self.instead:
                    return (self.instead[place],)
        return None

    def _value(self, path: str) -> Any:  # noqa: ANN401 - any element of the award
        value: Any = self.award
        for name, position in re.findall(r"(\w+)(?:\[(\d+)\])?", path):
            if value is None or value is WITHHELD:
                return value
            value = getattr(value, name)
            if position and value is not WITHHELD:
                value = value[int(position)]
        return value


def _item(
    key: str,
    label: Message,
    *values: Value | None,
    number: int | None = None,
    ungraded: Iterable[Value | None] | None = None,
) -> Iterator[Item]:
    there = _there(values)
    if there:
        others = _there(ungraded) if ungraded is not None else there if key in _UNGRADED else None
        yield Item(key, label, there, number, others)


def _there(values: Iterable[Value | None]) -> tuple[Value, ...]:
    return tuple(dict.fromkeys(value for value in values if value is not None and value != ""))


def _together(names: Iterable[Value | None]) -> Text | None:
    """Return names as those of who does something together."""
    there = tuple(dict.fromkeys(name for name in names if name))
    if len(there) > 1:
        whole = [name.completed() if isinstance(name, LanguageMap) else name for name in there]
        return message("{names}", names=whole)
    return cast("Text | None", next(iter(there), None))


def _mandatory(elements: _Elements) -> Iterator[Item]:
    shown, each = elements.shown, elements.each
    bodies = [_body(elements, path) for path in elements.bodies()]
    countries = [_country(elements, path) for path in elements.bodies()]
    outcomes = each("outcomes", lambda path: shown(f"{path}.title"))
    assessments = each("assessments", lambda path: _on_its_day(elements, path, _assessment(elements, path)))
    quality = each("quality_assurance", lambda path: _quality(elements, path))
    yield from _item("learner", message("Learner"), _learner(elements), number=1)
    yield from _item("birth", message("Date and place of birth"), _birth_in_full(elements))
    yield from _item("title", message("Title"), shown("title"), number=2)
    yield from _item("country", message("Country and region"), *countries, number=3)
    several = len({body for body in bodies if body}) > 1
    awarding = message("Awarding institutions") if several else message("Awarding institution")
    yield from _item("awarding-body", awarding, *bodies, number=4)
    yield from _item("date", message("Date of issuing"), _date(elements), number=5)
    yield from _item("outcomes", message("Learning outcomes"), *outcomes, number=6)
    yield from _item("workload", message("Notional workload"), _workload(elements), number=7)
    yield from _item("level", message("Level"), _level(elements), number=8)
    yield from _item("assessment", message("Type of assessment"), *assessments, number=9)
    yield from _item("participation", message("Form of participation"), *_participation(elements), number=10)
    yield from _item("quality", message("Quality assurance"), *quality, number=11)


def _optional(elements: _Elements) -> Iterator[Item]:
    shown, each = elements.shown, elements.each
    supervision = each("assessments", lambda path: shown(f"{path}.supervision", _capital_name("supervision")))
    several = len(elements.own("assessments") or ()) > 1
    grades = each("assessments", lambda path: _grade(elements, path, titled=several))
    yield from _item("prerequisites", message("Prerequisites"), shown("prerequisites"), number=12)
    yield from _item("supervision", message("Supervision and identity verification"), *supervision, number=13)
    yield from _item("grade", message("Grade achieved"), *grades, number=14)
    yield from _item("stackability", message("Stackability"), _stackability(elements), number=15)
    yield from _item(
        "further-information", message("Further information"), shown("further_information"), number=16
    )


def _details(elements: _Elements) -> Iterator[Item]:
    shown, each = elements.shown, elements.each
    components = _Components(elements)
    areas = each("thematic_areas", lambda path: shown(path, _area))
    skills = (
        skill
        for number, _ in enumerate(elements.own("outcomes") or ())
        if not elements.replaced(f"outcomes[{number}]")
        for skill in each(f"outcomes[{number}].skills", lambda path: shown(f"{path}.title"))
    )
    yield from _item(
        "components",
        message("Components"),
        *components.values(_component),
        ungraded=components.values(_component_ungraded),
    )
    yield from _item(
        "component-outcomes",
        message("Learning outcomes of the components"),
        *components.values(_component_outcomes),
    )
    yield from _item(
        "component-credentials",
        message("Components with a micro-credential of their own"),
        *components.values(_component_credential),
    )
    yield from _item(
        "type", message("Type of learning"), shown("learning_type", _capital_name("learning-opportunity"))
    )
    yield from _item("thematic-area", message("Field of education (ISCED-F)"), *areas)
    yield from _item("skills", message("Related skills"), *skills)


def _origin(
    elements: _Elements,
    *,
    identifier: str | None,
    link: str | None,
    issuer: LanguageMap | None,
    period: Value | None,
) -> Iterator[Item]:
    yield from _item("issuer", message("Sealing organisation"), issuer)
    yield from _item("validity", message("Validity"), period)
    yield from _item("evidence-number", message("Record number"), elements.shown("evidence_number"))
    yield from _item("identifier", message("Identifier"), identifier)
    yield from _item("link", message("Verification link"), link)


def _figures(elements: _Elements) -> Iterator[Figure]:
    own = elements.own
    ects, hours = cast("Decimal | None", own("workload.ects")), cast("Decimal | None", own("workload.hours"))
    if ects is not None:
        unit = _unit(ects)
        yield Figure(
            "credits",
            ects,
            unit if hours is None else message("{unit} ({hours})", unit=unit, hours=_hours(hours)),
        )
    elif hours is not None:
        yield Figure("hours", hours, _hours_unit(hours))
    level = cast("int | None", own("level.eqf"))
    if level is not None:
        yield Figure("level", level, message("EQF level"))
    graded = [
        path
        for path in (f"assessments[{number}].grade" for number, _ in enumerate(own("assessments") or ()))
        if own(f"{path}.value") is not None
    ]
    if len(graded) == 1:
        words = elements.shown(f"{graded[0]}.label")
        label = message("grade: {words}", words=words) if words else message("grade")
        yield Figure("grade", _grade_value(own(f"{graded[0]}.value")), label)
    awarded_on = cast("date | None", own("awarded_on"))
    if awarded_on is not None:
        place = elements.shown("place", _town)
        dated = message("date and place of issuing: {place}", place=place) if place else None
        yield Figure("date", awarded_on, dated or message("date of issuing"))


def _holder(elements: _Elements) -> str | None:
    """Return the holder's name, or as much of it as there is."""
    full, given, family = (cast("str | None", elements.own(path)) for path in _NAMES)
    return full or " ".join(part for part in (given, family) if part) or None


def _learner(elements: _Elements) -> Value | None:
    instead = (elements.shown(path) for path in _NAMES if elements.replaced(path))
    return _holder(elements) or next((text for text in instead if text), None)


def _birth(elements: _Elements) -> Value | None:
    """Return the line below a name, which in Czech avoids gender and declension."""
    day, place = elements.own("learner.birth_date"), elements.own("learner.birth_place")
    if day is None:
        return None
    if place:
        return message("born on {day:long} in {place}", day=day, place=place)
    return message("born on {day:long}", day=day)


def _birth_in_full(elements: _Elements) -> Value | None:
    return _listed([elements.shown("learner.birth_date", _day), elements.shown("learner.birth_place")])


def _country(elements: _Elements, path: str) -> Value | None:
    return _listed(
        elements.shown(f"{path}.address.{member}", _named(member)) for member in ("country", "region")
    )


def _body(elements: _Elements, path: str) -> Value | None:
    name = elements.shown(f"{path}.legal_name")
    if name is None or elements.replaced(f"{path}.legal_name"):
        return name
    own = elements.own
    street, postcode, locality = (
        cast("str | None", own(f"{path}.address.{part}")) for part in ("street", "postcode", "locality")
    )
    town = NBSP.join(part for part in (postcode, locality) if part)
    return _listed([name, elements.shown(f"{path}.unit"), street, town, *_registrations(elements, path)])


def _registrations(elements: _Elements, path: str) -> Iterator[Value]:
    for number, _ in enumerate(elements.own(f"{path}.identifiers") or ()):
        identifier = f"{path}.identifiers[{number}]"
        value, scheme = elements.own(f"{identifier}.value"), elements.own(f"{identifier}.scheme")
        if value is not None and scheme in _REGISTRATIONS:
            yield attrs.evolve(_REGISTRATIONS[scheme], parameters={"number": value.removeprefix(_ROR)})


def _date(elements: _Elements) -> Value | None:
    return _listed([elements.shown("awarded_on", _day), elements.shown("place", _town)])


def _workload(elements: _Elements) -> Value | None:
    ects, hours = elements.shown("workload.ects", _credits), elements.shown("workload.hours", _hours)
    if ects is None or hours is None or ects == hours:
        return ects if ects is not None else hours
    return message("{credits}, i.e. {hours}", credits=ects, hours=hours)


def _level(elements: _Elements) -> Value | None:
    eqf = elements.shown("level.eqf", lambda eqf: message("EQF {level}", level=eqf))
    cycle = elements.shown("level.cycle", lambda cycle: _CYCLES.get(cycle, cycle))
    return _listed([eqf, cycle])


def _assessment(elements: _Elements, path: str) -> Value | None:
    title = elements.shown(f"{path}.title")
    kind = elements.shown(f"{path}.type", _named("assessment"))
    if kind is None:
        return title
    if title is None or (isinstance(title, LanguageMap) and _repeats(title, kind)):
        return kind if elements.replaced(f"{path}.type") else _capital(kind)
    return message("{title} ({type})", title=title, type=kind)


def _on_its_day(elements: _Elements, path: str, assessment: Value | None) -> Value | None:
    """Return what is said of an assessment with the day on which it was."""
    day = elements.shown(f"{path}.assessed_on", _day)
    return assessment if day is None or assessment is None else _listed([assessment, day])


def _repeats(title: LanguageMap, name: Value) -> bool:
    """Return whether a title says in each of its languages only what the name of its type says."""
    names = {ENGLISH: name.text, **name.translations} if isinstance(name, Message) else {}
    return all(
        text.casefold() == names.get(language, "").casefold() for language, text in title.texts.items()
    )


def _participation(elements: _Elements) -> Iterator[Value | None]:
    yield elements.shown("participation.mode", _capital_name("mode"))
    if elements.replaced("languages"):
        yield elements.shown("languages")
    else:
        languages = elements.each("languages", lambda path: elements.shown(path, _named("language")))
        if there := [language for language in languages if language is not None]:
            yield message("Language of instruction: {languages:comma}", languages=there)
    period = [f"participation.{end}" for end in ("started_on", "ended_on")]
    if any(map(elements.replaced, period)):
        yield next(elements.shown(path) for path in period if elements.replaced(path))
    else:
        yield _period(*map(elements.own, period))


def _quality(elements: _Elements, path: str) -> Value | None:
    shown = elements.shown
    title = shown(f"{path}.title")
    kind = shown(f"{path}.type", _named("accreditation"))
    if title is None:
        return kind
    return _listed(
        [
            title if kind is None else message("{type:capital}: {title}", type=kind, title=title),
            shown(f"{path}.agent.legal_name"),
            shown(f"{path}.url"),
            shown(f"{path}.valid_until", lambda day: message("valid until {day:long}", day=day)),
        ],
        semicolons=True,
    )


def _grade(elements: _Elements, path: str, *, titled: bool) -> Value | None:
    grade, words, scale = (elements.shown(f"{path}.grade.{name}") for name in ("value", "label", "scale"))
    if grade is None or elements.replaced(f"{path}.grade.value"):
        return grade
    graded: Value = _grade_value(cast("str", grade))
    if words:
        # Beside a minus, a dash would be read as another one.
        graded = (
            message("{grade} ({words})", grade=graded, words=words)
            if str(graded).endswith("−")
            else message("{grade} – {words}", grade=graded, words=words)
        )
    if scale:
        graded = message("{grade}; scale {scale}", grade=graded, scale=scale)
    title = elements.shown(f"{path}.title")
    if title and titled:
        return message("{title}: {grade}", title=title, grade=graded)
    return graded


def _grade_value(value: str) -> str:
    """Return a grade with a minus in place of the hyphen that was typed: `1−`."""
    return re.sub(r"(?<=\w)-$", "−", value)


def _stackability(elements: _Elements) -> Value | None:
    kind = elements.shown("stackability.kind", lambda kind: _capital(_STACKABILITY.get(kind, kind)))
    if elements.replaced("stackability.kind"):
        return kind
    return elements.shown("stackability.description", _capital) or kind


@attrs.frozen
class _Components:
    """The components of an award; what several of them share, or one that stands there again, is gone through once."""

    elements: _Elements
    _outcomes: dict[int, tuple[Value, ...]] = attrs.field(factory=dict[int, "tuple[Value, ...]"], init=False)

    def values(self, make: Callable[[_Components, str], Value | None]) -> Iterator[Value | None]:
        """Return what `make` makes of the path of each component."""
        elements, whole = self.elements, make in {_component, _component_ungraded}
        if elements.replaced("components"):
            yield elements.shown("components") if whole else None
            return
        places: dict[int, str] = {}
        for number, component in enumerate(elements.award.components):
            path = f"components[{number}]"
            if elements.replaced(path):
                yield elements.shown(path) if whole else None
            elif id(component) not in places:
                places[id(component)] = path
                yield make(self, path)

    def outcomes(self, path: str) -> tuple[Value, ...]:
        """Return the titles of the outcomes of a component."""
        outcomes = cast("tuple[LearningOutcome, ...]", self.elements.own(f"{path}.outcomes") or ())
        if id(outcomes) not in self._outcomes:
            self._outcomes[id(outcomes)] = tuple(_without_stop(outcome.title) for outcome in outcomes)
        return self._outcomes[id(outcomes)]


def _component(components: _Components, path: str) -> Value | None:
    elements = components.elements
    ungraded = _course(elements, path)
    if not ungraded:
        return None
    grades = elements.each(f"{path}.assessments", lambda each: _component_grade(elements, each))
    return _listed([*ungraded, *grades], semicolons=True)


def _component_ungraded(components: _Components, path: str) -> Value | None:
    return _listed(_course(components.elements, path), semicolons=True)


def _course(elements: _Elements, path: str) -> tuple[Value | None, ...]:
    """Return what a component is and when it was, or nothing where it has no name."""
    name = _component_name(elements, path)
    if name is None:
        return ()
    period = _days(elements.own(f"{path}.started_on"), elements.own(f"{path}.ended_on"))
    return _listed([name, elements.shown(f"{path}.ects", _credits)]), period


def _component_grade(elements: _Elements, path: str) -> Value | None:
    grade = _grade(elements, path, titled=True)
    if grade is None:
        grade = _assessment(elements, path)
    elif not elements.replaced(f"{path}.grade") and not elements.shown(f"{path}.title"):
        grade = message("grade: {words}", words=grade)
    return _on_its_day(elements, path, grade)


def _component_name(elements: _Elements, path: str) -> Value | None:
    title, code = elements.shown(f"{path}.title"), elements.shown(f"{path}.code")
    return title if title is None or code is None else message("{code} {name}", code=code, name=title)


def _component_outcomes(components: _Components, path: str) -> Value | None:
    name, titles = _component_name(components.elements, path), components.outcomes(path)
    return message("{name}: {outcomes:semicolon}", name=name, outcomes=titles) if name and titles else None


def _without_stop(sentence: LanguageMap) -> LanguageMap:
    """Return a sentence as it stands in a list."""
    return LanguageMap({language: text.removesuffix(".") for language, text in sentence.texts.items()})


def _component_credential(components: _Components, path: str) -> Value | None:
    name, link = _component_name(components.elements, path), components.elements.own(f"{path}.link")
    if not name or not link:
        return None
    return message(
        "{name}: {link} (not verified together with this one; open the link to verify it)",
        name=name,
        link=link,
    )


def _area(code: str) -> Value:
    name = _named("isced-f")(code)
    return code if name == code else message("{code} {name}", code=code, name=name)


def _validity(start: date | None, end: date | None) -> Value | None:
    period = _period(start, end)
    if period is None or end is not None:
        return period
    return message("{period}, without time limit", period=period)


def _period(start: date | None, end: date | None) -> Value | None:
    """Return from when until when, one day alone, or none if neither is known."""
    if start is not None and start == end:
        return _day(start)
    if start is not None and end is not None:
        return message("From {start:long} to {end:long}", start=start, end=end)
    if start is not None:
        return message("From {start:long}", start=start)
    return None if end is None else message("Until {end:long}", end=end)


def _days(start: date | None, end: date | None) -> Value | None:
    """Return from when until when, as it stands within a sentence."""
    if start is None:
        return None if end is None else message("until {day:long}", day=end)
    return (
        message("from {day:long}", day=start)
        if end is None
        else message("{start:long} – {end:long}", start=start, end=end)
    )


def _day(day: date) -> Value:
    """Return a day, the month as a word."""
    return message("{day:long}", day=day)


def _town(name: LanguageMap) -> Value:
    """Return the name of a town; one that is given in one language keeps it in all, and what is said of it is translated."""
    return name if len(name.texts) > 1 else next(iter(name.texts.values()))


def _credits(ects: Decimal) -> Value:
    if _is_whole(ects):
        return message("{count} ECTS credit", plural="{count} ECTS credits", count=ects)
    # Languages have a form of their own for fractions: 2,5 kreditu.
    return message("{count} ECTS credits", count=ects)


def _unit(ects: Decimal) -> Value:
    """Return the unit that goes with so many credits."""
    if _is_whole(ects):
        return message("ECTS credit", plural="ECTS credits", count=ects)
    return message("ECTS credits")


def _hours(hours: Decimal) -> Value:
    if _is_whole(hours):
        return message("{count} hour", plural="{count} hours", count=hours)
    return message("{count} hours", count=hours)


def _hours_unit(hours: Decimal) -> Value:
    if _is_whole(hours):
        return message("hour of work", plural="hours of work", count=hours)
    return message("hours of work")


def _is_whole(number: Decimal) -> bool:
    return number.is_finite() and number == number.to_integral_value()


def _by_language(names: Mapping[str, str]) -> LanguageMap | None:
    """Return a name by language, regional tags without their region."""
    primary = {tag.partition("-")[0].lower(): name for tag, name in reversed(list(names.items()))}
    texts = {language: name for language, name in primary.items() if re.fullmatch("[a-z]{2,3}", language)}
    return LanguageMap(texts) if texts else None


def _named(list_name: str) -> Callable[[str], Value]:
    """Return a function that returns the name of a code of a list, or the code itself where the list lacks it."""

    def name(code: str) -> Value:
        codes = codelist(list_name)
        return codes.get(code).name if code in codes else code

    return name


def _capital_name(list_name: str) -> Callable[[str], Value]:
    return lambda code: _capital(_named(list_name)(code))


def _capital(value: Value) -> Value:
    """Return a value that begins with a capital letter, whatever the language."""
    return message("{value:capital}", value=value)


def _listed(parts: Iterable[Value | None], *, semicolons: bool = False) -> Value | None:
    """Return the parts that there are, each once, with commas or semicolons between them."""
    there = list(dict.fromkeys(part for part in parts if part is not None and part != ""))
    if len(there) < 2:  # noqa: PLR2004 - a list
        return there[0] if there else None
    return message("{parts:semicolon}", parts=there) if semicolons else message("{parts:comma}", parts=there)
