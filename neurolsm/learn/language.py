"""The rule language: Loihi's sums of products in Lava's own string form, parsed by a grammar.

    series  = [sign] product { sign product }          sign = "+" | "-"
    product = item { "*" item }
    item    = number | "2^" integer | variable | "(" variable sign integer ")" | "sgn(" variable [sign integer] ")"
    variable = x0 y0 u0..u9 x1 x2 y1 y2 y3 w d t

Each product needs a dependency (x0, y0 or u<k>): the first one gates it, a further x0 or y0 is a factor. Numbers multiply
into mantissa * 2^exponent with a mantissa of -8..7 and an exponent of -7..8; what does not fit is rounded to the nearest
that does, and said aloud.

Source: lava/magma/core/learning/product_series.py of Lava 0.10.
"""

from __future__ import annotations

import re
import warnings
from dataclasses import dataclass
from typing import NoReturn

from neurolsm.errors import InvalidValue
from neurolsm.program.plasticity import Factor, Product

MANTISSA_LOW, MANTISSA_HIGH = -8, 7  # W_S_MANT = 4 signed bits
EXPONENT_LOW, EXPONENT_HIGH = -7, 8
WIDEST = 31  # bits of a product before it is shifted back: Lava multiplies in int32
_TOKEN = re.compile(r"\s*(?:(?P<number>\d+\.\d*|\.\d+|\d+)|(?P<name>[A-Za-z_]\w*)|(?P<mark>[-+*^()]))")
_VARIABLES = ("x0", "y0", "x1", "x2", "y1", "y2", "y3", "w", "d", "t")


class RuleRounded(UserWarning):
    """A number of a rule was replaced by the nearest one that the learning engine has."""


class RuleError(InvalidValue):
    """A rule that the grammar or the engine does not have; the message points at the character."""


@dataclass(frozen=True)
class Series:
    """Parsed products, and the k of u<k> if one was used."""

    products: tuple[Product, ...]
    decimate: int | None


@dataclass(frozen=True)
class _Token:
    kind: str
    text: str
    at: int


def parse(text: str) -> Series:
    """The products of a rule such as ``2^-2*x1*y0 - 2^-2*y1*x0``.

    Raises:
        RuleError: unknown variable, missing dependency, exponent or width out of range, or bad syntax.
    Warns:
        RuleRounded: a rate such as 0.3 or a mantissa such as 9 was rounded.
    """
    return _Parser(text).series()


def scaled(value: float) -> tuple[int, int]:
    """The nearest mantissa * 2^exponent with the mantissa in -8..7 and the exponent in -7..8; the smallest mantissa wins."""
    best = (0, 0)
    for exponent in range(EXPONENT_HIGH, EXPONENT_LOW - 1, -1):
        mantissa = max(MANTISSA_LOW, min(MANTISSA_HIGH, round(value / 2.0**exponent)))
        if abs(mantissa * 2.0**exponent - value) < abs(best[0] * 2.0 ** best[1] - value):
            best = (mantissa, exponent)
    return best


def say_rounded(what: str, wanted: float, used: float) -> None:
    """Warn if ``used`` differs from ``wanted``, with the error."""
    if used != wanted:
        error = f"{abs(used - wanted) / abs(wanted):.1%}" if wanted else f"{abs(used):g}"
        warnings.warn(
            f"{what} {wanted:g} is not on the chip; {used:g} is used (error {error})", RuleRounded, stacklevel=4
        )


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = self._tokens()
        self.place = 0
        self.decimate: int | None = None

    def series(self) -> Series:
        products = []
        sign = -1 if self._take("-") else 1
        if sign == 1:
            self._take("+")
        while True:
            products.append(self._product(sign))
            if self._peek().kind == "end":
                return Series(tuple(products), self.decimate)
            if self._take("+"):
                sign = 1
            elif self._take("-"):
                sign = -1
            else:
                self._fail(self._peek(), "expected +, - or *")

    def _product(self, sign: int) -> Product:
        start = self._peek()
        dependency, factors, mantissa, exponent = "", [], 1.0, 0
        while True:
            token = self._next()
            if token.kind == "number":
                number, power = self._number(token)
                mantissa, exponent = mantissa * number, exponent + power
            elif token.text == "(":
                factors.append(self._shifted(False))
            elif token.text == "sgn":
                self._expect("(")
                factors.append(self._shifted(True))
            elif token.kind == "name":
                name = self._variable(token)
                if name in ("x0", "y0", "u") and not dependency:
                    dependency = name
                elif name == "u":
                    self._fail(token, "u<k> can only be the dependency of a product")
                else:
                    factors.append(Factor(name))
            else:
                self._fail(token, "expected a number, a variable, ( or sgn(")
            if not self._take("*"):
                break
        if not dependency:
            self._fail(start, "this product needs a dependency: x0, y0 or u<k>")
        product = Product(dependency, *self._scale(start, sign * mantissa, exponent), tuple(factors))
        if product.bits > WIDEST:
            self._fail(
                start, f"this product is {product.bits} bits wide, the engine multiplies {WIDEST}; use fewer factors"
            )
        return product

    def _number(self, token: _Token) -> tuple[float, int]:
        """A plain number as (number, 0), a power of two as (1, exponent)."""
        if not self._take("^"):
            return float(token.text), 0
        if token.text != "2":
            self._fail(token, "only powers of 2 can be written")
        negative = self._take("-")
        exponent = self._next()
        if exponent.kind != "number" or "." in exponent.text:
            self._fail(exponent, "expected a whole exponent")
        return 1.0, -int(exponent.text) if negative else int(exponent.text)

    def _scale(self, start: _Token, mantissa: float, exponent: int) -> tuple[int, int]:
        """As written if the engine has it, else the nearest that it has."""
        if (
            mantissa == int(mantissa)
            and MANTISSA_LOW <= mantissa <= MANTISSA_HIGH
            and EXPONENT_LOW <= exponent <= EXPONENT_HIGH
        ):
            if mantissa == 0:
                self._fail(start, "the rate is 0; leave the product out")
            return int(mantissa), exponent
        low, high = 2.0**EXPONENT_LOW, MANTISSA_HIGH * 2.0**EXPONENT_HIGH
        rate = mantissa * 2.0 ** max(-99, min(99, exponent))
        if not low / 2 < abs(rate) < high * 1.07:
            self._fail(start, f"the rate {rate:g} lies outside {low:g} .. {high:g}")
        used = scaled(rate)
        say_rounded("the rate", rate, used[0] * 2.0 ** used[1])
        return used

    def _shifted(self, sign: bool) -> Factor:
        token = self._next()
        if token.kind != "name":
            self._fail(token, "expected a variable")
        name = self._variable(token)
        if name == "u":
            self._fail(token, "u<k> can only be the dependency of a product")
        if sign and name not in ("w", "d", "t"):
            self._fail(token, "sgn() takes w, d or t")
        constant = 0
        if self._peek().text in ("+", "-"):
            negative = self._next().text == "-"
            number = self._next()
            if number.kind != "number" or "." in number.text:
                self._fail(number, "expected a whole number")
            constant = -int(number.text) if negative else int(number.text)
        self._expect(")")
        return Factor(name, constant, sign)

    def _variable(self, token: _Token) -> str:
        if re.fullmatch(r"u\d", token.text):
            k = int(token.text[1:])
            if self.decimate is not None and self.decimate != k:
                self._fail(token, f"only one u<k> a rule; u{self.decimate} was used before")
            self.decimate = k
            return "u"
        if token.text not in _VARIABLES:
            self._fail(token, f"unknown variable {token.text!r}; there are {', '.join(_VARIABLES)} and u0..u9")
        return token.text

    # ------------------------------------------------------------------ tokens

    def _tokens(self) -> list[_Token]:
        found, at = [], 0
        while at < len(self.text.rstrip()):
            match = _TOKEN.match(self.text, at)
            if match is None:
                skipped = len(self.text[at:]) - len(self.text[at:].lstrip())
                self._fail(_Token("", "", at + skipped), f"unexpected character {self.text[at + skipped]!r}")
            kind = str(match.lastgroup)
            found.append(_Token(kind, match[kind], match.start(kind)))
            at = match.end()
        return [*found, _Token("end", "", len(self.text))]

    def _peek(self) -> _Token:
        return self.tokens[self.place]

    def _next(self) -> _Token:
        token = self.tokens[self.place]
        if token.kind == "end":
            self._fail(token, "the rule ends too early")
        self.place += 1
        return token

    def _take(self, text: str) -> bool:
        if self._peek().text != text or self._peek().kind == "end":
            return False
        self.place += 1
        return True

    def _expect(self, text: str) -> None:
        if not self._take(text):
            self._fail(self._peek(), f"expected {text}")

    def _fail(self, token: _Token, reason: str) -> NoReturn:
        raise RuleError(f"rule: {reason}, at character {token.at + 1}\n  {self.text}\n  {' ' * token.at}^")


def format_series(products: tuple[Product, ...], decimate: int = 0) -> str:
    """The products in Lava's string form; ``parse`` is the inverse."""
    parts = []
    for p in products:
        items = [f"2^{p.exponent}", str(abs(p.mantissa)), f"u{decimate}" if p.dependency == "u" else p.dependency]
        for f in p.factors:
            inner = f"{f.variable}{f.constant:+d}" if f.constant else f.variable
            items.append(f"sgn({inner})" if f.sign else f"({inner})" if f.constant else inner)
        parts.append(("- " if p.mantissa < 0 else "+ ") + "*".join(items))
    text = " ".join(parts)
    return text[2:] if text.startswith("+ ") else text
