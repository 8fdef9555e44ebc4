"""The log files of the services: turned each day, removed when they are old. Addresses and subjects stand in them."""

from __future__ import annotations

import datetime as dt
import os
import shutil
import time
from pathlib import Path

DAY_SECONDS = 24 * 3600.0


def turn_logs(directory: Path, days: int) -> None:
    """Give what each service wrote the name of today, let it go on in an empty file, and remove what is too old.

    Services keep their file open and only add to it: it is copied and emptied in place. A line that is written in
    between is lost, which a log may do and the audit may not. Turned once a day, however often this is called.
    """
    today = dt.datetime.now(dt.UTC).date().isoformat()
    for path in directory.glob("*.log"):
        turned = path.with_name(f"{path.stem}.{today}.old")
        if path.stat().st_size and not turned.exists():
            shutil.copyfile(path, turned)
            turned.chmod(0o600)
            os.truncate(path, 0)
    before = time.time() - days * DAY_SECONDS
    for path in directory.glob("*.old"):
        if path.stat().st_mtime < before:
            path.unlink()
