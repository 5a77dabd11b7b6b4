"""The nginx configuration of the documentation, in front of the program: what it lets in, and how."""

import asyncio
import io
import ipaddress
import os
import re
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

import aiohttp
import pytest
import pytest_asyncio
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from tests.e2e.forked import program
from tests.e2e.program import Program, free_port
from tests.needs import NGINX, found, sentence

pytestmark = pytest.mark.asyncio(loop_scope="module")

EXAMPLE: Final = (Path(__file__).parents[2] / "docs/examples/heia.nginx.conf").read_text("utf-8")
HOST: Final = "heia.kommune.example"
POST_QUANTUM: Final = "X25519MLKEM768:"
START_SECONDS: Final = 20


@dataclass(frozen=True, slots=True, kw_only=True)
class Front:
    """A running nginx: its two ports, its log, and a client's trust in its certificate."""

    plain: int
    secure: int
    heia: Program
    log: Path
    trust: ssl.SSLContext

    @property
    def host(self) -> str:
        """The name with the port, as a browser sends it where the port is not 443."""
        return f"{HOST}:{self.secure}"

    def url(self, path: str) -> str:
        return f"https://127.0.0.1:{self.secure}{path}"


@pytest.fixture(scope="module")
def nginx() -> str:
    path = found(NGINX)
    if path is None:
        pytest.fail(sentence([NGINX]), pytrace=False)
    return path


def certificate(folder: Path) -> None:
    """Lay a certificate for the example's name, and its key."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, HOST)])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.DNSName(HOST), x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]),
            critical=False,
        )
        .sign(key, hashes.SHA256())
    )
    (folder / "heia.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    (folder / "heia.key").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )


def configuration(nginx: str, folder: Path, *, plain: int, secure: int, heia: int) -> str:
    """Return the example as the documentation says to fit it in, on ports that need no root."""
    version = subprocess.run([nginx, "-V"], capture_output=True, text=True, check=True).stderr
    built = re.search(r"built with OpenSSL (\d+)\.(\d+)", version)
    assert built, version
    fitted = EXAMPLE if (int(built[1]), int(built[2])) >= (3, 5) else EXAMPLE.replace(POST_QUANTUM, "")
    fitted = re.sub(r"^ *listen \[::\].*\n", "", fitted, flags=re.MULTILINE)
    for written, here in (
        ("listen 80;", f"listen 127.0.0.1:{plain};"),
        ("listen 443 ssl;", f"listen 127.0.0.1:{secure} ssl;"),
        ("/etc/ssl/heia.pem", str(folder / "heia.pem")),
        ("/etc/ssl/private/heia.key", str(folder / "heia.key")),
        ("/var/log/nginx/access.log", str(folder / "access.log")),
        ("server 127.0.0.1:3978;", f"server 127.0.0.1:{heia};"),
    ):
        assert fitted.count(written) == 1, written
        fitted = fitted.replace(written, here)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    # Root's workers would otherwise be of a user who cannot reach the tests' folder.
    user = "user root;\n" if os.geteuid() == 0 else ""
    return (
        f"{user}pid {folder}/pid;\nerror_log {folder}/error.log;\ndaemon off;\nworker_processes 1;\nevents {{}}\n"
        f"http {{\n{temporary}{fitted}}}\n"
    )


def configured(nginx: str, folder: Path, **ports: int) -> tuple[str, ...]:
    """Lay the configuration; return the command that runs it, after ``nginx -t`` has found no fault in it."""
    folder.chmod(0o755)
    file = folder / "nginx.conf"
    file.write_text(configuration(nginx, folder, **ports), "utf-8")
    command = (nginx, "-p", str(folder), "-c", str(file))
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert tested.returncode == 0, tested.stderr
    assert "[warn]" not in tested.stderr, tested.stderr
    return command


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def front(nginx: str, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Front]:
    folder = Path(tmp_path_factory.mktemp("nginx"))
    certificate(folder)
    plain, secure = free_port(), free_port()
    settings = {
        "HEIA_PUBLIC_URL": f"https://{HOST}:{secure}",
        "HEIA_TRUSTED_PROXIES": "127.0.0.1",
        "HEIA_WEB_GUESTS": "true",
    }
    async with program(folder / "heia", dev=False, **settings) as heia:
        command = configured(nginx, folder, plain=plain, secure=secure, heia=heia.port)
        running = await asyncio.create_subprocess_exec(*command)
        try:
            async with asyncio.timeout(START_SECONDS):
                while not _listens(secure):
                    assert running.returncode is None
                    await asyncio.sleep(0.02)
            trust = ssl.create_default_context(cafile=str(folder / "heia.pem"))
            yield Front(plain=plain, secure=secure, heia=heia, log=folder / "access.log", trust=trust)
        finally:
            running.terminate()
            await running.wait()


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0


def handshake(front: Front, version: ssl.TLSVersion, ciphers: str = "ALL:@SECLEVEL=0") -> str:
    """Return the cipher a client of this version gets, or the server's reason to refuse."""
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname, client.verify_mode = False, ssl.CERT_NONE
    client.set_ciphers(ciphers)
    client.minimum_version = client.maximum_version = version
    try:
        with (
            socket.create_connection(("127.0.0.1", front.secure)) as plain,
            client.wrap_socket(plain, server_hostname=HOST) as secured,
        ):
            chosen = secured.cipher()
            assert chosen is not None
            return chosen[0]
    except ssl.SSLError as refused:
        return refused.reason


async def get(front: Front, path: str, **headers: str) -> tuple[int, Mapping[str, str], int]:
    """Return status, headers, and how many HSTS headers came."""
    async with (
        aiohttp.ClientSession(headers={"Host": front.host, **headers}) as http,
        http.get(front.url(path), ssl=front.trust, allow_redirects=False) as answer,
    ):
        return answer.status, answer.headers, len(answer.headers.getall("Strict-Transport-Security", []))


@pytest.mark.filterwarnings("ignore:ssl.TLSVersion")
async def test_only_tls_1_2_and_1_3_are_spoken(front: Front) -> None:
    old = [
        await asyncio.to_thread(handshake, front, version) for version in (ssl.TLSVersion.TLSv1, ssl.TLSVersion.TLSv1_1)
    ]
    assert old == ["TLSV1_ALERT_PROTOCOL_VERSION"] * 2
    assert await asyncio.to_thread(handshake, front, ssl.TLSVersion.TLSv1_3) in {
        "TLS_AES_256_GCM_SHA384",
        "TLS_AES_128_GCM_SHA256",
        "TLS_CHACHA20_POLY1305_SHA256",
    }


async def test_under_tls_1_2_no_cipher_but_mozillas_is_taken(front: Front) -> None:
    everything = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    everything.set_ciphers("ALL:@SECLEVEL=0")
    offered = [each["name"] for each in everything.get_ciphers() if not each["name"].startswith("TLS_")]
    taken = {
        name
        for name in offered
        if await asyncio.to_thread(handshake, front, ssl.TLSVersion.TLSv1_2, f"{name}:@SECLEVEL=0") == name
    }
    assert len(offered) > 20
    # The certificate is an ECDSA one; with RSA it would be the other three.
    assert taken == {
        "ECDHE-ECDSA-AES128-GCM-SHA256",
        "ECDHE-ECDSA-AES256-GCM-SHA384",
        "ECDHE-ECDSA-CHACHA20-POLY1305",
    }


@pytest.mark.parametrize(
    ("path", "status"), [("/chat", 200), ("/metrics", 404), ("/nowhere", 404), ("/chat/static/main.js", 200)]
)
async def test_every_answer_says_once_that_only_https_is_to_be_used(front: Front, path: str, status: int) -> None:
    answered, headers, times = await get(front, path)
    assert (answered, times) == (status, 1)
    assert headers["Strict-Transport-Security"] == "max-age=63072000"
    assert re.fullmatch(r"nginx|", headers.get("Server", ""))


async def test_plain_http_is_sent_to_https_and_nowhere_else(front: Front) -> None:
    async with (
        aiohttp.ClientSession(headers={"Host": "attacker.example"}) as http,
        http.get(f"http://127.0.0.1:{front.plain}/chat?as=p020", allow_redirects=False) as answer,
    ):
        assert answer.status == 301
        assert answer.headers["Location"] == f"https://{HOST}/chat?as=p020"


async def test_a_body_beyond_what_heia_takes_stops_at_nginx(front: Front) -> None:
    async with aiohttp.ClientSession(headers={"Host": front.host}) as http:
        for size, statuses in ((12 << 20, {413}), (9 << 20, {401, 403})):
            # nginx answers before the body: it reads the announced size.
            claimed = {"Content-Length": str(size), "Expect": "100-continue"}
            async with http.post(
                front.url("/chat/images"), ssl=front.trust, data=io.BytesIO(bytes(size)), headers=claimed
            ) as answer:
                assert answer.status in statuses


async def test_a_page_opens_its_socket_and_heia_learns_the_address(front: Front) -> None:
    origin = {"Host": front.host, "Origin": f"https://{front.host}"}
    async with aiohttp.ClientSession(headers=origin, cookie_jar=aiohttp.DummyCookieJar()) as http:
        async with http.post(front.url("/chat/guest"), ssl=front.trust) as answer:
            assert answer.status == 200
            [cookie] = answer.headers.getall("Set-Cookie")
        assert cookie.startswith("__Host-")
        assert "Secure" in cookie
        sent = {"Cookie": cookie.split(";")[0]}
        async with http.ws_connect(front.url("/chat/socket"), ssl=front.trust, headers=sent) as socket_:
            await socket_.send_json({"type": "open", "token": None})
            hello = await socket_.receive_json(timeout=START_SECONDS)
    assert hello["person"]["id"].startswith("guest-")
    assert "proxy_hides_addresses" not in front.heia.log


async def logged(front: Front, words: str) -> str:
    """Wait until nginx has written the one line with these words: it does so after the answer."""
    async with asyncio.timeout(START_SECONDS):
        while True:
            lines = (await asyncio.to_thread(front.log.read_text, "utf-8")).splitlines()
            if found := [line for line in lines if words in line]:
                [line] = found
                return line
            await asyncio.sleep(0.02)


async def test_the_log_names_neither_address_nor_browser_of_a_client(front: Front) -> None:
    agent = {"User-Agent": "own-browser", "Referer": "https://a.example"}
    assert (await get(front, "/chat?seen=an-anonymous-request", **agent))[0] == 200
    line = await logged(front, "an-anonymous-request")
    assert " 200 " in line
    assert not any(part in line for part in ("127.0.0.1", "own-browser", "a.example"))


async def test_a_sign_in_link_stays_out_of_the_log(front: Front) -> None:
    for path in ("/chat/enter?token=link-not-used-yet", "/chat?seen=in-the-log"):
        assert (await get(front, path))[0] in {200, 403}
    await logged(front, "in-the-log")
    assert "link-not-used-yet" not in await asyncio.to_thread(front.log.read_text, "utf-8")
