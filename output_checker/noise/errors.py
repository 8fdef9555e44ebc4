"""Why a question cannot be answered with noise. Every reason follows from the question and the catalogue alone."""

from output_checker.errors import QueryError


class NoiseError(QueryError):
    """This question has no noisy answer with a guarantee."""

    code = "noise"
