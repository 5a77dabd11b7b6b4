"""Which messages to a person are about the cases of others, so that an export leaves their text out."""

from collections.abc import Collection


def is_about_others(slot: str, *, person_id: str, own_ids: Collection[str], helps: bool) -> bool:
    """Return whether the message in a slot shows the question, the application or the data of another person.

    Args:
        own_ids: ids of the person's own records.
        helps: the person has helped others. Otherwise every hand-off they have messages of is their own.
    """
    flow, _, rest = slot.partition("/")
    id_, _, more = rest.partition("/")
    match flow:
        case "handoff":
            return helps and id_ not in own_ids and id_ not in {"mine", "masked"}
        case "software" | "suggestion":
            # Answers to the person are named after an event, which has the name of its channel before a colon.
            return id_ not in own_ids and ":" not in id_
        case "ambassador":
            of = more.partition("/")[0]
            return id_ == "desk" or (id_ in {"application", "invitation"} and of not in {person_id, *own_ids})
        case _:
            # An editor's list has the words of askers and helpers.
            return flow in {"officer", "editor"}
