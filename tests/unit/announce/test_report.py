"""The announcer sees how it went without asking those who run the program."""

from collections import Counter
from datetime import timedelta

import pytest

from dialogs.announce.model import Announcement
from dialogs.announce.report import report
from dialogs.announce.report.report import DeliverySummary, curve
from dialogs.core.decision import Audit
from dialogs.core.event import ChannelNews, TeamNews
from tests.unit.announce.town import TEXTS, Town, person
from tests.unit.driver import TUESDAY


@pytest.fixture
def town() -> Town:
    return Town()


def told(town: Town, sent: Announcement, who: str = "anja") -> str:
    before = set(town.slots(who))
    outcome = town.act("announce.report", sent, who)
    assert not outcome.notices, outcome.notices
    [slot] = set(town.slots(who)) - before
    return town.shown(who, slot)


def test_the_progress_card_offers_it_while_all_its_places_for_buttons_are_taken(town: Town) -> None:
    sent = town.send(units="helse", confirm="true")
    town.statuses["nils", sent.slot] = "dead"
    town.act("announce.refresh", sent)
    buttons = town.buttons("anja", sent.desk)
    assert "announce.report" in buttons
    assert len(buttons) == 7


def test_it_names_whom_it_did_not_reach_and_who_has_not_confirmed(town: Town) -> None:
    sent = town.send(units="helse", confirm="true")
    town.statuses["nils", sent.slot] = "unreachable"
    town.press("nora", "announce.confirm", slot=sent.slot, announcement_id=sent.id)
    shown, texts = told(town, sent), town.texts("anja")
    failed, waiting = texts.plural("announce.report.failed", 1), texts.plural("announce.report.unconfirmed", 1)
    assert shown.index(failed) < shown.index("Ansatt nils") < shown.index(waiting) < shown.index("Ansatt sven")
    assert "Ansatt nora" not in shown


def test_confirmations_are_told_of_nobody_where_none_was_demanded(town: Town) -> None:
    sent = town.send(units="helse")
    assert "Ansatt" not in told(town, sent)


def test_it_shows_the_delivery_over_time(town: Town) -> None:
    sent = town.send(units="helse")
    shown = told(town, sent)
    assert town.texts("anja")("announce.report.over_time") in shown
    assert "█ 3" in shown


def test_people_of_other_municipalities_are_counted_and_not_named(town: Town) -> None:
    sent = town.send("drude", municipalities="")
    for who in ("bo", "drude"):
        town.statuses[who, sent.slot] = "dead"
    shown = told(town, sent, "drude")
    assert town.texts("drude").plural("announce.report.failed", 2) in shown
    assert "Ansatt drude" in shown
    assert "Ansatt bo" not in shown


@pytest.mark.full
def test_many_are_named_in_part_and_very_many_looked_at_in_part(town: Town, monkeypatch: pytest.MonkeyPatch) -> None:
    town.put(*(person(f"q{n:05d}", "nord") for n in range(1500)))
    sent = town.send(units="nord")
    for n in range(100):
        town.statuses[f"q{n:05d}", sent.slot] = "dead"
    shown, texts = told(town, sent), town.texts("anja")
    assert texts.plural("announce.report.failed", 100) in shown
    assert texts.plural("announce.report.more", 60) in shown
    assert "heia announce report" not in shown
    monkeypatch.setattr(report, "MAX_PAGES", 2)
    assert texts("announce.report.part", id=sent.id) in told(town, sent)


def test_it_names_whom_it_may_have_reached_twice(town: Town) -> None:
    sent = town.send(units="helse")
    town.twice.add(("sven", sent.slot))
    shown = told(town, sent)
    assert shown.index(town.texts("anja").plural("announce.report.twice", 1)) < shown.index("Ansatt sven")
    assert "Ansatt nils" not in shown


def test_channels_are_not_people(town: Town) -> None:
    town.change("anja", registered=True)
    channel = ChannelNews(id="rom", name="Rom", data={"channel_id": "rom"})
    town.add_to(TeamNews(id="lag", tenant_id="t", channels=(channel,)), by="anja")
    sent = town.send(units="nord", channels="rom")
    town.statuses["channel:rom", sent.slot] = "dead"
    assert town.texts("anja").plural("announce.report.failed", 1) not in told(town, sent)


def test_a_draft_has_none_and_others_get_none(town: Town) -> None:
    draft = town.draft()
    assert town.act("announce.report", draft).notice == town.texts("anja")("announce.refuse.draft")
    sent = town.send()
    assert town.act("announce.report", sent, "berit").notice == town.texts("berit")("announce.refuse.unknown")
    assert town.act("announce.report", sent, "nils").notice == town.texts("nils")("announce.refuse.not_announcer")


def test_the_audit_log_remembers_who_looked(town: Town) -> None:
    sent = town.send(units="nord")
    told(town, sent, "arne")
    assert town.audits[-1] == Audit(act="announce.reported", subject=sent.id, by="arne")


def test_a_recalled_one_still_has_its_report(town: Town) -> None:
    sent = town.send(units="nord")
    town.act("announce.corrected", sent, **{**TEXTS, "body_nb": "Rettet."})
    town.act("announce.recalled", town.now_is(sent))
    town.wait()
    assert told(town, sent)


def test_whom_a_recall_did_not_reach_may_still_have_it(town: Town) -> None:
    sent = town.send(units="nord")
    town.act("announce.recalled", sent)
    town.wait()
    town.statuses["nora", sent.slot] = "dead"
    shown, texts = told(town, sent), town.texts("anja")
    assert texts.plural("announce.report.not_removed", 1) in shown
    assert texts.plural("announce.report.failed", 1) not in shown


def test_a_long_sending_is_shown_in_few_bars_that_lose_nothing() -> None:
    summary = DeliverySummary()
    for n in range(500):
        at = TUESDAY + timedelta(minutes=n)
        summary.include(f"p{n}", status="sent", delivered_at=at, possibly_twice=False)
    bars = summary.bars(12)
    assert len(bars) == 12
    assert sum(number for _, number in bars) == 500
    assert DeliverySummary().bars(12) == []


def test_what_was_not_sent_counts_by_its_reason_and_only_the_final_is_failed() -> None:
    summary = DeliverySummary()
    for recipient, status, reason in (("a", "waiting", "throttled"), ("b", "dead", "missing"), ("c", "expired", "")):
        summary.include(recipient, status=status, delivered_at=TUESDAY, possibly_twice=recipient == "b", reason=reason)
    assert summary == DeliverySummary(reasons=Counter({"throttled": 1, "missing": 1}), failed=["b", "c"], twice=["b"])


def test_the_plot_begins_with_the_first_who_got_it_though_it_was_resent_later(town: Town) -> None:
    times = [town.now, town.now + timedelta(seconds=90)]
    drawn = curve(town.texts("anja"), times, started_at=town.now + timedelta(seconds=60), title="Nede")
    assert ">90 s<" in drawn
    [points] = [part for part in drawn.split('"') if part.count(",") > 1 and "." in part]
    assert all(float(pair.split(",")[0]) >= 60 for pair in points.split())


def test_its_files_go_with_it(town: Town) -> None:
    sent = town.send(units="nord")
    before = set(town.slots("anja"))
    town.act("announce.report", sent)
    [slot] = set(town.slots("anja")) - before
    assert town.posts["anja", slot].report_id == sent.id
