"""Types of fields that hold ids of people."""

from enum import Enum
from typing import Annotated, Final


class Reference(Enum):
    """Target of an id."""

    PERSON = "person"
    PERSON_TERM = "person_term"


# Id of a person. An export replaces the ids of other people wherever a stored type contains this one.
PersonId = Annotated[str, Reference.PERSON]

# Search term that may be the one of a person, ``person:ID``.
PersonTerm = Annotated[str, Reference.PERSON_TERM]

# Stands for every person that had their data erased, in records of other people.
ERASED: Final = "erased"
