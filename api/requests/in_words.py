"""What an output asks, in words that everybody reads."""

from __future__ import annotations

from api.inspection.shown import file_in_words
from api.requests.models import Output
from output_checker.metadata import DatasetMetadata
from output_checker.query import Query
from output_checker.text import Text


def question_in_words(output: Output) -> Text:
    """Return what an output asks, or which file it is, in words."""
    if output.is_file:
        return file_in_words(output.query)
    return Query.parse(output.query).in_words(DatasetMetadata.parse(output.dataset_version.document))
