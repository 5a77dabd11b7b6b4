"""Load the message catalogues in dialogs/locales, and say import faults in their sentences."""

import io
from collections.abc import Mapping
from functools import cache
from importlib.resources import files

from babel.messages.pofile import read_po

from dialogs.core.texts import Texts
from knowledge.article.article import Language
from knowledge.organisation.importers.fault import ImportFault


class BrokenCatalogue(Exception):
    """A catalogue has a duplicate key or an empty sentence; the text names it."""


@cache  # packaged files do not change while the program runs
def load_catalogue() -> Mapping[Language, Texts]:
    """Return the sentences of every language. Raises BrokenCatalogue."""
    return {language: _texts(language) for language in Language}


def commands_of(catalogue: Mapping[Language, Texts]) -> Mapping[str, str]:
    """Return the typed commands: normalised words and the verb of the matching button.

    Raises BrokenCatalogue: the same words stand for two verbs.
    """
    commands: dict[str, str] = {}
    for texts in catalogue.values():
        for key in texts.starting("command."):
            verb = key.removeprefix("command.")
            for phrase in texts.phrases(key):
                words = " ".join(phrase.lower().split())
                if commands.setdefault(words, verb) != verb:
                    raise BrokenCatalogue(f"'{words}' stands for both {commands[words]} and {verb}")
    return commands


def _texts(language: Language) -> Texts:
    sentences: dict[str, tuple[str, str]] = {}
    folder = files("dialogs") / "locales" / language
    for file in sorted((f for f in folder.iterdir() if f.name.endswith(".po")), key=lambda f: f.name):
        for message in read_po(io.BytesIO(file.read_bytes()), locale=language):
            if not message.id:
                continue
            key = message.id if isinstance(message.id, str) else message.id[0]
            said = message.string or ""
            forms = (said,) if isinstance(said, str) else tuple(said)
            if not all(forms):
                raise BrokenCatalogue(f"{language}/{file.name}: {key} is empty")
            if key in sentences:
                raise BrokenCatalogue(f"{language}/{file.name}: {key} stands twice")
            sentences[key] = (forms[0], forms[-1])
    return Texts(language=language, sentences=sentences)


# Import faults as sentences of the catalogue.


def in_words(fault: ImportFault, texts: Texts | None = None) -> str:
    """Return a fault as ``column: reason (value)``; in English by default, like the commands."""
    texts = texts or load_catalogue()[Language.EN]
    reason = texts(f"fault.{fault.kind.removeprefix('fault-')}")
    column = f"{fault.column}: " if fault.column else ""
    value = f" ({fault.value})" if fault.value and fault.value != fault.column else ""
    return f"{column}{reason}{value}"
