"""Imported by the server that children are forked from, and by nobody else: what follows happens once, there."""

import os

# Threads of linear algebra wait for each other by spinning: with a job in every lane, fits took six times their processor
# time. NumPy reads this when it is first loaded, which is below.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

from api.jobs.rehearsal import rehearse

rehearse()
