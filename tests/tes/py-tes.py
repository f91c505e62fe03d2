"""Uses the client py-tes as its users do: create, get, wait, list, cancel, service info."""

import sys
import time

import tes

url, user, password = sys.argv[1:]
client = tes.HTTPClient(url, user=user or None, password=password or None)

# The older version knows the fields of TES 1.0 only.
if tes.__version__ != "0.4.2":
    info = client.get_service_info()
    assert info.type["artifact"] == "tes", info
    assert "s3://" in info.storage, info

task = tes.Task(
    name="py-tes",
    description="sorts",
    inputs=[tes.Input(path="/data/in.txt", content="b\na\n", type="FILE")],
    executors=[
        tes.Executor(image="alpine:latest", command=["sort"], stdin="/data/in.txt", stdout="/data/out.txt"),
        tes.Executor(image="alpine:latest", command=["cat", "/data/out.txt"], env={"A": "b"}),
    ],
    resources=tes.Resources(cpu_cores=1, ram_gb=0.1, disk_gb=1),
    volumes=["/shared"],
    tags={"client": "py-tes"},
)
task_id = client.create_task(task)
client.wait(task_id, timeout=90)
for view in ("MINIMAL", "BASIC", "FULL"):
    seen = client.get_task(task_id, view)
    assert seen.state == "COMPLETE", seen
assert seen.name == "py-tes" and seen.tags == {"client": "py-tes"}, seen
assert seen.inputs[0].content == "b\na\n", seen
logs = seen.logs[0].logs
assert [log.exit_code for log in logs] == [0, 0], logs
assert logs[1].stdout == "a\nb\n", logs

page = client.list_tasks("BASIC", page_size=1)
assert [each.id for each in page.tasks] == [task_id], page

long = client.create_task(tes.Task(executors=[tes.Executor(image="alpine:latest", command=["sleep", "600"])]))
client.cancel_task(long)
for _ in range(900):
    if client.get_task(long, "MINIMAL").state == "CANCELED":
        break
    time.sleep(0.1)
else:
    raise AssertionError(client.get_task(long, "FULL"))
client.cancel_task(long)
print("ok")
