"""A small world of five tables, in canonical form and without a fault, for tests to bend."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from ytterby.world import SHIPPED, World
from ytterby.world.format import format_world

SIGNED = [
    {"name": "source", "type": "string", "description": "Who says so.", "constraints": {"required": True}},
    {
        "name": "confidence",
        "type": "string",
        "description": "Grade.",
        "constraints": {"required": True, "enum": ["A", "B", "C", "D"]},
    },
    {"name": "note", "type": "string", "description": "Remark."},
]
TO_SOURCES = {"fields": "source", "reference": {"resource": "sources", "fields": "source"}}


def field(name: str, kind: str, unit: str = "", **constraints: object) -> dict[str, object]:
    made: dict[str, object] = {"name": name, "type": kind, "description": f"The {name}."}
    if unit:
        made["unit"] = unit
    if constraints:
        made["constraints"] = constraints
    return made


SCHEMAS = {
    "sites": {
        "description": "Sites.",
        "primaryKey": ["site"],
        "foreignKeys": [TO_SOURCES],
        "fields": [
            field("site", "string", required=True),
            field("name", "string", required=True),
            field("lat", "number", "degrees", minimum=-90, maximum=90),
            field("stage", "string", required=True, enum=["mine", "separation"]),
            field("capacity", "number", "t/year", minimum=0),
            field("capacity_low", "number", "t/year", minimum=0),
            field("capacity_high", "number", "t/year", minimum=0),
            field("cost", "number", "USD/t"),
            field("opened", "date"),
            field("crew", "integer", minimum=0),
            field("active", "boolean"),
            *SIGNED,
        ],
    },
    "shares": {
        "description": "Element shares of ores.",
        "primaryKey": ["ore", "element"],
        "foreignKeys": [TO_SOURCES],
        "sums": [{"field": "share_pct", "group": ["ore"], "total": 100, "tolerance": 0.5}],
        "fields": [
            field("ore", "string", required=True),
            field("element", "string", required=True),
            field("share_pct", "number", "%", minimum=0, maximum=100),
            *SIGNED,
        ],
    },
    "legs": {
        "description": "Legs.",
        "primaryKey": ["leg", "valid_from"],
        "foreignKeys": [
            TO_SOURCES,
            {"fields": "origin", "reference": {"resource": "sites", "fields": "site"}},
            {"fields": "destination", "reference": {"resource": "sites", "fields": "site"}},
        ],
        "fields": [
            field("leg", "string", required=True),
            field("origin", "string", required=True),
            field("destination", "string", required=True),
            field("usd_per_t", "number", "USD/t", minimum=0),
            field("valid_from", "date"),
            field("valid_to", "date"),
            *SIGNED,
        ],
    },
    "prices": {
        "description": "Prices.",
        "primaryKey": ["product", "year"],
        "foreignKeys": [TO_SOURCES],
        "fields": [
            field("product", "string", required=True),
            field("year", "integer", required=True),
            field("unit", "string"),
            field("value", "number"),
            field("low", "number"),
            field("high", "number"),
            *SIGNED,
        ],
    },
}

SITES = "site,name,lat,stage,capacity,capacity_low,capacity_high,cost,opened,crew,active"

TABLES = {
    "sources": """source,title,publisher,year,address,licence,confidence,note
assumption,Assumption,,,,,D,
gazette,Official gazette,State,2023,https://example.org/gazette,,A,
paper,A paper,Journal,2009,https://example.org/paper,,B,
""",
    "sites": SITES
    + """,source,confidence,note
alpha,Alpha,45.5,mine,1000,800,1300,10,2001-05-01,12,true,gazette,A,
beta,"Beta, old",-20,separation,500,,,20.25,,,false,paper,B,
gamma,Gamma,0,mine,,,,,1999-01-01,3,,assumption,D,Like beta.
""",
    "shares": """ore,element,share_pct,source,confidence,note
red,La,60,paper,B,
red,Nd,40,paper,B,
white,La,,paper,B,
white,Nd,99,paper,B,
""",
    "legs": """leg,origin,destination,usd_per_t,valid_from,valid_to,source,confidence,note
ab,alpha,beta,30,,2023-12-31,gazette,A,
ab,alpha,beta,40,2024-01-01,,gazette,A,
bg,beta,gamma,12.5,,,paper,B,
""",
    "prices": """product,year,unit,value,low,high,source,confidence,note
oxide,2023,USD/kg,80,70,95,paper,B,
oxide,2024,USD/kg,60,,,paper,B,
oxide,2025,USD/kg,,50,70,paper,B,
""",
    "cells": """table,key,field,source,confidence,low,high,distribution,derivation
sites,beta,cost,gazette,A,19,22,uniform,
""",
}


def build(root: Path) -> Path:
    (root / "schemas").mkdir(parents=True)
    (root / "tables").mkdir()
    for name in ("sources", "cells", "pedigree"):
        shutil.copy(SHIPPED / "world" / "schemas" / f"{name}.json", root / "schemas")
    pedigree = (SHIPPED / "world" / "tables" / "pedigree.csv").read_text(encoding="utf-8")
    (root / "tables" / "pedigree.csv").write_text(pedigree.replace("ecoinvent-dqg-2013", "gazette"), encoding="utf-8")
    for name, schema in SCHEMAS.items():
        (root / "schemas" / f"{name}.json").write_text(json.dumps(schema), encoding="utf-8")
    for name, text in TABLES.items():
        (root / "tables" / f"{name}.csv").write_text(text, encoding="utf-8", newline="")
    (root / "regimes").mkdir()
    (root / "regimes" / "rule.toml").write_text(
        'regime = "rule"\njurisdiction = "KAZ"\ntitle = "A rule"\ninstrument = "a law"\nsource = "gazette"\n'
        'confidence = "A"\n'
        'states = [{state = "in force", from = 2025-01-01, known_on = 2025-01-01, source = "gazette"}]\n'
        '[[clauses]]\nclause = "first"\nreference = "article 1"\nsummary = "All is allowed."\nkind = "measure"\n'
        'conditions = [{fact = "ship_from", in = ["KAZ"]}]\noutcomes = [{decision = "allowed", finding = "free"}]\n'
        'source = "gazette"\nconfidence = "A"\n'
        'states = [{state = "in force", from = 2025-01-01, known_on = 2025-01-01, source = "gazette"}]\n',
        encoding="utf-8",
    )
    heading = {"name": "small", "title": "A small world", "base_year": 2024}
    (root / "datapackage.json").write_text(json.dumps(heading), encoding="utf-8")
    format_world(root)
    return root


@pytest.fixture
def root(tmp_path: Path) -> Path:
    return build(tmp_path / "world")


@pytest.fixture
def world(root: Path) -> World:
    return World.load(root)
