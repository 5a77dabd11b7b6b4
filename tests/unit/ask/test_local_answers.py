"""Answers differ by municipality: placeholders, and the service desk below answers that name it."""

from dataclasses import replace

import pytest

from dialogs.core.person import Person
from knowledge.article.article import Article, ArticleBook
from knowledge.organisation.importers.fault import FaultKind
from knowledge.organisation.organisation import Organisation
from tests.unit.ask.test_ask_flow import VERBS, Asking
from tests.unit.driver import TUESDAY
from tests.unit.handoff.scene import ARTICLE, person

FILE = """\
sample: {sample}
municipalities:
  - id: nes
    names: Nes kommune
    contact: {{role: Kontakt, address: kontakt@nes.example}}
    service_desk: {{phone: '00 00 00 01', hours: 8–15}}
    local: {local}
  - id: hurdal
    names: Hurdal kommune
    contact: {{role: Kontakt, address: kontakt@hurdal.example}}
"""
LOCAL = "{sign-in-name: {nb: ansattnummeret, en: your employee number}}"
LINE = "Ring 00 00 00 01, 8–15."


def organisation(*, local: str = LOCAL, sample: str = "false") -> Organisation:
    found, faults = Organisation.parse(FILE.format(local=local, sample=sample))
    assert not faults
    return found


def answer(words: str) -> Article:
    return replace(ARTICLE, answer=words)


@pytest.fixture
def stage() -> Asking:
    scene = Asking(organisation(), verbs=VERBS, timers={}, articles=ArticleBook.from_articles([ARTICLE]))
    scene.put(
        person("kari", "nes", municipality_id="nes"),
        person("ola", "hurdal", municipality_id="hurdal"),
        Person(id="gjest", name="Gjest", created_at=TUESDAY),
    )
    scene.means("mfa")
    return scene


def asked(stage: Asking, words: str, *, by: str = "kari") -> str:
    stage.content = replace(stage.content, articles=ArticleBook.from_articles([answer(words)]))
    stage.say(by, "hva er totrinn?")
    return stage.shown(by, stage.slots(by)[-1])


def test_a_placeholder_has_the_text_of_the_readers_municipality(stage: Asking) -> None:
    words = "Skriv {local:sign-in-name|jobbadressen din}."
    assert "Skriv ansattnummeret." in asked(stage, words)
    assert "Skriv jobbadressen din." in asked(stage, words, by="ola")
    assert "Skriv jobbadressen din." in asked(stage, words, by="gjest")


def test_an_answer_with_a_text_of_the_municipality_applies_to_it_and_may_be_an_example(stage: Asking) -> None:
    words = "Skriv {local:sign-in-name|jobbadressen din}."
    assert asked(stage, words).endswith("Gjelder Nes kommune Det hjalp Det hjalp ikke Snakk med en kollega")
    assert "Gjelder alle kommunene" in asked(stage, words, by="ola")
    stage.content = replace(stage.content, organisation=organisation(sample="true"))
    assert "Eksempel · Kilde: " in asked(stage, words)
    assert "Eksempel" not in asked(stage, words, by="ola")


def test_an_answer_that_names_the_service_desk_shows_how_to_reach_it(stage: Asking) -> None:
    assert LINE in asked(stage, "Ring IT-brukerstøtten.")
    assert LINE not in asked(stage, "Ring lederen din.")


def test_it_is_shown_once_where_the_answer_has_a_place_for_it(stage: Asking) -> None:
    shown = asked(stage, "Ring IT-brukerstøtten.\n\n{service_desk}\n\nSi hva som skjedde.")
    assert f"Ring IT-brukerstøtten.\n\n{LINE}\n\nSi hva som skjedde." in shown
    assert shown.count(LINE) == 2  # once in the card, once in the text beside it


def test_without_a_service_desk_nothing_is_shown_below_and_a_place_for_it_says_where_to_look(stage: Asking) -> None:
    assert "servicedesk" not in asked(stage, "Ring IT-brukerstøtten.", by="ola")
    assert "Skriv «servicedesk»" in asked(stage, "Ring. {service_desk}", by="ola")


def test_without_a_municipality_it_is_said_how_to_find_the_service_desk(stage: Asking) -> None:
    assert "Skriv «servicedesk»" in asked(stage, "Ring IT-brukerstøtten.", by="gjest")


def test_the_thanks_and_the_notification_show_it_too(stage: Asking) -> None:
    asked(stage, "Ring IT-brukerstøtten.")
    [question] = stage.questions()
    assert LINE in stage.posts[("kari", f"ask/{question.id}")].text
    stage.press("kari", "ask.helped", question_id=question.id)
    assert LINE in stage.shown("kari", f"ask/{question.id}")


def test_invented_numbers_are_marked_as_an_example(stage: Asking) -> None:
    stage.content = replace(stage.content, organisation=organisation(sample="true"))
    assert f"Eksempel: {LINE}" in asked(stage, "Ring IT-brukerstøtten.")


@pytest.mark.parametrize(
    ("local", "fault"),
    [
        ("{Sign in: x}", ("Sign in", FaultKind.BAD_ID)),
        ("{drives: {en: x}}", ("nb", FaultKind.MISSING)),
        ("{drives: [x]}", ("drives", FaultKind.WRONG_TYPE)),
        ("H", ("local", FaultKind.WRONG_TYPE)),
    ],
)
def test_a_broken_local_text_is_told_and_the_municipality_stays(local: str, fault: tuple[str, FaultKind]) -> None:
    found, faults = Organisation.parse(FILE.format(local=local, sample="false"))
    assert fault in [(each.column, each.kind) for each in faults]
    assert found.municipalities["nes"].local == {}
