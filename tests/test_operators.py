"""What an operator was found to be is kept while kernels are compiled, and changes no instruction."""

import re
import threading
from contextlib import nullcontext

import numba
import numpy as np
import pytest
from numba.core.types.functions import BaseFunction

from neurolsm.compiled import compiler, operators
from neurolsm.compiled.compiler import KernelCompiler

PLAIN = BaseFunction.get_call_type


def many(a, b, c, flags, text):
    """Each operator between several types, twice."""
    total = 0
    for i in range(a.size):
        a[i] += b[i] * 2 + (b[i] << 1)
        c[i, 0] = a[i] / 3 - c[i, 1] ** 2
        if (a[i] > b[i] and flags[i]) or not flags[0]:
            total += a[i] // 3 % 5 + (b[i] & 7) + len(text)
        if (a[i] == 3) != (c[i, 0] <= 0.5):
            total -= int(c[i, 1]) + min(a[i], b[i])
        a[i] = max(a[i], -b[i]) ^ 1
    return total, text + text, a[1:], -c, a * b + c[:, 0]


def compiled(monkeypatch, remembers):
    with monkeypatch.context() as patch:
        if not remembers:
            patch.setattr(compiler, "remembering", nullcontext)
        function = numba.njit(pipeline_class=KernelCompiler)(many)
        values = arguments()
        result = function(*values)
    (code,) = function.inspect_llvm().values()
    return result, values, code


def arguments():
    a, b = np.arange(-3, 5, dtype=np.int16), np.arange(8, dtype=np.int64)
    return a, b, np.linspace(-1, 1, 16).reshape(8, 2), np.arange(8) % 3 == 0, "ab"


def instructions(code):
    """Without what Numba numbers anew for each compilation, and without addresses."""
    code = re.sub(r"_ZN\w+|\.const\.\w+|v\d+B\d+\w+|\b\d{10,}\b", "_", code)
    return [re.sub(r"\s*;.*|![\w.]+|#\d+", "", line) for line in code.splitlines() if line.startswith((" ", "define"))]


def test_the_same_code_and_the_same_result(monkeypatch):
    (found, after, code), (expected, before, plain) = (compiled(monkeypatch, remembers) for remembers in (True, False))
    assert instructions(code) == instructions(plain)
    assert found[:2] == expected[:2]
    for one, other in zip((*found[2:], *after[:4]), (*expected[2:], *before[:4]), strict=True):
        np.testing.assert_array_equal(one, other)


def test_it_is_asked_once(monkeypatch):
    asked = []

    def ask(self, context, args, kws):
        asked.append((self, args))
        return PLAIN(self, context, args, kws)

    monkeypatch.setattr(BaseFunction, "get_call_type", ask)  # as another package may do
    operators._found.clear()
    compiled(monkeypatch, True)
    first = len(asked)
    compiled(monkeypatch, True)
    assert 0 < len(asked) - first < first / 3  # what is compiled itself is asked for again: min, max, len
    assert BaseFunction.get_call_type is ask
    again = {str(function) for function, _ in asked[first:]}
    assert not any(name in kind for kind in again for name in ("getitem", "setitem", "iadd", "lshift"))


def test_numba_is_left_as_it_was():
    with operators.remembering():
        with pytest.raises(ZeroDivisionError), operators.remembering():
            raise ZeroDivisionError
        assert BaseFunction.get_call_type is operators._remembered
    assert BaseFunction.get_call_type is PLAIN

    @numba.njit(pipeline_class=KernelCompiler)
    def wrong(x):
        return x["a"]

    with pytest.raises(numba.TypingError, match="getitem"):
        wrong(1.0)
    assert BaseFunction.get_call_type is PLAIN


def test_two_threads():
    """One leaves while the other goes on."""
    entered, leave = threading.Event(), threading.Event()

    def other():
        with operators.remembering():
            entered.set()
            leave.wait(10)

    thread = threading.Thread(target=other)
    with operators.remembering():
        thread.start()
        assert entered.wait(10)
    assert BaseFunction.get_call_type is operators._remembered
    leave.set()
    thread.join()
    assert BaseFunction.get_call_type is PLAIN
