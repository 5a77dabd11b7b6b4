"""Measures the matcher on labelled sets: with entries of their own, or asked of the articles."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path

from bot.content import content_folder, load_content
from bot.settings import Settings
from knowledge.encoder import Encoder
from knowledge.evaluate import EvaluationSet, Report, evaluate
from knowledge.policy import Policy

QUESTIONS = Path("tests") / "questions"


class BadSet(Exception):
    """A labelled set cannot be read; the text says which and why."""


def questions_at_hand() -> tuple[Path, ...]:
    """Return the sets kept with the tests, when the command runs in a checkout of the project."""
    return tuple(sorted(QUESTIONS.glob("*.json")))


def measure(
    files: Iterable[Path], *, settings: Settings, encoder: Encoder | None, typo: bool, fold: bool
) -> tuple[Report, ...]:
    """Return a report a set. Sets without entries are asked of the articles as one, each with its own subsets.

    Raises BadSet.
    """
    policy = Policy(right_share=settings.right_share, ask_back=settings.ask_back)
    own: list[dict[str, object]] = []
    sets: list[EvaluationSet] = []
    for file in files:
        data = _read(file)
        if "entries" in data:
            sets.append(_parsed(file, data))
        else:
            own += [{**query, "sub": f"{file.stem} {query.get('sub', '')}"} for query in data["queries"]]
    if own:
        phrasings = load_content(content_folder(settings.content_dir)).phrasings()
        asked = EvaluationSet.parse_questions(own)
        sets.append(EvaluationSet(name="articles", phrasings=phrasings, questions=asked))
    return tuple(evaluate(each, encoder=encoder, typo=typo, fold=fold, policy=policy) for each in sets)


def rows(report: Report) -> Sequence[tuple[str, str]]:
    """Return a report as lines of a table."""
    overall = report.overall
    lines = [
        ("set", f"{report.name}, {', '.join(report.conditions)}, {overall.questions} questions in scope"),
        ("acc@1", f"{overall.acc_at_1:.3f}"),
        ("R@3", f"{overall.recall_at_3:.3f}"),
        ("MRR", f"{overall.mrr:.3f}"),
        ("AUROC", "–" if report.auroc is None else f"{report.auroc:.3f}"),
        ("cov95", f"{report.cov95:.3f}"),
        ("calibration error", f"{report.calibration_error:.3f}"),
        ("latency p50 / p99", f"{report.latency_p50:.2f} / {report.latency_p99:.2f} ms"),
        ("build", f"{report.build_seconds:.1f} s"),
    ]
    for scope, shares in report.outcomes.items():
        told = ", ".join(f"{name} {share:.3f}" for name, share in shares.items())
        lines.append((f"policy, {scope} of scope", told))
    for sub, score in report.by_sub.items():
        lines.append(
            (f"  {sub}", f"acc@1 {score.acc_at_1:.3f}, R@3 {score.recall_at_3:.3f}, {score.questions} questions")
        )
    return lines


def _read(file: Path) -> dict[str, list[dict[str, object]]]:
    try:
        data = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError) as fault:
        raise BadSet(f"{file}: {fault}") from fault
    if not isinstance(data, dict) or not isinstance(data.get("queries"), list):
        raise BadSet(f"{file}: is not a labelled set: it has no list of queries")
    return data


def _parsed(file: Path, data: dict[str, list[dict[str, object]]]) -> EvaluationSet:
    try:
        return EvaluationSet.parse(data)
    except (KeyError, TypeError, AttributeError) as fault:
        raise BadSet(f"{file}: is not a labelled set: {fault!r}") from fault
