"""The calls of the HTTP API, without input or output: generators that yield what has to be done.

An operation yields a `Call` and receives a `Reply`, or yields a `Pause`. Both clients run the same operations.
"""

from __future__ import annotations

import json
import os
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Callable, Dict, Generator, List, Mapping, Optional, TypeVar, Union
from urllib.parse import quote

import httpx

from . import models
from .errors import AgentUnreachable, ExecAgentError, HttpError, WaitTimeout, execution_error
from .request import Request

T = TypeVar("T")

# Proxies between client and agent close silent connections that last longer.
_WAIT_SECONDS = 25.0
_BUSY = frozenset((429, 502, 503, 504))
_FIRST_PAUSE_SECONDS = 0.2
_LONGEST_PAUSE_SECONDS = 10.0
#: Before a stream that ended early is opened again.
RECONNECT_PAUSE_SECONDS = 0.2


@dataclass(frozen=True)
class Call:
    method: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    #: A path is the file to send.
    content: Union[bytes, "os.PathLike[str]", None] = None


@dataclass(frozen=True)
class Pause:
    seconds: float


@dataclass(frozen=True)
class Reply:
    """The answer to a call, or the error of the connection."""

    status: int = 0
    headers: Mapping[str, str] = field(default_factory=dict)
    content: bytes = b""
    error: Optional[httpx.TransportError] = None


Operation = Generator[Union[Call, Pause], Optional[Reply], T]
ParseFloat = Callable[[str], Any]


def execution_path(execution_id: str) -> str:
    return f"/v1/executions/{quote(execution_id, safe='')}"


def file_path(execution_id: str, name: str) -> str:
    return f"{execution_path(execution_id)}/files/{quote(name)}"


def input_path(name: str) -> str:
    return f"/v1/inputs/{quote(name)}"


def refusal(status: int, content: bytes) -> ExecAgentError:
    """The error of a reply whose status is 400 or more."""
    try:
        problem = json.loads(content)
        detail, code = str(problem["detail"]), problem.get("error_code")
    except (ValueError, KeyError, TypeError):
        # A server between client and agent replied.
        return HttpError(f"HTTP status {status}: {content[:200].decode(errors='replace')}", status)
    return HttpError(detail, status) if code is None else execution_error(detail, code, status=status)


def pause_before(attempt: int, headers: Mapping[str, str]) -> float:
    """Seconds to wait after a failed attempt (1 is the first)."""
    pause = min(_FIRST_PAUSE_SECONDS * 2.0 ** (attempt - 1), _LONGEST_PAUSE_SECONDS)
    try:
        return max(pause, float(headers.get("retry-after", "0")))
    except ValueError:
        return pause


def is_busy(status: int) -> bool:
    return status in _BUSY


class Operations:
    def __init__(self, *, attempts: int, parse_float: ParseFloat) -> None:
        self._attempts = attempts
        self._parse_float = parse_float

    def submit(self, request: Request) -> Operation[str]:
        return (yield from self._post(request, 0)).execution_id

    def run(self, request: Request, *, check: bool, timeout: Optional[float]) -> Operation[models.Response]:
        deadline = None if timeout is None else time.monotonic() + timeout
        execution = yield from self._post(request, _wait_for(deadline))
        return (yield from self._finish(execution, check=check, timeout=timeout, deadline=deadline))

    def wait(self, execution_id: str, *, check: bool, timeout: Optional[float]) -> Operation[models.Response]:
        deadline = None if timeout is None else time.monotonic() + timeout
        execution = yield from self._get(execution_id, _wait_for(deadline))
        return (yield from self._finish(execution, check=check, timeout=timeout, deadline=deadline))

    def get(self, execution_id: str) -> Operation[models.Execution]:
        return (yield from self._get(execution_id, 0))

    def cancel(self, execution_id: str) -> Operation[None]:
        yield from self._call(Call("POST", f"{execution_path(execution_id)}/cancel"))

    def delete(self, execution_id: str) -> Operation[None]:
        yield from self._call(Call("DELETE", execution_path(execution_id)))

    def list(self, **filters: Union[str, int, None]) -> Operation[models.Page]:
        params = {name: str(value) for name, value in filters.items() if value is not None}
        return models.read_page((yield from self._json(Call("GET", "/v1/executions", params))))

    def files(self, execution_id: str) -> Operation[List[models.FileInfo]]:
        return models.read_file_list((yield from self._json(Call("GET", f"{execution_path(execution_id)}/files"))))

    def read_file(self, execution_id: str, name: str) -> Operation[bytes]:
        return (yield from self._call(Call("GET", file_path(execution_id, name)))).content

    def upload(self, name: str, content: Union[bytes, "os.PathLike[str]"]) -> Operation[models.UploadedInput]:
        if not isinstance(content, (bytes, os.PathLike)):
            raise TypeError("Use bytes, or a pathlib.Path for the content of a file.")
        return models.read_uploaded_input((yield from self._json(Call("PUT", input_path(name), content=content))))

    def _post(self, request: Request, seconds: float) -> Operation[models.Execution]:
        # With its own id the request stays the same one when it is sent again.
        body = json.dumps({"correlation_id": uuid.uuid4().hex, **request}, allow_nan=False).encode()
        call = Call("POST", "/v1/executions", _wait(seconds), {"content-type": "application/json"}, body)
        return models.read_execution((yield from self._json(call)))

    def _get(self, execution_id: str, seconds: float) -> Operation[models.Execution]:
        call = Call("GET", execution_path(execution_id), _wait(seconds))
        return models.read_execution((yield from self._json(call)))

    def _finish(
        self, execution: models.Execution, *, check: bool, timeout: Optional[float], deadline: Optional[float]
    ) -> Operation[models.Response]:
        while execution.response is None:
            if timeout is not None and deadline is not None and time.monotonic() >= deadline:
                raise WaitTimeout(execution.execution_id, timeout)
            execution = yield from self._get(execution.execution_id, _wait_for(deadline))
        return execution.response.raise_for_error() if check else execution.response

    def _json(self, call: Call) -> Operation[Dict[str, Any]]:
        reply = yield from self._call(call)
        value: Dict[str, Any] = json.loads(reply.content, parse_float=self._parse_float)
        return value

    def _call(self, call: Call) -> Operation[Reply]:
        attempt = 0
        while True:
            attempt += 1
            reply = yield call
            assert reply is not None
            if reply.error is None and reply.status < 400:
                return reply
            if attempt >= self._attempts or (reply.error is None and not is_busy(reply.status)):
                if reply.error is None:
                    raise refusal(reply.status, reply.content)
                raise unreachable(reply.error) from reply.error
            yield Pause(pause_before(attempt, reply.headers))


def unreachable(error: httpx.TransportError) -> AgentUnreachable:
    return AgentUnreachable(f"The agent cannot be reached: {error or type(error).__name__}.")


def _wait_for(deadline: Optional[float]) -> float:
    return _WAIT_SECONDS if deadline is None else max(0.0, min(_WAIT_SECONDS, deadline - time.monotonic()))


def _wait(seconds: float) -> Dict[str, str]:
    return {"wait": f"{seconds:.3f}".rstrip("0").rstrip(".")}
