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
        ("<math alttext='x = 2'></math>", "x = 2"),
        ('<math display="block" alttext="x"><mi>y</mi></math>', "y"),
    ],
)  # fmt: skip
def test_a_formula_is_its_text(formula: str, text: str) -> None:
    assert rewrite_mathematics(f"<p>قبل {formula} بعد</p>") == f"<p>قبل {text} بعد</p>"


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("<p><math><mi>x", "<p>x"),
        ("<p><math><mi>x</mi> و<math><mi>y</mi></p><main>z</main>", "<p>x وy</p><main>z</main>"),
        ("<math><mi>x</mi></math> <math><mi>y</mi>", "x y"),
    ],
)
def test_the_text_of_an_unclosed_formula_stays(body: str, text: str) -> None:
    assert rewrite_mathematics(body) == text


def test_unclosed_formulas_take_linear_time() -> None:
    assert rewrite_mathematics("<math>" * 100_000) == ""


def test_an_endless_formula_keeps_its_text() -> None:
    assert rewrite_mathematics(f"<math>{'<mi>x</mi>' * 5000}</math>") == "x" * 5000
