"""Images as database rows, so that every process can read them."""

from collections.abc import AsyncIterator, Collection

from bot.ports import IMAGE_ID, StoredImage
from bot.stores.postgres.connection import Connection, Database

_PAGE = 1000


class PostgresImages:
    """Implements ``Images`` over the connections of a store."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def put(self, id: str, image: StoredImage) -> None:
        if not IMAGE_ID.fullmatch(id):
            raise ValueError("not the id of an image")

        async def put(connection: Connection) -> None:
            await connection.execute(
                "INSERT INTO image (id, media_type, body) VALUES (%s, %s, %s)"
                " ON CONFLICT (id) DO UPDATE SET media_type = excluded.media_type, body = excluded.body",
                [id, image.media_type, image.body],
            )

        await self._database.write(put)

    async def get(self, id: str) -> StoredImage | None:
        if not IMAGE_ID.fullmatch(id):
            return None

        async def find(connection: Connection) -> StoredImage | None:
            cursor = await connection.execute("SELECT media_type, body FROM image WHERE id = %s", [id], binary=True)
            row = await cursor.fetchone()
            return StoredImage(body=bytes(row["body"]), media_type=row["media_type"]) if row is not None else None

        return await self._database.read(find)

    async def delete(self, ids: Collection[str]) -> None:
        known = [id_ for id_ in ids if IMAGE_ID.fullmatch(id_)]

        async def forget(connection: Connection) -> None:
            await connection.execute("DELETE FROM image WHERE id = ANY(%s::text[])", [known])

        if known:
            await self._database.write(forget)

    async def ids(self) -> AsyncIterator[str]:
        after = ""
        while page := await self._page(after):
            for id_ in page:
                yield id_
            after = page[-1]

    async def _page(self, after: str) -> list[str]:
        async def select(connection: Connection) -> list[str]:
            cursor = await connection.execute("SELECT id FROM image WHERE id > %s ORDER BY id LIMIT %s", [after, _PAGE])
            return [row["id"] for row in await cursor.fetchall()]

        return await self._database.read(select)
