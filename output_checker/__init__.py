"""Output checking: recompute a result, gather the evidence behind each number, judge it by rules.

In a notebook: ``import output_checker as oc``, then ``oc.open``, ``oc.crosstab`` and ``oc.submit``. These are loaded
when first used, so that judging from the command line or a service starts quickly.
"""

from importlib import import_module
from typing import Any

_NOTEBOOK = {
    "open": ("microdata", "open_dataset"),
    "own_variable": ("own_variable", "own_variable"),
    "crosstab": ("tables", "crosstab"),
    "pivot_table": ("tables", "pivot_table"),
    "quantile": ("distributions", "quantile"),
    "median": ("distributions", "median"),
    "box": ("distributions", "box"),
    "hist": ("distributions", "hist"),
    "density": ("distributions", "density"),
    "concentration": ("distributions", "concentration"),
    "gini": ("distributions", "gini"),
    "kaplan_meier": ("survival", "kaplan_meier"),
    "life_table": ("survival", "life_table"),
    "figure": ("figures", "figure"),
    "ols": ("models", "ols"),
    "logit": ("models", "logit"),
    "probit": ("models", "probit"),
    "poisson": ("models", "poisson"),
    "negative_binomial": ("models", "negative_binomial"),
    "cox": ("models", "cox"),
    "quantreg": ("models", "quantreg"),
    "fixed_effects": ("models", "fixed_effects"),
    "ttest": ("models", "ttest"),
    "anova": ("models", "anova"),
    "chi2": ("models", "chi2"),
    "correlation": ("models", "correlation"),
    "pca": ("models", "pca"),
    "factor": ("models", "factor"),
    "file": ("filing", "file"),
    "draft": ("submission", "draft"),
    "submit": ("submission", "submit"),
}


def __getattr__(name: str) -> Any:
    if name not in _NOTEBOOK:
        raise AttributeError(f"module 'output_checker' has no attribute {name!r}")
    module, function = _NOTEBOOK[name]
    return getattr(import_module(f"output_checker.notebook.{module}"), function)


def __dir__() -> list[str]:
    return sorted([*globals(), *_NOTEBOOK])
