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
    SendingChannel,
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
from bot.ports.health import Examination, HealthFinding, HealthReport
from bot.ports.image import (
    IMAGE_ID,
    Images,
    StoredImage,
)
from bot.ports.record import Body, FindRead, Key, RecordRead, RecordWrite, Stored
from bot.ports.store import (
    NO_REPLIES,
    Commit,
    Conflict,
    Duplicate,
    FoundRow,
    LeaseLost,
    Overloaded,
    RunRow,
    Store,
    StoreInUse,
    StoreRefused,
    StoreUnavailable,
    Timer,
    TimerWrite,
    TurnFailed,
)
from bot.ports.trace import Searched, SearchedPlace, Trace

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
    "Examination",
    "Faulted",
    "FindRead",
    "FoundRow",
    "HealthFinding",
    "HealthReport",
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
    "RecordRead",
    "RecordWrite",
    "RunRow",
    "Searched",
    "SearchedPlace",
    "Sender",
    "SendingChannel",
    "Settled",
    "Share",
    "Store",
    "StoreInUse",
    "StoreRefused",
    "StoreUnavailable",
    "Stored",
    "StoredImage",
    "Throttled",
    "Timer",
    "TimerWrite",
    "Trace",
    "Turn",
    "TurnFailed",
    "Unreachable",
]
