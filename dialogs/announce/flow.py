"""Dispatch tables of buttons, commands and timers."""

from collections.abc import Callable, Mapping
from typing import Final

from dialogs.announce import reader
from dialogs.announce.approve import approval
from dialogs.announce.compose import counting, editing, image
from dialogs.announce.deliver import fanout, progress, revisions, sending
from dialogs.announce.report import report
from dialogs.core.content import Content
from dialogs.core.event import Event
from dialogs.core.query import Flow

VERBS: Final[Mapping[str, Callable[[Event, Content], Flow]]] = {
    "announce.new": editing.start,
    "announce.mine": editing.mine,
    "announce.open": editing.open_,
    "announce.edit": editing.edit,
    "announce.preview": editing.save,
    "announce.test": editing.test,
    "announce.picture": image.add,
    "announce.picture_out": image.take_out,
    "announce.duplicate": editing.duplicate,
    "announce.template": editing.keep_template,
    "announce.discard": editing.discard,
    "announce.send": sending.send,
    "announce.schedule": sending.schedule,
    "announce.unschedule": sending.unschedule,
    "announce.approve": approval.approve,
    "announce.reject": approval.reject,
    "announce.refresh": progress.refresh,
    "announce.report": report.report,
    "announce.correct": revisions.correct,
    "announce.corrected": revisions.corrected,
    "announce.recall": revisions.recall,
    "announce.recalled": revisions.recalled,
    "announce.resend": revisions.resend,
    "announce.chase": revisions.chase,
    "announce.confirm": reader.confirm,
    "announce.ask": reader.ask,
}

TIMERS: Final[Mapping[str, Callable[[Event, Content], Flow]]] = {
    "announce.count": counting.go_on,
    "announce.begin": sending.begin,
    "announce.expand": fanout.expand,
    "announce.progress": progress.tick,
}
