"""Copying of images between two storages, together with their store."""

from bot.ports import Images, StoreRefused


async def copy_images(source: Images, target: Images) -> int:
    """Copy every image and return their number.

    Existing images in the target are not overwritten.

    Raises:
        StoreRefused: an image in the target differs afterwards.
        StoreUnavailable: one of the storages could not be reached; start again to continue.
    """
    number = 0
    async for id_ in source.ids():
        image = await source.get(id_)
        if image is None:
            continue
        if await target.get(id_) is None:
            await target.put(id_, image)
        if await target.get(id_) != image:
            raise StoreRefused(f"the copy differs in {id_}. Copy into an empty store.")
        number += 1
    return number
