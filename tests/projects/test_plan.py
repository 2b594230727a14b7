"""A plan of one's own: written as TOML and as a workbook, read back, every fault at once."""

from pathlib import Path

import openpyxl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ytterby import projects
from ytterby.projects.plan_book import workbook_template
from ytterby.world.errors import InputError


def filled(tmp_path: Path, changes: dict[tuple[str, str], object]) -> Path:
    """A workbook from the template with cells changed by (sheet, cell)."""
    path = projects.write_template(tmp_path / "plan.xlsx")
    book = openpyxl.load_workbook(path)
    for (sheet, cell), value in changes.items():
        book[sheet][cell] = value
    book.save(path)
    return path


def test_both_templates_are_the_same_plan(tmp_path: Path) -> None:
    toml, book = (projects.read_plan(projects.write_template(tmp_path / f"plan.{e}")) for e in ("toml", "xlsx"))
    assert toml == book
    assert set(toml[1]) == {"grade", "capex_usd", "price:ndpr-oxide"}


def test_the_workbook_is_the_same_bytes_every_time() -> None:
    assert workbook_template() == workbook_template()


def test_a_template_is_never_written_over_a_file(tmp_path: Path) -> None:
    path = projects.write_template(tmp_path / "plan.toml")
    with pytest.raises(InputError, match="a new name"):
        projects.write_template(path)
    with pytest.raises(InputError, match=r"ending in \.toml or \.xlsx"):
        projects.write_template(tmp_path / "plan.csv")


def test_every_fault_of_a_text_file_is_told_at_once(tmp_path: Path) -> None:
    text = projects.TEMPLATE
    for old, new in (
        ("recovery = 0.55", "recovery = 1.55"), ("low = 0.015", "low = -0.5"), ("life_y = 20", 'life_y = "long"'),
        ("dy-oxide = 257", "tb-oxide = 257"), ("tax = 0.2 ", "tacks = 0.2 "), ('timing = "mid"', 'timing = "noon"'),
        ("capex_usd = {", "capex = {"), ("ramp = [0.5, 0.8]", "ramp = [0.5, 8]"),
    ):  # fmt: skip
        assert old in text
        text = text.replace(old, new)
    path = tmp_path / "plan.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError) as caught:
        projects.read_plan(path)
    told = str(caught.value)
    for part in ("recovery", "grade", "life_y", "no price for dy-oxide", "tacks", "timing", "capex_usd", "ramp"):
        assert part in told
    assert len(caught.value.faults) == 9


def test_every_fault_of_a_workbook_names_its_row(tmp_path: Path) -> None:
    path = filled(
        tmp_path,
        {("plan", "B3"): "much", ("plan", "B4"): -0.01, ("plan", "A6"): "opex", ("products", "C3"): None,
         ("products", "B4"): 0.1, ("years", "B2"): 0.9},
    )  # fmt: skip
    with pytest.raises(InputError) as caught:
        projects.read_plan(path)
    told = str(caught.value)
    for part in (
        "row 3 (ore_t_per_y): found 'much'", "row 4 (grade)", "row 6 (opex)", "no price for dy-oxide",
        "row 4 (None)", "column build_shares",
    ):  # fmt: skip
        assert part in told, told


def test_more_ore_than_the_resource_and_a_missing_sheet(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="at most the resource"):
        projects.plan_from({**_minimal(), "resource_ore_t": 10.0})
    path = filled(tmp_path, {})
    book = openpyxl.load_workbook(path)
    del book["products"]
    book.save(path)
    with pytest.raises(InputError, match="sheet products"):
        projects.read_plan(path)
    broken = tmp_path / "broken.xlsx"
    broken.write_bytes(b"no workbook")
    with pytest.raises(InputError, match="cannot be read"):
        projects.read_plan(broken)


def _minimal() -> dict[str, object]:
    return {
        "name": "m", "ore_t_per_y": 100.0, "grade": 0.1, "recovery": 0.5, "opex_usd_per_kg_treo": 1.0,
        "capex_usd": 1e4, "life_y": 5, "products": {"ndpr-oxide": 0.2}, "prices_usd_per_kg": {"ndpr-oxide": 50.0},
    }  # fmt: skip


JUNK = st.one_of(
    st.none(), st.booleans(), st.integers(-5, 5), st.floats(), st.text(max_size=4),
    st.lists(st.one_of(st.floats(), st.text(max_size=2)), max_size=3),
    st.dictionaries(st.sampled_from(["low", "point", "high", "x"]), st.floats(), max_size=3),
)  # fmt: skip


@settings(max_examples=150, deadline=None)
@given(
    key=st.sampled_from([f.name for f in projects.plan_fields.FIELDS] + ["products", "prices_usd_per_kg"]), value=JUNK
)
def test_whatever_stands_in_a_field_is_a_plan_or_a_message(key: str, value: object) -> None:
    try:
        mine, _ = projects.plan_from({**_minimal(), key: value})
    except InputError:
        return
    assert projects.appraise(mine).capex_usd >= 0
