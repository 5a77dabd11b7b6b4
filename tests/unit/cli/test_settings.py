"""Settings that are wrong are refused all at once, and never by showing a secret."""

import errno
import os
from pathlib import Path

import pytest

from bot.app.wiring import former_marks, known_marks
from bot.channels.web.setup import web_key
from bot.settings.model import FILE, BadSettings, Settings, load_settings
from bot.settings.registration import RegistrationSettings
from bot.settings.rules import is_origin, is_postgres_address, unknown_names

GUID = "11111111-1111-4111-8111-111111111111"


def faults_of(**given: object) -> tuple[str, ...]:
    with pytest.raises(BadSettings) as caught:
        load_settings(**given)
    return caught.value.faults


def test_without_anything_set_the_defaults_hold() -> None:
    settings = load_settings()
    assert (settings.host, settings.port, settings.registrations()) == ("127.0.0.1", 3978, ())


def test_every_fault_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also those between fields, which an ordinary validator would keep back until the fields are right."""
    for name, value in {
        "HEIA_PORT": "many",
        "HEIA_LOG_LEVEL": "loud",
        "HEIA_WEB_KEY": "short",
        "HEIA_PUBLIC_URL": "heia.example",
        "HEIA_CONTENT_DIR": "nowhere",
        "HEIA_APP_ID": GUID,
    }.items():
        monkeypatch.setenv(name, value)
    names = {fault.split(":")[0] for fault in faults_of()}
    assert names == {
        "HEIA_PORT",
        "HEIA_LOG_LEVEL",
        "HEIA_WEB_KEY",
        "HEIA_PUBLIC_URL",
        "HEIA_CONTENT_DIR",
        "HEIA_APP_TENANT_ID",
        "HEIA_APP_SECRET",
    }


SECRET = "hunter2-hunter2"


@pytest.mark.parametrize(
    "environment",
    [
        {"HEIA_WEB_KEY": SECRET},
        {"HEIA_DATABASE_URL": f"mysql://heia:{SECRET}@db/heia"},
        {"HEIA_DATABASE_URL": f"postgresql://heia:{SECRET}%@db/heia"},
        {"HEIA_DATABASE_URL": f"postgresql://heia:a@{SECRET}@db/heia"},
        {"HEIA_DATABASE_URL": f"postgresql://heia:1/{SECRET}@db/heia"},
        {"HEIA_DATABASE_URL": f"postgresql://heia:{SECRET} @db/heia"},
        {"HEIA_REGISTRATION": f"[{{'secret': '{SECRET}'"},
        {"HEIA_REGISTRATION": f'[{{"app_id": "a", "secret": "{SECRET}", "certificate": "x"}}]'},
        {"HEIA_REGISTRATION": f'[{{"app_id": "a", "tenant_id": "b", "password": "{SECRET}"}}]'},
        {"HEIA_APP_SECRET": SECRET},
        {"HEIA_APP_SECRET": SECRET, "HEIA_PORT": "x"},
    ],
)
def test_no_fault_shows_a_secret(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    with pytest.raises(BadSettings) as caught:
        load_settings()
    told = caught.value
    assert SECRET not in f"{told} {told!r} {told.__cause__!r} {told.faults}"


def test_settings_that_are_printed_show_no_secret() -> None:
    settings = Settings(app_id=GUID, app_tenant_id=GUID, app_secret=SECRET, web_key=SECRET * 3)
    assert SECRET not in f"{settings} {settings!r} {settings.registrations()!r}"


def test_a_file_that_is_no_toml_is_told_with_its_line_and_hides_no_other_fault(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (folder / FILE).write_text("port = 80\nhost = \n")
    monkeypatch.setenv("HEIA_PORT", "x")
    told = faults_of()
    assert any(fault.startswith("heia.toml:") and "line 2" in fault for fault in told)
    assert any(fault.startswith("HEIA_PORT:") for fault in told)


def test_a_file_that_is_not_utf8_is_told(folder: Path) -> None:
    (folder / FILE).write_bytes(b'public_url = "\xff"')
    assert faults_of() == ("heia.toml: is not UTF-8",)


@pytest.mark.parametrize("odd", [f"port = {'9' * 5000}", f"x = {'[' * 3000}", "d = 9999-99-99"])
def test_a_value_that_toml_cannot_hold_is_told(folder: Path, odd: str) -> None:
    (folder / FILE).write_text(odd, "utf-8")
    [fault] = faults_of()
    assert fault.startswith("heia.toml: ")


def test_the_environment_comes_before_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / FILE).write_text('port = 80\nhost = "127.0.0.2"\n')
    monkeypatch.setenv("HEIA_PORT", "81")
    settings = load_settings()
    assert (settings.port, settings.host) == (81, "127.0.0.2")


def test_several_registrations_are_read_and_their_faults_name_them(folder: Path) -> None:
    sound = f'[[registration]]\napp_id = "{GUID}"\ntenant_id = "t1"\nsecret = "s"\nmunicipalities = ["eidsvoll"]\n'
    (folder / FILE).write_text(sound)
    [one] = load_settings().registrations()
    assert (one.app_id, one.municipalities) == (GUID, ("eidsvoll",))
    (folder / FILE).write_text(sound + '[[registration]]\napp_id = "b"\ntenant_id = "t"\n')
    assert faults_of() == ("[[registration]] number 2: give exactly one of secret, certificate and managed_identity",)
    (folder / FILE).write_text(sound + sound)
    assert faults_of() == ("HEIA_REGISTRATION: two registrations have the same app_id",)
    (folder / FILE).write_text(sound + 'secrt = "x"\n')
    assert faults_of() == ("[[registration]] number 1, secrt: Extra inputs are not permitted",)


def test_one_and_several_registrations_exclude_each_other(folder: Path) -> None:
    (folder / FILE).write_text(f'[[registration]]\napp_id = "{GUID}"\ntenant_id = "t1"\nsecret = "s"\n')
    told = faults_of(app_id="x", app_tenant_id="y", app_secret="z")
    assert told == ("HEIA_APP_ID: give either this or [[registration]], not both",)


def test_work_can_be_apart_over_a_database_only() -> None:
    [fault] = faults_of(work_apart="true")
    assert fault.startswith("HEIA_WORK_APART: needs HEIA_DATABASE_URL")
    assert not load_settings(work_apart="false").work_apart
    assert load_settings(work_apart=True, database_url="postgresql://heia@localhost/heia").work_apart


@pytest.mark.parametrize(
    "given",
    [
        {"app_secret": "s"},
        {"app_tenant_id": GUID},
        {"app_managed_identity": True},
        {"app_id": GUID, "app_tenant_id": GUID},
        {"app_id": GUID, "app_tenant_id": GUID, "app_secret": "s", "app_managed_identity": True},
        {"app_id": GUID, "app_secret": "s"},
    ],
)
def test_half_a_registration_is_refused(given: dict[str, object]) -> None:
    """Otherwise the door to Teams would stay closed and nobody would know why."""
    assert all(fault.startswith("HEIA_APP_") for fault in faults_of(**given))


def test_a_name_that_no_setting_has_is_found_with_the_one_it_may_be_meant_for(folder: Path) -> None:
    (folder / FILE).write_text('prot = 80\nport = 81\n[[registration]]\napp_id = "x"\n')
    environment = ["HEIA_PORTT", "heia_port", "HEIA_DATABASE", "HEIA_TEST_DATABASE_URL", "PATH"]
    assert unknown_names(Settings.model_fields, environment=environment, file=folder / FILE) == (
        "HEIA_DATABASE (perhaps HEIA_DATABASE_URL)",
        "HEIA_PORTT (perhaps HEIA_PORT)",
        f"prot in {folder / FILE} (perhaps port)",
    )


@pytest.mark.parametrize("text", ["https://heia.example", "http://127.0.0.1:3978", "https://heia.example/"])
def test_an_origin_is_one(text: str) -> None:
    assert is_origin(text)


@pytest.mark.parametrize(
    "text",
    ["heia.example", "https://", "https://a b", "https://a/chat", "https://a;script-src *", "ftp://a", "https://u@a"],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    assert not is_origin(text)
    assert faults_of(public_url=text)
    assert faults_of(web_frame_ancestors=text)


def test_hosts_are_given_as_a_list_with_commas() -> None:
    assert load_settings(allowed_service_hosts="a.example, b.example").allowed_service_hosts == (
        "a.example",
        "b.example",
    )
    assert faults_of(allowed_service_hosts="https://a.example")


@pytest.mark.parametrize(
    "address", ["postgresql://heia:p%40ss@db:5432/heia?sslmode=require", "postgres:///heia?host=/run/postgresql"]
)
def test_an_ordinary_database_address_is_taken(address: str) -> None:
    assert is_postgres_address(address)


def test_tenants_are_at_home_in_the_municipalities_of_their_registrations() -> None:
    def registration(tenant_id: str, *municipalities: str, tenants: tuple[str, ...] = ()) -> RegistrationSettings:
        return RegistrationSettings(
            app_id="app", tenant_id=tenant_id, managed_identity=True, tenants=tenants, municipalities=municipalities
        )

    settings = Settings(
        registration=(
            registration("a", "nes"),
            registration("B", "hurdal", tenants=("A", "c")),
            registration("c"),
        )
    )
    assert settings.homes() == {"a": {"nes", "hurdal"}, "b": {"hurdal"}}


def test_the_key_that_was_made_can_be_given_to_several_replicas(tmp_path: Path) -> None:
    made = web_key(Settings(data_dir=tmp_path))
    assert web_key(Settings(data_dir=tmp_path)) == made
    assert web_key(Settings(web_key=(tmp_path / "web.key").read_text("ascii"))) == made


def test_the_leaver_key_is_its_own_kept_from_others_and_can_be_given_to_several_machines(tmp_path: Path) -> None:
    made = former_marks(Settings(data_dir=tmp_path))
    assert former_marks(Settings(data_dir=tmp_path)) == made
    assert (tmp_path / "leaver.key").stat().st_mode & 0o777 == 0o600
    assert former_marks(Settings(leaver_key=(tmp_path / "leaver.key").read_text("ascii"))) == made
    assert web_key(Settings(data_dir=tmp_path)) != made.key
    assert known_marks(Settings(data_dir=tmp_path / "elsewhere")) is None
    assert not (tmp_path / "elsewhere").exists()


def test_a_key_that_cannot_be_written_whole_is_not_kept_and_the_file_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(descriptor: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as disk:
        disk.setattr("os.fsync", full)
        with pytest.raises(OSError, match="No space left") as raised:
            web_key(Settings(data_dir=tmp_path))
    assert raised.value.filename == str(tmp_path / "web.key")
    assert list(tmp_path.iterdir()) == []
    assert len(web_key(Settings(data_dir=tmp_path))) == 64


def test_a_key_that_was_cut_off_is_made_again(tmp_path: Path) -> None:
    (tmp_path / "web.key").write_bytes(b"0123456789")
    assert len(web_key(Settings(data_dir=tmp_path))) == 64


def test_hosts_of_links_are_full_names() -> None:
    assert load_settings(link_hosts="www.nes.example, *.Eidsvoll.example").link_hosts == (
        "www.nes.example",
        "*.eidsvoll.example",
    )
    for value in ("https://nes.example", "nes", "*", "*.no", "10.0.0.1", "nes.example:8080", "a@nes.example", "[::1]"):
        assert [fault.partition(":")[0] for fault in faults_of(link_hosts=value)] == ["HEIA_LINK_HOSTS"], value
