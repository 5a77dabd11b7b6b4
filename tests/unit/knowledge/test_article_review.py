"""What editors are told about articles: openings, links, terms, screens, neighbours, dates, languages, phrasings."""

from datetime import date
from typing import Final

import numpy as np
import pytest

from knowledge.article.article import Article, ArticleFault, Language, parse_article
from knowledge.article.house_style import opens_with_yes_or_no
from knowledge.article.review import ArticleFile, review_articles
from knowledge.matching.match import Phrasing
from knowledge.matching.strays import find_strays
from knowledge.matching.vocabulary import Vocabulary

TODAY: Final = date(2026, 11, 26)
ASKED: Final = ("passord", "bytte passord", "nytt passord", "endre passord", "skifte", "utløpt", "glemt", "feil")


def text_of(
    answer: str = "Trykk Ctrl + Alt + Delete.", *, title: str = "Passord?", extra: str = "", about: str = ""
) -> str:
    asked = "\n".join(f"- {each}{about}" for each in ASKED)
    source = "" if "source:" in extra else "source: {title: IT}\n"
    return (
        f"---\ntitle: {title}\nchanged: 2026-11-24\nreview_by: 2027-05-24\n{source}{extra}"
        f"phrasings:\n{asked}\n---\n{answer}\n"
    )


def read(text: str, *, name: str = "password", language: Language = Language.NB) -> ArticleFile:
    parsed = parse_article(text, file=f"{name}.md", language=language)
    assert isinstance(parsed, Article), parsed
    return ArticleFile(name=f"articles/{language}/{name}.md", text=text, article=parsed)


def in_all_languages(text: str, *, name: str = "password") -> list[ArticleFile]:
    return [read(text, name=name, language=language) for language in Language]


def told(*files: ArticleFile) -> list[str]:
    return [str(each) for each in review_articles(files, today=TODAY)]


def faults_in(text: str) -> list[ArticleFault]:
    parsed = parse_article(text, file="password.md", language=Language.NB)
    return [] if isinstance(parsed, Article) else list(parsed)


def test_a_good_article_gets_no_remark() -> None:
    assert told(*in_all_languages(text_of("Kontoen åpner seg [av seg selv](https://nes.example/konto)."))) == []


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("nb", "Ja. Per 2020 er det utsatt."),
        ("nb", "**Ja**, det er planen."),
        ("nb", "Jo, men bare hjemme."),
        ("nb", "Nei de fleste gjør ikke det."),
        ("nb", "Ikke ennå. Vi venter."),
        ("nb", "Ikke på egen hånd."),
        ("nn", "Ikkje enno. Vi ventar."),
        ("nn", "Jau, det er planen."),
        ("en", "Yes – the plan is that."),
        ("en", "No, most do not."),
        ("en", "Not yet. We wait."),
        ("en", "Of course! Write to us."),
    ],
)
def test_an_answer_that_opens_with_yes_or_no_costs_its_article(language: str, answer: str) -> None:
    faults = parse_article(text_of(answer), file="password.md", language=Language(language))
    assert isinstance(faults, tuple)
    [fault] = faults
    assert str(fault).startswith("password.md:16: the answer opens with '")
    assert not fault.notice


@pytest.mark.parametrize(
    ("language", "answer"),
    [
        ("nb", "Ikke klikk, svar eller åpne vedlegg."),
        ("nb", "Jakken henger i gangen."),
        ("nb", "Jo mer du skriver, jo bedre."),
        ("nn", "No kan du logge på."),
        ("nn", "Ikkje klikk på lenkja."),
        ("en", "No app is needed."),
        ("en", "Not employed by a municipality? Write to us."),
        ("en", "Nobody can read it."),
    ],
)
def test_advice_and_other_words_are_no_yes_or_no(language: str, answer: str) -> None:
    assert opens_with_yes_or_no(answer, Language(language)) is None


@pytest.mark.parametrize(
    "link",
    [
        "[aka.ms/mfasetup](https://aka.ms/mfasetup)",
        "[**www.nes.no/it**](https://www.nes.no/it)",
        "[https://nes.no](https://nes.no)",
        "<https://nes.no>",
        "https://nes.no.",
    ],
)
def test_an_address_as_the_text_of_a_link_is_told(link: str) -> None:
    [remark, *_] = told(read(text_of(f"Åpne\n{link}")))
    assert remark.startswith("articles/nb/password.md:17: notice: the text of a link is words, not the address")


def test_words_and_mail_addresses_are_good_link_texts() -> None:
    answer = "[siden til IT](https://nes.no), [post@nes.no](mailto:post@nes.no), [Word/Excel](https://nes.no/o)"
    assert told(*in_all_languages(text_of(answer))) == []


@pytest.mark.parametrize(
    "url",
    [
        "https://10.1.2.3/it",
        "https://192.168.0.1",
        "https://172.16.0.9:8443/a",
        "https://localhost/a",
        "https://127.0.0.1/a",
        "https://intra.nes.local/a",
        "https://intranett/it",
        "https://[fd00::1]/a",
    ],
)
def test_a_link_to_a_private_address_costs_its_article(url: str) -> None:
    [body] = faults_in(text_of(f"Åpne\n[siden]({url})."))
    assert (body.line, body.reason) == (17, f"a link to a private address: {url}")
    [source] = faults_in(text_of(extra=f"source: {{title: IT, url: '{url}'}}\n"))
    assert (source.line, source.reason) == (5, f"the source's url is a private address: {url}")


@pytest.mark.parametrize("url", ["https://nes.no", "https://172.32.0.1/", "https://8.8.8.8", "https://local.no/a"])
def test_a_public_address_is_none(url: str) -> None:
    assert faults_in(text_of(f"[siden]({url})")) == []


def test_neighbours_exist_and_are_three_at_most() -> None:
    files = in_all_languages(text_of(extra="related: [password, gone]\n")) + in_all_languages(
        text_of(extra="related: [password, password, password, password]\n", about=" pin"), name="pin"
    )
    assert told(*files)[:2] == [
        "articles/nb/password.md:6: 'related' names the article itself",
        "articles/nb/password.md:6: 'related' names gone, which is no article",
    ]
    assert "articles/nb/pin.md:6: 'related' has 4 articles, 3 are shown" in told(*files)


def test_a_neighbour_that_is_left_out_for_a_fault_of_its_own_is_told_once() -> None:
    files = in_all_languages(text_of(extra="related: [gone]\n"))
    assert list(review_articles(files, today=TODAY, left_out={"gone"})) == []


def test_no_source_and_a_passed_date_are_notices_that_cost_nothing() -> None:
    text = text_of().replace("source: {title: IT}\n", "").replace("2027-05-24", "2026-11-25")
    assert told(*in_all_languages(text))[:2] == [
        "articles/nb/password.md:4: notice: is past its review date 2026-11-25",
        "articles/nb/password.md:1: notice: has no source",
    ]


def test_the_date_of_the_source_is_read() -> None:
    parsed = read(text_of(extra="source: {title: DGI, date: 2020-10-21}\n")).article
    assert parsed.source.day == date(2020, 10, 21)
    [fault] = faults_in(text_of(extra="source: {title: DGI, date: i fjor}\n"))
    assert (fault.line, fault.reason) == (5, "the source's date must be a date such as 2020-10-21")


def test_a_missing_language_is_a_notice() -> None:
    assert told(read(text_of())) == ["articles/nb/password.md:1: notice: has no text in nn, en"]


def test_the_same_phrasing_in_two_articles_is_named_with_both_places() -> None:
    other = text_of(about=" til pinkoden").replace("- skifte til pinkoden", "- Bytte passord?")
    files = [*in_all_languages(text_of()), *in_all_languages(other, name="pin")]
    files[3:] = [
        read(each.text.replace("Passord?", "Pin?"), name="pin", language=each.article.language) for each in files[3:]
    ]
    assert told(*files) == [
        "articles/nb/pin.md:11: the phrasing 'Bytte passord?' asks for password, too: articles/nb/password.md:8"
    ]


@pytest.mark.parametrize(
    ("language", "answer", "remark"),
    [
        ("nb", "Ring brukerstøtten.", "says 'brukerstøtten', the term is 'IT-brukerstøtte'"),
        ("nn", "Spør kollegene.", "says 'kollegene', the term is 'kollegaer'"),
        ("en", "Log in again.", "says 'log in', the term is 'sign in'"),
        ("nb", "Office 365 kommer.", "says 'office 365', the term is 'Microsoft 365'"),
        ("nn", "Vel «Frigjer plass».", "quotes «Frigjer plass», the screen shows «Frigjør plass»"),
        (
            "nn",
            "Vel «Heilt ny knapp».",
            "quotes «Heilt ny knapp», the Bokmål article does not: quote what the screen shows",
        ),
    ],
)
def test_terms_and_screen_texts_are_kept(language: str, answer: str, remark: str) -> None:
    files = [read(text_of("Trykk.")), read(text_of(answer), language=Language(language))]
    assert f"articles/{language}/password.md:16: notice: {remark}" in told(*files)


def test_the_term_itself_in_any_form_is_right() -> None:
    answer = "Velg «Delt postboks». "
    answer += (
        "Ring IT-brukerstøtten. Microsoft 365 (Office 365) og Office 365 Hjelpesenter. Kollegene dine, postkassen."
    )
    assert told(*in_all_languages(text_of("Trykk.")), read(text_of(answer))) == []


def test_a_menu_that_the_bokmal_article_quotes_too_is_right() -> None:
    assert told(*in_all_languages(text_of("Velg «Behold alltid på denne enheten»."))) == []


class Directions:
    """An encoder for which texts with the same first word are equal."""

    name = "directions"

    def encode(self, texts: list[str]) -> np.ndarray:
        words = sorted({"mobil", "passord", "skriver"})
        return np.stack([np.eye(3)[words.index(text.split()[0])] for text in texts]).astype(np.float32)


def test_a_phrasing_nearer_to_another_article_is_found() -> None:
    asked = {
        "phone": ["mobil a", "mobil b", "passord c"],
        "password": ["passord a", "passord b"],
        "print": ["skriver a", "skriver b"],
    }
    phrasings = [Phrasing(article_id=id_, language="nb", text=text) for id_, texts in asked.items() for text in texts]
    [stray] = find_strays(phrasings, encoder=Directions(), vocabulary=Vocabulary())
    assert (stray.phrasing.text, stray.near.article_id) == ("passord c", "password")
    assert stray.other > 0.99 > stray.own


LONG: Final = "ord " * 61
CASES: Final = "- **Mobil:** Ring.\n- **PC:** Vent."


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (LONG, "the first paragraph or list item has 61 words, at most 60 are shown well"),
        (f"Ring.\n\n{CASES}\n- **Brett:** {LONG}", "the case 'Brett' has more than 60 words"),
        (f"{CASES}\n- **{'ord ' * 12}her:** Vent.", "has more than 12 words"),
    ],
)
def test_what_is_shown_first_and_cases_have_a_length_that_is_read(answer: str, reason: str) -> None:
    (remark,) = (each for each in told(*in_all_languages(text_of(answer))) if "/nn/" in each)
    assert reason in remark
    assert "notice" in remark


def test_every_language_marks_the_same_cases() -> None:
    files = in_all_languages(text_of(CASES))
    files[2] = read(text_of("- **Mobile:** Call.\n- PC: Wait."), language=Language.EN)
    assert told(*files) == [f"{files[2].name}:1: notice: marks 0 cases, the Bokmål article 2"]
