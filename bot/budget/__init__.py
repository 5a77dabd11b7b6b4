"""Budgets: request limits for a person, a source address or a municipality.

Entry points: ``TokenBuckets`` for one kind of request, ``TurnBudget`` for turns. No I/O; the clock is an argument. May
import ``bot.ports`` and nothing else of ``bot``.
"""

from bot.budget.turns import Rate, TokenBuckets, TurnBudget, TurnRates

__all__ = ["Rate", "TokenBuckets", "TurnBudget", "TurnRates"]
