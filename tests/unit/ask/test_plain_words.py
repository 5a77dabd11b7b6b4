"""What employees type, understood by the sample content without the encoder."""

from dataclasses import replace

import pytest

from bot.content.catalogue import load_catalogue
from bot.content.index_builder import published_content
from dialogs.ask.meaning import meaning_of
from knowledge.matching.match import Candidate
from knowledge.matching.policy import Outcome, Policy
from tests.learned import sample_content, sample_matcher
from tests.sentences import UNKNOWN


def understood(utterance: str) -> Outcome:
    return Policy().outcome(sample_matcher().match(utterance), sample_content().actions.kinds)


@pytest.mark.quick(3)
@pytest.mark.parametrize(
    ("utterance", "entry"),
    [
        ("endre språk i word", "office-language"),
        ("change language in Outlook", "office-language"),
        ("bytt språk", "change-language"),
        ("svar på nynorsk", "change-language"),
        ("pasient puster ikke", "medical-emergency"),
        ("bruker har falt og svarer ikke, hva gjør jeg", "medical-emergency"),
        ("thx that helped a lot", "that-helped"),
        ("takk, men det hjalp ikke", "that-did-not-help"),
        ("jeg trenger hjelp", "what-can-you-do"),
        ("hei, jeg trenger hjelp", "what-can-you-do"),
        ("snakker jeg med en robot", "heia-identity"),
        ("what's your name", "heia-identity"),
        ("mine søknader", "my-applications"),
    ],
)
def test_plain_words_lead_to_what_they_say(utterance: str, entry: str) -> None:
    assert understood(utterance).article_id == entry


@pytest.mark.parametrize("utterance", ["vi har fire stående", "kvar leverer eg gamle pc-ar, vi har fire ståande"])
def test_the_number_four_is_no_fire(utterance: str) -> None:
    assert understood(utterance).article_id != "medical-emergency"


@pytest.mark.parametrize(
    ("utterance", "action", "is_done"),
    [
        ("vil IKKE snakke med et menneske", "talk-to-person", False),
        ("jeg vil ikke snakke med en robot", "talk-to-person", True),
        ("I don't want to talk to a robot", "talk-to-person", True),
        ("ikke bytt språk", "change-language", False),
        ("jeg vil ikke ha flere meldinger fra deg", "stop-messages", True),
        ("jeg vil ikke ha flere varsler", "stop-messages", True),
        ("ikke slett dataene mine", "delete-my-data", False),
    ],
)
def test_a_refusal_is_done_only_where_it_is_the_way_to_ask(utterance: str, action: str, is_done: bool) -> None:
    content = published_content(sample_content(), texts=load_catalogue(), policy=Policy())
    first = Candidate(article_id=action, confidence=0.9)
    matched = replace(sample_matcher().match(utterance), candidates=(first,), small_talk=None)
    done = meaning_of(matched, content).action
    assert (done is not None and done.id == action) is is_done


def test_what_tests_take_for_unknown_is_far_from_every_list() -> None:
    """Trainings differ a little between processors."""
    nearest = sample_matcher().match(UNKNOWN).candidates
    assert sum(each.confidence for each in nearest) <= Policy().measured_clarify_from - 0.07
