"""Changes of the plan: add, edit, move, mark as done, withdraw, open again, and the file's text or the desk's."""

from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from dialogs.core.content import Content
from dialogs.core.decision import NOTHING, Audit, Notice, do, put
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.milestone import Milestone, MilestoneState
from dialogs.core.query import Asking, Flow, find, new_id
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import viewer_of_event
from dialogs.rollout.timeline.access import PlanEditor, editor_of, line_for
from dialogs.rollout.timeline.drafting import PlanDraft, announces, draft_of
from dialogs.rollout.timeline.form import read_certainty, read_done_on, read_milestone, read_planned, read_reason
from dialogs.rollout.timeline.model import PlanAct, PlanChange, PlanEntry, digest_of
from dialogs.rollout.timeline.plan import OPEN, PlanLine, plan_of_municipality, today_of
from knowledge.article.article import Language

MAX_MILESTONES: Final = 500
CLOSED: Final = frozenset({MilestoneState.DONE, MilestoneState.WITHDRAWN})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanTarget:
    """An editor and the milestone to change, as it stands."""

    event: Event
    editor: PlanEditor
    line: PlanLine
    today: date

    @property
    def standing(self) -> MilestoneState:
        return self.line.milestone.state(self.today)


def refusal_of(*sentences: str) -> EventRefused:
    return EventRefused(do(Notice(text="\n".join(sentences))))


def target_of_form(event: Event, content: Content) -> Asking[PlanTarget]:
    """Return the milestone named by the form, unchanged since the form was shown. Raises EventRefused."""
    editor = editor_of((yield from viewer_of_event(event, content)))
    line = yield from line_for(editor, str(event.pressed.text("milestone_id"))[:100])
    if event.pressed.text("number") != str(line.number):
        raise editor.viewer.refusal("timeline.refuse.changed_meanwhile")
    return PlanTarget(event=event, editor=editor, line=line, today=today_of(event.at))


def save_milestone(event: Event, content: Content) -> Flow:
    """Save the form of a milestone, new or old; another date moves an open one, and a tick marks it as done."""
    if not event.pressed.text("milestone_id"):
        return (yield from _add(event, content))
    target = yield from target_of_form(event, content)
    old = target.line.milestone
    form, faults = read_milestone(event.pressed, target.editor, old)
    if faults:
        raise refusal_of(*faults)
    plan = replace(
        old,
        what=form.what,
        owner=form.owner,
        municipalities=form.municipalities,
        units=form.units,
        public=form.public,
        # A line of history stays one: it is no promise.
        certainty=old.certainty if old.certainty is None and target.standing is MilestoneState.DONE else form.certainty,
        sample=False,
    )
    plan, act = _dated(target, plan)
    if replace(plan, sample=old.sample) == old:
        raise refusal_of(target.editor.viewer.texts("timeline.refuse.same"))
    return (yield from _plan_changed(event, content, target.editor, plan, act, line=target.line))


def _dated(target: PlanTarget, plan: Milestone) -> tuple[Milestone, PlanAct]:
    """Return an open milestone with date and end of the form, and what they change. Raises EventRefused."""
    pressed, editor, today, old = target.event.pressed, target.editor, target.today, target.line.milestone
    act = PlanAct.EDITED
    if target.standing not in OPEN:
        return plan, act
    done = pressed.text("done") == "yes"
    if pressed.text("start"):
        # The form has the date as it was: one that is over is no new fault.
        written, faults = read_planned(pressed, editor, today, past=True)
        if not faults and written != old.date:
            written, faults = read_planned(pressed, editor, today, past=done)
            plan, act = replace(plan, date=written or old.date, was=old.date), PlanAct.MOVED
        if faults:
            raise refusal_of(*faults)
    if done:
        done_on, faults = read_done_on(pressed, editor, today)
        if faults:
            raise refusal_of(*faults)
        plan, act = replace(plan, done=True, done_on=done_on), PlanAct.DONE
    return plan, act


def _add(event: Event, content: Content) -> Flow:
    editor = editor_of((yield from viewer_of_event(event, content)))
    texts, today = editor.viewer.texts, today_of(event.at)
    form, faults = read_milestone(event.pressed, editor)
    done = event.pressed.text("done") == "yes"
    written, wrong = read_planned(event.pressed, editor, today, past=done)
    done_on, late = read_done_on(event.pressed, editor, today) if done else ("", ())
    if faults or wrong or late:
        raise refusal_of(*faults, *wrong, *late)
    place = next(iter(form.municipalities), None)
    there = yield from plan_of_municipality(content, place)
    same = (form.what.get(Language.NB, "").casefold(), written, form.units, form.municipalities)
    if any(_sameness(line.milestone) == same and line.milestone.state(today) in OPEN for line in there):
        raise refusal_of(texts("timeline.refuse.twice"))
    if len(there) >= MAX_MILESTONES:
        raise refusal_of(texts("timeline.refuse.many", most=texts.number(MAX_MILESTONES)))
    # A person's id never looks like this one; an id of a calendar entry has no other use.
    id_ = (yield from new_id("milestone")).lower()
    plan = Milestone(
        id=id_,
        date=written,
        what=form.what,
        owner=form.owner,
        municipalities=form.municipalities,
        units=form.units,
        certainty=form.certainty,
        public=form.public,
        done=done,
        done_on=done_on,
    )
    return (yield from _plan_changed(event, content, editor, plan, PlanAct.ADDED))


def _sameness(plan: Milestone) -> tuple[str, str, frozenset[str], frozenset[str]]:
    return plan.what.get(Language.NB, "").casefold(), plan.date, plan.units, plan.municipalities


def move_milestone(event: Event, content: Content) -> Flow:
    """Give an open milestone another date; the old one is kept and shown."""
    target = yield from target_of_form(event, content)
    texts = target.editor.viewer.texts
    if target.standing not in OPEN:
        raise refusal_of(texts("timeline.refuse.closed"))
    written, faults = read_planned(event.pressed, target.editor, target.today)
    certainty = read_certainty(event.pressed)
    if faults or certainty is None:
        raise refusal_of(*(faults or (texts("timeline.fault.certainty"),)))
    old = target.line.milestone
    if written == old.date:
        raise refusal_of(texts("timeline.refuse.same_date"))
    plan = replace(old, date=written, was=old.date, certainty=certainty)
    return (yield from _plan_changed(event, content, target.editor, plan, PlanAct.MOVED, line=target.line))


def mark_done(event: Event, content: Content) -> Flow:
    """Mark an open milestone as done, on a day that is not in the future."""
    target = yield from target_of_form(event, content)
    if target.standing not in OPEN:
        raise refusal_of(target.editor.viewer.texts("timeline.refuse.closed"))
    done_on, faults = read_done_on(event.pressed, target.editor, target.today)
    if faults:
        raise refusal_of(*faults)
    plan = replace(target.line.milestone, done=True, done_on=done_on)
    return (yield from _plan_changed(event, content, target.editor, plan, PlanAct.DONE, line=target.line))


def withdraw_milestone(event: Event, content: Content) -> Flow:
    """Take an open milestone out of the plan; calendars show it as cancelled."""
    target = yield from target_of_form(event, content)
    if target.standing not in OPEN:
        raise refusal_of(target.editor.viewer.texts("timeline.refuse.closed"))
    plan = replace(target.line.milestone, withdrawn=True)
    return (yield from _plan_changed(event, content, target.editor, plan, PlanAct.WITHDRAWN, line=target.line))


def open_again(event: Event, content: Content) -> Flow:
    """Open a milestone that was marked as done or withdrawn by mistake."""
    target = yield from target_of_form(event, content)
    old = target.line.milestone
    if not (old.done or old.withdrawn):
        raise refusal_of(target.editor.viewer.texts("timeline.refuse.open"))
    plan = replace(old, done=False, done_on="", withdrawn=False)
    return (yield from _plan_changed(event, content, target.editor, plan, PlanAct.REOPENED, line=target.line))


def keep_text(event: Event, content: Content) -> Flow:
    """Keep what the desk says, after the file changed."""
    target = yield from target_of_form(event, content)
    entry = target.line.entry
    if entry is None or not target.line.file_changed:
        raise refusal_of(target.editor.viewer.texts("timeline.refuse.no_choice"))
    return (yield from _plan_changed(event, content, target.editor, entry.plan, PlanAct.KEPT, line=target.line))


def use_file(event: Event, content: Content) -> Flow:
    """Use what the file says again."""
    target = yield from target_of_form(event, content)
    entry, line = target.line.entry, target.line.line
    if entry is None or line is None or entry.from_file:
        raise refusal_of(target.editor.viewer.texts("timeline.refuse.no_choice"))
    if not target.editor.may_edit(line):
        raise target.editor.viewer.refusal("timeline.refuse.unknown")
    return (yield from _plan_changed(event, content, target.editor, line, PlanAct.FILE_AGAIN, line=target.line))


def _plan_changed(
    event: Event,
    content: Content,
    editor: PlanEditor,
    plan: Milestone,
    act: PlanAct,
    *,
    line: PlanLine | None = None,
) -> Flow:
    """Return the decision that writes the milestone, its history, and the draft of an announcement."""
    viewer = editor.viewer
    id_ = line.id if line is not None else plan.line_id
    # Read by its id, so that of two changes at once one is refused.
    entry = yield from find(PlanEntry, id_)
    number = (entry.number if entry is not None else 0) + 1
    before = line.milestone if line is not None else None
    draft = None
    if announces(act, before, plan, plan.state(today_of(event.at))) and plan != before:
        draft = yield from draft_of(event, content, viewer.person, line=line, plan=plan, act=act)
    in_file = line.line if line is not None else None
    written = PlanEntry(
        id=id_,
        number=number,
        plan=replace(plan, id=id_, sequence=0),
        sequence=(line.sequence + 1 if line is not None else 0) - (in_file.sequence if in_file is not None else 0),
        file_digest=digest_of(in_file) if in_file is not None else "",
        from_file=act is PlanAct.FILE_AGAIN,
        draft_id=draft.id if draft is not None else (entry.draft_id if entry is not None else ""),
        draft_edition=draft.edition if draft is not None else (entry.draft_edition if entry is not None else 0),
        told=draft.told if draft is not None else (entry.told if entry is not None else ""),
        changed_at=event.at,
    )
    change = PlanChange(
        id=f"{id_}/{number}",
        milestone_id=id_,
        number=number,
        act=act,
        by=viewer.person.id,
        at=event.at,
        before=before.date if before is not None else "",
        after=plan.date,
        reason=read_reason(event.pressed),
    )
    audit = Audit(act=f"timeline.{act}", subject=id_, by=viewer.person.id)
    effects = draft.effects if draft is not None else NOTHING
    return put(written, change) + effects + do(audit, Notice(text=_told(editor, draft)))


def _told(editor: PlanEditor, draft: PlanDraft | None) -> str:
    texts, person = editor.viewer.texts, editor.viewer.person
    if draft is None:
        return texts("timeline.saved")
    if draft.announcement is None:
        return texts("timeline.saved_without_draft")
    mine = draft.announcement.author_id == person.id
    return texts("timeline.saved_with_draft" if mine else "timeline.saved_with_others_draft")


VERBS: Final[Verbs] = {
    "timeline.save": save_milestone,
    "timeline.move": move_milestone,
    "timeline.done": mark_done,
    "timeline.withdraw": withdraw_milestone,
    "timeline.reopen": open_again,
    "timeline.keep": keep_text,
    "timeline.use_file": use_file,
}
