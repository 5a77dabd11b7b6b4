"""What the bot calls: a Bot Connector that keeps the buttons it is shown, and a publisher of signing keys."""

import asyncio
import json
import time
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import jwt
from cryptography.hazmat.primitives.asymmetric import rsa

APP: Final = "33333333-cccc-4ccc-8ccc-333333333333"
TENANT: Final = "00000000-0000-0000-0000-000000000001"
SERVICE: Final = "https://smba.trafficmanager.net/emea/"
SOMEWHERE: Final = "http://127.0.0.1:9"
"""Stands in inputs for the connector's address, so that they are the same in every run."""
KEY: Final = rsa.generate_private_key(public_exponent=65537, key_size=2048)
MAX_BUTTONS: Final = 400


@dataclass(frozen=True, slots=True, kw_only=True)
class Button:
    """An action somebody was shown. ``inputs`` are the names and kinds of the card's fields."""

    person: str
    verb: str
    data: Mapping[str, Any]
    inputs: tuple[tuple[str, str], ...]


class Outside(asyncio.Protocol):
    """One connection of the bot's, whose requests ``World`` answers."""

    def __init__(self, content: "OutsideWorld") -> None:
        self._world = content
        self._received = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._received += data
        head, end, rest = self._received.partition(b"\r\n\r\n")
        _, found, length = head.lower().partition(b"content-length: ")
        if not end or len(rest) < (int(length.split(b"\r\n", 1)[0]) if found else 0):
            return
        self._received = b""
        if self._transport is not None and not self._transport.is_closing():
            raw = self._world.answer(head.split(b" ", 2)[1].decode(), rest)
            self._transport.write(raw)
            if not raw.startswith(b"HTTP/1.1 20"):
                self._transport.close()


class OutsideWorld:
    """Answers every call. ``scripted`` answers are given first, as they are."""

    def __init__(self) -> None:
        self.port = 0
        self.buttons: deque[Button] = deque(maxlen=MAX_BUTTONS)
        self.heard: dict[str, str] = {}
        self.scripted: deque[bytes] = deque()
        self._number = 0

    @property
    def here(self) -> str:
        """Where it really listens."""
        return f"http://127.0.0.1:{self.port}"

    def reached(self, raw: bytes) -> bytes:
        """Return an input with the address it stands for in place of ``SOMEWHERE``."""
        return raw.replace(SOMEWHERE.encode(), self.here.encode())

    def answer(self, path: str, body: bytes) -> bytes:
        """Return the bytes that answer a call."""
        if path == "/openid":
            return proper({"jwks_uri": f"{self.here}/keys"})
        if path == "/keys":
            return proper({"keys": [_public_key()]})
        self._number += 1
        activity = json.loads(body) if body else {}
        _, _, conversation = path.partition("/conversations/")
        if conversation and body:
            self._hear(conversation.split("/", 1)[0], activity)
        if self.scripted:
            return self.scripted.popleft()
        if "/v3/teams/" in path and path.endswith("/conversations"):
            return proper({"conversations": [{"id": "19:room"}, {"id": "19:drift", "name": "Drift"}]})
        return proper({"id": str(self._number), "activityId": str(self._number), "name": "Lag"})

    def see(self, person: str, card: Any) -> None:
        """Keep the buttons of a card that ``person`` was shown."""
        self.buttons.extend(buttons_of(card, person))

    def _hear(self, conversation: str, activity: Any) -> None:
        person = conversation.removeprefix("a%3A")
        self.heard[conversation] = json.dumps(activity, ensure_ascii=False)
        if len(self.heard) > 50:
            del self.heard[next(iter(self.heard))]
        for each in activity.get("attachments") or ():
            self.see(person, each.get("content"))


def buttons_of(card: Any, person: str) -> list[Button]:
    """Return every action of a card."""
    actions: list[tuple[str, Any]] = []
    inputs: list[tuple[str, str]] = []

    def look(value: Any) -> None:
        if isinstance(value, dict):
            if isinstance(value.get("verb"), str):
                actions.append((value["verb"], value.get("data") or {}))
            kind = value.get("type")
            if isinstance(kind, str) and kind.startswith("Input.") and isinstance(value.get("id"), str):
                inputs.append((value["id"], kind))
            for inner in value.values():
                look(inner)
        elif isinstance(value, list):
            for inner in value:
                look(inner)

    look(card)
    return [Button(person=person, verb=verb, data=data, inputs=tuple(inputs)) for verb, data in actions]


def proper(body: Any, status: str = "200 OK") -> bytes:
    """Return an HTTP answer with a JSON body."""
    raw = json.dumps(body).encode()
    return b"HTTP/1.1 %s\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s" % (
        status.encode(),
        len(raw),
        raw,
    )


def token(now: float | None = None, **changes: Any) -> str:
    """Return a token that Microsoft might have signed, with claims changed; None leaves a claim out."""
    at = int(now or time.time())
    claims = {
        "iss": "https://api.botframework.com",
        "aud": APP,
        "exp": at + 3600,
        "nbf": at - 60,
        "serviceurl": SERVICE,
        **changes,
    }
    given = {name: value for name, value in claims.items() if value is not None}
    payload = json.dumps(given).encode("utf-8", "surrogatepass")
    return jwt.PyJWS().encode(payload, KEY, algorithm="RS256", headers={"kid": "one"})


def _public_key() -> Mapping[str, Any]:
    key = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(KEY.public_key()))
    return {**key, "kid": "one", "use": "sig", "endorsements": ["msteams"]}
