"""Placeholders in answers: read, filled in, and told when they are broken."""

import pytest

from knowledge.article.article import Article, Language, parse_article
from knowledge.article.placeholder import broken_placeholders, fill, local_keys, names_service_desk, with_defaults

ANSWER = "Brukernavnet er {local:sign-in-name|jobbadressen din}. Ring {service_desk}"


def test_the_municipalitys_own_text_comes_before_the_default() -> None:
    own = fill(ANSWER, local={"sign-in-name": "ansattnummeret"}, service_desk="00 00")
    assert own == "Brukernavnet er ansattnummeret. Ring 00 00"
    assert with_defaults(ANSWER) == "Brukernavnet er jobbadressen din. Ring "
    assert local_keys(ANSWER) == {"sign-in-name"}


def test_a_text_that_looks_like_a_placeholder_is_not_filled_again() -> None:
    assert fill("{local:a|x}", local={"a": "{local:b|y}"}, service_desk="") == "{local:b|y}"


@pytest.mark.parametrize(
    "broken",
    [
        "{servicedesk}",
        "{local:drives}",
        "{local:drives|}",
        "{local:drives| }",
        "{local:Drives|H}",
        "{local:drives|H|F}",
        "{local:drives|H",
        "}",
        "{ service_desk }",
    ],
)
def test_everything_else_in_braces_costs_its_article_with_its_line(broken: str) -> None:
    asked = "\n".join(f"- om {n}" for n in range(8))
    text = (
        "---\ntitle: T\nchanged: 2026-11-24\nreview_by: 2027-05-24\nsource: {title: IT}\nphrasings:\n"
        f"{asked}\n---\nFørst.\nFilene ligger på {broken} her.\n"
    )
    [found] = list(broken_placeholders(text.rpartition("---")[2]))
    faults = parse_article(text, file="a.md", language=Language.NB)
    assert isinstance(faults, tuple)
    assert [(each.line, each.reason.split(" is no ")[0]) for each in faults] == [(17, f"'{found}'")]


def test_the_words_of_an_answer_are_counted_as_others_read_them() -> None:
    asked = "\n".join(f"- om {n}" for n in range(8))
    head = (
        f"---\ntitle: T\nchanged: 2026-11-24\nreview_by: 2027-05-24\nsource: {{title: IT}}\nphrasings:\n{asked}\n---\n"
    )
    assert isinstance(
        parse_article(head + "ord " * 88 + "{local:a|to ord}", file="a.md", language=Language.NB), Article
    )
    assert isinstance(
        parse_article(head + "ord " * 88 + "{local:a|to ord her}", file="a.md", language=Language.NB), tuple
    )


@pytest.mark.parametrize("answer", ["Ring IT-brukerstøtten.", "ring it-brukarstøtta", "Call the IT helpdesk."])
def test_an_answer_that_sends_people_to_the_service_desk_is_recognised(answer: str) -> None:
    assert names_service_desk(answer)
    assert not names_service_desk(answer + "\n{service_desk}")


def test_other_words_are_not() -> None:
    assert not names_service_desk("Ring fIT-brukerstøtte eller lederen din.")
