"""A circuit of one's own: feed and cuts in, stages, products, acid, start-up and files out."""

from __future__ import annotations

import doctest
import json

import numpy as np
import pandas as pd
import pytest
from typer.testing import CliRunner

from ytterby import separation
from ytterby.separation import tree
from ytterby.world.errors import InputError, SolveError, UnknownNameError

FEED = {"La": 0.26, "Ce": 0.50, "Pr": 0.05, "Nd": 0.17, "Sm": 0.01, "Gd": 0.01}
CUTS = ["Nd|Sm", "Ce|Pr", "La|Ce", "Pr|Nd"]


@pytest.fixture(scope="module")
def circuit():
    return separation.design(FEED, CUTS)


def test_every_product_has_the_purity_asked_for(circuit):
    products = circuit.simulate().products().set_index("product")
    assert set(products.index) == {"la-oxide", "ce-oxide", "pr-oxide", "nd-oxide", "sm-to-gd"}
    assert (products["purity"] >= 0.999).all()
    assert (products["recovery"] > 0.97).all()


def test_purity_of_cuts_alone_leaves_small_products_short(circuit):
    loose = separation.design(FEED, CUTS, hold="cuts")
    products = loose.simulate().products().set_index("product")
    assert products.loc["pr-oxide", "purity"] < 0.999
    assert products.loc["pr-oxide", "impurity"] in {"Ce", "Nd"}
    assert loose.stage_table()["real_stages"].sum() < circuit.stage_table()["real_stages"].sum()
    assert np.allclose(loose.stage_table()["S"], circuit.stage_table()["S"])


def test_elements_balance_over_the_circuit(circuit):
    simulated = circuit.simulate()
    assert simulated.imbalance < 1e-9
    streams = simulated.streams().set_index("stream")
    ends = ["nd-sm.extract", "la-ce.raffinate", "la-ce.extract", "pr-nd.raffinate", "pr-nd.extract"]
    assert streams.loc[ends, "total"].sum() == pytest.approx(1, abs=1e-9)
    for cut, state in simulated.states.items():
        assert state.residual < 1e-9, cut


def test_service_stages_are_counted(circuit):
    table = circuit.stage_table()
    service = table[["strip_stages", "wash_stages", "saponification_stages"]].sum(axis=1)
    theoretical = table["extraction_stages"] + table["scrub_stages"]
    assert (service > 0).all()
    assert (table["real_stages"] >= theoretical + service).all()


def test_acid_never_falls_when_s_rises():
    acid = [separation.design(FEED, CUTS, margin=m, simulate=False).inventory().hcl.net for m in (1.1, 1.25, 1.5, 2.0)]
    assert acid == sorted(acid)


def test_linking_never_raises_acid():
    apart, linked = (separation.design(FEED, CUTS, linked=on, simulate=False).inventory().hcl.net for on in (0, 1))
    assert linked <= apart


def test_the_picture_shows_both_phases_of_the_longest_cut(circuit):
    assert circuit.plot().name == "profile-pr-nd"
    assert "svg" in circuit.plot("la-ce").svg(340)


def test_controlled_start_up_is_far_quicker_than_constant_draws(circuit):
    constant, controlled = circuit.start_up("ce-pr", controlled=False), circuit.start_up("ce-pr")
    assert controlled.days < 0.2 * constant.days
    assert controlled.locked_up_days < controlled.days
    last = controlled.table().iloc[-1]
    assert last["raffinate_impurity"] == pytest.approx(controlled.final[0], rel=1e-3)
    assert last["organic_impurity"] == pytest.approx(controlled.final[1], rel=1e-3)
    after = circuit.start_up("ce-pr", total_reflux_days=2.0)
    assert after.run.raffinate_impurity[0] < 0.1 * controlled.run.raffinate_impurity[0]
    with pytest.raises(UnknownNameError):
        circuit.start_up("nope")


def test_tables_go_to_csv_and_excel(circuit, tmp_path):
    names = [p.name for p in circuit.write(tmp_path / "a.csv", "ce-pr")]
    assert names == ["a-stages.csv", "a-streams.csv", "a-products.csv", "a-profile.csv"]
    assert len(pd.read_csv(tmp_path / "a-stages.csv")) == 4
    [book] = circuit.write(tmp_path / "a.xlsx")
    assert set(pd.read_excel(book, sheet_name=None)) == {"stages", "streams", "products", "profile"}
    with pytest.raises(InputError, match=r"ends in \.xlsx or \.csv"):
        circuit.write(tmp_path / "a.pdf")


@pytest.mark.parametrize(
    ("feed", "cuts", "options", "words"),
    [
        ({"La": 0.5, "Ce": 0.6}, ["La|Ce"], {}, "own-feed: shares: found a sum of 1.1"),
        ({"La": -0.1, "Ce": 1.1}, ["La|Ce"], {}, "own-feed: share of La"),
        ({"La": 0.5, "Ce": 0.5}, ["La|Ce", "Ce|Pr"], {}, r"'Ce\|Pr'.*no stream holds elements on both sides"),
        ({"La": 0.5, "Ce": 0.5}, ["Ce|La"], {}, r"expected La\|Ce on p507"),
        ({"La": 0.5, "Ce": 0.5}, ["La-Ce"], {}, "two elements such as"),
        ({"La": 0.5, "Ce": 0.5}, [], {}, "at least one"),
        ({"La": 0.5, "Ce": 0.5}, ["La|Ce"], {"margin": 0.95}, "no such split exists at any number of stages"),
        ({"La": 0.5, "Ce": 0.5}, ["La|Ce"], {"purity": 1.2}, "la-ce: purity"),
    ],
)
def test_bad_input_says_where_and_what_would_do(feed, cuts, options, words):
    with pytest.raises((InputError, SolveError), match=words):
        separation.design(feed, cuts, **options)


def test_examples_in_docstrings_run():
    assert doctest.testmod(tree).failed == 0


def test_command_designs_a_feed_from_a_file(tmp_path):
    from ytterby.cli.separation import app

    file = tmp_path / "feed.csv"
    file.write_text("element,share\nLa,0.3\nCe,0.55\nPr,0.04\nNd,0.11\n", encoding="utf-8")
    asked = ["circuit", "--feed", str(file), "--cuts", "Ce|Pr,La|Ce", "--purity", "0.9995", "--start-up", "--json"]
    picture = tmp_path / "start.svg"
    shown = CliRunner().invoke(app, [*asked, "--start-picture", str(picture)])
    assert shown.exit_code == 0
    data = json.loads(shown.stdout)
    assert all(p["purity"] >= 0.9995 for p in data["products"])
    assert {s["cut"] for s in data["start_up"]} == {"ce-pr", "la-ce"}
    assert data["reagents"]["hcl"] > 0
    assert picture.read_text(encoding="utf-8").startswith("<svg")
    table = CliRunner().invoke(app, ["circuit", "--feed", "La=0.4,Ce=0.6", "--cuts", "La|Ce"])
    assert "99.9" in table.stdout


@pytest.mark.parametrize(
    ("text", "words"),
    [("element,part\nLa,1\n", "columns element and share"), ("element,share\nLa,x\n", "row 2, column share")],
)
def test_command_says_what_is_wrong_with_a_feed_file(tmp_path, text, words):
    from ytterby.cli.circuit import _feed

    file = tmp_path / "feed.csv"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=words):
        _feed(str(file))


def test_a_cut_with_an_extractant_of_its_own_is_designed_in_its_order(separation):
    built = separation.design("clay-longnan", "cn-full-naphthenic")
    products = built.simulate().products().set_index("product")
    assert built.cuts["y-rest"].elements[0] == "Y"
    assert products.loc["y-oxide", "purity"] >= 0.999
    assert built.simulate().imbalance < 1e-9


def test_cascades_of_three_outlets_are_not_designed_and_say_so():
    from ytterby.separation import Circuit, Cut, design

    cuts = (
        Cut("apart", "feed", ("La", "Pr")),
        Cut("main", "apart.raffinate", ("La", "Ce"), second_feed="apart.extract", upper_split=("Ce", "Pr")),
    )
    tree = Circuit("x", "x", cuts, {}, "chemical-concentrate")
    with pytest.raises(InputError, match="cut main: found a cascade of three outlets"):
        design({"La": 0.3, "Ce": 0.5, "Pr": 0.2}, tree)
