"""One brief, answered once, written once: its outputs are what most tests here look at."""

from __future__ import annotations

from pathlib import Path

import pytest

from ytterby.brief import Brief, load_brief
from ytterby.brief.answer import Answers
from ytterby.brief.files import write_all
from ytterby.brief.page import render
from ytterby.brief.run import answer
from ytterby.world import World


@pytest.fixture(scope="session")
def brief(shipped: World) -> Brief:
    """The shipped brief."""
    return load_brief("kazakhstan", shipped)


@pytest.fixture(scope="session")
def answers(brief: Brief, shipped: World) -> Answers:
    """Its claims, answered with two samples."""
    return answer(brief, shipped, samples=2)


@pytest.fixture(scope="session")
def html(brief: Brief, answers: Answers, shipped: World) -> str:
    """Its page."""
    return render(brief, answers, shipped, command="ytterby brief kazakhstan --samples 2 --seed 1")


@pytest.fixture(scope="session")
def folder(brief: Brief, answers: Answers, html: str, shipped: World, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Its files."""
    place = tmp_path_factory.mktemp("brief") / "out"
    write_all(place, brief, answers.answered, shipped, answers.meta, html)
    return place
