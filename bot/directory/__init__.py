"""The registry of people and ambassadors: plan and apply imports, export, coverage reports, sample data.

Entry points: ``plan.plan_import``, ``apply_import.apply_import``, ``coverage_report.read_coverage``, ``load_sample``.
May import ``bot.content`` and the layers below it, not channels or ``bot.app``.
"""

from bot.directory.current import load_sample

__all__ = ["load_sample"]
