"""The course as it stands in its files: whole in both languages, and no question without a lesson."""

from __future__ import annotations

import pytest

from api.settings import Settings
from api.training.course import Question, lessons, questions
from api.web.prose import Block, blocks_of
from output_checker.text import LANGUAGES, Text


def test_lessons_say_the_same_in_both_languages() -> None:
    assert next(iter(lessons())) == "five-safes"
    for lesson in lessons().values():
        kinds = [[block.kind for block in lesson.blocks[language]] for language in LANGUAGES]
        assert kinds[0] == kinds[1]
        assert kinds[0][0] == "title"
        assert [len(block.lines) for block in lesson.blocks["nl"]] == [
            len(block.lines) for block in lesson.blocks["en"]
        ]


@pytest.mark.parametrize("question", questions().values(), ids=lambda question: question.id)
def test_every_question_belongs_to_a_lesson_and_has_answers_that_differ(question: Question) -> None:
    assert question.lesson in lessons()
    assert len(question.answers) >= 3
    for language in LANGUAGES:
        assert len({answer.in_language(language) for answer in question.answers}) == len(question.answers)
    assert all(words.nl != words.en for words in (question.words, *question.answers))


def test_the_bank_is_much_larger_than_a_test_and_no_lesson_is_left_out() -> None:
    assert len(questions()) >= 2.5 * Settings().training_questions
    assert {question.lesson for question in questions().values()} == set(lessons())


def test_the_right_answer_is_not_told_by_its_length() -> None:
    for language in LANGUAGES:
        lengths = [
            [len(one.in_language(language)) for one in question.answers] for question in questions().values()
        ]
        longest = sum(right == max(right, *wrong) for right, *wrong in lengths)
        assert longest <= 0.5 * len(lengths)


def test_prose_knows_five_marks_and_nothing_of_a_page() -> None:
    text = "# T\n\n## H\n\nOne\nline <b>\n\n- a\n- b\nc\n\n> E"
    assert blocks_of(text) == (
        Block("title", ("T",)),
        Block("heading", ("H",)),
        Block("paragraph", ("One line <b>",)),
        Block("list", ("a", "b c")),
        Block("example", ("E",)),
    )
    assert lessons()["incidents"].title == Text("Als het misgaat", "When something goes wrong")
