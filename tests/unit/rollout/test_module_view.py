"""A learning module on the desk: its steps as people read them, and where it is changed."""

import pytest

from bot.channels.web.desk.rendering import message_html
from dialogs.core.person import Role
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import Viewer
from dialogs.rollout.learn.taking import ModulePage, module_view
from tests.unit.handoff.scene import person
from tests.unit.rollout.learning_scene import learning_stage


def page_of(module_id: str) -> ModulePage:
    stage = learning_stage()
    editor = person("edda", "nord", Role.EDITOR)
    viewer = Viewer(person=editor, texts=stage.texts("edda"), content=stage.content, at=stage.now)
    asking = module_view(viewer, module_id)
    try:
        while True:
            next(asking)
    except StopIteration as done:
        page: ModulePage = done.value
        return page


def test_a_module_is_read_step_by_step_with_the_explanation_of_its_questions() -> None:
    page = page_of("share")
    assert page.file == "modules/share.yaml"
    shown = [(message_html(step), answered and message_html(answered)) for step, answered in page.steps]
    assert "Velg Del" in shown[0][0]
    assert shown[0][1] is None
    assert "Hva velger du?" in shown[1][0]
    assert "Riktig!" in (shown[1][1] or "")
    assert len(shown) == 3


def test_a_module_of_an_outside_centre_has_its_address() -> None:
    page = page_of("outside")
    assert page.steps == ()
    assert page.url == "https://courses.example/outside"


def test_a_module_that_does_not_exist_is_missing() -> None:
    with pytest.raises(EventRefused) as refused:
        page_of("nowhere")
    assert refused.value.missing
