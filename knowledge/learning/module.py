"""A module of the e-learning: a few short steps with a question or two, or a link to an outside centre."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import PurePath
from typing import Any, Final

from knowledge.article.article import ArticleFault, Language
from knowledge.article.links import is_private, links
from knowledge.learning.yaml_reader import FieldPath, YamlReader
from knowledge.yaml_fault import BadYaml

MAX_TITLE: Final = 50
MAX_MINUTES: Final = 30
MAX_STEPS: Final = 12
MAX_STEP_WORDS: Final = 70
MAX_CHOICE: Final = 120
MIN_CHOICES: Final = 2
MAX_CHOICES: Final = 4
MAX_ARTICLES: Final = 4
# Before the name of a picture, in the id under which a message names it.
PICTURE_ID: Final = "module."
PICTURE_NAME: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,60}\.(?:png|jpg)")
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")
_FIELDS: Final = frozenset({"title", "minutes", "theme", "topics", "articles", "url", "steps", "sample"})
_TEXT_FIELDS: Final = frozenset({"text", "picture"})
_QUESTION_FIELDS: Final = frozenset({"question", "choices", "explanation", "picture"})


@dataclass(frozen=True, slots=True, kw_only=True)
class StepPicture:
    """A picture of a step: a file in ``modules/pictures``, and its alternative text."""

    file: str
    alt: Mapping[Language, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class StepChoice:
    """One possible answer to a question."""

    text: Mapping[Language, str]
    right: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ModuleStep:
    """One step: a text to read, or with ``choices`` a question with its explanation."""

    text: Mapping[Language, str]
    choices: tuple[StepChoice, ...] = ()
    explanation: Mapping[Language, str] = field(default_factory=dict)
    picture: StepPicture | None = None

    @property
    def is_question(self) -> bool:
        return bool(self.choices)


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningModule:
    """A module. It has ``steps`` inside Heia, or a ``url`` of an outside centre.

    Attributes:
        theme: id of a theme of the curriculum; empty without one.
        topics: tools and subjects, in the words of articles' topics.
        articles: ids of guidance to read on.
        sample: invented content, which is shown as an example.
    """

    id: str
    title: Mapping[Language, str]
    minutes: int
    topics: tuple[str, ...] = ()
    url: str = ""
    theme: str = ""
    articles: tuple[str, ...] = ()
    steps: tuple[ModuleStep, ...] = ()
    sample: bool = False

    @property
    def questions(self) -> tuple[int, ...]:
        """The numbers, from 1, of the steps that ask."""
        return tuple(number for number, step in enumerate(self.steps, 1) if step.is_question)

    def step(self, number: int) -> ModuleStep | None:
        """Return the step with this number, from 1; None outside the module."""
        return self.steps[number - 1] if 1 <= number <= len(self.steps) else None


def picture_id(picture: StepPicture) -> str:
    """Return the id by which a message names the picture."""
    return f"{PICTURE_ID}{picture.file}"


def parse_module(text: str, *, file: str) -> LearningModule | tuple[ArticleFault, ...]:
    """Parse a module file; return the module, or all faults found.

    Args:
        text: YAML.
        file: name shown in faults. Its stem is the module's id.
    """
    try:
        reader = YamlReader(text, file=file)
    except BadYaml as bad:
        return (ArticleFault(file=file, line=bad.line, reason=bad.reason),)
    fields = reader.fields((), reader.value, allowed=_FIELDS, of="a module")
    if not fields:
        return tuple(reader.faults) or (ArticleFault(file=file, line=1, reason="a module must have fields"),)
    module = LearningModule(
        id=PurePath(file).stem,
        title=reader.in_each_language(("title",), fields.get("title"), longest=MAX_TITLE),
        minutes=_module_minutes(reader, fields.get("minutes")),
        topics=reader.id_list(("topics",), fields.get("topics")),
        url=reader.plain_text(("url",), fields.get("url")),
        theme=reader.plain_text(("theme",), fields.get("theme")),
        articles=reader.id_list(("articles",), fields.get("articles")),
        steps=_parsed_steps(reader, fields.get("steps")),
        sample=reader.flag(("sample",), fields.get("sample")),
    )
    if not _ID.fullmatch(module.id):
        reader.add_fault((), f"'{module.id}' is no id: small letters, digits and hyphens")
    if len(module.articles) > MAX_ARTICLES:
        reader.add_fault(("articles",), f"'articles' has {len(module.articles)}, at most {MAX_ARTICLES} are shown")
    if module.url and not module.url.startswith("https://"):
        reader.add_fault(("url",), "'url' must start with https://")
    for path, reason in contradictions(module):
        reader.add_fault(path, reason)
    return tuple(sorted(reader.faults, key=lambda fault: fault.line)) or module


def contradictions(module: LearningModule) -> tuple[tuple[FieldPath, str], ...]:
    """Return the fault in a module's location, which is inside Heia or an address."""
    if module.steps and module.url:
        return ((("url",), "has steps already: the link would never be shown"),)
    if not module.steps and not module.url:
        return ((("steps",), "has neither steps nor a url"),)
    return ()


def _module_minutes(reader: YamlReader, value: Any) -> int:
    if type(value) is int and 1 <= value <= MAX_MINUTES:
        return value
    reader.add_fault(("minutes",), f"'minutes' must be a number from 1 to {MAX_MINUTES}")
    return 0


def _parsed_steps(reader: YamlReader, value: Any) -> tuple[ModuleStep, ...]:
    entries = reader.entries(("steps",), value)
    if len(entries) > MAX_STEPS:
        reader.add_fault(("steps",), f"has {len(entries)} steps, at most {MAX_STEPS} are taken: make two modules of it")
    return tuple(
        _parsed_step(reader, ("steps", number), entry) for number, entry in enumerate(entries[: MAX_STEPS + 1])
    )


def _parsed_step(reader: YamlReader, path: FieldPath, value: Any) -> ModuleStep:
    asks = isinstance(value, Mapping) and not {"question", "choices"}.isdisjoint(value)
    fields = reader.fields(
        path, value, allowed=_QUESTION_FIELDS if asks else _TEXT_FIELDS, of="a question" if asks else "a step"
    )
    picture = _parsed_picture(reader, (*path, "picture"), fields.get("picture"))
    if not asks:
        return ModuleStep(text=_step_words(reader, (*path, "text"), fields.get("text")), picture=picture)
    return ModuleStep(
        text=_step_words(reader, (*path, "question"), fields.get("question")),
        choices=_parsed_choices(reader, (*path, "choices"), fields.get("choices")),
        explanation=_step_words(reader, (*path, "explanation"), fields.get("explanation")),
        picture=picture,
    )


def _step_words(reader: YamlReader, path: FieldPath, value: Any) -> Mapping[Language, str]:
    """Return the text of a step; a link to a private address is a fault."""
    texts = reader.in_each_language(path, value, most_words=MAX_STEP_WORDS)
    for language, said in texts.items():
        for link in links(said):
            if is_private(link.url):
                reader.add_fault((*path, language), f"a link to a private address: {link.url}")
    return texts


def _parsed_choices(reader: YamlReader, path: FieldPath, value: Any) -> tuple[StepChoice, ...]:
    entries = reader.entries(path, value)
    if not MIN_CHOICES <= len(entries) <= MAX_CHOICES:
        reader.add_fault(path, f"has {len(entries)} choices, must have {MIN_CHOICES} to {MAX_CHOICES}")
    choices = []
    for number, entry in enumerate(entries[: MAX_CHOICES + 1]):
        fields = reader.fields((*path, number), entry, allowed=frozenset({"text", "right"}), of="a choice")
        text = reader.in_each_language((*path, number, "text"), fields.get("text"), longest=MAX_CHOICE)
        right = reader.flag((*path, number, "right"), fields.get("right"))
        choices.append(StepChoice(text=text, right=right))
    number_right = sum(choice.right for choice in choices)
    if choices and number_right != 1:
        reader.add_fault(path, f"has {number_right} right answers, must have one: mark it with 'right: true'")
    return tuple(choices)


def _parsed_picture(reader: YamlReader, path: FieldPath, value: Any) -> StepPicture | None:
    if value is None:
        return None
    fields = reader.fields(path, value, allowed=frozenset({"file", "alt"}), of="a picture")
    name = reader.plain_text((*path, "file"), fields.get("file"))
    if not PICTURE_NAME.fullmatch(name):
        reader.add_fault((*path, "file"), "'file' must be the name of a .png or .jpg file in modules/pictures")
    return StepPicture(file=name, alt=reader.in_each_language((*path, "alt"), fields.get("alt"), longest=MAX_CHOICE))
