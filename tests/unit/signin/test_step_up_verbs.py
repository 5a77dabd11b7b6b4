"""Over every verb there is: what is protected changes only by verbs that declare it, and then by a recent sign-in."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import pytest

from dialogs.ambassadors.application import AmbassadorApplication
from dialogs.announce.model import Announcement, AnnouncementState
from dialogs.availability.profile import AmbassadorProfile
from dialogs.core.content import StepUp
from dialogs.core.data_request import DataRequest, DataRequestKind
from dialogs.core.fresh_proof import WithFreshProof
from dialogs.core.person import Person, Role
from dialogs.editing.model import ArticleHead, ArticleRevision
from dialogs.provisioning.model import ScimUser
from dialogs.router import TIMERS, VERBS
from knowledge.organisation.nearest import Ambassador
from tests.unit.announce.town import TEXTS, Town
from tests.unit.driver import TUESDAY, Outcome, Stage
from tests.unit.editing import scene as editing
from tests.unit.editing.test_suggestions import suggested

ADDRESS: Final = "https://heia.example.no/signin/again"
ACTOR: Final = "arne"
# Acts on one person: the chosen one, or the presser; and on those whose removal waits, however few.
ON_ONE: Final = frozenset(
    {
        "privacy.erase_now",
        "officer.confirm",
        "ambassador.approve",
        "ambassador.leave",
        "removals.approve",
    }
)
ON_MANY: Final = frozenset(
    f"announce.{act}" for act in ("send", "schedule", "approve", "corrected", "recalled", "resend", "chase")
)
# Acts on what readers of an article get.
ON_READERS: Final = frozenset(
    f"article.{act}" for act in ("publish", "roll_back", "retire", "withdraw", "keep", "publish_suggestion")
)
OUT: Final = {AnnouncementState.SCHEDULED, AnnouncementState.SENDING, AnnouncementState.RECALLED}


def town(*, approval: bool = False) -> Town:
    """Return the town with one person of every role, an applicant and an active ambassador."""
    scene = Town(approval=approval, verbs=VERBS, timers=TIMERS)
    scene.change(ACTOR, roles=frozenset(Role) - {Role.AMBASSADOR})
    scene.put(
        AmbassadorApplication(
            id="nils", municipality_id="lillevik", unit_id="nord", deciders=(ACTOR,), created_at=TUESDAY
        ),
        AmbassadorProfile(
            ambassador=Ambassador(person_id="siri", name="Ansatt siri", municipality_id="lillevik", unit_id="skole"),
            joined_at=TUESDAY,
        ),
        ScimUser(
            id="u", person_id="nils", municipality_id="lillevik", user_name="nils", resource={}, waiting=True,
            created_at=TUESDAY, changed_at=TUESDAY,
        ),
        DataRequest(
            id="r", kind=DataRequestKind.ERASE, person_id="nils", municipality_id="lillevik", registered_by="gro",
            received_at=TUESDAY, due_at=TUESDAY,
        ),
    )  # fmt: skip
    return scene


def drafted() -> tuple[Town, Announcement]:
    scene = town()
    return scene, scene.draft(units="helse")


def awaiting() -> tuple[Town, Announcement]:
    scene = town(approval=True)
    draft = scene.draft(units="helse")
    scene.act("announce.send", draft)
    return scene, scene.now_is(draft)


def scheduled() -> tuple[Town, Announcement]:
    scene = town()
    draft = scene.draft(units="helse")
    scene.act("announce.schedule", draft, day=(scene.now + timedelta(days=9)).date().isoformat(), time="10:00")
    return scene, scene.now_is(draft)


def sent() -> tuple[Town, Announcement]:
    """One recipient has not got it, and nobody has confirmed it."""
    scene = town()
    announcement = scene.send(units="helse", confirm="true")
    scene.wait(3600)
    scene.statuses["nils", announcement.slot] = "dead"
    return scene, scene.now_is(announcement)


def corrected() -> tuple[Town, Announcement]:
    """A correction starts a new edition, which nobody has counted."""
    scene, announcement = sent()
    scene.act("announce.corrected", announcement, **{**TEXTS, "body_nb": "Første rettelse."})
    scene.wait(3600)
    return scene, scene.now_is(announcement)


def correction_awaiting() -> tuple[Town, Announcement]:
    scene = town(approval=True)
    draft = scene.draft(units="helse")
    scene.act("announce.send", draft)
    scene.act("announce.approve", scene.now_is(draft), "gro")
    scene.wait(3600)
    scene.act("announce.corrected", scene.now_is(draft), **{**TEXTS, "body_nb": "Rettet."})
    return scene, scene.now_is(draft)


SCENES: Final[dict[str, Callable[[], tuple[Town, Announcement]]]] = {
    each.__name__: each for each in (drafted, awaiting, scheduled, sent, corrected, correction_awaiting)
}


def protected(scene: Town) -> dict[str, Any]:
    """Return what only a recent sign-in may change: who is there, others' rights, what goes to many."""
    people = {each.id: each for each in scene.all(Person)}
    facts: dict[str, Any] = {f"name {id_}": each.name for id_, each in people.items()}
    facts |= {f"roles {id_}": each.roles for id_, each in people.items() if id_ != ACTOR}
    facts["removals"] = "removals/lillevik" in scene.timers
    for each in scene.all(Announcement):
        going = each.scheduled_at if each.state is AnnouncementState.SCHEDULED else each.state in OUT
        facts[f"sent {each.id}"] = (each.version, tuple(task.kind for task in each.tasks), going, each.chases)
    return facts


def gained(before: dict[str, Any], after: dict[str, Any]) -> dict[str, Any]:
    """Return what changed, without announcements that were only taken back before they were sent."""
    return {
        name: after.get(name)
        for name in before.keys() | after.keys()
        if before.get(name) != after.get(name) and not (name.startswith("sent ") and after.get(name) in (QUIET, None))
    }


QUIET: Final = (0, (), False, 0)


def press(scene: Town, verb: str, announcement: Announcement) -> Outcome:
    """Press as one with every right, with all that a card may carry."""
    day = (scene.now + timedelta(days=3)).date().isoformat()
    about = {"ambassador.approve": "nils", "ambassador.leave": "siri"}.get(verb, "siri")
    fields = {**TEXTS, "body_nb": "Andre rettelse.", "day": day, "time": "11:00", "person_id": about, "person": "nils"}
    fields["request_id"] = "r"
    if verb == "removals.approve":
        return scene.press(ACTOR, verb, municipality="lillevik", people="1")
    return scene.act(verb, announcement, ACTOR, **fields)


def changes(verb: str, *, people: int, proved: bool = False) -> Iterator[tuple[str, dict[str, Any], Outcome]]:
    """Press one verb in every scene; yield what it changed of the protected."""
    for name, make in SCENES.items():
        scene, announcement = make()
        scene.content = replace(
            scene.content, step_up=StepUp(max_age=timedelta(hours=8), address=ADDRESS, max_people=people)
        )
        scene.proved_at = scene.now if proved else scene.now - timedelta(hours=9)
        before = protected(scene)
        outcome = press(scene, verb, announcement)
        yield name, gained(before, protected(scene)), outcome


def declared() -> frozenset[str]:
    return frozenset(verb for verb, flow in VERBS.items() if isinstance(flow, WithFreshProof))


def test_the_declared_verbs_are_those_of_the_documents() -> None:
    assert declared() == ON_ONE | ON_MANY | ON_READERS


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_without_a_recent_sign_in_nothing_protected_changes_by_any_verb(verb: str) -> None:
    """Also the verbs that declare nothing: one that should and does not is found here."""
    for name, changed, outcome in changes(verb, people=0):
        assert changed == {}, (verb, name)
        if verb in declared() and outcome.changed:
            raise AssertionError(f"{verb} writes although it is refused: {name}")


@pytest.mark.parametrize("verb", sorted(ON_ONE | ON_MANY))
def test_with_a_recent_sign_in_each_declared_verb_does_its_work(verb: str) -> None:
    done = [name for name, changed, _ in changes(verb, people=0, proved=True) if changed]
    assert done, verb


@pytest.mark.parametrize("verb", sorted(ON_ONE | ON_MANY))
def test_without_one_it_is_refused_with_the_way_on(verb: str) -> None:
    done = {name for name, changed, _ in changes(verb, people=0, proved=True) if changed}
    told = {name for name, _, outcome in changes(verb, people=0) if ADDRESS in repr(outcome.decision)}
    assert done <= told


@pytest.mark.parametrize("verb", sorted(ON_MANY))
def test_few_people_need_none(verb: str) -> None:
    done = {name for name, changed, _ in changes(verb, people=0, proved=True) if changed}
    assert {name for name, changed, _ in changes(verb, people=500) if changed} == done


@pytest.mark.parametrize(("verb", "most"), [("announce.resend", 1), ("announce.chase", 2)])
def test_what_goes_to_a_part_of_the_audience_counts_that_part(verb: str, most: int) -> None:
    assert any(changed for _, changed, _ in changes(verb, people=most))
    assert not any(changed for _, changed, _ in changes(verb, people=most - 1))


def test_an_ambassador_who_leaves_by_choice_needs_none() -> None:
    scene = town()
    scene.content = replace(scene.content, step_up=StepUp(max_age=timedelta(hours=8), address=ADDRESS))
    assert ADDRESS not in repr(scene.press("siri", "ambassador.leave").decision)
    assert Role.AMBASSADOR not in scene.get(Person, "siri").roles


@pytest.mark.parametrize("verb", sorted(ON_MANY))
def test_the_demand_does_not_reveal_an_announcement_of_others(verb: str) -> None:
    scene, announcement = sent()
    scene.content = replace(scene.content, step_up=StepUp(max_age=timedelta(hours=8), address=ADDRESS, max_people=0))
    outcome = scene.act(verb, announcement, "berit", **TEXTS)
    assert ADDRESS not in repr(outcome.decision)
    assert not outcome.changed


def published() -> Stage:
    """Return a stage with an article whose text was published twice and is written again, and a suggestion."""
    scene = editing.stage()
    for answer in ("Først.", "Så."):
        editing.press(scene, "eva", "start")
        editing.press(scene, "eva", "save", base_id=editing.draft(scene).id, answer_nb=answer)
        editing.press(scene, "eva", "publish", base_id=editing.draft(scene).id)
    editing.press(scene, "eva", "start")
    return scene


def press_article(scene: Stage, verb: str, *, proved: bool, who: str = "eva") -> Outcome:
    """Press as an editor, with all that a form of the article may have."""
    scene.content = replace(scene.content, step_up=StepUp(max_age=timedelta(hours=8), address=ADDRESS))
    scene.proved_at = scene.now if proved else scene.now - timedelta(hours=9)
    first = min(scene.all(ArticleRevision), key=lambda each: each.number if each.state == "published" else 99)
    return scene.press(
        who, verb, article_id="print", base_id=editing.head(scene).draft_id, revision_id=first.id, answer_nb="Til sist."
    )


@pytest.mark.parametrize("verb", sorted(VERBS))
def test_without_a_recent_sign_in_no_verb_changes_what_readers_get(verb: str) -> None:
    scene = published()
    before = editing.head(scene)
    outcome = press_article(scene, verb, proved=False)
    after = editing.head(scene)
    assert (after.live_id, after.scheduled_id) == (before.live_id, before.scheduled_id)
    if verb in ON_READERS:
        assert ADDRESS in repr(outcome.decision)
        assert not outcome.changed


@pytest.mark.parametrize("verb", sorted(ON_READERS - {"article.publish_suggestion"}))
def test_with_one_an_editor_changes_what_readers_get_and_others_are_refused_as_ever(verb: str) -> None:
    scene = published()
    before = editing.head(scene).live_id
    assert ADDRESS not in repr(press_article(scene, verb, proved=False, who="ola").decision)
    press_article(scene, verb, proved=True)
    assert editing.head(scene).live_id != before


def test_a_suggestion_is_published_with_a_recent_sign_in_only() -> None:
    scene, id_ = suggested()
    scene.press("ed", "editor.approve", suggestion_id=id_)
    scene.content = replace(scene.content, step_up=StepUp(max_age=timedelta(hours=8), address=ADDRESS))
    assert ADDRESS in repr(scene.press("ed", "article.publish_suggestion", suggestion_id=id_).decision)
    assert scene.all(ArticleHead) == []
    scene.proved_at = scene.now
    scene.press("ed", "article.publish_suggestion", suggestion_id=id_)
    assert scene.all(ArticleHead)[0].live_id is not None
