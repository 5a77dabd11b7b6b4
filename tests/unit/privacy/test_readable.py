"""The readable export: words instead of field names, and all that an answer to a request for access must have."""

from dataclasses import replace

import pytest

from dialogs.core.holding import Holding
from dialogs.core.person import Person, Role
from dialogs.core.question import Question
from dialogs.handoff.model import Handoff
from dialogs.privacy.export import besides_of, exported, readable_export
from dialogs.privacy.field_labels import CHOICES, NAMES, field_label, path_label, value_label
from dialogs.privacy.inventory import INVENTORY
from dialogs.privacy.own_data import HeldData, NamedIn, OwnData
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind
from knowledge.organisation.organisation import Organisation
from tests.unit.driver import CATALOGUE, TUESDAY
from tests.unit.handoff.scene import accepted, stage
from tests.unit.privacy.test_privacy import question

EVERY_LANGUAGE = pytest.mark.parametrize("language", list(Language))
ORGANISATION, _ = Organisation.parse(
    "municipalities:\n"
    "  - id: firma\n    names: {nb: Firma}\n    provider: true\n"
    "    contact: {role: {nb: Kontakten}, address: kontakt@firma.example}\n"
    "    data_protection_officer: {role: {nb: Ombudet}, address: ombud@firma.example}\n"
    "  - id: storvik\n    names: {nb: Storvik}\n"
    "    contact: {role: {nb: Kontakten}, address: kontakt@storvik.example}\n"
)


def page(language: Language, *more: HeldData) -> str:
    """Return the readable export of an employee of the provider, as text."""
    who = Person(id="kari", name="Kari", municipality_id="firma", roles=frozenset({Role.DPO}), created_at=TUESDAY)
    asked = replace(question("q1", "kari"), outcome=OutcomeKind.CLARIFY, asked_at=TUESDAY)
    held = tuple(
        HeldData(holding=Holding.from_record(kind), records=records)
        for kind, records in ((Question, (asked,)), (Person, (who,)))
    )
    data = OwnData(person=who, held=(*held, *more), helped=(), messages=(), timers=(), events=(), named_in=())
    shown = readable_export(CATALOGUE[language], data, ORGANISATION, at=TUESDAY)
    return "\n".join(
        text
        for chapter in shown.chapters
        for text in (
            chapter.heading,
            *chapter.paragraphs,
            *chapter.columns,
            *(cell for row in chapter.rows for cell in row),
        )
    )


@EVERY_LANGUAGE
def test_fields_and_choices_are_words_of_the_readers_language(language: Language) -> None:
    texts, lines = CATALOGUE[language], page(language).splitlines()
    assert {texts("field.utterance"), texts("field.outcome"), texts("value.clarify"), texts("value.dpo")} <= set(lines)
    assert not {"utterance", "asked_at", "clarify", "dpo"} & set(lines)
    assert "2026-11-24 09:00" in lines


@EVERY_LANGUAGE
def test_recipients_rights_and_where_to_complain_are_in_it(language: Language) -> None:
    """Article 15(1)(c), (e) and (f), and the safeguard of article 15(2)."""
    texts, shown = CATALOGUE[language], page(language)
    for name in ("access", "rights", "complaint", "object", "transfers", "source"):
        assert texts(f"notice.{name}.title") in shown
    assert "datatilsynet.no" in shown
    assert "ombud@firma.example" in shown
    assert "storvik" not in shown.lower()


def test_the_ground_is_that_of_the_persons_employer_and_is_named_once() -> None:
    texts, shown = CATALOGUE[Language.NB], page(Language.NB)
    assert f"Grunnlag: {texts('privacy.ground.interest')}" in shown
    assert "Grunnlag: Grunnlag" not in shown
    assert texts("privacy.ground.public_task") not in shown


@EVERY_LANGUAGE
def test_every_field_and_choice_that_can_be_exported_has_a_name(language: Language) -> None:
    texts = CATALOGUE[language]
    assert {name for name in NAMES if f"field.{name}" not in texts.sentences} == set()
    values = {value for choices in CHOICES.values() for value in choices}
    assert {value for value in values if f"value.{value}" not in texts.sentences} == set()


@EVERY_LANGUAGE
def test_every_field_of_the_inventory_has_a_name(language: Language) -> None:
    texts = CATALOGUE[language]
    names = {name for holding in INVENTORY for path in holding.purposes for name in path.split(".")}
    assert {name for name in names if f"field.{name}" not in texts.sentences} == set()


def test_a_field_of_a_part_is_named_with_the_part() -> None:
    assert path_label(CATALOGUE[Language.NB], "assignment.topic") == "Tildeling: Tema"


def test_what_people_wrote_and_keys_of_data_stay_as_they_are() -> None:
    texts = CATALOGUE[Language.NB]
    assert value_label(texts, "utterance", "clarify") == "clarify"
    assert value_label(texts, "asked_at", "i går") == "i går"
    assert field_label(texts, "p042") == "p042"


def test_parts_of_a_record_are_readable_and_empty_ones_left_out() -> None:
    scene = stage()
    handoff = scene.get(Handoff, accepted(scene))
    chat = replace(handoff.chat, focused_at={"kari": TUESDAY})
    shown = page(Language.NB, HeldData(holding=Holding.from_record(Handoff), records=(replace(handoff, chat=chat),)))
    assert "kari: 2026-11-24 09:00" in shown
    assert "Hendelse: tatt" in shown
    assert "advisers" not in shown
    assert CATALOGUE[Language.NB]("field.advisers") not in shown


@EVERY_LANGUAGE
def test_other_people_and_the_parts_are_in_the_readers_words_and_the_keys_of_the_json_stay(language: Language) -> None:
    """The page names other people and its chapters in the reader's language only."""
    texts, scene = CATALOGUE[language], stage()
    handoff = scene.get(Handoff, accepted(scene))
    chat = replace(handoff.chat, focused_at={"ola": TUESDAY})
    more = HeldData(holding=Holding.from_record(Handoff), records=(replace(handoff, chat=chat),))
    shown = page(language, more)
    assert f"{texts('export.somebody_else')}: 2026-11-24 09:00" in shown
    assert "named_in" not in shown
    assert not {"«helped»", "“helped”"} & set(shown.split())
    assert ("somebody else" in shown) is (language is Language.EN)
    data = OwnData(
        person=Person(id="kari", name="Kari", created_at=TUESDAY),
        held=(more,),
        helped=(),
        messages=(),
        timers=(),
        events=(),
        named_in=(NamedIn(kind="content", fields=("body",)),),
    )
    written = exported(data, at=TUESDAY, besides=besides_of(data.person, texts))
    assert '"somebody else": ' in written
    assert '"named_in": ' in written
