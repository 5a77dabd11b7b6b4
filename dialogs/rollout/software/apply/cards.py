"""The form of an application for a program."""

from typing import Any

from dialogs.core import card
from dialogs.core.message import Message
from dialogs.core.review import REVIEWED, fingerprint, noticed
from dialogs.core.texts import Texts
from dialogs.rollout.software.form import ApplicationForm
from knowledge.software.program import PersonalData, ProgramUse


def application_form(
    texts: Texts,
    program: str,
    municipality: str,
    *,
    use: ProgramUse,
    reason: str = "",
    line_manager: bool,
    at_school: bool,
    written: ApplicationForm | None = None,
) -> Message:
    """Return the application form, naming the deciding municipality.

    Args:
        reason: words from which the applicant can go on.
        written: inputs to show again with a warning; sending them again confirms them.
    """
    warned = _warning(texts, written) if written else []
    goes_to = texts("software.form_goes_to", municipality=municipality)
    uses = [(texts(f"software.use.{use}"), use.value) for use in ProgramUse]
    # Without a maximum, so that a long text is refused with a message and not cut.
    body = [
        card.heading(texts("software.form_title")),
        *warned,
        card.paragraph(goes_to),
        *([card.paragraph(texts("software.form_manager"))] if line_manager else ()),
        card.write(
            "program", texts("software.program"), value=program, required=texts("software.program_needed"), most=None
        ),
        card.write(
            "reason",
            texts("software.reason"),
            value=written.reason if written else reason,
            multiline=True,
            required=texts("software.reason_needed"),
            most=None,
            hint=texts("software.reason_hint"),
        ),
        *([card.choose("use", texts("software.use"), uses, value=use, expanded=True)] if at_school else ()),
        card.write(
            "users",
            texts("software.users_asked"),
            value=written.users if written else "",
            required=texts("software.users_needed"),
            most=None,
            hint=texts("software.users_hint"),
        ),
        _personal_question(texts, written),
        card.write("link", texts("software.link"), value=written.link if written else "", most=None, hint="https://"),
    ]
    sending: dict[str, Any] = {REVIEWED: fingerprint(written.words)} if written else {}
    label = texts("warned.anyway" if written else "software.send")
    return Message(
        text=texts("warned.title" if written else "software.form_title"),
        card=card.card(body, [card.press(label, "software.send", primary=True, **sending)]),
    )


def _personal_question(texts: Texts, written: ApplicationForm | None) -> card.Element:
    return card.choose(
        "personal_data",
        texts("software.personal_question"),
        [(texts(f"software.personal.{option}"), option.value) for option in (PersonalData.NO, PersonalData.YES)],
        value=written.personal_data.value if written else "",
        expanded=True,
        required=texts("software.personal_needed"),
    )


def _warning(texts: Texts, written: ApplicationForm) -> list[card.Element]:
    """Return what the applicant is asked to look over."""
    return [
        card.status(texts("warned.title"), style="warning"),
        *map(card.paragraph, noticed(texts, written.concerns)),
    ]


def for_guests(texts: Texts) -> Message:
    """Return that one has to be signed in to apply."""
    line = texts("software.guest")
    return Message.plain(line)
