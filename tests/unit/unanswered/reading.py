"""A reading of questions for themes: alike are those with the same first word, whose sentence is given."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field

from knowledge.language.concerns.terms import is_sensitive_word, names_a_person
from knowledge.language.text import words
from knowledge.matching.match import Phrasing


@dataclass(slots=True)
class FirstWords:
    """``named`` are the sentences of the content, by first word of the questions that are near them."""

    named: dict[str, Phrasing] = field(default_factory=dict)

    async def group_questions(self, asked: Sequence[tuple[str, bytes]]) -> tuple[int, ...]:
        first: dict[str, int] = {}
        return tuple(first.setdefault(said.split()[0], at) for at, (said, _) in enumerate(asked))

    async def nearest_sentences(self, groups: Sequence[Sequence[tuple[str, bytes]]]) -> tuple[Phrasing | None, ...]:
        return tuple(self._sentence(group[0][0].split()[0]) if group else None for group in groups)

    def _sentence(self, word: str) -> Phrasing:
        return self.named.get(
            word, Phrasing(article_id=f"about-{word}", language="nb", text=f"Setningen om {word[:4]}")
        )

    async def terms_in(self, texts: Sequence[str], names: Collection[str]) -> tuple[Mapping[str, str], ...]:
        return tuple(
            {
                word: word
                for word in words(text)
                if not word.isdigit() and not names_a_person(word, names) and not is_sensitive_word(word)
            }
            for text in texts
        )
