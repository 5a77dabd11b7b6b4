"""Moving images from one place to another, together with the store they belong to."""

from bot.ports import Images, StoreRefused


async def copy_images(source: Images, target: Images) -> int:
    """Copy every image and return how many there are; those that are there already are left as they are.

    Raises:
        StoreRefused: one differs in the target afterwards.
        StoreUnavailable: one of the places could not be reached; start again to go on.
    """
    number = 0
    async for id_ in source.ids():
        image = await source.find(id_)
        if image is None:
            continue
        if await target.find(id_) is None:
            await target.put(id_, image)
        if await target.find(id_) != image:
            raise StoreRefused(f"the copy differs in {id_}. Copy into an empty store.")
        number += 1
    return number
