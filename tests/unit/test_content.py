"""The content that comes with Heia is whole, and a broken part of anybody's content is left out, loudly."""

import re
import shutil
from importlib.resources import files
from itertools import product
from pathlib import Path

import pytest

from bot.content.catalogue import commands_of, load_catalogue
from bot.content.encoder import load_encoder
from bot.content.index_builder import norwegian_holidays
from bot.content.learned_files import LEARNED
from bot.content.loading import LoadedContent, content_folder, load_content
from knowledge.article.article import MAX_ANSWER_WORDS, MIN_PHRASINGS, ArticleFault, Language, parse_article
from knowledge.article.placeholder import with_defaults
from knowledge.software.task import data_folder
from tests.learned import sample_content, sample_matcher, sample_tasks
from tests.unit.few_articles import KEPT, few_articles

MOST_LIX = 40
FACTS = frozenset(
    {
        "rollout-postponed",
        "rollout-when",
        "rollout-why-postponed",
        "rollout-who-decides",
        "shared-tenant-risk",
        "national-clarification",
        "why-modernise",
        "project-scope",
        "mailbox-migration",
        "digital-window",
        "windows-10",
        "third-party-software",
        "approved-software",
        "ambassador-role",
        "ambassador-find",
        "ambassador-become",
        "ambassador-network",
        "help-centre",
        "elearning",
        "classroom-courses",
        "contact-staff",
        "contact-external",
        "collaboration-benefits",
        "teams-onedrive-allowed",
    }
)


@pytest.fixture(scope="module")
def content() -> LoadedContent:
    return sample_content()


def test_the_content_has_no_fault(content: LoadedContent) -> None:
    assert content.faults == ()


def test_questions_about_ambassadors_courses_and_programs_carry_a_button_and_every_button_is_a_command(
    content: LoadedContent,
) -> None:
    buttons = {(a.id, a.language): a.button for a in content.articles.articles.values() if a.button is not None}
    programs = {
        "approved-software",
        "company-portal-install",
        "extra-licence",
        "new-app-privacy",
        "third-party-software",
    }
    assert {id_ for id_, _ in buttons} == {"ambassador-become", "classroom-courses", *programs}
    assert len(buttons) == len({id_ for id_, _ in buttons}) * len(Language)
    assert {button.action for button in buttons.values()} <= set(commands_of(load_catalogue()).values())


@pytest.mark.parametrize(
    ("button", "reason"),
    [
        ("{title: Søk, action: ambassador.apply}", None),
        ("{title: Søk}", "'button' must have a title and an action such as ambassador.apply"),
        ("{title: Søk, action: Slett alt!}", "'button' must have a title and an action such as ambassador.apply"),
        ("[a]", "'button' must have a title and an action such as ambassador.apply"),
    ],
)
def test_a_button_has_a_title_and_an_action(content: LoadedContent, button: str, reason: str | None) -> None:
    file = Path(str(content_folder(None))) / "articles" / "nb" / "ambassador-become.md"
    kept = [line for line in file.read_text("utf-8").splitlines() if not line.startswith("button:")]
    text = "\n".join([kept[0], f"button: {button}", *kept[1:]])
    read = parse_article(text, file="ambassador-become.md", language=Language.NB)
    assert [fault.reason for fault in read] == [reason] if isinstance(read, tuple) else reason is None


def test_every_fact_of_the_rollout_and_thirty_how_tos_are_answered_in_three_languages(content: LoadedContent) -> None:
    ids = set(content.articles.ids())
    assert ids >= FACTS
    assert len(ids - FACTS) >= 30
    missing = [
        (article_id, language)
        for article_id, language in product(sorted(ids), Language)
        if (article_id, language, None) not in content.articles.articles
    ]
    assert missing == []


def test_articles_are_short_and_asked_for_in_many_ways(content: LoadedContent) -> None:
    for article in content.articles.articles.values():
        assert len(article.answer.split()) <= MAX_ANSWER_WORDS
        assert len(article.phrasings) >= MIN_PHRASINGS or article.municipality_id is not None
        assert article.source.title
        assert article.changed < article.review_by


def test_one_article_dates_the_status_and_the_others_lead_to_it(content: LoadedContent) -> None:
    shared = [a for a in content.articles.articles.values() if a.municipality_id is None]
    assert {a.id for a in shared if re.search(r"21\.? (oktober|October) 2020", a.answer)} == {"rollout-postponed"}
    about_it = [a for a in shared if "rollout" in a.topics and a.id in FACTS - {"rollout-postponed"}]
    near = {a.id for a in about_it if "rollout-postponed" in a.related}
    assert near >= {
        "rollout-when",
        "rollout-who-decides",
        "rollout-why-postponed",
        "mailbox-migration",
        "project-scope",
    }


OPENS_WITH_YES_OR_NO = re.compile(r"\W*(ja|jo|nei|ikke|ikkje|yes|no|not)\b", re.IGNORECASE)


def test_an_answer_is_true_alone_and_opens_with_neither_yes_nor_no(content: LoadedContent) -> None:
    opened = [(a.id, a.language) for a in content.articles.articles.values() if OPENS_WITH_YES_OR_NO.match(a.answer)]
    assert opened == []


def lix(answer: str) -> float:
    """Return the readability index: words a sentence plus the percentage of words of more than six letters.

    A list item ends a sentence, addresses of links do not count, and 40 is plain text.
    Source: C. H. Björnsson, Läsbarhet (1968).
    """
    text = re.sub(r"\]\([^)]*\)|(?<=\d)\s(?=\d{3}\b)", "", answer)
    text = re.sub(r"^(\d+\.|-) +", "", text, flags=re.MULTILINE)
    plain = re.sub(r"[*«»()\[]", "", text)
    sentences = [part for part in re.split(r"[.!?:]+(?=\s|$)|\n", plain) if re.search(r"\w", part)]
    words = re.findall(r"\w[\w@.-]*", " ".join(sentences))
    return len(words) / len(sentences) + 100 * sum(len(w.replace("-", "")) > 6 for w in words) / len(words)


def test_the_index_tells_plain_text_from_heavy() -> None:
    assert lix("Ring oss.\n\n1. Ta med kortet.") == pytest.approx(2.5)
    assert lix("Personopplysninger behandles fortrolig.") == pytest.approx(103)


def test_municipalities_of_the_sample_have_own_answers_in_three_languages_marked_as_invented(
    content: LoadedContent,
) -> None:
    own = [a for a in content.articles.articles.values() if a.municipality_id is not None]
    assert len({a.id for a in own}) >= 4
    assert {(a.id, a.language) for a in own} == set(product({a.id for a in own}, Language))
    assert all(a.sample for a in own)


def test_norwegian_answers_are_plain(content: LoadedContent) -> None:
    norwegian = [a for a in content.articles.articles.values() if a.language is not Language.EN]
    measured = [(a.id, a.language, round(lix(with_defaults(a.answer)), 1)) for a in norwegian]
    assert [each for each in measured if each[-1] > MOST_LIX] == []


def test_no_phrasing_asks_for_two_articles(content: LoadedContent) -> None:
    owner: dict[str, str] = {}
    for article in content.articles.articles.values():
        for phrasing in article.phrasings:
            assert owner.setdefault(phrasing.casefold(), article.id) == article.id, phrasing


def test_related_articles_exist(content: LoadedContent) -> None:
    ids = set(content.articles.ids())
    assert {other for a in content.articles.articles.values() for other in a.related} <= ids


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    content = few_articles(tmp_path / "content")
    for name in ("courses.yaml", "software.yaml", "timeline.yaml"):
        shutil.copy(str(files("knowledge") / "content" / name), content)
    return content


@pytest.mark.parametrize(
    ("old", "new", "line", "reason"),
    [
        ("title:", "titel:", 2, "titel"),
        ("changed: 2026-12-01", "changed: yesterday", 3, "changed"),
        ("review_by: 2027-06-01", "review_by: [", None, ""),
        ("source: {", 'source: {url: "javascript:x", ', None, "https"),
    ],
)
def test_a_broken_article_is_left_out_with_file_and_line(
    folder: Path, old: str, new: str, line: int | None, reason: str
) -> None:
    file = folder / "articles" / "nb" / "rollout-when.md"
    file.write_text(file.read_text("utf-8").replace(old, new, 1), "utf-8")
    content = load_content(folder)
    assert content.articles.get("rollout-when", Language.NB) is not None, "another language steps in"
    assert ("rollout-when", Language.NB, None) not in content.articles.articles
    assert len(content.articles.ids()) == len(KEPT)
    told = [fault for fault in content.faults if fault.file == "articles/nb/rollout-when.md"]
    assert told
    assert any(reason in fault.reason for fault in told)
    if line is not None:
        assert line in {fault.line for fault in told}


def test_an_article_that_is_not_utf_8_is_told_with_its_line(folder: Path) -> None:
    file = folder / "articles" / "nb" / "rollout-when.md"
    file.write_bytes(file.read_bytes().replace(b"---\n", b"---\n# \xff\n", 1))
    told = load_content(folder).faults
    assert told == (ArticleFault(file="articles/nb/rollout-when.md", line=2, reason="is not UTF-8"),)


ODD_YAML = (
    "changed: 2026-13-45",
    "changed: 2026-02-30",
    "changed: !!timestamp soon",
    "changed: !!int ''",
    "changed: !!float 1,0x",
    f"changed: {'9' * 5000}",
    "changed: a\x00b",
    "changed: \x8b",
    f"changed: {'[' * 3000}",
    "1: x\nother: y",
    "? [a]\n: b",
)


@pytest.mark.quick(4)
@pytest.mark.parametrize("odd", ODD_YAML)
def test_yaml_that_holds_no_value_costs_its_article_only(folder: Path, odd: str) -> None:
    file = next((folder / "articles" / "nb").glob("*.md"))
    whole = len(load_content(folder).articles.articles)
    text = file.read_text("utf-8")
    file.write_text(
        "\n".join(line for line in text.split("\n") if not line.startswith("changed")).replace("---", f"---\n{odd}", 1),
        "utf-8",
    )
    content = load_content(folder)
    assert {fault.file for fault in content.faults} == {f"articles/nb/{file.name}"}
    assert len(content.articles.articles) == whole - 1


@pytest.mark.quick(12)
@pytest.mark.parametrize("odd", ODD_YAML)
@pytest.mark.parametrize("name", ["courses.yaml", "timeline.yaml", "software.yaml", "organisation.yaml"])
def test_yaml_that_holds_no_value_costs_its_file_only(folder: Path, name: str, odd: str) -> None:
    (folder / name).write_text(odd, "utf-8")
    content = load_content(folder)
    assert {fault.file for fault in content.faults} >= {name}
    assert content.articles.articles


@pytest.mark.parametrize("name", ["timeline.yaml", "software.yaml", "courses.yaml"])
def test_a_broken_list_costs_its_broken_entries_only(folder: Path, name: str) -> None:
    file = folder / name
    whole = load_content(folder)
    file.write_text(
        file.read_text("utf-8")
        .replace("- date:", "- dato:", 1)
        .replace("name:", "navn:", 1)
        .replace("minutes: 10", "minutes: x", 1),
        "utf-8",
    )
    broken = load_content(folder)
    kept = [len(broken.milestones), len(broken.register.programs), len(broken.curriculum.modules)]
    assert sum(kept) == len(whole.milestones) + len(whole.register.programs) + len(whole.curriculum.modules) - 1
    [fault] = broken.faults
    assert fault.file == name
    assert fault.line > 1


@pytest.mark.parametrize("name", ["organisation.yaml", "timeline.yaml", "software.yaml", "courses.yaml"])
def test_a_file_that_is_not_utf_8_is_told_with_its_line(folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"a: b\n\xff\n")
    told = [fault for fault in load_content(folder).faults if fault.file == name]
    assert told == [ArticleFault(file=name, line=2, reason="is not UTF-8")]


@pytest.mark.parametrize(
    ("old", "new", "reason"),
    [
        ("id: nes-helse,", "id: Nes Helse,", "id: an id is made of the letters a–z, digits and hyphens (Nes Helse)"),
        ("sector: health", "sector: helse", "sector: this value is not allowed (helse)"),
        ("municipalities:\n", "kommuner:\n", "kommuner: there is no such field"),
    ],
)
def test_what_is_wrong_with_the_organisation_is_told_in_words(folder: Path, old: str, new: str, reason: str) -> None:
    file = folder / "organisation.yaml"
    text = file.read_text("utf-8")
    assert old in text
    file.write_text(text.replace(old, new, 1), "utf-8")
    told = load_content(folder).faults
    assert reason in {fault.reason for fault in told}
    assert not [fault.reason for fault in told if "fault-" in fault.reason]


def test_a_milestone_of_a_municipality_that_is_none_is_told_with_its_line(folder: Path) -> None:
    file = folder / "timeline.yaml"
    before = len(load_content(folder).milestones)
    lines = len(file.read_text("utf-8").splitlines())
    with file.open("a", encoding="utf-8") as opened:
        opened.write('- date: "2021"\n  municipalities: [nes]\n  what: {nb: Nes først}\n')
        opened.write('- date: "2022"\n  municipalities: [nes, oslo]\n  what: {nb: Oslo først}\n')
    content = load_content(folder)
    assert [one.municipalities for one in content.milestones[before:]] == [{"nes"}]
    assert content.faults == (
        ArticleFault(file="timeline.yaml", line=lines + 4, reason="there is no municipality oslo"),
    )


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ('- date: "2027-02-30"\n  what: {nb: A}\n', "date"),
        ('- date: "2027/2026"\n  what: {nb: A}\n', "before it begins"),
        ('- date: "2027"\n  units: [oslo-helse]\n  what: {nb: A}\n', "there is no unit oslo-helse"),
        ('- date: "2027"\n  id: utsatt\n  what: {nb: A}\n', "the id utsatt comes twice"),
        ('- date: "2027"\n  certainty: maybe\n  what: {nb: A}\n', "certainty"),
        ('- date: "2027"\n  what: {}\n', "a text in at least one language"),
    ],
)
def test_a_line_of_the_plan_that_cannot_be_is_left_out_and_told(folder: Path, line: str, reason: str) -> None:
    file = folder / "timeline.yaml"
    before = len(load_content(folder).milestones)
    with file.open("a", encoding="utf-8") as opened:
        opened.write(line)
    content = load_content(folder)
    assert len(content.milestones) == before
    [fault] = content.faults
    assert reason in fault.reason or reason == "date"


def test_a_municipality_answers_its_own_people_in_its_own_words(folder: Path) -> None:
    shared = folder / "articles" / "nb" / "ambassador-role.md"
    own = shared.with_name("ambassador-role@nes.md")
    head, _, _ = shared.read_text("utf-8").rpartition("---\n")
    own.write_text(f"{head}---\nSpør i skranken på rådhuset i Nes.\n", "utf-8")
    articles = load_content(folder).articles
    assert "skranken" in getattr(articles.get("ambassador-role", Language.NB, "nes"), "answer", "")
    assert "skranken" not in getattr(articles.get("ambassador-role", Language.NB, "hurdal"), "answer", "")


def test_an_empty_folder_gives_an_empty_but_working_book(tmp_path: Path) -> None:
    content = load_content(tmp_path, holidays=norwegian_holidays((2026,)))
    assert content.articles.ids() == ()
    # Without a folder of its own it has the actions of the sample; an empty one has none.
    assert {each.article_id for each in content.phrasings()} == set(content.actions.actions) != set()
    (tmp_path / "actions").mkdir()
    assert load_content(tmp_path, holidays=norwegian_holidays((2026,))).phrasings() == ()


@pytest.mark.full
def test_what_is_shipped_as_learned_is_light_and_small_by_article() -> None:
    """Drop phrasings that nearly repeat others of their article when this fails (docs/writing-articles.md)."""
    places = (content_folder(None) / LEARNED, data_folder() / LEARNED)
    sizes = [len(file.read_bytes()) for place in places for file in place.iterdir()]
    assert sum(sizes) <= 20_000_000
    parts = [len(f.read_bytes()) for place in places for f in place.iterdir() if f.name.endswith(".part")]
    assert max(parts) <= 100_000


def test_what_is_shipped_as_learned_is_that_of_the_articles() -> None:
    """Write it anew when this fails: heia kb vectors."""
    assert sample_matcher().index.fresh == frozenset()
    encoder = load_encoder()
    assert encoder is not None
    learned = sample_matcher().learned
    assert learned.speaks(encoder)
    assert len(learned.spoken_by(encoder)) == len(learned.parts) + 1
    tasks = sample_tasks(encoder)
    assert tasks.by_meaning is not None
    assert tasks.by_meaning.index.fresh == frozenset()


@pytest.mark.parametrize(
    "name", ["lost.md", "articles/lost.md", "articles/se/lost.md", "articles/nb/sub/lost.md", "articles/nb/lost.MD"]
)
def test_an_article_outside_the_folders_of_languages_is_reported(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("# Tapt\n", "utf-8")
    [fault] = load_content(folder).faults
    assert (fault.file, fault.reason) == (name, "is not read: articles are articles/{nb,nn,en}/<id>.md")


@pytest.mark.parametrize("name", ["README.md", "articles/README.md", ".git/lost.md", "notes/lost.txt"])
def test_other_files_beside_the_articles_are_no_fault(folder: Path, name: str) -> None:
    (folder / name).parent.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("# Annet\n", "utf-8")
    assert load_content(folder).faults == ()
