"""The rate a limiter keeps to in a lane."""

from bot.delivery.limiter import Limiter


def per_second(limiter: Limiter, lane: str) -> float:
    """Return this worker's current rate in the lane, in sends a second."""
    state = limiter._lanes.get(lane)
    return state.per_second * state.part if state is not None else limiter._fastest
