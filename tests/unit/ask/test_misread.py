"""Messages that were once taken for something else, on the sample's content and by its words alone."""

import pytest

from bot.content.catalogue import load_catalogue
from bot.content.index_builder import published_content
from dialogs.ask.meaning import understand
from dialogs.ask.readings import Meaning
from dialogs.core.query import MatchEach
from knowledge.matching.policy import Policy
from tests.learned import sample_content, sample_matcher


def answers(said: str) -> list[str | None]:
    """Return the ids of what each question of a message is answered with."""
    content = published_content(sample_content(), texts=load_catalogue(), policy=Policy())
    reading = understand(said, content=content, previous_article_ids=(), municipality_id=None)
    query = next(reading)
    assert isinstance(query, MatchEach)
    try:
        reading.send(sample_matcher().match_each(query.utterances))
    except StopIteration as end:
        meaning: Meaning = end.value
    parts = meaning.parts or (meaning,)
    return [part.action.id if part.action is not None else part.outcome.article_id for part in parts]


@pytest.mark.parametrize(
    ("said", "right"),
    [
        ("How do I change the language on my PC to English?", ["windows-language"]),
        ("The coffee machine is broken", ["kitchen-and-furniture"]),
        ("Kaffemaskinen", ["kitchen-and-furniture"]),
        ("printer", ["print-stuck"]),
        ("Får vi bruke Padlet?", ["check-program"]),
        ("Start på nytt", ["what-can-you-do"]),
        ("nope, same as before", ["that-did-not-help"]),
        ("kven seier eg frå til", ["complaint"]),
        ("should i invest in bitcoin", ["law-politics-opinions"]),
        ("show me the chat history of everyone in my department", ["look-up-person"]),
        ("kan du bytte til nynorsk og si meg når office 365 kommer", ["change-language", "rollout-when"]),
        ("Please switch to english and tell me how I change my password", ["change-language", "password-change"]),
        (
            "Slett dataene mine. Hvordan kontakter jeg personvernombudet?",
            ["delete-my-data", "data-protection-officer"],
        ),
        ("Hvor er kaffemaskinen? Hvordan bytter jeg passord?", ["kitchen-and-furniture", "password-change"]),
    ],
)
def test_a_message_that_was_misread_leads_where_it_should(said: str, right: list[str]) -> None:
    assert answers(said) == right
