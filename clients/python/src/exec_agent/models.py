"""What the agent returns. Every object keeps the JSON it was made from in `raw`."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any, Dict, List, Mapping, Optional, Tuple

from .errors import ExecutionError, execution_error

Json = Mapping[str, Any]


@dataclass(frozen=True)
class OutputFile:
    """A file that the container left in its output directory."""

    name: str
    #: Path in the container.
    path: str
    #: Bytes.
    size: int
    sha256: Optional[str]
    #: None if the file is too large for a response; read it with `Client.read_file` or `Client.download`.
    content: Optional[bytes]
    raw: Json = field(repr=False)

    @property
    def text(self) -> str:
        """The content as UTF-8. Raises ValueError if the response has no content."""
        if self.content is None:
            raise ValueError(f"{self.name} is too large for a response. Use Client.read_file or Client.download.")
        return self.content.decode()


@dataclass(frozen=True)
class Response:
    """The result of one execution, also of one that failed: see `success`."""

    execution_id: str
    correlation_id: Optional[str]
    success: bool
    error: Optional[str]
    error_code: Optional[str]
    #: Of the command; 128+n if signal n ended it. None if no container ran.
    exit_code: Optional[int]
    #: stdout and stderr, in the order in which they arrived.
    output: str
    files: Dict[str, OutputFile]
    missing_files: Tuple[str, ...]
    graph_update: Any
    warnings: Tuple[str, ...]
    raw: Json = field(repr=False)

    def raise_for_error(self) -> "Response":
        """Raises the error of `error_code` if the execution failed; returns the response otherwise."""
        if self.success:
            return self
        raise self._failure()

    def _failure(self) -> ExecutionError:
        return execution_error(self.error or "The execution failed.", self.error_code or "INTERNAL", response=self)


@dataclass(frozen=True)
class Execution:
    """The state of an execution."""

    execution_id: str
    correlation_id: Optional[str]
    #: queued, staging, running, collecting or finished.
    state: str
    image: str
    name: Optional[str]
    tags: Mapping[str, str]
    submitted_at: datetime
    finished_at: Optional[datetime]
    #: `OK` or an error code; None until it has finished.
    code: Optional[str]
    agent: Optional[str]
    #: None until it has finished, and in lists.
    response: Optional[Response]
    raw: Json = field(repr=False)


@dataclass(frozen=True)
class Page:
    """Executions, newest first."""

    executions: List[Execution]
    #: Pass it as `cursor` to get the next page; None on the last page.
    next: Optional[str]


@dataclass(frozen=True)
class FileInfo:
    """An output file of an execution, without its content."""

    name: str
    #: Bytes.
    size: int
    content_type: str
    sha256: Optional[str]
    raw: Json = field(repr=False)


@dataclass(frozen=True)
class UploadedInput:
    """An input in the object store."""

    #: For `input.minio_objects[].object_name`.
    object_name: str
    bucket: str
    #: For `input.objects[].url`.
    url: str
    #: Bytes.
    size: int
    sha256: str


@dataclass(frozen=True)
class LogLine:
    """A piece of output: lines, or part of a line."""

    #: stdout or stderr.
    stream: str
    time: datetime
    text: str


@dataclass(frozen=True)
class Event:
    """A change of state."""

    execution_id: str
    correlation_id: Optional[str]
    state: str
    image: str
    at: datetime
    #: `OK` or an error code; None until it has finished.
    code: Optional[str]
    raw: Json = field(repr=False)


def read_response(raw: Json) -> Response:
    result: Json = raw.get("result") or {}
    files = [_read_file(item) for item in result.get("output_files", [])]
    return Response(
        execution_id=raw["execution_id"],
        correlation_id=raw.get("correlation_id"),
        success=raw["success"],
        error=raw.get("error"),
        error_code=raw.get("error_code"),
        exit_code=result.get("exit_code"),
        output=result.get("output", ""),
        files={file.name: file for file in files},
        missing_files=tuple(result.get("missing_files", [])),
        graph_update=result.get("graph_update"),
        warnings=tuple(result.get("metadata", {}).get("warnings", [])),
        raw=raw,
    )


def read_execution(raw: Json) -> Execution:
    finished_at, response = raw.get("finished_at"), raw.get("response")
    return Execution(
        execution_id=raw["execution_id"],
        correlation_id=raw.get("correlation_id"),
        state=raw["state"],
        image=raw["image"],
        name=raw.get("name"),
        tags=raw.get("tags", {}),
        submitted_at=_read_time(raw["submitted_at"]),
        finished_at=None if finished_at is None else _read_time(finished_at),
        code=raw.get("code"),
        agent=raw.get("agent"),
        response=None if response is None else read_response(response),
        raw=raw,
    )


def read_page(raw: Json) -> Page:
    return Page([read_execution(item) for item in raw["executions"]], raw.get("next"))


def read_file_list(raw: Json) -> List[FileInfo]:
    return [
        FileInfo(item["name"], item["size"], item["content_type"], item.get("sha256"), item) for item in raw["files"]
    ]


def read_uploaded_input(raw: Json) -> UploadedInput:
    return UploadedInput(raw["object_name"], raw["bucket"], raw["url"], raw["size"], raw["sha256"])


def read_log_line(raw: Json) -> LogLine:
    return LogLine(raw["stream"], _from_milliseconds(raw["time"]), raw["text"])


def read_event(raw: Json) -> Event:
    return Event(
        execution_id=raw["execution_id"],
        correlation_id=raw.get("correlation_id"),
        state=raw["state"],
        image=raw["image"],
        at=_from_milliseconds(raw["at"]),
        code=raw.get("code"),
        raw=raw,
    )


def _read_file(raw: Json) -> OutputFile:
    content = raw.get("content")
    return OutputFile(
        name=raw["name"],
        path=raw["path"],
        size=raw["size"],
        sha256=raw.get("sha256"),
        content=None if content is None else _decode(content, raw["encoding"]),
        raw=raw,
    )


def _decode(content: str, encoding: str) -> bytes:
    return base64.b64decode(content) if encoding == "base64" else content.encode()


def _read_time(text: str) -> datetime:
    # Python before 3.11 does not accept the letter Z.
    return datetime.fromisoformat(text.replace("Z", "+00:00"))


def _from_milliseconds(milliseconds: float) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, timezone.utc)
