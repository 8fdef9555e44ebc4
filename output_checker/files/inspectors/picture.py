"""What a picture carries besides what one sees."""

from collections.abc import Iterator
from typing import ClassVar

from output_checker.files.content import OpenFile
from output_checker.files.findings import FileRule, Found
from output_checker.files.inspectors.base import FAIL, REVIEW, Inspector
from output_checker.text import Text
from output_checker.verdict import Place

TRAILING = FileRule(
    "trailing_bytes",
    Text("Bytes na het einde", "Bytes after the end"),
    FAIL,
    Text(
        "Achter het einde van de afbeelding staan nog bytes.",
        "There are more bytes behind the end of the picture.",
    ),
    Text("Bewaar de afbeelding opnieuw.", "Save the picture again."),
)
FRAMES = FileRule(
    "several_pictures",
    Text("Meer dan één beeld", "More than one picture"),
    FAIL,
    Text("Dit bestand bevat meer dan één beeld.", "This file holds more than one picture."),
    Text("Bewaar elk beeld apart.", "Save each picture on its own."),
)
METADATA = FileRule(
    "picture_metadata",
    Text("Gegevens over de afbeelding", "Data about the picture"),
    REVIEW,
    Text(
        "De afbeelding bevatte gegevens die geen pixels zijn (zoals plaats, tijd of maker); wat vertrekt heeft die niet.",
        "The picture held data that are no pixels (such as place, time or maker); what leaves does not have these.",
    ),
    Text("U hoeft niets te doen.", "You need not do anything."),
)


class Pictures(Inspector):
    """Bytes behind the end, further frames, and metadata such as Exif; what leaves is drawn anew without these."""

    id: ClassVar[str] = "picture"
    title: ClassVar[Text] = Text("Afbeeldingen", "Pictures")
    rules: ClassVar[tuple[FileRule, ...]] = (TRAILING, FRAMES, METADATA)

    def inspect(self, file: OpenFile) -> Iterator[Found]:
        """What the picture carries."""
        picture = file.picture
        if picture is None:
            return
        if picture.trailing:
            words = Text(f"{picture.trailing} bytes na het einde", f"{picture.trailing} bytes behind the end")
            yield Found(TRAILING, Place(words=words))
        if picture.frames:
            yield Found(FRAMES)
        for name in picture.metadata:
            yield Found(METADATA, Place(words=Text.same(name)))
