"""Regimes, calendar, evidence and commands."""

import datetime
import itertools
import json
import re

import pytest
import typer
from typer.testing import CliRunner

from ytterby.rules import Item, Party, Rules, Shipment, regime_faults
from ytterby.rules.evidence import DISCLAIMER, write_excel, write_html
from ytterby.rules.law import read_regimes
from ytterby.rules.model import read_regime
from ytterby.rules.paths import decide_paths, standard_paths
from ytterby.rules.products import limit_of
from ytterby.rules.watch import calendar, compare
from ytterby.world.choices import choice
from ytterby.world.errors import InputError, UnknownNameError

D = datetime.date


def test_every_regime_names_known_sources_lists_and_countries(world):
    sources = set(world.table("sources")["source"])
    lists = set(world.table("controlled_items")["list"]) | set(world.table("parties")["list"])
    countries = set(world.table("countries")["iso3"]) | {"EUU"}
    regimes = read_regimes(world)
    for regime in regimes.values():
        assert regime.jurisdiction in countries
        for clause in regime.clauses:
            assert {clause.source, *(s.source for s in regime.states_of(clause))} <= sources
            outcomes = [c for o in regime.outcomes_of(clause) for c in o.conditions]
            stack = [*clause.conditions, *outcomes]
            while stack:
                condition = stack.pop()
                stack += [*condition.any_of, *condition.all_of]
                assert set(condition.in_list or ()) <= lists
                assert set(condition.controlled_by or ()) <= set(regimes)
                if condition.fact in ("ship_from", "ship_to", "origin", "step_country", "technology"):
                    named = {*(condition.in_ or ()), *(condition.not_in or ()), *(condition.contains or ())}
                    assert named <= countries


def test_fault_in_a_regime_is_named_with_its_place(world):
    document = dict(world.document("regimes", "my-raw-2024"))
    document["states"] = [{"state": "in farce", "from": D(2024, 1, 1), "known_on": D(2024, 1, 1), "source": "x"}]
    with pytest.raises(InputError, match=r"regimes/my-raw-2024.toml, states.0.state"):
        read_regime(document, "my-raw-2024")


def test_unknown_switch_option_and_regime_suggest_the_nearest(world):
    with pytest.raises(UnknownNameError, match="revived"):
        Rules(world, D(2026, 1, 1), {"cn70": "revive"})
    with pytest.raises(UnknownNameError, match="cn70"):
        Rules(world, D(2026, 1, 1), {"cn-70": "revived"})
    with pytest.raises(UnknownNameError, match="cn-61-2025"):
        Rules(world, D(2026, 1, 1), regimes={"cn-61": "in force"})


def test_calendar_holds_the_dates_of_the_2025_package(world):
    table = calendar(Rules(world, D(2026, 1, 1)), D(2025, 1, 1), D(2027, 12, 31))
    limb = table[table["clause"] == "cn-61-2025-l3"]
    assert list(limb["date"]) == [D(2025, 10, 9), D(2025, 11, 7), D(2026, 11, 11)]
    assert list(limb["after"]) == ["in force", "suspended", "unknown"]
    # Announcement 18 never stopped
    assert list(table[table["clause"] == "cn-18-2025-export"]["after"]) == ["in force"]


def test_content_limb_never_ran_before_11_november_2026(world):
    table = calendar(Rules(world, D(2026, 1, 1)), D(2025, 1, 1), D(2026, 11, 10))
    assert "in force" not in set(table[table["clause"].isin(["cn-61-2025-l1", "cn-61-2025-l2"])]["after"])


def test_two_days_differ_by_what_began_between_them(world):
    rules = Rules(world, D(2026, 12, 31))
    table = compare(rules, rules.at(D(2027, 1, 1)))
    assert {"us-dfars-7052-phase-1", "us-dfars-7052-phase-2"} <= set(table["clause"])


def test_evidence_pack_says_what_an_auditor_asks(world, tmp_path):
    rules = Rules(world, D(2026, 11, 12))
    shipment = Shipment(
        item=Item(form="magnet", base="NdFeB", elements=("Nd", "Dy"), name="=cmd|' /C calc'!A0"),
        value_share=0.05,
        origin_country="JPN",
        ship_from="JPN",
        ship_to="DEU",
        end_user=Party(name="unlisted"),
        user_kind="civil",
        end_use="civil",
        label="<script>alert(1)</script>",
    )
    tree = rules.explain(shipment)
    page = write_html(tmp_path / "pack.html", [(tree, shipment)], world).read_text(encoding="utf-8")
    assert "<script>alert" not in page
    for text in ("cn-61-2025-l1", world.hash[:16], "cn70=revived", DISCLAIMER, "technology"):
        assert text in page
    assert page.count(DISCLAIMER) == 1
    write_excel(tmp_path / "pack.xlsx", [(tree, shipment)], world)
    import openpyxl

    book = openpyxl.load_workbook(tmp_path / "pack.xlsx")
    assert {"Decision", "Clauses", "Switches", "Gaps"} <= set(book.sheetnames)
    assert all(cell.data_type != "f" for sheet in book for row in sheet.iter_rows() for cell in row)


def test_the_evidence_page_reads_in_order_and_by_keyboard(world, tmp_path):
    """One h1, no level left out, a main part, a visible focus, parts reached from the index; alone or several."""
    rules = Rules(world, D(2025, 12, 24))
    packs = []
    for label in ("first", "second"):
        shipment = Shipment(item=Item(form="magnet", base="NdFeB", elements=("Nd",)), ship_from="CHN", label=label)
        packs.append((rules.explain(shipment), shipment))
    for told in (packs[:1], packs):
        page = write_html(tmp_path / "pack.html", told, world).read_text(encoding="utf-8")
        levels = [int(level) for level in re.findall(r"<h([1-6])", page)]
        assert levels[0] == 1
        assert levels.count(1) == 1
        assert all(after <= before + 1 for before, after in itertools.pairwise(levels))
        assert page.count("<main>") == 1
        assert ":focus-visible" in page
        assert "<th>" not in page
        targets = re.findall(r"href='#(part-\d+)'", page)
        assert targets == (["part-1", "part-2"] if len(told) > 1 else [])
        assert all(f"id={target}>" in page for target in targets)


def test_kazakh_material_meets_a_licence_only_where_china_or_its_technology_is_in_the_path(world):
    rules = Rules(world, D(2026, 11, 24), {"cn70": "revived"})
    table = decide_paths(rules, standard_paths("KAZ", "CHN", ["EST", "USA"], "USA"), listed_share=0.05)
    civil = table[table["user"].eq("civil") & ~table["path"].str.endswith("us-dod")]
    strictest = civil.groupby("path")["decision"].agg(lambda d: "licence" if "licence" in set(d) else "allowed")
    assert strictest["CHN-all-civil"] == "licence"
    assert strictest["CHN-separated-civil"] == "licence"
    assert strictest["EST-CHN-technology-civil"] == "licence"
    assert strictest["EST-own-technology-civil"] == "allowed"


def test_origin_tags_name_what_a_market_must_carry(world):
    tags = Rules(world, D(2026, 11, 24)).origin_tags()
    assert {"china-part-1", "china-technology", "china-origin", "covered-melt", "covered-any-step"} <= set(tags["tag"])


@pytest.fixture(scope="module")
def cli():
    from ytterby.cli import bom, rules

    app = typer.Typer()
    app.add_typer(rules.app, name="rules")
    app.add_typer(bom.app, name="bom")
    return lambda *args: CliRunner().invoke(app, list(args))


def test_commands_print_json(cli, tmp_path):
    (tmp_path / "s.toml").write_text(
        'ship_from = "CHN"\nship_to = "DEU"\n[item]\nform = "oxide"\nelements = ["Dy"]\n[end_user]\nname = "unlisted"\n'
    )
    (tmp_path / "s.csv").write_text("commodity,ship_from,ship_to,end_user,end_use\ndy-oxide,CHN,DEU,unlisted,civil\n")
    tree = json.loads(cli("rules", "check", str(tmp_path / "s.toml"), "--on", "2025-06-01", "--json", "-q").stdout)
    assert tree[0]["decision"] == "licence"
    table = json.loads(cli("rules", "check", str(tmp_path / "s.csv"), "--on", "2025-06-01", "--json", "-q").stdout)
    assert table["shipments"][0]["decision"] == "licence"
    assert len(json.loads(cli("rules", "list", "--json").stdout)["regimes"]) >= 48
    assert json.loads(cli("rules", "show", "cn-61-2025", "--json").stdout)["regime"] == "cn-61-2025"
    assert json.loads(cli("rules", "diff", "2025-11-06", "2025-11-07", "--json").stdout)["clauses"]
    bom = str(tmp_path / "du.csv")
    assert cli("bom", "example", bom).exit_code == 0
    found = json.loads(
        cli("bom", "check", bom, "--from", "DEU", "--to", "USA", "--on", "2026-11-24", "--json", "-q").stdout
    )
    assert {p["decision"] for p in found["parts"]} == {"cannot tell", "allowed"}


def test_world_check_tells_every_fault_of_a_regime_file(world):
    document = {
        "regime": "xx-2026", "jurisdiction": "CHN", "title": "t", "instrument": "i", "source": "s", "confidence": "B",
        "states": [{"state": "in force", "from": D(2026, 1, 1), "known_on": D(2026, 1, 1), "source": "s"}],
        "clauses": [
            {
                "clause": "xx-1", "reference": "1", "summary": "s", "source": "s", "confidence": "B",
                "outcomes": [{"decision": "licence"}],
                "conditions": [
                    {"fact": "ship_form", "in": ["CHN"]},
                    {"fact": "ship_from", "contains": ["CHN"]},
                    {"any_of": [{"fact": "value_share", "numerator": "l"}, {"fact": "measure:nm"}]},
                    {"fact": "switch", "in": ["assembly"]},
                ],
            }
        ],
    }  # fmt: skip
    told = [str(fault) for fault in regime_faults("regimes/yy-2026.toml", document)]
    for text in ("'yy-2026'", "ship_form", "ship_from: found contains", "no origin", "no test", "switch:option"):
        assert any(text in fault for fault in told), text
    assert regime_faults("regimes/my-raw-2024.toml", world.document("regimes", "my-raw-2024")) == []


def test_what_the_market_takes_as_claimed_is_what_the_value_rule_lists(world):
    rules = Rules(world, D(2026, 1, 1))
    limit = limit_of(rules)
    assert set(choice(world, "claimed-elements").split("|")) == rules.items.elements_of(limit.numerator)
    assert choice(world, "claiming-country") in limit.origin
