"""Cleaning and masking of incoming text."""

import asyncio
from dataclasses import replace

from bot.ports import Incoming
from dialogs.core.cleaning import clean_message, clean_text, cleaned, texts_of
from knowledge.language.masking import MaskedText, is_costly


async def masked_message(text: str) -> MaskedText:
    """Return a cleaned and masked message from outside."""
    return await asyncio.to_thread(clean_message, text) if is_costly(text) else clean_message(text)


async def cleaned_incoming(incoming: Incoming) -> Incoming:
    """Return a copy with every text cleaned.

    Done centrally, so that no channel can forget it.
    """
    if any(is_costly(text) for text in texts_of(incoming.what)):
        return await asyncio.to_thread(_cleaned, incoming)
    return _cleaned(incoming)


def _cleaned(incoming: Incoming) -> Incoming:
    sender = replace(incoming.sender, name=clean_text(incoming.sender.name))
    return replace(incoming, sender=sender, what=cleaned(incoming.what))
