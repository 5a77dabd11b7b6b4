"""What is noticed in a text, one example of every rule and of what must not set it off."""

import pytest

from knowledge.language.concerns import Concern, concerns_in, is_sensitive_term


@pytest.mark.parametrize(
    "text",
    [
        "passordet mitt er Sommer2024!",
        "passordet er fotball, men det virker ikke",
        "Passord: mittbarn2011",
        'passordet ble "rød bil sju"',
        "password 12345678",
        "Høst2025 er passordet",
        "brukernavn admin, passord admin",
        "pin 4821",
        "koden til alarmen er 2580",
        "https://ola:Hemmelig1@server.example/x",
        "logg inn som meg: ola / Kaffe123!",
        "jeg har logget inn med kari og hemmelig123 hva er galt",
        "vi har same login, avd3vest / Natt3vakt",
        "felleskontoen på avdelingen: avd3vest / Natt3vakt!",
        "kode Sommer24 virker ikke",
        "eg skifta te Sommer&sol7 no kjem eg ikkje inn",
        "jeg byttet til Vinter&sno7 i går",
        "gjenopprettingskoder 1234-5678-9012",
    ],
)
def test_a_secret_in_clear_is_noticed(text: str) -> None:
    assert concerns_in(text) == {Concern.PASSWORD}


@pytest.mark.parametrize(
    "text",
    [
        "",
        "passordet virker ikke",
        "passordet er utløpt",
        "passord må ha minst 12 tegn",
        "passordet til Office365 er borte",
        "får AADSTS50126 når jeg skriver passordet",
        "pin må ha 6 siffer",
        "feilkode 1603",
        "sykemelding i HR-systemet",
        "kurs om demens, hvordan melder jeg meg på?",
        "jeg er syk i dag, hvordan setter jeg fravær?",
        "7B har ikke nett",
        "jeg har logget inn med bankid og får feil 53003",
        "jeg har logget inn med BankID og Office365 er borte",
        "innlogging på PC / iPad2 virker ikke",
        "kode AADSTS50126 og kode 0x80070005",
        "feil kode error500",
        "jeg byttet til iPhone15 og Windows11",
        "logget inn med Feide og Chromebook2 virker ikke",
        "produktkode kode Canon2520",
        "endra prisen til 1.200,-+mva25%",
        "kanalen i Teams for klassen som heter Jonas er borte",
        "Min leder er Ola Nordmann 2B Solutions",
        "eleven får ikke logga på",
        "jenta i resepsjonen",
        "elev i 10. klasse får ikke logga på",
        "jenta i resepsjonen som heter Sara",
        "læreren i 3. klasse som heter Sara",
        "iPad til ny elev",
        "Min leder Per Hansen må godkjenne",
        "Hei, Teams henger.\n\nHilsen\nKari Nordmann",
        "May I install Zoom?",
        "hvor mange siffer har et fødselsnummer?",
        "saksnummer 01017050041",
    ],
)
def test_ordinary_questions_raise_no_concern(text: str) -> None:
    assert not concerns_in(text)


@pytest.mark.parametrize(
    ("text", "concerns"),
    [
        ("jeg har epilepsi", {Concern.HEALTH}),
        ("hun er gravid", {Concern.HEALTH}),
        ("jenta i 3. klasse som heter Sara blir mobba hvor skriver jeg det", {Concern.PUPIL}),
        ("eleven min får ikke logga på chromebook, han heter Jonas", {Concern.PUPIL}),
        ("Jenta i 3C som heter Xiadani snakker ikke norsk", {Concern.PUPIL}),
        ("elev i 10. klasse (han møter aldri opp) skal ha ny plass", {Concern.PUPIL}),
        ("Barnet til Amaru Quispe får ikke logget på", {Concern.PUPIL}),
        ("hvordan setter jeg nytt passord til Ola Nordmann 6A", {Concern.PUPIL}),
        ("eleven ola nordmann i 7b", {Concern.PUPIL}),
        ("Kan foreldrene til Noah (6C) se chatten?", {Concern.PUPIL}),
        ("Petter Sørensen vil ha innsyn", {Concern.THIRD_PERSON}),
        ("Mr. Hansen is behind on rent", {Concern.THIRD_PERSON}),
        ("fnr 01017050041", {Concern.BAD_IDENTITY_NUMBER}),
        ("Siv Bakke har kreft", {Concern.HEALTH, Concern.THIRD_PERSON}),
    ],
)
def test_people_are_noticed(text: str, concerns: set[Concern]) -> None:
    assert concerns_in(text) == concerns


@pytest.mark.parametrize(
    ("term", "sensitive"),
    [
        ("kreft", True),
        ("fagforening", True),
        ("muslim", True),
        ("Arbeiderpartiet", True),
        ("straffedømt", True),
        ("lesbisk", True),
        ("samisk", True),
        ("tofaktor", False),
        ("gerica", False),
        ("skriver", False),
    ],
)
def test_a_term_of_a_protected_class_is_sensitive_without_a_person(term: str, sensitive: bool) -> None:
    assert is_sensitive_term(term) is sensitive
