"""``ytterby demand``: every command speaks JSON and says what is wrong."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from ytterby.cli.demand import app
from ytterby.world.errors import InputError

RUN = CliRunner()


@pytest.mark.parametrize(
    "arguments",
    [
        ["show"],
        ["show", "--by", "place", "--year", "2023"],
        ["show", "--bottom-up"],
        ["retired", "--until", "4"],
        ["retired", "--by", "year", "--until", "2"],
        ["economy", "0.5", "--place", "japan"],
        ["economy", "0.5", "--place", "germany"],
        ["forecast", "--region", "europe"],
        ["delay", "europe", "0.4", "0.74", "0.38"],
        ["delay", "china", "0.2", "--months", "6"],
        ["delay", "--path", "controls-2025", "--premium", "20"],
        ["show", "--in-use", "--until", "6"],
        ["record"],
        ["economy", "0.5", "--months", "6", "--use", "ev-traction", "--use", "automotive-other"],
        ["substitutes", "--use", "wind"],
        ["motor", "--dy", "620", "--tb", "2100", "--premium", "20", "--region", "europe"],
        ["show", "--by", "element", "--place", "usa"],
        ["delay", "usa", "0.5", "--months", "3", "--band"],
    ],
)
def test_every_command_prints_json_and_a_table(arguments: list[str]) -> None:
    result = RUN.invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)
    assert RUN.invoke(app, arguments).exit_code == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ["show", "--in-use", "--until", "4"],
        ["retired", "--until", "3"],
        ["forecast", "--region", "usa"],
        ["delay", "usa", "0.9"],
        ["economy", "0.8"],
    ],
)
@pytest.mark.parametrize("kind", ["svg", "html"])
def test_every_picture_names_its_source(arguments: list[str], kind: str, tmp_path: Path) -> None:
    file = tmp_path / f"picture.{kind}"
    assert RUN.invoke(app, [*arguments, "--picture", str(file), "--json"]).exit_code == 0
    text = file.read_text(encoding="utf-8")
    assert "<svg" in text
    assert kind == "svg" or "table" in text or "IEA" in text


def test_a_table_of_the_users_is_a_supply_path(tmp_path: Path) -> None:
    file = tmp_path / "supply.csv"
    file.write_text("period,place,grade,available\n2027,europe,ndfeb-uh-eh,0.4\n", encoding="utf-8")
    result = RUN.invoke(app, ["delay", "--supply", str(file), "--json"])
    assert json.loads(result.output)["totals"]["postponed"] > 0


def test_bad_input_is_an_error_of_ours(tmp_path: Path) -> None:
    for arguments in (
        ["delay"],
        ["delay", "europe"],
        ["delay", "europe", "0.4", "--path", "controls-2025"],
        ["delay", "--path", "controls"],
        ["economy", "1.5"],
        ["show", "--in-use", "--picture", str(tmp_path / "a.pdf")],
    ):
        assert isinstance(RUN.invoke(app, arguments).exception, InputError), arguments
    assert isinstance(RUN.invoke(app, ["delay", "europe", "2"]).exception, InputError)
    assert isinstance(RUN.invoke(app, ["show", "--year", "1900"]).exception, InputError)


def test_a_file_that_is_no_table_and_a_place_without_makers_are_named(tmp_path: Path) -> None:
    empty = tmp_path / "empty.csv"
    empty.write_text("")
    for arguments, wanted in (
        (["delay", "--supply", str(empty)], "empty.csv"),
        (["delay", "australia", "0.5", "--picture", str(tmp_path / "a.svg")], "australia"),
        (["delay", "europe", "0.5", "--months", "400", "--substitution", "3"], "400"),
    ):
        result = RUN.invoke(app, arguments)
        assert isinstance(result.exception, InputError)
        said = [f"{fault.where} {fault.found}" for fault in result.exception.faults]
        assert any(wanted in text for text in said)
        assert len(said) == len(set(said)), "each fault once"
    assert RUN.invoke(app, ["delay", "europe", "0.5", "--premium", "-90"]).exit_code == 2
    assert not (tmp_path / "a.svg").exists()


def test_money_is_told_only_where_some_is_paid() -> None:
    free, paid = (RUN.invoke(app, ["delay", "usa", "0.9", *more]).output for more in ([], ["--premium", "20"]))
    assert "dearer" not in free.splitlines()[-1]
    assert "dearer" in paid.splitlines()[-1]
    assert "no line stops" in RUN.invoke(app, ["delay", "usa", "0"]).output
