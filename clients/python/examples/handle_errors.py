"""Tells a failing command from a refused request."""

from exec_agent import Client, ExitNonzero, InvalidRequest, request

with Client() as client:
    try:
        client.run(request("alpine:latest", ["sh", "-c", "echo no such column; exit 3"]), check=True)
    except ExitNonzero as error:
        response = error.response
        print(response.exit_code if response else None, response.output.strip() if response else None)
    try:
        client.submit({"container": {"image": "alpine:latest", "command": "true"}})
    except InvalidRequest as error:
        print(error)
