from pathlib import Path
from typing import Any

import pytest
import statsmodels.formula.api as smf

import output_checker as oc
from output_checker.errors import QueryError
from output_checker.notebook.microdata import Microdata


@pytest.fixture
def people(sandbox: Path) -> Microdata:
    opened: Microdata = oc.open("town")
    return opened


def test_the_same_coefficients_as_statsmodels(people: Microdata) -> None:
    table = oc.ols("income ~ age + C(sex)", people.where("age > 30"))
    expected = smf.ols("income ~ age + C(sex)", people.df.query("age > 30")).fit()
    assert table.df.loc["age", "coefficient"] == pytest.approx(expected.params["age"], rel=1e-9)
    assert table.query.where == ("age > 30",)


ASKED: dict[str, Any] = {
    "logit": lambda people: oc.logit("employed ~ age", people, cov_type="HC1"),
    "probit": lambda people: oc.probit("employed ~ age", people),
    "poisson": lambda people: oc.poisson("hours ~ age", people, weights="weight"),
    "negative_binomial": lambda people: oc.negative_binomial("hours ~ age", people),
    "cox": lambda people: oc.cox("income ~ hours", people, event="employed"),
    "quantreg": lambda people: oc.quantreg("income ~ hours", people, q=0.4),
    "fixed_effects": lambda people: oc.fixed_effects("income ~ age", people, absorb="area"),
    "ttest": lambda people: oc.ttest(people, "income", by="sex"),
    "pairs": lambda people: oc.ttest(people, ["age", "hours"]),
    "anova": lambda people: oc.anova(people, "income", by="area"),
    "chi2": lambda people: oc.chi2(people, "sex", "employed"),
    "correlation": lambda people: oc.correlation(people, ["age", "hours"], method="spearman"),
    "pca": lambda people: oc.pca(people, ["age", "hours", "income"], components=2),
    "factor": lambda people: oc.factor(people, ["age", "hours", "income"]),
}


@pytest.mark.parametrize("name", ASKED)
def test_each_word_shows_a_judged_table(people: Microdata, name: str) -> None:
    table = ASKED[name](people)
    assert table.verdict.table.cells
    assert len(table.df)
    assert table._repr_html_()
    assert table.query.parse(table.query.model_dump(mode="json")) == table.query


def test_mistakes_speak_dutch(people: Microdata) -> None:
    with pytest.raises(QueryError, match="De functie log mag hier niet"):
        oc.ols("income ~ log(age)", people)
