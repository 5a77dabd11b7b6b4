"""Type of a field that holds a person's id."""

from enum import Enum
from typing import Annotated


class Reference(Enum):
    """Target of an id."""

    PERSON = "person"


PersonId = Annotated[str, Reference.PERSON]
"""Id of a person. An export replaces the ids of other people wherever a stored type contains this one."""
