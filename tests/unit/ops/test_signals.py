"""Alerts and board of docs/examples/prometheus: they ring when they must, and ask for metrics that exist."""

import json
import re
import subprocess
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pytest
import yaml
from grafana_foundation_sdk.cog.encoder import JSONEncoder
from grafana_foundation_sdk.models.dashboard import Dashboard

from bot.app.ops.health import Metrics
from tests.needs import PROMTOOL, found, sentence

DOCS: Final = Path(__file__).parents[3] / "docs"
RULES_FILE: Final = DOCS / "examples/prometheus/heia.rules.yml"
RULES: Final = {rule["alert"]: rule for rule in yaml.safe_load(RULES_FILE.read_text("utf-8"))["groups"][0]["rules"]}
BOARD: Final = json.loads((DOCS / "examples/prometheus/heia.board.json").read_text("utf-8"))
RUNBOOK: Final = (DOCS / "runbook.md").read_text("utf-8")
OPERATING: Final = (DOCS / "operating.md").read_text("utf-8")
QUERIES: Final = [target["expr"] for panel in BOARD["panels"] for target in panel.get("targets", ())]
# Of the process and of a target, as Prometheus itself makes them.
OF_PROMETHEUS: Final = {"up"}


def page() -> str:
    return Metrics().page().decode()


def families() -> Mapping[str, str]:
    """Return the type of each metric of ``/metrics``."""
    return dict(re.findall(r"^# TYPE (\S+) (\w+)$", page(), re.MULTILINE))


def samples(name: str, kind: str) -> Iterator[str]:
    if kind == "histogram":
        yield from (f"{name}_{part}" for part in ("bucket", "count", "sum"))
    else:
        yield name


def queried(expression: str) -> set[str]:
    """Return the names of metrics in an expression: what stands before a selector, an operator or a bracket's end."""
    bare = re.sub(r'"[^"]*"|\{[^}]*\}|\[[^\]]*\]|\b(?:by|on|ignoring|group_left|without) *\([^)]*\)', " ", expression)
    names = re.findall(r"\b([a-zA-Z_]\w*)\b(?!\s*\()", bare)
    return {name for name in names if name not in {"or", "and", "unless", "offset"}}


ASKED: Final = {
    **{alert: queried(rule["expr"]) for alert, rule in RULES.items()},
    **{query: queried(query) for query in QUERIES},
}


@pytest.fixture(scope="module")
def promtool() -> str:
    path = found(PROMTOOL)
    if path is None:
        pytest.fail(sentence([PROMTOOL]), pytrace=False)
    return path


def run(*words: str) -> str:
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


# Each alert with a case in which it rings.

# An installation at rest: a process with everything that the alerts look at. It stands still for five days.
QUIET: Final = {
    'up{job="heia", instance="a"}': "1x1800",
    'heia_ready{job="heia", instance="a"}': "1x1800",
    'process_start_time_seconds{job="heia", instance="a"}': "1x1800",
    'process_resident_memory_bytes{job="heia", instance="a"}': "300000000x1800",
    'process_open_fds{job="heia", instance="a"}': "50x1800",
    'process_max_fds{job="heia", instance="a"}': "1000x1800",
    'heia_build_info{job="heia", instance="a", version="0.9.0"}': "1x1800",
    'heia_oldest_pending_seconds{instance="a", lane="personal"}': "3x1800",
    'heia_oldest_pending_seconds{instance="a", lane="group"}': "3x1800",
    'heia_requests_total{instance="a", route="/chat", status="2xx"}': "0+20x1800",
    'heia_turn_stage_seconds_bucket{instance="a", stage="commit", le="0.05"}': "0+20x1800",
    'heia_turn_stage_seconds_bucket{instance="a", stage="commit", le="0.25"}': "0+20x1800",
    'heia_turn_stage_seconds_bucket{instance="a", stage="commit", le="+Inf"}': "0+20x1800",
    'heia_dependency_up{instance="a", dependency="store"}': "1x1800",
    'heia_audit_head{instance="a", place="log"}': "0+1x1800",
    'heia_audit_head{instance="a", place="outside"}': "0+1x1800",
    'heia_questions_total{instance="a", by="encoder"}': "0+5x1800",
    'heia_matcher_wait_seconds{instance="a"}': "0.01x1800",
    'heia_nightly_run_timestamp_seconds{instance="a", task="retention"}': "0+240x1800",
    'heia_nightly_run_timestamp_seconds{instance="a", task="backup"}': "0+240x1800",
    'heia_directory_run_timestamp_seconds{instance="a", directory="graph/nes"}': "0+240x1800",
    'heia_directory_run_timestamp_seconds{instance="a", directory="file/vik"}': "0+240x1800",
    'heia_waiting_removals{instance="a", municipality="nes"}': "0x1800",
    'heia_unplaced_people{instance="a", municipality="nes"}': "3x1800",
    'heia_credential_expiry_timestamp_seconds{instance="a", credential="signin/nes"}': "90000000x1800",
}
STEP_MINUTES: Final = 4
# Between two evaluations. Prometheus takes its own minute; a tenth of the work finds the same alerts.
EVALUATED_MINUTES: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing:
    """What is other than at rest, when the alert must ring, and what the operator reads.

    ``gone``: a series of the installation at rest that is missing.
    """

    series: Mapping[str, str]
    at: str
    reads: str
    labels: Mapping[str, str]
    gone: str = ""


def case(
    series: Mapping[str, str], reads: str, labels: str = 'instance="a"', *, at: str = "2h", gone: str = ""
) -> Ringing:
    return Ringing(series=series, at=at, reads=reads, labels=dict(re.findall(r'(\w+)="([^"]*)"', labels)), gone=gone)


CASES: Final = {
    "HeiaDown": case({'up{job="heia", instance="a"}': "0x99"}, "a does not answer", 'job="heia" instance="a"'),
    "HeiaRestarts": case(
        {'process_start_time_seconds{job="heia", instance="a"}': "0+240x99"},
        "a started 15 times in an hour",
        'job="heia" instance="a"',
    ),
    "HeiaNotReady": case(
        {'heia_ready{job="heia", instance="a"}': "0x99"},
        "a cannot save: its store does not answer",
        'job="heia" instance="a"',
    ),
    "HeiaMessagesLate": case(
        {'heia_oldest_pending_seconds{instance="a", lane="personal"}': "0+240x99"},
        "A message (personal) has waited 2h 0m 0s to be sent",
        'instance="a" lane="personal"',
    ),
    "HeiaAnnouncementLate": case(
        {'heia_oldest_pending_seconds{instance="a", lane="group"}': "0+240x99"},
        "A message of an announcement has waited 2h 0m 0s to be sent",
        'instance="a" lane="group"',
    ),
    "HeiaMessagesDead": case(
        {'heia_deliveries_settled_total{instance="a", status="dead"}': "0+1x99"},
        "15 messages were given up within an hour",
        'instance="a" status="dead"',
    ),
    "HeiaTurnsFail": case(
        {'heia_turns_failed_total{instance="a", cause="internal"}': "0+1x99"},
        "Turns of people or timers fail: internal",
        'instance="a" cause="internal"',
    ),
    "HeiaServerErrors": case(
        {'heia_requests_total{instance="a", route="/desk", status="5xx"}': "0+1x99"},
        "a answers requests with errors of its own",
    ),
    "HeiaRequestsRefused": case(
        {'heia_requests_total{instance="a", route="/api/messages", status="4xx"}': "0+100x99"},
        "a refuses requests of Teams",
    ),
    "HeiaCommitsSlow": case(
        {'heia_turn_stage_seconds_bucket{instance="a", stage="commit", le="0.05"}': "0x99"},
        "The slowest commits of a take 248ms",
    ),
    "HeiaDependencyAway": case(
        {'heia_dependency_up{instance="a", dependency="mail"}': "0x99"},
        "mail does not work for a",
        'instance="a" dependency="mail"',
    ),
    "HeiaLoopFails": case(
        {'heia_loops_failed_total{instance="a", loop="courier"}': "0+1x99"},
        "courier of a failed and was started again",
        'instance="a" loop="courier"',
    ),
    "HeiaAuditHeadsBehind": case(
        {'heia_audit_head{instance="a", place="outside"}': "0x99"},
        "Signed heads of the audit log (outside) are an hour behind",
        'instance="a" place="outside"',
    ),
    "HeiaQuestionsPutOff": case(
        {'heia_questions_total{instance="a", by="refused"}': "0+4x99"},
        "a was too busy for 15 questions",
        'instance="a" by="refused"',
    ),
    "HeiaMatcherSlow": case(
        {'heia_matcher_wait_seconds{instance="a"}': "0.5x99"}, "Questions wait 500ms for the encoder of a"
    ),
    "HeiaClientsRefused": case(
        {'heia_refused_total{instance="a", reason="guests"}': "0+100x99"},
        "a refuses clients: guests",
        'instance="a" reason="guests"',
    ),
    "HeiaProxySilent": case(
        {'heia_requests_without_address_total{instance="a"}': "0+1x99"}, "The proxy in front of a forwards no address"
    ),
    "HeiaNightlyRunLate": case(
        {'heia_nightly_run_timestamp_seconds{instance="a", task="retention"}': "0x1800"},
        "The nightly job retention did not run: 2d 0h 0m 0s ago",
        'instance="a" task="retention"',
        at="2d",
    ),
    "HeiaBackupLate": case(
        {},
        "The last backup is older than a night, or there is none",
        'instance="a" job="heia"',
        gone='heia_nightly_run_timestamp_seconds{instance="a", task="backup"}',
    ),
    "HeiaDirectoryNotRead": case(
        {'heia_directory_run_timestamp_seconds{instance="a", directory="graph/nes"}': "0x99"},
        "graph/nes was read 2h 0m 0s ago",
        'instance="a" directory="graph/nes"',
    ),
    "HeiaImportLate": case(
        {'heia_directory_run_timestamp_seconds{instance="a", directory="file/vik"}': "0x1800"},
        "file/vik was imported 3d 0h 0m 0s ago",
        'instance="a" directory="file/vik"',
        at="3d",
    ),
    "HeiaRemovalsWait": case(
        {'heia_waiting_removals{instance="a", municipality="nes"}': "7x99"},
        "7 people of nes wait to be removed",
        'instance="a" municipality="nes"',
    ),
    "HeiaPeopleUnplaced": case(
        {'heia_unplaced_people{instance="a", municipality="nes"}': "3x400 5x1400"},
        "More people of nes than yesterday have no unit: 5",
        'instance="a" municipality="nes"',
        at="28h",
    ),
    "HeiaCredentialEnds": case(
        {'heia_credential_expiry_timestamp_seconds{instance="a", credential="signin/nes"}': "1735200x99"},
        "signin/nes ends in 20d 0h 0m 0s",
        'instance="a" credential="signin/nes"',
    ),
    "HeiaCredentialEndsNow": case(
        {'heia_credential_expiry_timestamp_seconds{instance="a", credential="signin/nes"}': "266400x99"},
        "signin/nes ends in 3d 0h 0m 0s",
        'instance="a" credential="signin/nes"',
    ),
    "HeiaMemoryGrows": case(
        {'process_resident_memory_bytes{job="heia", instance="a"}': "300000000x1000 536870912x800"},
        "a holds 512MiB, half as much again as three days ago",
        'job="heia" instance="a"',
        at="80h",
    ),
    "HeiaFilesRunOut": case(
        {'process_open_fds{job="heia", instance="a"}': "900x99"},
        "a has 90% of its open files in use",
        'job="heia" instance="a"',
    ),
    "HeiaVersionsDiffer": case(
        {'heia_build_info{job="heia", instance="b", version="0.8.0"}': "1x1800"},
        "2 versions of Heia have run side by side for a day",
        "",
        at="2d",
    ),
}


def test_every_alert_has_a_case_in_which_it_rings() -> None:
    assert set(CASES) == set(RULES)


def test_the_alerts_ring_and_say_what_is_wrong_and_none_rings_at_rest(promtool: str, tmp_path: Path) -> None:
    tests: list[dict[str, Any]] = [
        {
            "interval": f"{STEP_MINUTES}m",
            "name": "at rest",
            "input_series": [{"series": name, "values": values} for name, values in QUIET.items()],
            "promql_expr_test": [{"expr": "ALERTS", "eval_time": at, "exp_samples": []} for at in ("2h", "4d")],
        }
    ]
    for alert, ring in CASES.items():
        series = {name: values for name, values in (QUIET | ring.series).items() if name != ring.gone}
        rule = RULES[alert]
        expected = {
            "exp_labels": {**ring.labels, **rule["labels"]},
            "exp_annotations": {"summary": ring.reads, "runbook": rule["annotations"]["runbook"]},
        }
        tests.append(
            {
                "interval": f"{STEP_MINUTES}m",
                "name": alert,
                "input_series": [{"series": name, "values": values} for name, values in series.items()],
                "alert_rule_test": [{"alertname": alert, "eval_time": ring.at, "exp_alerts": [expected]}],
            }
        )
    file = tmp_path / "heia.test.yml"
    document = {"rule_files": [str(RULES_FILE)], "evaluation_interval": f"{EVALUATED_MINUTES}m", "tests": tests}
    file.write_text(yaml.safe_dump(document, sort_keys=False), "utf-8")
    run(promtool, "test", "rules", str(file))


def test_promtool_reads_the_alerts_and_every_query_of_the_board(promtool: str, tmp_path: Path) -> None:
    readable = [query.replace("$__rate_interval", "5m").replace("$instance", ".*") for query in QUERIES]
    rules = [{"record": f"board:query{number}", "expr": query} for number, query in enumerate(readable)]
    file = tmp_path / "board.yml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "board", "rules": rules}]}), "utf-8")
    assert f"{len(QUERIES)} rules found" in run(promtool, "check", "rules", str(file))
    assert f"{len(RULES)} rules found" in run(promtool, "check", "rules", str(RULES_FILE))


@pytest.mark.parametrize("expression", ASKED)
def test_an_alert_or_a_panel_asks_for_metrics_that_exist(expression: str) -> None:
    known = {sample for name, kind in families().items() for sample in samples(name, kind)}
    assert ASKED[expression]
    assert ASKED[expression] <= known | OF_PROMETHEUS


def test_every_metric_is_on_the_board_and_in_the_page_for_operators() -> None:
    asked = set().union(*(queried(query) for query in QUERIES))
    own = {name: set(samples(name, kind)) for name, kind in families().items() if name.startswith("heia_")}
    own = {name: parts for name, parts in own.items() if not name.endswith("_created")}
    assert [name for name, parts in own.items() if not parts & asked] == []
    assert [name for name in own if f"`{name}`" not in OPERATING] == []


def test_no_metric_has_a_label_that_prometheus_gives_a_target_itself() -> None:
    collectors = set(Metrics()._registry._names_to_collectors.values())
    labels = {label for collector in collectors for label in getattr(collector, "_labelnames", ())}
    assert {"stage", "lane", "task"} <= labels
    assert labels & {"job", "instance"} == set()


def _entries(text: str) -> Iterator[tuple[str, str]]:
    for part in re.split(r"^### ", text, flags=re.MULTILINE)[1:]:
        title, _, body = part.partition("\n")
        yield title, body.split("\n## ")[0].strip()


def test_the_runbook_has_one_line_for_each_alert_and_no_other() -> None:
    entries = dict(_entries(RUNBOOK))
    assert set(entries) == set(RULES)
    assert [title for title, body in entries.items() if not body or "\n" in body] == []


@pytest.mark.parametrize("alert", RULES)
def test_an_alert_leads_to_its_line_and_says_how_urgent_it_is(alert: str) -> None:
    rule = RULES[alert]
    assert rule["annotations"]["runbook"] == f"docs/runbook.md#{alert.lower()}"
    assert rule["labels"]["severity"] in {"critical", "warning"}


def test_every_link_of_the_runbook_leads_to_a_heading() -> None:
    links = re.findall(r"\]\(([\w./-]*)(?:#([\w-]+))?\)", RUNBOOK)
    assert len(links) > 10
    for file, anchor in links:
        text = (DOCS / file).read_text("utf-8")
        headings = {
            re.sub(r"[^\w -]", "", heading.lower()).strip().replace(" ", "-")
            for heading in re.findall(r"^#+ (.*)$", text, re.MULTILINE)
        }
        assert not anchor or anchor in headings, f"{file}#{anchor}"


def test_the_board_is_what_grafanas_own_model_of_a_board_takes() -> None:
    read = json.loads(JSONEncoder().encode(Dashboard.from_json(BOARD)))
    assert list(_lost(BOARD, read)) == [], "a field that Grafana does not know, or with another value"


def test_the_panels_of_the_board_lie_beside_each_other() -> None:
    taken: dict[tuple[int, int], str] = {}
    for panel in BOARD["panels"]:
        place = panel["gridPos"]
        for x in range(place["x"], place["x"] + place["w"]):
            for y in range(place["y"], place["y"] + place["h"]):
                assert taken.setdefault((x, y), panel["title"]) == panel["title"]
                assert x < 24
    ids = [panel["id"] for panel in BOARD["panels"]]
    assert len(ids) == len(set(ids))


def _lost(wanted: Any, read: Any, path: str = "") -> Iterator[str]:
    """Yield the paths of what a reader dropped or changed; what it added by default does not matter."""
    if isinstance(wanted, dict) and isinstance(read, dict):
        for name, value in wanted.items():
            yield from _lost(value, read.get(name), f"{path}/{name}")
    elif isinstance(wanted, list) and isinstance(read, list) and len(wanted) == len(read):
        for place, (value, other) in enumerate(zip(wanted, read, strict=True)):
            yield from _lost(value, other, f"{path}/{place}")
    elif wanted != read:
        yield path
