"""A LangChain tool that runs Python in a container. Install: pip install exec-agent langchain-core"""

import os

from exec_agent import Client, ExecAgentError, request
from langchain_core.tools import tool

client = Client()  # EXEC_URL, EXEC_TOKEN
image = os.environ.get("PYTHON_IMAGE", "python:3.9-slim")


@tool
def run_python(code: str) -> str:
    """Run a Python program in an isolated container without network. Returns what it printed, and its exit code."""
    try:
        response = client.run(request(image, ["python3", "-c", code], timeout=60))
    except ExecAgentError as error:
        return f"not run: {error}"
    return f"{response.output}\n[{response.error or 'exit code 0'}]"


if __name__ == "__main__":
    # With a model: create_agent(model, tools=[run_python])
    print(run_python.invoke({"code": "print(6 * 7)"}))
