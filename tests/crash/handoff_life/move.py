"""What may happen in the town, each drawn from a seed of its own, so that leaving one out changes no other."""

import random
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

from bot.directory.current import colleague_of
from bot.directory.plan import RegistryPlan
from dialogs.core.person import Role
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status
from knowledge.organisation.importers.rows import changes_between
from tests.crash.handoff_life.life import Life, Turn
from tests.crash.handoff_life.promise import Picture
from tests.crash.handoff_life.town import ASKERS, CONTACT, HELPERS, PEOPLE
from tests.unit.handoff.press import VERBS, inputs

MINUTES: Final = (1, 20, 60, 130, 300, 24 * 60, 4 * 24 * 60)
CAN_BE_PRESSED: Final[Mapping[Status, tuple[tuple[str, str], ...]]] = {
    Status.WAITING: (("asker", "edit"), ("asker", "withdraw"), ("queue", "accept"), ("contact", "pass")),
    Status.OFFERED: (
        ("helper", "accept"),
        ("helper", "accept"),
        ("helper", "accept"),
        ("helper", "decline"),
        ("helper", "pass"),
        ("contact", "pass"),
        ("asker", "withdraw"),
        ("asker", "edit"),
    ),
    Status.ACCEPTED: (
        ("helper", "resolve"),
        ("helper", "resolve"),
        ("helper", "release"),
        ("helper", "pass"),
        ("helper", "ask_network"),
        ("asker", "confirm"),
        ("asker", "withdraw"),
        ("asker", "focus"),
        ("queue", "tip"),
    ),
    Status.ESCALATED: (("contact", "accept"), ("contact", "pass"), ("queue", "accept"), ("asker", "withdraw")),
    Status.RESOLVED: (("asker", "confirm"), ("asker", "reopen"), ("asker", "rate")),
    Status.WITHDRAWN: (("asker", "reopen"), ("helper", "accept")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One thing that happens: its name, and the seed of everything about it."""

    name: str
    seed: int


def moves(rng: random.Random, number: int) -> tuple[Move, ...]:
    """Draw so many."""
    names = rng.choices(list(NAMES), weights=list(NAMES.values()), k=number)
    return (Move(name="ask", seed=rng.getrandbits(32)), *(Move(name=n, seed=rng.getrandbits(32)) for n in names))


async def make(life: Life, move: Move, now: Picture) -> bool:
    """Let it happen; return whether every timer that is due has rung by now."""
    return await DONE[move.name](life, now, random.Random(move.seed))


async def _ask(life: Life, now: Picture, rng: random.Random) -> bool:
    who = rng.choice(ASKERS)
    if who in now.people:
        await life.pressing(who, "handoff.start")()
        drafts = await life.store.find("handoff_draft", f"person:{who}")
        if drafts:
            send = life.pressing(who, "handoff.send", handoff_id=drafts[-1].key.id, question="hvordan?")
            await life.at_once([send], rng, dies_after=_death(rng, 0.05))
            if rng.random() < 0.1:
                await send()
    return False


async def _press(life: Life, now: Picture, rng: random.Random) -> bool:
    turn = _sensible(life, now, rng)
    if turn is not None:
        await turn()
    return False


async def _forge(life: Life, now: Picture, rng: random.Random) -> bool:
    verb = rng.choice(VERBS)
    id_ = rng.choice([*now.handoffs, "handoff-9999"])
    await life.pressing(rng.choice(PEOPLE), f"handoff.{verb}", **{**inputs(verb, rng), "handoff_id": id_})()
    return False


async def _say(life: Life, now: Picture, rng: random.Random) -> bool:
    talking = [id_ for id_, session in now.sessions.items() if session.talking_in]
    await life.saying(rng.choice([*talking, *talking, *PEOPLE]), "noen ord")()
    return False


async def _race(life: Life, now: Picture, rng: random.Random) -> bool:
    """Several at once: presses about one handoff, what the clock does to it, and words; often a death in the midst."""
    turns: list[Callable[[], Turn]] = []
    handoff = _some(now, rng)
    due = now.timers.get(f"handoff/{handoff.id}/deadline") if handoff else None
    if due is not None and rng.random() < 0.4:
        life.clock.at = max(life.clock.at, due.at)
        turns.append(lambda: life.runtime.ring(due))
    people: set[str] = set()
    for _ in range(rng.randint(2, 3)):
        pressed = _press_of(life, now, rng, handoff) if handoff and rng.random() < 0.7 else _any_press(life, now, rng)
        if pressed is not None and pressed[0] not in people:  # the runtime lets one person do one thing at a time
            people.add(pressed[0])
            turns.append(pressed[1])
    if rng.random() < 0.2:
        who, change = _change(life, now, rng, moving=False)
        turns += [change] * (who not in people)
    if turns:
        await life.at_once(turns, rng, dies_after=_death(rng, 0.35))
    return False


async def _time(life: Life, now: Picture, rng: random.Random) -> bool:
    await life.pass_until(life.clock.at + timedelta(minutes=rng.choice(MINUTES)))
    return True


async def _change_helper(life: Life, now: Picture, rng: random.Random) -> bool:
    await _change(life, now, rng)[1]()
    await life.pass_until(life.clock.now())
    return True


async def _uninstall(life: Life, now: Picture, rng: random.Random) -> bool:
    who = rng.choice((*HELPERS, CONTACT, *ASKERS))
    if who in now.people:
        await life.leaving(who)()
        await life.pass_until(life.clock.now())
    return True


async def _delete(life: Life, now: Picture, rng: random.Random) -> bool:
    who = rng.choice((*HELPERS, *ASKERS))
    if who in now.people:
        await life.pressing(who, "privacy.erase_now")()
        await life.pass_until(life.clock.now())
    return True


async def _die(life: Life, now: Picture, rng: random.Random) -> bool:
    await life.die(rng)
    return False


async def _carry(life: Life, now: Picture, rng: random.Random) -> bool:
    await life.carry_all()
    return False


def _change(life: Life, now: Picture, rng: random.Random, *, moving: bool = True) -> tuple[str, Callable[[], Turn]]:
    """A helper goes away or comes back, by the own settings or by the registry's file. Return who does it, and how."""
    helpers = [id_ for id_ in HELPERS if id_ in now.people]
    if rng.random() < 0.5 and helpers:
        helper = rng.choice(helpers)
        return helper, _settings(life, helper, now, rng)
    wanted = {id_: colleague_of(person) for id_, person in now.people.items() if person.registered}
    serving = {id_: p.ambassador for id_, p in now.profiles.items() if p.ambassador.active and id_ in wanted}
    current = tuple(wanted.values()), tuple(p.ambassador for p in now.profiles.values() if p.ambassador.active)
    who = rng.choice(HELPERS)
    match rng.choice(("gone", "retired", "capacity", "back", "moved")):
        case "gone":
            wanted.pop(who, None)
            serving.pop(who, None)
        case "retired" if who in serving:
            serving.pop(who)
            wanted[who] = replace(wanted[who], roles=wanted[who].roles - {Role.AMBASSADOR})
        case "capacity" if who in serving:
            serving[who] = replace(serving[who], capacity=rng.randint(0, 3))
        case "back" if who in now.profiles and who in wanted:
            serving[who] = replace(now.profiles[who].ambassador, active=True, absences=(), paused=False)
            wanted[who] = replace(wanted[who], roles=wanted[who].roles | {Role.AMBASSADOR})
        case "moved" if (
            moving and _new_face(who, now) and who in serving and serving[who].municipality_id == "lillevik"
        ):
            unit = rng.choice(("nord", "sor", "skole"))
            serving[who], wanted[who] = replace(serving[who], unit_id=unit), replace(wanted[who], unit_id=unit)
    changes = RegistryPlan(
        people=changes_between(current[0], wanted.values()),
        ambassadors=changes_between(current[1], serving.values()),
        wanted=wanted,
        helpers=serving,
    )
    return "", life.importing(changes)


def _settings(life: Life, who: str, now: Picture, rng: random.Random) -> Callable[[], Turn]:
    today = now.at.date()
    verb = rng.choice(("absence", "absence", "pause", "leave", "present", "resume", "save", "desk"))
    data: dict[str, Any] = {}
    if verb == "absence":
        first = today + timedelta(days=rng.choice((0, 0, 1)))
        substitute = rng.choice((*HELPERS, ""))
        data = {"first_day": str(first), "last_day": str(first + timedelta(days=3)), "substitute_id": substitute}
    if verb == "save":
        data = {"capacity": str(rng.randint(0, 3))}
    return life.pressing(who, f"ambassador.{verb}", **data)


def _sensible(life: Life, now: Picture, rng: random.Random) -> Callable[[], Turn] | None:
    handoff = _some(now, rng)
    pressed = _press_of(life, now, rng, handoff) if handoff else None
    return pressed[1] if pressed else None


def _some(now: Picture, rng: random.Random) -> Handoff | None:
    return rng.choice(list(now.handoffs.values())) if now.handoffs else None


def _any_press(life: Life, now: Picture, rng: random.Random) -> tuple[str, Callable[[], Turn]] | None:
    handoff = _some(now, rng)
    return _press_of(life, now, rng, handoff) if handoff else None


def _press_of(life: Life, now: Picture, rng: random.Random, handoff: Handoff) -> tuple[str, Callable[[], Turn]] | None:
    """Return a press that somebody's card offers, with who presses."""
    side, verb = rng.choice(CAN_BE_PRESSED[handoff.status])
    at_home = [id_ for id_ in HELPERS if _home(now, id_) == handoff.municipality_id]
    sides = {"asker": handoff.asker_id, "helper": handoff.helper_id, "contact": CONTACT}
    who = rng.choice(at_home or HELPERS) if side == "queue" else sides[side]
    if who is None:
        return None
    return who, life.pressing(who, f"handoff.{verb}", **{**inputs(verb, rng), "handoff_id": handoff.id})


def _new_face(who: str, now: Picture) -> bool:
    """Tell whether no asker's card shows the helper: it keeps the unit the helper had when it was made."""
    return all(
        who not in {handoff.assignment.owner_id, handoff.assignment.offered_to} for handoff in now.handoffs.values()
    )


def _home(now: Picture, id_: str) -> str | None:
    return now.people[id_].municipality_id if id_ in now.people else None


def _death(rng: random.Random, probability: float) -> int | None:
    return rng.randrange(40) if rng.random() < probability else None


Happening = Callable[[Life, Picture, random.Random], Awaitable[bool]]
DONE: Final[Mapping[str, Happening]] = {
    "ask": _ask,
    "press": _press,
    "forge": _forge,
    "say": _say,
    "race": _race,
    "time": _time,
    "change_helper": _change_helper,
    "uninstall": _uninstall,
    "delete": _delete,
    "die": _die,
    "carry": _carry,
}
NAMES: Final[Mapping[str, int]] = {
    "ask": 12,
    "press": 22,
    "forge": 5,
    "say": 6,
    "race": 22,
    "time": 12,
    "change_helper": 10,
    "uninstall": 5,
    "delete": 1,
    "die": 2,
    "carry": 3,
}
