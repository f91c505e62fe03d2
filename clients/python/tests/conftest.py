import os
from typing import Iterator

import pytest

from exec_agent import Client

#: An image with a shell and Python, which the agent under test has.
IMAGE = os.environ.get("EXEC_TEST_IMAGE", "host")


@pytest.fixture
def client() -> Iterator[Client]:
    if "EXEC_URL" not in os.environ:
        pytest.fail("Set EXEC_URL to the agent that these tests may use.")
    with Client() as client:
        yield client
