"""A question that its asker showed to the editors is the asker's: exported whole, and erased everywhere."""

import json

from dialogs.ask import flow as ask_flow
from dialogs.core.person import Role
from dialogs.core.question import Question
from dialogs.handoff import feature as handoff_flow
from dialogs.handoff.addition import Addition
from dialogs.handoff.suggestion import Suggestion
from dialogs.privacy import erasing
from dialogs.privacy import flow as privacy_flow
from dialogs.unanswered import answering
from knowledge.article.article import Language
from knowledge.matching.policy import OutcomeKind
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import person, stage
from tests.unit.privacy.test_own_data import exported

WORDS = "hva er totrinn på nettbrett?"


def shown_to_editors() -> Stage:
    scene = stage(
        verbs={**ask_flow.VERBS, **handoff_flow.VERBS, **privacy_flow.VERBS},
        timers={**erasing.TIMERS, **handoff_flow.TIMERS, **answering.TIMERS},
    )
    scene.put(
        person("ed", "lillevik", Role.EDITOR),
        Question(
            id="q-1",
            person_id="kari",
            municipality_id="lillevik",
            utterance=WORDS,
            language=Language.NB,
            outcome=OutcomeKind.ANSWER,
            article_id="mfa",
            asked_at=TUESDAY,
        ),
    )
    scene.press("kari", "ask.not_helped", question_id="q-1")
    scene.press("kari", "ask.show_editors", question_id="q-1", question=WORDS)
    return scene


def test_the_export_has_the_askers_own_words() -> None:
    scene = shown_to_editors()
    [row] = exported(scene, "kari")["data"]["suggestion"]
    assert row["question"] == WORDS
    assert "kari" not in json.dumps(exported(scene, "ed"))


def test_erasing_takes_it_from_the_editors_and_from_the_drafts() -> None:
    scene = shown_to_editors()
    [gap] = scene.all(Suggestion)
    scene.press("ed", "editor.approve", suggestion_id=gap.id, answer="Bruk appen.")
    assert WORDS in scene.shown("ed", f"suggestion/{gap.id}")
    assert scene.all(Addition)
    scene.press("kari", "privacy.erase")
    scene.press("kari", "privacy.erase_now")
    assert scene.all(Suggestion) == []
    assert scene.all(Addition) == []
    assert scene.slots("ed", "suggestion/") == []
