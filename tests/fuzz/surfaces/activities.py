"""Teams activities of every type at ``POST /api/messages`` of the demo."""

import copy
import json
from typing import Any, Final

from tests.fuzz.mutate import MARK, NUMBER, Mutator
from tests.fuzz.outside import APP, TENANT
from tests.fuzz.rig import Rig, activity
from tests.fuzz.surface import Case, Seen

SAID: Final = (
    "hvordan bytter jeg passord",
    "Hvor finner jeg filene mine i Teams?",
    "når får vi office 365",
    "snakk med et menneske",
    "min ambassadør",
    "status",
    "mine data",
    "er 7-zip godkjent",
    "trenger 7-zip på den nye pc-en",
    "har vi noe å pakke mange filer sammen med, en app eller et program?",
    "hjelp",
    "ja",
    "takk!",
    "Korleis deler eg kalenderen min med ein kollega?",
    "how do I reset MFA on my phone",
    "kaffemaskinen brummer",
    f"jeg er født {NUMBER} og kommer ikke inn {MARK}",
    "kort 4571 2345 6789 0112 12/27 123",
)
_BOT: Final = {"id": f"28:{APP}", "name": "Heia"}
_TEAM: Final = {"team": {"id": "19:lag", "name": "Lag"}, "channel": {"id": "19:rom", "name": "Rom"}}
_MENTION: Final = {"type": "mention", "mentioned": _BOT, "text": "<at>Heia</at>"}
TEMPLATES: Final[tuple[dict[str, Any], ...]] = (
    {"type": "message"},
    {"type": "message"},
    {"type": "message"},
    {"type": "message", "text": "<at>Heia</at> hei", "entities": [_MENTION], "textFormat": "xml"},
    {
        "type": "message",
        "conversation": {"id": "19:rom;messageid=1", "conversationType": "channel", "isGroup": True},
        "channelData": {**_TEAM, "tenant": {"id": TENANT}},
        "text": "<at>Heia</at> når åpner hjelpesenteret",
        "entities": [_MENTION],
    },
    {
        "type": "message",
        "attachments": [
            {"contentType": "image/png", "contentUrl": "https://smba.trafficmanager.net/x", "name": "bilde.png"},
            {"contentType": "text/html", "content": "<p>hei</p>"},
            {"contentType": "application/vnd.microsoft.teams.file.download.info", "contentUrl": "https://x/y"},
        ],
    },
    {"type": "message", "value": {"verb": "ask.helped", "question_id": "q-1", "slot": "ask/1"}},
    {"type": "message", "replyToId": "1", "value": {"verb": "handoff.send", "handoff_id": "h", "question": MARK}},
    {"type": "invoke", "name": "adaptiveCard/action", "value": {"action": {"verb": "profile.show", "data": {}}}},
    {"type": "invoke", "name": "task/fetch", "value": {"data": {}}},
    {"type": "invoke", "name": "composeExtension/query", "value": {"parameters": [{"name": "q", "value": "x"}]}},
    {"type": "invoke", "name": "signin/verifyState", "value": {"state": "1"}},
    {"type": "invoke", "name": "message/submitAction", "value": {"actionName": "feedback"}},
    {"type": "installationUpdate", "action": "add"},
    {"type": "installationUpdate", "action": "remove", "channelData": {**_TEAM, "tenant": {"id": TENANT}}},
    {"type": "installationUpdate", "action": "add-upgrade"},
    {"type": "conversationUpdate", "membersAdded": [_BOT, {"id": "29:a", "aadObjectId": "x"}]},
    {"type": "conversationUpdate", "membersRemoved": [_BOT]},
    *(
        {"type": "conversationUpdate", "channelData": {**_TEAM, "eventType": kind, "tenant": {"id": TENANT}}}
        for kind in ("channelCreated", "channelRenamed", "channelDeleted", "teamRenamed", "teamArchived", "teamDeleted")
    ),
    {"type": "messageReaction", "reactionsAdded": [{"type": "like"}], "replyToId": "1"},
    {"type": "messageUpdate", "text": "endret", "channelData": {"eventType": "editMessage"}},
    {"type": "messageDelete", "channelData": {"eventType": "softDeleteMessage"}},
    {"type": "event", "name": "application/vnd.microsoft.readReceipt", "value": {"lastReadMessageId": "1"}},
    {"type": "typing"},
    {"type": "endOfConversation"},
)
UNTOUCHED: Final = 0.2
"""So many inputs stay valid, so that the state behind the surface grows."""


class Activities:
    """One activity, as bytes."""

    name = "activities"
    share = 28
    together = 1

    def make(self, mutator: Mutator, rig: Rig) -> Case:
        """Return an activity of a sample person, a guest of another tenant, or one that was sent before."""
        random = mutator.random
        person = random.choice(rig.people)
        body = activity(person, id=str(random.randrange(10**9)), text=mutator.said(SAID))
        body.update(copy.deepcopy(random.choice(TEMPLATES)))
        if random.random() < 0.1:
            body["from"] = {"id": "29:ny", "name": "Ny", "aadObjectId": f"new-{random.randrange(50)}"}
        if random.random() < 0.05:
            body["id"] = "1"  # Teams sends again what was not answered in time
        if random.random() < UNTOUCHED:
            return (json.dumps(body).encode(),)
        return (mutator.json(mutator.value(body)),)

    async def play(self, rig: Rig, case: Case) -> Seen:
        """Hand it in."""
        return Seen.of(await rig.hand_in(case[0]))
