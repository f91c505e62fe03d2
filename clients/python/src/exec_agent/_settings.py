"""How a client reaches an agent."""

from __future__ import annotations

import os
from typing import Dict, Optional, Tuple

import httpx

_DEFAULT_URL = "http://localhost:8082"

#: A call that waits for an execution takes up to 25 s, and event streams send something every 15 s.
TIMEOUT = httpx.Timeout(60.0, connect=10.0)


def url_and_headers(url: Optional[str], token: Optional[str]) -> Tuple[str, Dict[str, str]]:
    """`EXEC_URL` and `EXEC_TOKEN` are used for what is not given."""
    base = (url or os.environ.get("EXEC_URL") or _DEFAULT_URL).rstrip("/")
    secret = token or os.environ.get("EXEC_TOKEN")
    return base, {"authorization": f"Bearer {secret}"} if secret else {}
