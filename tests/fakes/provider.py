"""An identity provider in Python that does as it is told: also what no honest one does."""

import asyncio
import base64
import hashlib
import json
import secrets
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from itertools import cycle
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import jwt
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography.hazmat.primitives.asymmetric import rsa

from bot.ports import Clock

CLIENT_ID = "heia"
MOST_IN_A_TEST = 4
CLIENT_SECRET = "hemmelig-hos-leverandøren"


def new_key() -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


def _few_keys() -> Iterator[rsa.RSAPrivateKey]:
    """Yield keys that differ within a test, and come again: making one takes longer than most tests."""
    made: list[rsa.RSAPrivateKey] = []
    while len(made) < MOST_IN_A_TEST:
        made.append(new_key())
        yield made[-1]
    yield from cycle(made)


_KEYS = _few_keys()


@dataclass
class LyingProvider:
    """Discovery, keys and token endpoint. Every attribute may be changed by a test.

    Attributes:
        claims: added to each ID token; None removes a claim.
        discovery: replaces parts of the discovery document; None removes one.
        answers: a whole answer by path, instead of the honest one: status, content type, body.
        delay_seconds: how long every answer takes.
        asked: the paths asked for.
        forms: what the token endpoint was sent.
    """

    clock: Clock
    claims: dict[str, Any] = field(default_factory=dict)
    discovery: dict[str, Any] = field(default_factory=dict)
    answers: dict[str, tuple[int, str, bytes]] = field(default_factory=dict)
    delay_seconds: float = 0
    asked: list[str] = field(default_factory=list)
    forms: list[Mapping[str, str]] = field(default_factory=list)
    keys: dict[str, rsa.RSAPrivateKey] = field(default_factory=lambda: {"one": next(_KEYS)})
    signs_with: str = "one"
    token: str | None = None
    _codes: dict[str, Mapping[str, str]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        app = web.Application()
        app.router.add_get("/.well-known/openid-configuration", self._describe)
        app.router.add_get("/keys", self._publish)
        app.router.add_post("/token", self._redeem)
        self.server = TestServer(app)

    @property
    def issuer(self) -> str:
        return str(self.server.make_url("")).rstrip("/")

    def authorise(self, address: str) -> dict[str, str]:
        """Return the answer to the browser that followed ``address`` and signed in."""
        asked = dict(parse_qsl(urlsplit(address).query))
        code = secrets.token_urlsafe(16)
        self._codes[code] = asked
        return {"code": code, "state": asked["state"], "iss": self.issuer}

    def id_token(self, nonce: str, **claims: Any) -> str:
        """Return a signed token with the usual claims, the provider's own, and ``claims``."""
        now = int(self.clock.now().timestamp())
        usual: dict[str, Any] = {
            "iss": self.issuer, "aud": CLIENT_ID, "sub": "sub-1", "iat": now, "exp": now + 300, "nonce": nonce,
            "name": "Ansatt Vest",
        }  # fmt: skip
        return self.sign(
            {name: value for name, value in {**usual, **self.claims, **claims}.items() if value is not None}
        )

    def sign(self, claims: Mapping[str, Any], *, typ: str = "JWT") -> str:
        return jwt.encode(
            dict(claims), self.keys[self.signs_with], "RS256", headers={"kid": self.signs_with, "typ": typ}
        )

    async def _describe(self, request: web.Request) -> web.Response:
        document = {
            "issuer": self.issuer,
            "authorization_endpoint": f"{self.issuer}/authorize",
            "token_endpoint": f"{self.issuer}/token",
            "jwks_uri": f"{self.issuer}/keys",
            "end_session_endpoint": f"{self.issuer}/logout",
            "authorization_response_iss_parameter_supported": True,
            "code_challenge_methods_supported": ["S256"],
            **self.discovery,
        }
        return await self._answer(request, {name: value for name, value in document.items() if value is not None})

    async def _publish(self, request: web.Request) -> web.Response:
        keys = [
            {**json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(key.public_key())), "kid": name, "use": "sig"}
            for name, key in self.keys.items()
        ]
        return await self._answer(request, {"keys": keys})

    async def _redeem(self, request: web.Request) -> web.Response:
        form = {name: str(value) for name, value in (await request.post()).items()}
        self.forms.append(form)
        asked = self._codes.pop(form.get("code", ""), None)
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
        if asked is None or asked["code_challenge"] != challenge or asked["redirect_uri"] != form["redirect_uri"]:
            return web.json_response({"error": "invalid_grant"}, status=400)
        token = self.token if self.token is not None else self.id_token(asked["nonce"])
        return await self._answer(
            request, {"id_token": token, "access_token": "unused", "refresh_token": "unused", "token_type": "Bearer"}
        )

    async def _answer(self, request: web.Request, honest: Mapping[str, Any]) -> web.Response:
        self.asked.append(request.path)
        await asyncio.sleep(self.delay_seconds)
        if request.path in self.answers:
            status, kind, body = self.answers[request.path]
            return web.Response(status=status, content_type=kind, body=body)
        return web.json_response(honest)


def stamp(at: datetime) -> int:
    return int(at.timestamp())
