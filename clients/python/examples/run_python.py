"""Runs a script on data and reads the file that it wrote."""

from exec_agent import Client, request

script = """
import json, pathlib
graph = json.loads(pathlib.Path("/workspace/input/graph_data.json").read_text())
pathlib.Path("/workspace/output/summary.json").write_text(json.dumps({"nodes": len(graph["nodes"])}))
"""

with Client() as client:
    response = client.run(
        request(
            "python:3.9-slim",
            ["python3", "/workspace/input/summary.py"],
            files={"summary.py": script},
            graph={"nodes": [{"id": 1}, {"id": 2}], "relationships": []},
            expected_files=["summary.json"],
        ),
        check=True,
    )
    print(response.files["summary.json"].text)
