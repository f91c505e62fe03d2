"""Server-sent events (https://html.spec.whatwg.org/multipage/server-sent-events.html), read piece by piece."""

from __future__ import annotations

import codecs
from dataclasses import dataclass
from typing import List, Optional

from .errors import ExecAgentError

#: Characters of one event. An agent sends far less; more is not an event stream.
MAX_EVENT_LENGTH = 64 * 1024 * 1024


@dataclass(frozen=True)
class StreamedEvent:
    event: str
    id: Optional[str]
    data: str


class EventReader:
    """Collects the bytes of a stream and returns the events that are complete."""

    def __init__(self) -> None:
        self._decoder = codecs.getincrementaldecoder("utf-8")("replace")
        self._parts: List[str] = []
        self._length = 0

    def feed(self, piece: bytes) -> List[StreamedEvent]:
        text = self._decoder.decode(piece)
        self._length += len(text)
        if self._length > MAX_EVENT_LENGTH:
            raise ExecAgentError("The agent sent an event that is too large.")
        self._parts.append(text)
        # The blank line may be split over two pieces.
        if "\n\n" not in "".join(self._parts[-2:]):
            return []
        *blocks, rest = "".join(self._parts).split("\n\n")
        self._parts, self._length = [rest], len(rest)
        events = (_parse(block) for block in blocks)
        return [event for event in events if event is not None]


def _parse(block: str) -> Optional[StreamedEvent]:
    event, identifier, data = "message", None, []
    # Only line feeds end a line here: the data may hold other separators that str.splitlines would take for one.
    for line in block.split("\n"):
        name, _, value = line.partition(":")
        value = value[1:] if value.startswith(" ") else value
        if name == "event":
            event = value
        elif name == "id":
            identifier = value
        elif name == "data":
            data.append(value)
    return StreamedEvent(event, identifier, "\n".join(data)) if data or identifier is not None else None
