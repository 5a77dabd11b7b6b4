"""The privacy notice: complete, in three languages, about the reader's own municipality."""

import re
from pathlib import Path

import pytest

from dialogs.core.data_rules import Whose
from dialogs.privacy.inventory import INVENTORY
from dialogs.privacy.notice import Section, notice
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation
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
    stored = dict(notice(texts, organisation, "nes")[1].pairs)
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
