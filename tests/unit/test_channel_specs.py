"""The table of channels: what the rest of Heia asks it, also about channels that are gone or not there yet."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Final

import pytest

from bot.channels.teams.setup import teams_spec
from bot.channels.web.spec import WEB_SPEC
from bot.delivery.sender import choose
from bot.ports import Delivery, DeliveryStatus, Stored, Unreachable
from bot.ports import Key as RecordKey
from bot.records.codec import decode, encode
from dialogs.core.channel import Ability, Channels, ChannelSpec
from dialogs.core.event import ChannelName
from dialogs.core.message import Message
from dialogs.core.person import Address, Person
from tests.channels import CHANNELS, TEAMS, WEB

NOON: Final = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
POST: Final = ChannelName("post")
CLOSED: Final = Channels((teams_spec(lambda _: False), WEB_SPEC))


def person(*addresses: Address, last: ChannelName | None = None, account: bool = True) -> Person:
    return Person(
        id="p1",
        name="Ansatt Helse Nord",
        object_id="o" if account else None,
        tenant_id="t" if account else None,
        addresses={each.channel: each for each in addresses},
        last_channel=last,
        created_at=NOON,
    )


def there(name: ChannelName, *, reachable: bool = True, **data: str) -> Address:
    return Address(channel=name, data=data, reachable=reachable)


def owed(address: Address | None = None) -> Delivery:
    return Delivery(
        id="d1",
        recipient="p1",
        slot="s",
        version=1,
        message=Message(text="Hei"),
        status=DeliveryStatus.LEASED,
        sequence=1,
        posted_at=NOON,
        due_at=NOON,
        address=address,
    )


def chosen(who: Person | None, channels: Channels = CHANNELS) -> ChannelName | str:
    found = choose(owed(), who, channels)
    return found.reason if isinstance(found, Unreachable) else found.channel


def test_the_first_channel_of_the_table_that_reaches_a_person_is_preferred() -> None:
    first, second = ChannelSpec(name=ChannelName("a")), ChannelSpec(name=ChannelName("b"))
    both = person(there(second.name), there(first.name))
    assert chosen(both, Channels((first, second))) == "a"
    assert chosen(both, Channels((second, first))) == "b"


def test_the_channel_used_last_goes_before_the_preferred_one() -> None:
    assert chosen(person(there(TEAMS, conversation_id="c"), there(WEB), last=WEB)) == WEB


def test_a_conversation_is_opened_only_where_the_declaration_says_so() -> None:
    assert chosen(person()) == TEAMS
    assert chosen(person(), CLOSED) == WEB
    assert chosen(person(account=False)) == WEB


def test_a_message_waits_where_it_is_kept_only_for_a_person_who_has_been_there() -> None:
    blocked = there(TEAMS, reachable=False, conversation_id="c")
    assert chosen(person(blocked)) == "closed_by_person"
    assert chosen(person(blocked, there(WEB))) == WEB


def test_a_person_of_a_channel_that_is_no_longer_open_is_reached_elsewhere() -> None:
    assert chosen(person(there(POST), last=POST, account=False)) == WEB
    assert choose(owed(there(POST)), None, CHANNELS) == Unreachable(reason="no_channel_post")


def test_a_channel_that_is_not_declared_any_more_still_has_a_declaration() -> None:
    assert CHANNELS.of(POST) == ChannelSpec(name=POST)
    assert CHANNELS.lane_of(there(POST)) == ""
    assert CHANNELS.calls_of(there(POST)) == 1
    assert CHANNELS.updates(person(there(POST), last=POST))


def test_two_channels_of_one_name_are_refused() -> None:
    with pytest.raises(ValueError, match="same name"):
        Channels((WEB_SPEC, WEB_SPEC))


def test_addresses_of_the_former_account_go_and_the_others_stay_after_a_trip_through_the_store() -> None:
    mine = person(there(TEAMS, conversation_id="c"), there(WEB), last=TEAMS)
    stored = Stored(key=RecordKey(kind=Person.KIND, id="p1"), version=1, schema=Person.SCHEMA, body=encode(mine))
    kept = CHANNELS.without_account(decode(Person, stored))
    assert (set(kept.addresses), kept.last_channel) == ({WEB}, None)
    assert CHANNELS.without_account(replace(mine, last_channel=WEB)).last_channel == WEB


def test_an_address_is_stored_readable_under_the_name_of_its_channel() -> None:
    body = encode(person(there(POST, box="7"), last=POST))
    assert body["addresses"] == {"post": {"channel": "post", "data": {"box": "7"}, "reachable": True}}
    assert body["last_channel"] == "post"


def test_an_opening_never_replaces_a_conversation_or_a_refusal() -> None:
    known, blocked = there(TEAMS, conversation_id="c"), there(TEAMS, reachable=False)
    assert CHANNELS.with_openings(person(known)).addresses[TEAMS] == known
    assert CHANNELS.with_openings(person(blocked)).addresses[TEAMS] == blocked
    stale = there(TEAMS, object_id="former", tenant_id="t")
    assert CHANNELS.with_openings(person(stale)).addresses[TEAMS].data == {"object_id": "o", "tenant_id": "t"}
    assert CHANNELS.with_openings(person(account=False)).addresses == {}


def test_a_person_counts_as_reached_by_an_address_or_an_opening_but_not_after_closing_it() -> None:
    assert CHANNELS.reaches(person(there(WEB), account=False))
    assert CHANNELS.reaches(person())
    assert not CLOSED.reaches(person())
    assert not CHANNELS.reaches(person(there(TEAMS, reachable=False)))


def test_a_direct_chat_is_offered_in_a_channel_the_owner_uses() -> None:
    used = person(there(TEAMS, conversation_id="c"))
    assert CHANNELS.direct_chat(used, "a+b@nes.example").endswith("users=a%2Bb@nes.example")
    assert CHANNELS.direct_chat(person(there(WEB)), "a@nes.example") == ""


def test_the_person_of_a_channel_that_cannot_update_gets_no_refreshes() -> None:
    table = Channels((*CHANNELS, ChannelSpec(name=POST, missing=frozenset({Ability.UPDATE}))))
    assert not table.updates(person(there(POST), last=POST))
    assert table.updates(person(there(WEB), last=WEB))
    assert table.updates(person())
