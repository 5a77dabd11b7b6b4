"""«Hvem er digitaliseringsansvarlig hos oss?»: roles of one's own unit, and for outsiders the public address only."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dialogs import router
from dialogs.core.person import Person
from knowledge.article.action import ActionBook
from knowledge.article.article import ArticleBook
from knowledge.matching.match import Candidate, Match
from knowledge.organisation.importers.fault import FaultKind
from knowledge.organisation.organisation import Organisation
from tests.learned import sample_content
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import ARTICLE, person

FILE = """\
municipalities:
  - id: nes
    names: {nb: Nes kommune}
    contact: {role: Digitaliseringsansvarlig i Nes, address: digital@nes.example}
    contacts:
      - {role: Lisensansvarlig, address: lisens@nes.example}
    controller: {role: Kommunedirektøren, address: post@nes.example}
    service_desk: {phone: '00 00 00 01', hours: 8–15}
    units:
      - {id: skole, names: Skole, contacts: [{role: Fagkontakt skole, address: skole@nes.example}]}
      - {id: lia, parent: skole, names: Lia skole}
      - {id: helse, names: Helse, contacts: [{role: Fagkontakt helse, address: helse@nes.example}]}
  - id: hurdal
    names: {nb: Hurdal kommune}
    contact: {role: Digitaliseringsansvarlig i Hurdal, address: digital@hurdal.example}
  - id: dgi
    names: {nb: DGI}
    provider: true
    contact: {role: Brukerstøtte, address: hjelp@dgi.example}
    contacts: [{role: Sikkerhetsansvarlig, address: sikkerhet@dgi.example}]
    public_contact: {role: Informasjon, address: info@dgi.example}
"""
STAFF = replace(ARTICLE, id="contact-staff", title="Hvem kan jeg spørre?", answer="Spør den digitaliseringsansvarlige.")


class Office(Stage):
    """Every question is about contacts."""

    def _understand(self, utterance: str, previous: Sequence[str]) -> Match:
        candidates = (Candidate(article_id="contact-staff", confidence=0.99),)
        return Match(utterance=utterance, language="nb", small_talk=None, candidates=candidates, precision=0.99)

    def answer(self, who: str) -> str:
        self.say(who, "Hvem er digitaliseringsansvarlig hos oss?")
        return self.shown(who, self.slots(who, "ask/")[-1])


@pytest.fixture
def office() -> Office:
    organisation, faults = Organisation.parse(FILE)
    assert faults == ()
    office = Office(organisation, verbs=router.VERBS, timers=router.TIMERS, articles=ArticleBook.from_articles([STAFF]))
    [contacts] = [each for each in sample_content().actions.actions.values() if each.verb == "contacts.show"]
    office.content = replace(office.content, actions=ActionBook.from_actions([contacts]))
    office.put(
        person("kari", "lia", municipality_id="nes"),
        person("per", "hurdal", municipality_id="hurdal"),
        Person(id="guest-1", name="", municipality_id="nes", unit_id="lia", created_at=TUESDAY),
        Person(id="guest-2", name="", created_at=TUESDAY),
        Person(id="ny", name="Ny", object_id="ny", tenant_id="t", created_at=TUESDAY),
    )
    return office


def test_the_roles_of_ones_own_unit_come_first_then_the_municipality_the_provider_and_the_service_desk(
    office: Office,
) -> None:
    shown = office.answer("kari")
    order = ["skole@nes", "digital@nes", "lisens@nes", "sikkerhet@dgi", "Ring 00 00 00 01, 8–15"]
    places = [shown.index(words) for words in order]
    assert places == sorted(places)
    assert "Digitaliseringsansvarlig i Nes" in shown
    assert "Gjelder Nes kommune" in shown
    for foreign in ("helse@nes", "hurdal.example", "hjelp@dgi", "info@dgi", "Spør den digitaliseringsansvarlige"):
        assert foreign not in shown
    assert "digital@hurdal.example" in office.answer("per")


@pytest.mark.parametrize(("who", "address"), [("guest-1", "post@nes.example"), ("guest-2", "info@dgi.example")])
def test_outside_visitors_get_the_public_address_and_nothing_else(office: Office, who: str, address: str) -> None:
    answers = [office.answer(who)]
    for verb, slot in (("contacts.show", "contacts/"), ("ask.service_desk", "service_desk/")):
        office.press(who, verb)
        answers.append(office.shown(who, office.slots(who, slot)[-1]))
    for shown in answers:
        assert address in shown
        for inside in ("digital@", "skole@", "lisens@", "sikkerhet@", "00 00 00 01", "Digitaliseringsansvarlig i Nes"):
            assert inside not in shown


def test_without_a_municipality_the_article_answers_and_the_button_asks_for_the_place(office: Office) -> None:
    assert "Spør den digitaliseringsansvarlige." in office.answer("ny")
    office.press("ny", "contacts.show")
    assert office.slots("ny", "profile/")


def test_the_button_shows_the_same_as_the_answer(office: Office) -> None:
    office.press("kari", "contacts.show")
    [slot] = office.slots("kari", "contacts/")
    assert "skole@nes.example" in office.shown("kari", slot)


def test_a_sample_says_that_it_is_one(office: Office) -> None:
    assert "Eksempel" not in office.answer("kari")
    office.content = replace(office.content, organisation=replace(office.content.organisation, sample=True))
    assert "Eksempel" in office.answer("kari")


@pytest.mark.parametrize(
    ("contact", "fault"),
    [
        ("{role: Rolle, phone: '12345678', address: a@nes.example}", ("phone", FaultKind.UNKNOWN_FIELD)),
        ("{role: Rolle, address: ingen}", ("address", FaultKind.BAD_VALUE)),
        ("{address: a@nes.example}", ("role", FaultKind.MISSING)),
    ],
)
def test_a_contact_is_a_role_with_an_address_and_no_telephone_number(
    contact: str, fault: tuple[str, FaultKind]
) -> None:
    text = FILE.replace("{role: Fagkontakt skole, address: skole@nes.example}", contact)
    _, faults = Organisation.parse(text)
    assert [(each.column, each.kind) for each in faults] == [fault]
