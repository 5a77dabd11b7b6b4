"""What is pasted or typed in haste, understood by the sample content without the encoder."""

from dataclasses import replace

import pytest

from dialogs import router
from dialogs.core.event import Event
from dialogs.core.person import Person
from dialogs.core.query import Flow
from dialogs.core.question import Question
from knowledge.article.article import Language
from knowledge.matching.match import Match
from knowledge.matching.policy import OutcomeKind
from tests.learned import sample_content, sample_matcher
from tests.unit.driver import CATALOGUE, Stage
from tests.unit.handoff.scene import organisation, person

QUESTIONS = ("hvordan bytter jeg passord", "når kommer office 365", "hvordan deler jeg en fil", "får ikke lyd i teams")
THREAD = """Fra: Kari Eksempel
Sendt: tirsdag 24. november 2026 09:14
Til: IT-hjelp
Emne: SV: VS: Får ikke logget på

Hei!
Har prøvd det du skrev, men kommer fortsatt ikke inn. Kontoen er låst igjen.
Mvh Kari

> Fra: IT-hjelp
> Hei Kari. Prøv å vente 15 minutter og logg på igjen.
>> Hei, jeg får ikke logget meg på. Hilsen Kari"""
LOG = "2026-11-24 08:01:22 ERROR Sync.Client[1234]: 0x8004de40 connection refused at Sync.Start()\n" * 60
TABLE = "Navn\tAntall\tDato\nSkriver 1\t12\t2026-11-01\nSkriver 2\t3\t2026-11-02\n" * 10
NB = CATALOGUE[Language.NB]


class Chat(Stage):
    """A stage with the sample content, on which the router decides."""

    def _route(self, event: Event) -> Flow:
        return router.route(event, self.content)

    def _understand(self, utterance: str, previous: object) -> Match:
        return sample_matcher().match(utterance)

    def answered(self, utterance: str) -> str:
        """Return what a message gets in the chat, one reply a line."""
        before = self.slots("kari")
        self.say("kari", utterance)
        return "\n".join(self.shown("kari", slot) for slot in self.slots("kari") if slot not in before)


@pytest.fixture
def chat() -> Chat:
    return sample_chat()


def sample_chat(kind: type[Chat] = Chat) -> Chat:
    """Return a chat of ``kari`` with the sample content."""
    stage = kind(organisation(), verbs=router.VERBS, timers=router.TIMERS)
    loaded = sample_content()
    stage.content = replace(stage.content, articles=loaded.articles, actions=loaded.actions)
    stage.put(person("kari", "nord"))
    return stage


@pytest.mark.quick(2)
@pytest.mark.parametrize("pasted", ["? ".join(QUESTIONS * 10), THREAD, LOG, TABLE])
def test_a_message_that_is_too_much_at_once_says_so_or_is_answered_in_the_readers_language(
    chat: Chat, pasted: str
) -> None:
    shown = chat.answered(pasted)
    [question] = chat.all(Question)
    assert question.language is Language.NB
    assert NB("ask.one_at_a_time" if len(pasted) <= 1000 else "ask.middle_unread", first=700, last=300) in shown
    assert question.outcome is not OutcomeKind.ANSWERS


@pytest.mark.parametrize("language", list(Language))
def test_of_a_long_message_the_beginning_and_the_end_are_matched_and_the_reply_says_so(
    language: Language, monkeypatch: pytest.MonkeyPatch
) -> None:
    chat = sample_chat()
    chat.put(replace(chat.get(Person, "kari"), language=language, language_chosen=True))
    matched: list[str] = []
    monkeypatch.setattr(chat, "_understand", lambda said, _: matched.append(said) or sample_matcher().match(said))
    asked = f"hvordan bytter jeg passord {'ord ' * 400}midten {'ord ' * 400}i teams"
    shown = chat.answered(asked)
    assert shown.endswith(CATALOGUE[language]("ask.middle_unread", first=700, last=300))
    assert max(map(len, matched)) <= 1001
    assert not any("midten" in said for said in matched)
    assert matched[0].startswith("hvordan bytter jeg passord ord")
    assert matched[0].endswith(" i teams")
    assert chat.all(Question)[0].utterance == asked


def test_a_long_message_is_masked_and_warned_about_in_its_middle(chat: Chat) -> None:
    chat.say("kari", f"hvordan bytter jeg passord {'ord ' * 400} passordet er Sommer2024! {'ord ' * 400}")
    assert NB("ask.private.password") in [chat.shown("kari", slot) for slot in chat.slots("kari")]


@pytest.mark.parametrize("length", [1000, 1001])
def test_a_message_of_a_thousand_characters_is_read_whole(chat: Chat, length: int) -> None:
    shown = chat.answered(("hvordan bytter jeg passord " * 40)[:length])
    assert NB("ask.middle_unread", first=700, last=300) not in shown


@pytest.mark.parametrize(
    "link",
    [
        "https://intranett.example/sider?x=1",
        "https://a.example/1\nhttp://b.example/2",
        "www.intranett.example/sider",
        "se https://intranett.example/sider?x=1",
    ],
)
def test_a_link_alone_is_not_called_an_empty_message(chat: Chat, link: str) -> None:
    shown = chat.answered(link)
    assert NB("ask.small_talk.empty") not in shown
    if not link.startswith("se"):
        assert shown == NB("ask.link_unread")


def test_the_fourth_of_four_questions_is_named(chat: Chat) -> None:
    asked = "hvordan bytter jeg passord? hvordan deler jeg en fil? hvordan lager jeg et møte i Teams? hvor er kursene?"
    assert NB("ask.left_over", words="hvor er kursene") in chat.answered(asked)
    assert len(chat.all(Question)) == 3


def test_a_long_question_is_named_by_its_beginning(chat: Chat) -> None:
    shown = chat.answered(f"hvordan bytter jeg passord? hvordan deler jeg en fil {'som er veldig stor ' * 30}")
    heads = [line for line in shown.split("\n") if "«hvordan" in line]
    assert len(chat.all(Question)) == 2
    assert any("«hvordan bytter jeg passord»" in line for line in heads)
    assert any(line.split("»")[0].endswith("…") for line in heads)
    assert max(line.index("»") - line.index("«") for line in heads) <= 142


def test_three_languages_in_one_message_are_answered_in_one_of_them(chat: Chat) -> None:
    shown = chat.answered("hei i cant log in, kva gjer eg, passordet not working")
    questions = chat.all(Question)
    assert OutcomeKind.ANSWER in {each.outcome for each in questions}
    assert len({each.language for each in questions}) == 1
    assert shown


def test_an_emergency_wins_over_another_question_in_the_message(chat: Chat) -> None:
    assert "113" in chat.answered("pasienten puster ikke! og hvordan bytter jeg passord?")
