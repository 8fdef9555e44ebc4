"""Times pandas and ACRO on one Parquet file: run by ``tests.benchmarks.acro`` in ACRO's own environment.

The last line that it writes is a JSON object with seconds.
"""

import json
import sys
import time
from collections.abc import Callable
from typing import Any

REPEATS = 3


def seconds_of(call: Callable[[], object], repeats: int) -> float:
    """The least disturbed of some runs."""
    durations = []
    for _ in range(repeats):
        start = time.perf_counter()
        call()
        durations.append(time.perf_counter() - start)
    return min(durations)


def main(path: str) -> None:
    """Make the same table of sums with both."""
    import pandas as pd
    from acro import ACRO  # type: ignore[import-not-found] # of another environment

    frame: Any = pd.read_parquet(path, columns=["area", "branch", "turnover"])
    frame = frame.astype({"area": str, "branch": str})
    asked = {"values": frame["turnover"], "aggfunc": "sum"}
    session: Any = ACRO(suppress=False)
    found = {
        "pandas": seconds_of(lambda: pd.crosstab(frame["area"], frame["branch"], **asked), REPEATS),
        "acro": seconds_of(lambda: session.crosstab(frame["area"], frame["branch"], **asked), 1),
    }
    sys.stdout.write("\n" + json.dumps(found) + "\n")


if __name__ == "__main__":
    main(sys.argv[1])
