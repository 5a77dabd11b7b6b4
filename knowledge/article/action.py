"""An action: what Heia does, or says about itself, in place of an answer from an article."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import cached_property
from pathlib import PurePath
from typing import Any, Final

import yaml

from knowledge.article.article import ArticleFault, Language, closest_text
from knowledge.language.emergency import Emergency
from knowledge.language.text import clean, words
from knowledge.yaml_fault import BadYaml, yaml_faults

MAX_TITLE: Final = 40
MAX_REPLY_WORDS: Final = 90
MIN_PHRASINGS: Final = 4
"""Phrasings in each language."""


class ActionKind(StrEnum):
    """What the action means for the user."""

    ACT = "act"  # something is done, or Heia says something about itself
    DECLINE = "decline"  # not done, for a reason that is given
    OUT_OF_SCOPE = "out_of_scope"  # not about the rollout


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """One action, in all languages.

    Attributes:
        verb: the verb of the button that does the same; None: ``replies`` are the whole outcome. With both, the verb
            is about the last answer, and the reply for want of one.
        titles: label of its button, by language.
        replies: the reply by language; empty with a verb.
        phrasings: ways to ask for it, by language.
        replaces: articles whose questions the action answers better.
        completes: articles that it replaces for the asker's unit, where it can; otherwise the article
            answers. Its phrasings join those of the first.
        offers: actions offered as buttons under the reply.
        urgent: a life may depend on it, so that it wins at a low confidence, too.
        emergencies: replies to single kinds of emergency, by language; only of an urgent action.
        alone: it is meant only where the whole message says so, such as "hva kan du".
    """

    id: str
    kind: ActionKind
    verb: str | None
    titles: Mapping[Language, str]
    replies: Mapping[Language, str]
    phrasings: Mapping[Language, tuple[str, ...]]
    replaces: tuple[str, ...] = ()
    completes: tuple[str, ...] = ()
    offers: tuple[str, ...] = ()
    alone: bool = False
    urgent: bool = False
    emergencies: Mapping[Emergency, Mapping[Language, str]] = field(default_factory=dict)

    def for_emergency(self, kind: Emergency | None) -> "Action":
        """Return the action with the reply to this kind of emergency, if it has one."""
        replies = self.emergencies.get(kind) if kind is not None else None
        return self if replies is None else replace(self, replies=replies)

    @property
    def button_verb(self) -> str | None:
        """The verb of its button; None if choosing it shows the reply."""
        return None if self.replies else self.verb

    def title(self, language: Language) -> str:
        return closest_text(self.titles, language)

    def reply(self, language: Language) -> str:
        return closest_text(self.replies, language)


@dataclass(frozen=True, slots=True, kw_only=True)
class EntryKinds:
    """Entries of the index that are no articles.

    Attributes:
        acts: entries that do something. Done by mistake, they cost a look.
        unlisted: entries about the last answer, such as "det hjalp". They are no choices in a list either.
        urgent: entries on which a life may depend; they win at a low confidence, too.
        outside: entries that say that the question is not for Heia, or is declined. They are no choices in a list.
    """

    acts: frozenset[str] = frozenset()
    outside: frozenset[str] = frozenset()
    urgent: frozenset[str] = frozenset()
    unlisted: frozenset[str] = frozenset()


@dataclass(frozen=True, kw_only=True)
class ActionBook:
    """All actions, by id."""

    actions: Mapping[str, Action] = field(default_factory=dict)

    @classmethod
    def from_actions(cls, actions: Iterable[Action]) -> "ActionBook":
        """Create the book. The last action with the same id wins."""
        return cls(actions={action.id: action for action in actions})

    def get(self, entry_id: str) -> Action | None:
        """Return the action with this id, or the one that replaces the article with this id."""
        action = self.actions.get(entry_id)
        return action or next(
            (candidate for candidate in self.actions.values() if entry_id in candidate.replaces), None
        )

    def completing(self, article_id: str) -> Action | None:
        """Return the action that may answer in the place of this article."""
        return next((action for action in self.actions.values() if article_id in action.completes), None)

    def says_exactly(self, entry_id: str, utterance: str) -> bool:
        """Return whether an utterance is word for word a phrasing of the entry's action, whatever its punctuation."""
        action = self.get(entry_id)
        return action is not None and (action.id, _key(utterance)) in self._exact

    @cached_property
    def _exact(self) -> frozenset[tuple[str, str]]:
        return frozenset(
            (action.id, _key(phrasing))
            for action in self.actions.values()
            for phrasings in action.phrasings.values()
            for phrasing in phrasings
        )

    @cached_property
    def kinds(self) -> EntryKinds:
        """The entries of the index that are actions."""
        outside = frozenset(action.id for action in self.actions.values() if action.kind is not ActionKind.ACT)
        acts = (
            name
            for action in self.actions.values()
            for name in (action.id, *action.replaces)
            if action.id not in outside
        )
        urgent = frozenset(action.id for action in self.actions.values() if action.urgent)
        unlisted = frozenset(
            action.id for action in self.actions.values() if action.verb is not None and action.replies
        )
        return EntryKinds(acts=frozenset(acts), outside=outside, urgent=urgent, unlisted=unlisted)

    def offered(self, action: Action) -> tuple[Action, ...]:
        """Return the actions offered under a reply."""
        return tuple(self.actions[entry_id] for entry_id in action.offers if entry_id in self.actions)


def _key(text: str) -> str:
    return " ".join(words(clean(text)))


def parse_action(
    text: str, *, file: str, verbs: frozenset[str], about_answer: frozenset[str] = frozenset()
) -> Action | tuple[ArticleFault, ...]:
    """Parse an action file; return the action, or all faults found.

    Args:
        text: YAML.
        file: name shown in faults. Its stem is the action's id.
        verbs: verbs that an action may have.
        about_answer: those about the last answer, which have a reply as well.
    """
    try:
        with yaml_faults(text):
            loaded = yaml.load(text, Loader=yaml.CSafeLoader)
    except BadYaml as bad:
        return (ArticleFault(file=file, line=bad.line, reason=bad.reason),)
    if not isinstance(loaded, Mapping):
        return (ArticleFault(file=file, line=1, reason="must hold fields such as title and phrasings"),)
    reader = _ActionReader(text=text, file=file, fields=loaded)
    verb = reader.verb(verbs, about_answer)
    action = Action(
        id=PurePath(file).stem,
        kind=reader.kind(),
        verb=verb,
        titles=reader.in_each_language("title", longest=MAX_TITLE),
        replies=reader.in_each_language("reply", most_words=MAX_REPLY_WORDS)
        if verb is None or verb in about_answer
        else {},
        phrasings=reader.phrasings(),
        replaces=reader.ids("replaces"),
        completes=reader.ids("completes"),
        offers=reader.ids("offers"),
        alone=reader.flag("alone"),
        urgent=reader.flag("urgent"),
        emergencies=reader.emergencies(),
    )
    return tuple(reader.faults) or action


class _ActionReader:
    """Reads the fields of an action and collects faults with line numbers."""

    _FIELDS: Final = frozenset(
        {
            "kind",
            "verb",
            "title",
            "reply",
            "phrasings",
            "replaces",
            "completes",
            "offers",
            "alone",
            "urgent",
            *Emergency,
        }
    )

    def __init__(self, *, text: str, file: str, fields: Mapping[Any, Any]) -> None:
        self._lines = text.splitlines()
        self._file = file
        self._fields = fields
        self.faults: list[ArticleFault] = []
        for name in sorted(map(str, set(fields) - self._FIELDS)):
            self._fault(name, f"'{name}' is not a field of an action")

    def kind(self) -> ActionKind:
        value = self._fields.get("kind", ActionKind.ACT)
        if value in set(ActionKind):
            return ActionKind(value)
        self._fault("kind", f"'kind' must be one of {', '.join(ActionKind)}")
        return ActionKind.ACT

    def verb(self, verbs: frozenset[str], about_answer: frozenset[str]) -> str | None:
        value = self._fields.get("verb")
        if value is not None and value not in verbs:
            self._fault("verb", f"there is no verb '{value}'")
        if value is not None and value not in about_answer and "reply" in self._fields:
            self._fault("reply", "has a verb already: the reply would never be shown")
        return value if isinstance(value, str) else None

    def in_each_language(
        self, name: str, *, longest: int | None = None, most_words: int | None = None
    ) -> Mapping[Language, str]:
        value = self._fields.get(name)
        if not isinstance(value, Mapping) or not all(isinstance(text, str) and text.strip() for text in value.values()):
            self._fault(name, f"'{name}' must have a text in each of {', '.join(Language)}")
            return {}
        for language in Language:
            said = value.get(language, "")
            if not said:
                self._fault(name, f"'{name}' is missing in {language}")
            if longest is not None and len(said) > longest:
                self._fault(name, f"'{name}' has {len(said)} characters in {language}, at most {longest} fit a button")
            if most_words is not None and len(said.split()) > most_words:
                self._fault(name, f"'{name}' has more than {most_words} words in {language}")
        return {language: value[language].strip() for language in Language if value.get(language)}

    def phrasings(self) -> Mapping[Language, tuple[str, ...]]:
        value = self._fields.get("phrasings")
        by_language: dict[Language, tuple[str, ...]] = {}
        for language in Language:
            said = value.get(language) if isinstance(value, Mapping) else None
            if not isinstance(said, list) or not all(isinstance(phrasing, str) for phrasing in said):
                self._fault("phrasings", f"'phrasings' must have a list of texts in {language}")
                continue
            by_language[language] = tuple(dict.fromkeys(phrasing.strip() for phrasing in said if phrasing.strip()))
            if len(by_language[language]) < MIN_PHRASINGS:
                self._fault(
                    "phrasings",
                    f"has {len(by_language[language])} phrasings in {language}, needs at least {MIN_PHRASINGS}",
                )
        return by_language

    def emergencies(self) -> Mapping[Emergency, Mapping[Language, str]]:
        """Return the replies to kinds of emergency; an urgent action has all of them or none."""
        if not any(kind in self._fields for kind in Emergency):
            return {}
        return {kind: self.in_each_language(kind, most_words=MAX_REPLY_WORDS) for kind in Emergency}

    def flag(self, name: str) -> bool:
        value = self._fields.get(name, False)
        if not isinstance(value, bool):
            self._fault(name, f"'{name}' must be true or false")
        return value is True

    def ids(self, name: str) -> tuple[str, ...]:
        value = self._fields.get(name, ())
        if isinstance(value, Sequence) and not isinstance(value, str) and all(isinstance(text, str) for text in value):
            return tuple(value)
        self._fault(name, f"'{name}' must be a list of ids")
        return ()

    def _fault(self, name: str, reason: str) -> None:
        starts = (n for n, line in enumerate(self._lines, start=1) if line.startswith(name))
        self.faults.append(ArticleFault(file=self._file, line=next(starts, 1), reason=reason))
