import csv
import io
from datetime import timedelta
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from bot.codec import encode
from bot.delivery.report import make_report
from bot.ports import Commit, Delivery, DeliveryStatus, Key, PostWrite, RecordWrite, Settled
from bot.stores.memory import MemoryStore
from dialogs.announce.model import Confirmation
from dialogs.announce.report import Row, curve, table
from dialogs.message import Message
from dialogs.record import Record
from knowledge.article import Language
from tests.unit.announce.town import Town, person
from tests.unit.driver import CATALOGUE, TUESDAY

NB = CATALOGUE[Language.NB]


def read(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), delimiter=";"))


def test_confirmations_are_a_column_only_where_they_were_demanded() -> None:
    row = Row(person_id="p1", name="Ansatt", unit="Nord", status="sent", confirmed_at=TUESDAY)
    assert "Bekreftet" not in read(table(NB, [row], confirmations=False))[0]
    assert read(table(NB, [row], confirmations=True))[0]["Bekreftet"] == "2026-11-24T08:00:00+00:00"


@given(st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=30))
def test_no_cell_is_a_formula_and_names_survive(name: str) -> None:
    [row] = read(table(NB, [Row(person_id="p", name=name, unit="", status="dead")], confirmations=False))
    assert row["Navn"].removeprefix("'") == name.removeprefix("'")
    assert not row["Navn"].startswith(("=", "+", "-", "@"))


@given(st.lists(st.integers(0, 10_000), max_size=1500))
def test_the_plot_is_sound_whatever_came_and_rises_to_all(seconds: list[int]) -> None:
    times = [TUESDAY + timedelta(seconds=each) for each in seconds]
    plot = curve(NB, times, started_at=TUESDAY, title="<Teams> & mer")
    root = ElementTree.fromstring(plot)  # noqa: S314 - our own
    [line] = root.iter("{http://www.w3.org/2000/svg}polyline")
    points = [tuple(map(float, point.split(","))) for point in line.attrib["points"].split()]
    assert points == sorted(points, key=lambda point: (point[0], -point[1]))
    assert len(points) < 900
    if seconds:
        assert points[-1][1] == 20.0


async def test_the_report_names_everybody_and_where_they_stand() -> None:
    town = Town()
    sent = town.send(units="nord", confirm="true")
    store = MemoryStore()
    confirmed = Confirmation(
        id=Confirmation.id_of(sent, "nils"), announcement_id=sent.id, person_id="nils", since=1, at=TUESDAY
    )
    known: tuple[Record, ...] = (person("nils", "nord"), confirmed)
    writes = tuple(RecordWrite(key=Key(kind=r.KIND, id=r.id), body=encode(r)) for r in known)
    posts = tuple(
        PostWrite(recipient=to, slot=sent.slot, message=Message(text="x"), group=sent.id, due_at=TUESDAY)
        for to in ("nils", "gone")
    )
    await store.commit(Commit(at=TUESDAY, records=writes, posts=posts))
    claimed = await store.claim(now=TUESDAY, lease_for=timedelta(minutes=1), limit=9, token="t")
    await store.settle([_sent(delivery) for delivery in claimed if delivery.recipient == "nils"])
    report = await make_report(store, sent, world=town.world)
    rows = {row["Id"]: row for row in read(report.table)}
    assert (rows["nils"]["Status"], rows["nils"]["Enhet"], bool(rows["nils"]["Bekreftet"])) == ("levert", "Nord", True)
    assert (rows["nils"]["Kan ha kommet to ganger"], rows["gone"]["Navn"]) == ("ja", "")
    assert report.numbers == {"sent": 1, "leased": 1}
    assert report.twice == 1


def _sent(delivery: Delivery) -> Settled:
    return Settled(
        delivery_id=delivery.id,
        lease_token="t",
        version=1,
        status=DeliveryStatus.SENT,
        at=TUESDAY,
        reference={},
        possibly_twice=True,
    )
