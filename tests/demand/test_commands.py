"""``ytterby demand``: every command speaks JSON and says what is wrong."""

import json

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
        ["forecast", "--region", "europe"],
        ["delay", "europe", "0.4", "0.74", "0.38"],
        ["delay", "china", "0.2", "--months", "6"],
    ],
)
def test_every_command_prints_json_and_a_table(arguments: list[str]) -> None:
    result = RUN.invoke(app, [*arguments, "--json"])
    assert result.exit_code == 0, result.output
    assert json.loads(result.output)
    assert RUN.invoke(app, arguments).exit_code == 0


def test_bad_input_is_an_error_of_ours() -> None:
    assert isinstance(RUN.invoke(app, ["delay", "europe", "2"]).exception, InputError)
    assert isinstance(RUN.invoke(app, ["show", "--year", "1900"]).exception, InputError)
