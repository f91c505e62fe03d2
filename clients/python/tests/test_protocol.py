"""What needs no agent: retries, event streams, error classes."""

import json
from pathlib import Path
from typing import Iterator, List

import httpx
import pytest

from exec_agent import Client, HttpError, QueueFull, request
from exec_agent._event_stream import EventReader
from exec_agent.errors import error_classes

VIEW = {
    "execution_id": "e1",
    "correlation_id": "c",
    "state": "queued",
    "image": "i",
    "tags": {},
    "submitted_at": "2026-01-02T03:04:05.678Z",
}


def test_there_is_one_error_class_for_each_code() -> None:
    schema = Path(__file__).parents[3] / "schema" / "response.schema.json"
    codes = json.loads(schema.read_text())["properties"]["error_code"]["enum"]
    assert sorted(error_classes) == sorted(codes)


def test_a_busy_agent_is_asked_again_with_the_same_request() -> None:
    bodies: List[bytes] = []

    def answer(call: httpx.Request) -> httpx.Response:
        bodies.append(call.content)
        if len(bodies) == 1:
            raise httpx.ConnectError("refused")
        if len(bodies) == 2:
            return httpx.Response(503, json={"detail": "busy", "error_code": "QUEUE_FULL"})
        return httpx.Response(202, json=VIEW)

    with Client("http://agent", transport=httpx.MockTransport(answer)) as client:
        assert client.submit(request("i")) == "e1"
    assert len(bodies) == 3
    assert len(set(bodies)) == 1


def test_a_refusal_is_not_repeated_and_keeps_its_code() -> None:
    calls: List[str] = []

    def answer(call: httpx.Request) -> httpx.Response:
        calls.append(call.url.path)
        if call.url.path.endswith("cancel"):
            return httpx.Response(404, json={"detail": "There is no execution e2."})
        return httpx.Response(503, json={"detail": "full", "error_code": "QUEUE_FULL"})

    with Client("http://agent", attempts=1, transport=httpx.MockTransport(answer)) as client:
        with pytest.raises(HttpError, match="no execution"):
            client.cancel("e2")
        with pytest.raises(QueueFull):
            client.submit(request("i"))
    assert len(calls) == 2


def test_a_log_resumes_after_the_last_piece() -> None:
    seen: List[str] = []

    class Broken(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b'event: log\nid: 5\ndata: {"stream":"stdout","time":1,"text":"a"}\n\n'
            raise httpx.ReadError("gone")

    def answer(call: httpx.Request) -> httpx.Response:
        seen.append(call.headers.get("last-event-id", ""))
        if len(seen) == 1:
            return httpx.Response(200, stream=Broken())
        return httpx.Response(
            200, content=b'event: log\nid: 6\ndata: {"stream":"stdout","time":2,"text":"b"}\n\nevent: end\ndata: {}\n\n'
        )

    with Client("http://agent", transport=httpx.MockTransport(answer)) as client:
        assert [line.text for line in client.logs("e1")] == ["a", "b"]
    assert seen == ["", "5"]


def test_states_resume_after_the_last_event() -> None:
    seen: List[str] = []
    state = b'{"execution_id":"e1","state":"queued","image":"i","at":1,"tenant":"t","tags":{}}'

    class Broken(httpx.SyncByteStream):
        def __iter__(self) -> Iterator[bytes]:
            yield b"id: 5-0\n\n"
            raise httpx.ReadError("gone")

    def answer(call: httpx.Request) -> httpx.Response:
        seen.append(call.headers.get("last-event-id", ""))
        if len(seen) == 1:
            return httpx.Response(200, stream=Broken())
        gap = b'event: gap\nid: 9-0\ndata: {"detail": "some are gone"}\n\n'
        return httpx.Response(200, content=gap + b"event: state\nid: 9-1\ndata: " + state + b"\n\n")

    with Client("http://agent", transport=httpx.MockTransport(answer)) as client:
        with pytest.warns(UserWarning, match="no longer kept"):
            assert next(iter(client.events())).execution_id == "e1"
    assert seen == ["", "5-0"]


def test_events_are_read_wherever_the_stream_is_cut() -> None:
    text = ':\n\nevent: log\nid: 1\ndata: "é\u2028"\n\ndata: two\ndata: lines\n\n'.encode()
    whole = EventReader().feed(text)
    assert [(event.event, event.id, event.data) for event in whole] == [
        ("log", "1", '"é\u2028"'),
        ("message", None, "two\nlines"),
    ]
    for size in range(1, len(text)):
        reader = EventReader()
        pieces = [event for start in range(0, len(text), size) for event in reader.feed(text[start : start + size])]
        assert pieces == whole


def test_a_text_is_no_command() -> None:
    with pytest.raises(TypeError, match="list of texts"):
        request("i", "echo hi")


def test_a_placement_is_a_field_of_the_container() -> None:
    assert request("i", placement={"gpu": "a100"})["container"] == {"image": "i", "placement": {"gpu": "a100"}}
