"""Signed heads to an address outside, so that a shortened log is noticed by someone else."""

from dataclasses import dataclass
from typing import Final

import aiohttp

from bot.audit.statements import SignedStatement

TOTAL_SECONDS: Final = 10.0


class NotAccepted(Exception):
    """The address outside did not take a head. ``cause`` is one word for metrics and logs."""

    def __init__(self, cause: str) -> None:
        super().__init__(cause)
        self.cause = cause


@dataclass(frozen=True, slots=True, kw_only=True)
class Outside:
    """Posts statements as JSON to ``url``; any answer of class 2xx means accepted. Redirects are not followed."""

    url: str
    session: aiohttp.ClientSession

    async def post(self, statement: SignedStatement) -> None:
        """Hand over one statement. Raises NotAccepted."""
        timeout = aiohttp.ClientTimeout(total=TOTAL_SECONDS)
        try:
            async with self.session.post(
                self.url, json=statement.to_dict(), timeout=timeout, allow_redirects=False
            ) as answer:
                if not 200 <= answer.status < 300:
                    raise NotAccepted(f"status_{answer.status}")
        except (aiohttp.ClientError, OSError, TimeoutError) as fault:
            raise NotAccepted("timeout" if isinstance(fault, TimeoutError) else "unreachable") from fault
