"""A reply refers to the last card: of a program, the ambassadors, the courses or a deletion."""

from dataclasses import replace
from datetime import timedelta

import pytest

from dialogs import router
from dialogs.core.event import Scope
from dialogs.core.person import Person
from dialogs.core.question import Question
from dialogs.core.session import CONTEXT, Session, Topic, TopicKind
from dialogs.handoff.draft import Draft
from dialogs.privacy.retention import VERB
from dialogs.rollout.classroom.model import ClassSession
from knowledge.article.action import ActionBook
from knowledge.article.article import ArticleBook, Language
from knowledge.software.program import ProgramUse
from knowledge.software.register import Register
from tests.unit.ask.test_actions import OTHER, action
from tests.unit.ask.test_parameters import Routed
from tests.unit.driver import CATALOGUE, TUESDAY
from tests.unit.handoff.scene import ARTICLE, ambassador, enlist, organisation, person
from tests.unit.rollout.program_scene import SIGNAL, ZOOM

PROGRAM = Topic(kind=TopicKind.PROGRAM, offered="Zoom", use=ProgramUse.PUPILS)
NB = CATALOGUE[Language.NB]


@pytest.fixture
def stage() -> Routed:
    articles = ArticleBook.from_articles([ARTICLE, OTHER])
    scene = Routed(organisation(), verbs=router.VERBS, timers=router.TIMERS, articles=articles)
    commands = {"slett dataene mine": "privacy.erase", "min ambassadør": "ambassador.mine", "kurs": "learn.show"}
    scene.content = replace(scene.content, register=Register.from_files((ZOOM, SIGNAL)), commands=commands)
    scene.put(person("kari", "nord"))
    enlist(scene, ambassador("ana", "nord"))
    scene.means = {}
    return scene


def reply(stage: Routed, said: str, scope: Scope = Scope.PERSONAL) -> str:
    """Return everything new or changed in the chat after a message."""
    before = dict(stage.posts)
    stage.say("kari", said, scope=scope)
    new = [slot for (to, slot), message in stage.posts.items() if before.get((to, slot)) is not message]
    return "\n".join(stage.shown("kari", slot) for slot in new)


def inputs(stage: Routed) -> str:
    """Return the whole last card, with what its fields hold."""
    return str(stage.posts["kari", stage.slots("kari")[-1]].card)


@pytest.mark.parametrize("asked", ["er Zoom godkjent", "er Qwertix godkjent"])
@pytest.mark.parametrize("said", ["ja", "ja takk, jeg vil søke", "eg vil søkje", "yes, I want to apply"])
def test_yes_to_the_card_of_a_program_begins_its_application(stage: Routed, asked: str, said: str) -> None:
    stage.say("kari", asked)
    shown = reply(stage, said)
    assert any(texts("software.form_title") in shown for texts in CATALOGUE.values())
    assert asked.split()[1].lower() in inputs(stage).lower()


@pytest.mark.parametrize(
    "said", ["trenger det til avstemming i klassen", "eg treng det til ei avrøysting", "I need it for a vote in class"]
)
def test_what_a_program_is_needed_for_goes_along_as_the_reason(stage: Routed, said: str) -> None:
    stage.say("kari", "er Zoom godkjent")
    stage.say("kari", said)
    assert said in inputs(stage)
    assert "software.send" in stage.buttons("kari", stage.slots("kari")[-1])


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("er Signal godkjent", "ja takk, jeg vil søke"),  # it may be used
        ("er Zoom godkjent", "jeg vil søke om ferie"),
        ("er Zoom godkjent", "etter lunsj skal jeg finne ut om jeg vil søke"),
        ("er Zoom godkjent", "hva trenger det til av plass?"),
        ("er Zoom godkjent", "nei takk"),
        ("er Zoom godkjent", "får ikke åpnet Teams og trenger det til møtet klokka tolv"),
        ("er Zoom godkjent", "trenger det til en pasient som ikke puster"),
    ],
)
def test_other_replies_to_the_card_of_a_program_begin_no_application(stage: Routed, asked: str, said: str) -> None:
    stage.say("kari", asked)
    assert NB("software.form_title") not in reply(stage, said)


def test_a_reply_refers_to_the_last_card_for_an_hour_and_never_past_a_question(stage: Routed) -> None:
    stage.means = {"hvordan": (ARTICLE.id,)}
    stage.say("kari", "er Zoom godkjent")
    stage.say("kari", "hvordan")
    assert NB("software.form_title") not in reply(stage, "ja takk, jeg vil søke")
    stage.say("kari", "er Zoom godkjent")
    stage.now += timedelta(minutes=61)
    assert NB("software.form_title") not in reply(stage, "ja takk, jeg vil søke")


def test_an_action_since_the_card_is_what_a_reply_is_about(stage: Routed) -> None:
    stage.content = replace(stage.content, actions=ActionBook.from_actions([action("help", verb="ask.suggest")]))
    stage.means = {"hvordan gjør jeg dette": ("help",)}
    stage.say("kari", "er Zoom godkjent")
    stage.say("kari", "hvordan gjør jeg dette")
    assert stage.get(Session, "kari").topic is None
    assert NB("software.form_title") not in reply(stage, "ja takk, jeg vil søke")


def test_others_who_read_along_do_not_see_what_a_reply_refers_to(stage: Routed) -> None:
    stage.say("kari", "er Zoom godkjent")
    assert NB("software.form_title") not in reply(stage, "ja takk, jeg vil søke", Scope.GROUP)


@pytest.mark.parametrize("said", ["er hun på jobb i dag", "er ho ledig?", "is she at work today"])
def test_whether_an_ambassador_is_at_work_is_told_by_the_list(stage: Routed, said: str) -> None:
    first = reply(stage, "min ambassadør")
    assert "Ana" in first
    assert "Ana" in reply(stage, said)


def test_a_longer_message_with_the_same_words_asks_something_else(stage: Routed) -> None:
    reply(stage, "min ambassadør")
    assert "Ana" not in reply(stage, "er hun som sitter ved siden av lederen på jobb i dag")


@pytest.mark.parametrize("said", ["er hun på jobb i dag", "er noen av dem på kveldstid?"])
def test_the_same_words_without_the_card_ask_something_else(stage: Routed, said: str) -> None:
    shown = reply(stage, said)
    assert "Ana" not in shown
    assert NB("classroom.none") not in shown


@pytest.mark.parametrize(
    "said", ["er noen av dem på kveldstid?", "er nokon av dei på kvelden", "any of them evenings?"]
)
def test_when_courses_are_held_is_told_by_the_classroom_sessions(stage: Routed, said: str) -> None:
    stage.say("kari", "kurs")
    stage.say("kari", said)
    assert stage.slots("kari", "classroom/") != []


def planned(stage: Routed) -> None:
    """Let two courses be planned in Lillevik, and Kari see their list."""
    for number, (title, venue) in enumerate((("Teams for nye", "Rådhuset"), ("Trygge filer", "Hovedbiblioteket"))):
        stage.put(
            ClassSession(
                id=f"course-{number}",
                municipality_id="lillevik",
                names={Language.NB: title},
                venue=venue,
                starts_at=TUESDAY + timedelta(days=7 + 3 * number),
                ends_at=TUESDAY + timedelta(days=7 + 3 * number, hours=1),
                created_at=TUESDAY,
                changed_at=TUESDAY,
            )
        )
    stage.press("kari", "classroom.show")


@pytest.mark.parametrize(
    ("said", "picked"),
    [
        ("den andre", "Trygge filer"),
        ("nr 1", "Teams for nye"),
        ("den siste", "Trygge filer"),
        ("the one at the hovedbibliotek", "Trygge filer"),
        ("ta det på rådhuset", "Teams for nye"),
        (
            f"nei, {(TUESDAY + timedelta(days=7)).day}. passer ikke, ta den {(TUESDAY + timedelta(days=10)).day}.",
            "Trygge filer",
        ),
    ],
)
def test_a_reply_picks_a_course_by_place_day_name_or_venue(stage: Routed, said: str, picked: str) -> None:
    planned(stage)
    shown = reply(stage, said)
    assert [title for title in ("Teams for nye", "Trygge filer") if title in shown] == [picked]


@pytest.mark.parametrize(
    ("said", "picked"),
    [("er noen av dem på kveldstid?", "Kveld"), ("fredag", "Fredag"), ("den 15.", "Kveld"), ("på dagtid", "Fredag")],
)
def test_a_time_leaves_only_the_courses_that_are_then(stage: Routed, said: str, picked: str) -> None:
    timed(stage)
    shown = reply(stage, said)
    assert [title for title in ("Kveld", "Fredag") if f"Om {title}" in shown] == [picked]


@pytest.mark.parametrize("said", ["den 19.", "19. desember", "lørdag", "helst mandager"])
def test_a_time_without_a_course_is_told_so_above_all_courses(stage: Routed, said: str) -> None:
    timed(stage)
    shown = reply(stage, said)
    assert NB("classroom.none_then") in shown
    assert "Om Kveld" in shown
    assert "Om Fredag" in shown


def timed(stage: Routed) -> None:
    """Plan a course on Tuesday evening and one on Friday morning, neither named after its time, and list them."""
    for title, day, hour in (("Om Kveld", 15, 18), ("Om Fredag", 18, 8)):
        at = TUESDAY.replace(month=12, day=day, hour=hour)
        stage.put(
            ClassSession(
                id=f"at-{day}",
                municipality_id="lillevik",
                names={Language.NB: title},
                venue="Rom 2",
                starts_at=at,
                ends_at=at + timedelta(hours=1),
                created_at=TUESDAY,
                changed_at=TUESDAY,
            )
        )
    stage.press("kari", "classroom.show")


@pytest.mark.parametrize("said", ["hvordan deler jeg filer", "får ikke åpnet filer", "takk", "nr 7", "filer?"])
def test_what_picks_no_course_asks_something_else(stage: Routed, said: str) -> None:
    planned(stage)
    assert "Trygge filer" not in reply(stage, said)


def test_a_place_after_the_ambassadors_is_whose_ambassadors_are_asked_for(stage: Routed) -> None:
    reply(stage, "min ambassadør")
    place = stage.content.organisation.find_unit("skole").names.text(Language.NB)
    assert place in reply(stage, place)


def test_a_question_that_names_a_place_after_the_ambassadors_asks_something_else(stage: Routed) -> None:
    reply(stage, "min ambassadør")
    place = stage.content.organisation.find_unit("skole").names.text(Language.NB)
    said = f"hvordan bestiller jeg et møterom på {place}?"
    stage.means = {said: (ARTICLE.id,)}
    assert ARTICLE.title in reply(stage, said)


def test_a_message_after_a_card_is_read_with_what_that_is_about_and_not_with_an_answer_before(stage: Routed) -> None:
    stage.means = {"hvordan": (ARTICLE.id,)}
    stage.say("kari", "hvordan")
    stage.say("kari", "slett dataene mine")
    stage.say("kari", "er det borte overalt nå")
    assert "slette" in stage.asked_before
    assert "hvordan" not in stage.asked_before


def test_a_message_after_one_without_an_answer_is_read_with_that(stage: Routed) -> None:
    stage.say("kari", "qwertix blinker")
    stage.say("kari", "på pc, chrome")
    assert stage.asked_before == "qwertix blinker"


@pytest.mark.parametrize(
    "said", ["avbryt", "Avbryt!", "nei takk", "cancel", "nei, jeg ombestemte meg", "ikke slett", "no, don't delete it"]
)
def test_no_to_a_deletion_is_told_that_nothing_was_deleted(stage: Routed, said: str) -> None:
    stage.say("kari", "slett dataene mine")
    shown = reply(stage, said)
    assert any(texts("privacy.kept") in shown for texts in CATALOGUE.values())
    assert stage.get(Person, "kari").name == "Medarbeider Kari"


@pytest.mark.parametrize(
    "said",
    ["ja", "ja er sikker", "ja, jeg er sikker", "ja eg er heilt sikker", "yes I'm sure", "helt sikker", "ja slett"],
)
def test_yes_to_a_deletion_points_to_the_button_and_deletes_nothing(stage: Routed, said: str) -> None:
    stage.say("kari", "unknown")
    stage.say("kari", "slett dataene mine")
    shown = reply(stage, said)
    assert any(texts("privacy.press_erase") in shown for texts in CATALOGUE.values())
    assert stage.get(Person, "kari").name == "Medarbeider Kari"
    assert stage.all(Draft) == []
    shown = reply(stage, "avbryt")
    assert any(texts("privacy.kept") in shown for texts in CATALOGUE.values())


def test_no_to_a_deletion_is_none_to_a_preview_before_it(stage: Routed) -> None:
    stage.say("kari", "unknown")
    stage.say("kari", "ja")
    stage.now += timedelta(minutes=1)
    stage.say("kari", "slett dataene mine")
    stage.now += timedelta(minutes=1)
    assert NB("privacy.kept") in reply(stage, "avbryt")
    assert len(stage.all(Draft)) == 1


def test_a_reply_to_a_typed_command_keeps_its_language(stage: Routed) -> None:
    stage.put(replace(stage.get(Person, "kari"), language=Language.EN))
    stage.say("kari", "slett dataene mine")
    assert stage.get(Session, "kari").heard is Language.NB
    assert NB("privacy.kept") in reply(stage, "avbryt")


def test_a_card_beside_an_answer_is_replied_to_and_the_question_is_kept(stage: Routed) -> None:
    stage.content = replace(
        stage.content, actions=ActionBook.from_actions([action("my-ambassador", verb="ambassador.mine")])
    )
    stage.means = {"hvordan skriver jeg ut": (OTHER.id,), "hvem er ambassadøren min": ("my-ambassador",)}
    stage.say("kari", "hvordan skriver jeg ut, og hvem er ambassadøren min?")
    session = stage.get(Session, "kari")
    assert (session.topic, session.turns) == (Topic(kind=TopicKind.AMBASSADORS), (OTHER.id,))
    assert session.question_id == stage.all(Question)[-1].id


def test_a_card_that_a_reply_could_refer_to_is_forgotten_the_next_night(stage: Routed) -> None:
    kept = Session(id="kari", topic=PROGRAM, changed_at=TUESDAY)
    assert CONTEXT in set(kept.terms())
    stage.put(kept)
    stage.now += timedelta(days=1)
    stage.ring(VERB, kind=CONTEXT)
    assert stage.get(Session, "kari").topic is None
