"""Types of fields that hold ids of people."""

from enum import Enum
from typing import Annotated, Final


class Reference(Enum):
    """Target of an id."""

    PERSON = "person"
    PERSON_TERM = "person_term"


PersonId = Annotated[str, Reference.PERSON]
"""Id of a person. An export replaces the ids of other people wherever a stored type contains this one."""

PersonTerm = Annotated[str, Reference.PERSON_TERM]
"""Search term that may be the one of a person, ``person:ID``."""

ERASED: Final = "erased"
"""Stands for every person that had their data erased, in records of other people."""
