"""Let a courier deliver until nothing is due."""

from bot.delivery.courier import Courier


async def drain(courier: Courier) -> None:
    """Deliver everything that is due now, and return when all outcomes are stored."""
    async with courier._sending() as sends:
        while True:
            courier._freed.clear()
            if await courier._claim_and_start(sends):
                continue
            if not courier._claimed:
                return
            await courier._freed.wait()  # the recipient's next delivery may be due now
