"""Taking an open question on the desk: it goes to the chat, and the page shows none of its words."""

from datetime import timedelta

from bot.records.codec import decode
from dialogs.core.person import Person, Role
from dialogs.handoff.model import Handoff
from dialogs.handoff.transitions import Status
from knowledge.article.article import Language
from tests.e2e.browser.desk_stage import DeskStage
from tests.unit.web.conftest import HeldClock
from tests.unit.web.test_desk import Browser

WORDS = "Hvem har sett passordet mitt?"


async def test_a_contact_takes_a_question_and_is_led_to_the_chat(clock: HeldClock) -> None:
    stage = DeskStage(clock=clock)
    await stage.start()
    contact = await stage.holder_of(Role.CONTACT)
    asker = Person(
        id="asker", name="Ansatt", municipality_id=contact.municipality_id, registered=True, created_at=clock.now()
    )
    asked = Handoff(
        id="handoff-1",
        asker_id=asker.id,
        municipality_id=contact.municipality_id or "",
        unit_id=contact.unit_id or "",
        language=Language.NB,
        question=WORDS,
        created_at=clock.now(),
        changed_at=clock.now(),
    )
    until = clock.now() + timedelta(days=1)
    await stage.put(asker, asked.promise(until).escalate((contact.id,), clock.now(), until=until))
    texts = stage.content.texts[contact.language]
    async with Browser(stage) as browser:
        await browser.enter(contact)
        assert texts("desk.questions.take") in await browser.text("/desk/questions")
        assert (await browser.send("/desk/questions", "handoff.accept", handoff_id=asked.id)).status == 303
        page = await browser.text("/desk/questions")
        assert texts("desk.questions.taken") in page
        assert f'href="/chat?as={contact.id}">{texts("desk.to_chat")}' in page
        assert texts("desk.questions.mine") in page
        assert WORDS not in page
        term = f"status:{Status.ACCEPTED}@{contact.municipality_id}"
        [taken] = [decode(Handoff, each) for each in await stage.store.find(Handoff.KIND, term)]
        assert taken.is_with(contact.id)
        await browser.send("/desk/questions", "handoff.accept", handoff_id="handoff-none")
        assert 'data-color="danger"' in await browser.text("/desk/questions")
    await stage.stop()
