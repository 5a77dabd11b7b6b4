"""Readers of a person's words: table of fields, readers, views, grounds.

The privacy notice, the record of processing and docs/access.md are made from it; a test plants a word in every field
and looks for it in every view of every role.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

from dialogs.core.texts import Texts
from dialogs.privacy.field_labels import path_label

START: Final = "/desk"
SEARCH: Final = "/desk/search"
UNANSWERED: Final = "/desk/unanswered"
SUGGESTION: Final = "/desk/unanswered/suggestions/{id}"
REHEARSALS: Final = "/desk/rehearsal"
REHEARSAL: Final = "/desk/rehearsal/{key}"


class WordsReader(StrEnum):
    """A reader of others' words, by role or as their recipient. Each has a text, ``words.reader.…``."""

    HELPER = "helper"
    NETWORK = "network"
    CONTACT = "contact"
    EDITOR = "editor"
    ANNOUNCER = "announcer"
    APPROVER = "approver"
    RECIPIENT = "recipient"
    REVIEWER = "reviewer"
    LEADER = "leader"
    ADMIN = "admin"
    DPO = "dpo"


class ShownBecause(StrEnum):
    """Ground of showing words to others. Each has a catalogue text, ``words.why.…``."""

    COUNTED = "counted"
    SENT = "sent"
    AGREED = "agreed"
    DECIDED = "decided"
    PUBLISHED = "published"
    WORK = "work"


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownWords:
    """A row of the table.

    Attributes:
        field: kind and field of the inventory.
        readers: besides the writer, in the chat and in the export, and an officer's export.
        views: paths of desk pages, and ``chat:`` with the first part of the slots of cards.
    """

    field: str
    readers: tuple[WordsReader, ...] = ()
    views: tuple[str, ...] = ()
    why: ShownBecause

    @property
    def kind(self) -> str:
        return self.field.partition(".")[0]


_SUGGESTED: Final = (UNANSWERED, SUGGESTION, "chat:suggestion", "chat:editor")
_ARTICLE_PAGES: Final = (
    "/desk/articles",
    "/desk/articles/{key}",
    "/desk/articles/{key}/preview",
    "/desk/articles/{key}/unsaved",
    "/desk/articles/{key}/history",
)
_ARTICLES: Final = (START, SEARCH, *_ARTICLE_PAGES)
_ANNOUNCEMENTS: Final = (
    START,
    SEARCH,
    "/desk/announcements",
    "/desk/announcements/calendar",
    "/desk/announcements/{id}",
    "/desk/announcements/{id}/send",
    "/desk/announcements/{id}/preview",
    "chat:announce",
)
_APPLICATIONS: Final = ("/desk/applications", "/desk/applications/{id}", "chat:software")
_DECIDERS: Final = (WordsReader.REVIEWER, WordsReader.CONTACT, WordsReader.ADMIN, WordsReader.LEADER)
_ALONE: Final = (
    "question.utterance",
    "question.told",
    "web_utterance.text",
    "handoff_draft.question",
    "unsent.text",
    "held_act.data",
    "unsaved_article.data",
)

SHOWN_WORDS: Final[tuple[ShownWords, ...]] = (
    *(ShownWords(field=field, why=ShownBecause.COUNTED) for field in _ALONE),
    *(
        ShownWords(
            field=field,
            readers=(WordsReader.HELPER, WordsReader.NETWORK, WordsReader.CONTACT),
            views=("chat:handoff",),
            why=ShownBecause.SENT,
        )
        for field in ("handoff.question", "handoff.outcome.answer")
    ),
    ShownWords(
        field="suggestion.question",
        readers=(WordsReader.EDITOR,),
        views=(*_SUGGESTED, REHEARSAL),
        why=ShownBecause.AGREED,
    ),
    ShownWords(field="suggestion.answer", readers=(WordsReader.EDITOR,), views=_SUGGESTED, why=ShownBecause.AGREED),
    ShownWords(field="addition.question", readers=(WordsReader.EDITOR,), views=_SUGGESTED, why=ShownBecause.AGREED),
    ShownWords(field="addition.answer", readers=(WordsReader.EDITOR,), views=_SUGGESTED, why=ShownBecause.AGREED),
    ShownWords(
        field="test_question.utterance",
        readers=(WordsReader.EDITOR,),
        views=(REHEARSALS, REHEARSAL),
        why=ShownBecause.AGREED,
    ),
    ShownWords(
        field="theme_decision.reason", readers=(WordsReader.EDITOR,), views=(UNANSWERED,), why=ShownBecause.WORK
    ),
    ShownWords(
        field="article_revision.texts",
        readers=(WordsReader.EDITOR,),
        views=(*_ARTICLES, REHEARSALS, REHEARSAL),
        why=ShownBecause.PUBLISHED,
    ),
    ShownWords(
        field="article_revision.reason", readers=(WordsReader.EDITOR,), views=_ARTICLE_PAGES, why=ShownBecause.WORK
    ),
    ShownWords(
        field="announcement.wordings",
        readers=(WordsReader.ANNOUNCER, WordsReader.APPROVER, WordsReader.ADMIN, WordsReader.RECIPIENT),
        views=(*_ANNOUNCEMENTS, "chat:ask"),
        why=ShownBecause.PUBLISHED,
    ),
    ShownWords(
        field="software_application.program",
        readers=_DECIDERS,
        views=(START, *_APPLICATIONS),
        why=ShownBecause.DECIDED,
    ),
    ShownWords(field="software_application.reason", readers=_DECIDERS, views=_APPLICATIONS, why=ShownBecause.DECIDED),
    ShownWords(
        field="ambassador_application.motive",
        readers=(WordsReader.ADMIN, WordsReader.LEADER),
        views=("/desk/people", "/desk/coverage", "chat:ambassador"),
        why=ShownBecause.DECIDED,
    ),
    ShownWords(field="tip.text", readers=(WordsReader.NETWORK,), views=("chat:ambassador",), why=ShownBecause.SENT),
    ShownWords(
        field="data_request.reason",
        readers=(WordsReader.DPO, WordsReader.ADMIN),
        views=("/desk/privacy/requests", "chat:officer"),
        why=ShownBecause.WORK,
    ),
)


def words_rows(texts: Texts) -> Iterator[tuple[str, str, str]]:
    """Yield shown words, readers and reason, for a reader; one line for the fields with the same readers and ground."""
    grouped: dict[tuple[tuple[WordsReader, ...], ShownBecause], list[str]] = {}
    for row in SHOWN_WORDS:
        label = f"{texts(f'privacy.kind.{row.kind}')} ({path_label(texts, row.field.partition('.')[2])})"
        grouped.setdefault((row.readers, row.why), []).append(label)
    for (readers, why), labels in grouped.items():
        named = ", ".join(texts(f"words.reader.{reader}") for reader in readers) or texts("words.reader.nobody")
        yield "; ".join(labels), named, texts(f"words.why.{why}")
