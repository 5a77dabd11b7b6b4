"""One image goes with an announcement: into the draft, the preview, every reader's message, and out again."""

from dataclasses import replace
from typing import Any

from dialogs.announce.model import Announcement
from dialogs.core.event import Attachment
from dialogs.core.image import Image
from tests.unit.announce.town import TEXTS, Town
from tests.unit.read_cards import actions_of


def sent(town: Town, who: str = "anja", id_: str = "image-1") -> None:
    """Let somebody send an image in the chat."""
    town.put(Image(id=id_, person_id=who, media_type="image/png", size_bytes=1000, at=town.now))
    town.say(who, "", [Attachment(id=id_, name="kart.png", media_type="image/png", size_bytes=1000)])


def offered(town: Town, who: str = "anja") -> list[str]:
    """Return the verbs below what the image was answered with."""
    return town.buttons(who, town.slots(who, "ask/")[-1])


def test_an_image_sent_in_the_chat_can_be_put_into_the_draft_and_is_seen_by_every_reader() -> None:
    town = Town()
    draft = town.draft()
    sent(town)
    assert offered(town) == ["announce.picture", "handoff.start"]
    town.act("announce.picture", draft, image_id="image-1")
    draft = town.now_is(draft)
    assert draft.image_id == "image-1"
    assert town.posts["anja", draft.desk].image_id == "image-1", "the preview shows it"
    assert town.get(Image, "image-1").announcement_id == draft.id
    assert not any(term.startswith("loose") for term in town.get(Image, "image-1").terms())
    assert town.act("announce.send", draft).notices == []
    town.wait()
    readers = town.readers(draft)
    assert len(readers) > 3
    assert {town.posts[reader, draft.slot].image_id for reader in readers} == {"image-1"}


def test_of_several_images_at_once_none_is_taken_for_the_draft() -> None:
    town = Town()
    town.draft()
    for id_ in ("image-1", "image-2"):
        town.put(Image(id=id_, person_id="anja", media_type="image/png", size_bytes=1000, at=town.now))
    images = [
        Attachment(id=id_, name="kart.png", media_type="image/png", size_bytes=9) for id_ in ("image-1", "image-2")
    ]
    town.say("anja", "", images)
    assert offered(town) == ["handoff.start"]


def primary(town: Town, who: str = "anja") -> list[str]:
    """Return the verbs of the main buttons below what the image was answered with."""
    message = town.posts[who, town.slots(who, "ask/")[-1]]
    return [action["verb"] for action in actions_of(message.card) if action.get("style") == "positive"]


def test_an_image_that_a_preview_asked_for_is_taken() -> None:
    town = Town()
    draft = town.draft()
    assert town.texts("anja")("announce.picture.hint") in town.shown("anja", draft.desk)
    sent(town)
    shown = town.shown("anja", town.slots("anja", "ask/")[-1])
    assert town.texts("anja")("ask.image.taken") in shown
    assert town.texts("anja")("ask.image.unread") not in shown
    assert primary(town) == ["announce.picture"]
    town.wait(2 * 3600)
    sent(town, id_="image-2")
    assert primary(town) == [], "an old draft has not asked for it"
    sent(town, "nils", "image-3")
    assert primary(town, "nils") == ["handoff.start"]


def test_an_image_for_a_correction_leads_to_its_form() -> None:
    town = Town()
    out = town.send()
    sent(town)
    assert offered(town) == ["announce.correct", "handoff.start"]
    assert not town.press("anja", "announce.correct", announcement_id=out.id, edition=out.edition).notices
    texts, form = town.texts("anja"), town.slots("anja", "announce/desk/")[-1]
    assert texts("announce.correct.image_new", clock=texts.clock(town.now)) in town.shown("anja", form)


def test_the_draft_is_shown_once_after_an_image_was_put_into_it() -> None:
    town = Town()
    draft = town.draft()
    sent(town)
    town.act("announce.picture", draft, image_id="image-1")
    shown = {slot for to, slot in town.posts if to == "anja" and slot.startswith("announce/desk/")}
    assert shown == {town.now_is(draft).desk}
    assert draft.desk not in shown, "the preview from before would be refused as edited meanwhile"


def test_the_card_that_offered_the_image_says_where_it_is_now() -> None:
    town = Town()
    draft = town.draft()
    sent(town)
    [offer] = town.slots("anja", "ask/")
    held: dict[str, Any] = {"announcement_id": draft.id, "edition": draft.edition}
    town.press("anja", "announce.picture", slot=offer, image_id="image-1", **held)
    assert town.buttons("anja", offer) == []
    assert "Teams er nede" in town.shown("anja", offer)
    assert town.posts["anja", town.now_is(draft).desk].image_id == "image-1"


def test_a_correction_keeps_the_image() -> None:
    town = Town()
    draft = town.draft()
    sent(town)
    town.act("announce.picture", draft, image_id="image-1")
    town.act("announce.send", town.now_is(draft))
    town.wait()
    town.act("announce.corrected", town.now_is(draft), title_nb="Teams er oppe", body_nb="Det virker igjen.")
    town.wait()
    assert "Det virker igjen" in town.shown("siri", draft.slot)
    assert town.posts["siri", draft.slot].image_id == "image-1"


def test_another_image_takes_the_place_of_the_first_which_is_forgotten() -> None:
    town = Town()
    draft = town.draft()
    for id_ in ("image-1", "image-2"):
        sent(town, id_=id_)
        town.act("announce.picture", town.now_is(draft), image_id=id_)
    assert town.now_is(draft).image_id == "image-2"
    assert town.find(Image, "image-1") is None


def test_an_image_is_taken_out_again_and_forgotten() -> None:
    town = Town()
    draft = town.draft()
    sent(town)
    town.act("announce.picture", draft, image_id="image-1")
    draft = town.now_is(draft)
    assert "announce.picture_out" in town.buttons("anja", draft.desk)
    town.act("announce.picture_out", draft)
    assert town.now_is(draft).image_id is None
    assert town.posts["anja", town.now_is(draft).desk].image_id is None
    assert town.find(Image, "image-1") is None


def test_a_discarded_draft_takes_its_image_along() -> None:
    town = Town()
    draft = town.draft()
    sent(town)
    town.act("announce.picture", draft, image_id="image-1")
    town.act("announce.discard", town.now_is(draft))
    assert town.all(Image) == []
    assert town.all(Announcement) == []


def copied(town: Town, original: Announcement, who: str = "anja") -> Announcement:
    before = {one.id for one in town.all(Announcement)}
    assert not town.act("announce.duplicate", original, who).notices
    [copy] = [one for one in town.all(Announcement) if one.id not in before]
    town.act("announce.preview", copy, who, **TEXTS)
    return town.now_is(copy)


def test_a_copy_has_the_image_too_and_so_have_its_readers() -> None:
    town = Town()
    original = town.send()
    draft = town.draft()
    sent(town)
    town.act("announce.picture", draft, image_id="image-1")
    town.act("announce.template", town.now_is(draft))
    town.wait(3600)
    copy = copied(town, town.now_is(draft), "arne")
    assert town.posts["arne", copy.desk].image_id == "image-1"
    assert town.get(Image, "image-1").at == town.now, "it is kept as if it were new"
    town.act("announce.send", copy, "arne")
    town.wait()
    assert {town.posts[reader, copy.slot].image_id for reader in town.readers(copy)} == {"image-1"}
    assert copied(town, original).image_id is None


def test_an_image_is_there_until_neither_an_announcement_nor_its_copy_shows_it() -> None:
    town = Town()
    draft = town.draft()
    sent(town)
    town.act("announce.picture", draft, image_id="image-1")
    first, second = copied(town, town.now_is(draft)), copied(town, town.now_is(draft))
    town.act("announce.discard", town.now_is(draft))
    town.act("announce.picture_out", first)
    assert town.now_is(first).image_id is None
    assert town.find(Image, "image-1") is not None
    town.act("announce.discard", second)
    assert town.find(Image, "image-1") is None


def test_a_copy_goes_without_an_image_that_is_gone() -> None:
    town = Town()
    draft = town.draft()
    sent(town)
    town.act("announce.picture", draft, image_id="image-1")
    town.forget(Image, "image-1")
    assert copied(town, town.now_is(draft)).image_id is None


def test_nobody_elses_image_and_none_that_was_shown_to_a_colleague_can_be_used() -> None:
    town = Town()
    draft = town.draft()
    sent(town, "nils", "image-n")
    sent(town, id_="image-h")
    town.put(replace(town.get(Image, "image-h"), handoff_id="h1"))
    for id_ in ("image-n", "image-h", "image-none"):
        outcome = town.act("announce.picture", draft, image_id=id_)
        assert outcome.notices == [town.texts("anja")("announce.refuse.image_gone")]
        assert not outcome.changed


def test_what_is_out_gets_no_image_any_more_and_an_old_card_none_at_all() -> None:
    town = Town()
    old = town.draft()
    sent(town)
    town.act("announce.picture", old, image_id="image-1")
    sent(town, id_="image-2")
    assert not town.act("announce.picture", old, image_id="image-2").changed, "the draft was changed meanwhile"
    town.act("announce.send", town.now_is(old))
    town.wait()
    assert not town.act("announce.picture", town.now_is(old), image_id="image-2").changed


def test_only_who_has_a_draft_is_offered_to_use_an_image() -> None:
    town = Town()
    sent(town, "nils")
    assert offered(town, "nils") == ["handoff.start"]
    sent(town, "anja", "image-2")
    assert offered(town) == ["handoff.start"]


def test_the_approver_sees_the_image() -> None:
    town = Town(approval=True)
    draft = town.draft()
    sent(town)
    town.act("announce.picture", draft, image_id="image-1")
    town.act("announce.send", town.now_is(draft))
    assert town.posts["gro", f"announce/approve/{draft.id}/1"].image_id == "image-1"
