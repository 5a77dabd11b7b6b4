"""The form to pass on or assign: what its reader learns before and after the press."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs.core.person import Role
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status
from knowledge.organisation.unit import ServiceDesk
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import accepted, alter, asked, handoff, person, stage


def overseen() -> Stage:
    scene = stage()
    scene.put(person("adm", "lillevik", Role.ADMIN, name="Admin Adm"))
    return scene


def form(scene: Stage, who: str, id_: str) -> str:
    scene.press(who, "handoff.pass_card", handoff_id=id_)
    return f"handoff/{id_}/pass"


def step_of(scene: Stage, who: str, slot: str) -> str:
    steps = {
        action["data"]["step"]
        for to, at, action in scene.presses()
        if (to, at) == (who, slot) and action["data"].get("step")
    }
    assert len(steps) == 1
    return str(steps.pop())


def test_the_form_gives_way_to_what_was_done_because_a_notice_would_leave_with_it() -> None:
    scene = overseen()
    id_ = asked(scene)
    for who, to in (("adm", "bo"), ("kim", "cato")):
        slot = form(scene, who, id_)
        outcome = scene.press(who, "handoff.pass", slot=slot, handoff_id=id_, colleague_id=to, note="Hun kjenner saken")
        assert outcome.notice == ""
        assert f"Gitt videre til Ambassadør {to.title()}." in scene.shown(who, slot)
        assert scene.buttons(who, slot) == []


def test_the_nearest_colleagues_stand_below_each_other_one_press_away() -> None:
    scene = overseen()
    message = scene.posts["ana", form(scene, "ana", asked(scene))]
    assert message.card is not None
    [choice] = [element for element in message.card["body"] if element.get("id") == "colleague_id"]
    assert choice["style"] == "expanded"


def test_the_form_beside_an_offer_goes_and_the_offer_says_to_whom() -> None:
    scene = overseen()
    id_ = asked(scene)
    slot = form(scene, "ana", id_)
    assert scene.press("ana", "handoff.pass", slot=slot, handoff_id=id_, colleague_id="bo", note="Til deg").notice == ""
    assert scene.slots("ana", slot) == []
    assert "Gitt videre til Ambassadør Bo." in scene.shown("ana", f"handoff/{id_}/offer")


def test_the_form_gives_way_to_what_was_kept() -> None:
    scene = overseen()
    id_ = asked(scene)
    for who, kept in (("ana", "Greit, du beholder spørsmålet."), ("adm", "Lukket. Ingenting er endret.")):
        slot = form(scene, who, id_)
        assert scene.press(who, "handoff.pass_cancel", slot=slot, handoff_id=id_).notice == ""
        assert scene.shown(who, slot).startswith(kept)
        assert scene.buttons(who, slot) == []


def test_a_form_that_is_out_of_date_says_why_where_it_stands() -> None:
    scene = overseen()
    id_ = asked(scene)
    slot = form(scene, "ana", id_)
    scene.press("kari", "handoff.withdraw", handoff_id=id_)
    scene.press("ana", "handoff.pass", slot=slot, handoff_id=id_, colleague_id="bo", note="Hun kjenner saken")
    assert "trukket tilbake" in scene.shown("ana", slot)
    assert scene.buttons("ana", slot) == []
    assert scene.audits[-1].act == "handoff.refused"


def test_the_second_of_two_overseers_learns_of_the_first_instead_of_undoing_it() -> None:
    scene = overseen()
    id_ = asked(scene)
    seen = {who: step_of(scene, who, form(scene, who, id_)) for who in ("adm", "kim")}
    both = [
        scene.pressing(who, "handoff.pass", handoff_id=id_, colleague_id=to, note="Til deg", step=seen[who])
        for who, to in (("adm", "bo"), ("kim", "cato"))
    ]
    scene.race(*both)
    assert handoff(scene, id_).assignment.offered_to == "bo"
    shown = scene.shown("kim", f"handoff/{id_}/pass")
    assert "siden du åpnet skjemaet" in shown
    assert "Spør Ambassadør Bo" in shown
    assert "Til deg" in shown, "the note is kept"
    again = step_of(scene, "kim", f"handoff/{id_}/pass")
    scene.press("kim", "handoff.pass", handoff_id=id_, colleague_id="cato", step=again)
    assert handoff(scene, id_).assignment.offered_to == "cato"


def test_an_overseer_sees_which_question_the_form_is_about_but_not_its_words() -> None:
    scene = overseen()
    id_ = asked(scene, question="Hemmelige ord")
    shown = scene.shown("adm", form(scene, "adm", id_))
    assert "Hjemmetjenesten Nord" in shown
    assert "Spør Ambassadør Ana. Stilt tirsdag" in shown
    assert "Hemmelige" not in shown
    assert "Stilt" not in scene.shown("ana", form(scene, "ana", id_)), "the helper has the words"


def test_whoever_lost_it_to_an_assignment_is_told_so_and_not_who_is_asked_now() -> None:
    scene = overseen()
    id_ = asked(scene)
    scene.press("adm", "handoff.pass", handoff_id=id_, colleague_id="bo")
    shown = scene.shown("ana", f"handoff/{id_}/offer")
    assert "Spørsmålet er gitt til en annen." in shown
    assert "Bo" not in shown, "it would be out of date as soon as Bo declines"


def test_a_helper_sees_that_an_earlier_answer_did_not_help_and_what_it_was() -> None:
    scene = stage()
    id_ = accepted(scene)
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="Start på nytt.")
    scene.press("kari", "handoff.reopen", handoff_id=id_, words="")
    slots = scene.slots("ana", f"handoff/{id_}/offer")
    assert "hjalp ikke" in scene.shown("ana", slots[-1])
    assert "Start på nytt." in scene.shown("ana", slots[-1])


def test_a_contact_takes_an_open_question_from_the_list_and_an_admin_who_helps_nobody_cannot() -> None:
    scene = overseen()
    id_ = asked(scene)
    assert "Admin Adm" not in scene.shown("adm", form(scene, "adm", id_))
    assert scene.press("adm", "handoff.pass", handoff_id=id_, colleague_id="adm").notice
    assert "Kontakt Kim" in scene.shown("kim", form(scene, "kim", id_))
    scene.press("kim", "handoff.pass", handoff_id=id_, colleague_id="kim")
    assert handoff(scene, id_).assignment.contacts == ("kim",)
    assert "handoff.accept" in scene.buttons("kim", f"handoff/{id_}/offer")
    assert "Kontakt Kim" not in scene.shown("kim", form(scene, "kim", id_)), (
        "whoever has it cannot pass it to themselves"
    )


def test_a_note_with_a_password_is_sent_at_the_second_press_only_and_an_edited_one_is_checked_again() -> None:
    scene = overseen()
    id_ = asked(scene)
    slot = form(scene, "ana", id_)

    def press(note: str, warned: str = "") -> None:
        more = {"warned": warned} if warned else {}
        scene.press("ana", "handoff.pass", slot=slot, handoff_id=id_, colleague_id="cato", note=note, **more)

    first, second = "Passordet er Sommer2024!", "Passordet er Vinter2025!"
    press(first)
    assert handoff(scene, id_).assignment.offered_to == "ana"
    assert "passord eller en kode" in scene.shown("ana", slot)
    assert first in scene.shown("ana", slot), "nothing that was written is lost"
    warned = next(
        a["data"]["warned"] for to, at, a in scene.presses() if (to, at) == ("ana", slot) and "warned" in a["data"]
    )
    press(second, warned)
    assert handoff(scene, id_).assignment.offered_to == "ana"
    press(second, second)
    assert handoff(scene, id_).assignment.offered_to == "cato"
    assert second in scene.shown("cato", f"handoff/{id_}/note/1")


def test_the_words_of_others_are_no_markdown_on_the_card_of_the_note() -> None:
    scene = overseen()
    id_ = asked(scene, question="Se [her](http://ondt.example)")
    scene.press("ana", "handoff.pass", handoff_id=id_, colleague_id="bo", note="Og **her**")
    [card] = [message.card for (to, slot), message in scene.posts.items() if to == "bo" and "/note/" in slot]
    assert card is not None
    blocks = [element["text"] for element in card["body"] if element["type"] == "TextBlock"]
    assert not [text for text in blocks if "ondt" in text or "**" in text]


# The promised time passes while the contact has it


def with_contact_in_time(scene: Stage) -> tuple[str, Handoff]:
    id_ = asked(scene)
    scene.press("ana", "handoff.pass", handoff_id=id_, colleague_id="kim")
    found = handoff(scene, id_)
    assert found.status is Status.ESCALATED
    return id_, found


def test_a_promise_that_passes_with_the_contact_is_no_longer_shown_and_the_contact_is_reminded() -> None:
    scene = stage()
    id_, found = with_contact_in_time(scene)
    promised = found.assignment.expected_at
    assert promised is not None
    scene.ring_until(promised - timedelta(minutes=1))
    assert "Du kan vente svar innen" in scene.shown("kari", f"handoff/{id_}/status")
    assert not [slot for slot in scene.slots("kim") if "/reminder/" in slot]
    scene.ring_until(promised)
    shown = scene.shown("kari", f"handoff/{id_}/status")
    assert "Du kan vente svar innen" not in shown
    assert "Fristen var onsdag 25. november" in shown
    reminders = [slot for slot in scene.slots("kim") if "/reminder/" in slot]
    assert "Skulle hatt svar onsdag 25. november" in scene.shown("kim", reminders[-1])
    assert handoff(scene, id_).assignment.expected_at == promised
    scene.ring_until(TUESDAY + timedelta(days=6))
    assert len([slot for slot in scene.slots("kim") if "/reminder/" in slot]) == 4, "daily after that"


def test_a_question_that_reaches_the_contact_late_says_so_too() -> None:
    scene = stage()
    id_ = asked(scene)
    scene.ring_until(TUESDAY + timedelta(days=1, hours=1))
    assert handoff(scene, id_).status is Status.ESCALATED
    assert "Fristen var onsdag 25. november" in scene.shown("kari", f"handoff/{id_}/status")


# No one is left to ask


def without_anyone(*, contact: bool) -> Stage:
    scene = stage(contact=contact)
    home = scene.content.organisation.municipalities["lillevik"]
    desk = ServiceDesk(phone="00 00 00 01")
    scene.content = replace(
        scene.content,
        organisation=replace(
            scene.content.organisation,
            municipalities={
                **scene.content.organisation.municipalities,
                "lillevik": replace(home, service_desk=desk),
            },
        ),
    )
    scene.put(person("adm", "lillevik", Role.ADMIN), person("kim", "lillevik"))
    for id_ in ("ana", "bo", "cato"):
        alter(scene, id_, active=False)
    return scene


@pytest.mark.parametrize("address", [True, False])
def test_an_asker_whom_no_one_can_help_reads_once_where_to_turn_if_it_is_urgent(address: bool) -> None:
    scene = without_anyone(contact=address)
    shown = scene.shown("kari", f"handoff/{asked(scene)}/status").split("Endre spørsmålet")[0]
    sentence = shown[shown.index("Jeg fant ingen") :]
    assert sentence.count("Haster det") == sentence.count("Jeg fant ingen")
    assert "00 00 00 01" in shown
    assert ("digital@lillevik.example" in shown) is address


def test_an_overseer_with_no_one_to_choose_is_not_told_to_give_the_question_back() -> None:
    scene = without_anyone(contact=True)
    id_ = asked(scene)
    shown = scene.shown("adm", form(scene, "adm", id_))
    assert "Ingen i kommunen kan få spørsmålet akkurat nå." in shown
    assert "Gi spørsmålet tilbake" not in shown


def test_a_search_without_a_hit_keeps_the_lists_and_the_note() -> None:
    scene = overseen()
    alter(scene, "bo", topics=frozenset({"mfa"}))
    id_ = asked(scene)
    slot = form(scene, "ana", id_)
    before = scene.buttons("ana", slot)
    scene.press("ana", "handoff.pass_find", slot=slot, handoff_id=id_, words="Xyzzy", note="Til deg")
    shown = scene.shown("ana", slot)
    assert "ligner på «Xyzzy»" in shown
    assert "Ambassadør Bo" in shown
    assert "Eller noen som kan" in shown
    assert "Til deg" in shown
    assert scene.buttons("ana", slot) == before
    scene.press("ana", "handoff.pass", slot=slot, handoff_id=id_, colleague_id="bo", note="Til deg")
    assert handoff(scene, id_).assignment.offered_to == "bo"


def test_a_search_that_finds_busy_people_only_keeps_the_lists() -> None:
    scene = overseen()
    alter(scene, "cato", capacity=0)
    id_ = asked(scene)
    slot = form(scene, "ana", id_)
    scene.press("ana", "handoff.pass_find", slot=slot, handoff_id=id_, words="Cato")
    assert "Disse kan ikke få det nå:" in scene.shown("ana", slot)
    assert "Ambassadør Bo" in scene.shown("ana", slot)
    assert "handoff.pass" in scene.buttons("ana", slot)


def test_the_form_opened_again_is_the_last_message_and_the_only_form() -> None:
    scene = overseen()
    id_ = accepted(scene)
    first = form(scene, "ana", id_)
    scene.press("kari", "handoff.focus", handoff_id=id_)
    scene.say("ana", "Har du prøvd på nytt?")
    scene.press("ana", "handoff.pass_card", slot="ambassador/desk/1", handoff_id=id_)
    assert scene.shown("ana", first) == ""
    last = scene.slots("ana")[-1]
    assert last == f"{first}/2"
    assert "Hvem kan ta dette?" in scene.shown("ana", last)
    scene.press("ana", "handoff.pass_cancel", slot=last, handoff_id=id_)
    assert scene.shown("ana", last).startswith("Greit, du beholder spørsmålet.")


def test_every_form_is_gone_once_the_question_is_with_another() -> None:
    scene = overseen()
    id_ = accepted(scene)
    form(scene, "ana", id_)
    form(scene, "ana", id_)
    scene.press("ana", "handoff.release", handoff_id=id_)
    assert scene.slots("ana", f"handoff/{id_}/pass") == []
