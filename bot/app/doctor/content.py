"""Checks of the content and the sentence encoder."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Final

from bot.app.doctor.finding import Finding, fail, ok, warn
from bot.content.loading import LoadedContent
from bot.settings.model import Settings
from knowledge.matching.encoder import Encoder

NAMED: Final = 5


def content_findings(content: LoadedContent, *, today: date) -> Iterator[Finding]:
    """Check for content that was left out, and for answers due for review."""
    ids = content.articles.ids()
    if content.faults:
        first = "; ".join(map(str, content.faults[:NAMED]))
        yield fail(
            "content", f"{len(content.faults)} faults, such as {first}", "heia kb check shows all of them."
        ).explained("content_faults", number=len(content.faults))
    if not ids:
        yield fail("content", "there is no article", "Is HEIA_CONTENT_DIR the folder with articles/ in it?").explained(
            "no_articles"
        )
    elif not content.faults:
        yield ok("content", f"{len(ids)} articles, {len(content.phrasings())} phrasings, no faults")
    if not content.organisation.municipalities:
        yield fail("content", "there is no municipality", "Describe them in organisation.yaml.")
    unnamed = [
        municipality.id
        for municipality in content.organisation.municipalities.values()
        if municipality.controller is None or municipality.data_protection_officer is None
    ]
    if unnamed:
        advice = "Name controller and data_protection_officer in organisation.yaml; the privacy notice shows them."
        yield warn(
            "privacy", f"the privacy notice lacks a controller or officer for {', '.join(unnamed)}", advice
        ).explained("no_officer")
    facts = content.organisation.privacy
    if facts.transfer_basis is None:
        advice = (
            "With Teams: name transfer_basis under privacy in organisation.yaml; the notice must name it (article 13)."
        )
        yield warn("privacy", "the privacy notice names no safeguard for transfers out of the EEA", advice).explained(
            "no_transfer_basis"
        )
    if facts.backup_days is None:
        advice = "Name backup_days under privacy in organisation.yaml: how long a backup is kept."
        yield warn(
            "privacy", "the privacy notice cannot say how long erased data remains in backups", advice
        ).explained("no_backup_days")
    late = sorted({article.id for article in content.articles.articles.values() if article.review_by < today})
    if late:
        named = ", ".join(late[:NAMED]) + (f" and {len(late) - NAMED} more" if len(late) > NAMED else "")
        yield warn(
            "content", f"{len(late)} articles are past their review date: {named}", "Read them; heia kb list."
        ).explained("articles_late", number=len(late))


def encoder_findings(settings: Settings, load: Callable[[], Encoder | None], lack: str) -> Iterator[Finding]:
    """Check that the sentence encoder loads, if it is enabled. ``lack``: what there is too little of for it."""
    if settings.semantic == "off":
        yield ok("encoder", "off; questions are matched by their words")
    elif lack:
        text = f"{lack}: a server that starts now matches questions by their words alone"
        yield warn("encoder", text, "Give it room and restart it, or set HEIA_SEMANTIC=off.")
    elif load() is None:
        advice = "pip install 'heia[semantic]' (x86-64), or set HEIA_SEMANTIC=off."
        yield warn("encoder", "cannot be loaded; questions are matched by their words alone", advice).explained(
            "words_alone"
        )
    else:
        yield ok("encoder", "loaded")
