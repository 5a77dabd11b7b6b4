"""Channels in Teams: chosen in the draft, posted once, corrected and recalled in place, and never another's."""

from dataclasses import replace
from typing import Any

import pytest

from dialogs.announce.compose.channels import MAX
from dialogs.announce.deliver.late_recipients import posts_for_changed_person
from dialogs.announce.model import Announcement, AnnouncementState
from dialogs.core.decision import Decision
from dialogs.core.event import ChannelNews, TeamNews
from dialogs.teams_membership.model import Team
from tests.unit.announce.town import TEXTS, Town, person

CORRECTED = {**TEXTS, "body_nb": "Teams virker igjen.", "body_nn": "Teams verkar att."}


def team(id_: str, *channels: str, **more: Any) -> TeamNews:
    """News of a team with these channels."""
    told = tuple(ChannelNews(id=each, name=each.title(), data={"channel_id": each}) for each in channels)
    return TeamNews(**{"id": id_, "tenant_id": "t", "name": id_.title(), "channels": told, "whole": True, **more})


@pytest.fixture
def town() -> Town:
    """Lillevik has the team of its school, Storvik one of its quay."""
    town = Town()
    for who in ("anja", "berit", "drude"):
        town.change(who, registered=True)
    town.add_to(team("skoleteam", "rom", "gang"), by="anja")
    town.add_to(team("bryggeteam", "kai"), by="berit")
    return town


def standing(town: Town, announcement: Announcement) -> set[str]:
    """Return the channels the announcement stands in."""
    return {to.removeprefix("channel:") for to in town.readers(announcement) if to.startswith("channel:")}


def form(town: Town, who: str) -> str:
    before = set(town.slots(who))
    town.press(who, "announce.new")
    [slot] = set(town.slots(who)) - before
    return town.shown(who, slot)


def test_an_announcer_chooses_among_channels_of_their_own_municipality(town: Town) -> None:
    assert "Skoleteam › Rom" in form(town, "anja")
    assert "Bryggeteam" not in form(town, "anja")
    assert "Skoleteam" not in form(town, "berit")
    assert "Bryggeteam › Kai" in form(town, "drude")
    assert "Skoleteam › Gang" in form(town, "drude")


def test_without_any_team_the_form_does_not_speak_of_channels() -> None:
    assert Town().texts("anja")("announce.form.channels") not in form(Town(), "anja")


def test_the_preview_counts_channels_apart_and_says_who_sees_it_there(town: Town) -> None:
    draft = town.draft(units="nord", channels="rom,gang", confirm="true", severity="critical")
    shown, texts = town.shown("anja", draft.desk), town.texts("anja")
    assert texts.plural("announce.preview.count", 2) in shown
    names = "Skoleteam › Gang, Skoleteam › Rom"
    assert texts.plural("announce.preview.channels", 2, names=names) in shown
    for key in ("channels_seen", "channels_confirm", "channels_critical", "channels_as"):
        assert texts(f"announce.preview.{key}") in shown
    plain = town.shown("anja", town.draft(units="nord", channels="rom").desk)
    assert texts("announce.preview.channels_seen") in plain
    assert texts("announce.preview.channels_confirm") not in plain
    assert texts("announce.preview.channels_critical") not in plain


def test_it_stands_in_every_chosen_channel_and_in_no_other(town: Town) -> None:
    sent = town.send(units="nord", channels="rom")
    assert standing(town, sent) == {"rom"}
    assert town.readers(sent) == {"nils", "nora", "channel:rom"}
    assert town.now_is(sent).state is AnnouncementState.SENT


def test_a_channel_reads_every_language_and_nothing_can_be_pressed_there(town: Town) -> None:
    sent = town.send(units="nord", channels="rom", confirm="true", links="Les mer | https://kommunen.example")
    shown = town.shown("channel:rom", sent.slot)
    assert "Vi jobber med saken." in shown
    assert "Vi jobbar med saka." in shown
    assert town.texts("anja")("announce.board.ask") in shown
    assert "https://kommunen.example" in shown
    assert town.texts("anja")("announce.confirm_why") not in shown
    assert not [action for to, _, action in town.presses() if to == "channel:rom"]


def test_mute_and_quiet_hours_are_no_matter_of_a_channel(town: Town) -> None:
    town.ring_until(town.now.replace(hour=20))
    draft = town.draft(units="nord", channels="rom")
    town.act("announce.send", draft, off_hours="true")
    outcome = town.ring("announce.expand", id=draft.id)
    [post] = [one for one in outcome.posts if one.to == "channel:rom"]
    assert post.not_before is None
    assert post.address is not None
    assert post.address.data == {"channel_id": "rom"}
    assert post.group == draft.id


@pytest.mark.full
def test_it_is_posted_once_however_many_portions_there_are(town: Town) -> None:
    town.put(*(person(f"q{n:05d}", "nord") for n in range(1500)))
    draft = town.draft(units="nord", channels="rom")
    town.act("announce.send", draft)
    town.news.clear()
    town.wait()
    assert [to for to, slot in town.news if slot == draft.slot and to == "channel:rom"] == ["channel:rom"]


def test_a_correction_changes_it_in_place_and_a_recall_takes_it_away(town: Town) -> None:
    sent = town.send(units="nord", channels="rom,gang")
    town.act("announce.corrected", sent, **CORRECTED)
    town.wait()
    for channel in ("channel:rom", "channel:gang"):
        assert "Teams virker igjen." in town.shown(channel, sent.slot)
        assert "Vi jobber" not in town.shown(channel, sent.slot)
    town.act("announce.recalled", town.now_is(sent))
    town.wait()
    assert standing(town, sent) == set()


def test_nobody_is_reminded_in_a_channel(town: Town) -> None:
    sent = town.send(units="nord", channels="rom", confirm="true")
    town.act("announce.chase", sent)
    town.wait()
    assert town.slots("channel:rom") == [sent.slot]
    assert f"{sent.slot}/chase/1" in town.slots("nils")


def test_what_failed_in_a_channel_is_shown_and_resent_there_alone(town: Town) -> None:
    sent = town.send(units="nord", channels="rom,gang")
    town.statuses["channel:rom", sent.slot] = "dead"
    town.act("announce.refresh", sent)
    assert town.texts("anja")("announce.channel.dead") in town.shown("anja", sent.desk)
    assert "announce.resend" in town.buttons("anja", sent.desk)
    town.news.clear()
    assert not town.act("announce.resend", sent).notices
    town.ring("announce.expand", id=sent.id)
    assert [to for to, slot in town.news if slot == sent.slot] == ["channel:rom"]


def test_the_card_tells_how_each_channel_stands_and_counts_people_only(town: Town) -> None:
    sent = town.send(units="nord", channels="rom,gang")
    town.act("announce.refresh", sent)
    told = _facts(town, sent.desk)
    texts = town.texts("anja")
    assert told[texts("announce.number.sent")] == "2"
    assert told["Skoleteam › Rom"] == told["Skoleteam › Gang"] == texts("announce.channel.sent")


@pytest.mark.parametrize(
    ("who", "fields"),
    [
        ("anja", {"channels": "kai"}),
        ("anja", {"channels": "rom,kai"}),
        ("anja", {"channels": "finnes-ikke"}),
        ("drude", {"municipalities": "storvik", "channels": "rom"}),
        ("drude", {"municipalities": "", "units": "brygge", "channels": "rom"}),
    ],
)
def test_no_announcement_is_written_for_another_municipalitys_team(
    town: Town, who: str, fields: dict[str, str]
) -> None:
    outcome, draft = town.fill(who, **fields)
    assert outcome.notice == town.texts(who)("announce.fault.channel")
    assert not outcome.changed
    assert draft.channels == ()


def test_who_reaches_everybody_may_choose_channels_of_all_who_are_addressed(town: Town) -> None:
    assert standing(town, town.send("drude", municipalities="", channels="rom,kai")) == {"rom", "kai"}
    assert standing(town, town.send("drude", municipalities="storvik", channels="kai")) == {"kai"}


def test_too_many_channels_are_refused(town: Town) -> None:
    outcome, _ = town.fill(channels=",".join(f"c{n}" for n in range(MAX + 1)))
    assert town.texts("anja")("announce.fault.many_channels", most=MAX) in outcome.notice
    assert not outcome.changed


@pytest.mark.parametrize("change", ["another's", "nobody's", "archived", "gone"])
def test_a_team_that_changed_hands_after_the_preview_gets_nothing(town: Town, change: str) -> None:
    draft = town.draft(units="nord", channels="rom")
    _change(town, change)
    town.act("announce.send", draft)
    town.wait()
    assert standing(town, draft) == set()
    assert town.readers(draft) == {"nils", "nora"}
    town.act("announce.refresh", draft)
    assert town.texts("anja")("announce.channel.gone") in town.shown("anja", draft.desk)


@pytest.mark.parametrize("act", ["corrected", "resend"])
def test_the_question_before_an_act_on_channels_alone_names_them(town: Town, act: str) -> None:
    sent = town.send(channels="rom", channels_only="true")
    town.statuses["channel:rom", sent.slot] = "dead"
    held = {"announcement_id": sent.id, "edition": sent.edition}
    town.press("anja", f"announce.{act}", slot=sent.desk, **held, **CORRECTED)
    assert town.texts("anja")(f"announce.sure.{act}.channels") in town.shown("anja", town.slots("anja")[-1])


@pytest.mark.parametrize("change", ["another's", "nobody's", "archived", "gone"])
def test_a_correction_takes_it_out_of_a_team_that_changed_hands(town: Town, change: str) -> None:
    sent = town.send(units="nord", channels="rom,gang")
    _change(town, change)
    town.act("announce.corrected", sent, **CORRECTED)
    town.wait()
    assert "rom" not in standing(town, sent)
    assert "Teams virker igjen." not in town.shown("channel:rom", sent.slot)


@pytest.mark.parametrize("change", ["another's", "nobody's", "archived", "gone"])
def test_nothing_is_resent_into_a_team_that_changed_hands(town: Town, change: str) -> None:
    sent = town.send(units="nord", channels="rom")
    town.statuses["channel:rom", sent.slot] = "dead"
    _change(town, change)
    town.news.clear()
    town.act("announce.resend", sent)
    town.ring("announce.expand", id=sent.id)
    assert [to for to, slot in town.news if slot == sent.slot] == []


def _change(town: Town, change: str) -> None:
    held = town.get(Team, "skoleteam")
    match change:
        case "another's":
            town.put(replace(held, municipality_id="storvik"))
        case "nobody's":
            town.put(replace(held, municipality_id=None))
        case "archived":
            town.tell_of(team("skoleteam", archived=True, whole=False))
        case _:
            town.remove_from(team("skoleteam"))


def test_it_may_go_to_channels_alone(town: Town) -> None:
    draft = town.draft(channels="rom", channels_only="true")
    shown, texts = town.shown("anja", draft.desk), town.texts("anja")
    assert texts.plural("announce.preview.channels_alone", 1, names="Skoleteam › Rom") in shown
    assert texts.plural("announce.send_channels", 1) in shown
    assert texts("announce.fault.empty") not in shown
    assert texts("announce.preview.as", language=texts("announce.language.nb")) not in shown
    assert "Vi jobber med saken." in shown
    assert not town.act("announce.send", draft).notices
    town.wait()
    assert town.readers(draft) == {"channel:rom"}
    assert town.now_is(draft).state is AnnouncementState.SENT


def test_it_may_go_to_channels_alone_because_nobody_else_is_meant(town: Town) -> None:
    draft = town.draft(units="sor", roles="ambassador", channels="rom", joiners="true")
    texts = town.texts("anja")
    assert texts("announce.preview.nobody") in town.shown("anja", draft.desk)
    assert not town.act("announce.send", draft).notices
    town.wait()
    assert town.readers(draft) == {"channel:rom"}


def test_with_neither_people_nor_channels_there_is_nothing_to_send(town: Town) -> None:
    texts = town.texts("anja")
    draft = town.draft(units="sor", roles="ambassador")
    assert texts("announce.fault.empty") in town.shown("anja", draft.desk)
    assert town.act("announce.send", draft).notice == texts("announce.fault.empty")
    outcome, empty = town.fill(channels_only="true")
    assert outcome.notice == texts("announce.fault.no_channel")
    assert not empty.wordings


@pytest.mark.parametrize("asked", ["confirm", "joiners"])
def test_what_only_people_can_do_is_not_asked_of_channels_alone(town: Town, asked: str) -> None:
    outcome, _ = town.fill(channels="rom", channels_only="true", **{asked: "true"})
    assert outcome.notice == town.texts("anja")("announce.fault.channels_only")
    assert not outcome.changed


@pytest.mark.parametrize("change", ["another's", "nobody's", "archived", "gone"])
def test_nothing_is_sent_to_channels_alone_that_cannot_be_used_any_more(town: Town, change: str) -> None:
    draft = town.draft(channels="rom", channels_only="true")
    _change(town, change)
    assert town.act("announce.send", draft).notice == town.texts("anja")("announce.fault.channel")
    assert town.now_is(draft).state is AnnouncementState.DRAFT


def test_whoever_comes_later_gets_nothing_that_went_to_channels_alone(town: Town) -> None:
    sent = town.send(channels="rom", channels_only="true")
    town.put(replace(sent, joiners=True))
    new = person("ny", "nord")
    decision: Decision = town.answer_to(
        "ny", lambda work: posts_for_changed_person(None, new, work.event, work.content)
    )
    assert not decision.effects
    town.put(replace(sent, joiners=True, audience=replace(sent.audience, channels_only=False)))
    decision = town.answer_to("ny", lambda work: posts_for_changed_person(None, new, work.event, work.content))
    assert decision.effects


def test_channels_alone_have_a_card_a_report_a_correction_and_a_recall(town: Town) -> None:
    sent = town.send(channels="rom,gang", channels_only="true")
    texts = town.texts("anja")
    for slot in (sent.desk, _report(town, sent)):
        told = _facts(town, slot)
        assert told["Skoleteam › Rom"] == told["Skoleteam › Gang"] == texts("announce.channel.sent")
        assert texts("announce.number.sent") not in told
    assert _facts(town, sent.desk)[texts("announce.preview.to")] == texts("announce.audience.channels_only")
    town.statuses["channel:rom", sent.slot] = "dead"
    town.act("announce.refresh", sent)
    assert "announce.resend" in town.buttons("anja", sent.desk)
    assert not town.act("announce.resend", sent).notices
    town.wait()
    town.act("announce.corrected", town.now_is(sent), **CORRECTED)
    town.wait()
    assert town.now_is(sent).state is AnnouncementState.SENT
    assert "Teams virker igjen." in town.shown("channel:rom", sent.slot)
    town.act("announce.recalled", town.now_is(sent))
    town.wait()
    assert standing(town, sent) == set()


def test_its_test_is_what_the_channel_will_show(town: Town) -> None:
    draft = town.draft(channels="rom", channels_only="true", confirm="")
    town.act("announce.test", draft)
    shown = town.shown("anja", f"announce/test/{draft.id}")
    assert town.texts("anja")("announce.board.ask") in shown
    assert "Vi jobbar med saka." in shown


def test_it_is_found_by_those_who_look_the_status_up(town: Town) -> None:
    town.send(channels="rom", channels_only="true")
    outcome = town.press("nils", "status.show")
    assert "Teams er nede" in str(outcome.decision)


def test_channels_alone_need_a_second_person_too_who_sees_what_stands_there() -> None:
    town = Town(approval=True)
    town.change("anja", registered=True)
    town.add_to(team("skoleteam", "rom"), by="anja")
    draft = town.draft(channels="rom", channels_only="true")
    texts = town.texts("gro")
    assert texts.plural("announce.submit_channels", 1) in town.shown("anja", draft.desk)
    town.act("announce.send", draft)
    assert "Skoleteam › Rom" in town.shown("anja", draft.desk)
    asked = town.shown("gro", f"announce/approve/{draft.id}/1")
    assert "Vi jobbar med saka." in asked
    assert texts("announce.preview.channels_as") in asked
    assert texts("announce.number.people") not in asked
    town.act("announce.approve", town.now_is(draft), "gro")
    town.wait()
    assert town.readers(draft) == {"channel:rom"}


def _report(town: Town, sent: Announcement) -> str:
    before = set(town.slots("anja"))
    town.act("announce.report", sent)
    [slot] = set(town.slots("anja")) - before
    return slot


def _facts(town: Town, slot: str) -> dict[str, str]:
    card = town.posts["anja", slot].card
    assert card is not None
    return {
        fact["title"]: fact["value"] for each in card["body"] if each["type"] == "FactSet" for fact in each["facts"]
    }


def test_a_copy_is_for_the_same_channels(town: Town) -> None:
    sent = town.send(units="nord", channels="rom")
    town.act("announce.duplicate", sent)
    [copy] = [one for one in town.all(Announcement) if one.state is AnnouncementState.DRAFT]
    assert copy.channels == sent.channels
    assert "rom" in town.shown("anja", copy.desk)


def test_a_second_person_is_shown_the_channels_too() -> None:
    town = Town(approval=True)
    town.change("anja", registered=True)
    town.add_to(team("skoleteam", "rom"), by="anja")
    draft = town.draft(units="nord", channels="rom")
    town.act("announce.send", draft)
    assert "Skoleteam › Rom" in town.shown("gro", f"announce/approve/{draft.id}/1")
