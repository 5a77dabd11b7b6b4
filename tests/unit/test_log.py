"""A log line tells what failed and where, and never the words that made it fail."""

import logging

import pytest
import structlog
from pydantic import TypeAdapter, ValidationError

from bot.app.log import configure_log, make_log

SECRET = "kaffemaskinen brummer"


@pytest.fixture(autouse=True)
def as_before() -> object:
    root = logging.getLogger()
    handlers = list(root.handlers)
    yield
    root.handlers = handlers
    structlog.reset_defaults()


def fail() -> None:
    try:
        TypeAdapter(int).validate_python(SECRET)
    except ValidationError as fault:
        raise RuntimeError(SECRET) from fault


@pytest.mark.parametrize("form", ["console", "json"])
def test_a_fault_is_told_by_kind_and_place_alone(capsys: pytest.CaptureFixture[str], form: str) -> None:
    configure_log("debug", form)
    try:
        fail()
    except RuntimeError as fault:
        make_log().error("given", exc_info=fault)
        make_log().exception("caught")
    told = capsys.readouterr().err
    assert SECRET not in told
    assert told.count("RuntimeError") == told.count("ValidationError") == 2
    assert told.count(" fail") >= 2
    assert "because of" in told


def test_several_faults_at_once_are_told_by_their_kinds(capsys: pytest.CaptureFixture[str]) -> None:
    configure_log("info")
    make_log().error("failed", exc_info=ExceptionGroup(SECRET, [ValueError(SECRET), OSError(SECRET)]))
    told = capsys.readouterr().err
    assert SECRET not in told
    assert "ExceptionGroup of ValueError, OSError" in told


def test_what_libraries_log_is_told_without_what_they_quote(capsys: pytest.CaptureFixture[str]) -> None:
    configure_log("debug")
    configure_log("debug")
    knowledge = logging.getLogger("some.library")
    knowledge.warning("refused %s", SECRET)
    knowledge.error(f"refused {SECRET}")
    knowledge.info("refused")
    try:
        fail()
    except RuntimeError:
        knowledge.exception("failed")
    told = capsys.readouterr().err
    assert SECRET not in told
    assert told.count("refused …") == 1
    assert "%" not in told
    assert told.count("source=some.library") == 3
    assert "RuntimeError" in told


@pytest.mark.parametrize("library", ["aiohttp.websocket", "psycopg.pool"])
def test_what_a_library_warns_of_again_and_again_writes_no_line(
    library: str, capsys: pytest.CaptureFixture[str]
) -> None:
    configure_log("debug")
    logging.getLogger(library).warning("once more %r", SECRET)
    assert capsys.readouterr().err == ""
