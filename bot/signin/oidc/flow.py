"""A sign-in from the button to the session, and the sign-out that a provider asks for."""

import base64
import hashlib
import hmac
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from structlog.typing import FilteringBoundLogger

from bot.ports import Clock, Commit, Conflict, Key, RandomSource, Store
from bot.records.codec import decode, write_of
from bot.records.conflict import commit_if_unchanged
from bot.signin.former import FormerMarks
from bot.signin.oidc.config import Provider
from bot.signin.oidc.exchange import ProviderClient
from bot.signin.oidc.fetch import FaultReason, SignInFault
from bot.signin.oidc.metadata import CLOCK_SKEW, OLDEST_TOKEN, is_text, verified_claims
from bot.signin.oidc.people import PersonFinder
from bot.signin.sessions import Proof, Sessions, Started, id_of_token, remove_unfinished
from dialogs.core.decision import Put, Remove
from dialogs.signin.model import SignInAccount, SignInMethod, SignInTransaction, UsedLogoutToken, WebSession
from knowledge.article.article import Language

# As long as a password, a second factor and a slow phone may take.
VALID_FOR: Final = timedelta(minutes=15)
LONGEST_ANSWER: Final = 4_000
_SECRET: Final = re.compile(r"browser-[0-9a-p]{32}")
_STATE: Final = re.compile(r"state-[0-9a-p]{32}")
# Pages of Heia itself, so that no address from outside is ever a target.
_NEXT: Final = re.compile(r"/(?:chat|desk|signin)(?:/[A-Za-z0-9_-]{1,60}){0,4}")
# Answers of a provider (RFC 6749, OpenID Connect Core 3.1.2.6) that mean that the user did not go on.
_CANCELLED: Final = frozenset({"access_denied", "login_required", "interaction_required", "consent_required"})


def next_page(path: str) -> str:
    """Return the page to show after the sign-in: the wanted one if it is Heia's own, else the chat."""
    return path if _NEXT.fullmatch(path) else "/chat"


@dataclass(frozen=True, slots=True, kw_only=True)
class Begun:
    """The provider's address, and the secret for the browser's cookie."""

    address: str
    browser_secret: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished:
    """A new session, and the page to show."""

    started: Started
    next_path: str


class ProviderSignIn:
    """Sign-in at the configured providers.

    A transaction is used once, by the browser that began it, at the provider it began with.
    """

    def __init__(
        self,
        *,
        clients: Mapping[str, ProviderClient],
        people: PersonFinder,
        sessions: Sessions,
        store: Store,
        clock: Clock,
        rng: RandomSource,
        log: FilteringBoundLogger,
    ) -> None:
        self._clients = clients
        self._people = people
        self._sessions = sessions
        self._store = store
        self._clock = clock
        self._rng = rng
        self._log = log
        self._cleaned_at: datetime | None = None

    @property
    def providers(self) -> tuple[Provider, ...]:
        """The providers in the order of the file."""
        return tuple(client.provider for client in self._clients.values())

    def client_of(self, provider_id: str) -> ProviderClient | None:
        return self._clients.get(provider_id)

    async def begin(
        self, client: ProviderClient, *, browser_secret: str | None, next_path: str = "", fresh: bool = False
    ) -> Begun:
        """Store a transaction and return the provider's address. Raises SignInFault, StoreUnavailable.

        Args:
            browser_secret: of the browser's cookie; kept, so that two tabs may sign in at the same time.
            fresh: ask for a proof again.
        """
        secret = browser_secret if browser_secret and _SECRET.fullmatch(browser_secret) else self._rng.new_id("browser")
        state = self._rng.new_id("state")
        address = await client.address(
            state=state,
            nonce=_derived(secret, "nonce", state),
            verifier=_derived(secret, "verifier", state),
            fresh=fresh,
        )
        now = self._clock.now()
        await self._remove_unfinished(now)
        transaction = SignInTransaction(
            id=id_of_token(state),
            browser=id_of_token(secret),
            provider=client.provider.id,
            next_path=next_page(next_path),
            fresh=fresh,
            created_at=now,
            expires_at=now + VALID_FOR,
        )
        await self._store.commit(Commit(at=now, records=(write_of(Put(record=transaction), {}),)))
        return Begun(address=address, browser_secret=secret)

    async def finish(
        self,
        client: ProviderClient,
        answer: Mapping[str, str],
        *,
        browser_secret: str | None,
        language: Language,
        replaced: WebSession | None,
    ) -> Finished:
        """Use up the transaction of an answer and start the session. Raises SignInFault, StoreUnavailable.

        Args:
            answer: the query of the provider's redirect.
            replaced: the session that the browser had.
        """
        provider = client.provider
        secret, state = browser_secret or "", answer.get("state", "")
        transaction = await self._redeemed(secret, state, provider)
        await client.check_issuer(answer.get("iss"))
        if "error" in answer:
            known = answer["error"] in _CANCELLED
            raise SignInFault(FaultReason.CANCELLED if known else FaultReason.PROVIDER, "answer_error")
        code = answer.get("code", "")
        if not is_text(code[:255]) or len(code) > LONGEST_ANSWER:
            raise SignInFault(FaultReason.INVALID, "code")
        identity = await client.identity(
            code=code, nonce=_derived(secret, "nonce", state), verifier=_derived(secret, "verifier", state)
        )
        if transaction.fresh and not is_fresh(identity.authenticated_at, transaction.created_at):
            raise SignInFault(FaultReason.STALE, "auth_time")
        if transaction.fresh and not identity.strong:
            raise SignInFault(FaultReason.WEAK, "acr")
        at = self._clock.now()
        person = await self._people.person_of(identity, provider, language=language, at=at)
        proof = Proof(
            provider=provider.id,
            session=provider_session(provider, identity.session),
            # A weaker proof is none for step-up, however recent.
            authenticated_at=identity.authenticated_at if identity.strong else None,
        )
        started = await self._sessions.start(person.id, SignInMethod.PROVIDER, at=at, replaced=replaced, proof=proof)
        if started is None:  # left the registry a moment ago
            raise SignInFault(FaultReason.LEFT, "meanwhile")
        self._log.info("signed_in", provider=provider.id, person_id=person.id)
        return Finished(started=started, next_path=transaction.next_path)

    async def _remove_unfinished(self, now: datetime) -> None:
        """Remove expired sign-ins now and then, so that none pile up."""
        if self._cleaned_at is not None and now - self._cleaned_at < VALID_FOR:
            return
        self._cleaned_at = now
        await remove_unfinished(self._store, now=now)

    async def _redeemed(self, secret: str, state: str, provider: Provider) -> SignInTransaction:
        """Remove and return the transaction of this browser. Raises SignInFault, StoreUnavailable."""
        if not _STATE.fullmatch(state):
            raise SignInFault(FaultReason.INVALID, "state")
        if not _SECRET.fullmatch(secret):
            raise SignInFault(FaultReason.EXPIRED, "no_cookie")
        key = Key(kind=SignInTransaction.KIND, id=id_of_token(state))
        stored = (await self._store.get([key])).get(key)
        if stored is None:
            raise SignInFault(FaultReason.EXPIRED, "unknown_state")
        transaction = decode(SignInTransaction, stored)
        # Another browser's or another provider's answer leaves the transaction to its owner.
        if not hmac.compare_digest(transaction.browser, id_of_token(secret)):
            raise SignInFault(FaultReason.INVALID, "other_browser")
        if transaction.provider != provider.id:
            raise SignInFault(FaultReason.INVALID, "other_provider")
        now = self._clock.now()
        removal = write_of(Remove(kind=SignInTransaction, id=transaction.id), {key: stored.version})
        if not await commit_if_unchanged(self._store, Commit(at=now, records=(removal,))):
            raise SignInFault(FaultReason.EXPIRED, "used_state")
        if now >= transaction.expires_at:
            raise SignInFault(FaultReason.EXPIRED, "old_state")
        return transaction


def is_fresh(authenticated_at: datetime | None, since: datetime) -> bool:
    """Return whether the provider asked for a proof after ``since``, as far as clocks agree."""
    return authenticated_at is not None and authenticated_at >= since - CLOCK_SKEW


def provider_session(provider: Provider, session: str | None) -> str:
    """Return the stored hash of a session at a provider; empty without one."""
    return id_of_token(f"{provider.id}\n{session}") if session else ""


def _derived(secret: str, purpose: str, state: str) -> str:
    """Return a nonce or a code verifier: 256 bits that only the browser's secret gives."""
    digest = hmac.new(secret.encode(), f"{purpose}\n{state}".encode(), hashlib.sha256).digest()
    return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()


# Sign-out that a provider asks for: by a signed token, or by the id of the session there.

EVENT: Final = "http://schemas.openid.net/event/backchannel-logout"


@dataclass(frozen=True, slots=True, kw_only=True)
class ProviderSignOut:
    """Ends sessions that a provider has ended."""

    sessions: Sessions
    former: FormerMarks
    store: Store
    clock: Clock

    async def obey(self, client: ProviderClient, token: object) -> Sequence[WebSession]:
        """End the sessions of a logout token, once; return them. Raises SignInFault, StoreUnavailable."""
        now = self.clock.now()
        provider = client.provider
        claims = await verified_claims(
            token,
            provider=provider,
            published=client.published,
            now=now,
            required=("iss", "aud", "iat", "jti", "events"),
        )
        _check(claims)
        ended = await self._of_claims(claims, provider, now)
        used = UsedLogoutToken(
            id=id_of_token(f"{provider.issuer}\n{claims['jti']}"), expires_at=now + OLDEST_TOKEN + CLOCK_SKEW
        )
        try:
            await self.sessions.end(*ended, at=now, besides=(write_of(Put(record=used), {}),))
        except Conflict:
            raise SignInFault(FaultReason.INVALID, "replayed") from None
        return ended

    async def end_session(self, provider: Provider, session: str, issuer: str | None) -> Sequence[WebSession]:
        """End the sessions that began in one session at the provider; return them. Raises StoreUnavailable.

        The browser frame that asks has neither cookie nor signature; the session's id, which only the provider and the
        browser know, is the proof. Entra sends it without ``issuer``.
        """
        if not is_text(session) or issuer not in (None, provider.issuer):
            return ()
        ended = await self.sessions.of_provider_session(provider_session(provider, session))
        if ended:
            await self.sessions.end(*ended, at=self.clock.now())
        return ended

    async def _of_claims(self, claims: Mapping[str, Any], provider: Provider, now: datetime) -> Sequence[WebSession]:
        if "sid" in claims:
            sessions = await self.sessions.of_provider_session(provider_session(provider, str(claims["sid"])))
            if sessions or "sub" not in claims:
                return sessions
        key = Key(kind=SignInAccount.KIND, id=self.former.subject_mark(provider.issuer, str(claims["sub"])))
        stored = (await self.store.get([key])).get(key)
        if stored is None:
            return ()
        opened = await self.sessions.of_person(decode(SignInAccount, stored).person_id, now=now)
        # With the id of a session, only those may end that did not say which one they began in.
        return [
            session
            for session in opened
            if session.provider == provider.id and not ("sid" in claims and session.provider_session)
        ]


def _check(claims: Mapping[str, Any]) -> None:
    """Check what makes a token a logout token. Raises SignInFault."""
    if "nonce" in claims:  # an ID token, which a thief may have
        raise SignInFault(FaultReason.INVALID, "nonce")
    events = claims["events"]
    if not isinstance(events, dict) or not isinstance(events.get(EVENT), dict):
        raise SignInFault(FaultReason.INVALID, "events")
    if not is_text(claims["jti"]):
        raise SignInFault(FaultReason.INVALID, "jti")
    named = [claims[name] for name in ("sid", "sub") if name in claims]
    if not named or not all(is_text(claim) for claim in named):
        raise SignInFault(FaultReason.INVALID, "sid")
