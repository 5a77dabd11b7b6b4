"""The entrance page: the operator's name, a button for each provider, guests, and sample people."""

from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Final
from urllib.parse import urlencode

from aiohttp import web

from bot.channels.web.notice import NAMES
from bot.channels.web.page import Pages
from bot.signin.oidc.config import Provider
from bot.signin.oidc.fetch import FaultReason
from dialogs.core.texts import Texts
from knowledge.article.article import Language
from knowledge.organisation.organisation import Organisation

PATH: Final = "/signin"
CHAT: Final = "/chat"
# With fewer, reading the names is quicker than writing an address.
SEARCHED_ABOVE: Final = 1


class Entrance:
    """Makes the page. It works without scripts."""

    def __init__(
        self,
        *,
        pages: Pages,
        providers: Sequence[Provider],
        organisation: Callable[[], Organisation],
        allow_guests: bool,
    ) -> None:
        self._pages = pages
        self._providers = tuple(providers)
        self._organisation = organisation
        self._allow_guests = allow_guests

    def answer(
        self,
        texts: Texts,
        *,
        fault: FaultReason | None = None,
        provider: Provider | None = None,
        chosen: Provider | None = None,
        unmatched: bool = False,
        fresh: bool = False,
        next_path: str = CHAT,
    ) -> web.Response:
        """Return the page.

        Args:
            fault: why the last sign-in ended, at ``provider``.
            chosen: the provider of an e-mail address; its button comes alone.
            unmatched: no provider has the domain of the e-mail address.
            fresh: the provider must ask for a proof again, for an act that needs a recent sign-in.
            next_path: the page to show afterwards.
        """
        alert = self._alert(texts, fault, provider)
        if unmatched:
            alert = texts("signin.email.unmatched")
        kept = {"fault": fault, "provider": provider.id if provider else "", "fresh": "1" if fresh else ""}
        kept["next"] = next_path if next_path != CHAT else ""
        after = {"fresh": kept["fresh"], "next": kept["next"]}
        shown = (chosen,) if chosen is not None else self._providers
        lead = texts("signin.email.matched") if chosen is not None else self._lead(texts, fresh=fresh)
        return self._pages.signin(
            texts,
            lead=lead,
            alert=f'<p class="alert" role="alert">{escape(alert)}</p>' if alert else "",
            buttons="".join(_button(texts, option, after) for option in shown),
            search="" if chosen is not None else self._search(texts, after, unmatched=unmatched),
            guest="" if fresh else self._guest(texts),
            languages=" ".join(_language(language, name, texts.language, kept) for language, name in NAMES.items()),
        )

    def _lead(self, texts: Texts, *, fresh: bool) -> str:
        if fresh:
            return texts("signin.lead.fresh")
        municipalities = self._organisation().municipalities.values()
        operators = [municipality for municipality in municipalities if municipality.provider] or list(municipalities)
        if len(operators) != 1:
            return texts("signin.lead")
        return texts("signin.lead.operator", operator=operators[0].names.text(texts.language))

    def _alert(self, texts: Texts, fault: FaultReason | None, provider: Provider | None) -> str:
        if fault is None:
            return ""
        sentence = texts(f"signin.fault.{fault}")
        municipality = self._organisation().municipalities.get(provider.municipalities[0]) if provider else None
        contact = municipality.contact if municipality is not None else None
        if contact is None or fault not in CONTACT_HELPS:
            return sentence
        helper = texts("signin.contact", role=contact.role.text(texts.language), address=contact.address)
        return f"{sentence} {helper}"

    def _search(self, texts: Texts, after: Mapping[str, str | None], *, unmatched: bool) -> str:
        if len(self._providers) <= SEARCHED_ABOVE or not any(provider.email_domains for provider in self._providers):
            return ""
        invalid = ' aria-invalid="true"' if unmatched else ""
        again = "".join(
            f'<input type="hidden" name="{name}" value="{escape(value)}">' for name, value in after.items() if value
        )
        return (
            f'<form class="by-email" method="post" action="{PATH}/choose">{again}'
            f'<label for="email">{escape(texts("signin.email.label"))}</label>'
            f'<input id="email" name="email" type="email" autocomplete="email" required maxlength="254"{invalid}>'
            f'<button type="submit">{escape(texts("signin.email.button"))}</button></form>'
        )

    def _guest(self, texts: Texts) -> str:
        if not self._allow_guests:
            return ""
        return (
            f'<form class="as-guest" method="post" action="{PATH}/guest"><p>{escape(texts("signin.guest.text"))}</p>'
            f'<button type="submit">{escape(texts("signin.guest.button"))}</button></form>'
        )


CONTACT_HELPS: Final = frozenset(
    {FaultReason.LEFT, FaultReason.UNKNOWN, FaultReason.NOT_ALLOWED, FaultReason.PROVIDER, FaultReason.WEAK}
)


def _language(language: Language, name: str, current: Language, kept: Mapping[str, str | None]) -> str:
    # The other language says the same: why the last sign-in ended, and what the next one is for.
    query = escape(urlencode({"lang": language, **{key: value for key, value in kept.items() if value}}))
    marked = ' aria-current="true"' if language is current else ""
    return f'<a href="{PATH}?{query}" lang="{language}" hreflang="{language}"{marked}>{escape(name)}</a>'


def _button(texts: Texts, provider: Provider, after: Mapping[str, str | None]) -> str:
    query = urlencode({name: value for name, value in after.items() if value})
    again = escape(f"?{query}") if query else ""
    words = escape(texts("signin.button", provider=provider.name(texts.language)))
    # A page in a frame cannot show the provider, which refuses frames.
    return f'<li><a class="primary" href="{PATH}/{escape(provider.id)}{again}" target="_top">{words}</a></li>'
