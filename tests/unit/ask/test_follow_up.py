"""A follow-up is answered with the part of the article that speaks of it, and never with the same text again."""

from collections.abc import Sequence
from dataclasses import replace

import pytest

from dialogs import router
from dialogs.core.question import Question
from dialogs.handoff.draft import Draft
from knowledge.article.action import ActionBook, ActionKind
from knowledge.article.article import Article, ArticleBook
from knowledge.article.passage import quotes
from knowledge.matching.match import Asked, Candidate, Match
from knowledge.matching.policy import OutcomeKind
from knowledge.matching.topic import TopicShares
from tests.unit.ask.test_actions import action
from tests.unit.driver import Stage
from tests.unit.handoff.scene import ARTICLE, organisation, person
from tests.unit.read_cards import words_of

STEPS = f"""\
1. Meld avvik i kvalitetssystemet. {"Skriv hva som skjedde. " * 13}
2. Lederen din følger opp. {"Skriv hva som skjedde. " * 13}

Du kan melde anonymt.

**Vikar?** Vikarer melder i det samme systemet.

Spør personvernombudet til slutt."""
DEVIATION = replace(ARTICLE, id="deviation", title="Hvordan melder jeg avvik?", answer=STEPS)
NEAR = replace(ARTICLE, id="near", title="Personvern", answer="Personvernombudet svarer.")
TEMPORARY = replace(ARTICLE, id="temp", title="Vikarer", answer="Lærlinger får egen konto.\n\nAndre får ingen.")


class Continuing(Stage):
    """A stage on which the first message is about deviations, and what follows is about the same."""

    knows = True
    """Whether what follows is taken for a follow-up."""
    goes_back = False
    """Whether what follows is about the first answer, not the last."""
    leads: tuple[tuple[Candidate, ...], ...] = ()
    """Candidates of what follows alone, and with the question before, in place of the usual ones."""

    def _understand(self, utterance: str, previous: Sequence[str]) -> Match:
        def near(*pairs: tuple[str, float]) -> tuple[Candidate, ...]:
            return tuple(Candidate(article_id=id_, confidence=share) for id_, share in pairs)

        if "hjalp ikke" in utterance:
            sure = near(("not-helped", 0.99))
            return Match(utterance=utterance, language="nb", small_talk=None, candidates=sure, precision=0.99)
        if not previous:
            return Match(
                utterance=utterance,
                language="nb",
                small_talk=None,
                candidates=near(("deviation", 0.99)),
                precision=0.99,
            )
        usual = near(("temp", 0.2), ("near", 0.05)), near((previous[0], 0.8), ("near", 0.1), ("temp", 0.05))
        alone, joined = self.leads or usual
        return Match(
            utterance=utterance,
            language="nb",
            small_talk=None,
            candidates=alone,
            precision=0.3,
            measured=True,
            follows=previous[-1 if self.goes_back else 0] if self.knows else "",
            continued=joined if self.knows else (),
            later=self.knows,
        )

    def asks(self, *utterances: str) -> str:
        """Let Kari write, and return what the last reply shows without a press."""
        for utterance in utterances:
            self.say("kari", utterance)
        *_, slot = [slot for to, slot in self.news if to == "kari"]
        message = self.posts["kari", slot]
        body = [part for part in message.shown["body"] if part.get("isVisible", True)]
        return "\n".join(words_of({"type": "AdaptiveCard", "body": body}))

    @property
    def last(self) -> Question:
        """The last question."""
        return max(self.all(Question), key=lambda question: int(question.id.split("-")[-1]))


@pytest.fixture
def stage() -> Continuing:
    scene = Continuing(
        organisation(),
        verbs=router.VERBS,
        timers=router.TIMERS,
        articles=ArticleBook.from_articles([DEVIATION, NEAR, TEMPORARY]),
    )
    not_helped = replace(action("not-helped", kind=ActionKind.ACT), verb="ask.not_helped")
    scene.content = replace(scene.content, actions=ActionBook.from_actions([not_helped]))
    scene.put(person("kari", "nord"))
    return scene


FIRST = "hvordan melder jeg avvik"


def test_a_follow_up_is_answered_with_the_paragraph_that_speaks_of_it_and_a_press_to_the_whole(
    stage: Continuing,
) -> None:
    shown = stage.asks(FIRST, "kan det være anonymt")
    assert "Du kan melde anonymt." in shown
    assert "Lederen din følger opp" not in shown
    assert DEVIATION.title in shown
    assert "Vis alt" in shown
    assert (stage.last.article_id, stage.last.outcome) == ("deviation", OutcomeKind.ANSWER)
    title = next(
        part for part in stage.posts["kari", f"ask/{stage.last.id}"].shown["body"] if DEVIATION.title in str(part)
    )
    assert title["size"] == "Small", "the title is no news"


def test_a_case_that_was_folded_answers_too(stage: Continuing) -> None:
    assert "Vikarer melder i det samme systemet" in stage.asks(FIRST, "gjelder det vikarer også?")


def test_where_no_paragraph_fits_one_sentence_says_so_with_a_colleague_and_other_articles(stage: Continuing) -> None:
    shown = stage.asks(FIRST, "koster det noe?")
    assert f"Jeg finner ikke svar på det i «{DEVIATION.title}». Skal jeg spørre en kollega?" in shown
    assert "Meld avvik i kvalitetssystemet" not in shown
    question = stage.last
    assert stage.buttons("kari", f"ask/{question.id}") == ["ask.pick", "ask.pick", "handoff.start"]
    assert (question.outcome, question.choices) == (OutcomeKind.HAND_OVER, ("near", "temp"))


@pytest.mark.parametrize(("reply", "shows"), [("nr 2", TEMPORARY.answer[:24]), ("den første", NEAR.answer)])
def test_after_it_a_number_chooses_one_of_the_articles(stage: Continuing, reply: str, shows: str) -> None:
    assert shows in stage.asks(FIRST, "koster det noe?", reply)


def test_after_it_yes_asks_a_colleague(stage: Continuing) -> None:
    stage.asks(FIRST, "koster det noe?", "ja")
    assert len(stage.all(Draft)) == 1


def test_the_same_part_is_not_shown_twice(stage: Continuing) -> None:
    stage.asks(FIRST, "kan det være anonymt")
    assert "Du kan melde anonymt." not in stage.asks("helt anonymt?").split("\n")


def test_what_does_not_work_still_gets_what_comes_next_then_a_colleague(stage: Continuing) -> None:
    shown = stage.asks(FIRST, "har gjort det, fortsatt feil")
    assert "Da kan du prøve dette:" in shown
    assert "Lederen din følger opp" in shown
    assert "Meld avvik i kvalitetssystemet" not in shown
    shown = stage.asks("fortsatt feil her")
    assert "Du kan melde anonymt" in shown
    assert "Lederen din følger opp" not in shown
    shown = stage.asks("like feil som før")
    assert f"«{DEVIATION.title}» har ikke flere råd. Skal jeg spørre en kollega?" in shown
    assert "Du kan melde anonymt" not in shown


def test_one_word_that_nothing_has_changed_is_about_the_answer_before(stage: Continuing) -> None:
    stage.asks(FIRST)
    stage.knows = False
    assert "Lederen din følger opp" in stage.asks("samme")
    assert "Du kan melde anonymt" not in stage.asks("har fått ny stilling, og nå virker ikke kantinekortet")


def test_what_still_fails_and_is_named_surely_is_answered_by_its_own_words(stage: Continuing) -> None:
    stage.asks(FIRST)
    stage.knows = False
    stage.leads = (Candidate(article_id="near", confidence=0.99),), ()
    assert NEAR.answer in stage.asks("fortsatt feil i personvernet")


@pytest.mark.parametrize(
    ("said", "goes_on"), [("det er fortsatt samme feil", True), ("det er nå fortsatt samme feil", False)]
)
def test_only_a_few_words_that_nothing_has_changed_are_about_the_answer_before(
    stage: Continuing, said: str, goes_on: bool
) -> None:
    stage.asks(FIRST)
    stage.knows = False
    assert ("Lederen din følger opp" in stage.asks(said)) is goes_on


@pytest.mark.parametrize(
    ("own", "near", "shows"),
    [
        (0.11, 0.79, "Jeg finner ikke svar på det i"),
        (0.12, 0.79, "Jeg er ikke sikker, men dette står det:\nHvordan melder jeg avvik?\nDu kan melde anonymt."),
        (0.2, 0.79, "Hvordan melder jeg avvik?\nDu kan melde anonymt."),
        (0.29, 0.8, "Vikarer\nLærlinger får egen konto."),
        (0.3, 0.9, "Hvordan melder jeg avvik?\nDu kan melde anonymt."),
    ],
)
def test_how_well_a_quote_fits_decides_whether_it_is_shown_as_a_guess_or_left_for_a_near_article(
    stage: Continuing, monkeypatch: pytest.MonkeyPatch, own: float, near: float, shows: str
) -> None:
    async def rated(*_: object, **__: object) -> tuple[tuple[float, ...], ...]:
        return (0.0, 0.0, own, 0.0, 0.0), (near,), (0.0, 0.0)

    goes_on(monkeypatch)
    monkeypatch.setattr(type(stage._surroundings), "rate_quotes", rated)
    assert stage.asks(FIRST, "kan det være anonymt").startswith(shows)


@pytest.mark.parametrize(
    ("own", "shows"),
    [(0.29, "Jeg finner ikke svar på det i"), (0.3, "Hvordan melder jeg avvik?\nDu kan melde anonymt.")],
)
def test_where_it_is_unclear_what_goes_on_a_quote_must_fit_surely(
    stage: Continuing, monkeypatch: pytest.MonkeyPatch, own: float, shows: str
) -> None:
    async def rated(*_: object, **__: object) -> tuple[tuple[float, ...], ...]:
        return (0.0, 0.0, own, 0.0, 0.0), (0.0,), (0.0, 0.0)

    unclear = TopicShares(same=0.3, alone=0.1, other=0.1, none=0.5)
    monkeypatch.setattr("knowledge.matching.policy.topic_shares", lambda *_: unclear)
    monkeypatch.setattr(type(stage._surroundings), "rate_quotes", rated)
    assert stage.asks(FIRST, "kan det være anonymt").startswith(shows)


@pytest.mark.parametrize(("second", "both"), [(0.12, True), (0.11, False)])
def test_the_next_quote_is_shown_too_if_it_fits_nearly_as_well(
    stage: Continuing, monkeypatch: pytest.MonkeyPatch, second: float, both: bool
) -> None:
    async def rated(*_: object, **__: object) -> tuple[tuple[float, ...], ...]:
        return (0.0, 0.0, second, 0.0, 0.3), (0.0,), (0.0, 0.0)

    goes_on(monkeypatch)
    monkeypatch.setattr(type(stage._surroundings), "rate_quotes", rated)
    shown = stage.asks(FIRST, "kan det være anonymt")
    assert "Spør personvernombudet" in shown
    assert ("Du kan melde anonymt." in shown) is both
    assert stage.last.shown == ((2, 4) if both else (4,))


def test_words_that_it_did_not_help_get_what_comes_next_then_the_colleague_alone(stage: Continuing) -> None:
    shown = stage.asks(FIRST, "det hjalp ikke")
    assert "Da kan du prøve dette:" in shown
    assert "Lederen din følger opp" in shown
    assert "Meld avvik i kvalitetssystemet" not in shown
    assert stage.last.helped is False
    assert "Du kan melde anonymt" in stage.asks("det hjalp ikke")
    shown = stage.asks("det hjalp ikke")
    assert stage.texts("kari")("ask.thanks_not_helped") in shown
    assert "Lederen" not in shown


def test_a_pressed_button_that_it_did_not_help_shows_no_more_of_the_answer(stage: Continuing) -> None:
    stage.asks(FIRST)
    slot = f"ask/{stage.last.id}"
    stage.press("kari", "ask.not_helped", slot=slot, question_id=stage.last.id)
    assert "Lederen" not in stage.shown("kari", slot)


def test_a_near_article_answers_where_a_quote_of_it_fits_clearly(stage: Continuing) -> None:
    shown = stage.asks(FIRST, "får lærlinger konto da?")
    assert "Lærlinger får egen konto." in shown
    assert stage.last.article_id == "temp"


def test_after_an_answer_of_one_paragraph_a_near_article_answers(
    stage: Continuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    short = replace(DEVIATION, answer="Meld avvik i kvalitetssystemet.")
    stage.content = replace(stage.content, articles=ArticleBook.from_articles([short, NEAR, TEMPORARY]))

    async def rated(*_: object, **__: object) -> tuple[tuple[float, ...], ...]:
        return (0.9,), (0.95,), (0.0, 0.0)

    monkeypatch.setattr(type(stage._surroundings), "rate_quotes", rated)
    assert NEAR.answer in stage.asks(FIRST, "gjelder det personvern også?")


@pytest.mark.parametrize(
    ("said", "asked_before"), [([FIRST], FIRST), ([FIRST, "får lærlinger konto da?"], DEVIATION.title)]
)
def test_a_part_of_an_answer_is_looked_for_with_the_question_before_if_that_was_about_it(
    stage: Continuing, monkeypatch: pytest.MonkeyPatch, said: list[str], asked_before: str
) -> None:
    stage.asks(*said)
    read_with: list[str] = []

    async def rated(
        *_: object, asked_before: Asked, articles: Sequence[Article], **__: object
    ) -> list[tuple[float, ...]]:
        read_with.append(asked_before.text)
        return [tuple([0.0] * len(quotes(article.answer))) for article in articles]

    monkeypatch.setattr(type(stage._surroundings), "rate_quotes", rated)
    stage.goes_back = True
    stage.asks("kan det være anonymt")
    assert read_with == [asked_before]


def test_a_first_question_has_its_paragraphs_rated_by_nobody(
    stage: Continuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def rated(*_: object, **__: object) -> None:
        raise AssertionError("a turn of one question costs no more")

    monkeypatch.setattr(type(stage._surroundings), "rate_quotes", rated)
    assert "Meld avvik" in stage.asks(FIRST)


def goes_on(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what follows surely be about the article before."""
    same = TopicShares(same=1.0, alone=0.0, other=0.0, none=0.0)
    monkeypatch.setattr("knowledge.matching.policy.topic_shares", lambda *_: same)


def nothing_fits_well(stage: Continuing, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let what follows be about the article before, of which no quote is rated high."""

    async def rated(*_: object, articles: Sequence[Article], **__: object) -> list[tuple[float, ...]]:
        first, *others = ([0.0] * len(quotes(article.answer)) for article in articles)
        return [tuple([0.0, 0.29, *first[2:]][: len(first)]), *map(tuple, others)]

    monkeypatch.setattr(type(stage._surroundings), "rate_quotes", rated)
    goes_on(monkeypatch)


@pytest.mark.parametrize(
    ("joined", "alone", "shows"),
    [
        ((("deviation", 0.1), ("near", 0.3)), (("far", 0.2),), "near"),
        ((("deviation", 0.2), ("near", 0.29)), (("far", 0.2),), "deviation"),
        ((("deviation", 0.09), ("near", 0.5)), (("far", 0.2),), "deviation"),
        ((("deviation", 0.8), ("near", 0.1)), (("near", 0.9),), "near"),
        ((("deviation", 0.8), ("near", 0.1)), (("near", 0.89),), "deviation"),
        ((("deviation", 0.8), ("temp", 0.1)), (("near", 0.91),), "deviation"),
        ((("deviation", 0.8), ("near", 0.1)), (("near", 0.91), ("deviation", 0.05)), "deviation"),
    ],
)
def test_a_near_article_answers_where_the_words_lead_to_it_and_no_quote_fits_well(
    stage: Continuing,
    monkeypatch: pytest.MonkeyPatch,
    joined: tuple[tuple[str, float], ...],
    alone: tuple[tuple[str, float], ...],
    shows: str,
) -> None:
    nothing_fits_well(stage, monkeypatch)
    stage.leads = tuple(
        tuple(Candidate(article_id=id_, confidence=share) for id_, share in pairs) for pairs in (alone, joined)
    )
    stage.asks(FIRST, "gjelder det alle her?")
    assert stage.last.article_id == shows


def test_an_article_that_was_read_does_not_answer_again(stage: Continuing, monkeypatch: pytest.MonkeyPatch) -> None:
    nothing_fits_well(stage, monkeypatch)

    def both(*pairs: tuple[str, float]) -> tuple[tuple[Candidate, ...], ...]:
        joined = tuple(Candidate(article_id=id_, confidence=share) for id_, share in pairs)
        return (Candidate(article_id="far", confidence=0.2),), joined

    stage.leads = both(("deviation", 0.2), ("near", 0.31))
    stage.asks(FIRST, "gjelder det alle her?")
    assert stage.last.article_id == "near"
    stage.leads = both(("near", 0.2), ("deviation", 0.5))
    stage.asks("gjelder det andre her?")
    assert stage.last.article_id != "deviation"


def test_where_only_what_was_shown_last_fits_one_sentence_says_that_there_is_no_more(stage: Continuing) -> None:
    stage.asks(FIRST, "gjelder det vikarer også?")
    shown = stage.asks("vikarer også vikarer?")
    assert f"«{DEVIATION.title}» sier ikke mer om det enn det jeg viste. Skal jeg spørre en kollega?" in shown


def test_an_unknown_question_goes_to_a_colleague_without_the_answered_one_before_it(
    stage: Continuing, monkeypatch: pytest.MonkeyPatch
) -> None:
    unknown = TopicShares(same=0.0, alone=0.0, other=0.0, none=1.0)
    monkeypatch.setattr("knowledge.matching.policy.topic_shares", lambda *_: unknown)
    stage.leads = (Candidate(article_id="temp", confidence=0.02),), ()
    stage.asks(FIRST, "takrennen på gymsalen drypper")
    assert stage.last.outcome in {OutcomeKind.HAND_OVER, OutcomeKind.CLARIFY}
    assert stage.last.follows_id is None
