"""Sentences that ship with the content: phrasings, utterances, programs and tasks, without those about people."""

from collections.abc import Iterable, Iterator

from bot.content.loading import LoadedContent
from knowledge.article.article import Language
from knowledge.language.concerns.terms import is_sensitive_sentence
from knowledge.matching.match import Phrasing
from knowledge.software.task import EverydayTask


def shipped_sentences(loaded: LoadedContent, tasks: Iterable[EverydayTask]) -> tuple[Phrasing, ...]:
    """Return the sentences of the files; none that an editor or an asker wrote into the store."""
    told = (*loaded.with_changes(()).phrasings(), *_of_register(loaded, tasks))
    return tuple(sentence for sentence in told if not is_sensitive_sentence(sentence.text))


def _of_register(loaded: LoadedContent, tasks: Iterable[EverydayTask]) -> Iterator[Phrasing]:
    for program in loaded.register.programs.values():
        yield Phrasing(article_id=program.id, language=Language.NB, text=program.name)
    for task in tasks:
        for language, phrases in task.register.items():
            for phrase in phrases:
                yield Phrasing(article_id=task.id, language=language, text=phrase)
