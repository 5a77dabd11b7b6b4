"""A process that adds audit entries to a database: ``python -m tests.contract.audit_child URL NAME NUMBER``."""

import asyncio
import sys

from bot.ports import Commit
from bot.stores.postgres.store import PostgresStore
from tests.contract.test_audit import act
from tests.contract.test_store import NOON, person


async def main(url: str, name: str, number: int) -> None:
    store = PostgresStore(url=url)
    await store.open()
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    await asyncio.to_thread(sys.stdin.readline)

    async def one(writer: int) -> None:
        for each in range(number):
            id_ = f"{name}-{writer}-{each:03d}"
            await store.commit(Commit(at=NOON, records=(person(id_), act(id_), act(f"{id_}+"))))

    await asyncio.gather(*(one(writer) for writer in range(4)))
    await store.close()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], sys.argv[2], int(sys.argv[3])))
