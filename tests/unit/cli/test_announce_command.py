"""``heia announce`` tells what became of an announcement, and changes nothing."""

import asyncio
import csv
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from bot.ports import THROTTLED, Commit, Delivery, DeliveryStatus, PostWrite, Settled, StoreUnavailable
from bot.stores.memory.store import MemoryStore
from bot.stores.tiny.store import TinyStore
from dialogs.announce.audience import Audience
from dialogs.announce.model import Announcement, AnnouncementChange, AnnouncementState, Confirmation, Wording
from dialogs.core.message import Message
from dialogs.core.person import Address
from dialogs.teams_membership.model import ChosenChannel, Team, TeamChannel
from knowledge.article.article import Language
from tests.channels import TEAMS, WEB
from tests.unit.cli.conftest import Heia
from tests.unit.cli.registry_scene import NOON, NORTH, Scene

SENT = Announcement(
    id="ann-1",
    author_id="bo",
    municipality_id="eidsvoll",
    desk="announce/desk/1",
    state=AnnouncementState.SENT,
    version=1,
    channels=(ChosenChannel(channel_id="19:c", team="Lag", channel=""),),
    wordings={Language.NB: Wording(title="Teams kommer", body="På mandag [i morgen].")},
    audience=Audience(municipality_ids=frozenset({"eidsvoll"})),
    confirm=True,
    started_at=NOON,
    history=(AnnouncementChange(act="sent", by="bo", at=NOON, version=1),),
    created_at=NOON,
    changed_at=NOON,
)


TEAM = Team(
    id="19:c",
    name="Lag [nytt]",
    tenant_id="t",
    channels=(TeamChannel(id="19:c", name="", address=Address(channel=TEAMS, data={"channel_id": "19:c"})),),
    changed_at=NOON,
)


async def fill(folder: Path) -> None:
    store = TinyStore(directory=folder / "data")
    await store.open()
    scene = Scene(store, folder)
    await scene.load("".join(f"p{n},Ansatt {n},eidsvoll,{NORTH},,,,,\n" for n in range(4)))
    confirmed = Confirmation(
        id=Confirmation.id_of(SENT, "p0"), announcement_id="ann-1", person_id="p0", since=1, at=NOON
    )
    await scene.put(SENT, confirmed, TEAM)
    pinned = PostWrite(
        recipient="channel:19:c",
        slot="announce/ann-1",
        group="ann-1",
        message=Message(text="Hei"),
        due_at=NOON,
        address=TEAM.channels[0].address,
    )
    await store.commit(Commit(at=NOON, posts=(pinned,)))
    posts = tuple(
        PostWrite(recipient=f"p{n}", slot=slot, group=group, message=Message(text="Hei"), due_at=NOON)
        for n in range(4)
        for slot, group in (("announce/ann-1", "ann-1"), ("other", None))
    )
    await store.commit(Commit(at=NOON, posts=posts))
    claimed = await store.claim(now=NOON, lease_for=timedelta(minutes=1), limit=9, token="t")
    states = [DeliveryStatus.SENT, DeliveryStatus.SENT, DeliveryStatus.DEAD]
    put_off = Settled(
        delivery_id=next(each.id for each in claimed if each.recipient == "p3" and each.group),
        lease_token="t",
        version=1,
        status=DeliveryStatus.WAITING,
        at=NOON,
        due_at=NOON + timedelta(minutes=5),
        reason=THROTTLED,
    )
    await store.settle([put_off])
    mine = [each for each in claimed if each.group == "ann-1" and not each.recipient.startswith("channel:")]
    for delivery, status, minutes in zip(mine, states, (1, 3, 3), strict=False):
        settled = Settled(
            delivery_id=delivery.id,
            lease_token="t",
            version=1,
            status=status,
            at=NOON + timedelta(minutes=minutes),
            channel=WEB,
            reference={"id": "1"} if status is DeliveryStatus.SENT else None,
            reason="" if status is DeliveryStatus.SENT else "http_500",
            possibly_twice=delivery.recipient == "p1",
        )
        await store.settle([settled])
    await store.close()


@pytest.fixture
def filled(folder: Path) -> Path:
    asyncio.run(fill(folder))
    return folder


@pytest.mark.full
def test_the_list_shows_state_title_and_numbers(heia: Heia, filled: Path) -> None:
    ran = heia("announce", "list")
    assert ran.code == 0
    [line] = [line for line in ran.out.splitlines() if "ann-1" in line]
    assert line.split()[3:] == ["sent", "eidsvoll", "Teams", "kommer", "2", "0", "1", "1"]
    assert "ann-1" not in heia("announce", "list", "--municipality", "nes").out
    assert heia("announce", "list", "--municipality", "oslo").code == 2


def test_the_list_is_whole_on_a_small_terminal(heia: Heia, filled: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "40")
    [line] = [line for line in heia("announce", "list").out.splitlines() if "ann-1" in line]
    assert line.split()[3:] == ["sent", "eidsvoll", "Teams", "kommer", "2", "0", "1", "1"]


def test_one_is_shown_with_texts_audience_and_history(heia: Heia, filled: Path) -> None:
    ran = heia("announce", "show", "ann-1")
    assert "Teams kommer" in ran.out
    assert "På mandag [i morgen]." in ran.out
    assert "Eidsvoll municipality" in ran.out
    assert "sent by bo (version 1)" in ran.out
    assert "Lag › General" in ran.out


def test_the_report_names_everybody_and_whom_it_may_have_reached_twice(heia: Heia, filled: Path) -> None:
    ran = heia("announce", "report", "ann-1", "--csv", "report.csv", "--plot", "plot.svg")
    assert ran.code == 0
    assert "possibly twice: p1" in ran.out
    assert "http_500" in ran.out
    assert ["Throttled", "by", "Teams", "1"] in [line.split() for line in ran.out.splitlines()]
    assert ran.out.count("█") > 0
    assert (filled / "plot.svg").read_text("utf-8").startswith("<svg")
    with (filled / "report.csv").open(encoding="utf-8") as file:
        rows = list(csv.DictReader(file))
    assert [(row["person_id"], row["name"], row["state"], row["reason"]) for row in rows] == [
        ("channel:19:c", "Lag › Generelt", "leased", ""),
        ("p0", "Ansatt 0", "sent", ""),
        ("p1", "Ansatt 1", "sent", ""),
        ("p2", "Ansatt 2", "dead", "http_500"),
        ("p3", "Ansatt 3", "throttled", "throttled"),
    ]
    assert [row["possibly_twice"] for row in rows] == ["", "", "yes", "", ""]
    assert [row["confirmed_at"] for row in rows] == ["", NOON.isoformat(), "", "", ""]


@pytest.mark.full
def test_a_report_that_cannot_be_read_to_its_end_leaves_the_file_as_it_was(
    heia: Heia, filled: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("bot.report.files.PAGE", 1)
    assert heia("announce", "report", "ann-1", "--csv", "report.csv").code == 0
    before = (filled / "report.csv").read_text("utf-8")
    read = MemoryStore.deliveries_of_group

    async def away(store: MemoryStore, group: str, **how: Any) -> Sequence[Delivery]:
        if how.get("after") == "p1":
            raise StoreUnavailable("away for a moment")
        return await read(store, group, **how)

    monkeypatch.setattr(MemoryStore, "deliveries_of_group", away)
    for name in ("report.csv", "other.csv"):
        ran = heia("announce", "report", "ann-1", "--csv", name)
        assert ran.code != 0
        assert "away for a moment" in ran.err
    assert (filled / "report.csv").read_text("utf-8") == before
    assert {file.name for file in filled.glob("*.csv*")} == {"people.csv", "report.csv"}
    assert not [*filled.glob("*.part"), *filled.glob(".*.part")]


def test_a_report_overwrites_no_file_but_its_own(heia: Heia, filled: Path) -> None:
    mine = filled / "report.csv.new"
    mine.write_text("not the report", "utf-8")
    before = set(filled.iterdir())
    assert heia("announce", "report", "ann-1", "--csv", "report.csv").code == 0
    assert mine.read_text("utf-8") == "not the report"
    assert set(filled.iterdir()) - before == {filled / "report.csv"}


@pytest.mark.full
def test_the_operator_says_whose_a_team_is_and_the_log_remembers_it(heia: Heia, filled: Path) -> None:
    assert [*heia("announce", "teams").out.splitlines()[1].split()] == ["19:c", "Lag", "[nytt]", "–", "t", "General"]
    assert heia("announce", "place", "19:c", "eidsvoll").code == 0
    assert "eidsvoll" in heia("announce", "teams").out
    assert "team.placed" in heia("privacy", "audit", "--subject", "19:c").out
    assert heia("announce", "place", "19:c", "oslo").code == 2
    assert heia("announce", "place", "19:x", "eidsvoll").code == 1
    assert heia("announce", "place", "19:c", "-").code == 0
    assert "–" in heia("announce", "teams").out


@pytest.mark.parametrize("command", ["show", "report"])
def test_an_unknown_one_is_refused_in_words(heia: Heia, command: str) -> None:
    ran = heia("announce", command, "zed")
    assert (ran.code, ran.err) == (1, "There is no announcement zed; heia announce list shows them.\n")


@pytest.mark.parametrize("command", ["list", "show", "report", "teams", "place"])
def test_help_has_an_example(heia: Heia, command: str) -> None:
    assert f"Example: heia announce {command}" in heia("announce", command, "--help").out
