import pytest

from output_checker.errors import QueryError
from output_checker.kinds.model.formula import parse_formula


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("y ~ x", "y ~ x"),
        ("  y~x+ z ", "y ~ x + z"),
        ("y ~ x + x", "y ~ x"),
        ("y ~ a*b", "y ~ a + b + a:b"),
        ("y ~ a:b + a", "y ~ a + a:b"),
        ("y ~ C(a)*b*c", "y ~ C(a) + b + c + C(a):b + C(a):c + b:c + C(a):b:c"),
        ("y ~ x - 1", "y ~ x - 1"),
        ("y ~ 0 + x", "y ~ x - 1"),
        ("y ~ 1 + x", "y ~ x"),
        ("y ~ 1", "y ~ 1"),
        ("y ~ 0", "y ~ 0"),
        ("y ~ x:x", "y ~ x"),
        ("y ~ C(a, Treatment('b'))", "y ~ C(a, Treatment('b'))"),
        ('y ~ C(a, Treatment(reference="b c"))', "y ~ C(a, Treatment('b c'))"),
        ("y ~ C(a, Treatment(-3))", "y ~ C(a, Treatment('-3'))"),
    ],
)
def test_reads(written: str, read: str) -> None:
    assert str(parse_formula(written)) == read
    assert parse_formula(read) == parse_formula(written)


@pytest.mark.parametrize(
    "hostile",
    [
        "y ~ np.log(x)",
        "y ~ log(x)",
        "y ~ I(x**2)",
        "y ~ Q('x')",
        "y ~ `x y`",
        "y ~ __import__('os').system('id')",
        "y ~ eval('1')",
        "y ~ x if x else 1",
        "y ~ [x for x in y]",
        "y ~ {x}",
        "y ~ x; import os",
        "y ~ x\\\n+ z",
        "y ~ poly(x, 9)",
        "y ~ bs(x, df=9)",
        "y ~ center(x)",
        "y ~ C(x, Sum)",
        "y ~ C(x, levels=[1])",
        "y ~ C(np.log(x))",
        "y ~ C(C(x))",
        "y ~ C(x",
        "y ~ C()",
        "y ~ (a + b)**2",
        "y ~ a / b",
        "y ~ a ^ 2",
        "y ~ a | b",
        "y ~ x - z",
        "y ~ x - 1 - 1",
        "y ~ 2",
        "y ~ x + 3*z",
        "y ~ .",
        "y ~ x ~ z",
        "log(y) ~ x",
        "y + z ~ x",
        "C(y) ~ x",
        "~ x",
        "y",
        "y ~",
        "y ~ x +",
        "y ~ x:",
        "y ~ x*",
        "y ~ é",
        "y ~ x\x00",
        "y ~ " + "a" * 64,
        "y ~ x + y",
        "y ~ C(y)",
        "y ~ C(a, Treatment('b')) + C(a)",
        "y ~ a*b*c*d*e",
        "y ~ a:b:c:d:e",
        "y ~ " + " + ".join(f"x{place}" for place in range(65)),
        "y ~ " + " + ".join(f"a{place}*b{place}*c{place}*d{place}" for place in range(9)),
    ],
)
def test_hostile_and_mistaken_formulas_are_refused(hostile: str) -> None:
    with pytest.raises(QueryError) as refusal:
        parse_formula(hostile)
    assert refusal.value.field == "formula"
    assert "derive" in str(refusal.value)
