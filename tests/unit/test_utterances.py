"""What people typed stands in a file of its own, is matched as phrasings are, and a broken row costs itself only."""

from pathlib import Path

import pytest

from bot.content.loading import load_content
from bot.content.utterances import UTTERANCES
from knowledge.article.article import ArticleFault
from knowledge.article.change import ArticleChange
from knowledge.language.masking import mask
from tests.learned import sample_content
from tests.unit.few_articles import KEPT, few_articles

HEADER = "entries,language,utterance\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return few_articles(tmp_path / "content")


def write(folder: Path, rows: str) -> None:
    (folder / UTTERANCES).write_text(HEADER + rows, "utf-8")


def test_an_utterance_is_a_phrasing_of_its_entry_that_people_typed(folder: Path) -> None:
    first, second = sorted(KEPT)[:2]
    write(folder, f'{first} {second},nb,"hei, ka gjør æ no?"\n,en,may I bring my dog\n')
    content = load_content(folder)
    assert content.faults == ()
    [asked] = [each for each in content.phrasings() if each.asked]
    assert (asked.article_id, asked.others, asked.text) == (first, (second,), "hei, ka gjør æ no?")
    assert content.unanswered() == ("may I bring my dog",)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ("nothing-like-it,nb,hei du", "there is no article or action nothing-like-it"),
        ("{first},sv,hej du", "'sv' is no language: nb, nn, en"),
        ("{first},nb, ", "the utterance is empty"),
        ("{first},nb", "has 2 columns, not 3"),
        ("{second},nb,Samme ord", "'Samme ord' is an utterance of {first}, too"),
    ],
)
def test_a_broken_row_is_told_with_its_line_and_the_rest_goes_on(folder: Path, row: str, reason: str) -> None:
    first, second = sorted(KEPT)[:2]
    write(folder, f"{first},nb,samme ord\n{row.format(first=first, second=second)}\n{first},nb,siste ord\n")
    content = load_content(folder)
    assert content.faults == (ArticleFault(file=UTTERANCES, line=3, reason=reason.format(first=first)),)
    assert [each.text for each in content.phrasings() if each.asked] == ["samme ord", "siste ord"]


def test_a_file_without_its_header_or_of_another_encoding_is_told(folder: Path) -> None:
    (folder / UTTERANCES).write_text("a,b,c\n", "utf-8")
    assert load_content(folder).faults[0].reason == "the first line must be entries,language,utterance"
    (folder / UTTERANCES).write_bytes(HEADER.encode() + b"x,nb,\xff\n")
    assert load_content(folder).faults[0] == ArticleFault(file=UTTERANCES, line=2, reason="is not UTF-8")


@pytest.mark.parametrize("rows", [1, 10_000])
def test_a_quotation_mark_that_is_never_closed_costs_its_row_only(folder: Path, rows: int) -> None:
    first = sorted(KEPT)[0]
    write(folder, f'{first},nb,hele ord\n{first},nb,"aldri lukket\n' + f"{first},nb,ord og ord\n" * rows)
    content = load_content(folder)
    assert [each.text for each in content.phrasings() if each.asked] == ["hele ord"] + ["ord og ord"] * rows
    [fault] = content.faults
    assert (fault.file, fault.line, "no CSV" in fault.reason) == (UTTERANCES, 3, True)


def test_a_broken_row_does_not_cost_a_sound_one_with_the_same_words(folder: Path) -> None:
    first = sorted(KEPT)[0]
    write(folder, f"nothing-like-it,nb,samme ord\n{first},nb,samme ord\n")
    content = load_content(folder)
    assert [each.line for each in content.faults] == [2]
    assert [each.text for each in content.phrasings() if each.asked] == ["samme ord"]


def test_the_mark_that_a_spreadsheet_puts_first_and_its_line_ends_are_read_over(folder: Path) -> None:
    first = sorted(KEPT)[0]
    text = HEADER + f"{first},nb,to\u2028linjer\n{first},nb,siste ord\n"
    (folder / UTTERANCES).write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    content = load_content(folder)
    assert content.faults == ()
    assert [each.text for each in content.phrasings() if each.asked] == ["to\u2028linjer", "siste ord"]


def test_utterances_of_a_retired_article_find_the_one_in_its_place(folder: Path) -> None:
    first, second = sorted(KEPT)[:2]
    write(folder, f"{first},nb,ka gjør æ no\n")
    content = load_content(folder)
    gone = content.with_changes([ArticleChange(article_id=first)])
    assert not [each for each in gone.phrasings() if each.asked]
    moved = content.with_changes([ArticleChange(article_id=first, redirect=second)])
    assert [each.article_id for each in moved.phrasings() if each.asked] == [second]


def test_the_shipped_utterances_hold_nothing_that_is_masked() -> None:
    utterances = sample_content().utterances
    assert len(utterances) > 10_000
    assert [each.text for each in utterances if str(mask(each.text)) != each.text] == []


def test_most_articles_have_utterances() -> None:
    asked = {id_ for each in sample_content().utterances for id_ in (each.article_id, *each.others)}
    articles = sample_content().articles.ids()
    assert sum(each in asked for each in articles) >= 0.95 * len(articles)
