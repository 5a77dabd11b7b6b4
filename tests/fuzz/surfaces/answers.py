"""What the Bot Connector answers, which comes from outside too."""

from typing import Final

from tests.fuzz.mutate import Mutator
from tests.fuzz.outside import proper
from tests.fuzz.rig import Rig
from tests.fuzz.surface import Case, Seen
from tests.fuzz.surfaces.activities import Activities
from tests.fuzz.surfaces.presses import Presses

STATUSES: Final = (
    "200 OK", "201 Created", "202 Accepted", "204 No Content", "301 Moved", "400 Bad", "401 No", "403 Forbidden",
    "404 Gone", "412 Again", "413 Large", "429 Slow", "500 Oops", "502 Bad", "503 Busy", "504 Late", "999 X",
)  # fmt: skip
BODIES: Final = (
    {"id": "1", "activityId": "2"},
    {"conversations": [{"id": "19:a", "name": "A"}, {"id": "19:b"}]},
    {"name": "Lag", "id": "19:lag"},
    {"error": {"code": "ConversationNotFound", "message": "x", "innerHttpError": {"statusCode": 1}}},
    {"error": {"code": "BotNotInConversationRoster"}},
    {"errorCode": 209, "message": {"subCode": "MessageWritesBlocked"}},
)


class Answers:
    """An activity and what the next one or two calls are answered."""

    name = "answers"
    share = 3
    together = 1

    def __init__(self) -> None:
        self._activities = Activities()
        self._presses = Presses()

    def make(self, mutator: Mutator, rig: Rig) -> Case:
        """Return an activity that calls the connector, and answers nobody expects."""
        random = mutator.random
        source = random.choice((self._activities, self._presses))
        return (source.make(mutator, rig)[0], *(self._answer(mutator) for _ in range(random.choice((1, 1, 2, 3)))))

    def _answer(self, mutator: Mutator) -> bytes:
        random = mutator.random
        body = random.choice(BODIES)
        raw = proper(mutator.value(body) if random.random() < 0.7 else body, random.choice(STATUSES))
        if random.random() < 0.3:
            waits = random.choice(("0", "-1", "1e99", "nan", "Wed, 21 Oct 2099 07:28:00 GMT", "\xff", "9" * 50))
            raw = raw.replace(b"\r\n", f"\r\nRetry-After: {waits}\r\n".encode(), 1)
        return mutator.bytes(raw) if random.random() < 0.3 else raw

    async def play(self, rig: Rig, case: Case) -> Seen:
        """Hand the activity in while the answers wait."""
        said, *answers = case
        rig.outside.scripted.extend(answers)
        try:
            return Seen.of(await rig.hand_in(said))
        finally:
            rig.outside.scripted.clear()
