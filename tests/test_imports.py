"""What an import costs and what it may reach."""

from __future__ import annotations

import importlib
import pkgutil
import subprocess
import sys
from pathlib import Path

import pytest

import ytterby

HEAVY = ("pandas", "scipy", "linopy", "altair", "highspy", "duckdb", "frictionless", "rustworkx", "vl_convert")
ROOT = Path(__file__).resolve().parent.parent


def python(script: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)


@pytest.mark.parametrize(
    "start", ["import ytterby", "import ytterby.world.terms", "import ytterby.world.errors", "import ytterby.cli"]
)
def test_the_first_import_loads_no_heavy_library(start: str) -> None:
    done = python(f"import sys; {start}; print(*sorted(set(sys.modules) & set({HEAVY!r})))")
    assert done.returncode == 0, done.stderr
    assert done.stdout.strip() == ""


def test_every_name_on_the_first_page_of_the_library_is_there() -> None:
    assert all(getattr(ytterby, name) is not None for name in ytterby.__all__)
    with pytest.raises(AttributeError, match="slove"):
        ytterby.slove  # noqa: B018
    assert set(ytterby.__all__) <= set(dir(ytterby))


def test_every_module_of_the_package_can_be_imported() -> None:
    for module in pkgutil.walk_packages(ytterby.__path__, "ytterby."):
        if not module.name.endswith("__main__"):
            importlib.import_module(module.name)


def test_the_layers_hold() -> None:
    """The import contracts of pyproject.toml: what stands lower does not know what stands higher."""
    script = "from importlinter.cli import lint_imports; raise SystemExit(lint_imports(no_cache=True))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False, cwd=ROOT)
    assert done.returncode == 0, done.stdout + done.stderr
