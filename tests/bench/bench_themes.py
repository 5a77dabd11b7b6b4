"""Twenty themes as an editor sees them, for somebody who judges whether they name their subject.

Eight are about what no article answers, as in the invented year; twelve are about articles, in the words of utterances
that are taken out of the content first. For six of these the article, too, is taken out. Printed are names and terms;
then, apart, what each was about.
"""

import random
from collections import defaultdict
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from bot.app.demo.traffic import themes as invented
from bot.content.loading import shipped_sentences
from dialogs.core.question import Question
from dialogs.insight.suppression import EnoughPeople
from dialogs.unanswered.subjects import words_of
from dialogs.unanswered.theme import Theme, plain_questions, theme_of
from knowledge.article.article import Language
from knowledge.matching.match import Phrasing
from knowledge.matching.naming import nearest_sentences, terms_in
from knowledge.matching.policy import OutcomeKind
from knowledge.software.task import shipped_tasks
from tests.learned import sample_content, sample_matcher

SEED: Final = 2026
PEOPLE: Final = 24
OF_ARTICLES: Final = 12
FEWEST_UTTERANCES: Final = 8


def subjects() -> list[tuple[str, list[str], frozenset[str], bool]]:
    """Return what each theme is about, its wordings, its entries, and whether the content answers it."""
    rng = random.Random(SEED)
    found = [
        (said.wordings[Language.NB][0], list(said.wordings[Language.NB]), frozenset[str](), False)
        for said in invented()
    ]
    typed = defaultdict[str, list[str]](list)
    for utterance in sample_content().utterances:
        if utterance.article_id in sample_content().articles.ids() and utterance.language == Language.NB:
            typed[utterance.article_id].append(utterance.text)
    enough = sorted(entry for entry, texts in typed.items() if len(texts) >= FEWEST_UTTERANCES)
    for number, entry in enumerate(rng.sample(enough, k=OF_ARTICLES)):
        article = sample_content().articles.get(entry, Language.NB, None)
        title = article.title if article is not None else entry
        found.append((title, typed[entry], frozenset({entry}), number % 2 == 0))
    rng.shuffle(found)
    return found


def asked(number: int, wordings: Sequence[str]) -> list[Question]:
    """Let people ask in these wordings."""
    rng = random.Random(SEED + number)
    return [
        Question(
            id=f"q{number}-{person}",
            person_id=f"p{person}",
            municipality_id="nes",
            utterance=rng.choice(wordings),
            language=Language.NB,
            outcome=OutcomeKind.HAND_OVER,
            asked_at=datetime(2026, 11, 17, tzinfo=UTC),
        )
        for person in range(PEOPLE)
    ]


def named() -> list[tuple[Theme | None, str]]:
    """Return each theme with what it was about."""
    index, rule = sample_matcher().index, EnoughPeople()
    shipped = shipped_sentences(sample_content(), shipped_tasks().tasks)
    found: list[tuple[Theme | None, str]] = []
    for number, (truth, wordings, entries, answered) in enumerate(subjects()):
        group = asked(number, wordings)
        plain, typed = plain_questions(group), set(wordings)
        left = [each for each in shipped if not _is_of(each, entries, typed, answered=answered)]
        (name,) = nearest_sentences(index, [[words_of(each) for each in plain]], left)
        terms = terms_in(index, [each.utterance for each in plain], ())
        told = dict(zip((each.id for each in plain), terms, strict=True))
        found.append((theme_of(group, name, told, rule) if name is not None else None, truth))
    return found


def _is_of(sentence: Phrasing, entries: frozenset[str], typed: set[str], *, answered: bool) -> bool:
    return sentence.text in typed or (not answered and sentence.article_id in entries)


def main() -> None:
    """Print the themes, and below what they were about."""
    found = named()
    for number, (theme, _) in enumerate(found, start=1):
        told = f"{theme.sentence} — {', '.join(theme.terms)}" if theme is not None else "(no theme)"
        print(f"{number:2d}. {told}")
    print("\nAbout:")
    for number, (_, truth) in enumerate(found, start=1):
        print(f"{number:2d}. {truth}")
