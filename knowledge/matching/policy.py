"""Decide on a match: answer, clarify, or hand over to a colleague."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from knowledge.article.action import EntryKinds
from knowledge.language.text import words
from knowledge.matching.followup import asks_back, joins_previous, sets_condition
from knowledge.matching.matcher import Candidate, Match
from knowledge.matching.topic import topic_shares


class OutcomeKind(StrEnum):
    """Outcome of an utterance: for a question, for an action, and small talk."""

    ANSWER = "answer"
    ANSWERS = "answers"  # two or three questions in one utterance
    ACT = "act"
    DECLINE = "decline"
    OUT_OF_SCOPE = "out_of_scope"
    CLARIFY = "clarify"
    HAND_OVER = "hand_over"
    SMALL_TALK = "small_talk"


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """Decision about one utterance.

    ``article_id`` is the id of the entry in the index, for an answer or an action only. ``candidates`` are the choices
    for the user: at least two for a clarification, none for a handoff.
    ``doubtful``: probably none of the choices is right.
    ``continues``: it is about the article of the turn before, which is the answer or the first choice.
    ``likely``: an answer less sure than the required share allows, to be shown with the next choices.
    """

    kind: OutcomeKind
    article_id: str | None = None
    confidence: float = 0.0
    candidates: tuple[Candidate, ...] = ()
    doubtful: bool = False
    continues: bool = False
    likely: bool = False


ARTICLES_ONLY: Final = EntryKinds()


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """The three settings for operators, and the thresholds: some follow from ``right_share``, the others are fixed.

    Attributes:
        right_share: required share of right answers among all answers, 0.5 to 1.
        ask_back: maximum number of choices in a clarification; below 2 the bot never clarifies.
        ask_back_from: minimum probability, 0 to 1, that the right article is among the choices; below it they are shown
            as the nearest, with a colleague.
    """

    right_share: float = 0.97
    ask_back: int = 3
    ask_back_from: float = 0.6

    def __post_init__(self) -> None:
        """Raise ValueError for a share outside [0.5, 1] or a negative number of choices."""
        if not 0.5 <= self.right_share <= 1:
            raise ValueError(f"right_share must be between 0.5 and 1, not {self.right_share}")
        if self.ask_back < 0:
            raise ValueError(f"ask_back must not be negative, but is {self.ask_back}")

    @property
    def first_from(self) -> float:
        """Minimum confidence of the first choice.

        A list that starts with a guess is worse than "I do not know". The more articles there are, the more of them
        share the probability of a short question: with 340, one in nine is no guess.
        """
        return 0.11

    @property
    def own_words_from(self) -> float:
        """Minimum confidence at which what the words of a follow-up say alone is a choice."""
        return 0.15

    @property
    def topic_from(self) -> float:
        """Minimum share of ``topic_shares`` at which an utterance in a conversation is answered at once.

        Of 497 later turns of four writers, left out in turn, 38 % were then answered right and 17 % wrong, and 30 % had
        the right article among four choices; at 0.7 it was 23, 7 and 50 %.
        """
        return 0.55

    @property
    def command_from(self) -> float:
        """Minimum confidence of an action that is asked for whatever was said before."""
        return 0.9

    @property
    def quote_from(self) -> float:
        """Minimum rating of a quote of the article before at which it is shown in reply to a follow-up."""
        return 0.12

    @property
    def likely_quote_from(self) -> float:
        """Minimum rating at which the reply does not say that it is unsure."""
        return 0.2

    @property
    def sure_quote_from(self) -> float:
        """Minimum rating at which no quote of a near article is preferred."""
        return 0.3

    @property
    def near_quote_from(self) -> float:
        """Minimum rating by words of a quote of a near article."""
        return 0.8

    @property
    def joined_from(self) -> float:
        """Minimum confidence, with the question before, of an article that a follow-up is rather about."""
        return 0.3

    @property
    def topic_seen_from(self) -> float:
        """The same of the article before, below which the two read together are about neither."""
        return 0.1

    @property
    def named_from(self) -> float:
        """Minimum confidence by its own words of an article that a follow-up is rather about."""
        return 0.9

    @property
    def alone_from(self) -> float:
        """Minimum confidence at which, without the encoder, what may be a follow-up is answered by its words alone."""
        return 0.75

    @property
    def shared_word_from(self) -> float:
        """Minimum confidence of the first choice for a single word: the more articles share it, the less each has."""
        return 0.05

    @property
    def also_from(self) -> float:
        """Minimum confidence of the third and further choices.

        Less likely ones only make the list look wrong.
        """
        return 0.03

    @property
    def answer_from(self) -> float:
        """Minimum confidence of an answer: its error probability may be at most nine times the average.

        A good average does not help the user with an uncertain answer. A list costs a look; a wrong answer costs trust.
        """
        return max(0.5, 1 - 9 * (1 - self.right_share))

    @property
    def likely_from(self) -> float:
        """Minimum confidence of a likely answer: its error probability may be at most twelve times the average.

        It is shown with its title and the next choices, so that a wrong one costs a look and a press.
        """
        return max(0.5, 1 - 12 * (1 - self.right_share))

    @property
    def measured_from(self) -> float:
        """Minimum confidence of a likely answer where confidence is calibrated on utterances.

        Its error probability may be a little more than fifteen times the average: of 962 questions of four writers
        78 % were then answered right at once and 3 % wrong.
        """
        return max(0.5, 1 - 15.33 * (1 - self.right_share))

    @property
    def part_from(self) -> float:
        """Minimum confidence of a likely answer to one of several questions, where confidence is calibrated so.

        Two lists in one reply are more to read than two answers with their next choices. Its error probability may be
        nineteen times the average: of 256 messages with two questions 60 % then got both answers instead of 53 %, and
        of their answers 10 % were wrong instead of 7 %.
        """
        return max(0.4, 1 - 19 * (1 - self.right_share))

    @property
    def word_from(self) -> float:
        """Minimum confidence of a likely answer to a single word: several articles share most words."""
        return max(0.75, self.likely_from)

    @property
    def clarify_from(self) -> float:
        """Minimum probability that the right article is among the nearest.

        A list costs the user a look, and always includes "none of these"; a handoff costs a colleague's time. A list is
        shown if it helps at least three users in ten.
        """
        return 0.3

    @property
    def measured_clarify_from(self) -> float:
        """Minimum probability of the nearest together where confidence is calibrated on utterances.

        There it is hardly ever below 0.3, even for what no article is near to.
        """
        return 0.45

    def usual_from(self, match: Match, *, part: bool = False) -> float:
        """Return the minimum confidence of a likely answer to more than one word, or to a ``part`` of a message."""
        if not match.measured:
            return self.likely_from
        return self.part_from if part else self.measured_from

    def listed_from(self, match: Match) -> float:
        """Return the minimum probability that the right article is among the nearest, to list them."""
        return self.measured_clarify_from if match.measured else self.clarify_from

    @property
    def act_from(self) -> float:
        """Minimum confidence of an action: a wrong one costs the user a look, and a right one saves a press."""
        return 0.6

    @property
    def outside_from(self) -> float:
        """Minimum confidence of all entries outside the topic together: below it a colleague is offered."""
        return 0.5

    @property
    def urgent_from(self) -> float:
        """Minimum confidence of an emergency: one too many shown costs a look, and one too few may cost a life."""
        return 0.3

    def outcome(self, match: Match, kinds: EntryKinds = ARTICLES_ONLY, *, part: bool = False) -> Outcome:
        """Decide about a match, of a whole message or of a clause that is ``part`` of one.

        Small talk never gets an article. An unknown question is handed over.

        A question about a new subject is not answered, however close the match is: a list expresses the uncertainty
        better.
        """
        if match.small_talk is not None:
            return Outcome(kind=OutcomeKind.SMALL_TALK)
        if not match.candidates:
            return Outcome(kind=OutcomeKind.HAND_OVER)
        urgent = (candidate for candidate in match.candidates if candidate.article_id in kinds.urgent)
        first = next(
            (candidate for candidate in urgent if candidate.confidence >= self.urgent_from), match.candidates[0]
        )
        sure = self._sure(match, first, kinds)
        understood = sure or self._likely(match, first, kinds, part=part)
        if match.continued and not match.new and self.ask_back > 1:
            # Without the encoder the topic of a message is told apart less well.
            if match.later and match.measured:
                on_topic = self._with_topic(match, first, kinds, understood=understood)
                if on_topic is not None:
                    return on_topic
            else:
                together = self._continued(match, first, kinds, part=part)
                if self._reads_together(match, first, together, kinds, understood=understood):
                    return together
        if understood:
            return Outcome(
                kind=OutcomeKind.ANSWER,
                article_id=first.article_id,
                confidence=first.confidence,
                candidates=(first, *(candidate for candidate in match.candidates if candidate is not first))[
                    : max(self.ask_back, 1)
                ],
                likely=not sure,
            )
        # A list that starts with a topic outside Heia is useless: a colleague is better.
        inside = [
            candidate for candidate in match.candidates if candidate.article_id not in kinds.outside | kinds.unlisted
        ]
        listed = tuple(inside[: self.ask_back])
        shown = listed[:2] + tuple(candidate for candidate in listed[2:] if candidate.confidence >= self.also_from)
        listed_right = sum(candidate.confidence for candidate in shown)
        if len(words(match.utterance)) == 1 and not match.new:
            probable = first.confidence >= self.shared_word_from
        else:
            probable = first.confidence >= self.first_from and listed_right >= self.listed_from(match)
        if len(shown) >= 2 and shown[0] is first and probable:
            return Outcome(
                kind=OutcomeKind.CLARIFY,
                confidence=first.confidence,
                candidates=shown,
                doubtful=listed_right < self.ask_back_from,
            )
        return Outcome(kind=OutcomeKind.HAND_OVER, confidence=first.confidence)

    def _with_topic(self, match: Match, first: Candidate, kinds: EntryKinds, *, understood: bool) -> Outcome | None:
        """Return the outcome of an utterance that goes on about the message before; None: it says enough alone."""
        closed = kinds.outside | kinds.unlisted
        back = bool(match.follows) and asks_back(match.utterance)
        # "Det hjalp ikke", an emergency and topics outside Heia are taken as written, and so is a sure command.
        seems = first.article_id in kinds.urgent | closed
        commands = first.article_id in kinds.acts and first.confidence >= self.command_from
        if understood and (seems or (commands and not sets_condition(match.utterance))) and not back:
            return None
        shares = topic_shares(match, kinds)
        topic = Candidate(article_id=match.follows, confidence=1.0 if back else shares.same)
        others = [
            choice for choice in match.continued if choice.article_id not in closed | kinds.acts | {match.follows}
        ]
        agree = bool(others) and others[0].article_id == first.article_id
        likeliest, share = ("same", 1.0) if back else shares.likeliest(agree=agree)
        if share < self.topic_from:
            likeliest = "none"
        if likeliest == "alone" and not agree:
            return None
        alone = [choice for choice in match.candidates if choice.article_id not in closed]
        about = [(shares.same, [topic] if match.follows else []), (shares.alone, alone), (shares.other, others)]
        ranked = [choices for _, choices in sorted(about, key=lambda pair: pair[0], reverse=True)]
        answer = {"same": topic, "none": None}.get(likeliest, next(iter(others), None))
        nearest = [choices[0] for choices in ranked if choices]
        listed = {choice.article_id: choice for choice in (*others, *alone)}
        listed = {choice.article_id: choice for choice in ([answer] if answer else []) + nearest} | listed
        choices = tuple(listed.values())[: self.ask_back]
        if answer is None:
            return Outcome(
                kind=OutcomeKind.CLARIFY if len(choices) > 1 else OutcomeKind.HAND_OVER,
                confidence=first.confidence,
                candidates=choices if len(choices) > 1 else (),
                doubtful=True,
                continues=True,
            )
        return Outcome(
            kind=OutcomeKind.ANSWER,
            article_id=answer.article_id,
            confidence=answer.confidence,
            candidates=choices,
            likely=True,
            continues=likeliest == "same",
        )

    def _reads_together(
        self, match: Match, first: Candidate, together: Outcome, kinds: EntryKinds, *, understood: bool
    ) -> bool:
        """Return whether an utterance is understood better with the question before than by its own words."""
        if match.follows:
            # "Det hjalp ikke", an emergency and topics outside Heia are taken as written.
            seems = first.article_id in kinds.urgent | kinds.outside | kinds.unlisted
            # "Og på mac?" is about a Mac only if the question before is, too.
            near = any(
                candidate.article_id == first.article_id and candidate.confidence >= self.first_from
                for candidate in match.continued
            )
            alone = first.confidence >= self.alone_from and (near or not joins_previous(match.utterance))
            return asks_back(match.utterance) or not (understood and (seems or alone))
        # A clause of one message: "…, er den ekte?" asks about the mail, not about Heia.
        acts = first.article_id in kinds.acts and first.confidence < together.confidence
        return together.kind is OutcomeKind.ANSWER and (acts or not understood)

    def _continued(self, match: Match, first: Candidate, kinds: EntryKinds, *, part: bool) -> Outcome:
        """Return the answer to an utterance and the question before, read together, or the choice that they leave.

        The article of the question before is no answer again, for the asker has read it: it is a choice.
        """
        closed = kinds.outside | kinds.unlisted
        near = [candidate for candidate in match.continued if candidate.article_id not in closed]
        led = match.continued[0]
        new = led.article_id not in closed | kinds.acts | {match.follows}
        if new and led.confidence >= self.usual_from(match, part=part):
            return Outcome(
                kind=OutcomeKind.ANSWER,
                article_id=led.article_id,
                confidence=led.confidence,
                candidates=tuple(near[: self.ask_back]),
                likely=True,
            )
        again = next((candidate for candidate in near if candidate.article_id == match.follows), None)
        others = [candidate for candidate in near if candidate is not again]
        # What the words alone say is a choice where they say something.
        alone = [first] if first.confidence >= self.own_words_from and first.article_id not in closed else []
        offered = [again or Candidate(article_id=match.follows, confidence=0.0), *others[:1], *alone, *others[1:]]
        listed = {candidate.article_id: candidate for candidate in reversed(offered)}
        chosen = [candidate for candidate in offered if listed.pop(candidate.article_id, None) is not None]
        return Outcome(
            kind=OutcomeKind.CLARIFY,
            confidence=first.confidence,
            candidates=tuple(chosen[: self.ask_back]),
            doubtful=True,
            continues=bool(match.follows),
        )

    def _sure(self, match: Match, first: Candidate, kinds: EntryKinds) -> bool:
        if first.article_id in kinds.urgent and first.confidence >= self.urgent_from:
            return True
        if first.article_id in kinds.outside:
            outside = sum(
                candidate.confidence for candidate in match.candidates if candidate.article_id in kinds.outside
            )
            return outside >= self.outside_from
        if first.article_id in kinds.acts:
            return first.confidence >= self.act_from and not match.new
        return (
            match.precision >= self.right_share
            and first.confidence >= self.answer_from
            and self._is_question(match, first, kinds)
        )

    def _likely(self, match: Match, first: Candidate, kinds: EntryKinds, *, part: bool) -> bool:
        one_word = len(words(match.utterance)) == 1
        least = self.word_from if one_word else self.usual_from(match, part=part)
        return first.confidence >= least and self._is_question(match, first, kinds)

    def _is_question(self, match: Match, first: Candidate, kinds: EntryKinds) -> bool:
        """Return whether the first candidate is an article, about a subject that articles know."""
        return not match.new and first.article_id not in kinds.acts | kinds.outside
