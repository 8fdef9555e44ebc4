"""Imported by the server that children are forked from, and by nobody else: what follows happens once, there."""

from api.jobs.rehearsal import rehearse

rehearse()
