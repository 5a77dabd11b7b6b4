"""Dispatch tables of the ambassador buttons and timers."""

from collections.abc import Callable, Mapping
from typing import Final

from dialogs.ambassadors import finding, joining, overview, settings, tips, worklist
from dialogs.core.content import Content
from dialogs.core.event import Event
from dialogs.core.query import Flow
from dialogs.handoff import recognition

VERBS: Final[Mapping[str, Callable[[Event, Content], Flow]]] = {
    "ambassador.mine": finding.mine,
    "ambassador.desk": worklist.desk,
    "ambassador.settings": settings.show,
    "ambassador.save": settings.save,
    "ambassador.hours": settings.hours,
    "ambassador.absence": settings.absence,
    "ambassador.present": settings.present,
    "ambassador.pause": settings.pause,
    "ambassador.resume": settings.resume,
    "ambassador.leave": settings.leave,
    "ambassador.apply": joining.apply,
    "ambassador.send": joining.send,
    "ambassador.approve": joining.approve,
    "ambassador.decline": joining.decline,
    "ambassador.nominate": joining.nominate,
    "ambassador.tip": tips.tip,
    "ambassador.tips_off": tips.unsubscribe,
    "ambassador.league": recognition.league,
    "ambassador.coverage": overview.show,
}
TIMERS: Final[Mapping[str, Callable[[Event, Content], Flow]]] = {
    "ambassador.queue": worklist.queue_changed,
    "ambassador.tips": tips.send_out,
    "ambassador.thanks": recognition.thank,
}
