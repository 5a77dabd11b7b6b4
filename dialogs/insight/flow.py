"""The statistics in the chat: a short card with the key figures."""

from typing import Final

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.event import Event
from dialogs.core.feature import Feature, Verbs
from dialogs.core.message import Message
from dialogs.core.query import Flow
from dialogs.core.speaker import answer, viewer_of_event
from dialogs.core.texts import Texts
from dialogs.insight.learning import ModuleTotals
from dialogs.insight.model import ClosedPeriod
from dialogs.insight.overview import OverviewPage, overview


def show_statistics(event: Event, content: Content) -> Flow:
    """Show the newest weeks of the person's municipality, or for the provider of all. Others are refused."""
    viewer = yield from viewer_of_event(event, content)
    page = yield from overview(viewer)
    return answer(event, "insight", _statistics_card(viewer.texts, page), viewer.texts)


def _statistics_card(texts: Texts, page: OverviewPage) -> Message:
    title = texts("insight.card.title", place=page.place)
    more = texts("insight.card.more")
    if page.empty:
        none = texts("insight.none")
        return Message(
            text="\n".join((title, none)), card=card.card([card.heading(title), card.paragraph(none), card.small(more)])
        )
    sentences = [*page.effect.sentences, *filter(None, [page.effect.note])]
    lines = [title, page.span, *(f"{name}: {value}" for name, value in page.facts), *sentences]
    body = [
        card.heading(title),
        card.small(page.span),
        card.facts(page.facts),
        *(card.paragraph(sentence) for sentence in page.effect.sentences),
        *(card.small(line) for line in (page.effect.note, texts("insight.privacy"), more) if line),
    ]
    return Message(text="\n".join(lines), card=card.card(body))


VERBS: Final[Verbs] = {"insight.show": show_statistics}
# Closed to leavers, and to people with a pending removal: they still have their roles.
FEATURE: Final = Feature(
    verbs=VERBS, records=(ClosedPeriod, ModuleTotals), answers=("insight",), closed_to_leavers=("insight.",)
)
