"""Names of the topics that ambassadors know."""

from collections.abc import Iterable

from dialogs.core.texts import Texts

MAX_TOPICS = 60


def topic_name(texts: Texts, topic: str) -> str:
    """Return the name of a topic, by default derived from its id."""
    key = f"topic.{topic}"
    return texts(key) if key in texts.sentences else topic.replace("-", " ")


def topic_names(texts: Texts, topics: Iterable[str]) -> str:
    """Return topic names as a sorted, comma-separated list."""
    return ", ".join(sorted((topic_name(texts, topic) for topic in topics), key=str.casefold))


def topic_choices(texts: Texts, topics: Iterable[str]) -> list[tuple[str, str]]:
    """Return topics as choices, ordered by name."""
    named = ((topic_name(texts, topic), topic) for topic in topics)
    return sorted(named, key=lambda choice: (choice[0].casefold(), choice))[:MAX_TOPICS]
