curl -sS "${EXEC_URL:-http://localhost:8082}/v1/executions?wait=60" \
  -H 'content-type: application/json' \
  -d '{"container": {"image": "alpine:latest", "command": ["echo", "Hello"]}}'
