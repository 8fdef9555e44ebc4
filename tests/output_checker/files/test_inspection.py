"""The rules about files: complete in both languages, apart from the rules about tables, and shown where they apply."""

from __future__ import annotations

import pytest

from api.release.columns import Column
from api.release.workbook import workbook_of as workbook_of_columns
from output_checker.files.findings import MOST_PLACES
from output_checker.files.inspection import inspect_file, known_file_rules
from output_checker.files.inspectors import known_inspectors
from output_checker.rules import known_rules
from tests.output_checker.files.makers import (
    BSN,
    ROWS,
    SHEET,
    cell,
    code_cell,
    docx,
    notebook,
    odt,
    sheet,
    workbook_of,
    xlsx,
)


def shown(name: str, content: bytes) -> list[tuple[str, tuple[tuple[str, ...], ...], bool]]:
    return [(one.title.en, one.rows, one.hidden) for one in inspect_file(name, content).shown.passages]


def test_every_rule_speaks_two_languages_and_names_a_way_out() -> None:
    for rule in known_file_rules().values():
        for text in (rule.title, rule.reason, rule.remedy):
            assert text.nl
            assert text.en


def test_no_rule_about_files_is_called_like_one_about_tables() -> None:
    assert known_file_rules().keys().isdisjoint(known_rules())


def test_every_rule_of_an_inspector_is_known() -> None:
    of_inspectors = {rule.id for inspector in known_inspectors().values() for rule in inspector.rules}
    assert of_inspectors <= known_file_rules().keys()


def test_each_place_is_the_line_that_people_see() -> None:
    found = inspect_file("a.txt", f"een\ntwee {BSN}\n".encode())
    (finding,) = found.findings
    (place,) = finding.places
    assert (place.passage, place.line) == (0, 2)
    assert BSN in found.shown.passages[0].rows[1][0]
    assert place.words.nl == "Inhoud, regel 2: 1•••••••3"


def test_many_places_are_cut_short() -> None:
    (finding,) = inspect_file("a.txt", (f"{BSN} x\n\nwoord\n" * 80).encode()).findings
    assert len(finding.places) == MOST_PLACES


def test_findings_that_refuse_come_first() -> None:
    found = inspect_file("a.txt", f"a@b.nl\n{BSN}\n".encode())
    assert [finding.rule for finding in found.findings] == ["bsn", "email"]


def test_a_report_is_shown_as_text_with_its_tables_line_by_line() -> None:
    assert shown("a.docx", docx()) == [
        ("Text", (("Op 1 januari woonden er meer mensen in de stad.",), ("Wijk\t120",)), False)
    ]


def test_words_that_no_program_shows_are_shown_to_people() -> None:
    extra = {
        "word/settings.xml": '<w:settings xmlns:w="http://schemas.openxmlformats.org/a">geheim<w:x>a</w:x>b</w:settings>'
    }
    assert ("Part word/settings.xml", (("a",), ("b",)), True) in shown("a.docx", docx(extra=extra))


def test_a_part_for_comments_without_any_is_harmless() -> None:
    empty = '<w:comments xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"/>'
    assert inspect_file("a.docx", docx(extra={"word/comments.xml": empty})).findings == ()


def test_a_spreadsheet_is_shown_as_cells_with_what_was_hidden() -> None:
    hidden = sheet('<row><c r="AB7" t="b"><v>1</v></c></row>')
    sheets = '<sheet name="Blad1" r:id="rId1"/><sheet name="Geheim" state="veryHidden" r:id="rId2"/>'
    book = xlsx(workbook=workbook_of(sheets), extra={"xl/worksheets/sheet2.xml": hidden})
    assert shown("a.xlsx", book) == [
        ("Sheet Blad1", (("", "A", "B"), ("1", "wijk", "aantal"), ("2", "Centrum", "120")), False),
        ("Sheet Geheim (hidden)", (("", "AB"), ("7", "1")), True),
        ("Names and addresses", (("Blad1",), ("Geheim",)), False),
    ]


def test_cells_without_a_place_follow_each_other() -> None:
    rows = '<row><c><v>1</v></c><c r="D1"><v>2</v></c><c><v>3</v></c></row><row r="7"><c><v>4</v></c></row>'
    expected = (("", "A", "D", "E"), ("1", "1", "2", "3"), ("7", "4", "", ""))
    assert shown("a.xlsx", xlsx(rows, strings=()))[0][1] == expected


def test_what_the_service_itself_released_can_be_read() -> None:
    columns = [Column("wijk", "Wijk", "code", ["a", "b"]), Column("n", "n", "integer", [12, None])]
    found = inspect_file("R-2026-0001-1.xlsx", workbook_of_columns(columns, "tabel"))
    assert found.findings == ()
    assert found.shown.passages[0].rows[1:] == (("1", "wijk", "n"), ("2", "a", "12"), ("3", "b", ""))


def test_a_formula_is_shown_with_what_it_said() -> None:
    assert shown("a.xlsx", xlsx(cell("SUM(B1)", "9"), strings=()))[0][1][1] == ("1", "=SUM(B1) → 9")


def test_a_notebook_is_shown_cell_by_cell() -> None:
    titles = [title for title, _, _ in shown("a.ipynb", notebook(metadata={}))]
    assert titles == ["Code cell 1 [3]", "Text cell 2"]


def test_people_read_what_a_notebook_says_besides_its_cells() -> None:
    said = {"tags": ["wijk 7"], "jupyter": {"source_hidden": True}}
    book = notebook(code_cell("x", id="Jan-52000", metadata=said), code_cell("y", id="0f8fad5b"))
    *_, (title, rows, hidden) = shown("a.ipynb", book)
    assert (title, hidden) == ("Data about the notebook and its cells", True)
    assert [line for (line,) in rows] == [
        "kernelspec name: python3",
        "kernelspec display_name: Python 3",
        "kernelspec language: python",
        "1 id: Jan-52000",
        "1 tags 0: wijk 7",
        "1 jupyter source_hidden: true",
    ]


def test_people_read_words_in_attributes_that_no_program_shows() -> None:
    body = '<w:p w:rsidR="Jan; 52000"><w:r><w:t>Tekst</w:t></w:r></w:p>'
    assert ("Jan; 52000",) in [row for _, rows, _ in shown("a.docx", docx(body)) for row in rows]


def test_what_common_programs_always_write_is_harmless() -> None:
    rdf = '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"/>'
    assert inspect_file("a.odt", odt("<office:scripts/>", {"manifest.rdf": rdf})).findings == ()
    style = f'<styleSheet xmlns="{SHEET}"><cellStyle name="Hyperlink" hidden="1"/></styleSheet>'
    names = '<definedNames><definedName name="_xlnm._FilterDatabase" hidden="1">A1:B2</definedName></definedNames>'
    book = xlsx(workbook=workbook_of(more=names), extra={"xl/styles.xml": style})
    assert [finding.rule for finding in inspect_file("a.xlsx", book).findings] == ["formula"]


def test_what_is_longer_than_anybody_reads_is_refused() -> None:
    (finding,) = inspect_file("a.txt", b"x\n" * 20_001).findings
    assert finding.rule == "file_too_large"


def test_an_empty_sheet_and_a_workbook_of_charts_show_nothing() -> None:
    assert [title for title, _, _ in shown("a.xlsx", xlsx("", strings=()))] == ["Names and addresses"]


def test_too_many_cells_are_refused() -> None:
    many = "".join(f'<row><c r="A{n}"><v>{n}</v></c></row>' for n in range(1, 20_002))
    (finding,) = inspect_file("a.xlsx", xlsx(many, strings=())).findings
    assert finding.rule == "sheet_too_large"


def test_too_many_formulas_are_refused() -> None:
    many = "".join(f'<row><c r="A{n}"><f>1</f></c></row>' for n in range(1, 2_003))
    assert "formula_refused" in {
        finding.rule for finding in inspect_file("a.xlsx", xlsx(many, strings=())).findings
    }


def test_a_workbook_that_names_no_targets_hides_its_sheets() -> None:
    assert "hidden_sheet" in {
        finding.rule
        for finding in inspect_file(
            "a.xlsx", xlsx(ROWS, extra={"xl/_rels/workbook.xml.rels": "<a/>"})
        ).findings
    }


@pytest.mark.parametrize("name", ["con.py", "a b (1).md", "Überblick-2.txt", "v1.2 final.txt"])
def test_ordinary_names_can_be_used(name: str) -> None:
    rules = {finding.rule for finding in inspect_file(name, b"tekst").findings}
    assert rules == ({"name_unusable"} if name.startswith("con.") else set())
