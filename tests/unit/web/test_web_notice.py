"""The privacy notice is public, in the visitor's language, and shows nothing that the request put in."""

import pytest

from tests.unit.web.conftest import SetUp


@pytest.mark.parametrize(
    ("query", "accepted", "lang"),
    [
        ("", "", "nb"),
        ("", "en-GB,en;q=0.9", "en"),
        ("", "nn", "nn"),
        ("?lang=nn", "en", "nn"),
        ("?lang=tlh", "en", "en"),
    ],
)
async def test_everyone_reads_it_in_a_chosen_or_preferred_language(
    set_up: SetUp, query: str, accepted: str, lang: str
) -> None:
    _, client = await set_up(dev=False)
    answer = await client.ask("GET", f"/privacy{query}", headers={"Accept-Language": accepted})
    page = await answer.text()
    assert answer.status == 200
    assert f'<html lang="{lang}">' in page
    assert "ombud@lillevik.example" in page
    assert "Set-Cookie" not in answer.headers


async def test_one_municipality_can_be_chosen_and_an_unknown_one_is_ignored(set_up: SetUp) -> None:
    _, client = await set_up(dev=False)
    one = await (await client.ask("GET", "/privacy?municipality=lillevik")).text()
    assert "post@lillevik.example" in one
    assert "kontakt@storvik.example" not in one
    both = await (await client.ask("GET", '/privacy?municipality="><script>alert(1)</script>')).text()
    assert "kontakt@storvik.example" in both
    assert "<script>alert" not in both


async def test_names_are_escaped(set_up: SetUp) -> None:
    _, client = await set_up(dev=False)
    page = await (await client.ask("GET", "/privacy")).text()
    assert "Storvik &lt;b&gt;kommune" in page
    assert "<b>" not in page


async def test_the_chat_page_links_to_it(set_up: SetUp) -> None:
    _, client = await set_up(dev=False)
    assert 'href="/privacy"' in await (await client.ask("GET", "/chat")).text()
