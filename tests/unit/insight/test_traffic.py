"""The invented traffic: the same seed draws the same year."""

import random

from bot.app.demo.traffic import Traffic
from dialogs.core.record import Record
from tests.unit.driver import TUESDAY
from tests.unit.handoff import scene
from tests.unit.handoff.scene import person


def drawn(seed: int) -> list[Record]:
    content = scene.stage().content
    helpers = {id_: [person("ana", "nord", municipality_id=id_)] for id_ in content.organisation.municipalities}
    traffic = Traffic(content=content, helpers=helpers, until=TUESDAY.date(), rng=random.Random(seed))
    return [*traffic.draw_people(40), *traffic.draw_records(), *(each for each, _ in traffic.draw_announcements())]


def test_the_same_seed_draws_the_same_year_and_another_one_another() -> None:
    assert drawn(1) == drawn(1) != drawn(2)
