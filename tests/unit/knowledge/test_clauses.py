"""What a message is cut into, and what its writer denies."""

import pytest

from knowledge.language.assent import Assent, assent, place_named
from knowledge.language.clauses import (
    MAX_CLAUSES,
    asks,
    begins_question,
    clauses,
    counted_questions,
    denied,
    entries_of_list,
    has_many_clauses,
    has_subject,
    part_starts,
    refuses,
    said_words,
    sentences,
    set_apart,
    tells_of_trouble,
)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Hvordan lager jeg et møte? Og hvem ser det?", ("Hvordan lager jeg et møte", "hvem ser det")),
        ("hvem er ambassadør og er onenote godkjent", ("hvem er ambassadør", "er onenote godkjent")),
        ("får ikke lyd i teams og så lurer jeg på kurset", ("får ikke lyd i teams", "lurer jeg på kurset")),
        ("1) bytte passord 2) ny telefon", ("bytte passord", "ny telefon")),
        ("glemt passord\nny telefon", ("glemt passord", "ny telefon")),
        ("Hei, hvordan bytter jeg passord", ()),
        ("hvordan lager og deler jeg et dokument", ()),
        ("lyd og bilde i Teams", ()),
        ("versjon 16.0.1 av Word virker ikke", ()),
        ("", ()),
        ("kalenderen er tom også har jeg mistet kortet", ("kalenderen er tom", "har jeg mistet kortet")),
        ("musa går motsatt vei å en ting te skjermen blinker", ("musa går motsatt vei", "skjermen blinker")),
        ("nettet er nede, tavla viser feil farger", ("nettet er nede", "tavla viser feil farger")),
        ("bytt til nynorsk og si meg når Teams kommer", ("bytt til nynorsk", "si meg når Teams kommer")),
        ("ipaden er knust;hvem betaler for den", ("ipaden er knust", "hvem betaler for den")),
        ("hvordan får jeg nett hvor kan jeg bytte kode", ("hvordan får jeg nett", "hvor kan jeg bytte kode")),
        ("vi fikk aldri vite hvordan får jeg nett", ()),
        ("nettet er nede igjen hvem kan jeg", ("nettet er nede igjen", "hvem kan jeg")),
        ("nettet er nede hvem kan jeg ringe", ()),
        ("nettet er nede igjen hva når jeg kommer", ()),
        ("nettet er nede igjen hva er", ()),
        ("skjermen er svart. hjelp", ()),
        ("lampen lyste rødt og jeg kommer ikke inn", ("lampen lyste rødt", "jeg kommer ikke inn")),
        ("lampen lyste rødt og døra virker ikke", ()),
        ("lampen er rød og døra virker ikke", ("lampen er rød", "døra virker ikke")),
        ("lampen er rød og opplæring virker bra", ()),
        ("lampen er rød og den nye døra virker ikke", ("lampen er rød", "den nye døra virker ikke")),
        ("lampen er rød og den helt nye døra virker", ("lampen er rød", "den helt nye døra virker")),
        ("lampen er rød og døra på kontoret til lederen virker ikke", ()),
        ("jeg har lest alt og døra virker ikke og lampen er rød", ()),
        ("hvem er, forresten, ambassadør her", ()),
        ("lampen er rød, lyset er av og døra virker ikke", ("lampen er rød", "lyset er av", "døra virker ikke")),
    ],
)
def test_questions_are_parted_and_lists_of_words_are_not(text: str, parts: tuple[str, ...]) -> None:
    assert clauses(text) == parts


@pytest.mark.parametrize(
    ("text", "entries"),
    [
        ("tre ting:\n- ny mobil\n- tilgang til arkivet", ("ny mobil", "tilgang til arkivet")),
        ("1. bytte passord?\n2) ny telefon", ("bytte passord", "ny telefon")),
        ("Hei!\n- Kari", ()),
        ("* dessuten: ny mobil\n• tilgang til arkivet\n- ny pc", ("ny mobil", "tilgang til arkivet", "ny pc")),
    ],
)
def test_entries_of_a_list_are_found(text: str, entries: tuple[str, ...]) -> None:
    assert entries_of_list(text) == entries
    assert set(entries) <= set(clauses(text))


@pytest.mark.parametrize("signs", ["( (", "- -", "+ +"])
def test_signs_without_a_word_after_a_joint_are_no_sentence(signs: str) -> None:
    assert clauses(f"nettet er nede og {signs}") == ()


def test_a_pasted_thread_is_read_as_a_whole_only() -> None:
    assert clauses("\n".join(["hvordan gjør jeg dette"] * (MAX_CLAUSES + 1))) == ()
    assert len(clauses("\n".join(["hvordan gjør jeg dette"] * MAX_CLAUSES))) == MAX_CLAUSES


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        (
            "nei, jeg har ikke glemt passordet, det er Outlook",
            ("jeg har ikke glemt passordet", "det er Outlook"),
        ),
        ("no, it is not the password, it's the screen", ("it is not the password", "it's the screen")),
        ("nei det er ikke passordet, det er skjermen", ("nei det er ikke passordet", "det er skjermen")),
        ("jeg mente ikke Teams, men Outlook", ("Teams", "Outlook")),
        ("nei, det gjelder ikke passordet, men skjermen er svart", ("passordet", "skjermen er svart")),
        ("I don't mean the password, but the screen", ("the password", "the screen")),
        ("det er ikke lyd i Teams, men bilde", None),
        ("nei, det hjalp", None),
        ("nei ikke, det er skjermen", ("nei ikke", "det er skjermen")),
        ("nei, passordet virker fint, det er skjermen", None),
        ("nei, ikke det, ", None),
        (", det er ikke Outlook", None),
        ("jeg mente ikke Teams,\nmen Outlook\npå mobil", ("Teams", "Outlook\npå mobil")),
        ("får ikke lyd, hva gjør jeg", None),
        ("nei, jeg har ikke glemt passordet", None),
    ],
)
def test_what_is_denied_is_not_what_is_asked(text: str, apart: tuple[str, str] | None) -> None:
    assert denied(text) == apart


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("Ja takk!", Assent.YES),
        ("ok, gjør det", Assent.YES),
        ("nei takk", Assent.NO),
        ("nr. 2", Assent.SECOND),
        ("den andre", Assent.SECOND),
        ("ingen av dem", Assent.NONE),
        ("ja er sikker", Assent.YES),
        ("Yes, I'm sure", Assent.YES),
        ("ok, med en gang er du snill", None),
        ("nr 2 er du snill", Assent.SECOND),
        ("avbryt nå", Assent.NO),
        ("er du sikker", None),
        ("ja, men hva med Outlook", None),
        ("", None),
    ],
)
def test_a_short_reply_is_read(text: str, meant: Assent | None) -> None:
    assert assent(text) is meant


def test_an_entry_that_is_not_listed_is_none() -> None:
    assert [Assent.FIRST.position(2), Assent.LAST.position(2), Assent.THIRD.position(2), Assent.YES.position(2)] == [
        0,
        1,
        None,
        None,
    ]


@pytest.mark.parametrize(
    ("text", "many"),
    [
        ("hvordan bytter jeg passord? " * MAX_CLAUSES, False),
        ("hvordan bytter jeg passord? " * (MAX_CLAUSES + 1), True),
        ("a. b. c. d. e. f. g. h. i. j. k. l. m. n. o. p.", False),
    ],
)
def test_a_message_with_more_clauses_than_are_read_is_known(text: str, many: bool) -> None:
    assert has_many_clauses(text) is many


@pytest.mark.parametrize(
    ("text", "second"),
    [
        ("Outlook er nede hos meg ps hvordan deler jeg kalenderen", "hvordan deler jeg kalenderen"),
        ("hvem ser i fellespostkassa vår ps skjermen i møterommet er død", "skjermen i møterommet er død"),
        ("wifi er nede. PS: korleis byter eg bakgrunn", "korleis byter eg bakgrunn"),
        ("trenger ny lader og lurer også på hvordan jeg setter fraværsmelding", "lurer også på hvordan jeg setter"),
        ("teams is slow, also the printer eats the paper", "the printer eats the paper"),
        ("får ikkje opna Excel, samt skrivaren står", "skrivaren står"),
        ("skjermen blinkar i dokkingen dessutan er tastaturet daudt", "er tastaturet daudt"),
        ("vil ha av varslene på kvelden men også få fraværsmelding", "få fraværsmelding"),
        ("kan dere låse opp kontoen min og samtidig fikse nummeret", "fikse nummeret"),
        ("nettet er ustabilt i dag og smartboarden viser feil farger", "smartboarden viser"),
        ("printer is offline and my mailbox is almost full", "my mailbox is"),
        ("how to record a meeting, btw who is the ambassador here", "who is the ambassador here"),
        ("1. hvordan logger jeg på 2. hvor er filene", "hvor er filene"),
        ("får ikke logget på. hvem er forresten ambassadør her", "hvem er ambassadør her"),
    ],
)
def test_what_is_added_at_the_end_is_a_clause_of_its_own(text: str, second: str) -> None:
    assert len(clauses(text)) == 2
    assert clauses(text)[1].startswith(second)


@pytest.mark.parametrize(
    "text",
    [
        "kan jeg bruke ps på jobb",
        "noen prøver å lure meg til å betale",
        "vi lurte på dette",
        "printeren i 3. etg. blinker rødt",
        "jeg får en ny kollega fra 1. september som trenger konto",
        "møtet er kl. 10 i dag",
        "jeg har byttet telefon og koden går til den gamle",
        "someone is calling and saying he is from Microsoft",
        "Teams og Outlook er trege",
    ],
)
def test_words_that_may_begin_a_clause_need_not(text: str) -> None:
    assert clauses(text) == ()


@pytest.mark.parametrize(
    ("text", "apart"),
    [
        ("får ikke åpnet fila. forresten, skriveren er frakoblet", ("skriveren er frakoblet",)),
        ("koden kommer ikke + skriveren på kontoret er borte", ("skriveren på kontoret er borte",)),
        ("Eg finn ikkje mappa. Dessutan: tavla er svart. Kva gjer eg?", ("tavla er svart",)),
        ("Forresten, hvor er skriveren", ()),
        ("Forresten, hvor er skriveren? Dessuten: tavla er svart", ("tavla er svart",)),
        ("hvordan deler jeg en fil", ()),
        ("word+excel", ()),
    ],
)
def test_what_a_message_says_is_another_matter_is_found(text: str, apart: tuple[str, ...]) -> None:
    assert set_apart(text) == apart
    assert set(apart) <= set(clauses(text))


@pytest.mark.parametrize(
    "text",
    ["korlis lagar eg eit team", "kordan får æ lyd", "Åssen booker jeg rom", "Kan jeg dele den", "E det lov her"],
)
def test_a_question_is_one_in_dialect_too(text: str) -> None:
    assert begins_question(text)
    assert not begins_question(f"saka er {text}")
    assert not begins_question("e har glemt passordet")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("nr 3", 2),
        ("hva med spørsmål 2?", 1),
        ("Du svarte ikkje på nr. 4", 3),
        ("what about the second one", 1),
        ("den siste", -1),
        ("og spm 1 da", 0),
        ("hva er nytt i Office 365", None),
        ("hva med den andre skriveren", None),
        ("nr 1 og nr 2", None),
    ],
)
def test_a_question_is_named_by_its_number(text: str, place: int | None) -> None:
    assert place_named(text) == place


@pytest.mark.parametrize("mark", ["og", "å", "and", "men", "but", "samt", "dessuten", "forresten", "also"])
def test_a_clause_may_begin_behind_a_word_that_joins(mark: str) -> None:
    starts = part_starts(f"skjermen gikk i gulvet {mark} jeg står her")
    assert (starts.sentences, starts.questions, starts.clauses) == ([], [], [5])


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("skjermen gikk i gulvet jeg står her", ([], [], [])),
        ("skjermen gikk i gulvet, jeg står her", ([], [], [4])),
        ("skjermen gikk i gulvet, lampen lyser", ([], [], [])),
        ("skjermen gikk i gulvet, kan dere komme", ([], [], [4])),
        ("skjermen gikk i gulvet. lampen lyser", ([4], [4], [4])),
        ("Gikk det bra? Kom!\nNå; raskt. 1.2 er ute", ([3, 4, 5, 6], [3, 4, 5, 6], [3, 4, 5, 6])),
        ("noen slår hvordan får jeg hjelp", ([], [2], [2])),
        ("noen slår hvor ring jeg", ([], [2], [2])),
        ("noen slår hvor finnes vakta", ([], [2], [2])),
        ("noen slår hva kalenderen viser", ([], [], [])),
        ("noen slår virker ikke", ([], [2], [2])),
        ("noen slår får ikke åpnet", ([], [2], [2])),
        ("jeg får ikke åpnet", ([], [], [])),
        ("noen slår ikke noe", ([], [], [])),
        ("hva", ([], [], [])),
    ],
)
def test_where_sentences_questions_and_clauses_may_begin(text: str, found: tuple[list[int], ...]) -> None:
    starts = part_starts(text)
    assert (starts.sentences, starts.questions, starts.clauses) == found


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("Hei. Hvem er du? Takk!", ("Hei", "Hvem er du", "Takk!")),
        ("kom kl. 10 i dag. Takk", ("kom kl. 10 i dag", "Takk")),
        ("en linje\n\n to linjer ", ("en linje", "to linjer")),
        ("  ", ()),
    ],
)
def test_sentences_are_returned_as_written(text: str, parts: tuple[str, ...]) -> None:
    assert tuple(part.rstrip("!") for part in sentences(text)) == tuple(part.rstrip("!") for part in parts)


@pytest.mark.parametrize(
    ("text", "questions"),
    [
        ("1) bytte passord - 2) ny telefon:", ("bytte passord", "ny telefon")),
        ("Hei! spm 1 skjermen er svart spm 2 skriveren er tom", ("skjermen er svart", "skriveren er tom")),
        ("2 ny telefon 1 bytte passord 2 ny skjerm", ("bytte passord", "ny skjerm")),
        ("1. bytte passord", ()),
        ("rom 1 er låst", ()),
    ],
)
def test_questions_that_are_counted_are_found_in_their_order(text: str, questions: tuple[str, ...]) -> None:
    assert counted_questions(text) == questions


@pytest.mark.parametrize(
    ("text", "asked"),
    [
        ("hvordan bytter jeg passord", True),
        ("men hvordan bytter jeg passord", True),
        ("kan jeg bytte passord", True),
        ("lurer på noe", True),
        ("skriveren virker ikke", True),
        ("skjermen er knust", True),
        ("takk for hjelpen", False),
        ("dere kan svare i morgen", False),
    ],
)
def test_a_clause_asks_by_its_beginning_a_wish_or_what_fails(text: str, asked: bool) -> None:
    assert asks(text) is asked


@pytest.mark.parametrize(
    ("text", "about"),
    [
        ("ikke slett", {"slett"}),
        ("do not delete it", {"delete"}),
        ("jeg vil ikke snakke med noen", {"snakke", "med"}),
        ("jeg ønsker ikke varsler", {"varsler"}),
        ("eg ønskjer ikkje varsel", {"varsel"}),
        ("dere skal ikke slette profilen", {"slette", "profilen"}),
        ("ikke slett profilen, neida", {"slett", "profilen"}),
        ("I don't want emails", {"emails"}),
        ("nei, not that one", None),
        ("ikke", None),
        ("slett alt", None),
        ("do delete it", None),
        ("det virker ikke", None),
        ("jeg vil slette, ikke flytte", None),
        ("I want it, not that", None),
    ],
)
def test_a_refusal_says_what_is_not_wanted(text: str, about: set[str] | None) -> None:
    assert refuses(text) is (about is not None)
    assert about is None or said_words(text) == about


@pytest.mark.parametrize(
    ("clause", "has"),
    [
        ("får ikke åpnet fila", False),
        ("må levere i morgen", False),
        ("har glemt passordet", False),
        ("får vi ny skriver", True),
        ("er zoom godkjent", True),
    ],
)
def test_a_statement_without_its_subject_only_begins_as_a_question_does(clause: str, has: bool) -> None:
    assert begins_question(clause)
    assert has_subject(clause) is has


@pytest.mark.parametrize(
    ("said", "trouble"),
    [
        ("det kommer ingenting ut av skriveren", True),
        ("hvorfor virker ikke nettet", True),
        ("hvordan skriver jeg ut i farger", False),
        ("kan jeg bruke mobilen privat", False),
    ],
)
def test_what_fails_is_told_apart_from_a_question_how(said: str, trouble: bool) -> None:
    assert tells_of_trouble(said) is trouble
