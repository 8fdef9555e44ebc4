"""Pages about own variables: people inside see what each is and how it lies; who made it sees none of that outside."""

from __future__ import annotations

import pytest
from markupsafe import escape

from api.review.models import Decision
from tests.api.flow import Flow, find
from tests.api.own_values import CODE, asking, bands_of, parquet_of, persons, uploaded
from tests.api.web.reader import Reader, words

CHANGED = CODE.replace("35000", "34000")
HOSTILE = "x = '</code></pre><script>alert(1)</script>'  # {{ 7 * 7 }}\n"


@pytest.mark.parametrize(
    ("language", "told"),
    [
        (
            "en",
            [
                "Own variable of the researcher: band",
                "the service cannot compute it again",
                "Description Band of income",
                "Kind of value category",
                "Registered persons with a value 1,900",
                "Registered persons without a value 100",
                "Different values 2",
                "Number of persons by value of band",
                "high (High)",
                "The code, as the researcher gives it",
                "SHA-256 of the code",
                "income > 35000",
            ],
        ),
        (
            "nl",
            [
                "Eigen variabele van de onderzoeker: band",
                "Geregistreerde personen met een waarde 1.900",
                "Soort waarde categorie",
                "Aantal personen per waarde van band",
                "high (Hoog)",
            ],
        ),
    ],
)
def test_a_checker_sees_it_in_their_language(
    reader: Reader, flow: Flow, language: str, told: list[str]
) -> None:
    seen = persons(flow)
    bands = ["high" if income > 35_000 else "low" for income in seen["income"]]
    number = flow.under_review(asking(uploaded(flow, parquet_of(seen["person"][:-100], bands[:-100]))))
    shown = words(reader.be(flow.world.checker).open(f"/review/{number}?lang={language}"))
    assert [one for one in told if one not in shown] == []


def test_code_is_shown_letter_by_letter_and_never_run(reader: Reader, flow: Flow) -> None:
    number = flow.under_review(asking(uploaded(flow, bands_of(flow)), code=HOSTILE))
    page = reader.be(flow.world.checker).open(f"/review/{number}")
    assert "<script>alert(1)" not in page.text
    assert str(escape(HOSTILE.strip())) in page.text


def test_numbers_have_quartiles_and_a_warning_when_each_points_out_somebody(
    reader: Reader, flow: Flow
) -> None:
    seen = persons(flow)
    digest = uploaded(flow, parquet_of(seen["person"], seen["person"]))
    query = asking(
        digest,
        name="score",
        type="integer",
        codes={},
        query={"columns": "area", "values": "score", "aggfunc": "mean"},
    )
    number = flow.submit(query)
    flow.judge(number)
    shown = words(reader.be(flow.world.checker).open(f"/review/{number}?lang=en"))
    for told in ("Every value occurs once", "Median 999.5", "Largest value 1,999", "Different values 2,000"):
        assert told in shown, told


def test_what_changed_in_it_since_the_last_round_is_told(reader: Reader, flow: Flow) -> None:
    first, second = uploaded(flow, bands_of(flow)), uploaded(flow, bands_of(flow, threshold=34_000))
    number = flow.returned(asking(first))
    told = {
        "the code was changed; the values were changed": asking(second, code=CHANGED),
        "the values were changed, and the code was not": asking(first, code=CHANGED),
        "the description was changed": asking(first, code=CHANGED, label={"nl": "Anders", "en": "Other"}),
        "Own variable other: new": asking(first, name="other", code=CHANGED),
    }
    reader.be(flow.world.checker)
    for expected, query in told.items():
        flow.resubmit(number, {"query": query})
        flow.judge(number)
        shown = words(reader.open(f"/review/{number}?lang=en"))
        assert expected in shown
        for checker in (flow.world.checker, flow.world.second_checker):
            flow.review(number, checker, Decision.RETURN)
    assert "Own variable band: no longer used" in shown


def test_changed_lines_of_code_stand_beside_each_other(reader: Reader, flow: Flow) -> None:
    digest = uploaded(flow, bands_of(flow))
    number = flow.returned(asking(digest))
    flow.resubmit(number, {"query": asking(digest, code=CHANGED)})
    flow.judge(number)
    shown = words(reader.be(flow.world.checker).open(f"/review/{number}?lang=en"))
    assert "Changed lines of code" in shown
    assert f"-{CODE.strip()}" in shown
    assert f"+{CHANGED.strip()}" in shown


def test_its_author_sees_its_name_outside_and_no_more(reader: Reader, flow: Flow) -> None:
    number = flow.released(asking(uploaded(flow, bands_of(flow))))
    with flow.database.reading() as session:
        assert find(session, number).outputs[0].verdict
    page = reader.be(flow.world.researcher).open(f"/requests/{number}?lang=en")
    assert "with own variable band" in words(page)
    assert "lambda" not in page.text
    assert "Registered persons" not in page.text
