"""Recall and precision of masking on the report half of the labelled sentences: ``python -m tests.bench masking``."""

from tests.masking_sets import REPORT, judge_masking


def main() -> None:
    """Print a line a kind of number, and what went wrong."""
    judged = judge_masking(REPORT)
    for kind, score in judged.scores.items():
        print(f"{kind:16} recall {score.recall:.3f} ({score.found}/{score.expected})", end="  ")
        print(f"precision {score.precision:.3f} ({score.right}/{score.masked})")
    for mistake in judged.mistakes:
        print(mistake)
