"""Changed content files: what becomes of the article, milestone or program that the desk wrote."""

import ast
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from dialogs.core.milestone import Milestone
from dialogs.editing.model import ArticleHead, ArticleRevision, RevisionState
from dialogs.editing.standing import standing_of
from dialogs.privacy.inventory import INVENTORY
from dialogs.rollout.software.register.entry import ProgramEntry, first_entry
from dialogs.rollout.timeline.model import PlanEntry
from dialogs.rollout.timeline.model import digest_of as digest_of_line
from dialogs.rollout.timeline.plan import overlaid
from knowledge.article.article import ArticleBook, Language
from knowledge.article.writing import digest_of
from knowledge.software.program import Program
from knowledge.software.register import merged
from tests.unit.driver import TUESDAY
from tests.unit.editing.scene import PRINT, stage

ROOT = Path(__file__).parents[2]
SCENE = stage()
# What a file says, at the desk's change and now; None: there is no file.
TEXTS = st.none() | st.sampled_from(["one", "two"])


def article_that_applies(at_change: str | None, now: str | None) -> str | None:
    """Return what readers of an article get after the desk wrote "desk"."""
    files = [[replace(PRINT, answer=text)] if text else [] for text in (at_change, now)]
    told = ArticleRevision.from_articles([replace(PRINT, answer="desk")], id="r", number=1, by="", at=TUESDAY)
    told = replace(told, state=RevisionState.PUBLISHED, file_digest=digest_of(files[0]))
    content = replace(SCENE.content, files=ArticleBook.from_articles(files[1]))
    head = ArticleHead(id=PRINT.id, article_id=PRINT.id, number=1, live_id="r")
    standing = standing_of(content, head, {"r": told})
    return standing.in_force.text_in(Language.NB).answer if standing.in_force else now


def milestone_that_applies(at_change: str | None, now: str | None) -> str | None:
    """Return the milestone that readers get after the desk wrote "desk"."""
    then, line, desk = (
        Milestone(id="m", date="2027", what={Language.NB: text or "none"}) for text in (at_change, now, "desk")
    )
    digest = digest_of_line(then) if at_change else ""
    entry = PlanEntry(id="m", number=1, plan=desk, file_digest=digest, changed_at=TUESDAY)
    [in_force] = overlaid([line] if now else [], [entry])
    return in_force.milestone.what[Language.NB]


def program_that_applies(at_change: str | None, now: str | None) -> str | None:
    """Return the name that the register has after the desk wrote "desk"."""
    then, file = (Program(id="p", name=text) if text else None for text in (at_change, now))
    entry = first_entry("p", None, then, TUESDAY).with_program(Program(id="p", name="desk"))
    program = merged(file, [entry.to_change()])
    return program.name if program else None


@given(TEXTS, TEXTS)
def test_a_changed_file_applies_again_and_a_program_stays(at_change: str | None, now: str | None) -> None:
    changed = at_change != now
    assert article_that_applies(at_change, now) == (now if changed else "desk")
    assert milestone_that_applies(at_change, now) == (now if changed and now is not None else "desk")
    assert program_that_applies(at_change, now) == "desk"


def test_a_record_that_stands_in_for_a_file_is_one_of_those_above() -> None:
    standing_in = {holding.kind for holding in INVENTORY if "file_digest" in holding.purposes}
    assert standing_in == {ArticleRevision.KIND, PlanEntry.KIND, ProgramEntry.KIND}


def test_digests_of_files_are_compared_in_one_module() -> None:
    sides = [
        side
        for room in ("bot", "dialogs", "knowledge")
        for path in (ROOT / room).rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Compare)
        for side in (node.left, *node.comparators)
    ]
    assert [ast.unparse(side) for side in sides if isinstance(side, ast.Attribute) and side.attr == "file_digest"] == []
