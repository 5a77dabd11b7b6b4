"""A page of the desk, one request for it, and the notice that follows a press."""

from asyncio import Semaphore
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Concatenate, Final, ParamSpec, TypeVar
from urllib.parse import urlencode

from aiohttp import hdrs, web

from bot.budget import TurnBudget
from bot.channels.web.chat.channel import address_of
from bot.channels.web.desk.form import MOST_TEXT_BYTES, DeskForm, read_form
from bot.channels.web.desk.refill import refilled, typed_texts
from bot.channels.web.desk.rendering import render
from bot.channels.web.desk.seal import FormSeal, SearchSeal
from bot.channels.web.notice import NAMES
from bot.channels.web.parts import WebParts
from bot.channels.web.signin.signer import Cookie, OriginRule, Signer
from bot.channels.web.spec import WEB
from bot.content.link_check import LinkChecker
from bot.content.rehearsals import Rehearsals
from bot.export.bundle import Downloads
from bot.images.intake import Intake
from bot.ports import Examination, Inbox, Incoming, Sender, Turn
from bot.report.files import Reports
from bot.signin.sessions import proved_at
from bot.turn.viewing import Viewing
from dialogs.core.decision import Audit
from dialogs.core.event import Pressed
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking
from dialogs.core.review import REVIEWED, flagged_in, reviewed_in
from dialogs.core.speaker import Viewer
from dialogs.core.texts import Texts
from dialogs.core.waiting import QueueView, WorkQueue
from dialogs.signin.model import SignInMethod, WebSession

# The notice that follows a press: kept in a cookie until the next page shows it.

VALID_FOR: Final = timedelta(minutes=2)
# A cookie holds 4 kB; a character may take twelve bytes in it.
LONGEST_TEXT: Final = 240
_PURPOSE: Final = "desk.notice"


class Tone(StrEnum):
    """How a notice looks; the values are colours of the style sheet."""

    INFO = "info"
    SUCCESS = "success"
    DANGER = "danger"


@dataclass(frozen=True, slots=True, kw_only=True)
class PageNotice:
    """A text above the page, and perhaps a link to go on."""

    text: str
    tone: Tone = Tone.INFO
    href: str = ""
    label: str = ""
    # Id of the form that was carried out: the browser forgets what was written in it.
    form_id: str = ""


class NoticeCookie:
    """Carries one notice over a redirect. It is signed, and for one person."""

    def __init__(self, *, signer: Signer, origin: OriginRule) -> None:
        self.signer = signer
        self._cookie = Cookie(name="heia-notice", origin=origin, valid_for=VALID_FOR)

    def keep_notice(
        self, request: web.Request, answer: web.Response, notice: PageNotice, *, person_id: str, at: datetime
    ) -> None:
        claims = {**asdict(notice), "text": notice.text[:LONGEST_TEXT], "person": person_id}
        self._cookie.set(request, answer, self.signer.sign(_PURPOSE, claims, at=at))

    def kept_notice(self, request: web.Request, *, person_id: str, now: datetime) -> PageNotice | None:
        """Return the notice for this person, if there is one."""
        token = self._cookie.value_of(request) or ""
        claims = self.signer.verify(_PURPOSE, token, now=now, valid_for=VALID_FOR)
        if claims is None or claims["person"] != person_id:
            return None
        return PageNotice(
            text=claims["text"],
            tone=Tone(claims["tone"]),
            href=claims["href"],
            label=claims["label"],
            form_id=claims.get("form_id", ""),  # none in a cookie of an earlier version
        )

    def forget_notice(self, request: web.Request, answer: web.Response) -> None:
        """Let the browser forget a notice that was shown."""
        if self._cookie.value_of(request) is not None:
            self._cookie.drop(request, answer)


P = ParamSpec("P")
T = TypeVar("T")
EVERYONE: Final = frozenset(Role)
PATH: Final = "/desk"
# The page of the search that every page offers.
RESULTS: Final = f"{PATH}/search"


class PageGroup(StrEnum):
    """Part of the menu; each has a catalogue text, ``desk.group.…``."""

    HELP = "help"
    CONTENT = "content"
    PROGRAMS = "programs"
    COURSES = "courses"
    SERVICE = "service"


# The frame of every page sends these.
FRAME_VERBS: Final = frozenset({"profile.language"})
# What a form for searching sends in place of a verb, and the parameter of the address that has its inputs, sealed.
SEARCH: Final = "desk.search"
SEARCH_PARAMETER: Final = "search"
# What the page after an ended session sends, to have the form back with its texts.
RESUME: Final = "desk.resume"
KEPT: Final = "kept"
# The inputs of a form that such a page holds, in bytes.
MOST_KEPT_BYTES: Final = 2**18
LONGEST_SEARCH: Final = 100
MOST_PAGES: Final = 100_000

Handler = Callable[["Visit"], Awaitable[web.StreamResponse]]


async def press_and_return(visit: "Visit") -> web.StreamResponse:
    """Send the form's verb to its flow, and show the page again with the answer."""
    form = await visit.form()
    return visit.back(await visit.press(form))


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPage:
    """One page: an entry of ``table.PAGES``.

    Attributes:
        path: below ``/desk``; may have parts such as ``{id}``.
        title: key of its name, in the navigation and as the heading; of a listed one, ``<title>.lead`` is a
            sentence about it.
        roles: required, one of them. The view behind it checks the role again.
        show: makes the page.
        verbs: of the forms on it. A form with another verb is refused.
        files: inputs of its forms that take a file; ``several``: or more than one.
        act: handles a submitted form; by default ``press_and_return``.
        listed: whether the navigation names it.
        searched: names of inputs that search for people. They are sent by POST and stand sealed in the address.
        group: of a listed page: the part of the menu; None stands before all parts.
        queues: of a listed page: views of what waits there for the reader, by the key of their texts.
    """

    path: str
    title: str
    roles: frozenset[Role]
    show: Handler
    verbs: frozenset[str] = frozenset()
    files: frozenset[str] = frozenset()
    several: bool = False
    act: Handler = press_and_return
    listed: bool = True
    searched: frozenset[str] = frozenset()
    group: PageGroup | None = None
    queues: Mapping[str, QueueView] = field(default_factory=dict)

    @property
    def lead(self) -> str:
        """The key of the sentence about the page."""
        return f"{self.title}.lead"

    def is_above(self, other: "DeskPage") -> bool:
        """Return whether ``other`` is this page, or belongs to it by its path."""
        return self.path == other.path or (self.path != PATH and other.path.startswith(f"{self.path}/"))

    def is_for(self, person: Person) -> bool:
        """Return whether the person may see the page."""
        return not person.is_outsider and person.has(*self.roles)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskParts:
    """What every page uses.

    ``turns`` is the budget of acts and pages, if there is one. ``reports``, ``images`` and ``downloads`` are the files
    of pages; ``examine`` looks at the installation, ``rehearsals`` tries drafts,
    ``links`` addresses.
    """

    web: WebParts
    inbox: Inbox
    views: Viewing
    notices: NoticeCookie
    searches: SearchSeal
    forms: FormSeal
    pages: Sequence[DeskPage]
    turns: TurnBudget | None = None
    reports: Reports | None = None
    images: Intake | None = None
    downloads: Downloads | None = None
    examine: Examination | None = None
    rehearsals: Rehearsals | None = None
    links: LinkChecker | None = None
    # Large forms that are read at once; each may hold 10 MB.
    uploads: Semaphore = field(default_factory=lambda: Semaphore(8))


@dataclass(frozen=True, slots=True, kw_only=True)
class PressOutcome:
    """The answer of a flow to a form.

    ``texts``: its texts. ``href``: where to go on, named ``label``. ``done``: it wrote something, or had done so before
    the form came a second time.
    """

    texts: tuple[str, ...]
    done: bool = False
    refused: bool = False
    needs_proof: bool = False
    href: str = ""
    label: str = ""

    @property
    def summary(self) -> str:
        return "\n".join(dict.fromkeys(self.texts))


class WordsNeedReview(Exception):
    """A flow warns about words of the form before they reach another person; nothing changed."""

    def __init__(self, sentences: str, fingerprint: str) -> None:
        super().__init__()
        self.sentences = sentences
        self.fingerprint = fingerprint


class FormOfAnother(Exception):
    """The form was shown to another person; nothing changed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One request of a signed-in person for a page they may see.

    Attributes:
        waiting: what waits for them on all pages; read for the start page.
        counts: number of waiting items by the path of their page, for the menu.
        resumed: inputs of a form that came after the session had ended, to be filled in again.
    """

    request: web.Request
    page: DeskPage
    person: Person
    texts: Texts
    session: WebSession
    desk: DeskParts
    waiting: tuple[WorkQueue, ...] = ()
    counts: Mapping[str, int] = field(default_factory=dict)
    resumed: Mapping[str, Sequence[str]] = field(default_factory=dict)
    read: dict[str, DeskForm] = field(default_factory=dict)

    def query(self, name: str, *, most: int = 100) -> str:
        """Return an input of the search, or else a parameter of the address, cut to ``most`` characters."""
        given = self.search if name in self.page.searched else self.request.query
        return given.get(name, "")[:most].strip()

    @property
    def search(self) -> Mapping[str, str]:
        """What the person searched for on this page; empty without a search."""
        sealed = self.request.query.get(SEARCH_PARAMETER, "")
        now = self.desk.web.clock.now()
        opened = self.desk.searches.unseal(sealed, person_id=self.person.id, path=self.request.path, now=now)
        return {name: value for name, value in opened.items() if name in self.page.searched}

    def show_search(self, form: DeskForm) -> web.Response:
        """Return the redirect to the result of a search."""
        inputs = {name: form.data.get(name, "").strip()[:LONGEST_SEARCH] for name in sorted(self.page.searched)}
        return see_other(self.search_address(self.request.path, inputs) if any(inputs.values()) else self.request.path)

    def search_address(self, path: str, inputs: Mapping[str, str]) -> str:
        """Return the address of the result of a search on the page at ``path``."""
        now = self.desk.web.clock.now()
        sealed = self.desk.searches.seal(inputs, person_id=self.person.id, path=path, at=now)
        return f"{path}?{urlencode({SEARCH_PARAMETER: sealed})}"

    @property
    def page_number(self) -> int:
        """The number in ``?page=``, from 1."""
        given = self.request.query.get("page", "")
        return min(max(1, int(given)), MOST_PAGES) if given.isascii() and given.isdigit() and len(given) < 8 else 1

    async def view(self, view: Callable[Concatenate[Viewer, P], Asking[T]], *args: P.args, **kwargs: P.kwargs) -> T:
        """Return the page model of a view. Raises EventRefused, which the desk shows as its page 403."""
        return await self.desk.views.view(self.person.id, view, *args, **kwargs)

    async def record(self, act: str, subject: str, *, about_person: bool = False) -> None:
        """Record in the audit log that the person read this, as the card in the chat does."""
        read = Audit(act=act, subject=subject, by=self.person.id, about_person=about_person, repeatable=True)
        await self.desk.views.record(read)

    async def form(self) -> DeskForm:
        """Return the submitted form; its verb is one of the page's. Raises HTTPBadRequest, FormOfAnother."""
        if "form" not in self.read:
            small = (self.request.content_length or MOST_TEXT_BYTES + 1) <= MOST_TEXT_BYTES
            async with nullcontext() if small or not self.page.files else self.desk.uploads:
                form = await read_form(self.request, files=self.page.files, several=self.page.several)
            if form.mark and not self.desk.forms.is_mark(form.mark, form.id, person_id=self.person.id):
                raise FormOfAnother
            searches = form.verb == SEARCH and bool(self.page.searched)
            if form.verb not in self.page.verbs | FRAME_VERBS | {RESUME} and not searches:
                raise web.HTTPBadRequest
            self.read["form"] = form
        return self.read["form"]

    async def resume(self) -> web.StreamResponse:
        """Show the page with the form as it was sent after the session had ended. Nothing is done."""
        form, now = await self.form(), self.desk.web.clock.now()
        if not form.mark:
            raise web.HTTPBadRequest
        inputs = self.desk.forms.kept(form.data.get(KEPT, ""), mark=form.mark, path=self.request.path, now=now)
        if not inputs:
            return self.render_fault(410, self.texts("desk.resume.gone"))
        return await self.page.show(replace(self, resumed=inputs))

    async def press(self, form: DeskForm, **more: str) -> PressOutcome:
        """Send the verb to its flow, as a press in the chat is sent; ``more`` is further data.

        Raises StoreUnavailable, Overloaded, TurnFailed, UnknownPerson, WordsNeedReview.
        """
        turns = self.desk.turns
        if turns is not None and not turns.take(self.person.id, characters=form.characters):
            key = "common.enough_today" if turns.is_day_spent(self.person.id) else "web.fault.too_fast"
            return PressOutcome(texts=(self.texts(key),), refused=True)
        incoming = Incoming(
            # Of the person, so that another person cannot use up the form.
            id=f"desk:{self.person.id}:{form.id}",
            channel=WEB,
            sender=Sender(name=self.person.name, person_id=self.person.id, proved_at=proved_at(self.session)),
            address=address_of(self.person.id),
            conversation_id=f"web:{self.person.id}",
            # A page may send other data than the form's own.
            what=Pressed(verb=form.verb, data={**form.data, **more, **await self._confirmation()}),
            from_page=True,
        )
        turn = await self.desk.inbox.receive(incoming)
        for reply in turn.replies:
            if (fingerprint := reviewed_in(reply)) is not None:
                raise WordsNeedReview(reply.text, fingerprint)
        return self._outcome(turn)

    async def _confirmation(self) -> Mapping[str, str]:
        """Return what confirms the warning that the form answers."""
        sent = (await self.form()).data
        return {REVIEWED: sent[REVIEWED]} if REVIEWED in sent else {}

    def render_warning(self, warning: WordsNeedReview) -> web.Response:
        """Return the page that warns about words of the form, with the whole form to edit or to send anyway."""
        form = self.read["form"]
        left = {name: value for name, value in form.data.items() if name != REVIEWED}
        words = flagged_in(left)
        return self.render(
            "warning.html",
            sentences=warning.sentences,
            confirmed={**left, REVIEWED: warning.fingerprint},
            verb=form.verb,
            words=words,
            others={name: value for name, value in left.items() if name not in words},
            with_files=bool(form.files),
        )

    def _outcome(self, turn: Turn) -> PressOutcome:
        if turn.duplicate:
            return PressOutcome(texts=(self.texts("desk.done_before"),), done=True)
        if turn.needs_proof:
            return PressOutcome(texts=(self.texts("desk.step_up"),), refused=True, needs_proof=True)
        said = [reply.text for reply in turn.replies]
        texts = tuple(said if turn.notice is None else [turn.notice, *said])
        done = turn.changed and not turn.refused
        return PressOutcome(
            texts=texts or (self.texts("desk.done" if done else "desk.nothing"),), done=done, refused=turn.refused
        )

    def back(self, outcome: PressOutcome, *, to: str = "") -> web.Response:
        """Return the redirect to ``to``, by default to the same page, which then shows the outcome as a notice."""
        place = to or self.request.path_qs
        # Without a fragment the browser keeps the one of the page before, and the notice may be out of sight.
        answer, notice = see_other(place if "#" in place else f"{place}#notice"), self.notice_of(outcome)
        now = self.desk.web.clock.now()
        self.desk.notices.keep_notice(self.request, answer, notice, person_id=self.person.id, at=now)
        return answer

    def notice_of(self, outcome: PressOutcome) -> PageNotice:
        """Return the outcome as a notice, for a page that shows its form again."""
        tone = Tone.DANGER if outcome.refused else Tone.SUCCESS if outcome.done else Tone.INFO
        if not outcome.needs_proof:
            done = self.read["form"].id if outcome.done and "form" in self.read else ""
            return PageNotice(text=outcome.summary, tone=tone, href=outcome.href, label=outcome.label, form_id=done)
        # A link, because a form may not be redirected to a provider (form-action of the security policy).
        again = f"/signin/again?{urlencode({'next': self.request.path})}"
        return PageNotice(text=outcome.summary, tone=tone, href=again, label=self.texts("desk.step_up.link"))

    def render(
        self, template: str, *, status: int = 200, notice: PageNotice | None = None, **values: Any
    ) -> web.Response:
        """Return the page of a template in ``desk/templates``; ``values`` are its names.

        ``notice``: instead of the one that a press before left.
        """
        now = self.desk.web.clock.now()
        kept = self.desk.notices.kept_notice(self.request, person_id=self.person.id, now=now)
        if self.resumed:
            kept = PageNotice(text=self.texts("desk.resume.back"))
        frame = {
            "title": self.texts(self.page.title),
            "path": self.request.path,
            "page": self.page,
            "person": self.person,
            "chat": self.chat,
            "languages": NAMES,
            "pages": self.pages,
            "groups": self._groups(),
            "results": RESULTS,
            "counts": self.counts,
            "notice": notice or kept,
            "form_id": self._marked_form_id,
            "link": self.address_with,
            "searching": bool(self.search),
            "filtered": any(value for name, value in self.request.query.items() if name != "page"),
            "browser_key": self.desk.notices.signer.browser_key(self.person.id),
            "answers_form": self.request.method == hdrs.METH_POST,
        }
        body = render(template, **frame_values(self.texts), **frame, typed=(), **values)
        if self.resumed:
            # Without its form the page shows the texts, to copy.
            body = refilled(body, self.resumed) or render(
                template, **frame_values(self.texts), **frame, typed=typed_texts(self.resumed), **values
            )
        answer = page_response(body, status=status)
        if self.request.method != hdrs.METH_HEAD:
            self.desk.notices.forget_notice(self.request, answer)
        return answer

    def _marked_form_id(self) -> str:
        form_id = self.desk.web.rng.new_id("form")
        return f"{form_id}.{self.desk.forms.mark(form_id, person_id=self.person.id)}"

    @property
    def pages(self) -> list[DeskPage]:
        """The listed pages of the person, in the order of the menu."""
        return [page for page in self.desk.pages if page.listed and page.is_for(self.person)]

    def _groups(self) -> list[tuple[PageGroup | None, list[DeskPage]]]:
        """Return the parts of the menu with their pages."""
        parts = ((group, [page for page in self.pages if page.group is group]) for group in (None, *PageGroup))
        return [(group, pages) for group, pages in parts if pages]

    def render_fault(self, status: int, text: str) -> web.Response:
        """Return the page of a fault, with the menu of every page."""
        return self.render("fault_page.html", status=status, text=text)

    @property
    def chat(self) -> str:
        """The address of the person's chat."""
        return f"/chat?{urlencode({'as': self.person.id})}" if self.session.way is SignInMethod.CHOSEN else "/chat"

    def address_with(self, **changes: object) -> str:
        """Return this page's address with some parameters changed; None or an empty text takes one away."""
        query = {**self.request.query, **{name: str(value) for name, value in changes.items() if value is not None}}
        left = {name: value for name, value in query.items() if value and changes.get(name, "") is not None}
        return f"{self.request.path}?{urlencode(left)}" if left else self.request.path

    def download(self, name: str, media_type: str, body: bytes) -> web.Response:
        """Return a file to save."""
        return web.Response(body=body, headers=dict(self.desk.web.pages.attachment(name, media_type)))


def frame_values(texts: Texts) -> dict[str, Any]:
    """Return what the layout of every page uses."""
    return {"t": texts, "language": texts.language}


def page_response(body: str, *, status: int = 200) -> web.Response:
    headers = {hdrs.CACHE_CONTROL: "no-store"}  # many people share a machine
    return web.Response(text=body, status=status, content_type="text/html", headers=headers)


def see_other(address: str) -> web.Response:
    """Return the redirect after a form."""
    return web.Response(status=303, headers={hdrs.LOCATION: address, hdrs.CACHE_CONTROL: "no-store"})
