"""The curriculum: every module, the themes that order them, and plans by role and sector."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from knowledge.article.article import ArticleFault, Language
from knowledge.learning.module import LearningModule
from knowledge.learning.yaml_reader import FieldPath, YamlReader
from knowledge.organisation.unit import Sector
from knowledge.yaml_fault import BadYaml

MAX_THEMES: Final = 20
MAX_PLANS: Final = 40
MAX_NAME: Final = 60
_ID: Final = re.compile(r"[a-z0-9][a-z0-9-]{0,60}")


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningTheme:
    """A theme, such as security; it orders the modules."""

    id: str
    title: Mapping[Language, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class LearningPlan:
    """What a role should learn, in order. It is suggested first to people of its ``sectors``."""

    id: str
    title: Mapping[Language, str]
    modules: tuple[str, ...]
    sectors: frozenset[Sector] = frozenset()


@dataclass(frozen=True, slots=True, kw_only=True)
class Curriculum:
    """All modules, in the order of their themes; the themes, and the plans."""

    modules: tuple[LearningModule, ...] = ()
    themes: tuple[LearningTheme, ...] = ()
    plans: tuple[LearningPlan, ...] = ()

    def module(self, module_id: str) -> LearningModule | None:
        return next((module for module in self.modules if module.id == module_id), None)

    def theme(self, theme_id: str) -> LearningTheme | None:
        return next((theme for theme in self.themes if theme.id == theme_id), None)

    def plan(self, plan_id: str) -> LearningPlan | None:
        return next((plan for plan in self.plans if plan.id == plan_id), None)

    def modules_of(self, plan: LearningPlan) -> tuple[LearningModule, ...]:
        """Return the modules of a plan that exist, in its order."""
        modules = (self.module(module_id) for module_id in plan.modules)
        return tuple(module for module in modules if module is not None)

    def plans_for(self, sector: Sector | None) -> tuple[LearningPlan, ...]:
        """Return all plans, those of a sector first, then those of no sector."""
        return tuple(sorted(self.plans, key=lambda plan: (sector not in plan.sectors, bool(plan.sectors))))

    def suggested_plan(self, sector: Sector | None) -> LearningPlan | None:
        """Return the first plan of a sector; None if there is none."""
        return next((plan for plan in self.plans if sector is not None and sector in plan.sectors), None)

    def about(self, article_id: str) -> tuple[LearningModule, ...]:
        """Return the modules that name an article as guidance; first those that name it first."""
        modules = (module for module in self.modules if article_id in module.articles)
        return tuple(sorted(modules, key=lambda module: module.articles.index(article_id)))

    def with_modules(self, modules: Sequence[LearningModule]) -> "Curriculum":
        """Return the curriculum with these modules, ordered by theme; in a theme, links to an outside centre last."""
        order = {theme.id: number for number, theme in enumerate(self.themes)}
        by_theme = sorted(modules, key=lambda module: (order.get(module.theme, len(order)), not module.steps))
        return replace(self, modules=tuple(by_theme))


def parse_curriculum(text: str, *, file: str) -> tuple[Curriculum, tuple[ArticleFault, ...]]:
    """Parse themes and plans; return the sound ones, and all faults found."""
    if not text.strip():
        return Curriculum(), ()
    try:
        reader = YamlReader(text, file=file)
    except BadYaml as bad:
        return Curriculum(), (ArticleFault(file=file, line=bad.line, reason=bad.reason),)
    fields = reader.fields((), reader.value, allowed=frozenset({"themes", "plans"}), of="the curriculum")
    themes = tuple(
        LearningTheme(id=id_, title=title)
        for id_, title, _, _ in _named_entries(reader, "themes", fields.get("themes"), most=MAX_THEMES)
    )
    plans = []
    for id_, title, path, entry in _named_entries(reader, "plans", fields.get("plans"), most=MAX_PLANS):
        modules = reader.id_list((*path, "modules"), entry.get("modules"))
        if not modules:
            reader.add_fault((*path, "modules"), f"the plan '{id_}' has no modules")
        sectors = reader.id_list((*path, "sectors"), entry.get("sectors"))
        for strange in sorted(set(sectors) - set(Sector)):
            reader.add_fault((*path, "sectors"), f"'{strange}' is no sector: {', '.join(Sector)}")
        known = frozenset(Sector(sector) for sector in sectors if sector in set(Sector))
        plans.append(LearningPlan(id=id_, title=title, modules=modules, sectors=known))
    return Curriculum(themes=themes, plans=tuple(plans)), tuple(sorted(reader.faults, key=lambda fault: fault.line))


def _named_entries(
    reader: YamlReader, name: str, value: Any, *, most: int
) -> Iterator[tuple[str, Mapping[Language, str], FieldPath, Mapping[str, Any]]]:
    """Yield id, title, place and fields of each entry with a sound id and title."""
    allowed = {"themes": frozenset({"id", "title"}), "plans": frozenset({"id", "title", "sectors", "modules"})}[name]
    entries = reader.entries((name,), value)
    if len(entries) > most:
        reader.add_fault((name,), f"has {len(entries)} {name}, at most {most} are read")
    seen: set[str] = set()
    for number, entry in enumerate(entries[:most]):
        path: FieldPath = (name, number)
        fields = reader.fields(path, entry, allowed=allowed, of=f"an entry of '{name}'")
        id_ = fields.get("id")
        if not isinstance(id_, str) or not _ID.fullmatch(id_) or id_ in seen:
            reader.add_fault((*path, "id"), "'id' must be small letters, digits and hyphens, and no other entry's")
            continue
        seen.add(id_)
        title = reader.in_each_language((*path, "title"), fields.get("title"), longest=MAX_NAME)
        if title:
            yield id_, title, path, fields
