"""The sentences of handoffs and ambassadors are there in every language, with the same gaps to fill."""

import re
from pathlib import Path
from string import Formatter

import pytest

from dialogs.ambassadors import feature as ambassador_flow
from dialogs.editing import suggestions
from dialogs.handoff import feature as handoff_flow
from knowledge.article.article import Language
from tests.unit.driver import CATALOGUE

OURS = ("handoff.", "ambassador.", "suggestion.", "topic.")
KEYS = sorted(key for key in CATALOGUE[Language.NB].sentences if key.startswith(OURS))
SOURCES = [
    path.read_text("utf-8")
    for module in (handoff_flow, ambassador_flow)
    for path in Path(str(module.__file__)).parent.glob("*.py")
]


def gaps(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


@pytest.mark.parametrize("language", [Language.NN, Language.EN])
def test_the_same_sentences_with_the_same_gaps(language: Language) -> None:
    other = CATALOGUE[language].sentences
    assert sorted(key for key in other if key.startswith(OURS)) == KEYS
    for key in KEYS:
        ours, theirs = CATALOGUE[Language.NB].sentences[key], other[key]
        assert gaps(ours[1]) == gaps(theirs[1]), key


def test_every_sentence_named_in_the_code_exists() -> None:
    named = {key for source in SOURCES for key in re.findall(r'texts(?:\.plural)?\("([a-z_.]+)"', source)}
    named |= {f"handoff.refused.{key}" for source in SOURCES for key in re.findall(r'refuse\("(\w+)"', source)}
    named |= {
        f"handoff.refused.{key}"
        for source in SOURCES
        for key in re.findall(r'refuse_outdated\(work, \w+, "(\w+)"', source)
    }
    assert len(named) > 100
    assert named <= set(CATALOGUE[Language.NB].sentences)


def test_every_button_leads_somewhere() -> None:
    pressed = {
        verb for source in SOURCES for verb in re.findall(r'press\(\s*[^"]*"[^"]*"[^"]*\),\s*"([a-z_.]+)"', source)
    }
    ours = {verb for verb in pressed if verb.startswith(("handoff.", "ambassador.", "editor."))}
    assert len(ours) > 20
    assert ours <= {*handoff_flow.VERBS, *ambassador_flow.VERBS, *suggestions.VERBS}
