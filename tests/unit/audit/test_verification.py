"""Changed, inserted, deleted and reordered entries are found, and the number of the row is named."""

from datetime import timedelta
from pathlib import Path

import pytest

from bot.audit.statements import SignedStatement
from bot.audit.verification import AuditFault, ChainCheck, covered, trusted
from bot.ports import AuditPoint, AuditRow, Key
from bot.ports.audit import AUDIT_START, audit_content, audit_hash
from tests.unit.audit.scene import KEY, NOON, OTHER, AuditScene, Faults


@pytest.fixture
async def scene(tmp_path: Path) -> AuditScene:
    """Five entries, the first four of them covered by a head."""
    made = AuditScene(folder=tmp_path)
    await made.fill(4)
    await made.signer().sign()
    await made.fill(1)
    return made


def rewrite(scene: AuditScene, first: int) -> None:
    """Compute all hashes again from a row on, as a forger without the key would."""
    last = scene.store._state.audit.head.number
    for number in range(first, last + 1):
        previous = scene.link(number - 1)["hash"]
        stored = scene.store._state.records.get(Key(kind="audit", id=scene.link(number)["id"]))
        assert stored is not None
        hash_ = audit_hash(number, previous, audit_content(stored.schema, stored.body))
        scene.set_link(number, previous=previous, hash=hash_)


async def test_a_sound_log_has_no_fault(scene: AuditScene) -> None:
    assert await scene.faults() == []
    check = await scene.check()
    assert (check.rows, check.last.number) == (5, 5)


@pytest.mark.parametrize("field", ["act", "subject", "by", "at", "details", "id"])
async def test_a_changed_entry_is_found(scene: AuditScene, field: str) -> None:
    scene.entry("audit-0003", **{field: "2020-01-01T00:00:00Z"})
    assert await scene.faults() == [(AuditFault.CHANGED, 3)]


async def test_a_changed_entry_with_a_hash_to_match_is_found_by_the_row_after(scene: AuditScene) -> None:
    scene.entry("audit-0003", by="bo")
    rewrite(scene, 3)
    scene.set_link(4, previous="0" * 64)
    assert (AuditFault.NOT_FOLLOWING, 4) in await scene.faults()


async def test_a_chain_that_was_computed_again_is_found_by_the_head(scene: AuditScene) -> None:
    scene.entry("audit-0003", by="bo")
    rewrite(scene, 3)
    assert await scene.faults() == [(AuditFault.HEAD_DIFFERS, 4)]


async def test_the_very_row_of_a_head_is_compared(scene: AuditScene) -> None:
    await scene.signer().sign()
    scene.entry("audit-0005", by="bo")
    rewrite(scene, 5)
    assert await scene.faults() == [(AuditFault.HEAD_DIFFERS, 5)]


async def test_what_no_head_covers_can_be_rewritten_unseen(scene: AuditScene) -> None:
    """The limit that the documentation states."""
    scene.entry("audit-0005", by="bo")
    rewrite(scene, 5)
    assert await scene.faults() == []


async def test_a_deleted_row_is_found(scene: AuditScene) -> None:
    scene.drop_entry("audit-0003")
    scene.drop_link(3)
    assert await scene.faults() == [(AuditFault.ROWS_MISSING, 3)]


async def test_a_deleted_entry_is_found(scene: AuditScene) -> None:
    scene.drop_entry("audit-0003")
    assert await scene.faults() == [(AuditFault.ENTRY_MISSING, 3)]


async def test_a_deleted_link_leaves_an_entry_outside_the_chain(scene: AuditScene) -> None:
    scene.drop_link(5)
    assert await scene.faults() == [(AuditFault.OUTSIDE_CHAIN, 0)]


async def test_a_deleted_row_whose_place_was_closed_is_found(scene: AuditScene) -> None:
    for number in (2, 3):
        scene.set_link(number, **{**scene.link(number + 1), "number": number})
    scene.drop_link(4)
    scene.drop_entry("audit-0002")
    faults = await scene.faults()
    assert (AuditFault.NOT_FOLLOWING, 2) in faults
    assert (AuditFault.ROWS_MISSING, 4) in faults


async def test_deleted_first_rows_without_a_checkpoint_are_found(scene: AuditScene) -> None:
    for number in (1, 2):
        scene.drop_link(number)
        scene.drop_entry(f"audit-000{number}")
    assert await scene.faults() == [(AuditFault.ROWS_MISSING, 1)]


async def test_an_inserted_entry_is_found(scene: AuditScene) -> None:
    scene.put_entry("forged")
    assert await scene.faults() == [(AuditFault.OUTSIDE_CHAIN, 0)]


async def test_an_entry_inserted_into_the_chain_is_found(scene: AuditScene) -> None:
    scene.put_entry("forged")
    for number in (6, 5, 4):
        scene.store._state.audit.put(number, scene.store._state.audit.document(number - 1))
    scene.set_link(3, id="forged")
    assert (AuditFault.CHANGED, 3) in await scene.faults()


async def test_reordered_rows_are_found(scene: AuditScene) -> None:
    second, third = scene.link(2), scene.link(3)
    scene.set_link(2, **{**third, "number": 2})
    scene.set_link(3, **{**second, "number": 3})
    faults = await scene.faults()
    assert {(AuditFault.NOT_FOLLOWING, 2), (AuditFault.NOT_FOLLOWING, 3)} <= set(faults)


async def test_reordered_entries_are_found(scene: AuditScene) -> None:
    scene.set_link(2, id="audit-0003")
    scene.set_link(3, id="audit-0002")
    assert await scene.faults() == [(AuditFault.CHANGED, 2), (AuditFault.CHANGED, 3)]


@pytest.mark.parametrize("keep", [0, 1, 3])
async def test_removed_newest_rows_are_found_up_to_the_last_head(scene: AuditScene, keep: int) -> None:
    for number in range(keep + 1, 6):
        scene.drop_link(number)
        scene.drop_entry(f"audit-000{number}")
    assert await scene.faults() == [(AuditFault.END_MISSING, keep + 1)]


async def test_removed_newest_rows_after_the_last_head_are_not_found(scene: AuditScene) -> None:
    """The limit that the documentation states."""
    scene.drop_link(5)
    scene.drop_entry("audit-0005")
    assert await scene.faults() == []


async def test_a_shortened_heads_file_is_found_with_the_heads_from_outside(scene: AuditScene) -> None:
    outside = scene.file.path.read_bytes()
    scene.file.path.write_bytes(b"")
    for number in (4, 5):
        scene.drop_link(number)
        scene.drop_entry(f"audit-000{number}")
    assert await scene.faults() == []
    assert await scene.faults(outside) == [(AuditFault.END_MISSING, 4)]


async def test_a_head_of_another_log_is_found(scene: AuditScene) -> None:
    head = SignedStatement.head(AuditPoint(number=2, hash="ab" * 32), at=NOON, key=KEY)
    assert await scene.faults(head.line().encode()) == [(AuditFault.HEAD_DIFFERS, 2)]


async def test_a_statement_is_believed_only_with_the_signature_of_a_known_key(scene: AuditScene) -> None:
    point = AuditPoint(number=9, hash="ab" * 32)
    foreign = SignedStatement.head(point, at=NOON, key=OTHER).line().encode()
    forged = foreign.replace(OTHER.id.encode(), KEY.id.encode())
    assert await scene.faults(foreign) == [(AuditFault.UNKNOWN_KEY, 1)]
    assert await scene.faults(forged) == [(AuditFault.BAD_SIGNATURE, 1)]


async def test_a_changed_line_of_the_heads_file_is_found(scene: AuditScene) -> None:
    whole = scene.file.path.read_bytes()
    assert await scene.faults(whole.replace(b'"number": 4', b'"number": 3')) == [(AuditFault.BAD_SIGNATURE, 1)]


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"{}",
        b"[1]",
        b"null",
        b"\xff",
        b'{"kind": "head"}',
        b'{"kind": "head", "number": NaN, "hash": "", "at": "", "key": "", "signature": ""}',
        b'{"kind": "head", "number": true, "hash": "", "at": "", "key": "", "signature": ""}',
        b'{"kind": "key", "public": "x", "at": "", "key": "", "signature": ""}',
        b'{"kind": "head", "number": 1, "hash": 1, "at": "", "key": "", "signature": ""}',
        b'{"kind": "head", "number": 1, "hash": "", "at": 1, "key": "", "signature": ""}',
        b'{"kind": "head", "number": 1, "hash": "", "at": "", "key": 1, "signature": ""}',
        b'{"kind": "head", "number": 1, "hash": "", "at": "", "key": "", "signature": 1}',
        b'{"kind": "head", "number": "1", "hash": "", "at": "", "key": "", "signature": ""}',
        b'{"kind": "word", "number": 1, "hash": "", "at": "", "key": "", "signature": ""}',
        b"[" * 9_000,
        b" " * 20_000,
    ],
)
async def test_a_line_that_is_no_statement_is_named(scene: AuditScene, line: bytes) -> None:
    assert await scene.faults(scene.file.path.read_bytes() + line + b"\n") == [(AuditFault.BAD_LINE, 2)]


async def test_a_line_that_is_being_written_is_no_fault(scene: AuditScene) -> None:
    assert await scene.faults(scene.file.path.read_bytes() + b'{"kind": "he') == []


async def test_an_unsigned_checkpoint_hides_nothing(scene: AuditScene) -> None:
    await expire_two(scene)
    document = scene.statements()[-1].to_dict()
    forged = SignedStatement.from_document({**document, "number": 4, "hash": scene.link(4)["hash"]})
    scene.file.path.write_text(forged.line())
    for number in (3, 4):
        scene.drop_link(number)
        scene.drop_entry(f"audit-000{number}")
    found: Faults = await scene.faults()
    assert found == [(AuditFault.BAD_SIGNATURE, 1), (AuditFault.ROWS_MISSING, 1)]


async def expire_two(scene: AuditScene) -> None:
    """Remove the first two rows behind a checkpoint."""
    point = AuditPoint(number=2, hash=scene.link(2)["hash"])
    statement = SignedStatement.checkpoint(point, newest="2026-11-24T12:00:00Z", months=24, at=NOON, key=KEY)
    scene.file.append(statement)
    for number in (1, 2):
        scene.drop_link(number)
        scene.drop_entry(f"audit-000{number}")
    assert await scene.faults() == []


async def test_a_row_that_the_checkpoint_removed_and_that_is_back_is_found(scene: AuditScene) -> None:
    second = scene.store._state.audit.document(2)
    await expire_two(scene)
    scene.store._state.audit.put(2, second)
    assert await scene.faults() == [(AuditFault.BEFORE_START, 2)]


async def test_a_new_key_is_believed_when_the_old_one_introduced_it(scene: AuditScene) -> None:
    scene.file.append(SignedStatement.new_key(OTHER.public, at=NOON, key=KEY))
    scene.key = OTHER
    await scene.signer().sign()
    assert scene.heads() == [4, 5]
    assert await scene.faults(keys=[KEY]) == []
    assert await scene.faults(keys=[OTHER]) == [(AuditFault.UNKNOWN_KEY, 1), (AuditFault.UNKNOWN_KEY, 2)]


@pytest.mark.parametrize("body", [{"at": float("nan")}, {"at": "\ud800"}, {"more": [1]}])
async def test_a_damaged_entry_is_a_changed_one(scene: AuditScene, body: dict[str, object]) -> None:
    scene.store._state.records._records["audit"]["audit-0002"] = (
        b'{"kind":"audit","id":"audit-0002","version":1,"schema":1,"terms":["all"],"body":'
        + repr(body).replace("'", '"').replace("nan", "NaN").encode()
        + b"}"
    )
    assert await scene.faults() == [(AuditFault.CHANGED, 2)]


async def test_a_damaged_link_is_named(scene: AuditScene) -> None:
    scene.store._state.audit.put(2, b"{}")
    assert (AuditFault.UNKNOWN_FORMAT, 2) in await scene.faults()


async def test_the_newest_head_is_the_one_with_the_highest_number(scene: AuditScene) -> None:
    await scene.signer().sign()
    statements = trusted([KEY.public])
    statements.read(b"".join(reversed(scene.file.path.read_bytes().splitlines(keepends=True))))
    newest = covered(statements)
    assert newest is not None
    assert newest.point.number == 5
    assert covered(trusted([])) is None


async def test_an_entry_without_a_schema_is_missing() -> None:
    check = ChainCheck(trusted([]))
    check.row(AuditRow(number=1, id="a", format=1, previous=AUDIT_START, hash="", schema=None, body={}))
    assert [(each.fault, each.number) for each in check.end()] == [(AuditFault.ENTRY_MISSING, 1)]


def test_a_number_that_is_none_has_no_canonical_text() -> None:
    with pytest.raises(ValueError, match="JSON compliant"):
        audit_content(1, {"n": float("nan")})


async def test_the_sentences_name_the_row_and_hold_no_person(scene: AuditScene) -> None:
    scene.entry("audit-0003", by="kari")
    [finding] = (await scene.check()).end()
    assert finding.text == "row 3 was changed (audit-0003)"


async def test_a_log_of_a_day_ago_is_verified_by_its_head(scene: AuditScene) -> None:
    scene.clock.at += timedelta(days=1)
    await scene.signer().sign()
    assert scene.heads() == [4, 5]
    assert await scene.faults() == []
