"""Everyday tasks done with programs, in the words of the register and of a working day."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

import yaml

from knowledge.article.article import ArticleFault, Language
from knowledge.yaml_fault import BadYaml, yaml_faults

FILE: Final = "tasks.yaml"
_ID: Final = re.compile(r"[a-z0-9]+(-[a-z0-9]+)*", re.ASCII)
_KEYS: Final = frozenset({"id", "register", "asked"})
_LANGUAGES: Final = frozenset(map(str, Language))


@dataclass(frozen=True, slots=True, kw_only=True)
class EverydayTask:
    """One thing that programs are used for.

    Attributes:
        register: phrases as the purposes of a register have them, by language.
        asked: requests in everyday words, of any language.
    """

    id: str
    register: Mapping[Language, tuple[str, ...]]
    asked: tuple[str, ...]

    @property
    def phrases(self) -> tuple[str, ...]:
        """The phrases of the register in all languages."""
        return tuple(dict.fromkeys(phrase for phrases in self.register.values() for phrase in phrases))


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskFile:
    """The sound tasks of a file, and every fault. A faulty task is left out."""

    tasks: tuple[EverydayTask, ...]
    faults: tuple[ArticleFault, ...]


def data_folder() -> Traversable:
    """Return the folder with the tasks that Heia is delivered with."""
    return files("knowledge.software") / "data"


@cache
def shipped_tasks() -> TaskFile:
    """Return the tasks that Heia is delivered with."""
    return parse_tasks((data_folder() / FILE).read_text(encoding="utf-8"), file=FILE)


def parse_tasks(text: str, *, file: str) -> TaskFile:
    """Return the tasks of a YAML list."""
    try:
        with yaml_faults(text):
            root = yaml.compose(text, Loader=yaml.CSafeLoader)
    except BadYaml as bad:
        return TaskFile(tasks=(), faults=(ArticleFault(file=file, line=bad.line, reason=bad.reason),))
    if root is None:
        return TaskFile(tasks=(), faults=())
    tasks: dict[str, EverydayTask] = {}
    faults: list[ArticleFault] = []
    owner: dict[str, str] = {}
    try:
        entries = _items(root)
    except _Fault as fault:
        return TaskFile(tasks=(), faults=(fault.in_file(file),))
    for node in entries:
        try:
            task = _task(node)
            _refuse_repeated(task, node, tasks, owner)
        except _Fault as fault:
            faults.append(fault.in_file(file))
        else:
            tasks[task.id] = task
            owner |= dict.fromkeys(map(str.casefold, task.asked), task.id)
    return TaskFile(tasks=tuple(tasks.values()), faults=tuple(faults))


class _Fault(Exception):
    """A fault at a node of the YAML."""

    def __init__(self, node: yaml.Node, reason: str) -> None:
        super().__init__(reason)
        self.line, self.reason = node.start_mark.line + 1, reason

    def in_file(self, file: str) -> ArticleFault:
        return ArticleFault(file=file, line=self.line, reason=self.reason)


def _task(node: yaml.Node) -> EverydayTask:
    fields = _fields(node, "a task")
    if fields.keys() != _KEYS:
        raise _Fault(node, f"a task has exactly {', '.join(sorted(_KEYS))}")
    id_ = _text(fields["id"])
    if not _ID.fullmatch(id_):
        raise _Fault(fields["id"], f"id: {id_!r} is not of small letters, digits and hyphens")
    phrases = _fields(fields["register"], "register")
    if phrases.keys() != _LANGUAGES:
        raise _Fault(fields["register"], f"register: has exactly {', '.join(sorted(_LANGUAGES))}")
    return EverydayTask(
        id=id_,
        register={Language(language): _text_list(phrase_list) for language, phrase_list in phrases.items()},
        asked=_text_list(fields["asked"]),
    )


def _refuse_repeated(
    task: EverydayTask, node: yaml.Node, tasks: Mapping[str, EverydayTask], owner: Mapping[str, str]
) -> None:
    """Raise _Fault if another task has the id or a request."""
    if task.id in tasks:
        raise _Fault(node, f"there are two tasks {task.id}")
    fields = _fields(node, "a task")
    for request in _items(fields["asked"]):
        namesake = owner.get(_text(request).casefold())
        if namesake is not None:
            raise _Fault(request, f"asked: {namesake} has this request, too")


def _fields(node: yaml.Node, what: str) -> Mapping[str, yaml.Node]:
    if not isinstance(node, yaml.MappingNode):
        raise _Fault(node, f"{what} must have keys")
    pairs = [(_text(key), value) for key, value in node.value]
    if len(dict(pairs)) < len(pairs):
        raise _Fault(node, f"{what} has a key twice")
    return dict(pairs)


def _items(node: yaml.Node) -> list[yaml.Node]:
    if not isinstance(node, yaml.SequenceNode) or not node.value:
        raise _Fault(node, "must be a list with at least one entry")
    return list(node.value)


def _text_list(node: yaml.Node) -> tuple[str, ...]:
    return tuple(dict.fromkeys(_each_text(node)))


def _each_text(node: yaml.Node) -> Iterator[str]:
    return map(_text, _items(node))


def _text(node: yaml.Node) -> str:
    """Return a text; numbers and dates without quotes are none."""
    if not isinstance(node, yaml.ScalarNode) or node.tag != "tag:yaml.org,2002:str" or not node.value.strip():
        raise _Fault(node, "must be a text")
    return str(node.value)
