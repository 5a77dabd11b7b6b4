"""What the page of operation says of each finding, and to whom."""

import pytest

from bot.channels.web.desk.operation import area_rows
from bot.content.catalogue import load_catalogue
from bot.ports import HealthFinding, HealthReport
from bot.records.query_answering import FlowRun
from dialogs.core.person import Person, Role
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import Viewer
from knowledge.article.article import Language
from tests.unit.at_once import run
from tests.unit.driver import TUESDAY, Stage
from tests.unit.handoff.scene import organisation, person

CATALOGUE = load_catalogue()
FINDINGS = (
    HealthFinding(area="disk", state="ok", found="fast"),
    HealthFinding(area="settings", state="warn", found="/srv/heia/web.key", advice="chmod 600"),
    HealthFinding(
        area="registry",
        state="warn",
        found="lillevik: 3 of 40 units have no ambassador",
        key="units_without",
        municipality_id="lillevik",
        values={"number": 3, "units": 40},
    ),
    HealthFinding(area="graph", state="fail", found="ended", key="key_ended", values={"day": "2026-11-20"}),
)


def sentences(who: Person, language: Language = Language.NB) -> dict[str, tuple[str, ...]]:
    stage = Stage(organisation(), verbs={}, timers={})
    viewer = Viewer(person=who, texts=CATALOGUE[language], content=stage.content, at=TUESDAY)
    report = HealthReport(at=TUESDAY, findings=FINDINGS)
    rows = run(FlowRun(store=stage.store).result_of(area_rows(viewer, report)))
    return {each.name: each.findings for each in rows if each.findings}


def test_an_administrator_reads_about_the_own_municipality_alone() -> None:
    assert sentences(person("adm", "skole", Role.ADMIN)) == {
        "Folk og enheter": ("Lillevik kommune: 3 av 40 enheter har ingen ambassadør. Se «Dekning».",)
    }
    assert sentences(person("far", "bryggen", Role.ADMIN, municipality_id="storvik")) == {}
    with pytest.raises(EventRefused):
        sentences(person("kari", "nord"))


def test_who_runs_the_service_reads_everything_in_sentences() -> None:
    operator = person("op", "bryggen", Role.OPERATOR, municipality_id="storvik")
    assert sentences(operator) == {
        "Katalogen i Entra ID": ("En nøkkel eller et sertifikat gikk ut 20. november 2026. Forny det.",),
        "Folk og enheter": ("Lillevik kommune: 3 av 40 enheter har ingen ambassadør. Se «Dekning».",),
        "Innstillinger": (
            "Noe her må ses på. Kommandoen heia doctor på tjeneren sier hva det er, og hva som hjelper.",
        ),
    }
    assert "20 November 2026" in str(sentences(operator, Language.EN))


@pytest.mark.parametrize("language", list(Language))
def test_every_sentence_can_be_filled_in(language: Language) -> None:
    texts, prefix = CATALOGUE[language], "desk.operation.finding."
    values = {"place": "Lillevik", "day": "20. november", "units": "40"}
    for key in (each for each in texts.sentences if each.startswith(prefix)):
        forms = texts.sentences[key]
        said = texts(key, **values) if len(forms) == 1 else texts.plural(key, 3, **values)
        assert "{" not in said
