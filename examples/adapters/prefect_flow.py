"""A Prefect flow whose tasks run in containers. Install: pip install exec-agent prefect"""

import os

from exec_agent import Client, request
from prefect import flow, task

client = Client()  # EXEC_URL, EXEC_TOKEN
image = os.environ.get("PYTHON_IMAGE", "python:3.9-slim")


@task(retries=2, retry_delay_seconds=5)
def run_python(code: str, name: str) -> str:
    """Returns what the program printed. With check=True a program that fails raises, and Prefect tries again."""
    return client.run(request(image, ["python3", "-c", code], name=name, timeout=60), check=True).output


@flow
def add_and_multiply() -> str:
    total = int(run_python("print(2 + 4)", "add"))
    return run_python(f"print({total} * 7)", "multiply")


if __name__ == "__main__":
    print(add_and_multiply(), end="")
