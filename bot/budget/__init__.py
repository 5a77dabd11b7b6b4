"""Budgets: how much a person, a source address or a municipality may ask for in a while.

Entry points: ``TokenBuckets`` for one kind of request, ``TurnBudget`` for what people say. No I/O; the clock is an
argument. May import ``bot.ports`` and nothing else of ``bot``.
"""

from bot.budget.buckets import Rate, TokenBuckets
from bot.budget.turns import TurnBudget, TurnRates

__all__ = ["Rate", "TokenBuckets", "TurnBudget", "TurnRates"]
