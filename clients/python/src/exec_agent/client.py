"""The client that blocks."""

from __future__ import annotations

import os
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import BinaryIO, Iterator, List, Optional, Type, TypeVar, Union

import httpx

from . import models
from ._event_stream import EventReader
from ._following import Following, LogFollowing, StateFollowing
from ._operations import (
    RECONNECT_PAUSE_SECONDS,
    Call,
    Operation,
    Operations,
    ParseFloat,
    Pause,
    Reply,
    file_path,
    is_busy,
    pause_before,
    refusal,
    unreachable,
)
from ._settings import TIMEOUT, url_and_headers
from .request import Request

T = TypeVar("T")


class Client:
    """Runs containers on an Exec Agent over HTTP.

    url: of the agent; default `EXEC_URL`, then http://localhost:8082.
    token: `exa_…`; default `EXEC_TOKEN`. An agent on this host without tokens needs none.
    attempts: how often a call is sent while the agent is busy or cannot be reached. Every call is safe to repeat.
    parse_float: reads numbers with a fraction; `decimal.Decimal` keeps all their digits.

    Every method raises an `ExecAgentError` if the call fails.
    """

    def __init__(
        self,
        url: Optional[str] = None,
        token: Optional[str] = None,
        *,
        attempts: int = 5,
        parse_float: ParseFloat = float,
        transport: Optional[httpx.BaseTransport] = None,
    ) -> None:
        base, headers = url_and_headers(url, token)
        self._http = httpx.Client(base_url=base, headers=headers, timeout=TIMEOUT, transport=transport)
        self._operations = Operations(attempts=attempts, parse_float=parse_float)
        self._attempts = attempts

    def __enter__(self) -> "Client":
        return self

    def __exit__(
        self,
        kind: Optional[Type[BaseException]],
        error: Optional[BaseException],
        traceback: Optional[TracebackType],
    ) -> None:
        self.close()

    def close(self) -> None:
        """Closes the connections. Executions continue."""
        self._http.close()

    def run(self, request: Request, *, check: bool = False, timeout: Optional[float] = None) -> models.Response:
        """Submits a request and waits for its response.

        check: raise the `ExecutionError` of the error code if the execution fails.
        timeout: seconds to wait before `WaitTimeout` is raised; the execution continues.
        """
        return self._do(self._operations.run(request, check=check, timeout=timeout))

    def submit(self, request: Request) -> str:
        """Returns the execution id once the agent has accepted the request."""
        return self._do(self._operations.submit(request))

    def wait(self, execution_id: str, *, check: bool = False, timeout: Optional[float] = None) -> models.Response:
        """The response of an execution, as `run` returns it. Accepts correlation ids too."""
        return self._do(self._operations.wait(execution_id, check=check, timeout=timeout))

    def get(self, execution_id: str) -> models.Execution:
        """The state of an execution now, by execution id or correlation id."""
        return self._do(self._operations.get(execution_id))

    def list(
        self,
        *,
        state: Optional[str] = None,
        name: Optional[str] = None,
        image: Optional[str] = None,
        tag: Optional[str] = None,
        since: Optional[str] = None,
        until: Optional[str] = None,
        limit: Optional[int] = None,
        cursor: Optional[str] = None,
    ) -> models.Page:
        """Executions, newest first. tag: `key=value`. since, until: ISO times of submission."""
        filters = {"state": state, "name": name, "image": image, "tag": tag, "since": since, "until": until}
        return self._do(self._operations.list(**filters, limit=limit, cursor=cursor))

    def cancel(self, execution_id: str) -> None:
        """Asks the agent to stop an execution. Its response then has the code `CANCELED`."""
        self._do(self._operations.cancel(execution_id))

    def delete(self, execution_id: str) -> None:
        """Deletes the record of a finished execution."""
        self._do(self._operations.delete(execution_id))

    def logs(self, execution_id: str) -> Iterator[models.LogLine]:
        """The output so far, then new output, until the execution has finished. Resumes after a broken connection."""
        return self._follow(LogFollowing(execution_id))

    def events(self, execution_id: Optional[str] = None) -> Iterator[models.Event]:
        """Changes of state: of one execution until it has finished, or of all executions without end."""
        return self._follow(StateFollowing(execution_id))

    def files(self, execution_id: str) -> List[models.FileInfo]:
        """The output files of a finished execution."""
        return self._do(self._operations.files(execution_id))

    def read_file(self, execution_id: str, name: str) -> bytes:
        """The content of an output file, in memory."""
        return self._do(self._operations.read_file(execution_id, name))

    def download(self, execution_id: str, name: str, path: Union[str, "os.PathLike[str]"]) -> None:
        """Writes an output file of any size to `path`."""
        part = Path(f"{os.fspath(path)}.part")
        try:
            with self._stream(file_path(execution_id, name), {}) as response, part.open("wb") as file:
                for piece in response.iter_bytes():
                    file.write(piece)
            part.replace(path)
        except httpx.TransportError as error:
            raise unreachable(error) from error
        finally:
            part.unlink(missing_ok=True)

    def upload(self, name: str, content: Union[bytes, "os.PathLike[str]"]) -> models.UploadedInput:
        """Stores an input for later requests: bytes, or the file at a `pathlib.Path`, which is streamed."""
        return self._do(self._operations.upload(name, content))

    def _do(self, operation: Operation[T]) -> T:
        reply: Optional[Reply] = None
        while True:
            try:
                step = operation.send(reply)
            except StopIteration as end:
                result: T = end.value
                return result
            reply = None
            if isinstance(step, Pause):
                time.sleep(step.seconds)
                continue
            reply = self._send(step)

    def _send(self, call: Call) -> Reply:
        with ExitStack() as stack:
            content: Union[bytes, BinaryIO, None]
            if call.content is None or isinstance(call.content, bytes):
                content = call.content
            else:
                content = stack.enter_context(open(call.content, "rb"))
            try:
                response = self._http.request(
                    call.method, call.path, params=call.params, headers=call.headers, content=content
                )
            except httpx.TransportError as error:
                return Reply(error=error)
            return Reply(response.status_code, response.headers, response.content)

    def _follow(self, following: Following[T]) -> Iterator[T]:
        while not following.ended:
            reader = EventReader()
            try:
                with self._stream(following.path, following.headers) as response:
                    for piece in response.iter_bytes():
                        for event in reader.feed(piece):
                            yield from following.receive(event)
                            if following.ended:
                                return
            except (httpx.ReadError, httpx.RemoteProtocolError, httpx.ReadTimeout):
                # The connection broke off; the next one resumes after the last event.
                pass
            time.sleep(RECONNECT_PAUSE_SECONDS)

    @contextmanager
    def _stream(self, path: str, headers: "dict[str, str]") -> Iterator[httpx.Response]:
        attempt = 0
        while True:
            attempt += 1
            pause = pause_before(attempt, {})
            try:
                response = self._http.send(self._http.build_request("GET", path, headers=headers), stream=True)
            except httpx.TransportError as error:
                if attempt >= self._attempts:
                    raise unreachable(error) from error
            else:
                try:
                    if response.status_code < 400:
                        yield response
                        return
                    content = response.read()
                finally:
                    response.close()
                if attempt >= self._attempts or not is_busy(response.status_code):
                    raise refusal(response.status_code, content)
                pause = pause_before(attempt, response.headers)
            time.sleep(pause)
