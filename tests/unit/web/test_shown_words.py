"""Words that a person wrote are shown where the table says, and nowhere else."""

import re
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from io import BytesIO
from pathlib import Path
from typing import Final
from zipfile import ZipFile

import pytest
import pytest_asyncio

from bot.channels.web.desk.table import PAGES
from bot.images.files import FileImages
from dialogs import router
from dialogs.core.person import Person, Role
from dialogs.insight.model import last_closed_week
from dialogs.privacy.inventory import INVENTORY
from dialogs.privacy.notice import notice
from dialogs.privacy.processing_record import processing_record
from dialogs.privacy.shown_words import SHOWN_WORDS, ShownWords, WordsReader, words_rows
from knowledge.article.article import Language
from tests.e2e.browser.desk_stage import DeskStage
from tests.unit.driver import CATALOGUE, TUESDAY
from tests.unit.handoff.scene import organisation, person, stage
from tests.unit.privacy.planted import planted, word
from tests.unit.privacy.test_own_data import exported
from tests.unit.web.conftest import HeldClock
from tests.unit.web.test_desk import Browser

PLACE: Final = "nes"
PROVIDER: Final = "dgi"
ARTICLE: Final = "password-change"
ROOT: Final = Path(__file__).parents[3]
_PARAMETER: Final = re.compile(r"\{(\w+)(?::[^{}]*(?:\{[^{}]*\}[^{}]*)*)?\}")
FOR_EVERYONE: Final = frozenset(
    map(word, ("article_revision.texts", "article_revision.reason", "announcement.wordings"))
)
BY_FIELD: Final = {row.field: row for row in SHOWN_WORDS}
BY_WORD: Final = {word(row.field): row for row in SHOWN_WORDS}


def short(path: str) -> str:
    """Return a path of the desk with its parameters as names alone."""
    return _PARAMETER.sub(r"{\1}", path)


def concrete(path: str, week: str) -> list[str]:
    """Return the addresses of a page, with everything that was planted."""
    ids = {
        "/desk/timeline/{id}": ["none"],
        "/desk/classes/{id}.ics": ["none"],
        "/desk/teaching/{id}": ["none"],
        "/desk/teaching/{id}/list": ["none"],
        "/desk/learning/{id}": ["share"],
        "/desk/unanswered/{id}": [f"{week}-1"],
        "/desk/unanswered/suggestions/{id}": ["gap-question-0", "suggestion-2"],
        "/desk/programs/{id}": ["zotero", "application-1"],
        "/desk/applications/{id}": ["application-1"],
        "/desk/people/{id}": ["p020", "p021"],
        "/desk/questions/{id}": ["handoff-1", "handoff-2", "handoff-3"],
        **{short(page.path): ["announcement-1"] for page in PAGES if "/desk/announcements/" in page.path},
        **{short(page.path): [f"{ARTICLE}@{PLACE}"] for page in PAGES if "{key" in page.path},
    }
    if "{" not in path:
        return [path, f"{path}?format=csv"]
    return [_PARAMETER.sub(id_, path) for id_ in ids[short(path)]]


def planted_in(body: bytes) -> set[str]:
    """Return the planted words of a page or a file, also of a packed one."""
    if body.startswith(b"PK"):
        with ZipFile(BytesIO(body)) as packed:
            body = b"\n".join(packed.read(name) for name in packed.namelist())
    return set(re.findall("zq[a-z]+", body.decode("utf-8", "replace"))) & BY_WORD.keys()


@pytest_asyncio.fixture
async def desk(clock: HeldClock, tmp_path: Path) -> AsyncIterator[DeskStage]:
    stage = DeskStage(clock=clock, images=FileImages(tmp_path))
    await stage.start()
    asker, helper, editor = [
        await stage.holder_of(role, municipality_id=PLACE) for role in (Role.EMPLOYEE, Role.AMBASSADOR, Role.EDITOR)
    ]
    article = stage.content.articles.get(ARTICLE, Language.NB, None)
    assert article is not None
    await stage.put(*planted(asker, helper, editor, article, now=clock.now()))
    yield stage
    await stage.stop()


async def test_pages_and_files_of_the_desk_show_planted_words_to_the_readers_of_the_table_alone(
    desk: DeskStage,
) -> None:
    week, shown = last_closed_week(desk.clock.now()), defaultdict[tuple[str, str], set[str]](set)
    for place in (PLACE, "ullensaker", PROVIDER):
        for role in Role:
            reader = Person(
                id=f"only-{role}-{place}",
                name="Leser",
                municipality_id=place,
                unit_id="nes-helse-hjemme-nord" if place == PLACE else None,
                roles=frozenset({Role.EMPLOYEE, role}),
                registered=True,
                created_at=desk.clock.now(),
            )
            await desk.put(reader)
            async with Browser(desk) as browser:
                await browser.enter(reader)
                for page in PAGES:
                    for path in concrete(page.path, week):
                        answer = await browser.ask("GET", path)
                        assert answer.status < 500, path
                        words = planted_in(await answer.read())
                        if place == PROVIDER:
                            # It writes for every municipality: articles, and announcements.
                            words -= FOR_EVERYONE
                        assert not words or place == PLACE, f"{role} of {place} reads {words} on {path}"
                        for planted_word in words:
                            shown[short(page.path), planted_word].add(role)
    wrong = {
        (path, planted_word): roles
        for (path, planted_word), roles in shown.items()
        if not _allows(BY_WORD[planted_word], path, roles)
    }
    assert wrong == {}
    unseen = {(row.field, view) for row in SHOWN_WORDS for view in row.views if view in _LOOKED_FOR} - {
        (BY_WORD[planted_word].field, path) for path, planted_word in shown
    }
    assert unseen == set(), "a row without a view is no row"


# Views that must show what the table says they do; others may have it only in some states.
_LOOKED_FOR: Final = frozenset(
    {"/desk/unanswered/suggestions/{id}", "/desk/rehearsal/{key}", "/desk/articles/{key}", "/desk/announcements"}
)


def _allows(row: ShownWords, path: str, roles: set[str]) -> bool:
    return path in row.views and roles <= {str(reader) for reader in row.readers}


def test_cards_show_the_words_of_a_hand_off_and_of_a_suggestion_to_their_readers_alone() -> None:
    scene = stage(verbs=router.VERBS, timers=router.TIMERS)
    scene.put(person("ed", "lillevik", Role.EDITOR), person("ada", "lillevik", Role.ADMIN))
    scene.put(person("lea", "nord", Role.LEADER), person("off", "lillevik", Role.DPO))
    scene.say("kari", "zqquestionutterance hva er dette")
    scene.press("kari", "handoff.start")
    id_ = scene.slots("kari", "handoff/")[-1].split("/")[1]
    scene.press("kari", "handoff.send", handoff_id=id_, question="zqhandoffquestion her", no_suggestion="false")
    scene.press("ana", "handoff.accept", handoff_id=id_)
    scene.press("ana", "handoff.ask_network", handoff_id=id_)
    readers = {"ana": "helper", "bo": "network", "cato": "network", "ed": "editor", "kim": "contact"}
    assert {who for who, _, _ in _seen(scene)} <= {"kari", "ana", "bo", "cato"}
    scene.press("ana", "handoff.resolve", handoff_id=id_, answer="zqhandoffoutcomeanswer slik", share="true")
    assert "ed" not in {who for who, _, _ in _seen(scene)}, "nothing before the helper saw it"
    press = {"handoff_id": id_, "question": "zqsuggestionquestion her", "answer": "zqsuggestionanswer slik"}
    scene.press("ana", "handoff.suggest", **press)
    scene.press("ed", "editor.suggestions")
    found = [seen for seen in _seen(scene) if seen[0] != "kari"]
    assert {who for who, _, _ in found} >= {"ana", "ed"}
    for who, slot, planted_word in found:
        row, view = BY_WORD[planted_word], f"chat:{slot.split('/')[0]}"
        own = who == "ana" and "answer" in planted_word  # the helper wrote it
        assert own or (view in row.views and readers[who] in {str(reader) for reader in row.readers}), (who, slot)
    for other in ("bo", "cato", "ed", "ada", "lea", "off", "ola"):
        assert "zq" not in str(exported(scene, other)), f"the export of {other} has words of others"


def _seen(scene: object) -> Iterator[tuple[str, str, str]]:
    for to, slot in scene.posts:  # type: ignore[attr-defined]
        for planted_word in set(re.findall("zq[a-z]+", scene.shown(to, slot))):  # type: ignore[attr-defined]
            yield to, slot, planted_word


def test_every_row_is_about_a_field_of_the_inventory_and_every_role_of_a_view_may_open_it() -> None:
    fields = {f"{holding.kind}.{name}" for holding in INVENTORY for name in holding.purposes}
    assert {row.field for row in SHOWN_WORDS} <= fields
    assert len(BY_FIELD) == len(SHOWN_WORDS)
    paths = {short(page.path) for page in PAGES}
    assert {view for row in SHOWN_WORDS for view in row.views if view.startswith("/")} <= paths


def test_nobody_but_the_asker_is_shown_what_was_asked_of_heia_alone() -> None:
    assert [BY_FIELD[field].readers for field in ("question.utterance", "question.told", "web_utterance.text")] == [
        ()
    ] * 3


@pytest.mark.parametrize("language", Language)
def test_notice_and_record_have_the_rows_of_the_table(language: Language) -> None:
    texts = CATALOGUE[language]
    rows = list(words_rows(texts))
    [access] = [section for section in notice(texts, organisation(), None) if section.name == "access"]
    assert [what for what, _ in access.pairs] == [what for what, _, _ in rows]
    record = processing_record(texts, organisation(), on=TUESDAY.date())
    [chapter] = [each for each in record.chapters if each.heading == texts("words.title")]
    assert list(chapter.rows) == rows
    risks = str([each.rows for each in record.chapters])
    assert texts("words.title") in risks, "the impact assessment points to it"


def test_the_page_about_access_has_the_rows_of_the_table() -> None:
    page = (ROOT / "docs" / "access.md").read_text(encoding="utf-8")
    [written] = re.findall(r"<!-- words -->\n(.*?)<!-- /words -->", page, re.DOTALL)
    assert written == table_of_words(), "write what table_of_words returns"


def table_of_words() -> str:
    """Return the table as docs/access.md has it."""
    rows = (f"| {' | '.join(row)} |" for row in words_rows(CATALOGUE[Language.EN]))
    return "\n".join(("| what | shown to | because |", "|---|---|---|", *rows)) + "\n"


def test_readme_and_welcome_promise_editors_no_sentences() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert "sees themes of at least five people without their sentences" in readme
    assert {str(reader) for reader in WordsReader} >= {str(Role.EDITOR), str(Role.ADMIN), str(Role.DPO)}
