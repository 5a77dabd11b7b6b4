"""Declaration of a feature: one value per package, listed in `dialogs.features`."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from dialogs.core.content import Content
from dialogs.core.event import Event
from dialogs.core.query import Flow
from dialogs.core.record import Record
from dialogs.core.review import Exemptions

Verbs = Mapping[str, Callable[[Event, Content], Flow]]

# Finds the parameters of a verb in a message: (words, content, municipality id of the writer) to card data.
Reader = Callable[[str, Content, str | None], Mapping[str, str]]
Readers = Mapping[str, Reader]


@dataclass(frozen=True, slots=True, kw_only=True)
class Feature:
    """What a package adds to the bot.

    Attributes:
        verbs: verbs of card presses and commands.
        timers: verbs of timers only; no user event can trigger them.
        records: the kinds of data it stores.
        answers: slots of answers that only the asker sees, such as ``status``; removed from the store after a month.
        exempt: verbs with inputs that need no review before they reach another person (``dialogs.core.review``).
        closed_to_leavers: prefixes of verbs about colleagues; closed to people that left the registry.
        open_until_removal: prefixes of verbs about oneself; all others are closed while a removal waits, since these
            people still have their roles.
    """

    verbs: Verbs = field(default_factory=dict)
    timers: Verbs = field(default_factory=dict)
    records: tuple[type[Record], ...] = ()
    answers: tuple[str, ...] = ()
    exempt: Exemptions = field(default_factory=dict)
    closed_to_leavers: tuple[str, ...] = ()
    open_until_removal: tuple[str, ...] = ()
