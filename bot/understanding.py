"""Runs the matcher: in place where it takes a millisecond, in its own thread where the encoder makes it slow."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

from knowledge.matcher import Match, Matcher


class MatcherRoom:
    """Holds the matcher now in force; content that changes swaps it while answers go on."""

    def __init__(self, *, matcher: Callable[[], Matcher], executor: ThreadPoolExecutor | None) -> None:
        self._matcher = matcher
        self._executor = executor

    async def match(self, utterance: str, *, previous_article_id: str | None) -> Match:
        """Return how well the articles answer; with an executor the event loop stays free meanwhile."""
        matcher = self._matcher()
        if self._executor is None:
            return matcher.match(utterance, previous_article_id=previous_article_id)
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(
            self._executor, lambda: matcher.match(utterance, previous_article_id=previous_article_id)
        )
