"""The history of an article: names of the own municipality only, and no comparison that never ends."""

from collections.abc import Callable
from typing import Any

import pytest

from bot.records.query_answering import FlowRun
from dialogs.core.query import Asking
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import viewer_of
from dialogs.editing.history import DiffPart, history_view, word_diff
from dialogs.editing.listing import articles_view
from dialogs.editing.reading import article_view
from tests.unit.at_once import run
from tests.unit.driver import Stage
from tests.unit.editing.scene import head, press, stage


def written_by_eva(scene: Stage, title: str, **fields: str) -> None:
    press(scene, "eva", "start")
    press(scene, "eva", "save", base_id=head(scene).draft_id, title_nb=title, **fields)


def view(scene: Stage, who: str, of: Callable[..., Asking[Any]], *given: str, **named: str) -> Any:
    def reading() -> Asking[Any]:
        viewer = yield from viewer_of(who, scene.content, scene.now)
        return (yield from of(viewer, *given, **named))

    return run(FlowRun(store=scene.store).result_of(reading()))


def test_an_editor_of_another_municipality_sees_no_names() -> None:
    scene = stage()
    written_by_eva(scene, "Hvordan skriver jeg ut papir?", owner_id="eva")
    press(scene, "eva", "publish", base_id=head(scene).draft_id)
    own = {each.by for each in view(scene, "eva", history_view, "print").rows.items}
    others = {each.by for each in view(scene, "ed", history_view, "print").rows.items}
    assert (own, others) == ({"Redaktør eva"}, {scene.texts("ed")("article.by_unknown")})
    owners = {who: {row.owner for row in view(scene, who, articles_view).rows.items} for who in ("eva", "ed")}
    assert owners == {"eva": {"Redaktør eva", ""}, "ed": {""}}


def test_drafts_are_for_those_who_may_change_them() -> None:
    scene = stage()
    written_by_eva(scene, "Skriv ut på papir")
    press(scene, "eva", "publish", base_id=head(scene).draft_id)
    written_by_eva(scene, "Ikke ferdig")
    hidden = head(scene).draft_id
    press(scene, "eva", "start", "fresh", title="Også ikke ferdig")
    rows = {row.key: row for row in view(scene, "ed", articles_view).rows.items}
    assert (rows.keys(), rows["print"].draft) == ({"print", "scan"}, False)
    for asked in ({}, {"revision_id": hidden}, {"mine_id": hidden}):
        page = view(scene, "ed", article_view, "print", **asked)
        assert (page.heading, page.draft, page.compared) == ("Skriv ut på papir", False, ())
    with pytest.raises(EventRefused):
        view(scene, "ed", article_view, "fresh")
    [published] = view(scene, "ed", history_view, "print").rows.items
    assert "Ikke ferdig" not in str(published)
    assert len(view(scene, "eva", history_view, "print").rows.items) > 2
    assert view(scene, "eva", article_view, "print").heading == "Ikke ferdig"


@pytest.mark.parametrize("after", ["a b " * 1000, "b a " * 1000, "a\n" * 2000])
def test_a_text_that_repeats_one_word_is_compared_at_once(after: str) -> None:
    assert word_diff("a " * 2000, after) == (
        DiffPart(kind="removed", text="a " * 2000),
        DiffPart(kind="added", text=after),
    )


def test_many_phrasings_are_compared_by_line() -> None:
    before = [f"kan jeg få {number}" for number in range(200)]
    parts = word_diff("\n".join(before), "\n".join([*before[:50], *before[51:]]))
    assert [each.text for each in parts if each.kind == "removed"] == ["kan jeg få 50\n"]
