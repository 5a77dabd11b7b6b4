"""Presses of cards' buttons: verbs of every flow, with the data people were really shown and with any other."""

import json
from typing import Any, Final

from bot.app.maintenance import JOB_VERBS
from dialogs.core.person import Person
from dialogs.profile.settings import SETTINGS
from dialogs.router import TIMERS, VERBS
from tests.fuzz.mutate import MARK, NUMBER, Mutator
from tests.fuzz.outside import Button, buttons_of
from tests.fuzz.rig import Rig, activity
from tests.fuzz.surface import Case, Seen

FIELDS: Final = (
    "handoff_id", "question_id", "article_id", "announcement_id", "application_id", "suggestion_id", "person_id",
    "colleague_id", "colleague", "substitute_id", "course_id",
    "module_id", "step", "choice", "plan_id", "theme", "page", "edition", "question", "words", "answer", "topic",
    "topics", "title_nb", "body_nb", "links", "list", "units", "municipalities", "roles", "sectors", "sites",
    "languages", "municipality", "unit", "language", "rating", "reason", "program", "verdict", "word", "why", "day",
    "time", "expires", "first_day", "last_day", "capacity", "opens", "closes", "motive", "tip", "tips", "then_verb",
    "then_x", "severity", "confirm", *SETTINGS, "share", "channels", "slot",
)  # fmt: skip
FILLED: Final[dict[str, tuple[Any, ...]]] = {
    "Input.Text": ("Takk for hjelpen", "Systemet er nede fra kl. 12", f"ring {NUMBER} {MARK}", "https://x.example/y"),
    "Input.Date": ("2026-11-02", "2026-11-30", "2027-01-01", "0001-01-01", "9999-12-31"),
    "Input.Time": ("00:00", "08:30", "23:59"),
    "Input.Number": (1, "3", 0, -1, 10**9),
    "Input.Toggle": ("true", "false", True),
    "Input.ChoiceSet": ("nb", "eidsvoll", "critical", "all", "employee,ambassador", "eidsvoll-helse"),
}
LEFT_OUT: Final = 0.35
VERB_NAMES: Final = (*sorted(VERBS), *sorted(TIMERS), *JOB_VERBS, "no.such")


class Presses:
    """An Action.Execute, or the message of an Action.Submit."""

    name = "presses"
    share = 24
    together = 1

    def make(self, mutator: Mutator, rig: Rig) -> Case:
        """Return a press of a button that was shown, filled in, or of a verb with made-up data."""
        random = mutator.random
        person, verb, data = pressing(mutator, rig)
        body = activity(person, id=str(random.randrange(10**9)))
        if random.random() < 0.1:
            body["value"] = {"verb": verb, **data}
        else:
            action = {"type": "Action.Execute", "verb": verb, "data": data}
            body.update(type="invoke", name="adaptiveCard/action", value={"action": action, "trigger": "manual"})
        draw = random.random()
        if draw < 0.4:
            return (json.dumps(body).encode(),)
        if draw < 0.9:
            body["value"] = mutator.value(body["value"])
            return (mutator.json(body),)
        return (mutator.json(mutator.value(body)),)

    async def play(self, rig: Rig, case: Case) -> Seen:
        """Hand it in, and keep the buttons of the card it is answered with."""
        answer = await rig.hand_in(case[0])
        if answer.body.startswith(b'{"statusCode":200'):
            try:
                presser = json.loads(case[0])["conversation"]["id"].removeprefix("a:")
            except (ValueError, KeyError, TypeError, AttributeError):
                presser = "p001"
            rig.outside.buttons.extend(buttons_of(json.loads(answer.body), presser))
        return Seen.of(answer)


def pressing(mutator: Mutator, rig: Rig) -> tuple[Person, str, dict[str, Any]]:
    """Return who presses, what, and with which data."""
    random = mutator.random
    person = random.choice(rig.people)
    if rig.outside.buttons and random.random() < 0.75:
        button = random.choice(rig.outside.buttons)
        known = rig.notes.setdefault("by_id", {each.id: each for each in rig.people})
        if random.random() < 0.9:  # else somebody presses what another person was shown
            person = known.get(button.person, person)
        return person, button.verb, {**button.data, **_filled(mutator, button)}
    verb = random.choice(VERB_NAMES)
    data = {name: mutator.odd() for name in random.sample(FIELDS, random.randrange(8))}
    return person, verb, data


def _filled(mutator: Mutator, button: Button) -> dict[str, Any]:
    random = mutator.random
    filled: dict[str, Any] = {}
    for name, kind in button.inputs:
        if random.random() < LEFT_OUT:
            continue
        usual = FILLED.get(kind, ("x",))
        filled[name] = random.choice(usual) if random.random() < 0.8 else mutator.odd()
    return filled
