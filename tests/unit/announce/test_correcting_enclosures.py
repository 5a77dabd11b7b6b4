"""A correction changes links, image, alternative text and end, too; readers see who an announcement is from."""

from collections.abc import Iterator
from typing import Any

import pytest

from dialogs.announce.model import Announcement, Link
from dialogs.core.image import Image
from knowledge.article.article import Language
from tests.unit.announce.town import TEXTS, Town

LINKS = "Les mer | Les meir | Read more | https://lillevik.example/a\nVakt | https://lillevik.example/b"
CORRECTED: dict[str, Any] = {**TEXTS, "links": LINKS}


@pytest.fixture
def town() -> Town:
    return Town()


def titles(town: Town, reader: str, announcement: Announcement) -> list[str]:
    shown = town.posts[reader, announcement.slot].card or {}
    return [str(each["title"]) for each in shown["actions"] if each["type"] == "Action.OpenUrl"]


def upload(town: Town, id_: str = "image-1", who: str = "anja") -> None:
    town.put(Image(id=id_, person_id=who, media_type="image/png", size_bytes=1000, at=town.now))


def test_a_link_has_a_label_in_each_language_and_bokmal_where_one_is_missing(town: Town) -> None:
    sent = town.send(units="helse", links=LINKS)
    assert sent.links[0] == Link(
        title="Les mer",
        url="https://lillevik.example/a",
        titles={Language.NN: "Les meir", Language.EN: "Read more"},
    )
    for reader, label in {"nils": "Les mer", "nora": "Les meir", "sven": "Read more"}.items():
        assert titles(town, reader, sent) == [label, "Vakt"]


@pytest.mark.parametrize(
    "line", ["| Les meir | https://a.example", "a | b | c | d | https://a.example", "https://a.no"]
)
def test_a_link_without_bokmal_or_with_too_many_labels_is_refused(town: Town, line: str) -> None:
    outcome, _ = town.fill(links=line)
    assert outcome.notices


def test_the_form_shows_again_the_links_that_it_was_given(town: Town) -> None:
    draft = town.draft(links=LINKS)
    town.act("announce.edit", draft)
    written = {field["value"] for field in inputs_of(town, draft) if field["id"].startswith("link")}
    assert written == {
        "Les mer",
        "Les meir",
        "Read more",
        "https://lillevik.example/a",
        "Vakt",
        "https://lillevik.example/b",
        "",
    }


def test_a_correction_of_links_and_end_alone_reaches_every_reader(town: Town) -> None:
    sent = town.send(units="helse", expires="2026-12-01")
    assert not town.act("announce.corrected", sent, **CORRECTED, expires="2026-12-24").notices
    town.wait()
    after = town.now_is(sent)
    assert after.version == 2
    assert titles(town, "sven", sent) == ["Read more", "Vakt"]
    assert "24. desember" in town.shown("nils", sent.slot)


def test_links_are_written_in_fields_of_their_own(town: Town) -> None:
    draft = town.draft(links="", link1_nb="Les | mer", link1_nn="Les meir", link1_url="https://a.example")
    assert [(link.title, link.url) for link in draft.links] == [("Les / mer", "https://a.example")]
    town.act("announce.edit", draft)
    fields = {field["id"]: field["value"] for field in inputs_of(town, draft)}
    assert {name: value for name, value in fields.items() if name.startswith("link")} == {
        "link1_nb": "Les / mer",
        "link1_nn": "Les meir",
        "link1_url": "https://a.example",
        "link2_nb": "",
        "link2_nn": "",
        "link2_url": "",
    }
    texts = town.texts("anja")
    refused = town.act(
        "announce.preview", draft, **{**TEXTS, "link1_nb": "01017050040", "link1_url": "https://a.example"}
    )
    assert texts("announce.fault.secret_link") in refused.notice
    refused = town.act("announce.preview", draft, **{**TEXTS, "link1_nb": "Les", "link1_url": ""})
    assert texts("announce.fault.link_address", label="Les") in refused.notice


def inputs_of(town: Town, draft: Announcement) -> list[dict[str, Any]]:
    """Return the text inputs of the draft's card."""

    def inside(element: Any) -> Iterator[dict[str, Any]]:
        if isinstance(element, dict):
            if element.get("type") == "Input.Text":
                yield element
            for value in element.values():
                yield from inside(value)
        elif isinstance(element, list | tuple):
            for value in element:
                yield from inside(value)

    return list(inside(town.posts["anja", draft.desk].card))


def test_a_card_from_before_without_these_fields_leaves_them_as_they_are(town: Town) -> None:
    sent = town.send(units="helse", links=LINKS, expires="2026-12-01")
    assert not town.act("announce.corrected", sent, **{**TEXTS, "body_nb": "Teams virker."}).notices
    assert town.now_is(sent).enclosures == sent.enclosures


def test_an_image_can_be_put_in_changed_and_taken_out_by_corrections(town: Town) -> None:
    sent = town.send(units="helse")
    upload(town)
    town.act("announce.correct", sent)
    assert "image-1" in str(town.posts["anja", town.slots("anja", sent.desk)[-1]].card)
    assert not town.act("announce.corrected", sent, **TEXTS, image="image-1", alt_nb="Et kart", alt_en="A map").notices
    town.wait()
    assert {town.posts[to, sent.slot].image_id for to in town.readers(sent)} == {"image-1"}
    assert (town.posts["sven", sent.slot].image_alt, town.posts["nora", sent.slot].image_alt) == ("A map", "Et kart")
    assert not town.get(Image, "image-1").loose
    upload(town, "image-2")
    town.act("announce.corrected", town.now_is(sent), **TEXTS, image="image-2")
    assert [each.id for each in town.all(Image)] == ["image-2"]
    town.act("announce.corrected", town.now_is(sent), **TEXTS, image="remove")
    assert town.now_is(sent).image_id is None
    assert town.now_is(sent).image_alt == {}
    assert town.all(Image) == []


def test_the_form_of_a_draft_takes_an_uploaded_image_too_and_lets_it_go_again(town: Town) -> None:
    draft = town.draft(units="helse")
    upload(town)
    town.act("announce.preview", draft, **TEXTS, units="helse", image="image-1", alt_nb="Et kart")
    assert (town.now_is(draft).image_id, town.now_is(draft).image_alt) == ("image-1", {Language.NB: "Et kart"})
    town.act("announce.preview", town.now_is(draft), **TEXTS, units="helse")
    assert town.now_is(draft).image_id == "image-1", "a card without the field leaves it"
    town.act("announce.preview", town.now_is(draft), **TEXTS, units="helse", image="remove")
    assert (town.now_is(draft).image_id, town.all(Image)) == (None, [])


def test_another_persons_image_cannot_be_chosen(town: Town) -> None:
    sent = town.send(units="helse")
    upload(town, who="nils")
    outcome = town.act("announce.corrected", sent, **TEXTS, image="image-1")
    assert outcome.notice == town.texts("anja")("announce.refuse.image_gone")
    assert not outcome.changed


@pytest.mark.parametrize("answer", ["announce.approve", "announce.reject"])
def test_the_approver_sees_the_new_links_and_a_refused_image_is_deleted(answer: str) -> None:
    town = Town(approval=True)
    draft = town.draft(units="helse")
    town.act("announce.send", draft)
    town.act("announce.approve", town.now_is(draft), "gro")
    town.wait()
    upload(town)
    assert not town.act("announce.corrected", town.now_is(draft), **CORRECTED, image="image-1").notices
    request = town.posts["gro", town.slots("gro", "announce/approve")[-1]]
    assert "Les mer" in str(request.card)
    assert request.image_id == "image-1"
    assert town.now_is(draft).links == ()
    town.act(answer, town.now_is(draft), "gro")
    town.wait()
    approved = answer == "announce.approve"
    assert len(town.now_is(draft).links) == (2 if approved else 0)
    assert [each.id for each in town.all(Image)] == (["image-1"] if approved else [])


def test_a_correction_that_nobody_can_approve_leaves_the_uploaded_image_alone() -> None:
    town = Town(approval=True)
    draft = town.draft(units="helse")
    town.act("announce.send", draft)
    town.act("announce.approve", town.now_is(draft), "gro")
    town.wait()
    town.change("gro", roles=frozenset())
    upload(town)
    outcome = town.act("announce.corrected", town.now_is(draft), **TEXTS, image="image-1")
    assert outcome.notice == town.texts("anja")("announce.refuse.no_approver")
    assert town.get(Image, "image-1").loose


def test_readers_see_the_unit_and_the_municipality_that_it_is_from(town: Town) -> None:
    sent = town.send(units="helse")
    assert town.texts("nils")("announce.from_sender", sender="Skole", place="Lillevik kommune") in town.shown(
        "nils", sent.slot
    )
    plain = town.send(units="helse", sender="")
    assert town.texts("nils")("announce.from", place="Lillevik kommune") in town.shown("nils", plain.slot)
    named = town.send(units="helse", sender="**Innføring** av [Teams](https://a.example)")
    assert "Fra Innføring av Teamshttps://a.example, Lillevik kommune" in town.shown("nils", named.slot)
