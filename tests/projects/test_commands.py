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
        ["list", "--classes"],
        ["list", "--overruns"],
        ["compare", "--deck", "europe", "--year", "2025", "--price", "ndpr-oxide=110"],
        ["compare", "--deck", "china", "--curve"],
        ["fund", "110"],
        ["discover", "--last", "2045"],
        ["check", "0.5 Mt/y of ore at 0.40 % gives 85,000 t/y REO"],
        ["check", "--published"],
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


def test_a_workbook_and_a_sheet(tmp_path: Path) -> None:
    book, page = tmp_path / "plan.xlsx", tmp_path / "plan.html"
    assert RUN.invoke(app, ["template", str(book)]).exit_code == 0
    result = RUN.invoke(app, ["appraise", str(book), "--draws", "200", "--options", "--sheet", str(page), "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)["options"]["to_stop_usd"] >= json.loads(result.output)["options"]["as_planned_usd"]
    assert "My deposit" in page.read_text(encoding="utf-8")
    before = page.read_bytes()
    RUN.invoke(app, ["appraise", str(book), "--draws", "200", "--options", "--sheet", str(page), "--json"])
    assert page.read_bytes() == before


@pytest.mark.parametrize(
    "arguments",
    [
        ["compare", "--price", "ndpr-oxide"],
        ["compare", "--scenario", "china-refuses-transit"],
        ["appraise"],
        ["appraise", "no-such-plan.toml"],
        ["appraise", "no-such-plan.toml", "--floor", "110"],
        ["fund", "110", "--grant", "50"],
        ["fund", "110", "--upside", "0.3"],
        ["fund", "110", "--floor", "90", "--contract", "us-dow-mp-price-protection"],
        ["fund", "110", "--contract", "no-such-contract"],
        ["fund", "110", "--contract", "us-dow-mp-price-protection"],
        ["show", "atlantis"],
        ["template", "plan.docx"],
        ["check"],
        ["check", "no-such-claims.csv"],
    ],
)
def test_bad_input_is_one_message(arguments: list[str]) -> None:
    assert isinstance(RUN.invoke(app, arguments).exception, InputError)


def test_help_loads_no_heavy_library() -> None:
    code = "import sys, ytterby.cli.project, ytterby.cli.demand; print({'pandas', 'scipy'} & set(sys.modules))"
    out = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert out.stdout.strip() == "set()"


def test_compare_tells_the_band_of_what_is_not_printed() -> None:
    told = json.loads(RUN.invoke(app, ["compare", "--json"]).output)
    ashram = next(r for r in told["studies"] if r["study"] == "ashram-pea-2012")
    assert ashram["npv_low"] < ashram["npv"] < ashram["npv_high"]
    assert ashram["npv_inside"] is True
    assert {m["name"] for m in told["moves"]["ashram-pea-2012, pre-tax"]} >= {"building years", "ramp-up"}
    assert "inside the band of what is not printed" in RUN.invoke(app, ["compare"]).output


def test_what_was_not_found_is_said_in_the_list_of_deposits() -> None:
    assert "not published" in RUN.invoke(app, ["list", "--country", "KAZ"]).output


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["list", "--country", "XXX"], "unknown country"),
        (["compare", "--discount", "5", "--year", "2024"], "--year"),
        (["compare", "--deck", "china", "--discount", "5"], "a fraction"),
        (["compare", "--price", "nosuch-oxide=3", "--price", "ndpr-oxide=-1"], "nosuch-oxide"),
        (["compare", "--scenario", "x", "--curve"], "--curve"),
        (["show", "nosuch"], "unknown deposit"),
        (["check", "nosuch.csv"], "No such file"),
        (["appraise", "nosuch.toml"], "No such file"),
    ],
)
def test_what_cannot_be_asked_is_said(arguments: list[str], told: str) -> None:
    error = RUN.invoke(app, arguments).exception
    assert isinstance(error, InputError)
    assert told in str(error)
