"""The links of an editor's texts, tried on the hosts that the operator lists, for a page."""

from collections.abc import Iterable
from dataclasses import dataclass

from bot.channels.web.desk.visit import Visit
from bot.content.link_check import LinkState
from knowledge.article.links import links


@dataclass(frozen=True, slots=True, kw_only=True)
class ReportedLink:
    """One address with its finding in words. ``warns``: readers may not get there."""

    url: str
    told: str
    warns: bool


async def reported_links(visit: Visit, texts: Iterable[str], more: Iterable[str] = ()) -> tuple[ReportedLink, ...]:
    """Return the addresses in Markdown texts, and ``more``, tried; none without hosts that may be tried."""
    checker = visit.desk.links
    if checker is None:
        return ()
    addresses = [*(link.url for text in texts for link in links(text)), *more]
    checked = await checker.check(url for url in addresses if url.startswith(("http://", "https://")))
    return tuple(
        ReportedLink(
            url=link.url,
            told=visit.texts(f"link.state.{link.state}", detail=link.detail),
            warns=link.state in {LinkState.GONE, LinkState.SILENT, LinkState.PRIVATE},
        )
        for link in checked
    )
