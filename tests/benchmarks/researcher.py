"""A researcher's notebook: ``python -m tests.benchmarks.researcher``; its sandbox is named by the environment.

For each line on stdin, a JSON query, makes the table and says ``ready``; at the next line it submits the table and says
in JSON how many ``seconds`` it took until the verdict, and the ``outcome`` (null when it did not come).
"""

from __future__ import annotations

import json
import sys
import time
from typing import Any

import output_checker as oc


def say(text: str) -> None:
    sys.stdout.write(text + "\n")
    sys.stdout.flush()


def submitted(table: Any) -> dict[str, Any]:
    start = time.perf_counter()
    answer = oc.submit(table, title="Turnover by area", purpose="A measurement.")
    seconds = time.perf_counter() - start
    return {"seconds": seconds, "outcome": answer.verdict and answer.verdict.outcome}


def main() -> None:
    data = oc.open("register")
    while asked := sys.stdin.readline():
        query = json.loads(asked)
        table = oc.crosstab(data.where(query.pop("where")), **query)
        say("ready")
        sys.stdin.readline()
        say(json.dumps(submitted(table)))


if __name__ == "__main__":
    main()
