"""Words of people in articles keep their origin, and leave with the person."""

from dataclasses import replace

import pytest

from dialogs import router
from dialogs.core.person import Role
from dialogs.core.word_runs import TakenWords, shares_words
from dialogs.editing.model import ArticleHead, ArticleRevision
from dialogs.editing.taken import without_person
from dialogs.handoff.addition import Addition
from dialogs.handoff.suggestion import Suggestion
from tests.unit.driver import Stage
from tests.unit.handoff.scene import asked, person, stage, suggests

QUESTION = "Hvorfor piper den gamle heisen i tredje etasje"
ANSWER = "Heisen piper fordi døra står åpen for lenge."
OWN = "Skriv til drift på skjemaet."


@pytest.fixture
def scene() -> Stage:
    """Return a stage with a suggestion that waits: Kari asked, Ana answered."""
    scene = stage(verbs=router.VERBS, timers=router.TIMERS)
    scene.put(person("ed", "lillevik", Role.EDITOR, name="Redaktør Ed"))
    id_ = asked(scene, question=QUESTION)
    scene.press("ana", "handoff.accept", handoff_id=id_)
    suggests(scene, "ana", id_, ANSWER)
    return scene


def saved(scene: Stage, **fields: str) -> ArticleRevision:
    """Return the draft of an article in which the editor has written something."""
    press = {"article_id": "mfa", "municipality_id": "lillevik"}
    scene.press("ed", "article.start", **press)
    head = scene.get(ArticleHead, "mfa@lillevik")
    scene.press("ed", "article.save", **press, base_id=head.draft_id, **fields)
    return draft(scene)


def draft(scene: Stage) -> ArticleRevision:
    head = scene.get(ArticleHead, "mfa@lillevik")
    found: ArticleRevision = scene.get(ArticleRevision, head.draft_id)
    return found


def test_a_suggestion_and_what_is_made_of_it_know_whose_words_they_hold(scene: Stage) -> None:
    [suggestion] = scene.all(Suggestion)
    assert suggestion.words_of == ("kari", "ana")
    scene.press("ed", "editor.approve", suggestion_id=suggestion.id)
    [addition] = scene.all(Addition)
    assert addition.words_of == ("kari", "ana")
    scene.press("ed", "article.publish_suggestion", suggestion_id=suggestion.id)
    [revision] = scene.all(ArticleRevision)
    assert {(each.of, each.words) for each in revision.taken} == {("kari", QUESTION), ("ana", ANSWER)}
    assert "piper" not in revision.article_id


def test_a_sentence_taken_into_any_draft_is_found_and_leaves_with_the_asker(scene: Stage) -> None:
    made = saved(
        scene, answer_nb=f"{OWN}\nNoen spurte: {QUESTION.lower()}?", phrasings_nb=f"{QUESTION}\nhvem eier heisen"
    )
    assert made.taken == (TakenWords(of="kari", words=QUESTION),)
    scene.press("kari", "privacy.erase_now")
    text = draft(scene).texts[0]
    assert (text.answer, text.phrasings, draft(scene).taken) == (OWN, ("hvem eier heisen",), ())


def test_the_origin_stays_through_later_drafts_and_ends_with_the_words(scene: Stage) -> None:
    made = saved(scene, answer_nb=OWN, phrasings_nb=QUESTION)
    scene.forget(Suggestion, scene.all(Suggestion)[0].id)
    press = {"article_id": "mfa", "municipality_id": "lillevik"}
    scene.press("ed", "article.save", **press, base_id=made.id, title_nb="Om heisen")
    assert [each.of for each in draft(scene).taken] == ["kari"]
    scene.press("ed", "article.save", **press, base_id=draft(scene).id, phrasings_nb="hvem eier heisen")
    assert draft(scene).taken == ()


def test_of_a_published_article_question_and_title_leave_and_the_answer_stays(scene: Stage) -> None:
    [suggestion] = scene.all(Suggestion)
    scene.press("ed", "editor.approve", suggestion_id=suggestion.id)
    scene.press("ed", "article.publish_suggestion", suggestion_id=suggestion.id)
    for who in ("kari", "ana"):
        scene.press(who, "privacy.erase_now")
    [revision] = scene.all(ArticleRevision)
    text = revision.texts[0]
    assert (text.title, text.phrasings, text.answer, revision.taken) == ("Svar", (), ANSWER, ())
    assert scene.all(Addition) == scene.all(Suggestion) == []


def test_an_editors_own_words_have_no_origin(scene: Stage) -> None:
    assert saved(scene, answer_nb=OWN, phrasings_nb="hvem eier heisen").taken == ()


@pytest.mark.parametrize(
    ("text", "shared"),
    [
        (QUESTION.upper(), True),
        (f"Jo: {QUESTION}, sa hun.", True),
        ("Hvorfor piper den gamle heisen", True),
        ("Hvorfor piper den gamle", False),
        ("heisen i tredje etasje", False),
        ("", False),
    ],
)
def test_five_words_in_a_row_are_taken_and_fewer_are_not(text: str, shared: bool) -> None:
    assert shares_words(text, QUESTION) is shared


def test_a_shorter_text_is_taken_only_as_a_whole() -> None:
    assert shares_words("Piper heisen?", "piper heisen")
    assert not shares_words("Når piper heisen?", "piper heisen")
    assert not shares_words("", "")


def test_words_of_unknown_origin_are_taken_out_as_those_of_a_person() -> None:

    unknown = TakenWords(of="", words=QUESTION)
    scene_ = stage(verbs=router.VERBS, timers=router.TIMERS)
    scene_.put(person("ed", "lillevik", Role.EDITOR))
    made = replace(saved(scene_, phrasings_nb=f"{QUESTION}\nhvem eier heisen"), taken=(unknown,))
    assert without_person(made, "").texts[0].phrasings == ("hvem eier heisen",)
