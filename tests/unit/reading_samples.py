"""How to call each function that reads a text: by the name of its module and its own."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import replace
from datetime import date
from functools import cache
from typing import Any, Final

from dialogs.ask import cards, context, kept, language, own_answer, parameters, pending
from dialogs.ask.faults import subject_shares
from dialogs.ask.meaning import alarmed, asked_in, understand
from dialogs.ask.own_answer import QuestionAsker, article_for
from dialogs.ask.readings import Meaning
from dialogs.core.article_view import view_article
from dialogs.core.cleaning import clean_message, clean_text
from dialogs.core.event import Said
from dialogs.core.person import Person, Role
from dialogs.core.query import Asking
from dialogs.core.session import Session
from dialogs.core.speaker import Viewer
from dialogs.editing.imported import articles_of_pairs, import_view
from dialogs.rollout.software.assess import importing as programs
from knowledge.article import (
    action,
    article,
    bundle,
    house_style,
    importing,
    links,
    passage,
    placeholder,
    review,
    sections,
)
from knowledge.article.article import Language
from knowledge.language import (
    assent,
    clause_kind,
    clauses,
    emergency,
    excerpt,
    identify,
    legible,
    smalltalk,
    text,
    week_time,
)
from knowledge.language.concerns import detection, numbers, passwords, terms, tokens
from knowledge.language.lexicon import bokmaal, known, tables
from knowledge.language.masking import digits, identity, labels, masked, money, split
from knowledge.matching.match import Match
from knowledge.matching.policy import Outcome, OutcomeKind
from knowledge.organisation.importers import fault, marked, people, pupils, rows, tree
from knowledge.software import everyday, index, postings, register, table, task, words
from knowledge.software.register import ProgramPlace
from tests.learned import sample_content, sample_tasks
from tests.program_register import register_programs
from tests.unit.ask.test_bad_messages import Chat, sample_chat
from tests.unit.driver import TUESDAY

Sample = Callable[[str], object]

_TODAY: Final = date(2026, 12, 1)
_PROGRAMS: Final = 300
_ARTICLE: Final = "rollout-when"
_PLACE: Final = ProgramPlace(municipality_id=None, sector=None)
_MATCH: Final = Match(utterance="", language="nb", small_talk=None, candidates=(), precision=0.0)
_VOCABULARY: Final = frozenset({"bilde", "lyd", "tekst"})
_RARITY: Final = index.Rarity(meanings={}, words={}, rarest=1.0)
_HEAD: Final = "---\nid: a\ntitle: A\nphrasings: [a]\n---\n"
_UNSURE: Final = Meaning(match=_MATCH, outcome=Outcome(kind=OutcomeKind.HAND_OVER, confidence=0.0))

# Those that take a text alone.
_OF_A_TEXT: Final[tuple[Callable[..., object], ...]] = (
    assent.assent,
    assent.place_named,
    assent.subject_named,
    bundle.is_markdown,
    bundle.named_file,
    asked_in,
    clause_kind.kind_shares,
    clause_kind.pieces,
    clause_kind.split,
    clause_kind.told_beside,
    clause_kind.without_background,
    clause_kind.without_courtesy,
    clauses.asks,
    clauses.begins_question,
    clauses.clauses,
    clauses.counted_questions,
    clauses.denied,
    clauses.has_many_clauses,
    clauses.has_subject,
    clauses.part_starts,
    clauses.refuses,
    clauses.tells_of_trouble,
    clauses.said_words,
    clauses.sentences,
    clauses.entries_of_list,
    clauses.set_apart,
    clean_message,
    clean_text,
    detection.concerns_in,
    split.continues,
    split.last_digits,
    emergency.emergency_in,
    emergency.only_sounds_urgent,
    detection.is_sensitive_term,
    excerpt.excerpt,
    excerpt.is_too_long,
    house_style.menu_names,
    house_style.screen_text,
    bokmaal.has_bokmaal,
    bokmaal.has_nynorsk_stem,
    bokmaal.in_bokmaal,
    identify.identify,
    identify.language_evidence,
    identify.written_variety,
    identity.begins_with_date,
    identity.is_identity_number,
    identity.is_plausible_date,
    importing.plain_answer,
    known.hash_of,
    known.is_known,
    known.speakers,
    legible.legible,
    legible.single_spaced,
    links.is_private,
    links.links,
    masked.is_costly,
    masked.mask,
    masked.spans_of,
    numbers.shows_bad_identity_number,
    passage.first_part,
    passage.first_sentences,
    passage.paragraphs,
    passage.passages,
    passage.quotes,
    passwords.looks_secret,
    people.is_person_id,
    placeholder.broken_placeholders,
    placeholder.local_keys,
    placeholder.names_service_desk,
    placeholder.with_defaults,
    postings.grams_of,
    pupils.plain,
    rows.folded_heading,
    rows.harmless_cell,
    rows.lines_of_csv,
    rows.listed,
    rows.original_cell,
    smalltalk.small_talk,
    smalltalk.small_talk_languages,
    smalltalk.thanks,
    table.read_table,
    terms.is_sensitive_sentence,
    terms.is_sensitive_word,
    terms.names_a_person,
    text.clean,
    text.fold,
    text.words,
    tokens.kinds_of,
    tree.read_tree,
    week_time.week_time,
    words.content_words,
    words.is_about_pupils,
    words.meaning,
    words.name_key,
    words.name_line,
    words.name_words,
    words.sound_of,
    words.stem_of,
)


def _name(function: Callable[..., Any]) -> str:
    return f"{function.__module__}.{function.__qualname__}"


def _whole(function: Callable[..., object]) -> Sample:
    """Return a sample that also goes through what a generator yields."""

    def call(said: str) -> object:
        made = function(said)
        return list(made) if hasattr(made, "__next__") else made

    return call


def _refusable(function: Callable[[str], object], *refusals: type[Exception]) -> Sample:
    def call(said: str) -> None:
        with suppress(*refusals):
            function(said)

    return call


def _of_existing(read: Callable[[str], object]) -> Sample:
    return _refusable(read, OSError, ValueError)


# The sample content, a person, and what a message and a press are to them


class _QuietChat(Chat):
    """A chat in which no text is matched, which takes longer than all else and reads a part of it."""

    def _understand(self, utterance: str, previous: object) -> Match:
        return replace(_MATCH, utterance=utterance)


@cache
def _chat() -> Chat:
    chat = sample_chat(_QuietChat)
    chat.content = replace(chat.content, tasks=sample_tasks(), register=_register())
    return chat


@cache
def _register() -> register.Register:
    return register.Register.from_files(register_programs(_PROGRAMS))


@cache
def _index() -> index.ProgramIndex:
    return index.ProgramIndex(register_programs(_PROGRAMS))


@cache
def _viewer() -> Viewer:
    chat = _chat()
    editor = replace(chat.get(Person, "kari"), roles=frozenset(Role))
    return Viewer(person=editor, texts=chat.content.texts[Language.NB], content=chat.content, at=TUESDAY)


def _asked(asking: Callable[[], Asking[Any]]) -> object:
    return _chat().answer_to("kari", lambda _: asking())


def _event(said: str) -> Any:
    event = _chat().pressing("kari", "ask.suggest")
    return replace(event, what=Said(utterance=clean_message(said)))


def _asker() -> QuestionAsker:
    return QuestionAsker(
        id="kari",
        person=_chat().get(Person, "kari"),
        session=_session(),
        language=Language.NB,
        texts=_chat().content.texts[Language.NB],
    )


def _session() -> Session:
    return Session(id="kari", changed_at=TUESDAY)


def _view() -> Any:
    return view_article(_chat().content, _asker().texts, _ARTICLE, None)


def _action() -> action.Action:
    return next(iter(sample_content().actions.actions.values()))


def _marked() -> marked.MarkedMap:
    found = marked.read_marked("key: value", [])
    assert found is not None
    return found


def _planned(said: str) -> programs.PlannedImport:
    return programs.plan_programs(
        _chat().content, said, {}, owner=None, may_assess=lambda _: True, at=TUESDAY, day=_TODAY
    )


def _file(said: str) -> review.ArticleFile:
    (some, *_) = sample_content().articles.texts_of(_ARTICLE)
    return review.ArticleFile(name="articles/nb/a.md", text=said, article=some)


def _actions() -> action.ActionBook:
    return sample_content().actions


def _articles() -> article.ArticleBook:
    return sample_content().articles


_CARDS: Final[Mapping[str, Sample]] = {
    _name(article_for): lambda said: article_for(_asker(), _chat().content, said),
    _name(cards.action_reply): lambda said: cards.action_reply(
        _asker().texts, _action(), [_action()], question_id=said, masked=frozenset()
    ),
    _name(cards.answered): lambda said: cards.answered(_asker().texts, _view(), question_id=said, masked=frozenset()),
    _name(cards.answered_with_thanks): lambda said: cards.answered_with_thanks(
        _asker().texts, _view(), question_id=said
    ),
    _name(cards.clarify): lambda said: cards.clarify(_asker().texts, [_view()], question_id=said, masked=frozenset()),
    _name(cards.did_not_help): lambda said: cards.did_not_help(
        _asker().texts, _view(), [_view()], question_id=said, to_editors=True
    ),
    _name(cards.editors_preview): lambda said: cards.editors_preview(
        _asker().texts, said, frozenset(), question_id="", place=""
    ),
    _name(cards.farewell): _refusable(lambda said: cards.farewell(_asker().texts, said, waits=True), KeyError),
    _name(cards.said): lambda said: cards.said(_asker().texts, "ask.clarify", suggestions=[said]),
    _name(cards.no_more): lambda said: cards.no_more(
        _asker().texts, said, [_view()], question_id="q", masked=frozenset()
    ),
    _name(cards.unknown): lambda said: cards.unknown(_asker().texts, question_id=said, masked=frozenset()),
    _name(cards.with_note_above): lambda said: cards.with_note_above(cards.said(_asker().texts, "ask.clarify"), said),
}
_QUESTIONS: Final[Mapping[str, Sample]] = {
    _name(passage.places_of): lambda said: passage.places_of(said, said),
    _name(passage.unread): lambda said: passage.unread(said, (0,)),
    _name(context.after_choice): lambda said: context.after_choice(_session(), TUESDAY, said),
    _name(context.after_turn): lambda said: context.after_turn(_session(), TUESDAY, said),
    _name(kept.question_of): lambda said: kept.question_of(
        _event(""), _UNSURE, said, id_="q", language=Language.NB, municipality_id=None
    ),
    _name(language.answer_language): lambda said: language.answer_language(said, usual=Language.NB, heard=None),
    _name(language.changes_language): lambda said: language.changes_language(
        said, clear=Language.EN, usual=Language.NB, heard=None
    ),
    _name(language.clear_language): lambda said: language.clear_language(said, Language.NB),
    _name(language.small_talk_language): lambda said: language.small_talk_language(said, Language.NB),
    _name(understand): lambda said: _asked(
        lambda: understand(said, content=_chat().content, previous_article_ids=(), municipality_id=None)
    ),
    _name(alarmed): lambda said: alarmed(_MATCH, said, _chat().content),
    _name(subject_shares): lambda said: subject_shares(
        replace(_UNSURE, match=replace(_MATCH, utterance=said)), _chat().content, None
    ),
    _name(own_answer.own_answer): lambda said: _asked(
        lambda: own_answer.own_answer(
            _ARTICLE, said, person=None, texts=_asker().texts, content=_chat().content, at=TUESDAY
        )
    ),
    _name(parameters.named_request): lambda said: parameters.named_request(said, _chat().content, None),
    _name(parameters.parameters): lambda said: [
        parameters.parameters(verb, said, _chat().content, None)
        for verb in (parameters.LOOK_UP, parameters.APPLY, *parameters.READERS)
    ],
    _name(pending.carried): lambda said: _asked(
        lambda: pending.carried(_event(said), parameters.LOOK_UP, _chat().content)
    ),
    # With several questions in it, the whole turn.
    "dialogs.ask.several.answer_each": lambda said: _chat().say(
        "kari", f"hvordan bytter jeg passord? {said} hvordan deler jeg en fil?"
    ),
}
_IMPORTS: Final[Mapping[str, Sample]] = {
    _name(articles_of_pairs): _refusable(
        lambda said: list(
            articles_of_pairs(
                importing.read_pairs(f"spørsmål;svar\n{said[: len(said) // 2]};{said[len(said) // 2 :]}\n"),
                known=sample_content().articles,
                taken=(),
                language=Language.NB,
                municipality_id=None,
                today=_TODAY,
            )
        ),
        importing.BadImport,
    ),
    _name(sections.has_sections): lambda said: sections.has_sections(f"# {said}"),
    _name(sections.plain_paragraph): sections.plain_paragraph,
    _name(sections.sections_of): lambda said: sections.sections_of(f"# Tittel\n{said}"),
    _name(import_view): lambda said: _asked(lambda: import_view(_viewer(), text=f"spørsmål;svar\nhva;{said}")),
    _name(programs.entry_keys): lambda said: programs.entry_keys(_chat().content, f"id;name\n{said}", None),
    _name(programs.import_audits): lambda said: [
        programs.import_audits(planned, by=said) for planned in _planned("id;name\nnytt;Nytt").programs
    ],
    _name(programs.plan_programs): lambda said: _planned(f"id;name;purpose.nb\nnytt;Nytt;{said}"),
    _name(programs.program_import_view): lambda said: _asked(
        lambda: programs.program_import_view(_viewer(), text=f"id;name\nnytt;{said}")
    ),
    _name(importing.read_pairs): _refusable(importing.read_pairs, importing.BadImport),
    _name(task.parse_tasks): lambda said: task.parse_tasks(f"tasks:\n  - id: a\n    nb: {said}\n", file="tasks.yaml"),
    _name(rows.cell_text): lambda said: rows.cell_text(1, "name", said, []),
    _name(rows.csv_of_rows): lambda said: rows.csv_of_rows([said], [[said]]),
    _name(rows.rows_of_csv): lambda said: rows.rows_of_csv(f"name,mail\n{said}", people.PEOPLE_COLUMNS),
    _name(fault.fault): lambda said: fault.fault(1, fault.FaultKind.BAD_VALUE, said, said),
    _name(marked.read_marked): lambda said: marked.read_marked(said, []),
    _name(marked.MarkedMap.fault): lambda said: _marked().fault(said, fault.FaultKind.BAD_VALUE),
    _name(marked.MarkedMap.flag): lambda said: _marked().flag(said, default=True),
    _name(marked.MarkedMap.is_text): lambda said: _marked().is_text(said),
    _name(marked.MarkedMap.line_of): lambda said: _marked().line_of(said),
    _name(marked.MarkedMap.map): lambda said: _marked().map(said),
    _name(marked.MarkedMap.maps): lambda said: _marked().maps(said),
    _name(marked.MarkedMap.text): lambda said: _marked().text(said),
    _name(marked.MarkedMap.texts): lambda said: _marked().texts(said),
    _name(pupils.PupilRule.is_address): lambda said: pupils.PupilRule().is_address(said),
    _name(pupils.PupilRule.is_group): lambda said: pupils.PupilRule().is_group(said),
    _name(pupils.PupilRule.is_value): lambda said: pupils.PupilRule().is_value(said),
}
_ARTICLES: Final[Mapping[str, Sample]] = {
    _name(action.ActionBook.completing): lambda said: _actions().completing(said),
    _name(action.ActionBook.get): lambda said: _actions().get(said),
    _name(action.ActionBook.says_exactly): lambda said: _actions().says_exactly(_action().id, said),
    _name(action.parse_action): lambda said: [
        action.parse_action(written, file="a.yaml", verbs=frozenset())
        for written in (said, f"id: a\ntitle:\n  nb: {said}")
    ],
    _name(article.ArticleBook.get): lambda said: _articles().get(said, Language.NB),
    _name(article.ArticleBook.texts_of): lambda said: _articles().texts_of(said),
    _name(article.parse_article): lambda said: [
        article.parse_article(written, file="a.md", language=Language.NB) for written in (said, f"{_HEAD}{said}")
    ],
    _name(bundle.read_bundle): lambda said: bundle.read_bundle(said, language=Language.NB, stem="a"),
    _name(house_style.opens_with_yes_or_no): lambda said: house_style.opens_with_yes_or_no(said, "nb"),
    _name(house_style.wrong_terms): lambda said: list(house_style.wrong_terms(said, "nb")),
    _name(placeholder.fill): lambda said: placeholder.fill(said, local={"a": said}, service_desk=said),
    _name(review.ArticleFile.fault): lambda said: _file(said).fault(said, said),
    _name(review.ArticleFile.line_of): lambda said: _file(said).line_of(said),
    _name(review.ArticleFile.line_of_phrasing): lambda said: _file(said).line_of_phrasing(said),
}
_WORDS: Final[Mapping[str, Sample]] = {
    _name(tokens.TokenizedText.tokenize): tokens.TokenizedText.tokenize,
    _name(tokens.TokenizedText.indexes_of): lambda said: tokens.TokenizedText.tokenize(said).indexes_of("secret"),
    _name(tokens.TokenizedText.every): lambda said: tokens.TokenizedText.tokenize(said).every("secret"),
    _name(tokens.TokenizedText.near): lambda said: tokens.TokenizedText.tokenize(said).near(
        "secret", 0, before=9, after=9
    ),
    _name(digits.DigitReading.from_text): digits.DigitReading.from_text,
    _name(labels.Labels.is_small): lambda said: labels.Labels(digits.DigitReading.from_text("1")).is_small(said),
    _name(masked.MaskedText.strip): lambda said: masked.MaskedText(said).strip(),
    _name(money.issued_by): lambda said: money.issued_by("4" * len(said)),
    _name(split.mask_rest): lambda said: split.mask_rest(masked.MaskedText(said), "010170"),
    _name(money.is_card_number): lambda said: money.is_card_number(said) if said.isdigit() else None,
    _name(masked.cut): lambda said: masked.cut(masked.MaskedText(said), 100),
    **{_name(read): _of_existing(read) for read in (tables.entries, tables.lines, tables.sections)},
}
_SOFTWARE: Final[Mapping[str, Sample]] = {
    _name(everyday.EverydayTasks.guess): lambda said: sample_tasks().guess(said),
    _name(index.ProgramIndex.called): lambda said: _index().called(said),
    _name(index.ProgramIndex.hits_for): lambda said: _index().hits_for(said, lambda _: True, 5),
    _name(index.ProgramIndex.may_name): lambda said: _index().may_name(said),
    _name(index.ProgramIndex.mentioned): lambda said: _index().mentioned(said, lambda _: True),
    _name(index.Rarity.of_meaning): _RARITY.of_meaning,
    _name(index.Rarity.of_word): _RARITY.of_word,
    _name(register.Register.called): lambda said: _register().called(said, None),
    _name(register.Register.find_programs): lambda said: _register().find_programs(said, _PLACE),
    _name(register.Register.may_name): lambda said: _register().may_name(said),
    _name(register.Register.look_up): lambda said: _register().look_up(said, _PLACE),
    _name(register.Register.mentioned): lambda said: _register().mentioned(said, None),
    _name(register.Register.of_municipality): lambda said: list(_register().of_municipality(said)),
    _name(register.Register.visible): lambda said: _register().visible(said, said),
    _name(table.table_of): lambda said: table.table_of((), said),
    _name(words.meanings): lambda said: words.meanings(said, _VOCABULARY),
    _name(words.parts_of): lambda said: words.parts_of(said, _VOCABULARY),
}
SAMPLES: Final[Mapping[str, Sample]] = {
    **{_name(function): _whole(function) for function in _OF_A_TEXT},
    **_CARDS,
    **_QUESTIONS,
    **_IMPORTS,
    **_ARTICLES,
    **_WORDS,
    **_SOFTWARE,
    _name(clause_kind.feature_rows): lambda said: clause_kind.feature_rows(
        said, before=said, first=True, last=True, mark=""
    ),
}
