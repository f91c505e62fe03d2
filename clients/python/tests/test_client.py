"""The blocking client against a running agent."""

from decimal import Decimal
from pathlib import Path

import pytest
from conftest import IMAGE

from exec_agent import (
    AgentUnreachable,
    Canceled,
    Client,
    ExecutionTimeout,
    ExitNonzero,
    HttpError,
    InvalidRequest,
    OutputMissing,
    WaitTimeout,
    request,
)


def shell(script: str, **fields: object) -> dict:
    return request(IMAGE, ["sh", "-c", script], **fields)  # type: ignore[arg-type]


def test_run_returns_output_files_and_graph(client: Client) -> None:
    script = "cd /workspace/output; cp ../input/a.bin .; cp ../input/graph_data.json graph_update.json; echo done"
    graph = {"nodes": [{"id": 1, "name": "é"}], "relationships": []}
    response = client.run(
        shell(script, files={"a.bin": b"\x00\xff"}, graph=graph, expected_files=["a.bin"], graph_update=True),
        check=True,
    )
    assert (response.success, response.exit_code, response.output) == (True, 0, "done\n")
    assert response.files["a.bin"].content == b"\x00\xff"
    assert response.graph_update == graph


def test_run_returns_a_failed_execution_and_check_raises_it(client: Client) -> None:
    failing = shell("echo oops >&2; exit 7")
    response = client.run(failing)
    assert (response.success, response.error_code, response.exit_code) == (False, "EXIT_NONZERO", 7)
    with pytest.raises(ExitNonzero) as caught:
        client.run(failing, check=True)
    assert caught.value.response is not None
    assert caught.value.response.output == "oops\n"


def test_run_raises_the_error_of_each_kind(client: Client) -> None:
    with pytest.raises(ExecutionTimeout):
        client.run(shell("sleep 30", timeout=0.5), check=True)
    with pytest.raises(OutputMissing):
        client.run(shell("true", expected_files=["none.txt"]), check=True)


def test_submit_names_the_field_that_is_wrong(client: Client) -> None:
    with pytest.raises(InvalidRequest, match="container.command") as caught:
        client.submit({"container": {"image": IMAGE, "command": "true"}})
    assert caught.value.status == 400


def test_wait_gives_up_after_its_timeout_and_the_execution_continues(client: Client) -> None:
    execution_id = client.submit(shell("sleep 30"))
    with pytest.raises(WaitTimeout):
        client.wait(execution_id, timeout=0.2)
    assert client.get(execution_id).state != "finished"
    client.cancel(execution_id)
    with pytest.raises(Canceled):
        client.wait(execution_id, check=True)


def test_logs_and_events_end_with_the_execution(client: Client) -> None:
    execution_id = client.submit(shell("echo one; echo two >&2; sleep 0.2; echo 'three\u2028four'"))
    lines = list(client.logs(execution_id))
    assert "".join(line.text for line in lines if line.stream == "stdout") == "one\nthree\u2028four\n"
    assert "".join(line.text for line in lines if line.stream == "stderr") == "two\n"
    assert [event.state for event in client.events(execution_id)][-1] == "finished"


def test_files_are_listed_read_and_downloaded(client: Client, tmp_path: Path) -> None:
    script = "cd /workspace/output; head -c 3000000 /dev/zero > zero; mkdir 'a b'; echo hi > 'a b/#1'"
    response = client.run({**shell(script), "output": {"expected_files": ["./"], "minio_upload": True}}, check=True)
    assert {file.name: file.size for file in client.files(response.execution_id)} == {"zero": 3000000, "a b/#1": 3}
    assert client.read_file(response.execution_id, "a b/#1") == b"hi\n"
    client.download(response.execution_id, "zero", tmp_path / "zero")
    assert (tmp_path / "zero").read_bytes() == bytes(3000000)
    assert [path.name for path in tmp_path.iterdir()] == ["zero"]
    with pytest.raises(HttpError) as caught:
        client.download(response.execution_id, "none", tmp_path / "none")
    assert caught.value.status == 404


def test_uploads_become_inputs(client: Client, tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 1_000_000)
    for content in (b"small", tmp_path / "large"):
        uploaded = client.upload("python/input.txt", content)
        response = client.run(shell("wc -c < /workspace/input/input.txt", objects={"input.txt": uploaded.url}))
        assert int(response.output) == uploaded.size
    with pytest.raises(TypeError, match="pathlib.Path"):
        client.upload("python/input.txt", "text")  # type: ignore[arg-type]


def test_list_finds_by_tag_page_by_page(client: Client) -> None:
    ids = [client.run(shell("true", tags={"kind": "page"})).execution_id for _ in range(3)]
    first = client.list(tag="kind=page", limit=2)
    second = client.list(tag="kind=page", limit=2, cursor=first.next)
    assert [item.execution_id for item in [*first.executions, *second.executions]] == ids[::-1]
    client.delete(ids[0])
    with pytest.raises(HttpError):
        client.get(ids[0])


def test_the_same_correlation_id_is_one_execution(client: Client) -> None:
    same = shell("true", correlation_id="python-same")
    assert client.submit(same) == client.submit(same)


def test_numbers_keep_their_digits_with_decimal(client: Client) -> None:
    number = "0.1234567890123456789"
    with Client(parse_float=Decimal) as exact:
        graph = f'{{"nodes": [{{"x": {number}}}], "relationships": []}}'
        script = f"echo '{graph}' > /workspace/output/graph_update.json"
        response = exact.run(shell(script, graph_update=True), check=True)
    assert response.graph_update["nodes"][0]["x"] == Decimal(number)


def test_an_agent_that_is_away_is_reported() -> None:
    with Client("http://127.0.0.1:1", attempts=2) as away, pytest.raises(AgentUnreachable):
        away.submit(shell("true"))
