"""A message that may ask for a program: the look-up begins at once, or is offered beside the reply."""

from dataclasses import replace
from typing import Any

import pytest

from dialogs import router
from dialogs.ask.meaning import understand
from dialogs.core.event import Said, Scope
from dialogs.core.question import Question
from knowledge.article.action import ActionBook, ActionKind
from knowledge.article.article import ArticleBook, ArticleButton, Language
from knowledge.language.masking import Secret, mask
from knowledge.learning.curriculum import Curriculum
from knowledge.learning.module import LearningModule
from knowledge.software.everyday import EverydayTasks, TaskGuess
from knowledge.software.program import Assessment, Program, ProgramStatus
from knowledge.software.register import Register
from knowledge.software.task import EverydayTask
from tests.unit.ask.test_actions import OTHER, action
from tests.unit.ask.test_parameters import Routed
from tests.unit.handoff.scene import ARTICLE, organisation, person
from tests.unit.read_cards import actions_of, words_of

APPROVED = (Assessment(status=ProgramStatus.APPROVED, note={Language.NB: "Hentes i Firmaportal."}),)


def program(id_: str, name: str, purpose: str, *aliases: str) -> Program:
    return Program(id=id_, name=name, purpose={Language.NB: purpose}, aliases=aliases, assessments=APPROVED)


PROGRAMS = (
    program("tegnefant", "Tegnefant", "Tegning av plakater"),
    program("pakkemester", "Pakkemester", "Komprimering av filer"),
    program("signal", "Signal", "Meldinger mellom telefoner"),
    program("teams", "Microsoft Teams", "Chat og møter", "Teams"),
)
ZIP = EverydayTask(
    id="zip",
    register=dict.fromkeys(Language, ("Komprimering av filer",)),
    asked=("mappa er for svær til å sendes", "gjøre mange filer til en liten"),
)
PORTAL = replace(
    ARTICLE, id="portal", title="Installere programmer", button=ArticleButton(title="Sjekk", action="software.ask")
)
SHEETS = [replace(ARTICLE, id=f"teams-{number}", title=f"Møter i Teams, del {number}") for number in range(6)]


class Guessing(EverydayTasks):
    """Everyday tasks of which one is guessed, with the share that the test gives."""

    def guess(self, text: str, vector: bytes = b"") -> tuple[TaskGuess, ...]:
        share = SHARES.get(text, 0.0)
        return (TaskGuess(task=ZIP, share=share),) if share else ()


LIKELY = "mappa er svær og skal sendes"
TOOL = "har vi noe som kan gjøre mange filer til en liten"
LIKELIER = "mappa er altfor svær og skal sendes"
SHARES = {LIKELY: 0.6, LIKELIER: 0.85, TOOL: 0.6}


@pytest.fixture
def stage() -> Routed:
    articles = ArticleBook.from_articles([ARTICLE, OTHER, PORTAL, *SHEETS])
    scene = Routed(organisation(), verbs=router.VERBS, timers=router.TIMERS, articles=articles)
    scene.content = replace(
        scene.content,
        register=Register.from_files(PROGRAMS),
        tasks=Guessing(tasks={ZIP.id: ZIP}),
        actions=ActionBook.from_actions(
            [
                action("check-program", verb="software.ask"),
                action("weather", kind=ActionKind.OUT_OF_SCOPE),
                action("emergency", kind=ActionKind.OUT_OF_SCOPE, urgent=True),  # type: ignore[arg-type]
            ]
        ),
    )
    scene.put(person("kari", "nord"))
    scene.means = {}
    return scene


def offers(stage: Routed) -> list[dict[str, Any]]:
    """Return the data of the look-ups offered on the last card."""
    message = stage.posts["kari", stage.slots("kari")[-1]]
    pressed = [dict(each["data"]) for each in actions_of(message.card) if each["verb"] == "software.ask"]
    return [each for each in pressed if each]


def named_offers(stage: Routed) -> list[tuple[str, str]]:
    """Return names and ids of the programs offered on the last card."""
    return [(each["program"], each["program_id"]) for each in offers(stage)]


def last(stage: Routed) -> str:
    return stage.shown("kari", stage.slots("kari")[-1])


@pytest.mark.parametrize(
    "said", ["vi på skolen vil gjerne ha Tegnefant til plakatene", "trenger tegnefant på den nye pc-en"]
)
def test_a_listed_program_is_looked_up_where_no_article_is_sure(stage: Routed, said: str) -> None:
    stage.means = {said: (ARTICLE.id, OTHER.id)}
    stage.say("kari", said)
    assert "Hentes i Firmaportal" in last(stage)


@pytest.mark.parametrize(
    "said", ["får ikke logget inn i tegnefant", "tegnefant verkar ikkje", "I cannot sign in to Tegnefant"]
)
def test_trouble_with_a_program_is_no_request_for_it(stage: Routed, said: str) -> None:
    stage.means = {said: (ARTICLE.id, OTHER.id)}
    stage.say("kari", said)
    assert ARTICLE.title in last(stage)
    assert named_offers(stage) == [("Tegnefant", "tegnefant")]


def test_beside_a_sure_answer_it_is_offered(stage: Routed) -> None:
    said = "vi vil ha Tegnefant til plakatene"
    stage.means = {said: (ARTICLE.id,)}
    stage.say("kari", said)
    assert ARTICLE.answer in last(stage)
    assert named_offers(stage) == [("Tegnefant", "tegnefant")]


def test_a_program_takes_the_place_of_a_neighbour_among_the_four_choices(stage: Routed) -> None:
    said = "vi vil ha Tegnefant til plakatene"
    neighbours = tuple(replace(OTHER, id=f"near-{number}", title=f"Nær {number}") for number in range(3))
    own = replace(ARTICLE, related=tuple(each.id for each in neighbours))
    stage.content = replace(
        stage.content,
        articles=ArticleBook.from_articles([own, *neighbours]),
        curriculum=Curriculum(
            modules=(LearningModule(id="m", title={Language.NB: "Mer"}, minutes=4, articles=(own.id,)),)
        ),
    )
    stage.means = {said: (own.id,)}
    stage.say("kari", said)
    pressed = [each["verb"] for each in actions_of(stage.posts["kari", stage.slots("kari")[-1]].card)]
    assert [verb for verb in pressed if verb not in {"ask.helped", "ask.not_helped", "handoff.start"}] == [
        "ask.related",
        "ask.related",
        "learn.open",
        "software.ask",
    ]


def test_beside_an_answer_a_task_is_offered_only_where_a_program_is_asked_for(stage: Routed) -> None:
    stage.means = {LIKELIER: (ARTICLE.id,), TOOL: (ARTICLE.id,)}
    stage.say("kari", LIKELIER)
    assert ARTICLE.title in last(stage)
    assert offers(stage) == []
    stage.say("kari", TOOL)
    assert ARTICLE.title in last(stage)
    assert len(offers(stage)) == 1


def test_an_article_about_programs_in_general_gives_way_to_the_named_one(stage: Routed) -> None:
    said = "vi vil ha Tegnefant til plakatene"
    stage.means = {said: (PORTAL.id,)}
    stage.say("kari", said)
    assert "Hentes i Firmaportal" in last(stage)


def test_an_answer_about_the_named_program_keeps_its_place(stage: Routed) -> None:
    said = "kan jeg bruke Tegnefant?"
    about = replace(ARTICLE, id="drawing", title="Tegnefant på jobb", answer="Bruk Tegnefant uten navn på folk.")
    stage.content = replace(stage.content, articles=ArticleBook.from_articles([about, OTHER]))
    stage.means = {said: (about.id,)}
    stage.say("kari", said)
    assert about.answer in last(stage)
    assert named_offers(stage) == [("Tegnefant", "tegnefant")]
    stage.means = {said: (about.id, OTHER.id)}
    stage.say("kari", said)
    assert "Hentes i Firmaportal" in last(stage), "where no answer is sure it is looked up"


@pytest.mark.parametrize(
    ("said", "means"),
    [
        ("Obsidian Sync", (ARTICLE.id, OTHER.id)),
        ("Er Obsidian Sync godkjent?", (ARTICLE.id,)),
        ("hos oss vil vi gjerne bruke Obsidian Sync til notater", ()),
    ],
)
def test_an_unlisted_name_in_capitals_is_looked_up_as_it_is_written(
    stage: Routed, said: str, means: tuple[str, ...]
) -> None:
    stage.means = {said: means}
    stage.say("kari", said)
    assert last(stage).startswith(f"Obsidian Sync: {stage.texts('kari')('software.unknown')}")


def test_a_name_for_pupils_is_looked_up_for_pupils(stage: Routed) -> None:
    stage.say("kari", "Tegnefant for elever")
    assert last(stage).startswith("Tegnefant: Ikke vurdert for elever.")


def test_a_program_that_the_articles_are_about_is_no_request_for_it(stage: Routed) -> None:
    said = "i Teams er lyden borte"
    stage.means = {said: (SHEETS[0].id, SHEETS[1].id)}
    stage.say("kari", said)
    assert offers(stage) == []


def test_two_named_programs_are_both_shown(stage: Routed) -> None:
    stage.say("kari", "trenger Tegnefant og Pakkemester")
    assert "Tegnefant" in last(stage)
    assert "Pakkemester" in last(stage)


def test_two_named_programs_share_one_button_that_leads_to_both(stage: Routed) -> None:
    said = "trenger Tegnefant og Pakkemester"
    stage.means = {said: (ARTICLE.id,)}
    stage.say("kari", said)
    assert "Sjekk Pakkemester, Tegnefant" in last(stage)
    [data] = offers(stage)
    assert data.keys() == {"question_id"}
    stage.press("kari", "software.ask", **data)
    assert "Tegning av plakater" in last(stage)
    assert "Komprimering av filer" in last(stage)


@pytest.mark.parametrize(
    ("said", "shown", "beside"),
    [
        ("er Tegnefant og Qwertix godkjent?", "Tegnefant", ["Qwertix"]),
        ("er Qwertix eller Tegnefant godkjent?", "Qwertix", ["Tegnefant"]),
        ("kan vi bruke Qwertix, Zyxtra eller Tegnefant?", "Qwertix", ["Zyxtra", "Tegnefant"]),
        ("er Qwertix godkjent? er Zyxtra godkjent?", "Qwertix", ["Zyxtra"]),
        ("er Tegnefant godkjent? Jeg jobber i Vestby, hilsen Kari", "Tegnefant", []),
        ("kan vi bruke Tegnefant, eller må Kari søke?", "Tegnefant", []),
    ],
)
def test_programs_beside_the_one_that_is_looked_up_are_offered(
    stage: Routed, said: str, shown: str, beside: list[str]
) -> None:
    stage.means = {said: ("check-program",)}
    stage.say("kari", said)
    assert last(stage).startswith(shown)
    assert [data["program"] for data in offers(stage) if "program" in data] == beside
    for name in beside[:1]:
        stage.press("kari", "software.ask", program=name)
        assert last(stage).startswith(name)


def test_a_program_of_a_second_sentence_is_offered_beside_the_first(stage: Routed) -> None:
    asked = "kan jeg bruke Qwertix", "kan jeg bruke Zyxtra"
    stage.means = dict.fromkeys(asked, ("check-program",))
    stage.say("kari", "? ".join(asked))
    assert last(stage).startswith("Qwertix")
    assert [data["program"] for data in offers(stage) if "program" in data] == ["Zyxtra"]


def test_a_program_beside_the_topic_of_many_articles_is_the_one_asked_for(stage: Routed) -> None:
    stage.say("kari", "kan vi ta i bruk Tegnefant i Microsoft Teams")
    assert "Hentes i Firmaportal" in last(stage)
    assert "Microsoft Teams" not in last(stage)


@pytest.mark.parametrize(("reply", "name"), [("nr 2", "Tegnefant"), ("den første", "Pakkemester")])
def test_a_program_of_a_list_is_chosen_by_its_place(stage: Routed, reply: str, name: str) -> None:
    # An older list of answers is not meant.
    stage.means = {"hvordan": (ARTICLE.id, OTHER.id)}
    stage.say("kari", "hvordan")
    stage.say("kari", "trenger Tegnefant og Pakkemester")
    stage.say("kari", reply)
    assert last(stage).startswith(name)
    stage.say("kari", "nr 2")
    assert last(stage).startswith("Tegnefant")


def test_a_look_up_ends_an_older_list_of_answers(stage: Routed) -> None:
    stage.means = {"hvordan": (ARTICLE.id, OTHER.id)}
    stage.say("kari", "hvordan")
    stage.say("kari", "er Tegnefant godkjent")
    assert "Hentes i Firmaportal" in last(stage)
    stage.say("kari", "nr 2")
    assert "ingen liste" in last(stage)


def test_the_only_program_of_a_list_is_opened_by_yes(stage: Routed) -> None:
    stage.say("kari", TOOL)
    stage.say("kari", "ja")
    assert "Hentes i Firmaportal" in last(stage)


@pytest.mark.parametrize("reply", ["nei", "ingen av dem"])
def test_none_of_the_listed_programs_leads_to_another_search(stage: Routed, reply: str) -> None:
    stage.say("kari", "trenger Tegnefant og Pakkemester")
    stage.say("kari", reply)
    assert last(stage).startswith("Hvilket program")


def test_an_answer_ends_the_list_of_programs(stage: Routed) -> None:
    stage.means = {"hvordan": (ARTICLE.id,)}
    stage.say("kari", "trenger Tegnefant og Pakkemester")
    stage.say("kari", "hvordan")
    stage.say("kari", "nr 2")
    assert "ingen liste" in last(stage)


def test_the_offer_stands_in_place_of_the_look_up_without_a_name(stage: Routed) -> None:
    stage.means = {LIKELY: (ARTICLE.id, "check-program", OTHER.id)}
    stage.say("kari", LIKELY)
    assert stage.buttons("kari", stage.slots("kari")[-1]).count("software.ask") == 1
    stage.say("kari", "nr 2")
    assert OTHER.answer in last(stage)


def test_an_action_of_a_list_is_done_by_its_place(stage: Routed) -> None:
    said = "noe annet"
    stage.means = {said: (ARTICLE.id, "check-program")}
    stage.say("kari", said)
    stage.say("kari", "nr 2")
    assert last(stage).startswith("Hvilket program")


def test_an_ordinary_word_is_no_name_unless_the_message_asks_for_a_tool(stage: Routed) -> None:
    stage.say("kari", "det er dårlig signal i kjelleren")
    assert offers(stage) == []
    stage.say("kari", "er appen signal noe for oss")
    assert named_offers(stage) == [("Signal", "signal")]


def test_a_task_beside_a_list_is_offered_by_its_name_and_keeps_the_words_out_of_the_card(stage: Routed) -> None:
    stage.means = {LIKELY: (ARTICLE.id, OTHER.id)}
    stage.say("kari", LIKELY)
    assert "Programmer: Komprimering av filer" in last(stage)
    [data] = offers(stage)
    assert data.keys() == {"question_id"}
    stage.press("kari", "software.ask", **data)
    assert "Pakkemester" in last(stage)
    # A colleague gets the words that the list did not help with.
    shown = actions_of(stage.posts["kari", stage.slots("kari")[-1]].card)
    [colleague] = [each for each in shown if each["verb"] == "handoff.start"]
    assert colleague["data"] == data


def test_an_offered_look_up_speaks_the_language_of_the_question(stage: Routed) -> None:
    said = "eg veit ikkje korleis"
    SHARES[said] = 0.6
    stage.means = {said: (ARTICLE.id, OTHER.id)}
    stage.say("kari", said)
    [data] = offers(stage)
    stage.press("kari", "software.ask", **data)
    assert "Kanskje er eit av desse" in last(stage)
    stage.means = {"eg vil ha Tegnefant": (ARTICLE.id,)}
    stage.say("kari", "eg vil ha Tegnefant")
    [data] = offers(stage)
    stage.put(person("kari", "nord"))
    stage.press("kari", "software.ask", **data)
    assert "Sjekk eit anna program" in last(stage)


def test_the_words_of_another_person_are_not_looked_up(stage: Routed) -> None:
    stage.means = {LIKELY: (ARTICLE.id, OTHER.id)}
    stage.say("kari", LIKELY)
    [data] = offers(stage)
    stage.put(person("nils", "nord"))
    stage.press("nils", "software.ask", **data)
    slot = stage.slots("nils")[-1]
    assert "Pakkemester" not in stage.shown("nils", slot)
    assert LIKELY not in stage.shown("nils", slot)


def test_a_task_that_a_tool_is_asked_for_is_looked_up_at_once(stage: Routed) -> None:
    stage.say("kari", TOOL)
    assert "Pakkemester" in last(stage)


def test_without_a_program_for_it_no_task_is_offered(stage: Routed) -> None:
    stage.content = replace(stage.content, register=Register.from_files(PROGRAMS[:1]))
    stage.say("kari", TOOL)
    assert "Komprimering" not in last(stage)


def test_an_emergency_has_no_programs_beside_it(stage: Routed) -> None:
    stage.means = {LIKELY: ("emergency",)}
    stage.say("kari", LIKELY)
    assert offers(stage) == []


def test_what_heia_is_not_for_has_no_programs_beside_it_unless_a_tool_is_asked_for(stage: Routed) -> None:
    stage.means = {LIKELY: ("weather",), TOOL: ("weather",)}
    stage.say("kari", LIKELY)
    assert offers(stage) == []
    stage.say("kari", TOOL)
    assert len(offers(stage)) == 1


def test_names_of_signs_alone_are_passed_over(stage: Routed) -> None:
    for name, alias in (("Tegnefant", "🎨"), ("…", "Tegnefant")):
        stage.content = replace(
            stage.content, register=Register.from_files([program("tegnefant", name, "Tegning", alias)])
        )
        stage.say("kari", "trenger tegnefant på den nye pc-en")
        assert "Hentes i Firmaportal" in last(stage)


def test_articles_about_a_program_are_counted_as_the_municipality_reads_them(stage: Routed) -> None:
    said = "i Tegnefant er fargene nye"
    sheets = [replace(each, answer=f"Tegnefant-{each.answer}", municipality_id="storvik") for each in SHEETS]
    stage.content = replace(stage.content, articles=ArticleBook.from_articles([ARTICLE, *SHEETS, *sheets]))
    stage.means = {said: (ARTICLE.id, OTHER.id)}
    stage.say("kari", said)
    assert "Hentes i Firmaportal" in last(stage), "the texts of another municipality count"
    sheets = [replace(each, municipality_id="lillevik") for each in sheets]
    stage.content = replace(stage.content, articles=ArticleBook.from_articles([ARTICLE, OTHER, *sheets]))
    stage.say("kari", said)
    assert "Hentes i Firmaportal" not in last(stage), "a name before a hyphen is none"


def test_of_two_programs_with_one_name_the_offered_one_is_shown(stage: Routed) -> None:
    said = "vi vil ha Tegnefant til plakatene"
    stage.means = {said: (ARTICLE.id,)}
    twin = program("tegnefant-2", "Tegnefant", "Tegning av hus")
    stage.content = replace(stage.content, register=Register.from_files([PROGRAMS[0], twin]))
    stage.say("kari", said)
    [data] = offers(stage)
    stage.press("kari", "software.ask", **data)
    assert "Hentes i Firmaportal" in last(stage)


def test_a_masked_number_is_told_beside_a_look_up(stage: Routed) -> None:
    stage._happen(stage._event("kari", Said(utterance=mask("trenger Tegnefant til bruker 15076500565"))))
    assert [each for each in stage.slots("kari") if "Hentes" in stage.shown("kari", each)]
    assert stage.texts("kari")(f"ask.masked.{Secret.NATIONAL_ID}") in last(stage)


def test_a_shared_chat_reads_no_name_of_a_program_of_one_municipality(stage: Routed) -> None:
    said = "vi vil bruke Tegnefanten til plakatene"
    stage.means = {said: (ARTICLE.id,)}
    for owner, shown in ((None, True), ("lillevik", False)):
        own = replace(PROGRAMS[0], municipality_id=owner)
        stage.content = replace(stage.content, register=Register.from_files([own]))
        stage._happen(stage._event("kari", Said(utterance=mask(said)), Scope.GROUP))
        message = stage.posts["conversation:c-kari", f"ask/{stage.last.id}"]
        assert ("Tegnefant" in " ".join(words_of(message.card))) is shown
        [data] = [each["data"] for each in actions_of(message.card) if each["verb"] == "software.ask"]
        stage.press("kari", "software.ask", scope=Scope.GROUP, **data)
        assert "Hentes i Firmaportal" in last(stage), "the asker sees it alone"


def test_a_deleted_question_leads_to_the_search_form(stage: Routed) -> None:
    stage.means = {LIKELY: (ARTICLE.id, OTHER.id)}
    stage.say("kari", LIKELY)
    [data] = offers(stage)
    stage.forget(Question, data["question_id"])
    stage.press("kari", "software.ask", **data)
    assert stage.texts("kari")("software.ask") in last(stage)


def test_the_program_that_a_message_denies_is_not_looked_up(stage: Routed) -> None:
    stage.say("kari", "jeg mener ikke Pakkemester, men Tegnefant")
    assert "Tegnefant: Godkjent" in last(stage)


@pytest.mark.parametrize("button", [None, ArticleButton(title="Hjelp", action="ask.suggest")])
def test_a_municipality_s_own_text_about_programs_gives_way_only_if_it_leads_to_the_look_up(
    stage: Routed, button: ArticleButton | None
) -> None:
    said = "vi vil ha Tegnefant til plakatene"
    own = replace(PORTAL, municipality_id="lillevik", answer="Spør skolekontoret.", button=button)
    stage.content = replace(stage.content, articles=ArticleBook.from_articles([ARTICLE, PORTAL, own]))
    stage.means = {said: (PORTAL.id,)}
    stage.say("kari", said)
    assert "Spør skolekontoret." in last(stage)
    assert offers(stage)


def test_without_an_action_for_it_a_sure_look_up_is_offered(stage: Routed) -> None:
    stage.content = replace(stage.content, actions=ActionBook())
    stage.say("kari", "trenger Tegnefant på den nye pc-en")
    assert named_offers(stage) == [("Tegnefant", "tegnefant")]


def test_yes_after_a_look_up_accepts_no_earlier_offer(stage: Routed) -> None:
    stage.say("kari", "hvorfor er det sånn")
    assert "handoff.start" in stage.buttons("kari", stage.slots("kari")[-1])
    stage.say("kari", "trenger Tegnefant på den nye pc-en")
    stage.say("kari", "ja")
    assert stage.slots("kari", "handoff/") == []


def test_a_name_of_one_letter_is_offered_and_never_begun(stage: Routed) -> None:
    stage.content = replace(stage.content, register=Register.from_files([program("r", "R", "Statistikk")]))
    stage.say("kari", "jeg trenger hjelp fordi tasten R er borte")
    assert named_offers(stage) == [("R", "r")]


@pytest.mark.parametrize(
    ("near", "meant"), [((), "check"), (("apply", "print"), "apply"), (("help", "apply"), "apply")]
)
def test_the_action_of_a_look_up_is_the_nearest_or_that_of_the_first_command(
    stage: Routed, near: tuple[str, ...], meant: str
) -> None:
    said = "trenger Tegnefant på den nye pc-en"
    stage.means = {said: near}
    verbs = {"apply": "software.ask", "check": "software.ask", "help": "ask.suggest"}
    actions = ActionBook.from_actions([action(each, verb=verb) for each, verb in verbs.items()])
    content = replace(stage.content, actions=actions, commands={"check": "software.ask", "apply": "software.ask"})
    reading = understand(said, content=content, previous_article_ids=(), municipality_id=None)
    next(reading)
    with pytest.raises(StopIteration) as end:
        reading.send((stage._understand(said, ()),))
    assert end.value.value.action.id == meant
