"""Result of a handoff: the helper's answer, and the asker's verdict."""

from dataclasses import dataclass, replace
from typing import Annotated, Self

from dialogs.core.data_rules import Purpose


@dataclass(frozen=True, slots=True, kw_only=True)
class HandoffOutcome:
    """Answer and verdict of one handoff.

    Attributes:
        answer: the helper's text, masked; empty if the answer was given in the conversation.
        sent_article_id: the last article the helper answered with.
        resolutions: number of resolutions; names slots.
        helped: the asker's confirmation of the current answer.
        rating: from 1 to 5, of the current answer.
    """

    answer: Annotated[str, Purpose.HELP] = ""
    sent_article_id: Annotated[str | None, Purpose.HELP] = None
    resolutions: Annotated[int, Purpose.ORDER] = 0
    helped: Annotated[bool | None, Purpose.IMPROVE] = None
    rating: Annotated[int | None, Purpose.IMPROVE] = None

    def send_article(self, article_id: str) -> Self:
        """Note the article sent to the asker."""
        return replace(self, sent_article_id=article_id)

    def resolve(self, answer: str) -> Self:
        """Replace the answer; the verdict on an earlier one does not count for it."""
        return replace(self, answer=answer, resolutions=self.resolutions + 1, helped=None, rating=None)

    def mark_helped(self) -> Self:
        """Note that the answer helped."""
        return replace(self, helped=True)

    def rate(self, rating: int) -> Self:
        """Note the asker's rating."""
        return replace(self, rating=rating)

    def reopen(self) -> Self:
        """Drop the verdict, since the question is open again."""
        return replace(self, helped=None, rating=None)
