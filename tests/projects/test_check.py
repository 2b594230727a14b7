"""The claim checker: six published errors caught, ten sound statements passed."""

from pathlib import Path

import pytest

from ytterby.projects import Claim, Finding, check_claim, claim_from, limits_of, read_claims, read_sentence
from ytterby.world.errors import InputError
from ytterby.world.load import World

ERRORS = {
    "V1 Tanbreez PEA 2025, 85,000 t/y REO from 2,000 t/y fed": (
        Claim("Tanbreez", ore_t_per_y=0.5e6, grade_pct=0.40, product_t_per_y=85_000, product_form="oxide"),
        Finding.IMPOSSIBLE,
    ),
    "V2 Browns Range press 2025, 181,000 t TREO from a reserve of 45,800": (
        Claim("Browns Range", reserve_t=45_800, product_life_t=181_000, product_form="TREO", recovery_pct=84),
        Finding.IMPOSSIBLE,
    ),
    "V3 Nolans press 2021, IRR 1,402 %": (
        Claim("Nolans", irr_pct=1402, npv_m=34, capex_m=1050),
        Finding.IMPOSSIBLE,
    ),
    "V3 Nolans press 2022, NPV of A$48.52 bn": (
        Claim("Nolans", npv_m=48_520, capex_m=1586),
        Finding.IMPOSSIBLE,
    ),
    "V4 Bear Lodge table 22.9, opex labels swapped": (
        Claim("Bear Lodge", sensitivities={"opex": (264, 426, 587)}),
        Finding.IMPOSSIBLE,
    ),
    "V5 Tanbreez PEA 2025, IRR 180 %": (Claim("Tanbreez", irr_pct=180, npv_m=2800), Finding.IMPLAUSIBLE),
    "V5 Longonjo PFS 2019, IRR 101 %": (Claim("Longonjo", irr_pct=101), Finding.IMPLAUSIBLE),
    "V6 NioCorp press 2022, capital of USD 1.1 million": (
        Claim("Elk Creek", capex_m=1.1, ore_t_per_y=36.6e6 / 38),
        Finding.IMPLAUSIBLE,
    ),
}

SOUND = [
    Claim(
        "Bear Lodge PFS 2014",
        ore_t_per_y=0.2e6,
        grade_pct=4.7,
        recovery_pct=79,
        product_t_per_y=7732,
        capex_m=290,
        npv_m=330,
        irr_pct=28.6,
    ),
    Claim(
        "Bear Lodge PFS 2014, table 22.9 read right",
        sensitivities={"price": (117, 426, 735), "opex": (587, 426, 264)},
    ),
    Claim(
        "Yangibana DFS 2017",
        ore_t_per_y=1.0e6,
        grade_pct=1.12,
        product_t_per_y=8850,
        capex_m=257,
        npv_m=357,
        irr_pct=78,
    ),
    Claim("Nolans DFS 2019", product_t_per_y=13_343, ndpr_t_per_y=4357, capex_m=714, npv_m=518, irr_pct=17.4),
    Claim(
        "Caldeira PFS 2025",
        ore_t_per_y=6e6,
        grade_pct=0.4091,
        recovery_pct=55,
        product_t_per_y=13_584,
        capex_m=443,
        npv_m=821,
        irr_pct=39,
    ),
    Claim(
        "Kangankunde FS 2024",
        product_t_per_y=15_300,
        product_form="concentrate",
        treo_share_pct=55,
        capex_m=40,
        npv_m=555,
        irr_pct=80,
    ),
    Claim(
        "Nechalacho scoping 2025",
        ore_t_per_y=3.0e6,
        grade_pct=1.3,
        recovery_pct=45.1,
        product_t_per_y=56_000,
        product_form="concentrate",
        treo_share_pct=26.4,
        capex_m=291,
        npv_m=445,
        irr_pct=25.5,
    ),
    Claim(
        "Strange Lake PFS 2013",
        ore_t_per_y=1.44e6,
        product_t_per_y=13_650,
        grade_pct=1.44,
        capex_m=2495,
        npv_m=1748,
        irr_pct=22,
    ),
    Claim(
        "Songwe DFS 2022",
        product_t_per_y=10_825,
        product_form="carbonate",
        treo_share_pct=55,
        capex_m=277.4,
        npv_m=559,
        irr_pct=31.5,
        called="resource",
        resource_class="measured and indicated",
    ),
    Claim(
        "Mount Weld 2024",
        reserve_t=2_060_000,
        product_t_per_y=26_000,
        life_y=20,
        called="reserve",
        resource_class="proved and probable reserve",
    ),
]


@pytest.mark.parametrize("name", ERRORS)
def test_published_errors_are_caught(name: str) -> None:
    claim, expected = ERRORS[name]
    checked = check_claim(claim)
    assert checked.verdict is expected, checked.sentence
    assert checked.remarks[0].why


@pytest.mark.parametrize("claim", SOUND, ids=lambda c: c.name)
def test_sound_claims_pass(claim: Claim) -> None:
    checked = check_claim(claim)
    assert checked.tested
    assert checked.verdict is Finding.CONSISTENT, checked.sentence


def test_browns_range_read_as_concentrate_still_mines_outside_its_reserve() -> None:
    # 181,000 t at 25 % is 45,250 t of oxide; the reserve yields 38,470 at 84 % recovery.
    claim = Claim(
        "BR",
        reserve_t=45_800,
        product_life_t=181_000,
        product_form="concentrate",
        treo_share_pct=25,
        recovery_pct=84,
    )
    checked = check_claim(claim)
    assert checked.verdict is Finding.IMPLAUSIBLE
    assert "outside" in checked.sentence


def test_a_forecast_is_not_a_reserve() -> None:
    checked = check_claim(Claim("Zhana Kazakhstan", called="reserve", resource_class="forecast"))
    assert checked.verdict is Finding.IMPLAUSIBLE


def test_silence_is_not_consistency() -> None:
    assert "cannot tell" in check_claim(Claim("x")).sentence


def test_sentences_are_read_and_nonsense_is_refused() -> None:
    claim = read_sentence("0.5 Mt/y of ore at 0.40 % gives 85,000 t/y REO, capex of USD 290 million, IRR 180 %").claim
    assert (claim.ore_t_per_y, claim.grade_pct, claim.product_t_per_y, claim.capex_m, claim.irr_pct) == (
        5e5,
        0.40,
        85_000,
        290,
        180,
    )
    with pytest.raises(InputError, match="for example"):
        read_sentence("it is big")
    with pytest.raises(InputError, match="at least 0"):
        check_claim(Claim(grade_pct=-1))


SENTENCES = {
    "A deposit of 20 Mt at 700 g/t will give 20,000 t of NdPr oxide a year from 2027 for USD 110 million": (
        {"resource_mt": 20, "resource_grade_pct": 0.07, "ndpr_t_per_y": 20_000, "capex_m": 110},
        Finding.IMPOSSIBLE,
    ),
    "Throughput 1 Mt a year at 2 % TREO, recovery 60 %, product 20,000 t TREO a year, capex USD 110 M": (
        {"ore_t_per_y": 1e6, "grade_pct": 2, "recovery_pct": 60, "product_t_per_y": 20_000, "capex_m": 110},
        Finding.IMPLAUSIBLE,
    ),
    "56,000 t/y of concentrate at 26.4 % TREO from 3 Mt/y at 1.3 %": (
        {"ore_t_per_y": 3e6, "grade_pct": 1.3, "product_t_per_y": 56_000, "treo_share_pct": 26.4},
        Finding.CONSISTENT,
    ),
    "181,000 t of TREO over eleven years from a reserve of 45,800 t TREO": (
        {"product_life_t": 181_000, "reserve_t": 45_800},
        Finding.IMPOSSIBLE,
    ),
    "Reserve of 18 Mt at 3 % TREO, 26,000 t REO a year for 40 years, NPV8 of $1.2bn on capital of $500m": (
        {"reserve_t": 540_000, "product_t_per_y": 26_000, "life_y": 40, "npv_m": 1200, "capex_m": 500},
        Finding.IMPOSSIBLE,
    ),
    "85 ktpa of oxides from a 0.5 Mtpa mine grading 4000 ppm; 80 % recovery": (
        {"ore_t_per_y": 5e5, "grade_pct": 0.4, "product_t_per_y": 85_000, "recovery_pct": 80},
        Finding.IMPOSSIBLE,
    ),
    "basket price of 30 USD/kg and opex of USD 32 per kg, NPV of A$34 M": (
        {"price_usd_per_kg": 30, "opex_usd_per_kg": 32, "npv_m": 34},
        Finding.IMPOSSIBLE,
    ),
}


@pytest.mark.parametrize("text", SENTENCES)
def test_sentences_of_a_release_are_read_and_judged(text: str) -> None:
    reading = read_sentence(text)
    said, finding = SENTENCES[text]
    for name, value in said.items():
        assert getattr(reading.claim, name) == pytest.approx(value), name
    assert reading.unread == ()
    assert check_claim(reading.claim).verdict is finding


def test_what_no_word_explains_is_told_and_never_guessed() -> None:
    reading = read_sentence("Kazakhstan has found 20 Mt, IRR 25 %, NPV of USD 90 M at 8 %, payback 3 years")
    assert reading.claim == Claim(irr_pct=25, npv_m=90)
    assert reading.unread == ("20 Mt", "8 %", "3 years")


def test_published_claims_of_the_world_come_out_as_they_are_known() -> None:
    world = World.load()
    rows = world.table("published_claims").to_dict("records")
    assert sum(r["known"] == "error" for r in rows) >= 6
    assert sum(r["known"] == "sound" for r in rows) >= 10
    for row in rows:
        checked = check_claim(claim_from({str(k): v for k, v in row.items()}), limits_of(world))
        assert checked.tested, row["claim"]
        assert (checked.verdict is not Finding.CONSISTENT) == (row["known"] == "error"), checked.sentence


def test_a_file_of_claims_is_read_with_every_fault_at_once(tmp_path: Path) -> None:
    file = tmp_path / "claims.csv"
    file.write_text("name,ore_t_per_y,grade_pct,product_t_per_y\nA,1e6,1.0,5000\nB,1e6,,20000\n", encoding="utf-8")
    first, second = read_claims(file)
    assert (first.name, first.grade_pct, second.grade_pct) == ("A", 1.0, None)
    file.write_text("nam,grade_pct,driver\nA,rich,opex\nB,x,\n", encoding="utf-8")
    with pytest.raises(InputError) as caught:
        read_claims(file)
    told = str(caught.value)
    for part in ("column nam", "row 2: grade_pct", "row 2: driver", "row 3: grade_pct"):
        assert part in told
    with pytest.raises(InputError, match="cannot be read"):
        read_claims(tmp_path / "none.csv")


def test_limits_are_those_of_the_world() -> None:
    strict = {**limits_of(World.load())}
    claim = Claim("x", irr_pct=30.0)
    assert check_claim(claim, strict).verdict is Finding.CONSISTENT
    strict["irr-pct"] = strict["irr-pct"].__class__("rate", "%", 0, 20, float("nan"), float("nan"))
    assert check_claim(claim, strict).verdict is Finding.IMPLAUSIBLE
