"""Recall and precision of masking and of warnings on the report half: ``python -m tests.bench masking``."""

from tests.masking_sets import REPORT, judge_masking, judge_warnings


def main() -> None:
    """Print a line a kind of number, and what went wrong."""
    judged = judge_masking(REPORT)
    for kind, score in judged.scores.items():
        print(f"{kind:16} recall {score.recall:.3f} ({score.found}/{score.expected})", end="  ")
        print(f"precision {score.precision:.3f} ({score.right}/{score.masked})")
    for mistake in judged.mistakes:
        print(mistake)
    warned = judge_warnings(REPORT)
    for kind, (given, deserved) in warned.scores.items():
        print(f"{kind:20} recall {given / deserved:.3f} ({given}/{deserved})")
    print(f"{'all warnings':20} recall {warned.recall:.3f}", end="  ")
    print(f"false {warned.false_rate:.3f} ({warned.without_reason}/{warned.harmless} texts without reason)")
    for mistake in warned.mistakes:
        print(mistake)
