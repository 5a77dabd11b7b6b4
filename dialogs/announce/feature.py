"""Dispatch tables of buttons, commands and timers."""

from typing import Final

from dialogs.announce import reader
from dialogs.announce.approve import approval
from dialogs.announce.compose import counting, editing, image
from dialogs.announce.deliver import fanout, progress, revisions, sending
from dialogs.announce.following import Following
from dialogs.announce.many import ToMany, failed, recipients, unconfirmed
from dialogs.announce.model import Announcement, Confirmation
from dialogs.announce.report import report
from dialogs.core.feature import Feature, Verbs
from dialogs.core.fresh_proof import WithFreshProof
from dialogs.core.review import Exempt, ReviewGround

VERBS: Final[Verbs] = {
    "announce.new": editing.show_empty_form,
    "announce.mine": editing.list_announcements,
    "announce.open": editing.open_,
    "announce.edit": editing.edit,
    "announce.preview": editing.save,
    "announce.test": editing.test,
    "announce.picture": image.add_to_draft,
    "announce.picture_out": image.take_out,
    "announce.subjects": editing.set_subjects,
    "announce.duplicate": editing.duplicate,
    "announce.template": editing.keep_template,
    "announce.discard": editing.discard,
    "announce.send": WithFreshProof(sending.send_announcement, ToMany(recipients)),
    "announce.schedule": WithFreshProof(sending.schedule, ToMany(recipients)),
    "announce.unschedule": sending.unschedule,
    "announce.approve": WithFreshProof(approval.approve, ToMany(recipients)),
    "announce.reject": approval.reject,
    "announce.refresh": progress.refresh,
    "announce.report": report.report,
    "announce.correct": revisions.correct,
    "announce.corrected": WithFreshProof(revisions.corrected, ToMany(recipients)),
    "announce.recall": revisions.recall,
    "announce.recalled": WithFreshProof(revisions.recalled, ToMany(recipients)),
    "announce.resend": WithFreshProof(revisions.resend, ToMany(failed)),
    "announce.chase": WithFreshProof(revisions.chase, ToMany(unconfirmed)),
    "announce.confirm": reader.confirm,
    "announce.ask": reader.ask_about,
}

TIMERS: Final[Verbs] = {
    "announce.count": counting.count_page,
    "announce.begin": sending.start_scheduled,
    "announce.expand": fanout.expand,
    "announce.progress": progress.tick,
}
FEATURE: Final = Feature(
    verbs=VERBS,
    timers=TIMERS,
    records=(Following, Confirmation, Announcement),
    answers=("announce/refused", "announce/ask", "announce/list"),
    exempt=dict.fromkeys(
        ("announce.preview", "announce.test", "announce.corrected"),
        Exempt(ReviewGround.STAFF, frozenset({"list", "named"})),
    ),
    closed_to_leavers=("announce.",),
)
