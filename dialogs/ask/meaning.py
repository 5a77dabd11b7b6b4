"""Read the request in a message, as a whole and clause by clause."""

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from itertools import chain
from typing import Final

from dialogs.ask.readings import LEANING_FROM, OWN_FROM, Meaning, own_shares
from dialogs.core.content import Content
from dialogs.core.query import Asking, match_each
from dialogs.rollout.software.lookup.offering import LOOK_UP, program_offer
from knowledge.article.action import Action, ActionKind
from knowledge.article.article import Language
from knowledge.language.clause_kind import (
    COURTESY_FROM,
    LOOKED_UP,
    told_beside,
    without_background,
    without_courtesy,
)
from knowledge.language.clauses import (
    asks,
    begins_question,
    clauses,
    denied,
    entries_of_list,
    has_many_clauses,
    has_subject,
    refuses,
    said_words,
    sentences,
    set_apart,
)
from knowledge.language.emergency import emergency_in, only_sounds_urgent
from knowledge.language.excerpt import excerpt
from knowledge.language.smalltalk import SmallTalk, thanks
from knowledge.language.text import words
from knowledge.matching.clause_head import kinds_by_vector
from knowledge.matching.emergency_head import EMERGENCY_FROM, emergency_share
from knowledge.matching.followup import depends_on_previous, says_still
from knowledge.matching.match import NOTHING_ASKED, Asked, Candidate, Match
from knowledge.matching.policy import Outcome, OutcomeKind

MAX_ANSWERS: Final = 3
# An unsure clause of fewer words adds to the one before: "hva gjør jeg".
_OWN_WORDS: Final = 4
# Minimum share of courtesy of what has the form of a question: one too many is a look, one too few is lost.
_ASKED_COURTESY_FROM: Final = 0.9
# Minimum confidence of the article that answers a clause which is no question by its form.
_SURELY_ABOUT: Final = 0.9
# Least confidence of an action that is asked for whatever its clause looks like.
_COMMAND_FROM: Final = 0.9
_OF_ACTION: Final = {
    ActionKind.ACT: OutcomeKind.ACT,
    ActionKind.DECLINE: OutcomeKind.DECLINE,
    ActionKind.OUT_OF_SCOPE: OutcomeKind.OUT_OF_SCOPE,
}


def understand(
    utterance: str,
    *,
    content: Content,
    previous_article_ids: tuple[str, ...],
    asked_before: Asked = NOTHING_ASKED,
    municipality_id: str | None,
    begins: bool = True,
) -> Asking[Meaning]:
    """Return the meaning of a message; of a long one only an excerpt is read.

    Args:
        previous_article_ids: answers of the last turns, latest first.
        asked_before: the questions of the last turn and those it continues.
        begins: whether a look-up of programs may take the place of the reply; it may not where the message follows
            something else, such as an announcement.
    """
    written = excerpt(utterance)
    read = asked_in(written)
    told = told_beside(written) if read != written else ""
    apart = denied(read)
    look_up = partial(
        match_each,
        previous_article_ids=previous_article_ids,
        asked_before=asked_before,
        municipality_id=municipality_id,
    )
    asked = (read, *(apart or clauses(read)))
    matches = yield from look_up((*asked, told) if told else asked)
    whole, *parts = matches[: len(asked)]
    lighter = read if apart else _without_meant_courtesy(read, parts, content)
    if lighter != read:
        whole, *parts = yield from look_up((lighter, *clauses(lighter)))
    if emergency_in(utterance) is None or not any(emergency_in(part.utterance) for part in parts):
        # A vector is of one thing: of several clauses each has its own.
        whole = alarmed(replace(whole, vector=b"") if parts else whole, utterance, content)
    parts = [alarmed(part, part.utterance, content, within=utterance) for part in parts]
    meaning = _of_clauses(whole, parts, content, denies=apart is not None)
    if told:
        background = alarmed(matches[-1], told, content, within=utterance)
        meaning = _with_emergency(meaning, meaning_of(background, content, part=True))
    # A sentence is an emergency whatever the next one is about, and wherever it is split.
    alarming = next((sentence for sentence in sentences(written) if emergency_in(sentence) is not None), None)
    if alarming is not None:
        meaning = _with_emergency(meaning, meaning_of(alarmed(whole, alarming, content), content, part=True))
    parts_with_programs = tuple(
        _with_programs(part, part.match, content, municipality_id, begins=False) for part in meaning.parts
    )
    said = whole if apart is None else parts[1]
    return _with_programs(replace(meaning, parts=parts_with_programs), said, content, municipality_id, begins=begins)


def asked_in(text: str) -> str:
    """Return what a message asks, without courtesy, and without background unless it is about that: "Er det lov?".

    What is pasted, and a single word beside courtesy, is read as written: "Norsk, takk".
    """
    asked = without_background(text)
    if has_many_clauses(text) or entries_of_list(text) or len(words(asked)) < 2:
        return text
    leans = depends_on_previous(asked) or says_still(asked) or len(words(asked)) < _OWN_WORDS
    return without_courtesy(text) if leans else asked


def _without_meant_courtesy(read: str, parts: Sequence[Match], content: Content) -> str:
    """Return what was read without the clauses that are courtesy by their vector; all where nothing else is left.

    What sounds like an emergency stays, and what surely asks Heia to do something: "slett det du har om meg, og …".
    """
    said = [part.utterance for part in parts]
    if not all(part.vector for part in parts):
        return read
    courtesy = kinds_by_vector(said, [part.vector for part in parts])[:, len(LOOKED_UP) :].sum(axis=1)
    left_out = [
        share >= (COURTESY_FROM if not begins_question(part.utterance) else _ASKED_COURTESY_FROM)
        and not _is_said_in_earnest(meaning_of(alarmed(part, part.utterance, content), content, part=True))
        for part, share in zip(parts, courtesy, strict=True)
    ]
    if all(left_out):
        return read
    kept, done, at = "", 0, 0
    for clause, courteous in zip(said, left_out, strict=True):
        # The words of one clause may stand in another.
        at = read.find(clause, at)
        if at < 0:
            return read
        if courteous:
            kept += read[done:at].rstrip(" ,") + "\n"
            done = at + len(clause)
            done += len(read[done:]) - len(read[done:].lstrip(" .,;:!?"))
        at += len(clause)
    return (kept + read[done:]).strip()


def _is_said_in_earnest(clause: Meaning) -> bool:
    return _is_urgent(clause) or _is_command(clause)


def _with_emergency(meaning: Meaning, told: Meaning) -> Meaning:
    """Return a meaning with the emergency that a message tells of beside what it asks, first, if there is one."""
    parts = meaning.parts or (meaning,)
    if not _is_urgent(told) or any(map(_is_urgent, parts)):
        return meaning
    besides = [part for part in parts if part.outcome.kind is OutcomeKind.ANSWER]
    return _several(meaning, (), [told, *besides]) if besides else told


def alarmed(match: Match, said: str, content: Content, *, within: str = "") -> Match:
    """Return a match with emergency numbers as sure answer, in an emergency; else what only sounds like one without.

    Args:
        within: the message of which ``said`` is a part. Its other parts may show what is meant.
    """
    urgent = next(iter(sorted(content.actions.kinds.urgent)), None)
    if urgent is None:
        return match
    within = within or said
    if emergency_in(said) is None or emergency_in(within) is None:
        if only_sounds_urgent(within):
            return _without_urgent(match, content)
        if emergency_share(match.vector) < EMERGENCY_FROM:
            return match
    others = tuple(candidate for candidate in match.candidates if candidate.article_id != urgent)
    first = Candidate(article_id=urgent, confidence=1.0)
    # Of a long message the match has read an excerpt only; what is told by its vector is what it has read.
    said = match.utterance if emergency_in(said) is None else said
    return replace(match, utterance=said, candidates=(first, *others), precision=1.0, small_talk=None)


def _without_urgent(match: Match, content: Content) -> Match:
    """Return a match without emergency numbers: "the patient has diabetes and cannot log in" only sounds like one."""
    urgent = content.actions.kinds.urgent
    named = next((candidate for candidate in match.candidates if candidate.article_id in urgent), None)
    return match if named is None else _without(match, replace(match, candidates=(named,)))


def _of_clauses(whole: Match, parts: Sequence[Match], content: Content, *, denies: bool) -> Meaning:
    """Return the meaning of a message, as far as articles and actions have it."""
    meaning = meaning_of(whole, content)
    if whole.small_talk is not None:
        return meaning
    if denies:
        refused, asked = parts
        return meaning_of(replace(_without(asked, refused), continued=()), content)
    if whole.precision < content.policy.right_share and thanks(whole.utterance):
        return meaning_of(replace(whole, small_talk=SmallTalk.THANKS, candidates=()), content)
    return _joined(meaning, [meaning_of(part, content, part=True) for part in parts]) if parts else meaning


def meaning_of(matched: Match, content: Content, *, part: bool = False) -> Meaning:
    """Return the meaning of a message, or of a clause that is ``part`` of one."""
    outcome = content.policy.outcome(matched, content.actions.kinds, part=part)
    action = content.actions.get(outcome.article_id) if outcome.article_id else None
    if action is not None and _is_refused(action, matched.utterance):
        matched = _without(matched, matched)
        outcome = content.policy.outcome(matched, content.actions.kinds, part=part)
        action = content.actions.get(outcome.article_id) if outcome.article_id else None
    if action is not None and action.urgent:
        kind = emergency_in(matched.utterance)
        if kind is None and only_sounds_urgent(matched.utterance):
            return meaning_of(_without_urgent(matched, content), content, part=part)
        action = action.for_emergency(kind)
    first = matched.candidates[0] if matched.candidates and matched.small_talk is None else None
    if first is not None and content.actions.says_exactly(first.article_id, matched.utterance):
        # A single word such as "stopp" is too short for a high confidence, and an editor has written its meaning.
        action = action or content.actions.get(first.article_id)
        outcome = Outcome(kind=OutcomeKind.ACT, article_id=first.article_id, confidence=first.confidence)
    if action is not None:
        outcome = replace(outcome, kind=_OF_ACTION[action.kind])
    return Meaning(match=matched, outcome=outcome, action=action)


def _is_refused(action: Action, said: str) -> bool:
    """Return whether a message says that it does not want an action: "ikke slett dataene mine".

    That a person does not want something may be the way to ask for it: "jeg vil ikke ha meldinger". Then it is no
    refusal unless another phrasing wants the same: "jeg vil ikke snakke med et menneske".
    """
    if action.kind is not ActionKind.ACT or not refuses(said):
        return False
    refused = said_words(said)
    phrasings = tuple(chain.from_iterable(action.phrasings.values()))
    refusing = [said_words(phrasing) for phrasing in phrasings if refuses(phrasing)]
    if not refusing or not refused:
        return True
    wanting = (said_words(phrasing) for phrasing in phrasings if not refuses(phrasing))
    return any(map(refused.issubset, wanting)) and not any(map(refused.issubset, refusing))


def _with_programs(
    meaning: Meaning, said: Match, content: Content, municipality_id: str | None, *, begins: bool
) -> Meaning:
    """Return the meaning with the look-up that it may ask for.

    A sure one is its action, if it ``begins``; else it is offered.
    """
    outcome = meaning.outcome
    if meaning.match.small_talk is not None or (meaning.action is not None and meaning.action.urgent):
        return meaning
    about_programs = _is_about_programs(meaning, content, municipality_id)
    offer = program_offer(said, outcome, content, municipality_id, about_programs=about_programs)
    if offer is None:
        return meaning
    beside = replace(meaning, outcome=_without_look_up(outcome, content), programs=replace(offer, sure=False))
    if not offer.sure:
        return beside
    action = _look_up_action(said, content)
    if action is None or not begins:
        return beside
    acted = Outcome(kind=OutcomeKind.ACT, article_id=action.id, confidence=outcome.confidence)
    return Meaning(match=said, outcome=acted, action=action, programs=offer)


def _look_up_action(said: Match, content: Content) -> Action | None:
    """Return the action that a look-up is: of several that do the same, the nearest, or that of the first command."""
    able = {action.id: action for action in content.actions.actions.values() if action.verb == LOOK_UP}
    near = [able[candidate.article_id] for candidate in said.candidates if candidate.article_id in able]
    commands = [command for command, verb in content.commands.items() if verb == LOOK_UP]
    usual = [action for typed in commands for action in able.values() if content.actions.says_exactly(action.id, typed)]
    return next(iter((*near, *usual, *able.values())), None)


def _without_look_up(outcome: Outcome, content: Content) -> Outcome:
    """Return an outcome without the look-up, which the offer already names."""
    actions = {action.id for action in content.actions.actions.values() if action.button_verb == LOOK_UP}
    others = tuple(candidate for candidate in outcome.candidates if candidate.article_id not in actions)
    return replace(outcome, candidates=others) if others else outcome


def _is_about_programs(meaning: Meaning, content: Content, municipality_id: str | None) -> bool:
    """Return whether the reply is the look-up without a name, or an article that leads to it."""
    if meaning.action is not None:
        return meaning.action.verb == LOOK_UP and not content.actions.says_exactly(
            meaning.action.id, meaning.match.utterance
        )
    article = content.articles.get(meaning.outcome.article_id or "", Language.NB, municipality_id)
    return article is not None and article.button is not None and article.button.action == LOOK_UP


def _joined(whole: Meaning, clauses: Sequence[Meaning]) -> Meaning:
    """Return the meaning of a message with several clauses: of each question in it, or of the message as one."""
    # Parts may sound harmless where the whole does not: "pasienten har feber" and "er uklar".
    urgent = next((reading for reading in (whole, *clauses) if _is_urgent(reading)), None)
    if urgent is whole:
        return urgent
    shares = own_shares(whole, clauses, set_apart(whole.match.utterance))
    entries = entries_of_list(whole.match.utterance)
    said = [clause.match.utterance for clause in clauses]
    own = [
        clause
        for at, (clause, share) in enumerate(zip(clauses, shares, strict=True))
        if said[at] in entries or _is_own(clause, share, asked_before=any(map(_asks_for, clauses[:at])))
    ]
    asked = _each_once(own)
    if urgent is not None:
        # "Fortsatt feil passord. Orker ikke dette mer": the numbers to call come first, and the answer is not lost.
        besides = [reading for reading in asked if reading.outcome.kind is OutcomeKind.ANSWER]
        return _several(whole, clauses, [urgent, *besides]) if besides else urgent
    if len(asked) > 1 or sum(begins_question(clause.match.utterance) for clause in own) > 1:
        return _several(whole, clauses, asked)
    likeliest = clauses[shares.index(max(shares))]
    return _as_one(whole, asked[0] if asked else likeliest)


def _is_own(clause: Meaning, share: float, *, asked_before: bool) -> bool:
    """Return whether a clause is answered, offered or named for itself, given its share of ``own_shares``.

    Args:
        asked_before: there is a question before it: "hvem bestiller" after what is missing asks about that.
    """
    said = clause.match.utterance
    points_back = depends_on_previous(said)
    leans = points_back or len(words(said)) < _OWN_WORDS
    sure = clause.outcome.kind is OutcomeKind.ANSWER and clause.outcome.confidence >= _SURELY_ABOUT
    surely = sure and not (points_back if begins_question(said) else leans)
    if surely or _is_command(clause) or (begins_question(said) and (asked_before or not leans)):
        return True
    if _dangles(clause) or not clause.match.candidates:
        return False
    return share >= (LEANING_FROM if leans else OWN_FROM)


def _asks_for(clause: Meaning) -> bool:
    """Return whether a clause has the form of a question, or surely asks Heia to do something."""
    said = clause.match.utterance
    return (begins_question(said) and has_subject(said)) or _is_command(clause)


def _is_command(clause: Meaning) -> bool:
    """Return whether a clause surely asks Heia to do something: "slett dataene mine", beside any question."""
    action = clause.action
    acts = action is not None and action.kind is ActionKind.ACT and not action.alone
    return acts and clause.outcome.confidence >= _COMMAND_FROM


def _dangles(clause: Meaning) -> bool:
    """Return whether a clause such as "hvor lang tid tar det" has an answer by its own words alone.

    It is about the clause before, and the same words may be about anything.
    """
    together = {candidate.article_id for candidate in clause.match.continued}
    alone = clause.outcome.article_id not in together and depends_on_previous(clause.match.utterance)
    return bool(together) and clause.outcome.likely and alone


def _each_once(clauses: Sequence[Meaning]) -> list[Meaning]:
    """Return the clauses without those that ask for what another one is answered with."""
    kept: list[Meaning] = []
    answers = {clause.outcome.article_id for clause in clauses}
    for clause in clauses:
        answer = clause.outcome.article_id
        asked_for = answer or next((candidate.article_id for candidate in clause.match.candidates[:1]), None)
        same = asked_for in {earlier.outcome.article_id for earlier in kept} if answer else asked_for in answers
        same = same and not (answer is None and begins_question(clause.match.utterance))
        if asked_for is None or not same:
            kept.append(clause)
    return kept


def _as_one(whole: Meaning, clause: Meaning) -> Meaning:
    """Return the meaning of a message that asks one thing, of which ``clause`` is the likeliest to ask it."""
    if clause.outcome.article_id is None:
        return whole if whole.outcome.kind is not OutcomeKind.HAND_OVER else clause
    if whole.outcome.article_id is None:
        return clause if _among_first(clause, whole) else _confirmed(whole, clause)
    return whole if whole.outcome.confidence >= clause.outcome.confidence else clause


def _several(whole: Meaning, readings: Sequence[Meaning], parts: Sequence[Meaning]) -> Meaning:
    """Return the meaning of a message that asks for each of ``parts``; other readings may have the same answer."""
    shown = tuple(replace(part, also=_answered_with(part, readings)) for part in parts[:MAX_ANSWERS])
    least = min(part.outcome.confidence for part in shown)
    return Meaning(
        match=whole.match,
        outcome=Outcome(kind=OutcomeKind.ANSWERS, confidence=least),
        parts=shown,
        left=tuple(part.match.utterance for part in parts[MAX_ANSWERS:]),
    )


def _answered_with(part: Meaning, readings: Sequence[Meaning]) -> tuple[str, ...]:
    """Return the words of other questions that have the answer of this one."""
    answer = part.outcome.article_id
    same = [reading for reading in readings if answer is not None and reading.outcome.article_id == answer]
    return tuple(
        reading.match.utterance for reading in same if reading.match is not part.match and asks(reading.match.utterance)
    )


def _is_urgent(meaning: Meaning) -> bool:
    return meaning.action is not None and meaning.action.urgent


def _among_first(clause: Meaning, whole: Meaning) -> bool:
    """Return whether the whole message is about the entry of a clause, too, as far as it is about anything."""
    first = {candidate.article_id for candidate in whole.match.candidates[:2]}
    return not first or clause.outcome.article_id in first


def _confirmed(whole: Meaning, clause: Meaning) -> Meaning:
    """Return the meaning of the only sure clause if the whole message points the same way, else a choice."""
    # "Eg har fått nytt namn, men i Teams står det gamle. Kven rettar det?": one clause alone may be about a detail.
    first = whole.match.candidates[0] if whole.match.candidates else None
    clause_first = clause.match.candidates[0]
    if first is None or first.article_id == clause_first.article_id:
        return clause
    candidates = (
        clause_first,
        *(candidate for candidate in whole.match.candidates if candidate.article_id != clause_first.article_id),
    )
    shown = tuple(candidates[: max(2, len(whole.outcome.candidates))])
    outcome = Outcome(kind=OutcomeKind.CLARIFY, confidence=first.confidence, candidates=shown)
    return Meaning(match=replace(whole.match, candidates=candidates), outcome=outcome)


def _without(matched: Match, wrong: Match) -> Match:
    """Return a match without the first candidate of ``wrong``; its share goes to the others."""
    if not wrong.candidates or not matched.candidates:
        return matched
    refused = wrong.candidates[0]
    kept = [candidate for candidate in matched.candidates if candidate.article_id != refused.article_id]
    if len(kept) == len(matched.candidates):
        return matched
    left = 1 - sum(
        candidate.confidence for candidate in matched.candidates if candidate.article_id == refused.article_id
    )
    scaled = tuple(
        Candidate(article_id=candidate.article_id, confidence=min(1.0, candidate.confidence / max(left, 0.05)))
        for candidate in kept
    )
    return replace(matched, candidates=scaled, precision=0.0)
