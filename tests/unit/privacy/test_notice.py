"""The privacy notice: complete, in three languages, about the reader's own municipality."""

import re
from dataclasses import replace
from pathlib import Path

import pytest

from dialogs.core.data_rules import Whose
from dialogs.privacy import cards
from dialogs.privacy.inventory import INVENTORY
from dialogs.privacy.notice import Section, notice
from knowledge.article.article import Language
from knowledge.organisation.organisation import LocalisedName, Organisation, PrivacyFacts
from tests.unit.driver import CATALOGUE

YAML = Path(__file__).parents[3] / "knowledge" / "content" / "organisation.yaml"
EVERY_LANGUAGE = pytest.mark.parametrize("language", list(Language))


@pytest.fixture(scope="module")
def organisation() -> Organisation:
    parsed, faults = Organisation.parse(YAML.read_text("utf-8"))
    assert faults == ()
    return parsed


def words(sections: tuple[Section, ...]) -> str:
    return "\n".join(
        text
        for section in sections
        for text in (section.heading, *section.paragraphs, *(part for pair in section.pairs for part in pair))
    )


@EVERY_LANGUAGE
def test_one_municipality_is_shown_its_own_controller_and_officer_only(
    language: Language, organisation: Organisation
) -> None:
    shown = words(notice(CATALOGUE[language], organisation, "nes"))
    assert {"postmottak@nes.example", "personvernombud@nes.example"} <= set(re.findall(r"\S+@\S+\.example", shown))
    assert "hurdal" not in shown.lower()


@EVERY_LANGUAGE
def test_without_a_municipality_every_controller_and_officer_is_shown(
    language: Language, organisation: Organisation
) -> None:
    shown = words(notice(CATALOGUE[language], organisation, None))
    for each in organisation.municipalities.values():
        assert each.controller is not None
        assert each.data_protection_officer is not None
        assert each.controller.address in shown
        assert each.data_protection_officer.address in shown


@EVERY_LANGUAGE
def test_every_kind_of_personal_data_is_named_with_its_retention(
    language: Language, organisation: Organisation
) -> None:
    texts = CATALOGUE[language]
    [section] = [each for each in notice(texts, organisation, "nes") if each.heading == texts("notice.stored.title")]
    stored = dict(section.pairs)
    kinds = [holding for holding in INVENTORY if holding.whose is not Whose.NOBODY]
    assert set(stored) == {texts(f"privacy.kind.{holding.kind}") for holding in kinds}
    for holding in kinds:
        if holding.months is not None:
            assert str(holding.months) in stored[texts(f"privacy.kind.{holding.kind}")]


def test_municipality_and_provider_have_different_legal_grounds(organisation: Organisation) -> None:
    texts = CATALOGUE[Language.NB]
    municipality, provider = (words(notice(texts, organisation, id_)) for id_ in ("nes", "dgi"))
    assert texts("notice.basis.municipality") in municipality
    assert texts("notice.basis.provider") not in municipality
    assert texts("notice.basis.provider") in provider
    assert texts("notice.basis.municipality") not in provider


@EVERY_LANGUAGE
def test_the_right_to_object_stands_by_itself_and_is_open(language: Language, organisation: Organisation) -> None:
    """Article 21(4)."""
    texts = CATALOGUE[language]
    sections = notice(texts, organisation, "nes")
    assert [each.heading for each in sections if each.prominent] == [
        texts("notice.controller.title"),
        texts("notice.object.title"),
    ]
    message = cards.notice(texts, sections)
    assert texts("notice.object.text").partition("\n")[0] in message.text
    closed = next(action for action in message.card["actions"] if action["type"] == "Action.ShowCard")
    assert texts("notice.object.title") not in str(closed)


@EVERY_LANGUAGE
def test_processor_safeguard_and_backups_come_from_the_organisation_file(
    language: Language, organisation: Organisation
) -> None:
    shown = words(notice(CATALOGUE[language], organisation, "nes"))
    facts = organisation.privacy
    assert facts.transfer_basis is not None
    assert facts.transfer_basis.text(language) in shown
    assert "post@dgi.example" in shown
    assert CATALOGUE[language]("notice.backups", days="30") in shown


@EVERY_LANGUAGE
def test_what_the_file_does_not_say_is_to_be_asked_for(language: Language, organisation: Organisation) -> None:
    texts = CATALOGUE[language]
    towns = [each for each in organisation.municipalities.values() if not each.provider]
    shown = words(notice(texts, Organisation.from_units(municipalities=towns, units=()), "nes"))
    for unknown in ("notice.processor_unknown", "notice.transfer_basis_unknown", "notice.backups_unknown"):
        assert texts(unknown) in shown


@EVERY_LANGUAGE
def test_the_log_of_the_web_server_is_described_by_the_file_or_as_the_nginx_example_writes_it(
    language: Language, organisation: Organisation
) -> None:
    texts = CATALOGUE[language]
    logged = replace(organisation, privacy=PrivacyFacts(web_log=LocalisedName(nb="a", nn="b", en="c")))
    assert texts("notice.web_log") in words(notice(texts, organisation, "nes"))
    assert texts("notice.web_log") not in words(notice(texts, logged, "nes"))
    assert f"{texts('notice.address')} {'abc'[list(Language).index(language)]}" in words(notice(texts, logged, "nes"))


def test_without_a_named_processor_the_provider_is_named(organisation: Organisation) -> None:
    unnamed = replace(organisation, privacy=PrivacyFacts())
    assert "post@dgi.example" in words(notice(CATALOGUE[Language.NB], unnamed, "nes"))


def test_faulty_facts_are_named_with_their_line_and_left_out() -> None:
    parsed, faults = Organisation.parse(
        "privacy:\n"
        "  processor: {role: {nb: Driften}, address: ingen}\n"
        "  transfer_basis: [a]\n"
        "  backup_days: en uke\n"
        "  backups: 3\n"
        "municipalities:\n"
        "  - id: lillevik\n"
        "    names: {nb: Lillevik kommune}\n"
        "    contact: {role: {nb: Kontakten}, address: kontakt@lillevik.example}\n"
    )
    assert parsed.privacy == PrivacyFacts()
    assert [(fault.line, fault.column) for fault in faults] == [
        (2, "address"),
        (3, "transfer_basis"),
        (4, "backup_days"),
        (5, "backups"),
    ]


def test_a_municipality_without_a_named_controller_shows_its_contact() -> None:
    parsed, faults = Organisation.parse(
        "municipalities:\n"
        "  - id: lillevik\n"
        "    names: {nb: Lillevik kommune}\n"
        "    contact: {role: {nb: Kontakten}, address: kontakt@lillevik.example}\n"
    )
    assert faults == ()
    assert "Kontakten, kontakt@lillevik.example" in words(notice(CATALOGUE[Language.NB], parsed, "lillevik"))


def test_a_faulty_officer_is_named_with_its_line() -> None:
    _, faults = Organisation.parse(
        "municipalities:\n"
        "  - id: lillevik\n"
        "    names: {nb: Lillevik kommune}\n"
        "    contact: {role: {nb: Kontakten}, address: kontakt@lillevik.example}\n"
        "    data_protection_officer: {role: {nb: Ombudet}, address: ingen}\n"
    )
    assert [(fault.line, fault.column) for fault in faults] == [(5, "address")]
