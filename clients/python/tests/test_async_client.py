"""The async client against a running agent, on asyncio and trio."""

from pathlib import Path

import anyio
import pytest
from conftest import IMAGE

from exec_agent import AsyncClient, ExitNonzero, request

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("client")]


@pytest.fixture(params=["asyncio", "trio"])
def anyio_backend(request: pytest.FixtureRequest) -> str:
    return str(request.param)


async def test_run_logs_and_events() -> None:
    async with AsyncClient() as client:
        execution_id = await client.submit(request(IMAGE, ["sh", "-c", "echo one; sleep 0.1; echo two"]))
        assert "".join([line.text async for line in client.logs(execution_id)]) == "one\ntwo\n"
        assert [event.state async for event in client.events(execution_id)][-1] == "finished"
        assert (await client.wait(execution_id)).success


async def test_several_executions_at_once() -> None:
    outputs = {}
    async with AsyncClient() as client:

        async def run(number: int) -> None:
            outputs[number] = (await client.run(request(IMAGE, ["echo", str(number)]))).output

        async with anyio.create_task_group() as tasks:
            for number in range(4):
                tasks.start_soon(run, number)
    assert outputs == {number: f"{number}\n" for number in range(4)}


async def test_check_raises() -> None:
    async with AsyncClient() as client:
        with pytest.raises(ExitNonzero):
            await client.run(request(IMAGE, ["sh", "-c", "exit 1"]), check=True)


async def test_upload_and_download(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 1_000_000)
    async with AsyncClient() as client:
        uploaded = await client.upload("python/async.txt", tmp_path / "large")
        copy = request(
            IMAGE,
            ["sh", "-c", "cp /workspace/input/a /workspace/output/b"],
            objects={"a": uploaded.url},
            expected_files=["b"],
        )
        response = await client.run(copy, check=True)
        await client.download(response.execution_id, "b", tmp_path / "b")
    assert (tmp_path / "b").read_bytes() == (tmp_path / "large").read_bytes()
