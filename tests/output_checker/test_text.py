from output_checker.text import Text


def test_speaks_both_languages() -> None:
    text = Text(nl="ja", en="yes")
    assert (text.in_language("nl"), text.in_language("en")) == ("ja", "yes")


def test_the_same_in_both() -> None:
    assert Text.same("42") == Text(nl="42", en="42")
