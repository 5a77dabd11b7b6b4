"""The file of providers: every fault at once, and no secret printed."""

from collections.abc import Mapping
from pathlib import Path

import pytest

from bot.app.doctor.signin import signin_findings
from bot.settings.model import BadSettings, Settings
from bot.signin.oidc.config import RESERVED, load_providers, unknown_places
from tests.unit.signin.conftest import ORGANISATION
from tests.unit.web.conftest import NOON

SOUND = """
[[provider]]
id = "nes"
names = {nb = "Nes kommune", en = "Nes municipality"}
issuer = "https://id.nes.example/realms/nes"
client_id = "heia"
secret_env = "NES_SECRET"
municipalities = ["nes"]
email_domains = ["nes.example"]
"""
ENVIRONMENT = {"NES_SECRET": "very-secret"}


def faults_of(folder: Path, text: str, environment: Mapping[str, str] = ENVIRONMENT) -> str:
    file = folder / "signin.toml"
    file.write_text(text, "utf-8")
    with pytest.raises(BadSettings) as bad:
        load_providers(file, environment=environment)
    found = "\n".join(bad.value.faults)
    assert "very-secret" not in found
    return found


def test_without_a_file_there_are_no_providers() -> None:
    assert load_providers(None) == ()


@pytest.mark.parametrize("role", ["leader", "teacher", "reviewer", "contact"])
def test_a_group_may_give_every_role_but_ambassador_and_operator(tmp_path: Path, role: str) -> None:
    file = tmp_path / "signin.toml"
    file.write_text(f'{SOUND}[[provider.role]]\ngroup = "g"\nrole = "{role}"\nmunicipality = "nes"\n', "utf-8")
    [provider] = load_providers(file, environment=ENVIRONMENT)
    assert [str(rule.role) for rule in provider.role] == [role]
    for refused in ("ambassador", "operator", "employee"):
        text = f'{SOUND}[[provider.role]]\ngroup = "g"\nrole = "{refused}"\n'
        assert "comes from the registry" in faults_of(tmp_path, text)


@pytest.mark.parametrize("kept", ["secret", "secret_env", "secret_file"])
def test_the_secret_is_read_from_one_place(tmp_path: Path, kept: str) -> None:
    (tmp_path / "secret").write_text("very-secret\n")
    line = {
        "secret": 'secret = "very-secret"',
        "secret_env": 'secret_env = "NES_SECRET"',
        "secret_file": f'secret_file = "{tmp_path / "secret"}"',
    }[kept]
    file = tmp_path / "signin.toml"
    file.write_text(SOUND.replace('secret_env = "NES_SECRET"', line), "utf-8")
    [provider] = load_providers(file, environment=ENVIRONMENT)
    assert provider.client_secret.get_secret_value() == "very-secret"
    assert "very-secret" not in repr(provider)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (('id = "nes"', 'id = "Nes kommune"'), "provider Nes kommune: id"),
        (('id = "nes"', 'id = "sessions"'), "is an address of Heia itself"),
        (('nb = "Nes kommune", ', ""), "nb is missing"),
        (("https://id", "http://id"), "give an https address"),
        (("https://id.nes.example/realms/nes", "https://login.microsoftonline.com/common/v2.0"), "the tenant's id"),
        (('client_id = "heia"', ""), "client_id: Field required"),
        (('secret_env = "NES_SECRET"', ""), "exactly one of secret"),
        (('secret_env = "NES_SECRET"', 'secret_env = "NES_SECRET"\nsecret = "very-secret"'), "exactly one of secret"),
        (('secret_env = "NES_SECRET"', 'secret_env = "NONE"'), "the client secret is empty"),
        (('secret_env = "NES_SECRET"', 'secret_file = "/no/such/file"'), "secret_file: cannot be read"),
        (('municipalities = ["nes"]', "municipalities = []"), "municipalities"),
        (('["nes.example"]', '["kari@nes.example"]'), "give domains"),
        (('client_id = "heia"', 'client_id = "heia"\nlink = "entra"'), "link = entra needs an issuer"),
        (('client_id = "heia"', 'client_id = "heia"\nlink = "email"'), "email_trusted"),
        (('client_id = "heia"', 'client_id = "heia"\nlink_claim = "preferred_username"'), "users can change"),
        (
            ('client_id = "heia"', 'client_id = "heia"\nlink = "email"\nemail_trusted = true\nunknown = "create"'),
            "a leaver is not known by e-mail address",
        ),
        (('municipalities = ["nes"]', 'municipalities = ["nes", "x"]\nunknown = "create"'), "exactly one municipality"),
        (('client_id = "heia"', 'client_id = "heia"\nadministrator = ["x"]'), "administrator: Extra inputs"),
        (("[[provider]]", "[[provider"), "signin.toml"),
        (("[[provider]]", "[[providers]]"), "providers: Extra inputs are not permitted"),
        (('["nes.example"]', '["nes.example"]\n[[provider.role]]\nrole = "editor"'), "exactly one of group"),
        (('["nes.example"]', '["nes.example"]\n[[provider.role]]\ngroup = "g"\nrole = "boss"'), "role"),
        (('["nes.example"]', '["nes.example"]\n[[provider.role]]\ngroup = "g"\nrole = "ambassador"'), "registry"),
        (
            ('["nes.example"]', '["nes.example"]\n[[provider.role]]\ngroup = "g"\nrole = "dpo"\nmunicipality = "x"'),
            "not among its municipalities",
        ),
        (('["nes.example"]', '["nes.example"]\n[[provider.refuse]]\nclaim = "groups"'), "give values or ends_with"),
    ],
)
def test_a_fault_is_named_with_its_provider(tmp_path: Path, change: tuple[str, str], said: str) -> None:
    assert change[0] in SOUND
    assert said in faults_of(tmp_path, SOUND.replace(*change))


def test_the_address_in_an_entra_token_is_never_trusted(tmp_path: Path) -> None:
    tenant = "https://login.microsoftonline.com/11111111-aaaa-4aaa-8aaa-111111111111/v2.0"
    text = SOUND.replace("https://id.nes.example/realms/nes", tenant)
    assert "Entra does not verify" in faults_of(tmp_path, text + 'link = "email"\nemail_trusted = true\n')


@pytest.mark.parametrize("id_", sorted(RESERVED))
def test_an_id_is_no_address_of_a_page(tmp_path: Path, id_: str) -> None:
    assert "is an address of Heia itself" in faults_of(tmp_path, SOUND.replace('id = "nes"', f'id = "{id_}"'))


def test_the_pages_below_the_entrance_are_reserved() -> None:
    assert {"again", "choose", "guest", "sessions"} <= RESERVED


def test_every_fault_is_told_at_once(tmp_path: Path) -> None:
    broken = SOUND.replace("https://id", "ftp://id").replace('client_id = "heia"', "")
    found = faults_of(tmp_path, broken)
    assert "issuer" in found
    assert "client_id" in found


def test_a_fault_in_the_only_provider_is_the_only_fault(tmp_path: Path) -> None:
    assert len(faults_of(tmp_path, SOUND.replace("https://id", "id")).splitlines()) == 1
    assert "there is no [[provider]]" in faults_of(tmp_path, "")
    assert "there is no [[provider]]" in faults_of(tmp_path, "provider = []")


def test_two_providers_share_no_id_domain_or_client(tmp_path: Path) -> None:
    found = faults_of(tmp_path, SOUND + SOUND)
    for said in ("same id: nes", "same email_domains: nes.example", "same issuer and client_id"):
        assert said in found


def test_a_missing_or_unreadable_file_is_named(tmp_path: Path) -> None:
    for file in (tmp_path / "none.toml", tmp_path):
        with pytest.raises(BadSettings) as bad:
            load_providers(file)
        assert "HEIA_SIGNIN_FILE" in bad.value.faults[0]
    (tmp_path / "bytes.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(BadSettings):
        load_providers(tmp_path / "bytes.toml")


def test_doctor_names_faults_open_secrets_and_missing_places(tmp_path: Path) -> None:
    file, secret = tmp_path / "signin.toml", tmp_path / "secret"
    secret.write_text("very-secret")
    secret.chmod(0o644)
    settings = Settings(signin_file=file, public_url="https://heia.example.no")

    def found() -> str:
        return "\n".join(
            f"{each.state}: {each.found}"
            for each in signin_findings(settings, ORGANISATION, environment=ENVIRONMENT, now=NOON)
        )

    file.write_text(SOUND.replace('client_id = "heia"', ""))
    assert "client_id: Field required" in found()
    text = SOUND.replace('secret_env = "NES_SECRET"', f'secret_file = "{secret}"').replace('["nes"]', '["nes", "x"]')
    file.write_text(text)
    assert f"{secret} holds a secret and others can read it" in found()
    assert "the organisation has no x" in found()
    assert "no provider names an administrator" in found()
    secret.chmod(0o600)
    file.write_text(text.replace('"nes", "x"', '"nes"') + 'administrators = ["e1"]\n')
    assert found() == "ok: 1 provider"
    assert list(signin_findings(Settings(), ORGANISATION, environment={}, now=NOON)) == []


def test_places_that_the_organisation_does_not_have_are_named(tmp_path: Path) -> None:
    file = tmp_path / "signin.toml"
    file.write_text(SOUND.replace('"nes"]', '"nes", "atlantis"]') + 'units = {Skole = "nes-skole", Helse = "x"}\n')
    faults = unknown_places(load_providers(file, environment=ENVIRONMENT), ORGANISATION)
    assert [fault.rpartition(" ")[2] for fault in faults] == ["atlantis", "x"]
