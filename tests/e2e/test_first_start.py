"""The port of ``heia serve`` answers before the program is loaded, and until it can answer questions."""

import asyncio
from pathlib import Path

import aiohttp

from tests.e2e.program import Program, free_port


async def test_the_port_tells_to_come_back_while_the_program_is_loaded_and_is_never_closed_again(
    tmp_path: Path,
) -> None:
    heia = Program(tmp_path)
    heia.port = free_port()
    starting = asyncio.create_task(heia.start())
    statuses: list[int] = []
    async with aiohttp.ClientSession() as session:
        while statuses[-1:] != [200]:
            try:
                async with session.get(f"{heia.url}/chat") as answer:
                    statuses.append(answer.status)
                    said = await answer.text()
                async with session.get(f"{heia.url}/healthz") as alive:
                    assert alive.status == 200
            except aiohttp.ClientConnectorError:
                assert statuses == [], "the port was closed again"
            if statuses[-1:] == [503]:
                assert "Prøv igjen om noen sekunder" in said
            await asyncio.sleep(0.05)
    await starting
    assert set(statuses) == {503, 200}
    # The program's parts are loaded behind the open port.
    assert heia.log.index("preparing") < heia.log.index("started")
    assert await heia.stop() == 0
