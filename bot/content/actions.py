"""Load the actions of a content folder. A folder without any has those of the sample content."""

from collections.abc import Iterable, Mapping, Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from typing import Final

from dialogs.ask.pending import ABOUT_ANSWER
from dialogs.router import VERBS
from knowledge.article.action import Action, ActionBook, parse_action
from knowledge.article.article import ArticleBook, ArticleFault, Language
from knowledge.matching.matcher import Phrasing

ACTIONS: Final = "actions"


def load_actions(folder: Traversable, articles: ArticleBook, faults: list[ArticleFault]) -> ActionBook:
    """Return the sound actions; faults are added to ``faults``."""
    place = folder / ACTIONS
    if not place.is_dir():
        place = files("knowledge") / "content" / ACTIONS
    read: list[Action] = []
    for file in sorted((f for f in place.iterdir() if f.name.endswith(".yaml")), key=lambda f: f.name):
        name = f"{ACTIONS}/{file.name}"
        try:
            parsed = parse_action(
                file.read_text(encoding="utf-8"), file=name, verbs=frozenset(VERBS), about_answer=ABOUT_ANSWER
            )
        except UnicodeDecodeError as error:
            line = error.object[: error.start].count(b"\n") + 1
            parsed = (ArticleFault(file=name, line=line, reason="is not UTF-8"),)
        if isinstance(parsed, Action):
            read.append(parsed)
        else:
            faults += parsed
    known = frozenset(articles.ids())
    actions = frozenset(action.id for action in read)
    sound = []
    for action in read:
        wrong = _contradictions(action, articles=known, actions=actions, shipped=not (folder / ACTIONS).is_dir())
        faults += [ArticleFault(file=f"{ACTIONS}/{action.id}.yaml", line=1, reason=reason) for reason in wrong]
        if not wrong:
            sound.append(action)
    return ActionBook.from_actions(sound)


def _contradictions(
    action: Action, *, articles: frozenset[str], actions: frozenset[str], shipped: bool
) -> Sequence[str]:
    wrong = [f"there is an article {action.id}, too"] if action.id in articles else []
    # Actions of the sample content name articles that another folder need not have.
    if not shipped:
        wrong += [
            f"there is no article {article_id}"
            for article_id in (*action.replaces, *action.completes)
            if article_id not in articles
        ]
    return wrong + [f"there is no action {action_id}" for action_id in action.offers if action_id not in actions]


def entry_ids(actions: ActionBook, articles: ArticleBook) -> Mapping[str, str]:
    """Return the id in the index of each action: that of the article it replaces or completes, else its own."""
    known = frozenset(articles.ids())
    return {
        action.id: next(
            (article_id for article_id in (*action.replaces, *action.completes) if article_id in known), action.id
        )
        for action in actions.actions.values()
    }


def action_phrasings(actions: ActionBook, articles: ArticleBook) -> Iterable[Phrasing]:
    """Return every phrasing of every action, titles included.

    An action that replaces or completes an article has the article's id in the index, where it joins the article's
    phrasings.
    """
    entry_of = entry_ids(actions, articles)
    for action in sorted(actions.actions.values(), key=lambda action: action.id):
        entry_id = entry_of[action.id]
        for language in Language:
            for text in dict.fromkeys((action.titles[language], *action.phrasings[language])):
                yield Phrasing(article_id=entry_id, language=language, text=text)
