"""Formulas as text."""

import pytest

from aggregator.process.html.mathml import rewrite_mathematics


@pytest.mark.parametrize(
    ("formula", "text"),
    [
        ("<math><mi>x</mi><mo>=</mo><mn>2</mn></math>", "x=2"),
        ("<math><mfrac><mn>1</mn><mn>2</mn></mfrac></math>", "1/2"),
        ("<math><mfrac><mrow><mi>a</mi><mo>+</mo><mi>b</mi></mrow><mi>c</mi></mfrac></math>",
         "(a+b)/c"),
        ("<math><msup><mi>x</mi><mn>2</mn></msup></math>", "x<sup>2</sup>"),
        ("<math><msubsup><mi>x</mi><mn>1</mn><mn>2</mn></msubsup></math>",
         "x<sub>1</sub><sup>2</sup>"),
        ("<math><msqrt><mi>y</mi><mo>+</mo><mn>1</mn></msqrt></math>", "√(y+1)"),
        ("<math><mi>x</mi><mo>&lt;</mo><mn>2</mn></math>", "x&lt;2"),
        ("<math><semantics><mi>x</mi><annotation encoding='application/x-tex'>\\x</annotation>"
         "</semantics></math>", "x"),
        ("<mml:math><mml:mi>x</mml:mi></mml:math>", "x"),
        ("<MATH display='block'>\n <mi> x </mi>\n</MATH>", "x"),
        ("<math><mspace/><mi>x</mi></math>", "x"),
        ("<math><msup></msup><mi>x</math>", "x"),
        ("<math></math>", ""),
    ],
)  # fmt: skip
def test_a_formula_is_its_text(formula: str, text: str) -> None:
    assert rewrite_mathematics(f"<p>قبل {formula} بعد</p>") == f"<p>قبل {text} بعد</p>"


def test_unclosed_formulas_are_left() -> None:
    assert rewrite_mathematics("<p><math><mi>x") == "<p><math><mi>x"


def test_an_endless_formula_keeps_its_text() -> None:
    assert rewrite_mathematics(f"<math>{'<mi>x</mi>' * 5000}</math>") == "x" * 5000
