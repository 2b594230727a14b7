"""``ytterby project``: every command speaks JSON and says what is wrong."""

import json
import subprocess
import sys
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ytterby.cli.project import app
from ytterby.projects import TEMPLATE
from ytterby.world.errors import InputError

RUN = CliRunner()


@pytest.mark.parametrize(
    "arguments",
    [
        ["list", "--country", "KAZ"],
        ["list", "--studies"],
        ["show", "zhana-kazakhstan"],
        ["show", "kundybai"],
        ["compare"],
        ["compare", "--deck", "europe", "--year", "2025", "--price", "ndpr-oxide=110"],
        ["fund", "110"],
        ["discover", "--last", "2045"],
        ["check", "0.5 Mt/y of ore at 0.40 % gives 85,000 t/y REO"],
    ],
)
def test_every_command_prints_json_and_a_table(arguments: list[str]) -> None:
    result = RUN.invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)
    assert RUN.invoke(app, arguments).exit_code == 0


def test_a_plan_of_your_own(tmp_path: Path) -> None:
    file = tmp_path / "plan.toml"
    file.write_text(RUN.invoke(app, ["appraise", "--template"]).output, encoding="utf-8")
    result = RUN.invoke(app, ["appraise", str(file), "--draws", "500", "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["draws"]["p05_usd"] < json.loads(result.output)["draws"]["p95_usd"]
    file.write_text(TEMPLATE.replace("recovery = 0.55", "recovery = 1.55"), encoding="utf-8")
    error = RUN.invoke(app, ["appraise", str(file)]).exception
    assert isinstance(error, InputError)
    assert "recovery" in str(error)


def test_bad_prices_and_missing_plans() -> None:
    for arguments in (["compare", "--price", "ndpr-oxide"], ["appraise"], ["show", "atlantis"]):
        assert isinstance(RUN.invoke(app, arguments).exception, InputError)


def test_help_loads_no_heavy_library() -> None:
    code = "import sys, ytterby.cli.project, ytterby.cli.demand; print({'pandas', 'scipy'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"
