"""What both clients do with the events of a stream: which to return, where to resume, when to stop."""

from __future__ import annotations

import json
import warnings
from typing import Dict, Generic, List, Optional, TypeVar

from . import models
from ._event_stream import StreamedEvent
from ._operations import execution_path
from .errors import LogNoLongerKept

T = TypeVar("T")


class Following(Generic[T]):
    """One stream that is opened again when the connection breaks off."""

    path = ""

    def __init__(self) -> None:
        self.ended = False
        self._last: Optional[str] = None

    @property
    def headers(self) -> Dict[str, str]:
        resumed = {} if self._last is None else {"last-event-id": self._last}
        return {"accept": "text/event-stream", **resumed}

    def receive(self, event: StreamedEvent) -> List[T]:
        self._last = event.id or self._last
        return self._read(event)

    def _read(self, event: StreamedEvent) -> List[T]:
        raise NotImplementedError


class LogFollowing(Following[models.LogLine]):
    def __init__(self, execution_id: str) -> None:
        super().__init__()
        self.path = f"{execution_path(execution_id)}/logs"

    def _read(self, event: StreamedEvent) -> List[models.LogLine]:
        if event.event == "log":
            return [models.read_log_line(json.loads(event.data))]
        if event.event == "lost":
            raise LogNoLongerKept("The rest of this log is no longer kept in pieces. Read the log again.")
        self.ended = event.event == "end"
        return []


class StateFollowing(Following[models.Event]):
    def __init__(self, execution_id: Optional[str]) -> None:
        super().__init__()
        self.path = "/v1/events" if execution_id is None else f"{execution_path(execution_id)}/events"
        self._single = execution_id is not None

    def _read(self, event: StreamedEvent) -> List[models.Event]:
        if event.event == "gap":
            warnings.warn("Some events are no longer kept. List the executions to see their states.", stacklevel=2)
        if event.event != "state":
            return []
        state = models.read_event(json.loads(event.data))
        self.ended = self._single and state.state == "finished"
        return [state]
