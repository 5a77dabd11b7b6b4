"""The stand-alone verifier and the command find the same faults, whatever was done to the log."""

import asyncio
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.audit.export import exported
from bot.audit.standalone import verify
from bot.audit.statements import SignedStatement
from bot.ports.audit import audit_content, audit_hash
from tests.unit.audit.scene import KEY, NOON, OTHER, AuditScene

NUMBERS = st.integers(1, 8)
Tamper = Callable[[AuditScene], None]


def _change(field: str, number: int) -> Tamper:
    return lambda scene: _at(scene, number, lambda id_: scene.entry(id_, **{field: "x"}))


def _at(scene: AuditScene, number: int, act: Callable[[str], None]) -> None:
    """Act on the entry of a row, if both are there."""
    if scene.store._state.audit.document(number) is None:
        return
    id_ = scene.link(number)["id"]
    if scene.store._state.records.ids("audit") and id_ in scene.store._state.records.ids("audit"):
        act(id_)


def _swap(one: int, other: int) -> Tamper:
    def swap(scene: AuditScene) -> None:
        chain = scene.store._state.audit
        first, second = chain.document(one), chain.document(other)
        chain.put(one, second)
        chain.put(other, first)

    return swap


def _link(number: int, field: str, value: Any) -> Tamper:
    def change(scene: AuditScene) -> None:
        if scene.store._state.audit.document(number) is not None:
            scene.set_link(number, **{field: value})

    return change


def _recompute(first: int) -> Tamper:
    """Make the chain whole again from a row on, as someone without the key can."""

    def recompute(scene: AuditScene) -> None:
        before = ""
        for number in list(scene.store._state.audit):
            row = scene.store._state.audit_rows(after=number - 1, limit=1)[0]
            if number >= first and before and row.body is not None and row.schema is not None:
                hash_ = audit_hash(number, before, audit_content(row.schema, row.body))
                scene.set_link(number, previous=before, hash=hash_, format=1)
            before = str(scene.link(number)["hash"])

    return recompute


def _heads(change: Callable[[bytes], bytes]) -> Tamper:
    return lambda scene: _rewrite(scene.file.path, change)


def _rewrite(file: Path, change: Callable[[bytes], bytes]) -> None:
    file.write_bytes(change(file.read_bytes()))


TAMPERS = st.one_of(
    st.builds(_change, st.sampled_from(["act", "by", "at", "id", "more"]), NUMBERS),
    st.builds(lambda n: lambda scene: _at(scene, n, scene.drop_entry), NUMBERS),
    st.builds(lambda n: lambda scene: scene.drop_link(n), NUMBERS),
    st.builds(_swap, NUMBERS, NUMBERS),
    st.builds(_link, NUMBERS, st.sampled_from(["hash", "previous", "id"]), st.sampled_from(["0" * 64, "audit-0002"])),
    st.builds(_link, NUMBERS, st.just("format"), st.sampled_from([0, 2])),
    st.builds(_recompute, NUMBERS),
    st.builds(lambda n: lambda scene: scene.put_entry(f"forged-{n}"), NUMBERS),
    st.builds(lambda n: _heads(lambda data: data[: -n * 40]), NUMBERS),
    st.builds(lambda n: _heads(lambda data: data.replace(b"%d" % n, b"9", 1)), NUMBERS),
    st.just(_heads(lambda data: data + b"junk\n")),
    st.just(_heads(lambda data: b"".join(reversed(data.splitlines(keepends=True))))),
    st.just(_heads(lambda data: data + SignedStatement.new_key(OTHER.public, at=NOON, key=KEY).line().encode())),
)  # fmt: skip


async def _whole(folder: Path, *, cut: bool, rotated: bool) -> AuditScene:
    """Return a log of eight rows with heads, perhaps behind a checkpoint, perhaps with a second key."""
    scene = AuditScene(folder=folder)
    for number in range(7):
        await scene.add(at=NOON - timedelta(days=900 if number < 3 and cut else 0), by=f"p{number}")
        if number % 2:
            await scene.signer().sign()
        if number == 4 and rotated:
            scene.file.append(SignedStatement.new_key(OTHER.public, at=NOON, key=KEY))
            scene.key = OTHER
    await scene.retention().expire()
    await scene.add()
    return scene


async def _both(scene: AuditScene) -> tuple[set[tuple[str, int]], set[tuple[str, int]]]:
    """Return the faults that the command finds, and those of the stand-alone verifier."""
    ours = {(fault.value, number) for fault, number in await scene.faults()}
    lines = [line async for line in exported(scene.store, at=NOON)]
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "log.jsonl"
        file.write_text("".join(lines), "ascii")
        verifier = verify.Verifier([KEY.public])
        verifier.statements(scene.file.path.read_bytes())
        verifier.log(*verify.read_export(str(file)))
    return ours, {(name, number) for name, number, _ in verifier.faults}


@pytest.mark.full
@settings(max_examples=150, deadline=None)
@given(cut=st.booleans(), rotated=st.booleans(), tampers=st.lists(TAMPERS, max_size=4))
def test_both_find_the_same_faults_in_the_same_rows(cut: bool, rotated: bool, tampers: list[Tamper]) -> None:
    async def check() -> None:
        with tempfile.TemporaryDirectory() as folder:
            scene = await _whole(Path(folder), cut=cut, rotated=rotated)
            for tamper in tampers:
                tamper(scene)
            ours, theirs = await _both(scene)
            assert ours == theirs
            if not tampers:
                assert ours == set()

    asyncio.run(check())


@pytest.mark.full
@settings(max_examples=100, deadline=None)
@given(seed=st.binary(min_size=32, max_size=32), message=st.binary(max_size=200), flip=st.integers(0, 511))
def test_the_verifiers_own_ed25519_agrees_with_the_library(seed: bytes, message: bytes, flip: int) -> None:
    private = Ed25519PrivateKey.from_private_bytes(seed)
    public, signature = private.public_key().public_bytes_raw().hex(), private.sign(message)
    assert verify.is_signed(public, message, signature.hex())
    changed = bytearray(signature)
    changed[flip // 8] ^= 1 << flip % 8
    assert not verify.is_signed(public, message, changed.hex())
    assert not verify.is_signed(public, message + b"x", signature.hex())


@pytest.mark.parametrize(
    ("public", "message", "signature"),
    [
        (  # RFC 8032, section 7.1, test 2
            "3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c",
            "72",
            "92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da"
            "085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00",
        ),
    ],
)
def test_the_verifiers_own_ed25519_knows_the_vectors_of_its_standard(public: str, message: str, signature: str) -> None:
    assert verify.is_signed(public, bytes.fromhex(message), signature)


def test_a_second_form_of_a_signature_is_none() -> None:
    """``s`` plus the order of the group satisfies the equation, and RFC 8032 forbids it."""
    signature = bytes.fromhex(KEY.sign(b"x"))
    second = signature[:32] + (int.from_bytes(signature[32:], "little") + verify.ORDER).to_bytes(32, "little")
    assert verify.is_signed(KEY.public, b"x", signature.hex())
    assert not verify.is_signed(KEY.public, b"x", second.hex())


@pytest.mark.parametrize("signature", ["", "zz", "ff" * 64, "00" * 63])
def test_what_is_no_signature_is_none(signature: str) -> None:
    assert not verify.is_signed(KEY.public, b"x", signature)
    assert not verify.is_signed("ff" * 32, b"x", KEY.sign(b"x"))
