"""An Airflow DAG whose tasks run in containers. Install: pip install exec-agent apache-airflow"""

import os
from datetime import datetime, timedelta

from airflow.sdk import dag, task
from exec_agent import Client, request

image = os.environ.get("PYTHON_IMAGE", "python:3.9-slim")


@task(retries=2, retry_delay=timedelta(seconds=5))
def run_python(code: str, arguments: list) -> str:
    """Returns what the program printed. With check=True a program that fails raises, and Airflow tries again."""
    command = ["python3", "-c", code, *(str(each) for each in arguments)]
    with Client() as client:  # EXEC_URL, EXEC_TOKEN
        return client.run(request(image, command, timeout=60), check=True).output.strip()


@dag(schedule=None, start_date=datetime(2026, 1, 1))
def add_and_multiply():
    total = run_python.override(task_id="add")("print(2 + 4)", [])
    run_python.override(task_id="multiply")("import sys; print(int(sys.argv[1]) * 7)", [total])


multiply = add_and_multiply()

if __name__ == "__main__":
    # Runs the DAG here, without a scheduler, once `airflow db migrate` and `airflow dags reserialize` have been run.
    run = multiply.test()
    print(run.state, run.get_task_instance("multiply").xcom_pull(task_ids="multiply"))
