"""What goes wrong between Heia and Microsoft Graph: nothing changes, and the next run goes on."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest
from aiohttp import web
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID

from bot.app.clock import SystemRandomSource
from bot.graph.config import CLOUDS, GraphFault, is_at
from bot.graph.token import GraphToken
from tests.fakes.graph import CLIENT, SECRET, TENANT, Fault, error, object_id
from tests.unit.graph.conftest import Town

# At each of these the second page of users is answered with something else.
SECOND_PAGE = "skiptoken"


def at(part: str, *answers: Callable[[], web.Response]) -> list[Fault]:
    """Return faults that answer the next requests with ``part`` in their path."""

    def fault(answer: Callable[[], web.Response]) -> Fault:
        return lambda request: answer() if part in request.path_qs else None

    return [fault(each) for each in answers]


async def filled(town: Town, people: int = 5) -> None:
    town.graph.page = 2
    for number in range(1, people + 1):
        town.graph.put(number)


@pytest.mark.parametrize("status", [429, 503])
async def test_throttling_is_obeyed_in_seconds_and_as_a_date(town: Town, status: int) -> None:
    await filled(town)
    date = format_datetime(town.clock.now() + timedelta(minutes=15, seconds=50), usegmt=True)
    town.graph.faults = at(
        SECOND_PAGE,
        lambda: error(status, "TooManyRequests", Retry_After="7"),
        lambda: error(status, "TooManyRequests", Retry_After=date),
        lambda: error(status, "TooManyRequests"),
    )
    await town.run()
    assert len(await town.people()) == 5
    assert town.clock.slept[0] == 7
    assert 40 < town.clock.slept[1] <= 43
    assert town.clock.slept[2] == 8


async def test_a_wait_without_end_ends_the_run_and_names_when_to_go_on(town: Town) -> None:
    await filled(town)
    town.graph.faults = at(SECOND_PAGE, lambda: error(429, "TooManyRequests", Retry_After="3600"))
    with pytest.raises(GraphFault) as fault:
        await town.run()
    assert (fault.value.reason, fault.value.retry_after) == ("throttled", timedelta(hours=1))
    assert (await town.state()).fault == "throttled"
    assert await town.people() == {}
    await town.run()
    assert len(await town.people()) == 5
    assert (await town.state()).fault == ""


def html() -> web.Response:
    return web.Response(text="<html>Logg inn for å bruke nettet</html>", content_type="text/html")


def half() -> web.Response:
    return web.Response(body=b'{"value": [{"id": "00000000-0000', content_type="application/json")


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (html, "no_json"),
        (half, "no_json"),
        (lambda: web.json_response({"value": []}), "half_answer"),
        (lambda: web.json_response([1]), "no_json"),
        (lambda: web.json_response({"value": {}, "@odata.deltaLink": "x"}), "strange_answer"),
        (lambda: web.json_response({"value": [{"id": 7}], "@odata.deltaLink": "x"}), "strange_answer"),
        (lambda: web.json_response({"value": [{"id": object_id(1), "mail": 7}], "@odata.deltaLink": "x"}),
         "strange_answer"),
        (lambda: web.json_response({"value": [], "@odata.nextLink": "https://evil.example/v1.0/users"}),
         "foreign_host"),
        (lambda: web.Response(status=302, headers={"Location": "https://evil.example/"}), "http_302"),
        (lambda: error(403, "Authorization_RequestDenied"), "http_403"),
        (lambda: error(500, "InternalServerError"), "http_500"),
    ],
)  # fmt: skip
async def test_a_strange_answer_changes_nothing_and_is_named(
    town: Town, answer: Callable[[], web.Response], reason: str
) -> None:
    await filled(town)
    await town.run()
    before = await town.people()
    town.graph.put(1, displayName="Nytt Navn")
    town.graph.faults = at("/users/delta", *[answer] * 6)
    with pytest.raises(GraphFault) as fault:
        await town.run()
    assert fault.value.reason == reason
    assert await town.people() == before
    assert (await town.state()).fault == reason
    town.graph.faults.clear()
    await town.run()
    assert (await town.people())["1"].name == "Nytt Navn"


async def test_a_link_that_leads_in_a_circle_ends(town: Town) -> None:
    await filled(town)
    circle = f"{town.graph.origin}/v1.0/users/delta?$skiptoken=7b7d"
    answer = {"value": [], "@odata.nextLink": circle}
    town.graph.faults = at("/users/delta", *[lambda: web.json_response(answer)] * 3)
    with pytest.raises(GraphFault, match="endless"):
        await town.run()


@pytest.mark.parametrize(
    "gone",
    [
        lambda: error(410, "syncStateNotFound", Location="https://evil.example/"),
        lambda: error(400, "syncStateNotFound"),
    ],
)
@pytest.mark.parametrize("path", ["/users/delta", "/groups/delta"])
async def test_an_expired_delta_link_reads_everything_again(
    town: Town, gone: Callable[[], web.Response], path: str
) -> None:
    await filled(town)
    await town.run()
    town.graph.delete(1)
    town.graph.put(6)
    town.graph.faults = at(path, gone)
    assert (await town.run()).plan.full
    assert {*await town.people()} == {"2", "3", "4", "5", "6"}
    assert not (await town.run()).plan.full


async def test_an_interrupted_first_run_starts_over_and_doubles_nothing(town: Town) -> None:
    await filled(town, 7)

    class KilledError(Exception):
        pass

    sync = town.sync()
    await sync.begin()
    planned = await sync.prepare()

    def killed(done: int, total: int) -> None:
        raise KilledError

    sync.progress = killed
    with pytest.raises(KilledError):
        await sync.apply_run(planned)
    town.clock.at += timedelta(minutes=11)
    town.name = "process-2"
    await town.run()
    assert len(await town.people()) == len(await town.accounts()) == 7


async def test_one_process_reads_at_a_time_and_a_killed_one_holds_up_ten_minutes(town: Town) -> None:
    await filled(town)
    first = town.sync()
    await first.begin()
    town.name = "process-2"
    second = town.sync()
    with pytest.raises(GraphFault, match="running"):
        await second.begin()
    town.clock.at += timedelta(minutes=11)
    await second.begin()
    with pytest.raises(GraphFault, match="running"):
        await first.prepare()
    assert (await town.state()).fault == ""


async def test_a_token_that_graph_refuses_is_asked_for_again_once(town: Town) -> None:
    await filled(town)
    town.graph.faults = at(SECOND_PAGE, lambda: error(401, "InvalidAuthenticationToken"))
    await town.run()
    assert town.graph.count("/oauth2/v2.0/token") == 2
    town.graph.faults = at("/users/delta", *[lambda: error(401, "InvalidAuthenticationToken")] * 2)
    with pytest.raises(GraphFault, match="http_401"):
        await town.run()


async def test_a_token_is_asked_for_again_after_a_day_however_long_it_should_last(town: Town) -> None:
    await filled(town)
    town.graph.token_seconds = 1e12
    token = GraphToken(session=town.http, source=town.source(), clock=town.clock, rng=SystemRandomSource())
    first = await token.get()
    town.clock.at += timedelta(hours=23)
    assert await token.get() == first
    town.clock.at += timedelta(hours=1)
    assert await token.get() != first


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"secret": "wrong"}, "AADSTS7000215"),
        ({"client_id": object_id(3)}, "AADSTS700016"),
        ({"secret": None, "secret_env": "HEIA_TEST_NO_SUCH"}, "no_credential"),
        ({"secret": None, "certificate": "/nowhere.pem"}, "no_credential"),
    ],
)
async def test_a_refused_token_is_named_by_entras_code_and_never_by_the_secret(
    town: Town, changes: dict[str, Any], code: str, caplog: pytest.LogCaptureFixture
) -> None:
    await filled(town)
    with pytest.raises(GraphFault) as fault:
        await town.run(**changes)
    assert fault.value.reason == code
    assert fault.value.advice
    shown = f"{fault.value} {fault.value.advice} {await town.state()} {caplog.text}"
    assert SECRET not in shown
    assert "wrong" not in f"{fault.value}"
    assert town.graph.count("/v1.0/") == 0


async def test_html_instead_of_a_token_is_named(town: Town) -> None:
    town.graph.faults = at("/oauth2/", html)
    with pytest.raises(GraphFault) as fault:
        await town.run()
    assert fault.value.reason == "no_json"


async def test_a_certificate_proves_who_asks(town: Town, tmp_path: Path) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "heia")])
    ends = datetime(2027, 1, 31, tzinfo=UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(7)
        .not_valid_before(ends - timedelta(days=365))
        .not_valid_after(ends)
        .sign(key, hashes.SHA256())
        .public_bytes(serialization.Encoding.PEM)
    )
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (tmp_path / "heia.pem").write_bytes(certificate + private)
    town.graph.certificate = certificate
    town.graph.put(1)
    await town.run(secret=None, certificate=str(tmp_path / "heia.pem"))
    assert {*await town.people()} == {"1"}
    assert (await town.state()).credential_ends == ends
    assert "client_secret" not in town.graph.forms[0]


async def test_the_end_of_the_secret_in_use_is_read_where_it_is_permitted(town: Town) -> None:
    town.graph.credentials = [
        {"hint": "xyz", "endDateTime": "2028-01-01T00:00:00Z"},
        {"hint": SECRET[:3], "endDateTime": "2027-02-03T04:05:06.1234567Z"},
        {"hint": SECRET[:3], "endDateTime": "2026-01-01T00:00:00Z"},
    ]
    await town.run(secret_expires="2027-05-01")
    assert (await town.state()).credential_ends == datetime(2027, 5, 1, tzinfo=UTC)
    town.graph.can_read_applications = True
    await town.run()
    assert (await town.state()).credential_ends == datetime(2027, 2, 3, 4, 5, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "address",
    [
        "https://graph.microsoft.com.evil.example/v1.0/users",
        "https://evil.example/v1.0/users",
        "https://graph.microsoft.com@evil.example/v1.0/users",
        "https://x@graph.microsoft.com/v1.0/users",
        "http://graph.microsoft.com/v1.0/users",
        "https://graph.microsoft.com:8443/v1.0/users",
        "https://graph.microsoft.com:bad/v1.0/users",
        "//graph.microsoft.com/v1.0/users",
        "https://graph.microsoft.com/v1.0/\nusers",
        "",
    ],
)
def test_only_graph_itself_is_followed(address: str) -> None:
    assert not is_at(address, CLOUDS["global"].graph)
    assert is_at("https://graph.microsoft.com/v1.0/users/delta?$skiptoken=x", CLOUDS["global"].graph)


async def test_only_the_named_tenant_and_application_are_asked_for(town: Town) -> None:
    town.graph.put(1)
    await town.run()
    assert town.graph.asked[0] == ("POST", f"/{TENANT}/oauth2/v2.0/token")
    assert town.graph.forms[0] == {
        "grant_type": "client_credentials",
        "client_id": CLIENT,
        "client_secret": SECRET,
        "scope": f"{town.graph.origin}/.default",
    }
    assert {method for method, _ in town.graph.asked} == {"GET", "POST"}
