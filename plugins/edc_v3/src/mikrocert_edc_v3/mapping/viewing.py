"""From the European Learning Model to what a person sees, in the order of Annex I.

Says what the credential says and nothing else: an element that is not there makes no item. Concepts are called by our own labels
wherever we know the IRI, so that a document can't put a grander label beside a level.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from mikrocert.api import Figure, Item, LanguageMap, Section, View

from mikrocert_edc_v3 import model
from mikrocert_edc_v3.mapping import reading, wording
from mikrocert_edc_v3.mapping.conventions import (
    NBSP,
    address_parts,
    day_in_prague,
    day_of,
    hours_of,
    number_of,
    statement_by_language,
)
from mikrocert_edc_v3.mapping.reading import called, grade_value, language_map, note_about
from mikrocert_edc_v3.mapping.wording import both, composed, joined
from mikrocert_edc_v3.model.concepts import code, own_name

__all__ = ["view"]

_UNTITLED: Final = LanguageMap.of("Bez názvu", "Untitled")
_NOT_STATED: Final = LanguageMap.of("neuvedeno", "not stated")

_Claim = model.LearningAchievement | model.LearningActivity | model.LearningAssessment


def view(credential: model.EuropeanDigitalCredential) -> View:
    """Return the view of a credential; what can't be read is left out."""
    seen = _Seen(credential)
    return View(
        title=seen.title,
        holder=seen.holder,
        birth=seen.birth,
        awarding_body=seen.awarding_body,
        figures=tuple(seen.figures()),
        sections=tuple(section for section in seen.sections() if section.items),
        identifier=reading.identifier(credential),
        link=seen.link,
        evidence_number=reading.evidence_number(credential),
        awarded_on=seen.awarded_on,
        languages=tuple(seen.title),
    )


class _Seen:
    """The parts of a credential that the items are made of, found once."""

    def __init__(self, credential: model.EuropeanDigitalCredential) -> None:
        self._credential = credential
        self._person = credential.credential_subject or model.Person()
        self._claim: _Claim = reading.achievement(credential) or next(
            iter(self._person.has_claim), model.LearningAchievement()
        )
        self._achieved = (
            self._claim if isinstance(self._claim, model.LearningAchievement) else model.LearningAchievement()
        )
        self._specified = self._achieved.specified_by or model.LearningAchievementSpecification()
        self._activities = (
            (self._claim,)
            if isinstance(self._claim, model.LearningActivity)
            else self._achieved.influenced_by
        )
        self._assessments = (
            (self._claim,) if isinstance(self._claim, model.LearningAssessment) else self._achieved.proven_by
        )
        self._awarded_by = self._claim.awarded_by or model.AwardingProcess()
        self._bodies = self._awarded_by.awarding_body
        self._notes = (*self._specified.additional_note, *self._claim.additional_note)
        display = credential.display_parameter or model.DisplayParameter()

        names = (self._person.full_name, self._person.given_name, self._person.family_name)
        full, given, family = (next(iter(name.first.values()), None) for name in names)
        self.holder = full or joined([given, family], by=" ") or None
        self.title = language_map(self._claim.title) or language_map(display.title) or _UNTITLED
        self.awarding_body = (
            language_map(self._bodies[0].legal_name) if self._bodies else None
        ) or _NOT_STATED
        self.awarded_on = day_of(self._awarded_by.awarding_date) or day_in_prague(
            credential.valid_from or credential.issued
        )
        self.birth = self._birth()
        self.link = next(
            (page.content_url for page in self._achieved.supplementary_document if page.content_url), None
        )

    def figures(self) -> Iterator[Figure]:
        credits_ = self._ects()
        if credits_ is not None:
            worked = self._hours()

            def unit(language: str) -> str:
                hours = f" ({wording.hours(worked, language)})" if worked is not None else ""
                return wording.credits_label(credits_, language) + hours

            yield Figure("credits", both(lambda language: wording.number_in(credits_, language)), both(unit))
        level = self._eqf()
        if level is not None:
            yield Figure("level", LanguageMap.of(level, level), LanguageMap.of("úroveň EQF", "EQF level"))
        graded = [known for assessment in self._assessments if (known := grade_value(assessment))]
        if len(graded) == 1:
            value, words = graded[0]
            label = LanguageMap.of("hodnocení", "grade")
            yield Figure("grade", LanguageMap.of(value, value), _after(label, words, by=": "))
        if self.awarded_on:
            words = LanguageMap.of("datum udělení", "date of award")
            place = self._place()
            label = both(
                lambda language: joined([words.best(language), place.best(language) if place else None])
            )
            yield Figure("date", wording.day_figure(self.awarded_on), label)

    def sections(self) -> Iterator[Section]:
        yield Section(
            "annex-i",
            LanguageMap.of(
                "Údaje podle přílohy I doporučení Rady 2022/C 243/02",
                "Elements of Annex I to Council Recommendation 2022/C 243/02",
            ),
            (*self._mandatory(), *self._optional()),
        )
        yield Section("details", LanguageMap.of("Další údaje", "Further data"), tuple(self._details()))
        yield Section(
            "origin", LanguageMap.of("Původ a ověření", "Origin and verification"), tuple(self._origin())
        )

    def _mandatory(self) -> Iterator[Item]:
        yield from _item("learner", 1, "Držitel", "Learner", _plain(self.holder))
        yield from _item(
            "birth", None, "Datum a místo narození", "Date and place of birth", self._birth_item()
        )
        said = None if self.title is _UNTITLED else self.title
        yield from _item("title", 2, "Název", "Title", said)
        yield from _item("country", 3, "Země a region", "Country and region", *map(_country, self._bodies))
        yield from _item("awarding-body", 4, "Udělující subjekt", "Awarding body", *map(_body, self._bodies))
        yield from _item("date", 5, "Datum udělení", "Date of issuing", self._date())
        outcomes = [language_map(outcome.title) for outcome in self._specified.learning_outcome]
        summary = self._specified.learning_outcome_summary
        yield from _item(
            "outcomes",
            6,
            "Výsledky učení",
            "Learning outcomes",
            *outcomes,
            language_map(summary.note_literal) if summary else None,
        )
        yield from _item("workload", 7, "Studijní zátěž", "Notional workload", self._workload())
        yield from _item("level", 8, "Úroveň", "Level", self._level())
        yield from _item(
            "assessment", 9, "Typ hodnocení", "Type of assessment", *map(_assessed, self._assessments)
        )
        yield from _item("participation", 10, "Forma účasti", "Form of participation", *self._participation())
        accreditations = (
            self._specified.accreditation if isinstance(self._specified, model.Qualification) else ()
        )
        yield from _item(
            "quality",
            11,
            "Zajištění kvality",
            "Quality assurance",
            *(_quality(known, self._bodies) for known in accreditations),
        )

    def _optional(self) -> Iterator[Item]:
        entry = self._specified.entry_requirement
        yield from _item(
            "prerequisites",
            12,
            "Vstupní požadavky",
            "Prerequisites",
            language_map(entry.note_literal) if entry else None,
        )
        supervision = dict.fromkeys(
            known.id_verification for known in self._assessments if known.id_verification
        )
        yield from _item(
            "supervision",
            13,
            "Dohled a ověření totožnosti",
            "Supervision and identity verification",
            *(_capital(called(known)) for known in supervision),
        )
        several = len(self._assessments) > 1
        yield from _item(
            "grade",
            14,
            "Výsledek hodnocení",
            "Grade achieved",
            *(_grade(known, titled=several) for known in self._assessments),
        )
        yield from _item("stackability", 15, "Kumulativnost", "Stackability", *map(_stackable, self._notes))
        further = note_about("further-information", notes=self._notes)
        unmarked = (language_map(note.note_literal) for note in self._notes if note.subject is None)
        descriptions = (language_map(self._claim.description), language_map(self._specified.description))
        yield from _item(
            "further-information",
            16,
            "Další informace",
            "Further information",
            further,
            *descriptions,
            *unmarked,
        )

    def _details(self) -> Iterator[Item]:
        others = [claim for claim in self._person.has_claim if claim is not self._claim]
        yield from _item(
            "claims",
            None,
            "Další tvrzení",
            "Further claims",
            *(language_map(claim.title) for claim in others),
        )
        yield from _item(
            "components", None, "Součásti", "Components", *map(_component, self._achieved.has_part)
        )
        yield from _item(
            "type",
            None,
            "Typ vzdělávání",
            "Type of learning",
            *map(_capital, map(called, (*self._specified.dc_type, *self._learning_setting()))),
        )
        yield from _item(
            "thematic-area",
            None,
            "Oblast vzdělávání (ISCED-F)",
            "Field of education (ISCED-F)",
            *(_area(area) for area in self._specified.thematic_area),
        )
        skills = dict.fromkeys(
            skill
            for outcome in self._specified.learning_outcome
            for skill in (*outcome.related_esco_skill, *outcome.related_skill)
        )
        yield from _item("skills", None, "Související dovednosti", "Related skills", *map(called, skills))
        levels = self._specified.nqf_level if isinstance(self._specified, model.Qualification) else ()
        yield from _item("national-level", None, "Národní úroveň", "National level", *map(called, levels))
        numbers = (_numbered(known) for known in self._person.identifier)
        yield from _item(
            "learner-identifiers", None, "Identifikátory držitele", "Identifiers of the learner", *numbers
        )

    def _origin(self) -> Iterator[Item]:
        issued = self._credential.issuer
        yield from _item(
            "issuer",
            None,
            "Organizace, která opatřuje mikrocertifikát pečetí",
            "Sealing organisation",
            language_map(issued.legal_name) if issued else None,
        )
        statements = [known.evidence_statement for known in self._credential.evidence]
        evidence = [statement_by_language(statement) for statement in statements if statement]
        yield from _item("evidence", None, "Prohlášení", "Statement", *evidence)
        yield from _item("validity", None, "Platnost", "Validity", self._validity())
        yield from _item(
            "evidence-number",
            None,
            "Evidenční číslo",
            "Evidence number",
            _plain(reading.evidence_number(self._credential)),
        )
        yield from _item(
            "identifier", None, "Identifikátor", "Identifier", _plain(reading.identifier(self._credential))
        )
        yield from _item("link", None, "Odkaz k ověření", "Verification link", _plain(self.link))

    def _birth(self) -> LanguageMap | None:
        day = day_of(self._person.date_of_birth)
        place = reading.birth_place(self._person)
        return both(lambda language: wording.born(day, place, language)) if day else None

    def _birth_item(self) -> LanguageMap | None:
        day = day_of(self._person.date_of_birth)
        place = reading.birth_place(self._person)
        if day is None:
            return _plain(place)
        return both(lambda language: joined([wording.in_full(day, language), place]))

    def _place(self) -> LanguageMap | None:
        return language_map(self._awarded_by.location.geographic_name) if self._awarded_by.location else None

    def _date(self) -> LanguageMap | None:
        day, place = self.awarded_on, self._place()
        if day is None:
            return place
        # A town keeps its name where the issuer gave it in one language only.
        return both(
            lambda language: joined([wording.in_full(day, language), place.best(language) if place else None])
        )

    def _ects(self) -> Decimal | None:
        points = (*self._specified.credit_point, *self._achieved.credit_received)
        return next(
            (number_of(said.point) for said in points if code("credit", said.framework) == "ects"), None
        )

    def _hours(self) -> Decimal | None:
        worked = [self._specified.volume_of_learning, *(activity.workload for activity in self._activities)]
        return next((hours for written in worked if (hours := hours_of(written)) is not None), None)

    def _eqf(self) -> str | None:
        level = self._specified.eqf_level if isinstance(self._specified, model.Qualification) else None
        return code("eqf", level)

    def _workload(self) -> LanguageMap | None:
        credits_, worked = self._ects(), self._hours()

        def say(language: str) -> str:
            hours = wording.hours(worked, language) if worked is not None else ""
            if credits_ is None:
                return hours
            said = f"{wording.number_in(credits_, language)}{NBSP}{wording.credits_label(credits_, language)}"
            that_is = f"tj.{NBSP}" if language == "cs" else f"i.e.{NBSP}"
            return joined([said, that_is + hours if hours else None])

        return both(say) if credits_ is not None or worked is not None else None

    def _level(self) -> LanguageMap | None:
        eqf = self._eqf()
        levels = [called(level) for level in self._specified.education_level]
        if eqf is None and not levels:
            return None
        return composed(
            lambda language: joined(
                [f"EQF{NBSP}{eqf}" if eqf else None, *(level.best(language) for level in levels)]
            ),
            *(levels or [_NOT_STATED]),
        )

    def _participation(self) -> Iterator[LanguageMap]:
        taught = [activity.specified_by for activity in self._activities if activity.specified_by]
        modes = dict.fromkeys((*self._specified.mode, *(mode for known in taught for mode in known.mode)))
        languages = dict.fromkeys(
            (*self._specified.language, *(language for known in taught for language in known.language))
        )
        spoken = [called(known) for known in languages]
        for mode in modes:
            yield _capital(called(mode))
        if spoken:
            yield composed(
                lambda language: (
                    ("Jazyk výuky: " if language == "cs" else "Language of instruction: ")
                    + joined(known.best(language) for known in spoken)
                ),
                *spoken,
            )
        for period in (period for activity in self._activities for period in activity.temporal):
            start, end = day_of(period.start_date), day_of(period.end_date)
            if start or end:
                yield _capital(
                    LanguageMap.of(wording.period(start, end, "cs"), wording.period(start, end, "en"))
                )

    def _learning_setting(self) -> tuple[model.Concept, ...]:
        return (self._specified.learning_setting,) if self._specified.learning_setting else ()

    def _validity(self) -> LanguageMap | None:
        start = day_in_prague(self._credential.valid_from)
        end = day_in_prague(self._credential.valid_until or self._credential.expiration_date)
        if start is None and end is None:
            return None
        without_end = {"cs": "bez časového omezení", "en": "without time limit"}
        return _capital(
            both(
                lambda language: joined(
                    [wording.period(start, end, language), None if end else without_end[language]]
                )
            )
        )


def _item(key: str, number: int | None, cs: str, en: str, *values: LanguageMap | None) -> Iterator[Item]:
    said = tuple(value for value in values if value is not None)
    if said:
        yield Item(key, LanguageMap.of(cs, en), said, number)


def _after(label: LanguageMap, more: LanguageMap | None, *, by: str) -> LanguageMap:
    if more is None:
        return label
    return composed(lambda language: f"{label.best(language)}{by}{more.best(language)}", more)


def _plain(text: str | None) -> LanguageMap | None:
    return LanguageMap.of(text, text) if text else None


def _capital(text: LanguageMap) -> LanguageMap:
    return LanguageMap({language: said[:1].upper() + said[1:] for language, said in text.texts.items()})


def _country(body: model.Organisation) -> LanguageMap | None:
    places = [
        called(place)
        for location in body.location
        for place in (*(address.country_code for address in location.address), *location.spatial_code)
        if place
    ]
    return (
        composed(lambda language: joined(place.best(language) for place in places), *places)
        if places
        else None
    )


def _body(body: model.Organisation) -> LanguageMap | None:
    name = language_map(body.legal_name)
    if name is None:
        return None
    units = [unit for part in body.has_sub_organization if (unit := language_map(part.legal_name))]
    written = [
        address.full_address for place in body.location for address in place.address if address.full_address
    ]
    addresses = [text for note in written if (text := _address(note))]

    czech = any(
        code("country", address.country_code) == "CZE" for place in body.location for address in place.address
    )

    def say(language: str) -> str:
        number = ("IČO" if czech else f"reg.{NBSP}č.") if language == "cs" else f"ID{NBSP}No."
        registered = body.registration.notation if body.registration else None
        return joined(
            [
                name.best(language),
                *(unit.best(language) for unit in units),
                *addresses,
                f"{number}{NBSP}{registered}" if registered else None,
            ]
        )

    return composed(say, name)


def _address(note: model.Note) -> str | None:
    text = next(iter(note.note_literal.first.values()), "")
    street, postcode, locality = address_parts(text)
    return joined([street, joined([postcode, locality], by=NBSP)]) or None


def _assessed(assessment: model.LearningAssessment) -> LanguageMap | None:
    title = language_map(assessment.title)
    type_ = assessment.specified_by.dc_type if assessment.specified_by else None
    if type_ is None:
        return title
    label = called(type_)
    if title is None or all(
        said.casefold() == label.best(language).casefold() for language, said in title.texts.items()
    ):
        return _capital(label)
    return composed(lambda language: f"{title.best(language)} ({label.best(language)})", title)


def _grade(assessment: model.LearningAssessment, *, titled: bool) -> LanguageMap | None:
    graded = grade_value(assessment)
    if graded is None:
        return None
    value, words = graded
    scheme = assessment.specified_by.grading_scheme if assessment.specified_by else None
    scale = language_map(scheme.title) if scheme else None
    title = language_map(assessment.title) if titled else None

    def say(language: str) -> str:
        name = "stupnice" if language == "cs" else "scale"
        said = joined([value, words.best(language) if words else None], by=" – ")
        said += f" ({name}: {scale.best(language)})" if scale else ""
        return f"{title.best(language)}: {said}" if title else said

    texts = [text for text in (scale, words, title) if text]
    return composed(say, *texts) if texts else _plain(value)


def _quality(
    accreditation: model.Accreditation, bodies: tuple[model.Organisation, ...]
) -> LanguageMap | None:
    title = language_map(accreditation.title)
    if title is None:
        return None
    label = _capital(called(accreditation.dc_type)) if accreditation.dc_type else None
    other = accreditation.accrediting_agent
    agent = language_map(other.legal_name) if other and other not in bodies else None
    pages = [page.content_url for page in accreditation.landing_page]
    until = day_of(accreditation.expiry_date)

    def say(language: str) -> str:
        said = joined([label.best(language) if label else None, title.best(language)], by=": ")
        end = wording.period(None, until, language)
        valid = ("platí " if language == "cs" else "valid ") + end if end else None
        return joined([said, agent.best(language) if agent else None, *pages, valid], by="; ")

    return composed(say, title)


def _stackable(note: model.Note) -> LanguageMap | None:
    kind = own_name(note.subject, scheme="note-subject")
    return _capital_first(language_map(note.note_literal)) if kind in {"stand-alone", "stackable"} else None


def _capital_first(text: LanguageMap | None) -> LanguageMap | None:
    return _capital(text) if text else None


def _component(part: model.LearningAchievement) -> LanguageMap | None:
    title = language_map(part.title)
    if title is None:
        return None
    number = next((known.notation for known in part.identifier), None)
    points = next((number_of(said.point) for said in part.credit_received), None)

    def say(language: str) -> str:
        worth = (
            f"{wording.number_in(points, language)}{NBSP}{wording.credits_label(points, language)}"
            if points is not None
            else None
        )
        return joined([joined([number, title.best(language)], by=" "), worth])

    return composed(say, title)


def _area(area: model.Concept) -> LanguageMap:
    known = code("isced-f", area)
    return composed(lambda language: joined([known, called(area).best(language)], by=" "), called(area))


def _numbered(known: model.Identifier) -> LanguageMap | None:
    return _plain(joined([known.scheme_name, known.notation], by=": "))
