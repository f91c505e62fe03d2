"""Runs several containers at once and prints their output as it arrives."""

import asyncio

from exec_agent import AsyncClient, request


async def follow(client: AsyncClient, number: int) -> None:
    execution_id = await client.submit(request("alpine:latest", ["echo", f"container {number}"]))
    async for line in client.logs(execution_id):
        print(line.text, end="")


async def main() -> None:
    async with AsyncClient() as client:
        await asyncio.gather(*(follow(client, number) for number in range(3)))


asyncio.run(main())
