"""Images brought by a page: nearly right files of every kind, and others under their first bytes."""

import io
import json
from functools import cache
from typing import Final

from PIL import Image

from tests.fuzz.mutate import Mutator
from tests.fuzz.rig import Rig
from tests.fuzz.surface import Case, Seen
from tests.fuzz.surfaces.frames import badge

KINDS: Final = ("PNG", "JPEG", "GIF", "WEBP")
STARTS: Final = (
    b"\x89PNG\r\n\x1a\n",
    b"\xff\xd8\xff\xe0",
    b"GIF89a",
    b"RIFF\xff\xff\xff\xffWEBP",
    b"%PDF-",
    b"PK\x03\x04",
)


@cache
def sample(kind: str) -> bytes:
    """Return a small picture."""
    written = io.BytesIO()
    Image.radial_gradient("L").resize((24, 16)).convert("RGB").save(written, kind)
    return written.getvalue()


class Uploads:
    """A body for ``POST /chat/images``. The first piece is who brings it."""

    name = "images"
    share = 1
    together = 1

    def make(self, mutator: Mutator, rig: Rig) -> Case:
        """Return a picture, with bytes changed as a rule."""
        random = mutator.random
        raw = sample(random.choice(KINDS))
        draw = random.random()
        if draw < 0.7:
            raw = mutator.bytes(raw)
        elif draw < 0.9:
            raw = random.choice(STARTS) + random.randbytes(random.choice((0, 1, 40, 4000)))
        return random.choice(rig.people).id.encode(), raw

    async def play(self, rig: Rig, case: Case) -> Seen:
        """Upload it."""
        person, raw = case
        badges = rig.notes.setdefault("badges", {})
        if person not in badges:
            badges[person] = await badge(rig.demo, person.decode())
        answer = await rig.demo.ask(
            "POST", "/chat/images", raw, f"Authorization: Bearer {badges[person]}", kind="image/png"
        )
        if answer.status == 401:
            del badges[person]
        if answer.status == 200:
            rig.notes.setdefault("images", []).append(json.loads(answer.body)["id"])
        return Seen.of(answer)
