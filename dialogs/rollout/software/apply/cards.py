"""The form of an application for a program."""

from dialogs.core import card
from dialogs.core.message import Message
from dialogs.core.texts import Texts
from knowledge.software.program import PersonalData, ProgramUse


def application_form(
    texts: Texts, program: str, municipality: str, *, use: ProgramUse, line_manager: bool, at_school: bool
) -> Message:
    """Return the application form, naming the deciding municipality."""
    goes_to = texts("software.form_goes_to", municipality=municipality)
    uses = [(texts(f"software.use.{each}"), each.value) for each in ProgramUse]
    answers = [(texts(f"software.personal.{each}"), each.value) for each in (PersonalData.NO, PersonalData.YES)]
    # Without a maximum, so that what is too long is refused with a message and not cut.
    body = [
        card.heading(texts("software.form_title")),
        card.paragraph(goes_to),
        *([card.paragraph(texts("software.form_manager"))] if line_manager else ()),
        card.write(
            "program", texts("software.program"), value=program, required=texts("software.program_needed"), most=None
        ),
        card.write(
            "reason",
            texts("software.reason"),
            multiline=True,
            required=texts("software.reason_needed"),
            most=None,
            hint=texts("software.reason_hint"),
        ),
        *([card.choose("use", texts("software.use"), uses, value=use, expanded=True)] if at_school else ()),
        card.write(
            "users",
            texts("software.users_asked"),
            required=texts("software.users_needed"),
            most=None,
            hint=texts("software.users_hint"),
        ),
        card.choose(
            "personal_data",
            texts("software.personal_question"),
            answers,
            expanded=True,
            required=texts("software.personal_needed"),
        ),
        card.write("link", texts("software.link"), most=None, hint="https://"),
    ]
    return Message(
        text=texts("software.form_title"),
        card=card.card(body, [card.press(texts("software.send"), "software.send", primary=True)]),
    )


def for_guests(texts: Texts) -> Message:
    """Return that one has to be signed in to apply."""
    line = texts("software.guest")
    return Message(text=line, card=card.card([card.paragraph(line)]))
