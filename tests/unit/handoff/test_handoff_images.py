"""Images on their way between two people: with the question, in the conversation, and out again with the data."""

import pytest

from dialogs.core.event import Attachment, Refusal
from dialogs.core.image import MAX_IN_HANDOFF, Image
from dialogs.core.question import Question
from dialogs.handoff.draft import Draft, Unsent
from dialogs.privacy.flow import VERBS as PRIVACY
from knowledge.matching.matcher import Candidate
from tests.unit.driver import Stage
from tests.unit.handoff.scene import accepted, asked, handoff, stage


def shot(scene: Stage, id_: str = "img-1", by: str = "kari") -> Attachment:
    """Store the record of an image, as a channel does, and return the attachment it hands in."""
    scene.put(Image(id=id_, person_id=by, media_type="image/png", size_bytes=1000, at=scene.now))
    return Attachment(id=id_, name="skjerm.png", media_type="image/png", size_bytes=1000)


def refused(reason: Refusal = Refusal.NOT_IMAGE) -> Attachment:
    return Attachment(id="", name="regning.exe", media_type="", size_bytes=9, refused=reason)


def images_of(scene: Stage, person_id: str) -> dict[str, str]:
    """Return the images somebody sees, by slot."""
    return {slot: m.image_id for (to, slot), m in scene.posts.items() if to == person_id and m.image_id}


def previewed(scene: Stage, *, words: str = "Hvorfor blir det feil her?", images: int = 1) -> str:
    """Ask the bot with images, go on to a colleague, and return the draft's id."""
    scene.say("kari", words, [shot(scene, f"img-{number}") for number in range(1, images + 1)])
    question_id = scene.all(Question)[-1].id if words else ""
    slot = scene.slots("kari", "ask/")[-1]
    [start] = [
        action for to, at, action in scene.presses() if (to, at) == ("kari", slot) and action["verb"] == "handoff.start"
    ]
    assert start["data"].get("question_id", "") == question_id
    scene.press("kari", "handoff.start", **start["data"])
    return str(scene.all(Draft)[-1].id)


@pytest.mark.parametrize("words", ["Hvorfor blir det feil her?", ""])
def test_the_bot_says_it_cannot_read_an_image_and_a_colleague_gets_it_with_the_question(words: str) -> None:
    scene = stage()
    id_ = previewed(scene, words=words)
    said = scene.shown("kari", scene.slots("kari", "ask/")[-1])
    assert "Bilder kan jeg ikke lese" in said
    assert images_of(scene, "kari") == {f"handoff/{id_}/status": "img-1"}
    assert "Send bildet med" in scene.shown("kari", f"handoff/{id_}/status")
    assert scene.get(Image, "img-1").handoff_id is None
    scene.press("kari", "handoff.send", handoff_id=id_, question="Hva er galt?", images="true")
    assert scene.get(Image, "img-1").handoff_id == id_
    assert "Et bilde følger med" in scene.shown("ana", f"handoff/{id_}/offer")
    assert images_of(scene, "ana") == {}
    scene.press("ana", "handoff.accept", handoff_id=id_)
    assert images_of(scene, "ana") == {f"handoff/{id_}/image/1": "img-1"}
    assert images_of(scene, "kari") == {}
    assert {to for to, _ in scene.posts if images_of(scene, to)} == {"ana"}


def test_an_answered_question_keeps_its_image_for_a_colleague() -> None:
    scene = stage()
    scene.matches = lambda _: (Candidate(article_id="mfa", confidence=0.99),)
    scene.say("kari", "hva er totrinnsbekreftelse for noe?", [shot(scene)])
    [slot] = scene.slots("kari", "ask/")
    assert "kan du sende bildet med" in scene.shown("kari", slot)
    [question] = scene.all(Question)
    assert question.images == ("img-1",)
    scene.press("kari", "handoff.start", question_id=question.id)
    assert scene.all(Draft)[-1].images == ("img-1",)


def test_images_are_not_ticked_beforehand_and_the_text_says_that_they_may_show_people() -> None:
    scene = stage()
    id_ = previewed(scene)
    slot = f"handoff/{id_}/status"
    assert scene.texts("kari")("handoff.preview.images_show") in scene.shown("kari", slot)
    toggles = [each for each in scene.posts["kari", slot].card["body"] if each["type"] == "Input.Toggle"]
    assert [toggle["value"] for toggle in toggles if toggle["id"] == "images"] == ["false"]


@pytest.mark.parametrize("ticked", [{"images": "false"}, {}])
def test_the_asker_can_leave_the_image_out(ticked: dict[str, str]) -> None:
    scene = stage()
    id_ = previewed(scene)
    scene.press("kari", "handoff.send", handoff_id=id_, question="Hva er galt?", **ticked)
    assert (handoff(scene, id_).chat.images, handoff(scene, id_).question_images) == ((), ())
    assert scene.get(Image, "img-1").handoff_id is None
    scene.press("ana", "handoff.accept", handoff_id=id_)
    assert images_of(scene, "ana") == {}


def test_several_images_go_along_each_in_a_message_of_its_own() -> None:
    scene = stage()
    id_ = previewed(scene, images=3)
    assert "Send de 3 bildene med" in scene.shown("kari", f"handoff/{id_}/status")
    scene.press("kari", "handoff.send", handoff_id=id_, question="Hva er galt?", images="true")
    assert "3 bilder følger med" in scene.shown("ana", f"handoff/{id_}/offer")
    scene.press("ana", "handoff.accept", handoff_id=id_)
    assert list(images_of(scene, "ana").values()) == ["img-1", "img-2", "img-3"]


def test_whoever_takes_the_question_next_sees_the_images_too() -> None:
    scene = stage()
    id_ = previewed(scene)
    scene.press("kari", "handoff.send", handoff_id=id_, question="Hva er galt?", images="true")
    scene.press("ana", "handoff.accept", handoff_id=id_)
    scene.press("ana", "handoff.release", handoff_id=id_)
    scene.press("bo", "handoff.accept", handoff_id=id_)
    assert list(images_of(scene, "bo").values()) == ["img-1"]


@pytest.mark.parametrize("reason", list(Refusal))
def test_a_refused_file_is_told_of_and_the_words_are_answered_all_the_same(reason: Refusal) -> None:
    scene = stage()
    outcome = scene.say("kari", "Hvorfor blir det feil her?", [refused(reason)])
    assert [(entry.act, dict(entry.details)["reason"]) for entry in outcome.audits] == [("file.refused", reason)]
    answer, told = scene.slots("kari", "ask/")
    assert "handoff.start" in scene.buttons("kari", answer)
    assert "Bilder kan jeg ikke lese" not in scene.shown("kari", answer)
    assert scene.shown("kari", told)
    assert scene.all(Question)[-1].images == ()


def test_in_a_conversation_a_refused_file_stops_the_words_too() -> None:
    scene = stage()
    id_ = accepted(scene)
    outcome = scene.say("kari", "se her", [shot(scene), refused()])
    assert not outcome.changed
    assert [entry.act for entry in outcome.audits] == ["file.refused"]
    assert "Ingenting ble sendt" in scene.shown("kari", scene.slots("kari")[-1])
    assert handoff(scene, id_).chat.messages == 0


def test_an_image_alone_is_brought_to_the_other_end_and_back() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.say("kari", "", [shot(scene, "a"), shot(scene, "b")])
    scene.say("ana", "slik skal det se ut", [shot(scene, "c", by="ana")])
    assert list(images_of(scene, "ana").values()) == ["a", "b"]
    assert list(images_of(scene, "kari").values()) == ["c"]
    assert handoff(scene, id_).chat.images == ("a", "b", "c")
    assert {image.handoff_id for image in scene.all(Image)} == {id_}


def test_somebody_elses_image_cannot_be_sent_even_when_a_channel_lets_it_through() -> None:
    scene = stage()
    id_ = accepted(scene)
    assert not scene.say("kari", "se her", [shot(scene, "theirs", by="ola")]).changed
    scene.press("ola", "handoff.start", image_ids="theirs img-x")
    assert scene.all(Draft)[-1].images == ("theirs",)
    scene.press("kari", "handoff.start", image_ids="theirs img-x")
    assert [draft.images for draft in scene.all(Draft) if draft.asker_id == "kari"] == [()]
    assert handoff(scene, id_).chat.images == ()


def test_an_image_of_one_conversation_does_not_move_to_another() -> None:
    scene = stage()
    first = accepted(scene)
    picture = shot(scene)
    scene.say("kari", "se her", [picture])
    second = asked(scene, "kari", "Noe annet")
    scene.press("ana", "handoff.decline", handoff_id=second)
    scene.press("bo", "handoff.accept", handoff_id=second)
    scene.press("kari", "handoff.focus", handoff_id=second)
    assert not scene.say("kari", "og her", [picture]).changed
    assert scene.get(Image, "img-1").handoff_id == first
    assert images_of(scene, "bo") == {}


def test_kept_words_whose_image_is_gone_go_without_it_and_that_is_said() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.put(Unsent(id="kari", text="se her", images=("gone",), at=scene.now))
    outcome = scene.press("kari", "handoff.send_unsent", handoff_id=id_)
    assert "for gammelt" in outcome.notice
    assert "se her" in scene.shown("ana", f"handoff/{id_}/said/1")
    scene.put(Unsent(id="kari", text="", images=("gone",), at=scene.now))
    assert "for gammelt" in scene.press("kari", "handoff.send_unsent", handoff_id=id_).notice
    assert handoff(scene, id_).chat.messages == 1
    assert scene.find(Unsent, "kari") is None


def test_whoever_deletes_their_data_takes_the_images_of_their_questions_along() -> None:
    scene = stage(verbs={**stage()._verbs, **PRIVACY})
    id_ = previewed(scene)
    scene.press("kari", "handoff.send", handoff_id=id_, question="Hva er galt?", images="true")
    scene.press("ana", "handoff.accept", handoff_id=id_)
    scene.say("kari", "og her", [shot(scene, "more")])
    scene.say("ana", "slik skal det se ut", [shot(scene, "answer", by="ana")])
    shot(scene, "anas", by="ana")
    scene.press("kari", "privacy.erase_now")
    assert [image.id for image in scene.all(Image)] == ["anas"]
    assert images_of(scene, "ana") == {}
    scene.press("ana", "privacy.erase_now")
    assert scene.all(Image) == []


def test_a_conversation_takes_only_so_many_images() -> None:
    scene = stage()
    id_ = accepted(scene)
    for number in range(MAX_IN_HANDOFF // 4):
        scene.say("kari", "", [shot(scene, f"img-{number}-{each}") for each in range(4)])
    assert len(handoff(scene, id_).chat.images) == MAX_IN_HANDOFF
    scene.say("kari", "en til", [shot(scene, "img-last")])
    assert len(handoff(scene, id_).chat.images) == MAX_IN_HANDOFF
    assert scene.get(Image, "img-last").handoff_id is None
    answer = scene.shown("kari", scene.slots("kari", "handoff/")[-1])
    assert scene.texts("kari")("handoff.image.enough", number=MAX_IN_HANDOFF) in answer


def test_an_asker_is_told_when_an_image_of_the_draft_is_gone() -> None:
    scene = stage()
    id_ = previewed(scene)
    scene.forget(Image, "img-1")
    outcome = scene.press("kari", "handoff.send", handoff_id=id_, question="Hva er galt?", images="true")
    assert outcome.notice == scene.texts("kari")("handoff.refused.image_gone")
    assert handoff(scene, id_).chat.images == ()
