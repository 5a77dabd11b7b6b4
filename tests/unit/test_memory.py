"""What is left of memory and disk is read from the machine and its cgroups, and decides about the encoder."""

from pathlib import Path

import pytest
from structlog.testing import capture_logs

from bot.app import wiring
from bot.app.log import make_log
from bot.app.wiring import ENCODER_DISK_BYTES, ENCODER_MEMORY_BYTES, encoder_lack, load_encoder_for
from bot.settings.model import Settings
from bot.support.disk import free_disk
from bot.support.memory import available_memory

MB = 1_000_000
NO_LIMIT = 9_223_372_036_854_771_712


class Machine:
    """Files of /proc and of cgroups, made up."""

    def __init__(self, folder: Path, groups: str) -> None:
        self.proc, self.cgroups = folder / "proc", folder / "cgroup"
        (self.proc / "self").mkdir(parents=True)
        (self.proc / "meminfo").write_text("MemTotal: 9000000 kB\nMemAvailable:    8000000 kB\n")
        (self.proc / "self/cgroup").write_text(groups)

    def group(self, path: str, **files: str) -> None:
        folder = self.cgroups / path
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in files.items():
            (folder / name.replace("__", ".")).write_text(text)

    def available(self) -> int | None:
        return available_memory(proc=self.proc, cgroups=self.cgroups)


def test_without_a_limit_the_memory_of_the_machine_counts(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "0::/\n")
    assert machine.available() == 8_000_000 * 1024
    assert available_memory(proc=tmp_path / "none", cgroups=tmp_path / "none") is None


@pytest.mark.parametrize("at", ["system.slice/heia.service", "unified/system.slice/heia.service"])
def test_the_tightest_group_of_the_second_version_counts_without_pages_of_files(tmp_path: Path, at: str) -> None:
    machine = Machine(tmp_path, "0::/system.slice/heia.service\n")
    stat = f"anon 1\ninactive_file {40 * MB}\nactive_file {10 * MB}\n"
    machine.group(at, memory__max="max\n", memory__current=f"{300 * MB}\n", memory__stat=stat)
    assert machine.available() == 8_000_000 * 1024
    machine.group(at, memory__max=f"{1000 * MB}\n")
    assert machine.available() == 750 * MB
    machine.group(str(Path(at).parent), memory__max=f"{400 * MB}\n", memory__current=f"{390 * MB}\n")
    assert machine.available() == 10 * MB
    machine.group(str(Path(at).parent), memory__current=f"{410 * MB}\n")
    assert machine.available() == 0


def test_a_group_of_the_first_version_counts(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "5:cpu:/x\n4:rdma,memory:/heia\n0::/\n")
    files = {"memory__usage_in_bytes": f"{300 * MB}", "memory__stat": f"total_inactive_file {50 * MB}\n"}
    machine.group("memory/heia", memory__limit_in_bytes=f"{NO_LIMIT}", **files)
    assert machine.available() == 8_000_000 * 1024
    machine.group("memory/heia", memory__limit_in_bytes=f"{1000 * MB}")
    assert machine.available() == 750 * MB


def test_in_a_container_that_sees_only_its_own_group_that_one_counts(tmp_path: Path) -> None:
    machine = Machine(tmp_path, "4:memory:/docker/0123\n")
    machine.group("memory", memory__limit_in_bytes=f"{500 * MB}", memory__usage_in_bytes=f"{200 * MB}")
    assert machine.available() == 300 * MB


def test_the_encoder_needs_memory_and_disk_and_an_unknown_memory_is_enough(tmp_path: Path) -> None:
    settings = Settings(data_dir=tmp_path)
    enough, disk = ENCODER_MEMORY_BYTES, ENCODER_DISK_BYTES
    assert encoder_lack(settings, memory=lambda: enough, disk=lambda _: disk) == ""
    assert encoder_lack(settings, memory=lambda: None, disk=lambda _: disk) == ""
    assert "MB of memory are free" in encoder_lack(settings, memory=lambda: enough - 1, disk=lambda _: disk)
    assert "MB of disk are free" in encoder_lack(settings, memory=lambda: enough, disk=lambda _: disk - 1)


def test_without_room_one_line_says_so_and_nothing_is_loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def load() -> None:
        raise AssertionError("it was loaded")

    monkeypatch.setattr(wiring, "load_encoder", load)
    monkeypatch.setattr(
        wiring, "encoder_lack", lambda _: "12 MB of memory are free, and the sentence encoder needs 200"
    )
    with capture_logs() as lines:
        assert load_encoder_for(Settings(data_dir=tmp_path, semantic="auto"), log=make_log()) is None
    assert [line["event"] for line in lines] == ["encoder_left_out"]
    with capture_logs() as lines:
        assert load_encoder_for(Settings(data_dir=tmp_path, semantic="off"), log=make_log()) is None
    assert lines == []


def test_the_disk_of_a_folder_that_is_not_there_yet_is_that_of_its_parent(tmp_path: Path) -> None:
    assert free_disk(tmp_path / "new" / "data") == pytest.approx(free_disk(tmp_path), rel=0.05)
