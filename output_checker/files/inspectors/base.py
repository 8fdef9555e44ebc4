"""What an inspector is: it looks at an opened file and says where its rules apply."""

from abc import ABC, abstractmethod
from collections.abc import Iterator
from typing import ClassVar, Final

from output_checker.files.content import OpenFile
from output_checker.files.findings import FileRule, Found
from output_checker.text import Text
from output_checker.verdict import Outcome

FAIL: Final = Outcome.FAIL
REVIEW: Final = Outcome.REVIEW


class Inspector(ABC):
    """Looks for one kind of thing in files of any kind; those that it does not concern give nothing."""

    id: ClassVar[str]
    title: ClassVar[Text]
    rules: ClassVar[tuple[FileRule, ...]]

    @abstractmethod
    def inspect(self, file: OpenFile) -> Iterator[Found]:
        """Where the rules of this inspector apply."""
