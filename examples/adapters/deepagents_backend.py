"""A backend for deepagents: each command runs in a new container, and the files of /workspace/files go from one to the next.

Install: pip install exec-agent deepagents
"""

import io
import os
import tarfile
import uuid
from typing import Optional

from deepagents.backends.protocol import ExecuteResponse, FileDownloadResponse, FileUploadResponse
from deepagents.backends.sandbox import BaseSandbox
from exec_agent import Client, request

ROOT = "/workspace/files"
SCRIPT = f"""mkdir -p {ROOT} && cd {ROOT} && tar xf /workspace/input/files.tar
sh -c "$COMMAND"; code=$?
tar cf /workspace/output/files.tar -C {ROOT} . ; exit $code"""


class ExecAgentBackend(BaseSandbox):
    """Use absolute paths below /workspace/files."""

    def __init__(self, client: Client, image: str) -> None:
        self._client, self._image, self._id = client, image, uuid.uuid4().hex
        self._files = {}  # content by path below ROOT

    @property
    def id(self) -> str:
        return self._id

    def execute(self, command: str, *, timeout: Optional[int] = None) -> ExecuteResponse:
        archive = io.BytesIO()
        with tarfile.open(fileobj=archive, mode="w") as tar:
            for path, content in self._files.items():
                entry = tarfile.TarInfo(path)
                entry.size, entry.mode = len(content), 0o755
                tar.addfile(entry, io.BytesIO(content))
        run = request(self._image, ["sh", "-c", SCRIPT], files={"files.tar": archive.getvalue()}, timeout=timeout or 300)
        run.update(environment={"COMMAND": command}, output={"expected_files": ["files.tar"], "minio_upload": True})
        response = self._client.run(run)
        if "files.tar" in response.files:
            content = self._client.read_file(response.execution_id, "files.tar")
            with tarfile.open(fileobj=io.BytesIO(content)) as tar:
                self._files = {os.path.normpath(m.name): tar.extractfile(m).read() for m in tar if m.isfile()}
        return ExecuteResponse(output=response.output or response.error or "", exit_code=response.exit_code)

    def upload_files(self, files: "list[tuple[str, bytes]]") -> "list[FileUploadResponse]":
        self._files.update({os.path.relpath(path, ROOT): content for path, content in files})
        return [FileUploadResponse(path=path) for path, _ in files]

    def download_files(self, paths: "list[str]") -> "list[FileDownloadResponse]":
        found = [(path, self._files.get(os.path.relpath(path, ROOT))) for path in paths]
        missing = "file_not_found"
        return [FileDownloadResponse(path=p, content=c, error=missing if c is None else None) for p, c in found]


if __name__ == "__main__":
    # With a model: create_deep_agent(model=..., backend=backend)
    backend = ExecAgentBackend(Client(), os.environ.get("PYTHON_IMAGE", "python:3.9-slim"))
    backend.write(f"{ROOT}/numbers.txt", "1\n2\n39\n")
    print(backend.execute("awk '{ s += $1 } END { print s }' numbers.txt > sum.txt").exit_code)
    print(backend.read(f"{ROOT}/sum.txt").file_data["content"].strip())
