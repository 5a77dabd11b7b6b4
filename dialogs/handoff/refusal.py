"""Refusals of acts on other people's matters, which are audited."""

from dialogs.core.decision import Audit, Decision, Notice, do
from dialogs.core.event import Event, Pressed
from dialogs.core.texts import Texts
from knowledge.language.masking import mask


def refusal(event: Event, texts: Texts, reason: str, subject: str, *, audit: bool = True, **values: object) -> Decision:
    """Return a decision that changes nothing: a notice with the reason, and an audit entry."""
    notice = do(Notice(text=texts(f"handoff.refused.{reason}", **values)))
    if not audit or not event.person_id:
        return notice
    return notice + do(
        Audit(
            act="handoff.refused",
            subject=mask(subject, most=80),  # the card's value, which a client may have altered
            by=event.person_id,
            details=(("verb", event.what.verb if isinstance(event.what, Pressed) else "said"), ("reason", reason)),
            repeatable=True,
        )
    )
