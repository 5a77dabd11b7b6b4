"""What each card of an answer says in the text beside it, and which question its buttons are about."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

import pytest

from dialogs.ask import cards
from dialogs.core import card
from dialogs.core.article_view import ArticleView
from dialogs.core.decision import Decision, Notice, Reply, do
from dialogs.core.event import Said
from dialogs.core.message import Message
from knowledge.article.action import Action, ActionKind
from knowledge.article.article import ArticleButton, Language
from knowledge.language.concerns import Concern
from knowledge.language.masking import Secret, mask
from tests.unit.ask.test_actions import OTHER, action
from tests.unit.driver import CATALOGUE
from tests.unit.handoff.scene import ARTICLE, stage
from tests.unit.read_cards import actions_of, links_of, words_of

NB = CATALOGUE[Language.NB]
SECRETS = frozenset({Secret.NATIONAL_ID, Secret.BANK_ACCOUNT})
MASKED = [NB(f"ask.masked.{secret}") for secret in sorted(SECRETS)]
VIEW, PRINTING = ArticleView(article=ARTICLE), ArticleView(article=OTHER)
COLLEAGUE = action("colleague", verb="handoff.start")
HELP = action("help", verb="ask.suggest")
WEATHER = action("weather", kind=ActionKind.OUT_OF_SCOPE)


def said(message: Message) -> list[str]:
    """Return the words of a card, its buttons excepted."""
    assert message.card is not None
    return list(words_of(message.card["body"]))


def presses(message: Message) -> list[tuple[str, Mapping[str, str]]]:
    return [(each["verb"], each.get("data", {})) for each in actions_of(message.card)]


def verbs(message: Message) -> list[str]:
    return [verb for verb, _ in presses(message)]


def asks_about(message: Message, question_id: str) -> bool:
    return all(data["question_id"] == question_id for verb, data in presses(message) if verb != "ask.suggest")


def test_an_answer_names_its_question_on_every_button_and_its_language() -> None:
    message = cards.answered(NB, VIEW, question_id="q", masked=SECRETS, next_choices=[PRINTING, COLLEAGUE])
    assert said(message)[:2] == MASKED
    assert verbs(message) == ["ask.pick", "ask.helped", "ask.not_helped", "handoff.start"]
    assert asks_about(message, "q")
    assert presses(message)[0][1]["article_id"] == OTHER.id
    assert (message.text, message.language) == (VIEW.running_text, Language.NB)
    quoted = cards.answered(NB, VIEW, question_id="q", masked=frozenset(), quote="Bruk appen.")
    assert quoted.text == f"{ARTICLE.title}\n\nBruk appen."


def test_an_answer_with_a_button_of_its_own_has_the_colleague_as_small_words() -> None:
    view = ArticleView(article=replace(ARTICLE, button=ArticleButton(title="Åpne", action="ask.suggest")))
    own = cards.answered(NB, view, question_id="q", masked=frozenset(), actions={"ask.suggest"})
    assert verbs(own) == ["ask.helped", "ask.not_helped", "handoff.start", "ask.suggest"]
    assert links_of(own.card)[-1] == NB("ask.human")
    assert own.card is not None
    assert own.card["actions"][0]["style"] == "positive"
    beside = cards.answered(NB, VIEW, question_id="q", masked=frozenset(), beside=True)
    assert beside.card is not None
    assert beside.card.get("actions", []) == []
    assert NB("ask.human") in links_of(beside.card)


@pytest.mark.parametrize(
    ("room", "titles"), [(4, ["Annet 0", "Annet 1", "Nær 0", "Nær 1"]), (3, ["Annet 0", "Annet 1", "Nær 0"])]
)
def test_an_answer_offers_no_more_other_answers_than_there_is_room_for(room: int, titles: list[str]) -> None:
    others = [ArticleView(article=replace(OTHER, id=f"o{number}", title=f"Annet {number}")) for number in range(3)]
    view = replace(VIEW, related=tuple((f"n{number}", f"Nær {number}") for number in range(3)))
    message = cards.answered(NB, view, question_id="q", masked=frozenset(), next_choices=others, room=room)
    assert links_of(message.card)[: len(titles) + 1] == [*titles, NB("ask.helped")]
    assert NB("ask.or") in said(message)
    alone = cards.answered(NB, view, question_id="q", masked=frozenset(), room=room)
    assert NB("ask.see_also") in said(alone)
    assert NB("ask.or") not in said(alone)


def test_the_thanks_keep_the_answer_and_a_way_to_a_colleague() -> None:
    cased = replace(VIEW, article=replace(ARTICLE, answer="Meld fra.\n\n**Vikar?** På papir.\n\n**Leder?** Muntlig."))
    of_case = cards.answered_with_thanks(NB, cased, question_id="q", asked="hvordan melder leder fra")
    shown = [part for part in of_case.shown["body"] if part.get("isVisible", True)]
    assert next(words for words in words_of(shown) if "." in words) == "**Leder?** Muntlig."
    message = cards.answered_with_thanks(NB, VIEW, question_id="q")
    assert (message.text, message.language) == (VIEW.running_text, Language.NB)
    assert said(message)[-1] == NB("ask.thanks_helped")
    assert presses(message) == [("handoff.start", {"question_id": "q"})]


@pytest.mark.parametrize(
    ("shown", "offers", "expected"),
    [
        (HELP, [HELP], ["ask.suggest"]),
        (WEATHER, [HELP], ["ask.suggest", "handoff.start"]),
        (WEATHER, [HELP, COLLEAGUE], ["ask.suggest", "handoff.start"]),
        (WEATHER, [WEATHER], ["handoff.start"]),
        (action("no", kind=ActionKind.DECLINE), [], []),
    ],
)
def test_the_reply_of_an_action_offers_what_can_be_done(
    shown: Action, offers: Sequence[Action], expected: list[str]
) -> None:
    message = cards.action_reply(NB, shown, offers, question_id="q", masked=SECRETS)
    assert message.text == f"{shown.id} nb"
    assert said(message) == [*MASKED, message.text]
    assert verbs(message) == expected
    assert asks_about(message, "q")


@pytest.mark.parametrize("told", [False, True])
def test_after_what_did_not_help_the_ways_on_are_named(told: bool) -> None:
    first = NB("ask.editors_told") if told else NB("ask.thanks_not_helped")
    message = cards.did_not_help(NB, VIEW, [PRINTING], question_id="q", to_editors=not told, told=told)
    assert message.text == "\n".join((ARTICLE.title, first, NB("ask.not_helped_next")))
    notes = [NB("ask.editors_told")] if told else []
    words = [ARTICLE.title, NB("ask.thanks_not_helped"), *notes, NB("ask.not_helped_next"), OTHER.title]
    assert said(message) == words
    assert verbs(message) == ["ask.pick", "handoff.start", *([] if told else ["ask.to_editors"])]
    assert asks_about(message, "q")


def test_what_comes_next_in_an_answer_is_shown_after_what_did_not_help() -> None:
    others = [ArticleView(article=replace(OTHER, id=f"o{number}", title=f"Annet {number}")) for number in range(6)]
    message = cards.did_not_help(NB, VIEW, others, question_id="q", to_editors=False, rest="Start på nytt.")
    lines = (ARTICLE.title, NB("ask.try_next"), "Start på nytt.", NB("ask.not_helped_next"))
    assert message.text == "\n".join(lines)
    assert said(message)[: len(lines)] == [*lines]
    assert verbs(message).count("ask.pick") == card.MOST_CHOICES
    bare = cards.did_not_help(NB, VIEW, [], question_id="q", to_editors=False)
    assert said(bare) == [ARTICLE.title, NB("ask.thanks_not_helped")]


@pytest.mark.parametrize(
    ("doubtful", "line", "expected"),
    [
        (False, "ask.clarify", ["ask.pick", "ask.suggest", "handoff.start", "ask.none"]),
        (True, "ask.nearest", ["ask.pick", "ask.suggest", "handoff.start"]),
    ],
)
def test_a_list_names_its_entries_and_ends_with_none_of_them_or_a_colleague(
    doubtful: bool, line: str, expected: list[str]
) -> None:
    message = cards.clarify(NB, [PRINTING, HELP, COLLEAGUE], question_id="q", masked=SECRETS, doubtful=doubtful)
    assert message.text == f"{NB(line)}\n\n- {OTHER.title}\n- help nb\n- colleague nb"
    assert said(message) == [*MASKED, NB(line)]
    assert verbs(message) == expected
    assert asks_about(message, "q")


def test_where_an_article_says_no_more_others_and_a_colleague_are_offered() -> None:
    message = cards.no_more(NB, "Ikke mer.", [PRINTING, COLLEAGUE], question_id="q", masked=SECRETS)
    assert message.text == f"Ikke mer.\n\n- {OTHER.title}"
    assert said(message) == [*MASKED, "Ikke mer.", NB("ask.or"), OTHER.title]
    assert verbs(message) == ["ask.pick", "handoff.start"]
    assert asks_about(message, "q")
    bare = cards.no_more(NB, "Ikke mer.", [COLLEAGUE], question_id="q", masked=frozenset())
    assert (bare.text, said(bare), verbs(bare)) == ("Ikke mer.", ["Ikke mer."], ["handoff.start"])


@pytest.mark.parametrize(("offered", "told"), [(False, False), (True, False), (False, True)])
def test_what_has_no_answer_is_offered_a_colleague_and_the_editors(offered: bool, told: bool) -> None:
    message = cards.unknown(NB, question_id="q", masked=SECRETS, to_editors=offered, told=told)
    assert message.text == NB("ask.editors_told" if told else "ask.unknown")
    assert said(message) == [*MASKED, NB("ask.unknown"), *([NB("ask.editors_told")] if told else [])]
    assert verbs(message) == ["handoff.start", *(["ask.to_editors"] if offered else [])]
    assert asks_about(message, "q")


def test_the_preview_for_the_editors_warns_before_it_names_its_readers() -> None:
    warning, readers = NB(f"warned.{Concern.HEALTH}"), NB("ask.editors.readers", place="Lillevik")
    message = cards.editors_preview(NB, "om Kari", {Concern.HEALTH}, question_id="q", place="Lillevik")
    assert message.text == "\n".join((NB("ask.editors.title"), warning, readers))
    assert said(message)[:3] == message.text.split("\n")
    send, keep = presses(message)
    assert send == ("ask.show_editors", {"question_id": "q", "warned": "om Kari"})
    assert keep == ("ask.keep_from_editors", {"question_id": "q"})
    calm = cards.editors_preview(NB, "hvor er heisen", (), question_id="q", place="Lillevik")
    assert calm.text == "\n".join((NB("ask.editors.title"), readers))
    assert presses(calm)[0][1]["warned"] == ""
    assert calm.card is not None
    titles = [each["title"] for each in calm.card["actions"]]
    assert titles == [NB("ask.editors.send"), NB("ask.editors.keep")]


def test_masked_numbers_are_told_alone_or_above_a_message() -> None:
    alone = cards.masking(NB, SECRETS)
    assert (alone.text, said(alone), alone.language) == ("\n\n".join(MASKED), MASKED, Language.NB)
    above = cards.masking(NB, SECRETS, cards.said(NB, "ask.left"))
    assert above.text == "\n\n".join((*MASKED, NB("ask.left")))
    assert said(above)[:2] == MASKED


def test_a_note_stands_above_and_that_an_image_is_unread_below() -> None:
    reply = cards.unknown(NB, question_id="q", masked=frozenset())
    assert verbs(reply) == ["handoff.start"]
    noted = cards.with_note_above(reply, "Merk dette.")
    assert (noted.text, said(noted)) == (f"Merk dette.\n\n{reply.text}", ["Merk dette.", *said(reply)])
    imaged = cards.with_image_unread(NB, reply)
    note = NB("ask.image.goes_along")
    assert (imaged.text, said(imaged), verbs(imaged)) == (f"{reply.text}\n\n{note}", [*said(reply), note], verbs(reply))


def test_images_alone_go_to_a_colleague_or_where_the_writer_may_use_them() -> None:
    use = card.press("Bruk", "announce.image")
    ids = ["img-1", "img-2"]
    bare, useful = cards.image_unread(NB, ids), cards.image_unread(NB, ids, [use])
    assert (bare.text, useful.text) == (NB("ask.image.unread"), NB("ask.image.taken"))
    colleague = ("handoff.start", {"image_ids": "img-1 img-2"})
    assert (presses(bare), presses(useful)) == ([colleague], [("announce.image", {}), colleague])
    labels = [[each["title"] for each in actions_of(message.card)] for message in (bare, useful)]
    assert labels == [[NB("ask.human_yes")], ["Bruk", NB("ask.image.colleague")]]


def test_a_farewell_leads_to_the_waiting_questions_or_to_what_can_be_asked() -> None:
    waits, none = (cards.farewell(NB, "ask.small_talk.thanks", waits=waits) for waits in (True, False))
    assert (verbs(waits), verbs(none)) == (["handoff.mine"], ["ask.suggest"])
    assert {waits.text, none.text} == {NB("ask.small_talk.thanks")}
    assert {waits.language, none.language} == {Language.NB}


def unread(words: str, *replied: Decision) -> list[Reply]:
    scene = stage()
    event = replace(scene.pressing("kari", "x"), what=Said(utterance=mask(words)))
    decision = cards.told_what_was_unread(event, scene.content, sum(replied, do()))
    return [effect for effect in decision.effects if isinstance(effect, Reply)]


def test_that_the_middle_was_not_read_is_told_in_the_language_of_the_reply_whatever_else_is_done() -> None:
    long = "ord " * 300
    english = do(Notice(text="hei"), Reply(slot="a", message=Message(text="hi", language=Language.EN)))
    [told] = unread(long, english)
    assert told.message.text == CATALOGUE[Language.EN]("ask.middle_unread", first=700, last=300)
    assert told.message.language is Language.EN
    [told] = unread(long, do(Reply(slot="a", message=Message(text="hi"))))
    assert told.message.language is Language.NB
    assert unread("kort", english) == []
