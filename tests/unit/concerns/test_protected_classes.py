"""Warnings on sentences that were written before the rules: who needs one gets it, and hardly anyone else."""

from pathlib import Path

import pytest

from knowledge.language.concerns import Concern, concerns_in

FOLDER = Path(__file__).parents[2] / "data" / "concerns"


def _lines(name: str) -> list[str]:
    lines = (FOLDER / name).read_text(encoding="utf-8").splitlines()
    return [line for line in lines if not line.startswith("#")]


SENSITIVE = [tuple(line.split("\t")) for line in _lines("sensitive.txt")]
ORDINARY = _lines("ordinary.txt")


@pytest.mark.parametrize("kind", sorted({kind for kind, _ in SENSITIVE}))
def test_nine_in_ten_sentences_of_every_class_are_warned_about(kind: str) -> None:
    missed = [text for of_kind, text in SENSITIVE if of_kind == kind and not concerns_in(text)]
    assert len(missed) <= sum(of_kind == kind for of_kind, _ in SENSITIVE) / 10, missed


def test_one_in_a_hundred_ordinary_sentences_is_warned_about_at_most() -> None:
    warned = [text for text in ORDINARY if concerns_in(text)]
    assert len(warned) <= len(ORDINARY) / 100, warned


@pytest.mark.parametrize(
    ("text", "concern"),
    [
        ("Hun går på antidepressiva.", Concern.HEALTH),
        ("Kari er medlem av Fagforbundet.", Concern.UNION),
        ("Han ble dømt for underslag.", Concern.CONVICTION),
        ("Ho kom ut som skeiv i fjor.", Concern.ORIENTATION),
        ("Den nye assistenten er ateist.", Concern.FAITH),
        ("Kollegaen er kvensk.", Concern.ETHNICITY),
        ("Hun stemte Rødt.", Concern.POLITICS),
        ("Beboeren på rom 12 har falt.", Concern.CLIENT),
        ("Eleven på rad tre stryker i matte.", Concern.PUPIL),
        ("Kollegaen min skal skilles.", Concern.THIRD_PERSON),
        ("Skriv inn Fjord!2022 når den spør.", Concern.PASSWORD),
    ],
)
def test_the_class_is_named(text: str, concern: Concern) -> None:
    assert concern in concerns_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "Fagforbundet skal ha møte",
        "kirkekontoret har ikke nett",
        "Kollegaen har fått stjålet PC-en",
        "kurs om demens",
        "samisk tastatur",
        "klikk til høyre",
        "Det er same feilen hos kollegaen min",
        "Skjermen hennes er svart",
        "Hun falt ut av møtet",
    ],
)
def test_a_topic_a_place_or_a_machine_is_no_person(text: str) -> None:
    assert not concerns_in(text)


def test_a_warning_reads_the_whole_text() -> None:
    assert Concern.FAITH in concerns_in("Vi trenger hjelp med Teams. " * 300 + "Hun er muslim.")


def test_person_and_trait_in_different_sentences_do_not_meet() -> None:
    assert not concerns_in("Hun får ikke logget inn. Det er stjålet en skriver.")
