"""The stage of the desk: its pages over the store in memory, with the real runtime and the sample municipalities."""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

import structlog
from aiohttp import web

from bot.app.clock import SystemRandomSource
from bot.app.maintenance import Maintenance
from bot.budget import TurnBudget
from bot.channels.web.desk.routes import Desk
from bot.channels.web.desk.seal import FormSeal, SearchSeal
from bot.channels.web.desk.table import DESK_ROLES, PAGES
from bot.channels.web.desk.visit import DeskPage, DeskParts, NoticeCookie
from bot.channels.web.parts import WebParts
from bot.channels.web.plan_files import PlanFiles
from bot.channels.web.signin.signer import Signer
from bot.channels.web.signin.ways import SamplePerson
from bot.channels.web.signin.web_sign_in import WebSignIn
from bot.content.catalogue import commands_of, load_catalogue
from bot.content.link_check import LinkChecker
from bot.content.loading import shipped_sentences
from bot.content.program_import import program_changes
from bot.content.rehearsals import Rehearsals
from bot.directory.current import load_sample
from bot.ports import Commit, Delivery, DeliveryStatus, HealthFinding, HealthReport, Incoming, Key, Settled, Turn
from bot.records.codec import decode, write_of
from bot.signin.former import FormerMarks
from bot.turn.identity import Directory
from bot.turn.runtime import Runtime
from bot.turn.viewing import Viewing
from dialogs.core.content import Content, StepUp
from dialogs.core.decision import Put
from dialogs.core.person import Person, Role
from dialogs.core.record import Record
from dialogs.rehearsal.asked import AskedAgain
from dialogs.rehearsal.result import ChangedOutcome, RehearsalResult
from dialogs.rehearsal.verdict import Captured
from dialogs.router import route
from knowledge.article.change import ArticleChange
from knowledge.matching.grouping import group_questions, near_questions
from knowledge.matching.match import Match, Phrasing
from knowledge.matching.naming import nearest_sentences, terms_in
from knowledge.matching.policy import Outcome, OutcomeKind, Policy
from tests.channels import CHANNELS, WEB
from tests.e2e.browser.stage import KEY, Stage
from tests.learned import sample_content, sample_matcher

FORMER = FormerMarks(b"d" * 32)

R = TypeVar("R", bound=Record)


class DeskStage(Stage):
    """Serves the desk to the people of the sample. Pages may be given instead of those of the table."""

    def __init__(
        self,
        *,
        pages: Sequence[DeskPage] = PAGES,
        step_up: StepUp | None = None,
        turns: TurnBudget | None = None,
        links: LinkChecker | None = None,
        **settings: Any,
    ) -> None:
        super().__init__(desk_roles=DESK_ROLES, **settings)
        loaded = sample_content()
        self.pages = pages
        self.turns = turns
        self.links = links
        self.content = Content(
            articles=loaded.articles,
            files=loaded.files,
            actions=loaded.actions,
            organisation=loaded.organisation,
            texts=load_catalogue(),
            policy=Policy(),
            milestones=loaded.milestones,
            register=loaded.register,
            curriculum=loaded.curriculum,
            holidays=loaded.holidays,
            channels=CHANNELS,
            commands=commands_of(load_catalogue()),
            step_up=step_up,
        )
        self.delivered: list[Delivery] = []
        self.findings: tuple[HealthFinding, ...] = ()
        self.runtime = Runtime(
            store=self.store,
            directory=Directory(store=self.store, former=FORMER),
            understanding=self,
            route=route,
            content=lambda: self.content,
            sender=self,
            jobs=Maintenance(store=self.store, clock=self.clock).jobs,
            former=FORMER,
            clock=self.clock,
            rng=SystemRandomSource(),
            stages=self,
            log=structlog.get_logger(),
        )

    def more_routes(self, parts: WebParts, sign_in: WebSignIn) -> Sequence[web.RouteDef]:
        views = Viewing(
            store=self.store,
            understanding=self,
            content=lambda: self.content,
            clock=self.clock,
            rng=SystemRandomSource(),
        )
        desk = DeskParts(
            web=parts,
            inbox=self,
            views=views,
            notices=NoticeCookie(signer=Signer(KEY), origin=parts.origin),
            searches=SearchSeal((KEY,)),
            forms=FormSeal((KEY,)),
            pages=self.pages,
            turns=self.turns,
            images=self.intake,
            rehearsals=Rehearsals(
                rehearse=self.rehearse, store=self.store, clock=self.clock, log=structlog.get_logger()
            ),
            downloads=self.downloads,
            examine=self.examine,
            links=self.links,
        )
        plan = PlanFiles(parts=parts, views=views, texts=lambda language: self.content.texts[language])
        return [*Desk(desk, sign_in=sign_in, session_of=self.chat.visitor).routes(), *plan.routes()]

    # What a test looks at and changes

    @property
    def desk(self) -> str:
        return f"http://127.0.0.1:{self.port}/desk"

    async def put(self, *records: Record) -> None:
        """Store records, whatever is there."""
        at = self.clock.now()
        writes = [write_of(Put(record=each), await self._versions(each)) for each in records]
        await self.store.commit(Commit(at=at, records=tuple(writes)))

    async def all_of(self, kind: type[R]) -> list[R]:
        """Return the records of a kind that has the term ``all``."""
        return [decode(kind, each) for each in await self.store.find(kind.KIND, "all")]

    async def publish_programs(self) -> None:
        """Let the register have what was decided, as every process does within a second."""
        changes = await program_changes(self.store)
        register = self.content.register.with_changes(changes)
        self.content = replace(self.content, register=register)

    async def holder_of(self, *roles: Role, municipality_id: str | None = None) -> Person:
        """Return a sample person with all of ``roles``, by default of any municipality."""
        people = [decode(Person, each) for each in await self.store.find(Person.KIND, "registered")]
        return next(
            each for each in people if each.roles.issuperset(roles) and municipality_id in (None, each.municipality_id)
        )

    async def find_person(self, person_id: str) -> Person | None:
        key = Key(kind=Person.KIND, id=person_id)
        stored = (await self.store.get([key])).get(key)
        return decode(Person, stored) if stored else None

    # What the runtime stands on

    async def receive(self, incoming: Incoming) -> Turn:
        return await self.runtime.receive(incoming)

    async def match_each(
        self,
        utterances: Sequence[str],
        *,
        previous_article_ids: Sequence[str],
        asked_before: str,
        municipality_id: str | None,
        independent: bool,
    ) -> tuple[Match, ...]:
        return tuple(
            Match(utterance=each, language="nb", small_talk=None, candidates=(), precision=0.0) for each in utterances
        )

    async def group_questions(self, asked: Sequence[tuple[str, bytes]]) -> tuple[int, ...]:
        return group_questions(sample_matcher().index, asked)

    async def nearest_sentences(self, groups: Sequence[Sequence[tuple[str, bytes]]]) -> tuple[Phrasing | None, ...]:
        return nearest_sentences(sample_matcher().index, groups, shipped_sentences(sample_content(), ()))

    async def terms_in(self, texts: Sequence[str], names: Collection[str]) -> tuple[Mapping[str, str], ...]:
        return terms_in(sample_matcher().index, texts, names)

    async def near_questions(
        self, asked: Sequence[tuple[str, bytes]], anchors: Sequence[tuple[str, bytes]]
    ) -> tuple[int, ...]:
        return near_questions(sample_matcher().index, asked, anchors)

    async def rehearse(
        self, change: ArticleChange, asked: Sequence[AskedAgain], *, progress: Callable[[int, int], None]
    ) -> RehearsalResult:
        """Let every question about a forgotten password lose its answer."""
        progress(len(asked), len(asked))
        lost = Outcome(kind=OutcomeKind.HAND_OVER)
        changed = tuple(
            ChangedOutcome(
                asked=each,
                before=Outcome(kind=OutcomeKind.ANSWER, article_id=change.article_id, confidence=0.9),
                after=lost,
                group=change.article_id,
            )
            for each in asked
            if "glemt passordet" in each.words[0]
        )
        return RehearsalResult(asked=tuple(asked), ran=len(changed), changed=changed, captured=Captured())

    async def deliver(self, delivery: Delivery) -> Settled:
        self.delivered.append(delivery)
        return Settled(
            delivery_id=delivery.id,
            lease_token=delivery.lease_token or "",
            version=delivery.version,
            status=DeliveryStatus.SENT,
            at=self.clock.now(),
            channel=WEB,
            reference={"id": delivery.id},
        )

    async def examine(self, fresh: bool) -> HealthReport:
        return HealthReport(at=self.clock.now(), findings=self.findings)

    def observe(self, stage: str, seconds: float) -> None:
        """Measure nothing."""

    async def _versions(self, record: Record) -> dict[Key, int]:
        key = Key(kind=record.KIND, id=record.id)
        stored = (await self.store.get([key])).get(key)
        return {key: stored.version} if stored else {}

    async def _put_people(self) -> None:
        await load_sample(
            self.store,
            self.content.organisation,
            topics=sample_content().topics(),
            addresses={},
            at=self.clock.now(),
        )

    async def _sample_people(self) -> tuple[SamplePerson, ...]:
        stored = await self.store.find(Person.KIND, "registered")
        return tuple(SamplePerson(id=each.key.id, name=decode(Person, each).name) for each in stored)
