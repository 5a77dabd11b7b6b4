"""People in lower case, by family name, by address or as relatives are people beside a sensitive word."""

import pytest

from knowledge.language.concerns import Concern, concerns_in


@pytest.mark.parametrize(
    "text",
    [
        "odd hansen har kreft",
        "kari har diabetes",
        "ola nordmann er sykmeldt",
        "Hansen har diabetes",
        "O. Hansen har diabetes",
        "KARI HAR KREFT",
        "har kari diabetes?",
        "stein fikk hjerteinfarkt i går",
        "lie har kols",
        "odd.hansen@nes.kommune.no har diabetes",
        "konen har brystkreft",
        "kånå har kreft",
        "samboeren min har angst",
        "søstera mi har diabetes",
        "dottera hennar har adhd",
        "naboan har demens",
        "sjefen er alkoholiker",
        "my line manager has cancer",
        "my spouse has dementia",
    ],
)
def test_their_health_is_noticed(text: str) -> None:
    assert Concern.HEALTH in concerns_in(text)


@pytest.mark.parametrize(
    ("text", "concern"),
    [
        ("tom er muslim", Concern.FAITH),
        ("liv stemmer frp", Concern.POLITICS),
        ("bjørn er dømt for vold", Concern.CONVICTION),
        ("per er med i fagforbundet, hansen er medlem", Concern.UNION),
        ("dag olsen er homofil", Concern.ORIENTATION),
    ],
)
def test_other_classes_are_noticed(text: str, concern: Concern) -> None:
    assert concern in concerns_in(text)


@pytest.mark.parametrize(
    "text",
    [
        "hver dag er det noen som er syk",
        "en del ansatte er sykmeldt i dag",
        "tom er listen over sykmeldinger",
        "tom er feltet for lege",
        "hver tredje del har brudd",
        "hvilken dag er kurset om kreft",
        "even the sick leave form is broken",
        "we may have a course on cancer",
        "odd er det at skjemaet for sykmelding mangler",
        "dette kan per nå ikke åpnes, legevakta er nede",
        "sendt fra kari.hansen@nes.kommune.no: skjema for egenmelding virker ikke",
        "en god dag er en dag uten printer",
        "vi har tom sykmelding",
        "hansen er på kontoret",
        "naboen har ikke nett",
    ],
)
def test_words_that_are_names_as_well_are_no_people(text: str) -> None:
    assert not concerns_in(text)
