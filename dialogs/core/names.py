"""Names of people on the cards of others."""

from dialogs.core.card import unmarked
from dialogs.core.person import Person
from dialogs.core.texts import Texts
from knowledge.language.legible import legible


def name_of(person: Person | None, texts: Texts) -> str:
    """Return a person's name for other people's cards, or "a colleague"."""
    # Names come from outside, so characters that Markdown could turn into links or images are removed.
    name = unmarked(legible(person.name)) if person else ""  # stored names may be older than this check on input
    return name[:80] or texts("common.a_guest" if person and person.is_guest else "common.a_colleague")


def name_for(viewer: Person | None, person: Person | None, texts: Texts) -> str:
    """Return a person's name for ``viewer``; guests and former employees see no names."""
    return texts("common.a_colleague") if viewer is None or viewer.is_outsider else name_of(person, texts)
