"""Frames from the page over its socket, strictly validated.

Anything else is refused and changes nothing.
"""

import json
from typing import Annotated, Any, Final, Literal, Self
from uuid import UUID

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    JsonValue,
    StringConstraints,
    TypeAdapter,
    ValidationError,
    model_validator,
)

from dialogs.core.image import MAX_AT_ONCE
from knowledge.article.article import Language
from knowledge.language.legible import legible

MAX_CHARACTERS: Final = 10_000
MAX_BYTES: Final = 256 * 1024
DEEPEST: Final = 6

ImageId = Annotated[str, StringConstraints(pattern=r"^image-[0-9a-p]{32}$")]


def _shallow(value: JsonValue, depth: int = 0) -> Any:
    if depth > DEEPEST:
        raise ValueError("nested too deeply")
    if isinstance(value, str):
        return legible(value)
    if isinstance(value, list):
        return [_shallow(item, depth + 1) for item in value]
    if isinstance(value, dict):
        return {legible(key): _shallow(item, depth + 1) for key, item in value.items()}
    return value


class _Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Open(_Strict):
    """The first frame of a socket. ``token`` is the tab's own session; without it the cookie counts.

    ``again``: this page was greeted before its connection broke. ``language``: of the page, for a new person.
    """

    type: Literal["open"]
    token: str | None = Field(default=None, max_length=2000)
    again: bool = False
    language: Language | None = None


class Say(_Strict):
    """A person's text, or images uploaded before, or both.

    ``id`` comes from the page, and stays the same when the page sends the frame again.
    """

    type: Literal["say"]
    id: UUID
    text: Annotated[str, Field(max_length=MAX_CHARACTERS), AfterValidator(legible)]
    images: Annotated[list[ImageId], Field(max_length=MAX_AT_ONCE)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _says_something(self) -> Self:
        if not self.text.strip() and not self.images:
            raise ValueError("blank")
        return self


class Press(_Strict):
    """A pressed card action with the inputs filled in."""

    type: Literal["press"]
    id: UUID
    verb: str = Field(max_length=100, pattern=r"^[A-Za-z0-9_.-]+$")
    data: Annotated[dict[str, JsonValue], Field(max_length=200), AfterValidator(_shallow)] = Field(default_factory=dict)
    slot: Annotated[str, Field(max_length=500), AfterValidator(legible)] | None = None


class Ping(_Strict):
    """Connection check."""

    type: Literal["ping"]


class FrameRefused(Exception):
    """The frame is refused. ``key`` names the sentence with the reason, ``id`` its turn, if known."""

    def __init__(self, key: str, id: str | None = None) -> None:
        super().__init__(key)
        self.key = key
        self.id = id


Frame = Open | Say | Press | Ping
_FRAMES: Final[TypeAdapter[Frame]] = TypeAdapter(Annotated[Frame, Field(discriminator="type")])


def parse(raw: str) -> Frame:
    """Return the frame in ``raw``. Raises FrameRefused."""
    if len(raw.encode("utf-8", "surrogatepass")) > MAX_BYTES:
        raise FrameRefused("web.fault.too_much", _id_of(raw))
    try:
        return _FRAMES.validate_json(raw)
    except ValidationError as wrong:
        too_long = any(
            error["type"] == "string_too_long" and error["loc"] == ("say", "text")
            for error in wrong.errors(include_input=False, include_url=False)
        )
        raise FrameRefused("web.fault.too_long" if too_long else "web.fault.unreadable", _id_of(raw)) from None


def _id_of(raw: str) -> str | None:
    try:
        claimed = json.loads(raw)
        return str(UUID(claimed["id"]))
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError):
        return None
