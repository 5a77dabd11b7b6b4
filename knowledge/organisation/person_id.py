"""Type of a field that holds a person's id."""

from enum import Enum
from typing import Annotated, Final


class Reference(Enum):
    """Target of an id."""

    PERSON = "person"


PersonId = Annotated[str, Reference.PERSON]
"""Id of a person. An export replaces the ids of other people wherever a stored type contains this one."""

ERASED: Final = "erased"
"""Stands for every person that had their data erased, in records of other people."""
