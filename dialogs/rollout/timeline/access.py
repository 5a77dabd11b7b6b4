"""The right to change the plan: administrators and announcers of a municipality, and the provider for all."""

from dataclasses import dataclass

from dialogs.core.milestone import Milestone
from dialogs.core.person import Role
from dialogs.core.query import Asking
from dialogs.core.speaker import Viewer
from dialogs.rollout.timeline.plan import PlanLine, whole_plan

EDITORS = frozenset({Role.ADMIN, Role.ANNOUNCER})


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanEditor:
    """An editor of milestones. ``municipality_id``: of this municipality only; None means all."""

    viewer: Viewer
    municipality_id: str | None

    def may_edit(self, milestone: Milestone) -> bool:
        """Return whether all places of the milestone are the editor's."""
        if self.municipality_id is None:
            return True
        return milestone.places(self.viewer.content.organisation) == {self.municipality_id}


def is_editor(viewer: Viewer) -> bool:
    """Return whether the person may change any milestone."""
    person = viewer.person
    placed = person.municipality_id in viewer.content.organisation.municipalities
    return placed and not person.is_outsider and person.has(*EDITORS)


def editor_of(viewer: Viewer) -> PlanEditor:
    """Return the viewer as an editor of the plan. Raises EventRefused."""
    viewer.require(*EDITORS)
    own = viewer.require_municipality(None)
    return PlanEditor(viewer=viewer, municipality_id=None if viewer.is_provider else own)


def line_for(editor: PlanEditor, milestone_id: str) -> Asking[PlanLine]:
    """Return the milestone for its editor. Raises EventRefused."""
    plan = yield from whole_plan(editor.viewer.content)
    line = next((line for line in plan if line.id == milestone_id), None)
    # One sentence for both: what others plan is not revealed.
    if line is None or not editor.may_edit(line.milestone):
        raise editor.viewer.not_found("timeline.refuse.unknown")
    return line
