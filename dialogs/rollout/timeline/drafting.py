"""The announcement that a change of the plan drafts, for exactly the people concerned; sending is the announcer's."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Final

from dialogs.announce.access import announcer_of
from dialogs.announce.audience import Audience
from dialogs.announce.compose.counting import continue_later, counted_now, preview
from dialogs.announce.compose.editing import MAX_DRAFTS, new_draft
from dialogs.announce.compose.wording import MAX_TITLE
from dialogs.announce.model import EDITABLE, Announcement, AnnouncementState, Wording
from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Decision, Post, do, put
from dialogs.core.event import Event
from dialogs.core.milestone import Milestone, MilestoneState, date_in_words
from dialogs.core.person import Person
from dialogs.core.query import Asking, find, find_all
from dialogs.core.texts import Texts
from dialogs.rollout.timeline.model import PlanAct, PlanEntry
from dialogs.rollout.timeline.plan import PlanLine
from knowledge.article.article import Language

# Announcers looked at for one with room for a draft.
MAX_ANNOUNCERS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDraft:
    """The draft of a change.

    Attributes:
        announcement: None where no announcer has room for one.
        told: the planned date that readers know; it is shown as the old one.
        effects: the writes and posts that go with it.
    """

    announcement: Announcement | None
    told: str
    effects: Decision = NOTHING

    @property
    def id(self) -> str:
        return self.announcement.id if self.announcement is not None else ""

    @property
    def edition(self) -> int:
        return self.announcement.edition if self.announcement is not None else 0


def draft_of(
    event: Event, content: Content, actor: Person, *, line: PlanLine | None, plan: Milestone, act: PlanAct
) -> Asking[PlanDraft]:
    """Return the draft that announces a change; an untouched draft of the change before is written again."""
    old = yield from _untouched(line.entry if line is not None else None)
    who = announcer_of(actor, content)
    if old is not None and who is not None and not who.handles(old):
        old = None  # of the provider: the municipality's announcer gets one to send
    told = line.entry.told if old is not None and line is not None and line.entry is not None else ""
    if old is not None and not told and not (plan.done or plan.withdrawn):
        act = PlanAct.ADDED  # no one has read of it: the addition is announced as it is now
    elif not told:
        told = line.milestone.date if line is not None else ""
    author = yield from _author(content, actor, plan, old)
    if author is None:
        return PlanDraft(announcement=None, told=told)
    base = old if old is not None else (yield from new_draft(event, content, author))
    places = plan.places(content.organisation) if plan.units or plan.municipalities else frozenset[str]()
    draft = replace(
        base,
        edition=base.edition + 1,
        wordings=_wordings(content, plan, act, told),
        audience=Audience(municipality_ids=places, unit_ids=plan.units),
        counted=None,
        changed_at=event.at,
    )
    if old is None:
        draft = draft.noted("drafted", actor.id, event.at)
    draft = yield from counted_now(draft, content)
    message = yield from preview(content.texts[author.language], content, draft, event.at)
    shown = do(Post(to=author.id, slot=draft.desk, message=message))
    effects = put(draft) + shown + continue_later(draft, event, author.id, draft.desk)
    return PlanDraft(announcement=draft, told=told, effects=effects)


def _untouched(entry: PlanEntry | None) -> Asking[Announcement | None]:
    """Return the draft of the change before, if no announcer has worked on it."""
    if entry is None or not entry.draft_id:
        return None
    draft = yield from find(Announcement, entry.draft_id)
    same = draft is not None and draft.state is AnnouncementState.DRAFT and draft.edition == entry.draft_edition
    return draft if same else None


def _author(content: Content, actor: Person, plan: Milestone, old: Announcement | None) -> Asking[Person | None]:
    """Return the draft's announcer: the actor, else one of the municipality."""
    if old is not None:
        return (yield from find(Person, old.author_id))
    candidates = [actor] if announcer_of(actor, content) is not None else []
    for municipality_id in sorted(plan.places(content.organisation)) if not candidates else ():
        candidates += yield from find_all(Person, f"role:announcer@{municipality_id}", limit=MAX_ANNOUNCERS)
    for person in candidates:
        who = announcer_of(person, content)
        if who is None or person.is_outsider:
            continue
        drafts = yield from find_all(Announcement, f"author:{person.id}")
        if sum(draft.state in EDITABLE for draft in drafts) < MAX_DRAFTS:
            return person
    return None


def _wordings(content: Content, plan: Milestone, act: PlanAct, told: str) -> Mapping[Language, Wording]:
    return {language: _wording(content.texts[language], plan, act, told) for language in Language}


def _wording(texts: Texts, plan: Milestone, act: PlanAct, told: str) -> Wording:
    milestone_text = plan.what_in(texts.language)
    lines = [texts(f"timeline.draft.{act}", what=milestone_text, date=date_in_words(texts, plan.date))]
    if plan.certainty is not None and act is not PlanAct.DONE and not plan.withdrawn:
        lines.append(texts(f"timeline.when.{plan.certainty}"))
    if told and told != plan.date:
        lines.append(texts("timeline.when.was", date=date_in_words(texts, told)))
    return Wording(
        title=texts(f"timeline.draft.{act}.title", what=milestone_text)[:MAX_TITLE],
        body="\n\n".join([" ".join(lines), texts("timeline.draft.more")]),
    )


def announces(act: PlanAct, before: Milestone | None, after: Milestone, state: MilestoneState) -> bool:
    """Return whether a change is news for readers: dates, certainty, places and state are, other wording is not.

    Args:
        state: of the milestone after the change.
    """
    if act is not PlanAct.EDITED or before is None:
        return not (act is PlanAct.ADDED and state is MilestoneState.DONE)
    return (before.certainty, before.units, before.municipalities) != (
        after.certainty,
        after.units,
        after.municipalities,
    )
