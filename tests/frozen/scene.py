"""The scene that is frozen: a small municipality in the middle of a working day, on the real runtime."""

from dataclasses import replace
from datetime import timedelta
from typing import Final

from bot.ports import THROTTLED, Delivery, DeliveryStatus, Settled
from dialogs import router
from dialogs.announce.model import Announcement
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.person import Person, Role
from dialogs.core.question import Question
from dialogs.core.web_utterance import WebUtterance
from dialogs.editing.model import ArticleHead
from dialogs.handoff.suggestion import Suggestion
from tests.unit.driver import Stage
from tests.unit.handoff.scene import accepted, asked, organisation, person, stage, suggests

READERS: Final = 9
# So many of the readers had the announcement when the data was frozen.
REACHED: Final = 4
QUESTION: Final = "Hvorfor blinker den grønne lampen på møteromskamera nummer fire?"
ANSWER: Final = "Kameraet venter på strøm. Sett støpselet i den nederste kontakten."
SAID: Final = "Lampen blinker fortsatt, også etter at jeg startet kameraet på nytt."
OFFERED: Final = "Hvem kan vise meg hvordan jeg bestiller møterom i den nye kalenderen?"
ERASED: Final = "siri"


class FrozenStage(Stage):
    """A stage whose announcements reach the first readers only: the service asks to slow down."""

    reached = 0

    def _land(self, delivery: Delivery) -> Settled:
        settled = super()._land(delivery)
        if not delivery.slot.startswith("announce/") or not delivery.recipient.startswith("reader"):
            return settled
        self.reached += 1
        if self.reached <= REACHED:
            return settled
        due_at = self.now + timedelta(hours=1)
        return replace(settled, status=DeliveryStatus.WAITING, reference=None, due_at=due_at, reason=THROTTLED)


def played(*, erased: bool = True) -> Stage:
    """Return the stage after everything has happened; ``erased``: one person's data is deleted at last."""
    scene = _peopled()
    _ask(scene)
    _hand_over(scene)
    _announce(scene)
    if erased:
        scene.press(ERASED, "privacy.erase_now")
    return scene


def _peopled() -> Stage:
    town = stage()
    scene = FrozenStage(organisation(), verbs=router.VERBS, timers=router.TIMERS)
    scene.content = town.content
    scene.put(*town.all(Person), *town.all(AmbassadorProfile))
    scene.put(
        person("ed", "lillevik", Role.EDITOR, name="Redaktør Ed"),
        person("anja", "skole", Role.ANNOUNCER, name="Kunngjører Anja"),
        person("vera", "lillevik", Role.DPO, name="Personvernombud Vera"),
        person(ERASED, "sor", name="Medarbeider Siri"),
        *(person(f"reader{number}", "skole", name=f"Leser {number}") for number in range(1, READERS + 1)),
    )
    scene.put(
        *(
            replace(
                each, registered=True, object_id=f"object-{each.id}", tenant_id="tenant", email=f"{each.id}@a.example"
            )
            for each in scene.all(Person)
        )
    )
    return scene


def _ask(scene: Stage) -> None:
    for who in ("kari", "ola", ERASED):
        scene.say(who, QUESTION)
        scene.put(WebUtterance(said_id=f"said-{who}", person_id=who, text=QUESTION, at=scene.now))
    assert len(scene.all(Question)) == 3


def _hand_over(scene: Stage) -> None:
    """Leave one question offered, one in a conversation, one unsent, and two answered ones suggested."""
    talked = accepted(scene)
    scene.press("ana", "handoff.focus", handoff_id=talked)
    scene.say("ana", "Hei! Prøv å starte kameraet på nytt.")
    scene.press("kari", "handoff.focus", handoff_id=talked)
    scene.say("kari", SAID)
    scene.press("ana", "handoff.ask_network", handoff_id=talked)
    scene.press("bo", "handoff.tip", handoff_id=talked, words="Se på støpselet.")
    for answered in range(2):
        id_ = asked(scene, "ola", f"{QUESTION} {answered}")
        [helper] = [who for who in ("ana", "bo", "cato") if f"handoff/{id_}" in " ".join(scene.slots(who))]
        scene.press(helper, "handoff.accept", handoff_id=id_)
        suggests(scene, helper, id_, ANSWER)
    asked(scene, "ola", OFFERED)
    [question] = [each for each in scene.all(Question) if each.person_id == "ola"]
    scene.press("ola", "handoff.start", question_id=question.id)
    approved = scene.all(Suggestion)[-1]
    scene.press("ed", "editor.approve", suggestion_id=approved.id)
    scene.press("ed", "article.publish_suggestion", suggestion_id=approved.id)
    scene.press("ed", "article.start", article_id="mfa", municipality_id="lillevik")
    [draft_id] = [head.draft_id for head in scene.all(ArticleHead) if head.draft_id]
    scene.press(
        "ed", "article.save", article_id="mfa", municipality_id="lillevik", base_id=draft_id, answer_nb=ANSWER,
        phrasings_nb=QUESTION,
    )  # fmt: skip


def _announce(scene: Stage) -> None:
    scene.press("anja", "announce.new")
    [fresh] = scene.all(Announcement)
    texts = {"title_nb": "Møterommene er stengt", "body_nb": "Vi bytter kameraer i dag."}
    scene.press("anja", "announce.preview", announcement_id=fresh.id, edition=fresh.edition, slot=fresh.desk, **texts)
    shown = scene.get(Announcement, fresh.id)
    outcome = scene.press("anja", "announce.send", announcement_id=shown.id, edition=shown.edition, slot=shown.desk)
    assert not outcome.notices, outcome.notices
    scene.ring_until(scene.now + timedelta(minutes=1))
