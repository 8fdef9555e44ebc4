"""``python -m api.jobs`` runs the worker. By this name, because each child loads again what a program was started as."""

from api.jobs.worker import main

main()
