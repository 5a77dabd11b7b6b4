"""Heia proves that it is the registered client with a certificate, in place of a secret."""

import base64
import hashlib
from datetime import timedelta
from pathlib import Path
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec, rsa
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, PrivateFormat

from bot.app.doctor.signin import signin_findings
from bot.settings.model import Settings
from bot.signin.oidc.client_key import ClientKey
from bot.signin.oidc.config import Provider, provider_credential_ends
from bot.signin.oidc.fetch import SignInFault
from dialogs.core.person import Person
from tests.fakes.certificate import certificate_of, key_pem, pem_of
from tests.fakes.provider import CLIENT_ID, LyingProvider, new_key
from tests.unit.signin.conftest import ORGANISATION, Door
from tests.unit.web.conftest import NOON

KARI = Person(id="sub-1", name="Kari", municipality_id="nes", registered=True, created_at=NOON)
RSA = new_key()
SHORT = rsa.generate_private_key(65537, 1024)  # noqa: S505 - it is to be refused
CURVE = ec.generate_private_key(ec.SECP256R1())


def with_certificate(file: Path, issuer: str = "https://id.nes.example") -> Provider:
    provider = Provider.model_validate(
        {
            "id": "nes", "names": {"nb": "Nes"}, "issuer": issuer, "client_id": CLIENT_ID,
            "certificate_file": file, "municipalities": ["nes"],
        }
    )  # fmt: skip
    assert provider.read_secret({}) is None
    return provider


@pytest.mark.parametrize(
    "case",
    [
        (RSA, None, "RS256"),
        (RSA, ["RS256"], "RS256"),
        (RSA, ["ES256", "RS256", "PS256"], "PS256"),
        (CURVE, None, "ES256"),
        (CURVE, ["PS256", "ES256"], "ES256"),
    ],
)
async def test_the_token_of_the_client_is_signed_for_the_token_endpoint(
    door: Door, liar: LyingProvider, tmp_path: Path, case: tuple[Any, list[str] | None, str]
) -> None:
    key, listed, algorithm = case
    await door.put(KARI)
    (tmp_path / "heia.pem").write_bytes(pem_of(key, at=NOON))
    liar.discovery = {"token_endpoint_auth_signing_alg_values_supported": listed}
    sign_in = door.sign_in_at(with_certificate(tmp_path / "heia.pem", liar.issuer))
    assert await door.enter(sign_in, liar)
    assert await door.enter(sign_in, liar)
    ids = set()
    for form in liar.forms:
        assert (form["client_id"], "client_secret" in form) == (CLIENT_ID, False)
        assert form["client_assertion_type"] == "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
        token = form["client_assertion"]
        options: Any = {"verify_exp": False, "verify_nbf": False, "verify_iat": False}
        claims = jwt.decode(
            token, key.public_key(), [algorithm], audience=f"{liar.issuer}/token", issuer=CLIENT_ID, options=options
        )
        assert (claims["sub"], claims["exp"] - claims["iat"]) == (CLIENT_ID, 300)
        assert claims["iat"] == int(NOON.timestamp())
        ids.add(claims["jti"])
        print_ = hashlib.sha256(certificate_of(key, at=NOON).public_bytes(Encoding.DER)).digest()
        header = jwt.get_unverified_header(token)
        if algorithm != "ES256":  # a signature on a curve, also the certificate's own, differs each time
            assert header["x5t#S256"] == base64.urlsafe_b64encode(print_).rstrip(b"=").decode()
        assert header["alg"] == algorithm
    assert len(ids) == 2


async def test_a_provider_that_takes_nothing_of_the_key_is_named_in_the_log(
    door: Door, liar: LyingProvider, tmp_path: Path
) -> None:
    await door.put(KARI)
    (tmp_path / "heia.pem").write_bytes(pem_of(CURVE, at=NOON))
    liar.discovery = {"token_endpoint_auth_signing_alg_values_supported": ["RS256"]}
    with pytest.raises(SignInFault, match="no_common_algorithm"):
        await door.enter(door.sign_in_at(with_certificate(tmp_path / "heia.pem", liar.issuer)), liar)
    assert liar.forms == []


def encrypted(key: rsa.RSAPrivateKey) -> bytes:
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, BestAvailableEncryption(b"passord"))


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "holds no certificate"),
        (b"-----BEGIN CERTIFICATE-----\nx\n-----END CERTIFICATE-----\n", "holds no certificate"),
        (certificate_of(RSA, at=NOON).public_bytes(Encoding.PEM), "holds no private key"),
        (certificate_of(RSA, at=NOON).public_bytes(Encoding.PEM) + encrypted(RSA), "with a password"),
        (certificate_of(RSA, at=NOON).public_bytes(Encoding.PEM) + key_pem(CURVE), "not that of the certificate"),
        (pem_of(SHORT, at=NOON), "at least 2048 bits"),
        (pem_of(ec.generate_private_key(ec.SECP256K1()), at=NOON), "must be on the curve"),
    ],
)
def test_a_file_that_cannot_sign_is_refused_with_the_reason(tmp_path: Path, content: bytes, said: str) -> None:
    (tmp_path / "heia.pem").write_bytes(content)
    with pytest.raises(ValueError, match=said):
        ClientKey.from_pem_file(tmp_path / "heia.pem")


def settings(folder: Path, more: str) -> Settings:
    (folder / "signin.toml").write_text(
        '[[provider]]\nid = "nes"\nnames = {nb = "Nes"}\nissuer = "https://id.nes.example"\nclient_id = "heia"\n'
        f'municipalities = ["nes"]\nadministrators = ["x"]\n{more}\n',
        "utf-8",
    )
    (folder / "signin.toml").chmod(0o600)
    return Settings(signin_file=folder / "signin.toml", data_dir=folder, public_url="https://heia.example.no")


def found(given: Settings) -> list[str]:
    return [f"{each.state} {each.found}" for each in signin_findings(given, ORGANISATION, environment={}, now=NOON)]


def test_the_end_of_a_certificate_or_secret_is_known_and_doctor_warns_before(tmp_path: Path) -> None:
    file = tmp_path / "heia.pem"
    file.write_bytes(pem_of(RSA, at=NOON, days=20))
    file.chmod(0o600)
    given = settings(tmp_path, f'certificate_file = "{file}"')
    assert list(provider_credential_ends(given)) == [("signin/nes", NOON + timedelta(days=20))]
    assert [each for each in found(given) if each.startswith("warn")] == ["warn the certificate of nes ends 2026-12-14"]
    given = settings(tmp_path, 'secret = "very-secret"\nsecret_expires = 2026-11-20')
    assert [name for name, _ in provider_credential_ends(given)] == ["signin/nes"]
    assert [each for each in found(given) if each.startswith("fail")] == ["fail the secret of nes ended 2026-11-20"]
    assert list(provider_credential_ends(settings(tmp_path, 'secret = "very-secret"'))) == []
    assert list(provider_credential_ends(settings(tmp_path, "secret = 7"))) == []


def test_the_unknown_end_of_a_secret_at_entra_is_reported(tmp_path: Path) -> None:
    """Every secret ends there; elsewhere many never do."""
    entra = "https://login.microsoftonline.com/99999999-9999-4999-8999-999999999999/v2.0"
    given = settings(tmp_path, 'secret = "very-secret"')
    assert not any("is not known" in each for each in found(given))
    file = tmp_path / "signin.toml"
    file.write_text(file.read_text("utf-8").replace("https://id.nes.example", entra), "utf-8")
    assert "warn the end of the secret of nes is not known" in found(given)


def test_a_certificate_that_others_can_read_is_reported(tmp_path: Path) -> None:
    file = tmp_path / "heia.pem"
    file.write_bytes(pem_of(RSA, at=NOON))
    file.chmod(0o644)
    told = found(settings(tmp_path, f'certificate_file = "{file}"'))
    assert any("heia.pem holds a secret and others can read it" in each for each in told)
