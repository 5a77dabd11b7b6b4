"""Dispatch tables of buttons, commands and timers."""

from collections.abc import Callable, Mapping
from typing import Final

from dialogs.announce import after, approval, counting, editing, picture, progress, reader, report, sending, spreading
from dialogs.event import Event
from dialogs.query import Flow
from dialogs.world import World

VERBS: Final[Mapping[str, Callable[[Event, World], Flow]]] = {
    "announce.new": editing.start,
    "announce.mine": editing.mine,
    "announce.open": editing.open_,
    "announce.edit": editing.edit,
    "announce.preview": editing.save,
    "announce.test": editing.test,
    "announce.picture": picture.add,
    "announce.picture_out": picture.take_out,
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
    "announce.correct": after.correct,
    "announce.corrected": after.corrected,
    "announce.recall": after.recall,
    "announce.recalled": after.recalled,
    "announce.resend": after.resend,
    "announce.chase": after.chase,
    "announce.confirm": reader.confirm,
    "announce.ask": reader.ask,
}

TIMERS: Final[Mapping[str, Callable[[Event, World], Flow]]] = {
    "announce.count": counting.go_on,
    "announce.begin": sending.begin,
    "announce.expand": spreading.expand,
    "announce.progress": progress.tick,
}
