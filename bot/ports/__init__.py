"""Protocols of what the runtime needs from outside: store, channels, images, cache, clock and ids.

Entry point: import the names from ``bot.ports``. May import ``dialogs.core`` and nothing else of ``bot``.
"""

from bot.ports.audit import AuditPoint, AuditRow
from bot.ports.cache import Cache
from bot.ports.channel import (
    Channel,
    Faulted,
    Inbox,
    Incoming,
    Landed,
    Missing,
    Outcome,
    Sender,
    Throttled,
    Turn,
    Unreachable,
)
from bot.ports.clock import (
    Clock,
    RandomSource,
)
from bot.ports.delivery import (
    PENDING,
    THROTTLED,
    Delivery,
    DeliveryStatus,
    MulticastWrite,
    PostWrite,
    Settled,
    Share,
)
from bot.ports.image import (
    IMAGE_ID,
    Images,
    StoredImage,
)
from bot.ports.store import (
    NO_REPLIES,
    Body,
    Commit,
    Conflict,
    Duplicate,
    Key,
    LeaseLost,
    Overloaded,
    RecordWrite,
    Store,
    Stored,
    StoreRefused,
    StoreUnavailable,
    Timer,
    TimerWrite,
    TurnFailed,
)

__all__ = [
    "IMAGE_ID",
    "NO_REPLIES",
    "PENDING",
    "THROTTLED",
    "AuditPoint",
    "AuditRow",
    "Body",
    "Cache",
    "Channel",
    "Clock",
    "Commit",
    "Conflict",
    "Delivery",
    "DeliveryStatus",
    "Duplicate",
    "Faulted",
    "Images",
    "Inbox",
    "Incoming",
    "Key",
    "Landed",
    "LeaseLost",
    "Missing",
    "MulticastWrite",
    "Outcome",
    "Overloaded",
    "PostWrite",
    "RandomSource",
    "RecordWrite",
    "Sender",
    "Settled",
    "Share",
    "Store",
    "StoreRefused",
    "StoreUnavailable",
    "Stored",
    "StoredImage",
    "Throttled",
    "Timer",
    "TimerWrite",
    "Turn",
    "TurnFailed",
    "Unreachable",
]
