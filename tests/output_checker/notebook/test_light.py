import subprocess
import sys

import pytest

import output_checker as oc


def test_importing_is_light() -> None:
    heavy = "{'pandas', 'duckdb', 'httpx', 'sqlglot', 'IPython'} & set(sys.modules)"
    code = f"import sys, output_checker; assert not {heavy}, {heavy}"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_judging_needs_no_pandas() -> None:
    code = "import sys, output_checker.judge; assert not {'pandas', 'httpx', 'numpy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_the_three_words_of_a_notebook_are_there() -> None:
    assert {"open", "crosstab", "submit"} <= set(dir(oc))
    assert callable(oc.open)


def test_other_words_are_not() -> None:
    with pytest.raises(AttributeError, match="no attribute 'pivot'"):
        _ = oc.pivot
