"""How far the reading of a directory through Microsoft Graph has come."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Annotated, ClassVar

from dialogs.core.data_rules import DataRules, Purpose, Whose


@dataclass(frozen=True, slots=True, kw_only=True)
class GraphState:
    """Where the next reading of a municipality's directory goes on; ``id`` is the municipality's.

    Attributes:
        users_link, group_links: delta links, which name no person.
        groups: object id of each group that a rule names.
        pupil_groups: object ids of the groups of pupils.
        rules: fingerprint of the settings that were read with; others need everything again.
        done_at: the last reading that was applied.
        failed_at, fault: the last failure, empty after a success.
        credential_ends: when the credential ends, as the directory says.
        lease, lease_until: the process that reads now, and the end of its lease.
    """

    KIND: ClassVar[str] = "graph_state"
    SCHEMA: ClassVar[int] = 1
    RULES: ClassVar[DataRules] = DataRules(most="none: one for each municipality", whose=Whose.NOBODY, terms=())

    id: Annotated[str, Purpose.ORDER]
    tenant_id: Annotated[str, Purpose.ORDER] = ""
    users_link: Annotated[str, Purpose.ORDER] = ""
    group_links: Annotated[tuple[str, ...], Purpose.ORDER] = ()
    groups: Annotated[Mapping[str, str], Purpose.ORDER] = field(default_factory=dict)
    pupil_groups: Annotated[tuple[str, ...], Purpose.ORDER] = ()
    rules: Annotated[str, Purpose.ORDER] = ""
    done_at: Annotated[datetime | None, Purpose.TIME] = None
    failed_at: Annotated[datetime | None, Purpose.TIME] = None
    fault: Annotated[str, Purpose.ORDER] = ""
    credential_ends: Annotated[datetime | None, Purpose.TIME] = None
    lease: Annotated[str, Purpose.ORDER] = ""
    lease_until: Annotated[datetime | None, Purpose.TIME] = None

    def terms(self) -> Iterable[str]:
        """Return the term of all of them."""
        yield "all"
