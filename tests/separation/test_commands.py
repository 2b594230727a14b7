"""`ytterby separate`: every view, as table, JSON and file; one message for a mistake."""

from __future__ import annotations

import json

import pandas as pd
import pytest
from typer.testing import CliRunner

from ytterby.cli.separation import app
from ytterby.cli.separation_views import View
from ytterby.world.errors import InputError, UnknownNameError

RUN = CliRunner()


@pytest.mark.parametrize("view", [v for v in View if v not in (View.INVENTORY, View.SITES)])
def test_every_view_speaks_json(view):
    answer = RUN.invoke(app, ["separate", "--show", view.value, "--json"])
    assert answer.exit_code == 0, answer.output
    tables = json.loads(answer.stdout)["tables"]
    assert tables
    assert all(rows for rows in tables.values())


@pytest.mark.parametrize(("name", "files"), [("t.xlsx", ["t.xlsx"]), ("t.csv", ["t-1.csv", "t-2.csv", "t-3.csv"])])
def test_inventory_is_written(tmp_path, name, files):
    answer = RUN.invoke(app, ["separate", "--table", str(tmp_path / name)])
    assert answer.exit_code == 0, answer.output
    assert sorted(p.name for p in tmp_path.iterdir()) == files
    if name.endswith("csv"):
        rows = pd.read_csv(tmp_path / "t-1.csv").set_index("what")["amount"]
        assert rows["HCl bought"] == pytest.approx(rows["HCl used up"] - rows["HCl made on site"])


def test_own_feed_and_a_circuit_without_cuts():
    told = RUN.invoke(app, ["separate", "--feed", "La=26,Ce=50.5,Pr=5,Nd=16.5,Sm=2", "--circuit", "mixed-oxide"])
    assert told.exit_code == 0, told.output
    assert "mixed" in told.stdout
    assert "p507" not in told.stdout
    assert "nan" not in told.stdout.lower()


@pytest.mark.parametrize(
    ("given", "kind", "named"),
    [
        (["--country", "XXX"], UnknownNameError, "XXX"),
        (["--country", ","], InputError, "ISO3"),
        (["--vs", "bayan-obo"], InputError, "ORE:CIRCUIT"),
        (["--feed", "mountain-pas"], UnknownNameError, "mountain-pass"),
        (["--feed", "La=50,Qq=50"], InputError, "Qq"),
        (["--feed", "La=50,Nd=20"], InputError, "sum of 0.7"),
        (["--circuit", "cn-p50"], UnknownNameError, "cn-p507"),
        (["--route", "sulfuric"], UnknownNameError, "sulfuric-roast"),
        (["--table", "t.txt"], InputError, "xlsx"),
        (["--show", "plants", "--table", "nowhere/t.csv"], InputError, "folder"),
    ],
)
def test_mistakes_name_what_was_wrong(given, kind, named):
    answer = RUN.invoke(app, ["separate", *given])
    assert isinstance(answer.exception, kind)
    assert named in str(answer.exception)
