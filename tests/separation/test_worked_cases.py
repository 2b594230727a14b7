"""Worked cases: the command that prints them finds every figure within its tolerance."""

from __future__ import annotations

import importlib.util
import sys
from collections import Counter
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[2] / "benchmarks" / "separation_cases.py"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("separation_cases", SCRIPT)
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module


def test_every_figure_is_within_its_tolerance(script):
    wrong = [(x.case, x.quantity, x.published, x.computed) for x in script.lines() if not x.miss <= 1]
    assert not wrong


def test_no_output_of_a_cascade_case_is_left_out(script):
    _, about = script.read_cases()
    shown = {(x.case, x.quantity) for x in script.lines()}
    cases = {x.case for x in script.lines()} - {"Lu_Yb_P507_reflux"}
    outputs = {key for key, (_, tolerance) in about.items() if key[0] in cases and tolerance}
    assert outputs <= shown


def test_kinds_are_told_apart(script):
    kinds = Counter(x.kind for x in script.lines())
    assert kinds["literature"] >= 17
    assert kinds["derived"] >= 67
    assert kinds["peer"] >= 5
