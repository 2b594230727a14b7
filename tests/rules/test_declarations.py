"""Material declarations in XML: what is read, what stays unknown, what is refused."""

import datetime
import zipfile

import openpyxl
import pytest

from ytterby.rules import Rules
from ytterby.rules.bom import check, read_bom, trace
from ytterby.rules.value import price_deck, value_limits
from ytterby.world.errors import InputError


@pytest.fixture(scope="module")
def rules(world):
    return Rules(world, datetime.date(2026, 11, 12), {"cn70": "revived"})


@pytest.fixture(scope="module")
def deck(world):
    return price_deck(world, "china", 2025)


def material(*substances, mass="10", uom="g"):
    inner = "".join(substances)
    return (
        f'<HomogeneousMaterial name="NdFeB magnet" materialGroupName="Other"><Amount value="{mass}" UOM="{uom}"/>'
        '<SubstanceCategoryList><SubstanceCategoryListID identity="JIG101-3" authority="JIG"/>'
        f'<SubstanceCategory name="Supplier">{inner}</SubstanceCategory></SubstanceCategoryList></HomogeneousMaterial>'
    )


def substance(cas, inner, name="x"):
    return f'<Substance name="{name}"><SubstanceID identity="{cas}" authority="CAS"/>{inner}</Substance>'


def class_d(materials, namespace="http://webstds.ipc.org/175x/2.0", product="MOTOR-1"):
    # structure of IPC-1752A, amendment 3, class D: MainDeclaration, Product, SubProduct, HomogeneousMaterial, Substance
    return (
        f'<?xml version="1.0"?><MainDeclaration xmlns="{namespace}" version="2.0"><Product unitType="Each">'
        f'<ProductID itemName="motor" itemNumber="{product}" version="A"><Amount value="500" UOM="g"/></ProductID>'
        '<SubProduct numberOfInstances="8"><ProductID itemName="magnet" itemNumber="MAG-7"/><MaterialInfo>'
        f"<HomogeneousMaterialList>{materials}</HomogeneousMaterialList></MaterialInfo></SubProduct></Product>"
        "</MainDeclaration>"
    )


FULL = material(
    substance("7440-00-8", '<Concentration value="24"/>'),
    substance("7429-91-6", '<Amount value="400" UOM="mg"/>'),
    substance("1308-87-8", '<Amount value="10000" UOM="ppm"/>'),
    substance("7439-89-6", '<Amount value="71" UOM="massPercent"/>'),
)


@pytest.mark.parametrize("namespace", ["http://webstds.ipc.org/175x/2.0", "https://webstds.ipc.org/175x/1752B/1752B"])
def test_ipc_1752_class_d_is_read_by_mass_percent_and_ppm(world, rules, deck, tmp_path, namespace):
    (tmp_path / "m.xml").write_text(class_d(FULL, namespace))
    bom = read_bom(tmp_path / "m.xml", world)
    found = trace(bom, deck, value_limits(rules.regimes), rules.items)
    parts = list(bom.parts["part"])
    motor = parts.index("MOTOR-1")
    assert found.held("Nd")[motor] == pytest.approx(8 * 0.0024)
    # 0.4 g of metal, and 1 % of 10 g as oxide: 0.1 g Dy2O3 hold 0.0871 g Dy
    assert found.held("Dy")[motor] == pytest.approx(8 * (0.0004 + 0.0001 * 0.8713), rel=1e-3)
    assert found.mass[motor] == pytest.approx(0.5)
    assert found.gaps[motor] == 0
    assert bom.parts["form"][parts.index("MAG-7: NdFeB magnet")] == "magnet"


def test_rest_that_is_not_named_and_rare_earths_without_amount_stay_unknown(world, rules, deck, tmp_path):
    unnamed = material(substance("7440-00-8", '<Concentration value="24"/>'))
    by_name = material(
        substance("7439-89-6", '<Concentration value="99"/>'),
        substance("", '<Concentration value="1"/>', "Dysprosium fluoride"),
    )
    for case in (unnamed, by_name):
        (tmp_path / "m.xml").write_text(class_d(case))
        found = trace(read_bom(tmp_path / "m.xml", world), deck, value_limits(rules.regimes), rules.items)
        assert found.gaps[list(found.bom.parts["part"]).index("MOTOR-1")] == 8


def test_class_c_declaration_says_nothing_of_what_is_not_on_its_list(world, rules, deck, tmp_path):
    # product level: substances of a list of restricted ones only; silence about dysprosium is no "none"
    (tmp_path / "c.xml").write_text(
        '<MainDeclaration xmlns="http://webstds.ipc.org/175x/2.0"><Product unitType="Each">'
        '<ProductID itemName="motor" itemNumber="M"/><MaterialInfo><SubstanceCategoryList>'
        '<SubstanceCategory name="Lead/Lead Compounds" reportableApplication="All">'
        '<Threshold overThreshold="false" threshold="0.1 mass%"/></SubstanceCategory>'
        "</SubstanceCategoryList></MaterialInfo></Product></MainDeclaration>"
    )
    bom = read_bom(tmp_path / "c.xml", world)
    found = check(rules, bom, deck, ship_from="DEU", ship_to="USA").parts.iloc[0]
    assert found["decision"] == "cannot tell"


def test_same_part_number_twice_is_kept_apart(world, tmp_path):
    twice = class_d(FULL).replace(
        "</SubProduct>", "</SubProduct>" + class_d(FULL).split("</ProductID>", 1)[1].split("</Product>")[0]
    )
    (tmp_path / "m.xml").write_text(twice)
    assert {"MAG-7", "MAG-7 (2)"} <= set(read_bom(tmp_path / "m.xml", world).parts["part"])


IEC = """<?xml version="1.0" encoding="utf-8"?>
<Main xmlns="http://std.iec.ch/iec62474"><Product unitType="each">
<ProductID name="servo motor" identifier="100-056" version="1"><Mass mass="2400" unitOfMeasure="g"/></ProductID>
<Composition><ProductPart name="magnet" numberOfUnits="8"><Material name="NdFeB"><Mass mass="10" unitOfMeasure="g"/>
<Substance name="Neodymium" casNumber="7440-00-8"><Mass mass="2.5" unitOfMeasure="g"/></Substance>
<Substance name="Dysprosium" casNumber="7429-91-6"><Mass mass="400" unitOfMeasure="mg"/></Substance>
<Substance name="Iron" casNumber="7439-89-6"><Mass mass="7.1" unitOfMeasure="g"/></Substance></Material></ProductPart>
</Composition></Product></Main>"""


def test_iec_62474_with_masses_as_elements_is_read(world, rules, deck, tmp_path):
    (tmp_path / "m.xml").write_text(IEC)
    found = trace(read_bom(tmp_path / "m.xml", world), deck, value_limits(rules.regimes), rules.items)
    motor = list(found.bom.parts["part"]).index("100-056")
    assert (found.held("Nd")[motor], found.held("Dy")[motor]) == pytest.approx((0.020, 0.0032))
    assert found.mass[motor] == pytest.approx(2.4)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (('UOM="mg"', 'UOM="stone"'), "unknown unit"),
        (('value="400"', 'value="-1"'), "zero or more"),
        (('value="400"', 'value="much"'), "no number"),
        (('value="400"', 'value="inf"'), "zero or more"),
        (("</SubProduct>", ""), "not well-formed"),
        (('<?xml version="1.0"?>', '<?xml version="1.0" encoding="EBCDIC-9"?>'), "not well-formed"),
    ],
)
def test_bad_declaration_is_refused_with_its_line(world, tmp_path, change, says):
    (tmp_path / "m.xml").write_text(class_d(FULL).replace(*change))
    with pytest.raises(InputError, match=says) as error:
        read_bom(tmp_path / "m.xml", world)
    assert "line" in error.value.faults[0].where


def test_entities_in_a_workbook_are_refused(world, tmp_path):
    book = openpyxl.Workbook()
    book.active.append(["parent", "part", "quantity"])
    book.active.append(["", "a", 1])
    book.save(tmp_path / "clean.xlsx")
    bomb = '<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    with zipfile.ZipFile(tmp_path / "clean.xlsx") as clean, zipfile.ZipFile(tmp_path / "bom.xlsx", "w") as bad:
        for entry in clean.infolist():
            text = clean.read(entry).decode()
            if entry.filename == "xl/worksheets/sheet1.xml":
                at = text.index("<worksheet")
                text = text[:at] + bomb + text[at:]
            bad.writestr(entry, text)
    with pytest.raises(InputError, match="entities"):
        read_bom(tmp_path / "bom.xlsx", world)


def test_prices_and_origins_that_a_declaration_lacks_are_added_by_part_number(world, rules, deck, tmp_path):
    (tmp_path / "m.xml").write_text(class_d(FULL))
    (tmp_path / "prices.csv").write_text(
        "part,value,currency,origin,technology,listed_origin,evidence\n"
        "MOTOR-1,120,EUR,DEU,,,quote 7\nMAG-7: NdFeB magnet,4,USD,JPN,JPN,CHN,certificate 12\n"
    )
    bom = read_bom(tmp_path / "m.xml", world, [tmp_path / "prices.csv"])
    found = check(rules, bom, deck, ship_from="DEU", ship_to="USA")
    assert list(found.parts["decision"]) == ["licence"]
    assert set(found.contents(0)["evidence"]) == {"certificate 12"}


@pytest.mark.parametrize(
    ("table", "says"),
    [
        ("part,value\nMOTOR-2,1\n", "a part of the bill"),
        ("part,value\nMOTOR-1,1\nMOTOR-1,2\n", "each part once"),
        ("part,parent\nMOTOR-1,x\n", "describe parts"),
        ("value\n1\n", "no column part"),
        ("part,name\nMOTOR-1,pump\n", "as in the bill: 'motor'"),
    ],
)
def test_table_that_does_not_fit_the_bill_is_refused_with_its_place(world, tmp_path, table, says):
    (tmp_path / "m.xml").write_text(class_d(FULL))
    (tmp_path / "t.csv").write_text(table)
    with pytest.raises(InputError, match=says):
        read_bom(tmp_path / "m.xml", world, [tmp_path / "t.csv"])
