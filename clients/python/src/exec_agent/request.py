"""Builds requests. A request is a plain dictionary, the same JSON as over every other way in."""

from __future__ import annotations

import base64
from typing import Any, Dict, List, Mapping, Optional, Sequence, Union

Request = Mapping[str, Any]


def request(
    image: str,
    command: Optional[Sequence[str]] = None,
    *,
    files: Optional[Mapping[str, Union[str, bytes]]] = None,
    graph: Optional[Mapping[str, Any]] = None,
    config: Optional[Mapping[str, Any]] = None,
    objects: Optional[Mapping[str, str]] = None,
    environment: Optional[Mapping[str, str]] = None,
    expected_files: Optional[Sequence[str]] = None,
    graph_update: bool = False,
    timeout: Optional[float] = None,
    memory: Optional[str] = None,
    cpus: Optional[float] = None,
    services: Optional[Sequence[str]] = None,
    secrets: Optional[Sequence[str]] = None,
    placement: Optional[Mapping[str, str]] = None,
    name: Optional[str] = None,
    tags: Optional[Mapping[str, str]] = None,
    correlation_id: Optional[str] = None,
) -> Dict[str, Any]:
    """A request with the usual fields.

    files: content by path below /workspace/input.
    graph: becomes /workspace/input/graph_data.json.
    config: becomes /workspace/config/config.json.
    objects: URL (s3://, https://) by path below /workspace/input.
    timeout: seconds the container may run.
    memory: bytes with a unit, such as "512m".
    placement: labels that an agent must have to run it, such as {"gpu": "a100"}.

    Add any other field of a request to the dictionary that this returns.
    """
    container = _present(
        image=image,
        command=_list(command),
        resources=_present(memory=memory, cpus=cpus) or None,
        placement=None if placement is None else dict(placement),
    )
    inputs = _present(
        files=None if files is None else [_file(path, content) for path, content in files.items()],
        graph_data=graph,
        config_data=config,
        objects=None if objects is None else [{"url": url, "path": path} for path, url in objects.items()],
    )
    output = _present(expected_files=_list(expected_files), graph_update=graph_update or None)
    return _present(
        container=container,
        input=inputs or None,
        output=output or None,
        environment=environment,
        timeout=timeout,
        service_access=_list(services),
        secrets=_list(secrets),
        name=name,
        tags=tags,
        correlation_id=correlation_id,
    )


def _file(path: str, content: Union[str, bytes]) -> Dict[str, str]:
    if isinstance(content, str):
        return {"name": path, "content": content}
    return {"name": path, "content": base64.b64encode(content).decode(), "encoding": "base64"}


def _list(values: Optional[Sequence[str]]) -> Optional[List[str]]:
    if isinstance(values, str):
        raise TypeError(f"Use a list of texts in place of the text {values!r}.")
    return None if values is None else list(values)


def _present(**values: Any) -> Dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
