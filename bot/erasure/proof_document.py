"""The document about a proof of erasure, for the data protection officer's files."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from bot.erasure.proof import ErasureProof, Remainder
from dialogs.core.texts import Texts


def proof_document(texts: Texts, proof: ErasureProof, *, at: datetime, version: str) -> str:
    """Return the document: searched places, remainders with reasons, limits of the search."""
    return (
        "\n".join([*_head(texts, proof, at, version), "", *_remains(texts, proof), "", *_limits(texts, proof)]) + "\n"
    )


def _head(texts: Texts, proof: ErasureProof, at: datetime, version: str) -> Iterator[str]:
    searched = proof.searched
    tables = [place for place in searched.places if not place.is_file]
    files = [place for place in searched.places if place.is_file]
    yield texts("proof.title", id=proof.person_id)
    yield ""
    yield f"{texts('proof.made')}: {_seconds_of(at)}"
    yield f"{texts('proof.version')}: {version}"
    yield f"{texts('proof.store')}: {searched.store}"
    yield f"{texts('proof.registered')}: {texts('proof.yes' if proof.registered else 'proof.no')}"
    erased_at = proof.erased_at
    yield texts("proof.erased", at=_seconds_of(erased_at)) if erased_at else texts("proof.not_erased")
    yield f"{texts('proof.words')}: {', '.join(proof.ids)}"
    if proof.also:
        yield f"{texts('proof.also')}: {', '.join(proof.also)}"
    if proof.runs is None:
        yield texts("proof.ids_only")
    elif proof.unsearchable:
        yield texts("proof.runs.none")
    else:
        yield texts("proof.runs", number=texts.number(proof.runs))
    within = texts(
        "proof.searched.tables",
        tables=texts.number(len(tables)),
        rows=texts.number(sum(place.rows for place in tables)),
        bytes=texts.number(sum(place.size_bytes for place in tables)),
    )
    yield f"{texts('proof.searched')}: {within}"
    yield from (f"  {place.name}: {texts.number(place.rows)}" for place in tables)
    if files:
        size = texts.number(sum(place.size_bytes for place in files))
        yield f"  {texts('proof.searched.files', files=texts.number(len(files)), bytes=size)}"


def _remains(texts: Texts, proof: ErasureProof) -> Iterator[str]:
    kept = [remainder for remainder in proof.remainders if remainder.ground is not None]
    if kept:
        yield f"{texts('proof.kept')}:"
        yield from _lines(texts, kept)
    if proof.groundless:
        yield f"{texts('proof.groundless')}:"
        yield from _lines(texts, proof.groundless)
    if proof.others:
        yield f"{texts('proof.others')}:"
        yield from _lines(texts, proof.others)
    if proof.newer:
        yield f"{texts('proof.newer')}:"
        yield from _lines(texts, proof.newer)
    yield from _result(texts, proof)


def _result(texts: Texts, proof: ErasureProof) -> Iterator[str]:
    if proof.groundless:
        yield texts("proof.result.bad", number=texts.number(len(proof.groundless)))
        yield texts("proof.next.bad", id=proof.person_id)
    if proof.others:
        yield texts("proof.result.others", number=texts.number(len(proof.others)))
        yield texts("proof.next.others")
    elif proof.unsearchable:
        yield texts("proof.result.unsearchable")
    if proof.newer and not proof.groundless:
        if not proof.open:
            yield texts("proof.result.newer", number=texts.number(len(proof.newer)))
        yield texts("proof.next.newer", id=proof.person_id)
    if not (proof.groundless or proof.open or proof.newer):
        yield texts("proof.result.good" if proof.remainders else "proof.none")


def _seconds_of(at: datetime) -> str:
    return at.isoformat(timespec="seconds")


def _lines(texts: Texts, remainders: Sequence[Remainder]) -> Iterator[str]:
    for remainder in remainders:
        ground = texts(f"proof.ground.{remainder.ground or _state(remainder)}")
        yield f"  {remainder.trace.place}  {remainder.trace.row}  {', '.join(remainder.trace.words)}  ({ground})"


def _state(remainder: Remainder) -> str:
    if remainder.newer:
        return "newer"
    return "others" if remainder.of_others else "none"


def _limits(texts: Texts, proof: ErasureProof) -> Iterator[str]:
    yield f"{texts('proof.limits')}:"
    match proof.searched.store:
        case "postgres":
            dead = ", ".join(f"{name} {texts.number(rows)}" for name, rows in proof.searched.dead_rows.items())
            yield texts("proof.limits.postgres", dead=dead or texts.number(0))
        case "tiny":
            yield texts("proof.limits.files")
        case _:
            yield texts("proof.limits.memory")
