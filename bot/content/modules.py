"""Load e-learning modules with their own content, pictures, themes and plans."""

from collections.abc import Collection, Iterator, Sequence
from importlib.resources.abc import Traversable
from typing import Final

from bot.ports import StoredImage
from knowledge.article.article import ArticleFault, Language
from knowledge.article.house_style import wrong_terms
from knowledge.learning.curriculum import Curriculum, LearningPlan, parse_curriculum
from knowledge.learning.module import PICTURE_ID, PICTURE_NAME, LearningModule, parse_module

CURRICULUM: Final = "learning.yaml"
MODULES: Final = "modules"
PICTURES: Final = "pictures"
# A picture travels inside the message to Teams, where 60 kB of it are shown whole.
MAX_PICTURE_BYTES: Final = 500_000
_TYPES: Final = {".png": "png", ".jpg": "jpeg"}
_SIGNATURES: Final = {".png": b"\x89PNG\r\n\x1a\n", ".jpg": b"\xff\xd8\xff"}


def load_curriculum(folder: Traversable, linked: Sequence[LearningModule], faults: list[ArticleFault]) -> Curriculum:
    """Return the sound modules, themes and plans; faults are added to ``faults``.

    Args:
        linked: modules of an outside centre, from ``courses.yaml``.
    """
    text = _text_of_file(folder / CURRICULUM, CURRICULUM, faults)
    curriculum, curriculum_faults = parse_curriculum(text or "", file=CURRICULUM)
    faults += curriculum_faults
    modules = {module.id: module for module in linked}
    for file in _files_in(folder / MODULES, ".yaml"):
        name = f"{MODULES}/{file.name}"
        written = _text_of_file(file, name, faults)
        if written is None:
            continue
        parsed = parse_module(written, file=name)
        if not isinstance(parsed, LearningModule):
            faults += parsed
            continue
        if parsed.id in modules:
            faults.append(ArticleFault(file=name, line=1, reason=f"there is a module {parsed.id} in courses.yaml, too"))
        faults += _broken_pictures(folder, parsed, name)
        modules[parsed.id] = parsed
    known = frozenset(modules)
    faults += [fault for plan in curriculum.plans for fault in _missing_modules(plan, known, text or "")]
    return curriculum.with_modules(tuple(modules.values()))


def review_modules(folder: Traversable, curriculum: Curriculum, *, articles: Collection[str]) -> Iterator[ArticleFault]:
    """Yield what editors should know about sound modules: unknown articles and themes, terms, a missing question.

    Args:
        articles: ids that a module may name.
    """
    themes = {theme.id for theme in curriculum.themes}
    for file in _files_in(folder / MODULES, ".yaml"):
        module = curriculum.module(file.name.removesuffix(".yaml"))
        if module is None or not (module.steps or module.url):
            continue
        text, name = _text_of_file(file, file.name, []) or "", f"{MODULES}/{file.name}"
        for missing in (article_id for article_id in module.articles if article_id not in articles):
            yield _fault_at(text, name, missing, f"'articles' names {missing}, which is no article")
        if module.theme and module.theme not in themes:
            yield _fault_at(text, name, "theme:", f"'theme' names {module.theme}, which is no theme of {CURRICULUM}")
        if module.steps and not module.questions:
            yield _fault_at(text, name, "steps:", "asks nothing: a question or two makes it stick", notice=True)
        for language, said in _wordings(module):
            for wrong in wrong_terms(said, language):
                reason = f"says '{wrong.word}' in {language}, the term is '{wrong.say}'"
                yield _fault_at(text.lower(), name, wrong.word.lower(), reason, notice=True)


def _wordings(module: LearningModule) -> Iterator[tuple[Language, str]]:
    for language in Language:
        texts = [module.title]
        for step in module.steps:
            texts += [step.text, step.explanation, *(choice.text for choice in step.choices)]
        yield language, "\n".join(wording[language] for wording in texts if language in wording)


def _fault_at(text: str, name: str, words: str, reason: str, *, notice: bool = False) -> ArticleFault:
    line = next((number for number, content_line in enumerate(text.splitlines(), 1) if words in content_line), 1)
    return ArticleFault(file=name, line=line, reason=reason, notice=notice)


def published_picture(folder: Traversable, image_id: str) -> StoredImage | None:
    """Return the picture of a module that a message names; None for any other image."""
    if not image_id.startswith(PICTURE_ID):
        return None
    name = image_id.removeprefix(PICTURE_ID)
    body = picture_bytes(folder, name)
    return None if body is None else StoredImage(body=body, media_type=f"image/{_TYPES[name[name.rindex('.') :]]}")


def picture_bytes(folder: Traversable, name: str) -> bytes | None:
    """Return a module's PNG or JPEG picture; None if missing or invalid."""
    if not PICTURE_NAME.fullmatch(name):
        return None
    file = folder / MODULES / PICTURES / name
    try:
        body = file.read_bytes()
    except OSError:
        return None
    ending = name[name.rindex(".") :]
    return body if body.startswith(_SIGNATURES[ending]) and len(body) <= MAX_PICTURE_BYTES else None


def _missing_modules(plan: LearningPlan, known: frozenset[str], text: str) -> list[ArticleFault]:
    """Return a fault for each module of a plan that does not exist; the plan is shown without it."""
    return [
        _fault_at(text, CURRICULUM, missing, f"the plan '{plan.id}' names {missing}, which is no sound module")
        for missing in plan.modules
        if missing not in known
    ]


def _broken_pictures(folder: Traversable, module: LearningModule, name: str) -> list[ArticleFault]:
    """Return a fault for each picture that cannot be shown; its step is shown without it."""
    names = [step.picture.file for step in module.steps if step.picture is not None]
    reason = f"is no PNG or JPEG image of at most {MAX_PICTURE_BYTES // 1000} kB in {MODULES}/{PICTURES}"
    return [
        ArticleFault(file=name, line=1, reason=f"the picture {picture} {reason}")
        for picture in names
        if picture_bytes(folder, picture) is None
    ]


def _files_in(place: Traversable, ending: str) -> list[Traversable]:
    if not place.is_dir():
        return []
    return sorted((file for file in place.iterdir() if file.name.endswith(ending)), key=lambda file: file.name)


def _text_of_file(file: Traversable, name: str, faults: list[ArticleFault]) -> str | None:
    """Return the text of a file, empty if it is missing; None if it is not UTF-8, which is a fault."""
    try:
        return file.read_text(encoding="utf-8") if file.is_file() else ""
    except UnicodeDecodeError as error:
        line = error.object[: error.start].count(b"\n") + 1
        faults.append(ArticleFault(file=name, line=line, reason="is not UTF-8"))
        return None
