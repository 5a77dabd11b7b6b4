"""Pending applications for one program on one list: they are settled together."""

from dialogs.core.content import Content
from dialogs.core.query import Asking, find_all
from dialogs.rollout.software.model import PENDING, Application
from dialogs.rollout.software.reviewers import forum_of
from knowledge.organisation.unit import Sector
from knowledge.software.program import ProgramUse
from knowledge.software.words import name_key


def pending_for(
    content: Content,
    *,
    municipality_id: str,
    sector: Sector | None,
    use: ProgramUse,
    program: str,
    program_id: str | None,
) -> Asking[tuple[Application, ...]]:
    """Return the pending applications for a program, by its id or any spelling of its name, to one forum."""
    forum = forum_of(content, sector)
    applications: list[Application] = []
    for standing in sorted(PENDING):
        pending = yield from find_all(Application, f"{standing}@{municipality_id}")
        applications += [
            application
            for application in pending
            if application.use is use
            and forum_of(content, application.sector).sector is forum.sector
            and _is_for(application, program, program_id)
        ]
    return tuple(applications)


def _is_for(application: Application, program: str, program_id: str | None) -> bool:
    if program_id and application.program_id == program_id:
        return True
    key = name_key(program)
    named = application.program
    return key == name_key(named) if key else named.casefold() == program.casefold()
