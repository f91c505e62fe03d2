redis=${REDIS_URL:-redis://localhost:6379}
last=$(redis-cli -u "$redis" --raw XREVRANGE exec-responses + - COUNT 1 | head -n 1)
redis-cli -u "$redis" XADD exec-requests '*' request \
  '{"correlation_id": "hello-1", "container": {"image": "alpine:latest", "command": ["echo", "Hello"]}}'
redis-cli -u "$redis" XREAD BLOCK 60000 STREAMS exec-responses "${last:-0}"
