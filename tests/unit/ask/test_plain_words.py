"""What employees type, understood by the sample content without the encoder."""

import pytest

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


def test_what_tests_take_for_unknown_is_far_from_every_list() -> None:
    """Trainings differ a little between processors."""
    nearest = sample_matcher().match(UNKNOWN).candidates
    assert sum(each.confidence for each in nearest) <= Policy().measured_clarify_from - 0.07
