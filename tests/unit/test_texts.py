"""Every sentence is there in every language, is used, and gets what it names."""

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from functools import cache
from pathlib import Path
from string import Formatter

import pytest

from bot.content.catalogue import commands_of, load_catalogue
from dialogs.ask.menu import ROLE_HELP
from dialogs.core.texts import Texts
from dialogs.handoff.model import Handoff
from dialogs.privacy.retention import GUESTS_KEPT
from dialogs.router import VERBS
from knowledge.article.article import Language
from knowledge.language.text import clean
from tests.sources import nodes_of, parsed_sources

CATALOGUE = load_catalogue()
KEYS = sorted({key for texts in CATALOGUE.values() for key in texts.sentences})
KEY = re.compile(r"[a-z_]+(?:\.[a-z0-9_-]+)+")
HEAD = re.compile(r"[a-z_]+[._]")
END = re.compile(r"[._][a-z_]+")
PART = "(" + "|".join([*map(re.escape, sorted(VERBS)), "[a-z0-9_-]+"]) + ")"
ANY = "[a-z0-9_.-]+"
TEMPLATES = Path("bot/channels/web")
READERS = frozenset({"texts", "plural", "phrases", "actor_texts"})


@dataclass(frozen=True, slots=True)
class Use:
    """A place in the code that reads a sentence: ``pattern`` matches the keys it may read."""

    where: str
    pattern: re.Pattern[str]
    values: frozenset[str] | None
    plural: bool


def sources() -> Iterator[tuple[str, Sequence[ast.AST]]]:
    for room in ("dialogs", "bot"):
        yield from ((path, nodes_of(path)) for path in parsed_sources(room))


def _pattern(node: ast.expr) -> list[str]:
    """Return the regular expressions of the keys an expression may be; nothing when the code does not tell."""
    match node:
        case ast.Constant(value=str(text)):
            return [re.escape(text)]
        case ast.IfExp():
            return _pattern(node.body) + _pattern(node.orelse)
        case ast.JoinedStr():
            parts = [re.escape(str(p.value)) if isinstance(p, ast.Constant) else ANY for p in node.values]
            return ["".join(parts)]
        case _:
            return []


def _reads(node: ast.AST) -> bool:
    if not isinstance(node, ast.Call) or not node.args:
        return False
    name = node.func
    if isinstance(name, ast.Attribute):
        return name.attr in READERS
    if isinstance(name, ast.Subscript):  # content.texts[language]("key")
        return isinstance(name.value, ast.Attribute) and name.value.attr == "texts"
    return isinstance(name, ast.Name) and name.id in READERS


def _uses() -> Iterator[Use]:
    for file, nodes in sources():
        for node in nodes:
            if _reads(node):
                assert isinstance(node, ast.Call)
                plural = isinstance(node.func, ast.Attribute) and node.func.attr == "plural"
                names = [keyword.arg for keyword in node.keywords]
                values = None if None in names else frozenset(name for name in names if name)
                for pattern in _pattern(node.args[0]):
                    if KEY.fullmatch(pattern.replace("\\", "").split("[", maxsplit=1)[0].rstrip(".")) or "[" in pattern:
                        yield Use(f"{file}:{node.lineno}", re.compile(pattern), values, plural)


@cache
def uses() -> list[Use]:
    return list(_uses())


def _read_keys() -> Callable[[str], bool]:
    """Return a test of whether code or a template names a key: as a whole, by its start or form, or by an added end.

    What a form or a start leaves open must be a word of the code, of a script or of a data file.
    """
    exact, forms, ends = set[str](), set[str](), set[str]()
    for _, nodes in sources():
        for node in nodes:
            match node:
                case ast.Constant(value=str(text)) if KEY.fullmatch(text):
                    exact.add(text)
                case ast.JoinedStr(values=[ast.FormattedValue(), ast.Constant(value=str(end))]) if END.fullmatch(end):
                    ends.add(end)
                case ast.JoinedStr(values=[ast.Constant(value=str(head)), *_]) if HEAD.match(head):
                    forms.add(
                        "".join(re.escape(str(p.value)) if isinstance(p, ast.Constant) else PART for p in node.values)
                    )
    for template in TEMPLATES.rglob("*.html"):
        text = template.read_text("utf-8")
        exact.update(re.findall(rf"""["']({KEY.pattern})["']""", text))
        forms.update(
            re.escape(head) + PART for head in re.findall(rf"""["']({HEAD.pattern}[a-z0-9_.-]*)["']\s*~""", text)
        )
    prefixes, patterns, known = _prefixes(), [re.compile(form) for form in sorted(forms)], _known_words()

    def named(key: str) -> bool:
        matches = filter(None, (pattern.fullmatch(key) for pattern in patterns))
        rests = [match.groups() for match in matches] + [(key[len(p) :],) for p in prefixes if key.startswith(p)]
        return key in exact or any(all(map(completes, rest)) for rest in rests)

    def completes(rest: str) -> bool:
        return known.issuperset(rest.split(".")) or named(rest)

    return lambda key: named(key) or any(key.endswith(end) and named(key.removesuffix(end)) for end in ends)


def _known_words() -> frozenset[str]:
    """Return the words that code, scripts, templates and data files hold: what a key may be completed with."""
    words = set[str]()
    for room in ("bot", "dialogs", "knowledge"):
        for node in (node for path in parsed_sources(room) for node in nodes_of(path)):
            match node:
                case ast.Constant(value=str(word)):
                    words |= {word, word.removeprefix("fault-")}
                case ast.AnnAssign(target=ast.Name(id=field)):
                    words.add(field)
        for path in Path(room).rglob("*"):
            if path.suffix in {".js", ".html", ".toml", ".yaml"} and "vendor" not in path.parts:
                words.update(re.findall(r"[a-z0-9_-]+", path.read_text("utf-8")))
    return frozenset(part for word in words for part in word.split("."))


def _prefixes() -> tuple[str, ...]:
    """Return the starts of keys that are read as a whole (``texts.starting``)."""
    found = []
    for _, nodes in sources():
        calls = [node for node in nodes if isinstance(node, ast.Call) and node.args]
        constants = {
            node.target.id: node.value
            for node in nodes
            if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value is not None
        }
        for call in calls:
            if isinstance(call.func, ast.Attribute) and call.func.attr == "starting":
                start = call.args[0]
                start = constants.get(start.id, start) if isinstance(start, ast.Name) else start
                if isinstance(start, ast.Constant) and isinstance(start.value, str):
                    found.append(start.value)
    return tuple(found)


@cache
def _keys_of(use: Use) -> list[str]:
    return [key for key in KEYS if use.pattern.fullmatch(key)]


def _placeholders(text: str) -> frozenset[str]:
    return frozenset(name for _, name, _, _ in Formatter().parse(text) if name)


def _words(listed: str) -> frozenset[str]:
    return frozenset(listed.split())


def test_the_search_finds_what_the_code_reads() -> None:
    assert len(uses()) > 100
    assert any(use.plural for use in uses())


@pytest.mark.parametrize("language", list(Language))
def test_every_language_has_every_key(language: Language) -> None:
    assert set(KEYS) - set(CATALOGUE[language].sentences) == set()


# Thousands of sentences: a test looks at all of them and names those that fail, for a test a sentence would take longer
# to be made than to be run.


def test_every_sentence_the_code_reads_exists() -> None:
    assert [f"{use.where} {use.pattern.pattern}" for use in uses() if not _keys_of(use)] == []


def test_every_sentence_gets_what_it_names() -> None:
    looked_at, lacking = 0, []
    for use in uses():
        keys = _keys_of(use)
        if use.values is None or len(keys) != 1 or keys[0].endswith((".asked_known", ".asked_any", ".asked_apply")):
            continue  # the last two are patterns, not sentences
        given = use.values | ({"number"} if use.plural else set())
        looked_at += 1
        lacking += [
            f"{use.where} {keys[0]} in {texts.language}"
            for texts in CATALOGUE.values()
            for form in texts.sentences[keys[0]]
            if not _placeholders(form) <= given
        ]
    assert looked_at > 100
    assert lacking == []


def test_no_sentence_is_left_that_nothing_reads() -> None:
    is_read = _read_keys()
    families = {key.rpartition(".")[0] for key in KEYS}
    assert [family for family in sorted(families) if is_read(f"{family}.xyz" + "zy")] == []
    assert [key for key in KEYS if not is_read(key)] == []


def test_a_sentence_names_the_same_in_every_language() -> None:
    differing = []
    for key in KEYS:
        named = [[_placeholders(form) for form in texts.sentences[key]] for texts in CATALOGUE.values()]
        same = len({names[-1] for names in named}) == 1
        if not same or not all(names[0] <= names[-1] for names in named):  # "one day" may leave the number out
            differing.append(key)
    assert differing == []


def test_every_command_stands_for_one_thing_that_there_is() -> None:
    assert set(commands_of(CATALOGUE).values()) <= set(VERBS)


@pytest.mark.parametrize(
    "key",
    [*ROLE_HELP, "ask.help", "welcome.erase", "profile.municipality_fixed", "handoff.refused.too_many"],
)
@pytest.mark.parametrize("language", list(Language))
def test_what_people_are_told_to_write_is_understood(key: str, language: Language) -> None:
    told = re.findall('[«“"](.+?)[»”"]', CATALOGUE[language].sentences[key][-1])
    assert told
    assert {words for words in told if words not in commands_of(CATALOGUE)} == set()


@pytest.mark.parametrize("key", ["web.sign_in.guest_text", "signin.guest.text", "welcome.stored_of_guest"])
def test_guests_are_told_how_long_what_they_write_is_kept(key: str) -> None:
    """A question to a colleague keeps the guest, and with the guest everything the guest wrote."""
    kept = [str(GUESTS_KEPT.days), str(Handoff.RULES.months)]
    assert {language: re.findall(r"\d+", texts(key)) for language, texts in CATALOGUE.items()} == dict.fromkeys(
        Language, kept
    )


def test_every_command_can_be_typed() -> None:
    commands = sorted(commands_of(CATALOGUE))
    assert commands == [" ".join(clean(words).lower().split()).strip(" ?!.") for words in commands]


BOKMAL_ONLY = _words(
    """jeg ikke hva hvem hvor hvordan hvilken hvilket hvilke noen noe bare mye en et fra dere deres selv vet gjør kommer
    finner heter blitt skrevet spørsmålene enhet enheten ennå nå meldingen uke måned mens annen annet oppgave hvis"""
)
NYNORSK_ONLY = _words(
    """eg ikkje kva kven kvar korleis kvifor nokon noko berre mykje ein eit frå dykk sjølv veit gjer kjem heiter
    spørsmåla eining eininga meldinga veke månad"""
)
ENGLISH = _words("the and you your with this")


@pytest.mark.parametrize(
    ("language", "foreign"), [(Language.NN, BOKMAL_ONLY | ENGLISH), (Language.NB, NYNORSK_ONLY | ENGLISH)]
)
def test_bokmal_is_bokmal_and_nynorsk_is_nynorsk(language: Language, foreign: frozenset[str]) -> None:
    found = [
        (key, word)
        for key in KEYS
        if not key.startswith("command.")
        for form in CATALOGUE[language].sentences[key]
        for word in re.findall(r"[\w-]+", form.lower())
        if word in foreign
    ]
    assert found == []


@pytest.mark.parametrize("key", ["officer.run.nowhere", "no.such"])
def test_a_missing_text_is_named_with_the_place_to_add_it(key: str) -> None:
    for used in (CATALOGUE[Language.NB], lambda each: CATALOGUE[Language.NB].plural(each, 2)):
        with pytest.raises(KeyError, match=rf"no text '{key}'.*dialogs/locales/\*/\*\.po"):
            used(key)


def test_a_missing_value_would_be_noticed() -> None:
    texts = Texts(language=Language.NB, sentences={"a.b": ("Hei {name}", "Hei {name}")})
    with pytest.raises(KeyError):
        texts("a.b", other="x")


@pytest.mark.parametrize(
    ("moment", "said"),
    [
        (datetime(2026, 12, 1, 22, 59, tzinfo=UTC), "1. desember 2026"),
        (datetime(2026, 12, 1, 23, 0, tzinfo=UTC), "2. desember 2026"),
        (datetime(2026, 7, 1, 22, 0, tzinfo=UTC), "2. juli 2026"),
        (date(2026, 12, 1), "1. desember 2026"),
    ],
)
def test_a_moment_is_on_its_day_in_norway(moment: date, said: str) -> None:
    assert CATALOGUE[Language.NB].day(moment) == said


def test_no_code_names_the_day_in_greenwich() -> None:
    local = {"dialogs/rollout/classroom/cards.py"}  # of a moment in the session's own zone
    found = {
        str(path)
        for root in ("bot", "dialogs")
        for path in Path(root).rglob("*.py")
        if re.search(r"\.day\([\w.]+\.date\(\)\)", path.read_text("utf-8"))
    }
    assert found == local
