from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from dialogs.announce.model import Announcement, AnnouncementState, Severity
from dialogs.core.decision import Urgency
from dialogs.core.event import Scope
from dialogs.core.person import Role
from knowledge.article.article import Language
from tests.unit.announce.town import TEXTS, Town, person


@pytest.fixture
def town() -> Town:
    return Town()


def test_exactly_the_audience_gets_it_each_in_own_language(town: Town) -> None:
    sent = town.send(units="helse")
    assert town.readers(sent) == {"nils", "nora", "sven"}
    assert "Vi jobber med saken." in town.shown("nils", sent.slot)
    assert "Vi jobbar med saka." in town.shown("nora", sent.slot)
    assert "Vi jobber med saken." in town.shown("sven", sent.slot)
    assert sent.state is AnnouncementState.SENT


@pytest.mark.parametrize(
    ("fields", "readers"),
    [
        ({}, {"anja", "arne", "gro", "nils", "nora", "sven", "siri"}),
        ({"units": "nord"}, {"nils", "nora"}),
        ({"units": "nord,skole"}, {"nils", "nora", "anja", "arne", "gro", "siri"}),
        ({"roles": "ambassador"}, {"nora", "siri"}),
        ({"roles": "ambassador", "units": "helse"}, {"nora"}),
        ({"sectors": "health"}, {"nils", "nora", "sven"}),
        ({"sites": "huset"}, {"nils", "nora"}),
        ({"languages": "nn,en"}, {"nora", "sven"}),
        ({"list": "nils\nsiri@lillevik.example"}, {"nils", "siri"}),
        ({"list": "nils\nsiri", "units": "skole"}, {"siri"}),
    ],
)
def test_the_number_shown_before_is_the_number_who_get_it(
    town: Town, fields: dict[str, str], readers: set[str]
) -> None:
    draft = town.draft(**fields)
    assert draft.counts is not None
    assert draft.counts.people == len(readers)
    assert town.texts("anja").plural("announce.preview.count", len(readers)) in town.shown("anja", draft.desk)
    town.act("announce.send", draft)
    town.wait()
    assert town.readers(draft) == readers


def test_the_providers_administrator_reaches_everybody(town: Town) -> None:
    sent = town.send("drude", municipalities="")
    assert len(town.readers(sent)) == 10
    assert town.readers(town.send("drude", municipalities="storvik")) == {"bo", "berit"}


def test_a_guest_may_look_at_it_and_is_sent_nothing(town: Town) -> None:
    town.put(person("guest-1", "nord"))
    town.press("guest-1", "status.follow", topic="teams")
    draft = town.draft(units="nord")
    assert draft.counts is not None
    assert draft.counts.people == 2
    assert town.readers(town.send(units="nord")) == {"nils", "nora"}


def test_the_sample_names_nobody_of_another_municipality(town: Town) -> None:
    draft = town.draft("drude", municipalities="")
    shown = town.shown("drude", draft.desk)
    assert [who for who in ("anja", "nils", "bo", "berit") if f"Ansatt {who}" in shown] == []
    assert "Ansatt nils" in town.shown("anja", town.draft(units="nord").desk)


def test_the_preview_shows_every_language_and_what_is_pressed_there_does_nothing_yet(town: Town) -> None:
    draft = town.draft()
    shown = town.shown("anja", draft.desk)
    assert "Vi jobber med saken." in shown
    assert "Vi jobbar med saka." in shown
    assert "announce.ask" not in town.buttons("anja", draft.desk)


def test_a_test_goes_to_its_author_alone(town: Town) -> None:
    draft = town.draft()
    town.act("announce.test", draft)
    assert "Vi jobber med saken." in town.shown("anja", f"announce/test/{draft.id}")
    assert town.readers(draft) == set()


@pytest.mark.full
def test_many_people_are_counted_and_reached_portion_by_portion(town: Town) -> None:
    town.put(*(person(f"q{n:05d}", "nord") for n in range(6001)))
    outcome, draft = town.fill(units="nord")
    assert not outcome.notices
    assert draft.counts is None
    assert "announce.send" not in town.buttons("anja", draft.desk)
    assert town.act("announce.send", draft).notice == town.texts("anja")("announce.refuse.counting")
    town.wait()
    draft = town.now_is(draft)
    assert draft.counts is not None
    assert draft.counts.people == 6003
    town.act("announce.send", draft)
    town.wait()
    assert len(town.readers(draft)) == 6003


def test_a_portion_done_twice_changes_nothing(town: Town) -> None:
    draft = town.draft(units="helse")
    town.act("announce.send", draft)
    before = town.now_is(draft)
    town.ring("announce.expand", id=draft.id)
    readers = town.readers(draft)
    town.put(before)
    town.ring("announce.expand", id=draft.id)
    assert town.readers(draft) == readers == {"nils", "nora", "sven"}


def test_the_progress_card_follows_in_place_until_all_have_it(town: Town) -> None:
    draft = town.draft(units="helse")
    town.act("announce.send", draft)
    assert town.texts("anja")("announce.state.sending") in town.shown("anja", draft.desk)
    town.statuses["nils", draft.slot] = "waiting"
    town.wait(20)
    assert town.now_is(draft).state is AnnouncementState.SENDING
    town.statuses["nils", draft.slot] = "unreachable"
    town.wait(20)
    assert town.now_is(draft).state is AnnouncementState.SENT
    assert town.texts("anja")("announce.number.unreachable") in town.shown("anja", draft.desk)
    assert not town.timers


def test_critical_ones_pass_mute_and_others_do_not(town: Town) -> None:
    town.change("nils", muted=True)
    quiet = town.draft(units="nord")
    assert quiet.counts is not None
    assert (quiet.counts.people, quiet.counts.muted) == (1, 1)
    loud = town.draft(units="nord", severity="critical")
    assert loud.counts is not None
    assert (loud.counts.people, loud.counts.muted) == (2, 0)


def test_quiet_hours_hold_all_but_critical_ones(town: Town) -> None:
    town.change("nils", quiet=True)
    evening = town.now.replace(hour=20)
    town.ring_until(evening)
    assert _due(town, town.draft(units="nord"))["nils"] == evening.replace(day=25, hour=7)
    assert _due(town, town.draft(units="nord"))["nora"] is None
    assert _due(town, town.draft(units="nord", severity="critical"))["nils"] is None


def _due(town: Town, draft: Announcement) -> dict[str, object]:
    town.act("announce.send", draft, off_hours="true")
    outcome = town.ring("announce.expand", id=draft.id)
    return {post.to: post.not_before for post in outcome.posts}


def test_who_does_not_look_at_the_severity_disturbs_nobody(town: Town) -> None:
    draft = town.draft(units="nord")
    assert draft.severity is Severity.INFO
    assert town.draft(units="nord", severity="alarm").severity is Severity.INFO
    town.act("announce.edit", draft)
    shown = town.shown("anja", draft.desk)
    for key in ("form.severity_how", *(f"severity.{severity}" for severity in Severity)):
        assert town.texts("anja")(f"announce.{key}") in shown


def test_severity_decides_how_the_message_asks_for_attention(town: Town) -> None:
    for severity, urgency in {"info": Urgency.QUIET, "important": Urgency.NORMAL, "critical": Urgency.CRITICAL}.items():
        draft = town.draft(units="nord", severity=severity)
        town.act("announce.send", draft)
        outcome = town.ring("announce.expand", id=draft.id)
        assert {post.urgency for post in outcome.posts} == {urgency}


def test_followers_of_a_topic_within_the_audience_get_it(town: Town) -> None:
    town.press("nils", "status.follow.teams")
    town.press("bo", "status.follow.teams")
    town.press("siri", "status.follow.outlook")
    sent = town.send(topic="teams")
    assert town.readers(sent) == {"nils"}


def test_a_list_of_unknown_people_is_asked_about_and_nothing_is_saved(town: Town) -> None:
    outcome, draft = town.fill(list="nils\nbo@storvik.example\nfinnes@ikke.example")
    assert "bo@storvik.example, finnes@ikke.example" in outcome.notice
    assert not outcome.changed
    assert draft.edition == 0


def test_addresses_ids_and_other_columns_of_a_list_are_understood(town: Town) -> None:
    sent = town.send(
        list='Nils@Lillevik.example;Nils;Nord\n"sven@lillevik.example",Sven\nsiri\tSiri\nsiri@lillevik.example'
    )
    assert town.readers(sent) == {"nils", "sven", "siri"}


@pytest.mark.parametrize(
    ("fields", "key"),
    [
        ({"title_nb": "", "body_nb": ""}, "announce.fault.no_bokmal"),
        ({"municipalities": ""}, "announce.fault.everyone"),
        ({"municipalities": "storvik"}, "announce.fault.not_yours"),
        ({"municipalities": "atlantis"}, "announce.fault.unknown_place"),
        ({"units": "brygge"}, "announce.fault.not_yours"),
        ({"units": "atlantis"}, "announce.fault.unknown_place"),
        ({"roles": "king"}, "announce.fault.unknown_place"),
        ({"expires": "2026-11-23"}, "announce.fault.ended"),
        ({"expires": "snart"}, "announce.fault.date"),
    ],
)
def test_a_refused_form_says_why_and_changes_nothing(town: Town, fields: dict[str, str], key: str) -> None:
    outcome, draft = town.fill(**fields)
    assert town.texts("anja")(key) in outcome.notice
    assert not outcome.changed
    assert draft.edition == 0


@pytest.mark.parametrize(
    ("body", "key"),
    [
        ("Hei <script>alert(1)</script>", "announce.fault.html"),
        ("<b>Hei</b>", "announce.fault.html"),
        ("<!-- hei -->", "announce.fault.html"),
        ("[trykk](javascript:alert(1))", "announce.fault.unsafe_link"),
        ("[trykk](JaVaScRiPt:alert(1))", "announce.fault.unsafe_link"),
        ("[trykk](&#106;avascript:alert(1))", "announce.fault.unsafe_link"),
        ("[trykk](javascript&colon;alert(1))", "announce.fault.unsafe_link"),
        ("[trykk][her]\n\n[her]: javascript:alert(1)", "announce.fault.unsafe_link"),
        ("[trykk](http://kommunen.example)", "announce.fault.unsafe_link"),
        ("[trykk](https://kommunen.example@annet.example)", "announce.fault.unsafe_link"),
        ("![bilde](https://kommunen.example/b.png)", "announce.fault.picture"),
        ("Gjelder 13097248022", "announce.fault.secret"),
    ],
)
def test_markup_that_could_harm_and_identity_numbers_are_refused(town: Town, body: str, key: str) -> None:
    outcome, _ = town.fill(body_nb=body)
    assert town.texts("anja")(key, language="bokmål") in outcome.notice
    assert not outcome.changed


def test_a_text_of_100_kilobytes_is_refused_with_how_much_too_long_it_is(town: Town) -> None:
    outcome, _ = town.fill(body_nb="x" * 100_000)
    assert town.texts("anja").number(96_000) in outcome.notice
    assert not outcome.changed


def test_harmless_markdown_is_sent_as_written(town: Town) -> None:
    body = "**Viktig:** 3 < 5, se [siden](https://kommunen.example/a?b=1&c=2).\n\n- ett\n- to"
    sent = town.send(body_nb=body, units="nord")
    assert body in town.shown("nils", sent.slot)


def test_up_to_three_links_become_buttons(town: Town) -> None:
    sent = town.send(links="Les mer | https://kommunen.example\nDrift | https://drift.example", units="nord")
    assert "https://drift.example" in town.shown("nils", sent.slot)
    misleading = ("Les|https://kommunen.example@annet.example", "Les|https://annet.example\\@kommunen.example")
    for links in (
        "a|https://a.example\n" * 4,
        "Les mer | http://kommunen.example",
        "https://kommunen.example",
        *misleading,
    ):
        outcome, _ = town.fill(links=links)
        assert outcome.notices
        assert not outcome.changed


def test_nobody_to_send_to_is_said_and_cannot_be_sent(town: Town) -> None:
    draft = town.draft(units="skole", languages="en")
    assert town.texts("anja")("announce.fault.empty") in town.shown("anja", draft.desk)
    assert "announce.send" not in town.buttons("anja", draft.desk)
    outcome = town.act("announce.send", draft)
    assert outcome.notice == town.texts("anja")("announce.fault.empty")
    assert not outcome.changed


@pytest.mark.parametrize("verb", ["announce.preview", "announce.send", "announce.correct", "announce.recall"])
@pytest.mark.parametrize("who", ["nils", "berit", "siri", ""])
def test_nobody_without_the_right_touches_it(town: Town, verb: str, who: str) -> None:
    draft = town.draft()
    outcome = town.act(verb, draft, who, **TEXTS)
    assert outcome.notices
    assert not outcome.changed
    assert town.now_is(draft) == draft


@pytest.mark.parametrize(("who", "reason"), [("nils", "not_announcer"), ("berit", "unknown"), ("anja", "unknown")])
def test_a_press_on_an_announcement_that_is_not_ones_own_is_in_the_audit_log(town: Town, who: str, reason: str) -> None:
    verb = "announce.approve" if who == "anja" else "announce.send"
    draft = town.draft()
    before = len(town.audits)
    town.act(verb, draft, who)
    [attempt] = town.audits[before:]
    assert (attempt.act, attempt.subject, attempt.by) == ("announce.refused", draft.id, who)
    assert dict(attempt.details) == {"verb": verb, "reason": reason}


def test_asking_to_announce_without_the_role_is_no_attempt(town: Town) -> None:
    town.press("nils", "announce.new")
    assert not town.audits


def test_what_a_forged_card_names_is_masked_in_the_audit_log(town: Town) -> None:
    town.press("anja", "announce.open", slot="announce/list", announcement_id="13097248022")
    assert "13097248022" not in town.audits[-1].subject


def test_somebody_elses_announcement_looks_like_none(town: Town) -> None:
    draft = town.draft()
    there = town.act("announce.open", draft, "berit").notice
    nowhere = town.press("berit", "announce.open", slot="announce/list", announcement_id="announcement-9").notice
    assert there == nowhere


def test_an_employee_is_told_who_can_announce(town: Town) -> None:
    outcome = town.press("nils", "announce.new")
    assert outcome.notice == town.texts("nils")("announce.refuse.not_announcer")
    assert town.slots("nils", "announce/refused")
    assert not town.all(Announcement)


def test_announcements_are_not_written_in_front_of_others(town: Town) -> None:
    outcome = town.press("anja", "announce.new", scope=Scope.TEAM)
    assert outcome.notice == town.texts("anja")("announce.refuse.in_private")
    assert not outcome.changed


def test_of_two_editors_at_once_the_later_is_told_to_save_what_they_wrote(town: Town) -> None:
    draft = town.draft()
    held: dict[str, Any] = {"announcement_id": draft.id, "edition": draft.edition}
    first, second = town.race(
        town.pressing("anja", "announce.preview", slot="s", **{**TEXTS, **held, "title_nb": "Fra Anja"}),
        town.pressing("arne", "announce.preview", slot="s", **{**TEXTS, **held, "title_nb": "Fra Arne"}),
    )
    assert not first.notices
    told = map(town.texts("arne"), ("announce.refuse.edited_meanwhile", "announce.refuse.unsaved"))
    assert second.notice == "\n\n".join(told)
    assert town.now_is(draft).wordings[Language.NB].title == "Fra Anja"


def test_sending_twice_at_once_sends_once(town: Town) -> None:
    draft = town.draft()
    held: dict[str, Any] = {"announcement_id": draft.id, "edition": draft.edition}
    first, second = town.race(*(town.pressing("anja", "announce.send", slot="s", **held) for _ in range(2)))
    assert not first.notices
    assert second.notice == town.texts("anja")("announce.refuse.sending")


def test_a_card_of_an_earlier_edition_sends_nothing(town: Town) -> None:
    draft = town.draft(title_nb="Første")
    second = town.act("announce.preview", draft, **{**TEXTS, "title_nb": "Andre"})
    assert not second.notices
    outcome = town.act("announce.send", draft)
    assert outcome.notice == town.texts("anja")("announce.refuse.edited_meanwhile")
    assert town.now_is(draft).state is AnnouncementState.DRAFT


def test_the_form_keeps_what_was_written_when_one_goes_back(town: Town) -> None:
    draft = town.draft(units="nord", title_en="Teams is down", body_en="We are on it.")
    town.act("announce.edit", draft)
    shown = town.shown("anja", draft.desk)
    assert "Teams is down" in shown
    assert "nord" in shown


def test_a_discarded_draft_is_gone(town: Town) -> None:
    draft = town.draft()
    town.act("announce.discard", draft)
    assert not town.all(Announcement)
    assert town.act("announce.send", draft).notice == town.texts("anja")("announce.refuse.unknown")


def test_a_copy_and_a_template_start_new_drafts(town: Town) -> None:
    sent = town.send(units="nord")
    town.act("announce.duplicate", sent)
    draft = town.draft(title_nb="Mal")
    town.act("announce.template", draft)
    template = town.now_is(draft)
    assert template.state is AnnouncementState.TEMPLATE
    assert town.act("announce.send", template).notice == town.texts("anja")("announce.refuse.template")
    town.act("announce.duplicate", template)
    copies = [one for one in town.all(Announcement) if one.state is AnnouncementState.DRAFT]
    assert sorted(one.wordings[Language.NB].title for one in copies) == ["Mal", "Teams er nede"]
    assert {one.version for one in copies} == {0}


def test_the_list_shows_own_municipalitys_announcements(town: Town) -> None:
    town.send()
    town.press("arne", "announce.mine")
    town.press("berit", "announce.mine")
    assert "Teams er nede" in town.shown("arne", town.slots("arne", "announce/list")[0])
    assert "Teams er nede" not in town.shown("berit", town.slots("berit", "announce/list")[0])


def test_the_providers_administrator_sees_everybodys_with_whose_they_are(town: Town) -> None:
    town.send(title_nb="Fra Lillevik")
    town.send("drude", municipalities="samdrift", title_nb="Fra Samdrift")
    town.press("drude", "announce.mine")
    shown = town.shown("drude", town.slots("drude", "announce/list")[0])
    assert "Fra Lillevik Lillevik kommune · " in shown
    assert "Fra Samdrift" in shown
    assert "Samdrift ·" not in shown, "whose one's own are goes without saying"


def test_the_list_has_nothing_that_cannot_be_opened(town: Town) -> None:
    town.put(person("dina", "drift", Role.ANNOUNCER, of="samdrift"))
    town.send("drude", municipalities="", title_nb="Til alle")
    town.send("dina", title_nb="Til Samdrift")
    town.press("dina", "announce.mine")
    shown = town.shown("dina", town.slots("dina", "announce/list")[0])
    assert "Til Samdrift" in shown
    assert "Til alle" not in shown


def test_expired_ones_are_not_tried_any_longer(town: Town) -> None:
    draft = town.draft(expires="2026-11-24", units="nord")
    town.act("announce.send", draft)
    outcome = town.ring("announce.expand", id=draft.id)
    ends = {post.expires_at for post in outcome.posts}
    assert ends == {town.now.replace(hour=23)}


def test_every_act_is_in_the_audit_log_with_ids_only(town: Town) -> None:
    sent = town.send(units="nord")
    town.act("announce.recalled", sent)
    assert [(audit.act, audit.subject, audit.by) for audit in town.audits] == [
        ("announce.send", sent.id, "anja"),
        ("announce.recalled", sent.id, "anja"),
    ]


def test_a_record_survives_the_store_with_everything_in_it(town: Town) -> None:
    sent = town.send(units="nord", confirm="true", links="a | https://a.example", sectors="health", joiners="true")
    town.put(replace(sent, approved_by="gro", scheduled_at=town.now))


def test_a_unit_of_another_municipality_does_not_bring_somebody_into_its_audience(town: Town) -> None:
    town.put(person("feil", "nord", of="storvik"))
    assert "feil" not in town.readers(town.send("drude", municipalities="", units="nord"))


def test_an_announcement_is_sent_when_its_last_refresh_was_due_also_when_that_came_late(town: Town) -> None:
    draft = town.draft(units="helse")
    town.act("announce.send", draft)
    key = f"{draft.slot}/progress"
    due = town.timers[key][0]
    town.now += timedelta(days=90)
    town.ring_until(town.now + timedelta(minutes=1))
    sent = town.now_is(draft)
    assert sent.state is AnnouncementState.SENT
    assert sent.changed_at < due + timedelta(days=90)
