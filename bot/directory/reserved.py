"""Ids that a person may not have: words of the bot's own keys.

Slots, timers and event ids are texts such as ``handoff/ID/offer/PERSON``. An export and an erasure search them for a
person's id as a whole word, so that a person ``web`` would take the messages of everyone along.
"""

import re
from typing import Final

from bot.turn.job import FORGET_VERB
from dialogs.core.audit import OPERATOR
from dialogs.core.event import CLOCK
from dialogs.core.nightly_run import NIGHTLY_JOBS
from dialogs.privacy.inventory import INVENTORY
from dialogs.router import FEATURES
from knowledge.organisation.organisation import Organisation
from knowledge.organisation.person_id import ERASED

# Words of slots, timer keys, terms and audit entries that no declaration has. A test compares them with the code.
_LISTED: Final = """
accepted again all application approved articles away by changed check closing count credential deadline decided draft
edition erase escalated everybody expand file forget former gap group guest guests hashes held image import invitation
left list lost masked mine network news note offer officer own pass person place privacy progress purge queue refresher
refused registry reminder removals report role said sent status stopped subject teacher teams tenant test thanks theme
tip tips title unit unread warned web welcome why
"""
_PART: Final = re.compile(r"[A-Za-z0-9_-]+")


def _declared() -> frozenset[str]:
    texts = {FORGET_VERB, OPERATOR, CLOCK, ERASED}
    texts |= {text for nightly in NIGHTLY_JOBS for text in (nightly.name, nightly.key, nightly.verb)}
    texts |= {holding.kind for holding in INVENTORY}
    texts |= {text for feature in FEATURES for text in (*feature.verbs, *feature.timers, *feature.answers)}
    return frozenset(part for text in texts for part in _PART.findall(text))


WORDS: Final = frozenset(_LISTED.split()) | _declared()


def is_reserved(person_id: str, organisation: Organisation) -> bool:
    """Return whether an id is also a word of a key, or the id of a municipality, which keys contain."""
    return person_id in WORDS or person_id in organisation.municipalities
