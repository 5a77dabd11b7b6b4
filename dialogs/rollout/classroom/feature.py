"""The verbs and timers of classroom courses."""

from typing import Final

from dialogs.core.feature import Feature, Readers, Verbs
from dialogs.rollout.classroom import enrolling, teaching, timers
from dialogs.rollout.classroom.enrolling import read_words
from dialogs.rollout.classroom.model import ClassSession, Enrolment

VERBS: Final[Verbs] = {
    enrolling.SHOW: enrolling.show_classes,
    enrolling.MINE: enrolling.show_own_classes,
    "classroom.sign_up": enrolling.sign_up,
    "classroom.accept": enrolling.accept_seat,
    "classroom.cancel": enrolling.sign_off,
    "classroom.calendar": enrolling.show_calendar_file,
    **teaching.VERBS,
}
READERS: Final[Readers] = {enrolling.SHOW: read_words}
FEATURE: Final = Feature(
    verbs=VERBS,
    timers=timers.TIMERS,
    records=(ClassSession, Enrolment),
    answers=("classroom",),
    closed_to_leavers=("classroom.",),
)
