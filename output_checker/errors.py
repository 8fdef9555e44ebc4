"""Everything that can go wrong, in words that a researcher can act upon.

* OutputCheckerError
  * DocumentError
    * QueryError
      * UnknownColumnError
      * ExpressionError
      * LabelError
      * TableTooLargeError
    * MetadataError
    * PolicyError
  * DatasetError
  * EvidenceError
    * EvidenceTimeoutError
  * SubmissionError
    * ServiceUnavailableError

An error is about the question, never about a person: no message repeats a value that was read from microdata.
"""

from typing import ClassVar

from output_checker.text import Language, Text


class OutputCheckerError(Exception):
    """Base of every error of this library.

    ``code`` is stable and for machines, ``message`` and ``remedy`` are for people, and ``field`` is the place
    in the document at fault, such as ``where[0]`` or ``index``. ``str(error)`` speaks ``language``.
    """

    code: ClassVar[str] = "output_checker"
    language: Language = "en"

    def __init__(self, message: Text, *, field: str | None = None, remedy: Text | None = None) -> None:
        super().__init__(message.en)
        self.message = message
        self.field = field
        self.remedy = remedy

    def in_language(self, language: Language) -> str:
        """Place, message and way out in one language, on one line."""
        place = f"{self.field}: " if self.field else ""
        remedy = f" {self.remedy.in_language(language)}" if self.remedy else ""
        return f"{place}{self.message.in_language(language)}{remedy}"

    def __str__(self) -> str:
        return self.in_language(self.language)

    def _render_traceback_(self) -> list[str]:
        """IPython shows these lines instead of a traceback, which would tell a researcher nothing."""
        return [str(self)]


class DocumentError(OutputCheckerError):
    """A query, metadata or policy document is not what it should be."""

    code = "document"


class QueryError(DocumentError):
    """The query cannot be understood, or asks for what may not be asked."""

    code = "query"


class UnknownColumnError(QueryError):
    """The query names a column that this view of the dataset does not hold."""

    code = "unknown_column"


class ExpressionError(QueryError):
    """An expression is not in the allow-listed part of SQL."""

    code = "expression"


class LabelError(QueryError):
    """The labels of the cells would not come from a public list."""

    code = "label"


class TableTooLargeError(QueryError):
    """The table could hold more cells than anyone can check."""

    code = "table_too_large"


class MetadataError(DocumentError):
    """The metadata is malformed, or the microdata does not obey it."""

    code = "metadata"


class PolicyError(DocumentError):
    """There is no such policy, or it is malformed."""

    code = "policy"


class DatasetError(OutputCheckerError):
    """The microdata file is missing, unreadable or not the registered one."""

    code = "dataset"


class EvidenceError(OutputCheckerError):
    """The evidence could not be gathered."""

    code = "evidence"


class EvidenceTimeoutError(EvidenceError):
    """Gathering the evidence took longer than allowed."""

    code = "evidence_timeout"


class SubmissionError(OutputCheckerError):
    """The service refused a request, with the reason it gave."""

    code = "submission"


class ServiceUnavailableError(SubmissionError):
    """The service did not answer in time; nothing is lost, submit again."""

    code = "service_unavailable"
