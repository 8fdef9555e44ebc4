"""Models that remember the persons they were made from."""

from collections.abc import Iterator
from typing import ClassVar, Final

from output_checker.files.content import OpenFile
from output_checker.files.findings import FileRule, Found
from output_checker.files.inspectors.base import FAIL, Inspector
from output_checker.files.kinds import Family
from output_checker.files.markup import local
from output_checker.text import Text
from output_checker.verdict import Place

TRAINING_ROWS = FileRule(
    "training_rows",
    Text("Rijen in een model", "Rows in a model"),
    FAIL,
    Text(
        "Dit model bevat rijen van de data waarop het is gemaakt, of iets dat geen model is.",
        "This model holds rows of the data that it was made from, or something that is no model.",
    ),
    Text(
        "Kies een model van coëfficiënten; buren en steunvectoren zijn personen.",
        "Choose a model of coefficients; neighbours and support vectors are persons.",
    ),
)
_ROWS: Final = frozenset(
    {
        *(
            "InlineTable",
            "TrainingInstances",
            "VectorInstance",
            "SupportVector",
            "SupportVectorMachine",
            "Extension",
        ),
        *("InstanceFields", "NearestNeighborModel", "PairCounts", "ModelVerification", "Annotation"),
    }
)
_MEMORIES: Final = frozenset(
    {
        "support_vectors",
        "training_data",
        "x_train",
        "y_train",
        "neighbors",
        "residuals",
        "fitted_values",
        "leverages",
    }
)


class Models(Inspector):
    """Tables, neighbours and support vectors in PMML; lists of that name in JSON."""

    id: ClassVar[str] = "models"
    title: ClassVar[Text] = Text("Modellen", "Models")
    rules: ClassVar[tuple[FileRule, ...]] = (TRAINING_ROWS,)

    def inspect(self, file: OpenFile) -> Iterator[Found]:
        """Each element or name that holds rows."""
        if file.kind.family is Family.MARKUP:
            names = {local(element.tag) for tree in file.trees.values() for element in tree.iter()} & _ROWS
        elif file.kind.family is Family.JSON:
            names = set(_names(file.document)) & _MEMORIES
        else:
            return
        for name in sorted(names):
            yield Found(TRAINING_ROWS, Place(words=Text.same(name)))


def _names(value: object) -> Iterator[str]:
    """Every name in a JSON document, in small letters."""
    if isinstance(value, dict):
        for name, one in value.items():
            yield name.lower()
            yield from _names(one)
    elif isinstance(value, list):
        for one in value:
            yield from _names(one)
