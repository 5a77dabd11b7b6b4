"""Dispatch tables of the ambassador buttons and timers."""

from typing import Final

from dialogs.ambassadors import absences, finding, joining, overview, settings, tips, worklist
from dialogs.ambassadors.application import AmbassadorApplication
from dialogs.ambassadors.tips import Tip
from dialogs.availability.profile import AmbassadorProfile
from dialogs.availability.worklist import Worklist
from dialogs.core.feature import Feature, Verbs
from dialogs.core.fresh_proof import WithFreshProof
from dialogs.core.review import Exempt, ReviewGround
from dialogs.handoff import recognition

VERBS: Final[Verbs] = {
    "ambassador.mine": finding.show_nearest,
    "ambassador.desk": worklist.desk,
    "ambassador.settings": settings.show_settings,
    "ambassador.save": settings.save,
    "ambassador.hours": settings.hours,
    "ambassador.absence": absences.absence,
    "ambassador.substitute": absences.choose_substitute,
    "ambassador.cancel_absence": absences.cancel_absence,
    "ambassador.present": absences.present,
    "ambassador.pause": settings.pause,
    "ambassador.resume": settings.resume,
    "ambassador.leave": WithFreshProof(settings.leave_network, settings.concerns_another),
    "ambassador.apply": joining.apply,
    "ambassador.send": joining.submit_application,
    "ambassador.approve": WithFreshProof(joining.approve),
    "ambassador.decline": joining.decline,
    "ambassador.nominate": joining.nominate,
    "ambassador.tip": tips.tip,
    "ambassador.tips_off": tips.unsubscribe,
    "ambassador.league": recognition.league,
    "ambassador.coverage": overview.show_coverage,
}
TIMERS: Final[Verbs] = {
    "ambassador.queue": worklist.queue_changed,
    "ambassador.tips": tips.send_out,
    "ambassador.thanks": recognition.thank,
}
FEATURE: Final = Feature(
    verbs=VERBS,
    timers=TIMERS,
    records=(AmbassadorProfile, Worklist, AmbassadorApplication, Tip),
    answers=(
        "ambassador/apply",
        "ambassador/nominate",
        "ambassador/tip",
        "ambassador/settings",
        "ambassador/mine",
        "ambassador/league",
        "ambassador/coverage",
    ),
    exempt={"ambassador.nominate": Exempt(ReviewGround.SEARCH, frozenset({"colleague"}))},
    closed_to_leavers=("ambassador.",),
)
