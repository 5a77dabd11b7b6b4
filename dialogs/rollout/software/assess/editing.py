"""Changes of the register at the desk: a program's own fields, its assessment on a list, and the files' entry again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Final

from dialogs.availability.registry import today
from dialogs.core.content import Content
from dialogs.core.decision import Audit, Notice, do
from dialogs.core.event import Event
from dialogs.core.feature import Verbs
from dialogs.core.person import Person
from dialogs.core.query import Asking, Flow
from dialogs.core.refusal import EventRefused
from dialogs.core.speaker import speaker_of
from dialogs.core.texts import Texts
from dialogs.rollout.software.form import day_of, line_of, personal_data_of, refused
from dialogs.rollout.software.lookup.interests import askers_timer
from dialogs.rollout.software.place import use_of
from dialogs.rollout.software.register.changes import (
    current_program,
    entry_of,
    list_label,
    new_program_id,
    owner_of,
    program_to_use,
    put_entries,
)
from dialogs.rollout.software.register.entry import ProgramEntry
from dialogs.rollout.software.reviewers import DECIDERS, forum_of, may_decide, next_assessment
from knowledge.article.article import Language
from knowledge.organisation.unit import Sector
from knowledge.software.program import (
    LONGEST_NAME,
    MAX_ALIASES,
    Assessment,
    ListKey,
    PersonalData,
    Program,
    ProgramStatus,
)

# Decisions that need a reason or conditions in words.
EXPLAINED: Final = frozenset({ProgramStatus.CONDITIONS, ProgramStatus.REJECTED})


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterEditor:
    """An editor of the register. ``owner``: municipality of their changes, None: all."""

    person: Person
    municipality_id: str
    owner: str | None
    texts: Texts
    today: date


def editor_of_register(event: Event, content: Content) -> Asking[RegisterEditor]:
    """Return the acting editor of the register. Raises EventRefused."""
    speaker = yield from speaker_of(event, content)
    person, texts, municipality_id = speaker.person, speaker.texts, speaker.person.municipality_id
    if person.is_outsider or not person.has(*DECIDERS) or municipality_id is None:
        raise refused(texts, "software.not_allowed")
    return RegisterEditor(
        person=person,
        municipality_id=municipality_id,
        owner=owner_of(content, municipality_id),
        texts=texts,
        today=today(content, municipality_id, event.at),
    )


def may_edit_program(content: Content, person: Person, program: Program) -> bool:
    """Return whether a person may change a program's own fields: the provider's for everyone, else their own."""
    municipality_id = person.municipality_id or ""
    own = program.municipality_id == owner_of(content, municipality_id)
    return own and person.has(*DECIDERS) and not person.is_outsider


def is_only_here(content: Content, entry: ProgramEntry) -> bool:
    """Return whether an entry is all there is of its program: without it the program is gone."""
    return bool(entry.name) and entry.program_id not in content.register.files


def save_program(event: Event, content: Content) -> Flow:
    """List a new program, or change the fields of a listed one; its assessments stay."""
    editor = yield from editor_of_register(event, content)
    program_id = str(event.pressed.text("program_id"))
    program = (yield from current_program(content, program_id, editor.municipality_id)) if program_id else None
    if program_id and (program is None or not may_edit_program(content, editor.person, program)):
        raise refused(editor.texts, "software.not_yours")
    fields = _fields(event, editor.texts)
    if program is None:
        program = Program(id=new_program_id(fields.name, editor.owner), name="", municipality_id=editor.owner)
        taken = content.register.called(fields.name, editor.municipality_id)
        if taken or (yield from current_program(content, program.id, editor.municipality_id)) is not None:
            raise refused(editor.texts, "software.listed_before", program=fields.name)
    saved = replace(
        program,
        name=fields.name,
        vendor=fields.vendor,
        aliases=fields.aliases,
        purpose=fields.purpose,
        where=fields.where,
        personal_data=fields.personal_data,
        # A program changed at the desk is no sample any more.
        sample=False,
    )
    entry = yield from _seen_entry(event, content, editor, saved.id)
    changed = yield from put_entries([entry.with_program(saved)], event.at)
    act = "software.edited" if program.name else "software.listed"
    audit = Audit(act=act, subject=saved.id, by=editor.person.id, details=(("entry", str(entry.number + 1)),))
    return changed + do(audit, Notice(text=editor.texts("software.saved", program=saved.name)))


def assess(event: Event, content: Content) -> Flow:
    """Put a program on a list with a status, or change the one it has there."""
    editor = yield from editor_of_register(event, content)
    texts = editor.texts
    program = yield from current_program(content, str(event.pressed.text("program_id")), editor.municipality_id)
    if program is None:
        raise refused(texts, "software.no_program")
    sector = next((sector for sector in Sector if sector.value == event.pressed.text("sector")), None)
    forum = forum_of(content, sector)
    if forum.sector is not sector or not may_decide(content, editor.person, editor.municipality_id, sector):
        raise refused(texts, "software.not_your_list")
    key = ListKey(sector=sector, use=use_of(str(event.pressed.text("use"))), municipality_id=editor.owner)
    entry = yield from _seen_entry(event, content, editor, program.id)
    assessment = yield from _assessment(event, content, editor, program, key)
    changed = yield from put_entries([entry.with_program(program.with_assessment(assessment))], event.at)
    details = (("list", list_label(key)), ("status", str(assessment.status)), ("entry", str(entry.number + 1)))
    audit = Audit(act="software.assessed", subject=program.id, by=editor.person.id, details=details)
    notice = Notice(text=texts("software.saved", program=program.name))
    return changed + do(askers_timer(program.id, editor.owner, event.at), audit, notice)


def restore_file_entry(event: Event, content: Content) -> Flow:
    """Let the files' entry of a program count again."""
    editor = yield from editor_of_register(event, content)
    program_id = str(event.pressed.text("program_id"))
    entry = yield from _seen_entry(event, content, editor, program_id)
    if not entry.number or entry.withdrawn:
        raise refused(editor.texts, "software.not_changed")
    for listed in entry.assessments:
        if not may_decide(content, editor.person, editor.municipality_id, listed.sector):
            raise refused(editor.texts, "software.not_your_list")
    alone = is_only_here(content, entry)
    # Every assessment made at the desk goes with it.
    if str(event.pressed.text("sure")) != "yes":
        key = "software.remove_sure" if alone else "software.restore_sure"
        program = yield from current_program(content, program_id, editor.municipality_id)
        raise EventRefused(
            do(Notice(text=editor.texts.plural(key, len(entry.assessments), program=program.name if program else "")))
        )
    changed = yield from put_entries([replace(entry, withdrawn=True)], event.at)
    audit = Audit(act="software.restored", subject=program_id, by=editor.person.id)
    return changed + do(audit, Notice(text=editor.texts("software.removed" if alone else "software.restored")))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fields:
    name: str
    vendor: str
    aliases: tuple[str, ...]
    purpose: Mapping[Language, str]
    where: Mapping[Language, str]
    personal_data: PersonalData


def _fields(event: Event, texts: Texts) -> _Fields:
    """Return the inputs of a program. Raises EventRefused."""
    names = (" ".join(alias.split()) for alias in str(event.pressed.text("aliases")).split(","))
    aliases = tuple(dict.fromkeys(filter(None, names)))
    if len(aliases) > MAX_ALIASES:
        raise refused(texts, "software.enough_aliases", number=MAX_ALIASES)
    longest = max(map(len, aliases), default=0)
    if longest > LONGEST_NAME:
        raise refused(texts, "software.program_too_long", number=LONGEST_NAME, length=longest)
    return _Fields(
        name=line_of(event, texts, "name", most=LONGEST_NAME, needed="software.program_needed"),
        vendor=line_of(event, texts, "vendor", most=LONGEST_NAME),
        aliases=aliases,
        purpose=_in_languages(event, texts, "purpose"),
        where=_in_languages(event, texts, "where"),
        personal_data=personal_data_of(str(event.pressed.text("personal_data"))),
    )


def _in_languages(event: Event, texts: Texts, name: str) -> Mapping[Language, str]:
    written = {language: line_of(event, texts, f"{name}_{language}") for language in Language}
    return {language: text for language, text in written.items() if text}


def _assessment(
    event: Event, content: Content, editor: RegisterEditor, program: Program, key: ListKey
) -> Asking[Assessment]:
    """Return the inputs of an assessment. Raises EventRefused."""
    texts = editor.texts
    status = next((status for status in ProgramStatus if status.value == event.pressed.text("status")), None)
    if status is None:
        raise refused(texts, "software.status_needed")
    note = _in_languages(event, texts, "note")
    if status in EXPLAINED and not note:
        raise refused(texts, "software.word_needed")
    before = program.on_list(key) or program.on_list(replace(key, municipality_id=None))
    old = _old_notes(before, status, note)
    if old:
        languages = ", ".join(texts(f"article.language.{language}") for language in old)
        raise refused(texts, "software.old_note", languages=languages)
    name = line_of(event, texts, "alternative")
    alternative = yield from program_to_use(content, editor.municipality_id, name)
    if name and (alternative is None or alternative.id == program.id):
        raise refused(texts, "software.no_alternative", program=name)
    review_by = day_of(event, texts, "review_by", today=editor.today)
    return Assessment(
        status=status,
        sector=key.sector,
        use=key.use,
        municipality_id=key.municipality_id,
        note=note,
        alternative=alternative.id if alternative else "",
        assessed=editor.today,
        review_by=review_by or next_assessment(content, key.sector, editor.today),
        expires=day_of(event, texts, "expires", today=editor.today),
    )


def _old_notes(before: Assessment | None, status: ProgramStatus, note: Mapping[Language, str]) -> Sequence[Language]:
    """Return the languages with the note of an assessment that said something else."""
    if before is None or before.status in {status, ProgramStatus.EXPIRED}:
        return ()
    return [language for language, text in note.items() if text == before.note.get(language)]


def _seen_entry(event: Event, content: Content, editor: RegisterEditor, program_id: str) -> Asking[ProgramEntry]:
    """Return the entry of a program, if the form was made of it as it is now. Raises EventRefused."""
    entry = yield from entry_of(content, program_id, editor.owner, event.at)
    if (str(event.pressed.text("seen")) or "0") != str(entry.number):
        raise refused(editor.texts, "software.saved_since")
    return entry


VERBS: Final[Verbs] = {
    "software.save_program": save_program,
    "software.assess": assess,
    "software.restore": restore_file_entry,
}
