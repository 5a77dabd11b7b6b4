"""``heia ask``: the answer decision on the terminal."""

import asyncio
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Annotated, Any

import structlog
import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bot.app.local import command_store
from bot.app.wiring import load_knowledge
from bot.content.article_import import live_additions
from bot.content.index_builder import KnowledgeState
from bot.content.program_import import program_changes
from bot.content.revisions import live_revisions
from bot.ports import StoreRefused, StoreUnavailable
from bot.settings.model import Settings, load_settings
from dialogs.ask.meaning import asked_in, meaning_of, understand
from dialogs.ask.parameters import named_request, parameters
from dialogs.ask.readings import OWN_FROM, Meaning, own_shares
from dialogs.core.article_view import view_article
from dialogs.core.query import MatchEach
from dialogs.editing.model import ArticleRevision
from dialogs.handoff.addition import Addition
from knowledge.article.article import Language
from knowledge.language.clause_kind import pieces
from knowledge.language.clauses import clauses, set_apart
from knowledge.language.excerpt import excerpt
from knowledge.language.masking import MaskedText, mask
from knowledge.matching.encoder import Encoder, Vectors
from knowledge.matching.matcher import Match
from knowledge.matching.policy import Outcome, OutcomeKind
from knowledge.software.register import ProgramChange

Json = dict[str, Any]

# Sentences above which a notice about the waiting time is printed, and seconds per sentence on two cores.
_MANY, _SECONDS_EACH = 200, 0.008
Published = tuple[Sequence[Addition], Sequence[ArticleRevision], Sequence[ProgramChange]]


class AnnouncingEncoder:
    """An encoder that announces how long it takes when it has much to read."""

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    @property
    def name(self) -> str:
        """Return the name of the wrapped encoder."""
        return self._encoder.name

    def encode(self, texts: Sequence[str]) -> Vectors:
        """Return the encoder's vectors, after a line on standard error when there are many."""
        if len(texts) >= _MANY:
            sys.stderr.write(
                f"Reading {len(texts)} phrasings, once: about {len(texts) * _SECONDS_EACH:.0f} seconds. "
                "--no-semantic answers at once.\n"
            )
        return self._encoder.encode(texts)


def ask(
    utterance: Annotated[str, typer.Argument(help="What a person would write; - reads one utterance a line.")],
    lang: Annotated[str, typer.Option(help="Answer in nb, nn or en; without it, in the language asked.")] = "",
    as_json: Annotated[bool, typer.Option("--json", help="One JSON object a line.")] = False,
    explain: Annotated[bool, typer.Option(help="Show the evidence behind the decision.")] = False,
    municipality: Annotated[str, typer.Option(help="Answer as for a person of this municipality.")] = "",
    semantic: Annotated[bool, typer.Option(help="Use the sentence encoder where it is installed.")] = True,
) -> None:
    """Show what Heia would answer, and why.

    Example: heia ask "når kommer office 365?"
    """
    if lang and lang not in set(Language):
        raise typer.BadParameter(f"{lang} is not one of nb, nn, en", param_hint="--lang")
    settings = load_settings() if semantic else load_settings(semantic="off")
    log = structlog.get_logger()
    additions, revisions, programs = asyncio.run(_published(settings))
    knowledge = load_knowledge(
        settings,
        now=datetime.now(UTC),
        log=log,
        wrap=AnnouncingEncoder,
        additions=additions,
        revisions=revisions,
        programs=programs,
    )
    utterances: Iterable[str] = (line.rstrip("\n") for line in sys.stdin) if utterance == "-" else (utterance,)
    for spoken in utterances:
        decided = decision_json(
            knowledge, spoken, language=Language(lang) if lang else None, municipality=municipality or None
        )
        if as_json:
            sys.stdout.write(json.dumps(decided, ensure_ascii=False) + "\n")
            sys.stdout.flush()
        else:
            print_decision(decided)
        if explain:
            print_evidence(knowledge, spoken, settings, municipality=municipality or None)


async def _published(settings: Settings) -> Published:
    """Return what editors approved and published, if there is a store; report on standard error if it is unreadable."""
    if settings.database_url is None and not any(settings.data_dir.glob("store-*")):
        return (), (), ()
    try:
        store = await command_store(settings)
        try:
            return await live_additions(store), await live_revisions(store), await program_changes(store)
        finally:
            await store.close()
    except (StoreRefused, StoreUnavailable) as reason:
        sys.stderr.write(f"What editors approved and published is left out: {reason}\n")
        return (), (), ()


def decision_json(
    knowledge: KnowledgeState, utterance: str, *, language: Language | None, municipality: str | None
) -> Json:
    """Return the decision in the documented form of ``--json``."""
    meaning = _understood(knowledge, mask(utterance), municipality)
    matched, outcome = meaning.match, meaning.outcome
    entries = [article_id for part in meaning.parts or (meaning,) if (article_id := part.outcome.article_id)]
    spoken = language or Language.from_code(matched.language)
    articles = knowledge.content.articles.ids()
    verb = meaning.action.verb if meaning.action is not None else None
    offer = meaning.programs
    arguments = (
        offer.data
        if offer is not None and offer.sure
        else parameters(verb, mask(utterance), knowledge.content, municipality, vector=matched.vector)
        if verb is not None
        else {}
    )
    if language is None and "language" in arguments:
        spoken = Language(arguments["language"])
    return {
        "outcome": str(outcome.kind),
        "article_id": outcome.article_id if outcome.article_id in articles else None,
        "article_ids": [article_id for article_id in entries if article_id in articles],
        "action": meaning.action.id if meaning.action is not None else None,
        "parameters": dict(arguments),
        "action_ids": [article_id for article_id in entries if article_id not in articles],
        "confidence": round(outcome.confidence, 4),
        "candidates": [{"article_id": c.article_id, "confidence": round(c.confidence, 4)} for c in matched.candidates],
        "language": str(spoken),
        "text": _answer_text(knowledge, meaning, spoken, municipality),
    }


def _understood(knowledge: KnowledgeState, utterance: MaskedText, municipality: str | None) -> Meaning:
    """Return the meaning of an utterance, which the chat would have found, too: typed commands come first."""
    content = knowledge.content
    matcher = knowledge.matcher_for(municipality)
    verb = content.commands.get(" ".join(utterance.lower().split()).strip(" ?!."))
    request = named_request(utterance, content, municipality) if verb is None else None
    verb = request.verb if request is not None else verb
    named = {
        action.id: action for action in content.actions.actions.values() if verb is not None and action.verb == verb
    }
    if named:
        matched = matcher.match(utterance)
        # Two actions may do the same: the nearer one is meant.
        best = next(
            (candidate.article_id for candidate in matched.candidates if candidate.article_id in named),
            next(iter(named)),
        )
        outcome = Outcome(kind=OutcomeKind.ACT, article_id=best, confidence=1.0)
        return Meaning(match=matched, outcome=outcome, action=named[best])
    reading = understand(utterance, content=content, previous_article_ids=(), municipality_id=municipality)
    # The reading asks for matches only, and these need no store.
    matches: tuple[Match, ...] | None = None
    while True:
        try:
            query = reading.send(matches)
        except StopIteration as end:
            meaning: Meaning = end.value
            return meaning
        assert isinstance(query, MatchEach)  # noqa: S101
        matches = matcher.match_each(query.utterances)


def print_decision(decided: Json) -> None:
    """Print a decision as text."""
    console = Console()
    console.print(f"[bold]{decided['outcome']}[/bold] · {decided['language']} · {decided['confidence']:.2f}")
    console.print(decided["text"], markup=False)
    for name, value in decided["parameters"].items():
        console.print(f"{name}: {value}", markup=False)
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for candidate in decided["candidates"]:
        table.add_row(candidate["article_id"], f"{candidate['confidence']:.3f}")
    console.print(table)


def print_evidence(knowledge: KnowledgeState, utterance: str, settings: Settings, *, municipality: str | None) -> None:
    """Print the evidence for the decision."""
    evidence = knowledge.matcher_for(municipality).explain(mask(utterance))
    table = Table(box=None, show_header=False, padding=(0, 2, 0, 0))
    for name, told in _readings(knowledge, mask(utterance), municipality):
        table.add_row(name, escape(told))
    table.add_row("matched phrasing", escape(evidence.phrasing or "–"))
    table.add_row("tokens", " ".join(evidence.tokens) or "–")
    table.add_row("damage repaired", ", ".join(f"{wrong} → {right}" for wrong, right in evidence.repaired) or "none")
    for name, value in evidence.parts:
        table.add_row(name, f"{value:.3f}")
    policy = knowledge.content.policy
    sure = [candidate.confidence for candidate in evidence.match.candidates]
    first, listed, right = (sure[0] if sure else 0.0), sum(sure[: policy.ask_back]), evidence.match.precision
    share = f"{settings.right_share:.2f} of such answers right (HEIA_RIGHT_SHARE)"
    table.add_row("an answer needs", f"{share}, and it is {right:.3f}")
    table.add_row("", f"confidence {policy.answer_from:.2f} in the first candidate, and it is {first:.3f}")
    table.add_row(
        "a likely answer needs",
        f"confidence {policy.usual_from(evidence.match):.2f} in the first, {policy.word_from:.2f} with one word",
    )
    new = "it is" if evidence.match.new else "it is not"
    table.add_row("both need", f"not to be about something that no article has a word for, and {new}")
    table.add_row("asking back needs", f"confidence {policy.first_from:.2f} in the first, and it is {first:.3f}")
    together = policy.listed_from(evidence.match)
    table.add_row("", f"confidence {together:.2f} in those shown together, and it is {listed:.3f}")
    Console().print(table)


def _readings(knowledge: KnowledgeState, utterance: MaskedText, municipality: str | None) -> Iterator[tuple[str, str]]:
    """Yield how a message is read: what its pieces are, and which clauses are questions of their own."""
    read = excerpt(utterance)
    parts = pieces(read)
    if len(parts) > 1:
        yield "read as", ", ".join(f"{piece.kind} {piece.share:.2f} “{piece.text}”" for piece in parts)
        yield "looked up", asked_in(read)
    asked = asked_in(read)
    said = clauses(asked)
    if said:
        matches = knowledge.matcher_for(municipality).match_each((asked, *said))
        whole, *clause_meanings = (
            meaning_of(match, knowledge.content, part=number > 0) for number, match in enumerate(matches)
        )
        shares = own_shares(whole, clause_meanings, set_apart(asked))
        for clause, share in zip(said, shares, strict=True):
            yield "a question of its own", f"{share:.2f} “{clause}”, from {OWN_FROM}"


def _answer_text(knowledge: KnowledgeState, meaning: Meaning, language: Language, municipality: str | None) -> str:
    content, outcome = knowledge.content, meaning.outcome
    texts = content.texts[language]

    def entry(entry_id: str) -> str:
        article = content.articles.get(entry_id, language, municipality)
        action = content.actions.get(entry_id)
        return action.title(language) if action else article.title if article else ""

    match outcome.kind:
        case OutcomeKind.ANSWER:
            view = view_article(content, texts, outcome.article_id or "", municipality)
            return view.article.answer if view else ""
        case OutcomeKind.ANSWERS:
            return "\n\n".join(
                f"{texts('ask.about_part', words=part.match.utterance)}\n"
                f"{_answer_text(knowledge, part, language, municipality)}"
                for part in meaning.parts
            )
        case OutcomeKind.ACT | OutcomeKind.DECLINE | OutcomeKind.OUT_OF_SCOPE:
            action = meaning.action
            return (action.reply(language) or action.title(language)) if action is not None else ""
        case OutcomeKind.CLARIFY:
            shown = filter(None, (entry(c.article_id) for c in outcome.candidates))
            line = texts("ask.nearest" if outcome.doubtful else "ask.clarify")
            return "\n".join([line, *(f"- {title}" for title in shown)])
        case OutcomeKind.HAND_OVER:
            return texts("ask.unknown")
        case OutcomeKind.SMALL_TALK:
            return texts(f"ask.small_talk.{meaning.match.small_talk}")
