"""What holds for all tests."""

import gc

import pytest
import structlog
from hypothesis import HealthCheck, settings

from tests.sampling import ALL_EXAMPLES, QUICK_EXAMPLES, left_out, left_to_soak

# How long a case takes says more about the machine than about the program.
UNTIMED = settings(deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("untimed", UNTIMED, max_examples=ALL_EXAMPLES)
settings.register_profile("quick", UNTIMED, max_examples=QUICK_EXAMPLES)


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="take part of the large families: what make check does")
    parser.addoption("--soak", action="store_true", help="take all of the largest families: what make soak does")


class FailuresAtOnce:
    """Names a failed test when it fails, so that a run that is stopped has named it."""

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        if report.failed:
            print(f"\nFAILED {report.nodeid} ({report.when})", flush=True)


def pytest_configure(config: pytest.Config) -> None:
    if not hasattr(config, "workerinput"):  # the workers of a run report to the one that started them
        config.pluginmanager.register(FailuresAtOnce())
    config.addinivalue_line("markers", "quick(number or ids): which cases a quick run takes (tests/sampling.py)")
    config.addinivalue_line("markers", "soak(number): how many cases a run without --soak takes (tests/sampling.py)")
    config.addinivalue_line("markers", "full: left out of a quick run (tests/sampling.py)")
    settings.load_profile("quick" if config.getoption("--quick") else "untimed")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    without = set() if config.getoption("--soak") else set(left_to_soak(items))
    if config.getoption("--quick"):
        without |= set(left_out(items))
    items[:] = [item for item in items if item not in without]
    config.hook.pytest_deselected(items=list(without))


@pytest.hookimpl(trylast=True)
def pytest_runtest_teardown() -> None:
    """Forget a log that a test has set up: its stream is pytest's for that test and closed for the next."""
    structlog.reset_defaults()


def pytest_collection_finish(session: pytest.Session) -> None:
    """Spare the garbage collector of a quick run the collected tests: walking them was a sixth of its time."""
    if not session.config.getoption("--quick"):
        return
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)
