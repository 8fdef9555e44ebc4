import pytest

from output_checker import errors
from output_checker.errors import LabelError, OutputCheckerError, QueryError
from output_checker.text import Text

MESSAGE, REMEDY = Text(nl="Dat kan niet.", en="That cannot be."), Text(nl="Doe dit.", en="Do this.")


def test_names_the_place_the_fault_and_the_way_out() -> None:
    error = QueryError(MESSAGE, field="index", remedy=REMEDY)
    assert str(error) == "index: That cannot be. Do this."
    assert error.in_language("nl") == "index: Dat kan niet. Doe dit."


def test_speaks_the_language_it_is_told_to() -> None:
    error = QueryError(MESSAGE)
    error.language = "nl"
    assert str(error) == "Dat kan niet."


def test_a_notebook_shows_the_message_instead_of_a_traceback() -> None:
    assert QueryError(MESSAGE)._render_traceback_() == ["That cannot be."]


def test_one_tree_so_that_one_except_catches_all() -> None:
    with pytest.raises(OutputCheckerError) as caught:
        raise LabelError(MESSAGE)
    assert isinstance(caught.value, QueryError)


def test_every_error_has_its_own_code() -> None:
    found = [
        item
        for item in vars(errors).values()
        if isinstance(item, type) and issubclass(item, OutputCheckerError)
    ]
    assert len({error.code for error in found}) == len(found)
