"""Bearer tokens at ``POST /api/messages`` of the application that checks them."""

import base64
import hashlib
import json
from typing import Any, Final

from tests.fuzz.mutate import Mutator
from tests.fuzz.outside import APP, SERVICE, token
from tests.fuzz.rig import HOST, Rig, activity
from tests.fuzz.surface import Case, Seen

CLAIMS: Final = ("iss", "aud", "exp", "nbf", "serviceurl", "iat", "appid", "sub")
ODD_HEADERS: Final[tuple[dict[str, Any], ...]] = (
    {"alg": "none"}, {"alg": "HS256", "kid": "one"}, {"alg": "RS256"}, {"alg": "RS256", "kid": ["one"]},
    {"alg": "RS256", "kid": "one", "crit": ["b64"]}, {"alg": "RS256", "kid": "one", "b64": False}, {"alg": ["RS256"]},
)  # fmt: skip


class BearerTokens:
    """A header and an activity: one of the two is right as a rule."""

    name = "tokens"
    share = 5
    together = 1

    def make(self, mutator: Mutator, rig: Rig) -> Case:
        """Return a good token with a changed activity, or a token with changed claims or bytes."""
        random = mutator.random
        now = rig.clock.now().timestamp()
        action = {"verb": "profile.show", "data": {}}
        said = activity(random.choice(rig.people), id=str(random.randrange(10**9)), serviceUrl=SERVICE)
        said.update(type="invoke", name="adaptiveCard/action", value={"action": action})
        body = json.dumps(said).encode()
        draw = random.random()
        if draw < 0.35:
            return f"Bearer {token(now)}".encode(), mutator.json(mutator.value(said))
        if draw < 0.65:
            claims = {random.choice(CLAIMS): random.choice((None, mutator.odd(), APP, now)) for _ in range(2)}
            return f"Bearer {token(now, **claims)}".encode(), body
        if draw < 0.9:
            header, claimed, signature = token(now).encode().split(b".")
            if random.random() < 0.5:
                parts = mutator.lines([header, claimed, signature], mutator.bytes)
            else:
                parts = [_part(mutator.value(random.choice(ODD_HEADERS))), claimed, signature]
            return b"Bearer " + b".".join(parts).replace(b"\r", b"").replace(b"\n", b""), body
        return mutator.text("Bearer x.y.z").encode("utf-8", "replace").replace(b"\r", b"").replace(b"\n", b""), body

    async def play(self, rig: Rig, case: Case) -> Seen:
        """Hand it in."""
        header, body = case
        digest = hashlib.sha256(header + body).digest()  # an address has a budget of bad tokens
        source = ".".join(map(str, digest[:4]))
        lines = f"POST /api/messages HTTP/1.1\r\nHost: {HOST}\r\nX-Forwarded-For: {source}\r\n"
        head = b"Content-Type: application/json\r\nContent-Length: %d\r\nAuthorization: " % len(body)
        request = lines.encode() + head + header[:7000] + b"\r\n\r\n" + body
        return Seen.of(await rig.real.wire.ask(request))


def _part(header: Any) -> bytes:
    return base64.urlsafe_b64encode(json.dumps(header).encode("utf-8", "surrogatepass")).rstrip(b"=")
