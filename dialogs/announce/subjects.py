"""The articles and programs that an incident is about, picked by its announcer.

While it lasts, replies to questions about them begin with it.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Final

from dialogs.announce.access import refuse
from dialogs.announce.model import Announcement
from dialogs.core.content import Content
from dialogs.core.event import Event
from dialogs.core.query import Asking, match_each
from dialogs.core.refusal import EventRefused
from dialogs.core.texts import Texts
from knowledge.article.article import Language

# Prefix of a program's id among subjects; the others are articles.
PROGRAM: Final = "program:"
MAX_SUBJECTS: Final = 12
MAX_PROPOSED: Final = 12
# Confidence from which an article is proposed for the text of the announcement.
PROPOSED_FROM: Final = 0.05


def named_programs(text: str, content: Content, municipality_id: str | None) -> list[str]:
    """Return the subjects of the listed programs that a text names."""
    return [f"{PROGRAM}{program.id}" for program in content.register.mentioned(text, municipality_id)]


def proposed(announcement: Announcement, content: Content) -> Asking[Sequence[str]]:
    """Return the subjects that the announcement's own text is nearest to, likeliest first."""
    if not announcement.incident:
        return ()
    utterances = [
        text
        for wording in announcement.wordings.values()
        for text in (wording.title, f"{wording.title}. {wording.body}")
    ]
    nearest = yield from _subjects_of(utterances, announcement, content, least=PROPOSED_FROM)
    return list(dict.fromkeys([*nearest, *_neighbours(nearest, announcement, content)]))[:MAX_PROPOSED]


def _neighbours(subjects: Sequence[str], announcement: Announcement, content: Content) -> Iterator[str]:
    """Yield the articles related to those of the subjects, then those with a topic of the first one."""
    book, municipality_id = content.articles, announcement.municipality_id
    by_id = {id_: book.get(id_, Language.NB, municipality_id) for id_ in book.ids()}
    nearest = [article for subject in subjects if (article := by_id.get(subject)) is not None]
    for article in nearest:
        yield from (id_ for id_ in article.related if id_ in by_id)
    topics = set(nearest[0].topics) if nearest else set()
    yield from (id_ for id_, article in by_id.items() if article is not None and topics & set(article.topics))


def _subjects_of(
    texts: Sequence[str], announcement: Announcement, content: Content, *, least: float
) -> Asking[list[str]]:
    """Return the subjects nearest to any of the texts, programs first."""
    municipality_id = announcement.municipality_id
    programs = [subject for text in texts for subject in named_programs(text, content, municipality_id)]
    best: dict[str, float] = {}
    for matched in (yield from match_each(texts, municipality_id=municipality_id, independent=True)):
        for candidate in matched.candidates:
            if candidate.confidence >= least and candidate.article_id in content.articles.ids():
                best[candidate.article_id] = max(candidate.confidence, best.get(candidate.article_id, 0.0))
    return list(dict.fromkeys([*programs, *sorted(best, key=best.__getitem__, reverse=True)]))


def subject_names(
    subjects: Iterable[str], texts: Texts, content: Content, municipality_id: str | None
) -> Mapping[str, str]:
    """Return the titles and program names of the subjects that still exist, by subject."""
    names: dict[str, str] = {}
    for subject in subjects:
        if subject.startswith(PROGRAM):
            program = content.register.visible(subject.removeprefix(PROGRAM), municipality_id)
            name = program.name if program is not None else None
        else:
            article = content.articles.get(subject, texts.language, municipality_id)
            name = article.title if article is not None else None
        if name is not None:
            names[subject] = name
    return names


def with_chosen_subjects(
    event: Event, announcement: Announcement, content: Content, texts: Texts
) -> Asking[Announcement]:
    """Return the announcement about the subjects that a form chose.

    Raises:
        EventRefused: it is no incident, or one without an end.
    """
    subjects = yield from chosen_subjects(event, announcement, content)
    if subjects and not announcement.incident:
        raise EventRefused(refuse(event, texts("announce.fault.no_incident")))
    if subjects and announcement.expires_at is None:
        raise EventRefused(refuse(event, texts("announce.fault.no_end")))
    return replace(announcement, subjects=subjects)


def has_choice(event: Event) -> bool:
    """Return whether a pressed form has the choice of subjects."""
    return not event.pressed.data.keys().isdisjoint({"subjects", "subject_words"})


def chosen_subjects(event: Event, announcement: Announcement, content: Content) -> Asking[tuple[str, ...]]:
    """Return the ticked subjects, and for each line of words the nearest one."""
    pressed = event.pressed
    ticked = [part.strip() for part in pressed.text("subjects").split(",") if part.strip()][:MAX_SUBJECTS]
    lines = [line.strip() for line in pressed.text("subject_words").splitlines() if line.strip()][:MAX_SUBJECTS]
    for line in lines:
        ticked += (yield from _subjects_of([line], announcement, content, least=0.0))[:1]
    texts = content.texts[next(iter(announcement.wordings))]
    return tuple(subject_names(ticked, texts, content, announcement.municipality_id))[:MAX_SUBJECTS]
