"""A tool for the OpenAI Agents SDK that runs Python in a container. Install: pip install exec-agent openai-agents"""

import asyncio
import os

from agents import Agent, Runner, function_tool
from agents.tool_context import ToolContext
from exec_agent import AsyncClient, ExecAgentError, request

image = os.environ.get("PYTHON_IMAGE", "python:3.9-slim")


@function_tool
async def run_python(code: str) -> str:
    """Run a Python program in an isolated container without network. Returns what it printed, and its exit code."""
    async with AsyncClient() as client:  # EXEC_URL, EXEC_TOKEN
        try:
            response = await client.run(request(image, ["python3", "-c", code], timeout=60))
        except ExecAgentError as error:
            return f"not run: {error}"
    return f"{response.output}\n[{response.error or 'exit code 0'}]"


agent = Agent(name="Analyst", instructions="Answer with the help of Python programs.", tools=[run_python])


async def main() -> None:
    if "OPENAI_API_KEY" in os.environ:
        print((await Runner.run(agent, "What is 6 * 7? Compute it.")).final_output)
        return
    call = '{"code": "print(6 * 7)"}'
    context = ToolContext(context=None, tool_name="run_python", tool_call_id="1", tool_arguments=call)
    print(await run_python.on_invoke_tool(context, call))


if __name__ == "__main__":
    asyncio.run(main())
