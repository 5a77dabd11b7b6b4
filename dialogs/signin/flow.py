"""Where a person is signed in on the web, as a card in the chat, and the end of sessions and links."""

from collections.abc import Sequence
from typing import Final

from dialogs.core import card
from dialogs.core.content import Content
from dialogs.core.decision import Decision, EndSessions, do, remove
from dialogs.core.event import Event
from dialogs.core.feature import Feature, Verbs
from dialogs.core.message import Message
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking, Flow, find_all
from dialogs.core.speaker import answer, speaker_of
from dialogs.core.texts import Texts
from dialogs.signin.model import SignInLink, SignInMethod, WebSession

ALL: Final = "all"
# As many as a card can show; older ones end with "all".
MAX_SHOWN: Final = 10


def show_sessions(event: Event, content: Content) -> Flow:
    """List the person's open sessions."""
    speaker = yield from speaker_of(event, content)
    opened = yield from _open_sessions(event)
    return answer(event, "signin", sessions_card(speaker.texts, opened), speaker.texts)


def end_session(event: Event, content: Content) -> Flow:
    """End one of the person's own sessions, or all of them, and list the rest."""
    speaker = yield from speaker_of(event, content)
    opened = yield from _open_sessions(event)
    # Chosen among the person's own: the id comes from the client.
    chosen = event.pressed.text("session")
    ended = [session for session in opened if chosen in (ALL, session.id)]
    rest = [session for session in opened if session not in ended]
    decision = answer(event, "signin", sessions_card(speaker.texts, rest), speaker.texts)
    if not ended:
        return decision
    over = remove(WebSession, *(session.id for session in ended))
    return decision + over + do(EndSessions(person_id=event.person_id))


def sessions_card(texts: Texts, opened: Sequence[WebSession]) -> Message:
    """Return the card with a line and a button for each session."""
    lines = [
        f"{texts('signin.sessions.since', moment=texts.moment(session.created_at))}, "
        f"{texts('signin.sessions.used', moment=texts.moment(session.seen_at))}"
        for session in opened
    ]
    title, lead = texts("signin.sessions.title"), texts("signin.sessions.lead" if opened else "signin.sessions.none")
    rows = [
        element
        for line, session in list(zip(lines, opened, strict=True))[:MAX_SHOWN]
        for element in (
            card.paragraph(line),
            card.buttons(
                card.press(
                    texts("signin.sessions.end_named", moment=texts.moment(session.created_at)),
                    "signin.end",
                    session=session.id,
                )
            ),
        )
    ]
    end_all = [card.press(texts("signin.sessions.end_all"), "signin.end", session=ALL)] if len(opened) > 1 else []
    return Message(
        text="\n".join((title, lead, *lines)),
        card=card.card([card.heading(title), card.paragraph(lead), *rows], end_all),
    )


def _open_sessions(event: Event) -> Asking[Sequence[WebSession]]:
    """Return the person's sessions that have not expired, newest first; none for a guest."""
    sessions = yield from find_all(WebSession, f"person:{event.person_id}")
    opened = [
        session for session in sessions if session.expires_at > event.at and session.way is not SignInMethod.GUEST
    ]
    return sorted(opened, key=lambda session: session.created_at, reverse=True)


VERBS: Final[Verbs] = {"signin.show": show_sessions, "signin.end": end_session}
FEATURE: Final = Feature(verbs=VERBS, answers=("signin",), open_until_removal=("signin.",))


# End a person's web sessions and unused links.


def end_sessions(person_id: str) -> Asking[Decision]:
    """Remove all sessions and unused links of a person.

    Open pages close at once, in every process.
    """
    decision = do(EndSessions(person_id=person_id))
    for session in (yield from find_all(WebSession, f"person:{person_id}")):
        decision += remove(WebSession, session.id)
    for link in (yield from find_all(SignInLink, f"person:{person_id}")):
        decision += remove(SignInLink, link.id)
    return decision


def loses_rights(before: Person, after: Person | None) -> bool:
    """Return whether a change removes a right that an open session may depend on."""
    # Such changes are: leaving the registry, losing a role or its municipality, or losing the verified account.
    if after is None or (before.registered and not after.registered):
        return True
    if before.account is not None and before.account != after.account:
        return True
    return not rights(before) <= rights(after)


def rights(person: Person) -> frozenset[tuple[Role, str | None]]:
    """Return the person's roles with their municipality."""
    # Without a municipality, the role EMPLOYEE does not count, because it gives no rights yet.
    if person.municipality_id is None:
        return frozenset((role, None) for role in person.roles - {Role.EMPLOYEE})
    return frozenset((role, person.municipality_id) for role in person.roles)
