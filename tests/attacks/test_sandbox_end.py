"""The end of a sandbox: the last file about it, because it does not live to be attacked again."""

from __future__ import annotations

import pytest

from hub.sandbox import cgroup, registry
from hub.sandbox.processes import Process
from tests.hub.cell import Cell, descendants, until

pytestmark = pytest.mark.sandbox


def test_nothing_survives_the_death_of_the_door(cell: Cell) -> None:
    record = cell.record
    inside = cgroup.processes(record.cgroups) or {int(line) for line in descendants(cell.door.pid)}
    processes = [process for process in map(Process.of, inside) if process is not None]
    assert len(processes) >= 2
    cell.run("""
        import os, time
        if os.fork() == 0:
            os.setsid()
            if os.fork() == 0:
                os.close(0); os.close(1); os.close(2)
                time.sleep(600)
            os._exit(0)
    """)
    cell.door.kill()
    assert until(lambda: not any(process.alive for process in processes))
    registry.end(record)
    assert not record.directory.exists()
    assert not any(place.exists() for place in record.cgroups)
