"""Neighbouring articles below an answer, and the dates of source and text."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from bot.channels.teams.render import MAX_CARD_ACTIONS, message_activity
from bot.channels.teams.target import ConversationTarget
from dialogs.core.session import Session
from knowledge.article.article import Article, ArticleBook, ArticleButton, Language, Source
from knowledge.matching.policy import OutcomeKind
from tests.unit.ask.test_ask_flow import VERBS, Asking
from tests.unit.handoff.scene import ARTICLE, organisation, person
from tests.unit.read_cards import links_of

STEPS = "1. Åpne appen.\n2. Trykk **Legg til**.\n3. Skann koden."


def book(*, related: tuple[str, ...] = (), **changes: Any) -> ArticleBook:
    neighbours = (replace(ARTICLE, id=f"n{n}", title=f"Nabo {n}", answer=f"Svar {n}") for n in range(1, 5))
    return ArticleBook.from_articles([replace(ARTICLE, related=related, **changes), *neighbours])


@pytest.fixture
def stage() -> Asking:
    scene = Asking(organisation(), verbs=VERBS, timers={}, articles=book(related=("n1", "n2", "n3", "n4")))
    scene.put(person("kari", "nord"))
    scene.means("mfa")
    return scene


def related_of(stage: Asking, slot: str) -> list[str]:
    """Return the titles below "see also"."""
    card = stage.posts[("kari", slot)].card
    assert card is not None
    return [title for title in links_of(card) if not title.startswith("Det hjalp")]


def test_three_neighbours_at_most_are_offered_below_an_answer(stage: Asking) -> None:
    slot = f"ask/{stage.asks('hva er totrinn?').id}"
    assert "Se også" in stage.shown("kari", slot)
    assert related_of(stage, slot) == ["Nabo 1", "Nabo 2", "Nabo 3"]


def test_one_that_does_not_exist_or_is_the_answer_itself_is_left_out(stage: Asking) -> None:
    stage.content = replace(stage.content, articles=book(related=("gone", "mfa", "n2", "n2")))
    assert related_of(stage, f"ask/{stage.asks('hva er totrinn?').id}") == ["Nabo 2"]
    stage.content = replace(stage.content, articles=book())
    assert "Se også" not in stage.shown("kari", f"ask/{stage.asks('hva er totrinn?').id}")


def test_a_neighbour_answers_as_a_question_of_its_own_and_the_first_answer_stays(stage: Asking) -> None:
    first = stage.asks("hva er totrinn?")
    stage.press("kari", "ask.related", slot=f"ask/{first.id}", article_id="n2")
    second = stage.questions()[-1]
    assert (second.article_id, second.utterance) == ("n2", "Nabo 2")
    assert ARTICLE.answer in stage.shown("kari", f"ask/{first.id}")
    assert "Svar 2" in stage.shown("kari", f"ask/{second.id}")
    assert (second.outcome, second.candidates, second.language) == (OutcomeKind.ANSWER, ("n2",), Language.NB)
    assert (second.municipality_id, second.confidence) == ("lillevik", 1.0)
    assert stage.buttons("kari", f"ask/{second.id}") == ["ask.helped", "ask.not_helped", "handoff.start"]
    session = stage.get(Session, "kari")
    assert (session.article_id, session.turns) == ("n2", ("mfa", "n2"))
    assert session.question_id == second.id, "a reply is about the answer shown last"
    stage.press("kari", "ask.helped", question_id=second.id)
    assert [each.helped for each in stage.questions()] == [None, True]


def test_a_neighbour_has_its_own_button(stage: Asking) -> None:
    button = ArticleButton(title="Søk", action="ask.suggest")
    neighbour = replace(ARTICLE, id="n1", button=button)
    stage.content = replace(
        stage.content,
        commands={"hjelp": "ask.suggest"},
        articles=ArticleBook.from_articles([replace(ARTICLE, related=("n1",)), neighbour]),
    )
    stage.press("kari", "ask.related", article_id="n1")
    assert stage.buttons("kari", stage.slots("kari", "ask/")[-1])[-1] == "ask.suggest"


def test_an_article_that_is_gone_makes_the_card_an_old_one(stage: Asking) -> None:
    outcome = stage.press("kari", "ask.related", article_id="gone")
    assert outcome.notice == stage.texts("kari")("ask.old_card")
    assert not outcome.changed


def test_teams_gets_no_more_buttons_than_it_shows_and_the_steps_as_numbers(stage: Asking) -> None:
    changed: Article = replace(ARTICLE, answer=STEPS)
    button = ArticleButton(title="Søk", action="ask.suggest")
    stage.content = replace(
        stage.content,
        commands={"hjelp": "ask.suggest"},
        articles=book(related=("n1", "n2", "n3"), answer=changed.answer, button=button),
    )
    slot = f"ask/{stage.asks('hva er totrinn?').id}"
    activity = message_activity(
        stage.posts[("kari", slot)],
        target=ConversationTarget(conversation_id="a:1", user_id="29:kari", app_id="heia"),
        slot=slot,
        alert=False,
        too_large_note="Kuttet.",
    )
    shown = activity.body.decode()
    assert not activity.shortened
    assert '"text":"1. Åpne appen.\\n2. Trykk **Legg til**.\\n3. Skann koden."' in shown
    card = stage.posts[("kari", slot)].card
    assert card is not None
    assert len(card["actions"]) <= MAX_CARD_ACTIONS
    assert shown.count('"verb":"ask.related"') == 3


@pytest.mark.parametrize(
    ("source", "line"),
    [
        (
            Source(title="DGI", day=date(2020, 10, 21)),
            "Kilde: DGI, 21. oktober 2020 · kontrollert 24. november 2026 · ",
        ),
        (Source(title="DGI"), "Kilde: DGI · kontrollert 24. november 2026 · "),
        (Source(title=""), "Kontrollert 24. november 2026 · "),
        (Source(title="DGI", url="https://dgi.no"), "Kilde: [DGI](https://dgi.no) · kontrollert 24. november 2026 · "),
    ],
)
def test_the_date_of_the_source_stands_beside_that_of_the_text(stage: Asking, source: Source, line: str) -> None:
    stage.content = replace(stage.content, articles=book(source=source))
    assert line in stage.shown("kari", f"ask/{stage.asks('hva er totrinn?').id}")
