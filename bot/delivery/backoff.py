"""Exponential backoff for failed sends."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class BackoffPolicy:
    """Pauses that double from ``first_seconds`` up to ``longest_seconds``, for ``most_attempts`` sends in all.

    The defaults give up after about an hour and a half.
    """

    first_seconds: float = 2.0
    longest_seconds: float = 900.0
    most_attempts: int = 14

    def __post_init__(self) -> None:
        if not 0 < self.first_seconds <= self.longest_seconds:
            raise ValueError("first_seconds must be above 0 and at most longest_seconds")
        if self.most_attempts < 1:
            raise ValueError("most_attempts must be at least 1")


def retry_delay(policy: BackoffPolicy, *, attempt: int, jitter: float) -> float | None:
    """Return the pause before the next try, or ``None`` when no try is left.

    Args:
        policy: the backoff settings.
        attempt: sends already made, counting from 1.
        jitter: uniform draw in [0, 1), supplied by the caller to keep this pure.

    Returns:
        Seconds, between half of the full pause and the full pause, so that sends that failed together spread out.

    Raises:
        ValueError: ``attempt`` is below 1 or ``jitter`` is outside [0, 1).

    Source: Microsoft, "Optimize your bot: rate limiting", 2026-10-08: back off exponentially with jitter.
    """
    if attempt < 1:
        raise ValueError("attempt counts from 1")
    if not 0 <= jitter < 1:
        raise ValueError("jitter is in [0, 1)")
    if attempt >= policy.most_attempts:
        return None
    # 2 ** 60 is far beyond any longest pause and keeps the power finite.
    full = min(policy.first_seconds * 2.0 ** min(attempt - 1, 60), policy.longest_seconds)
    return full * (0.5 + jitter / 2)
