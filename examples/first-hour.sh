# The commands of docs/first-hour.md, for bash. Run them in the directory that holds the clone exec-agent.
npm pack --silent ./exec-agent
npx --yes ./exec-agent-*.tgz doctor
PATH=$(npx --yes --package ./exec-agent-*.tgz -c 'dirname "$(command -v exec-agent)"'):$PATH
exec-agent run alpine -- echo hello
exec-agent serve 2> agent.log &
timeout 60 sh -c 'until grep -q "serving until" agent.log; do sleep 0.1; done'
exec-agent token create --name first-hour > token.txt
mkdir elsewhere && cd elsewhere
exec-agent login http://127.0.0.1:8082 < ../token.txt
cat > request.json <<'END'
{
  "container": {
    "image": "alpine",
    "command": ["sh", "-c", "echo counting; wc -l < input/names.txt > output/count.txt"]
  },
  "input": { "files": [{ "name": "names.txt", "content": "Ada\nGrace\n" }] },
  "output": { "expected_files": ["count.txt"] }
}
END
exec-agent validate request.json
id=$(exec-agent submit request.json)
exec-agent wait "$id" > response.json
exec-agent logs "$id"
exec-agent files "$id"
exec-agent cp "$id:count.txt" .
cat count.txt
echo '{"container": {"image": "alpine", "command": ["sleep", "600"]}}' > long.json
long=$(exec-agent submit long.json)
exec-agent cancel "$long"
exec-agent wait "$long" > canceled.json || echo "exit code $?"
exec-agent ps --all
exec-agent context rm 127.0.0.1:8082
kill %1 && wait %1
