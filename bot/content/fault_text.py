"""Import faults as sentences of the catalogue."""

from bot.content.catalogue import load_catalogue
from dialogs.core.texts import Texts
from knowledge.article.article import Language
from knowledge.organisation.importers.fault import ImportFault


def in_words(fault: ImportFault, texts: Texts | None = None) -> str:
    """Return a fault as ``column: reason (value)``; in English by default, like the commands."""
    texts = texts or load_catalogue()[Language.EN]
    reason = texts(f"fault.{fault.kind.removeprefix('fault-')}")
    column = f"{fault.column}: " if fault.column else ""
    value = f" ({fault.value})" if fault.value and fault.value != fault.column else ""
    return f"{column}{reason}{value}"
