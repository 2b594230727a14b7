"""A claim read from a sentence: every amount with its unit, sorted by the words beside it; what is left is told.

An amount is never guessed: where no word beside it says what it is, it is handed back as not read.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from ytterby.projects.claim import Claim
from ytterby.world.errors import Fault, InputError

AMOUNT = re.compile(
    r"""(?P<currency>USD|US\$|A\$|AU\$|C\$|AUD|CAD|EUR|\$|€)?\s*
    (?<![\w.,])(?P<number>\d+(?:,\d{3})*(?:\.\d+)?)\s*
    (?P<scale>thousand\ million|billion|bn\b|million|mn\b|thousand)?\s*
    (?P<unit>Gtpa|Mtpa|ktpa|tpa|Gt|Mt|kt|g/t|kg/t|ppm|%|percent|per\ cent|tonnes?|tons?|t\b|M\b|m\b|k\b
        |years?\b|yrs?\b|y\b)?\s*
    (?P<after_currency>USD|AUD|EUR|US\ dollars?|dollars?)?\s*
    (?P<rate>(?:of\s+)?(?:ore|feed|rock|concentrate|carbonate|(?:NdPr|rare[- ]earth)?\s*(?:T?REO|oxides?)|NdPr)?\s*
        (?:/\s*(?:yr?|a)\b|an?\ year|per\ year|per\ annum|p\.?a\.?\b|yearly|/\s*kg\b|per\ kg\b|per\ kilogram))?""",
    re.IGNORECASE | re.VERBOSE,
)
SCALES = {"thousand": 1e3, "million": 1e6, "mn": 1e6, "billion": 1e9, "bn": 1e9, "thousand million": 1e9}
TONNES = {"gt": 1e9, "mt": 1e6, "kt": 1e3, "t": 1.0}
PERCENT = {"%": 1.0, "percent": 1.0, "per cent": 1.0, "ppm": 1e-4, "g/t": 1e-4, "kg/t": 0.1}
MONEY = {"m": 1e6, "k": 1e3}

ORE = r"\bfrom\b|\bore\b|\bfeed\b|\brock\b|throughput|\bmill|\bmin(?:e|es|ed|ing)\b(?! life)|process"
OXIDE = r"T?REO\b|\boxides?\b|rare[- ]earths?\b"
WORDS: Mapping[str, Sequence[tuple[str, str]]] = {
    "rate": (
        ("ndpr_t_per_y", r"Nd-?Pr\b|neodymium|magnet rare"),
        ("ore_t_per_y", ORE),
        ("concentrate", r"concentrates?\b"),
        ("carbonate", r"carbonates?\b"),
        ("product_t_per_y", OXIDE + r"|product\b|output"),
    ),
    "mass": (
        ("product_life_t", r"over (?:the|its|a|\d+|\w+)[\w ]{0,16}(?:life|years)|life[- ]of[- ]mine"),
        ("reserve_t", r"reserves?\b"),
        ("resource_mt", r"resources?\b|deposit|\bfind\b|forecast|projected|inferred|indicated|prognostic"),
    ),
    "percent": (
        ("recovery_pct", r"recover(?:y|ies|ed)|yield"),
        ("irr_pct", r"\bIRR\b|internal rate"),
        ("", r"discount|NPV\b|\btax\b|royalty|ownership|stake"),
        ("treo_share_pct", r"concentrates?\b|carbonates?\b"),
        ("grade_pct", r"(?:\bat|@)(?: about| some)?\s*$|grade|grading|T?REO\b"),
    ),
    "money": (
        ("npv_m", r"\bNPV\d*\b|net present value"),
        ("capex_m", r"capex|capital|invest\w*|build|construct\w*|\bcosts?\b|\bfor\b"),
    ),
    "money per kg": (
        ("price_usd_per_kg", r"pric\w+|basket|\bsells?\b"),
        ("opex_usd_per_kg", r"opex|operating|\bcosts?\b"),
    ),
    "years": (("", r"payback|\bin\b|within"), ("life_y", r"\blife\b|\bover\b|\bfor\b")),
}  # fmt: skip
"""Kind of amount -> what it may be, by the words beside it; the nearest word decides."""
REACH = 40
"""Characters on each side in which a word counts."""


@dataclass(frozen=True)
class Reading:
    """A claim as it was read, and the amounts that no word explains."""

    claim: Claim
    read: Mapping[str, str]
    """Field of the claim -> the words it was read from."""
    unread: tuple[str, ...]


@dataclass(frozen=True)
class Amount:
    """A number with its unit and the words before and after it."""

    kind: str
    value: float
    text: str
    before: str
    after: str


def amounts(text: str) -> Iterator[Amount]:
    """Yield every amount that has a unit, in the order of the sentence; a bare number (a year, a count) is none."""
    found = [m for m in AMOUNT.finditer(text) if _measure(m) is not None]
    for place, match in enumerate(found):
        kind, value = _measure(match) or ("", 0.0)
        start = found[place - 1].end() if place else 0
        stop = found[place + 1].start() if place + 1 < len(found) else len(text)
        tail = match.group("rate") or ""
        yield Amount(
            kind,
            value,
            match.group().strip(" ,"),
            text[max(start, match.start() - REACH) : match.start()],
            f"{tail} {_clause(text[match.end() : min(stop, match.end() + REACH)])}",
        )


def _clause(text: str) -> str:
    """Words up to the next break of the sentence: what comes after it belongs to the next amount."""
    return re.split(r"[,;]|\.\s|\bat\b|\bfrom\b|\bwith\b|\band\b|\bfor\b(?! \d)", text, maxsplit=1)[0]


def _measure(match: re.Match[str]) -> tuple[str, float] | None:
    """Kind and value in the units of a claim (t, %, M of money, USD/kg, years); None for a bare number."""
    number = float(match.group("number").replace(",", ""))
    scale = SCALES.get((match.group("scale") or "").lower(), 1.0)
    unit = (match.group("unit") or "").lower()
    tail = (match.group("rate") or "").lower()
    money = match.group("currency") or match.group("after_currency")
    if "kg" in tail or "kilogram" in tail:
        return ("money per kg", number * scale) if money else None
    if unit in PERCENT:
        return "percent", number * PERCENT[unit]
    if money or (unit == "m" and not tail) or (scale >= 1e6 and not unit and not tail):
        return "money", number * scale * MONEY.get(unit, 1.0) / 1e6
    mass = unit.removesuffix("pa")
    mass = "t" if mass.startswith("ton") else mass
    if mass in TONNES:
        yearly = unit.endswith("pa") or bool(tail)
        return ("rate" if yearly else "mass"), number * scale * TONNES[mass]
    if unit[:1] == "y":
        return "years", number * scale
    return None


def _meaning(amount: Amount) -> str | None:
    """What the nearest word says the amount is: a field, "" for what is not tested, None where no word says."""
    near: list[tuple[int, int, str]] = []
    for order, (name, pattern) in enumerate(WORDS[amount.kind]):
        after = re.search(pattern, amount.after, re.IGNORECASE)
        if after:
            near.append((after.start(), order, name))
        before = list(re.finditer(pattern, amount.before, re.IGNORECASE))
        if before:
            near.append((len(amount.before) - before[-1].end(), order, name))
    return min(near)[2] if near else None


def read_sentence(text: str, name: str = "") -> Reading:
    """Read tonnages, grades, recovery, capital, value, return, life, and the words reserve, resource, forecast.

    Raises InputError where nothing is understood.

    >>> read_sentence("0.5 Mt/y of ore at 0.40 % gives 85,000 t/y REO").claim.product_t_per_y
    85000.0
    >>> read_sentence("a find of 20 Mt, worked by 300 people").unread
    ()
    """
    said: dict[str, object] = {}
    read: dict[str, str] = {}
    unread: list[str] = []
    last_mass = last_kind = ""
    for amount in amounts(text):
        meaning = _meaning(amount)
        if meaning == "grade_pct" and last_kind == "money":
            meaning = None  # a value "at 8 %" is discounted
        last_kind = amount.kind
        form = None
        if meaning in ("concentrate", "carbonate"):
            meaning, form = "product_t_per_y", meaning
        if meaning is None and amount.kind == "rate" and amount.value >= 1e6:
            meaning = "ore_t_per_y"
        if meaning == "grade_pct" and last_mass == "product_t_per_y" and said.get("product_form"):
            meaning = "treo_share_pct"
        if meaning == "grade_pct" and last_mass in ("resource_mt", "reserve_t"):
            meaning = "resource_grade_pct"
        last_mass = meaning or last_mass if amount.kind in ("rate", "mass") else last_mass
        if not meaning or meaning in said:
            unread.append(amount.text)
            continue
        said[meaning] = amount.value / 1e6 if meaning == "resource_mt" else amount.value
        read[meaning] = f"{amount.before.split(',')[-1].strip()} {amount.text}".strip()
        if form:
            said["product_form"] = form
    said |= _called(text)
    _reserve_as_ore(said, read)
    if not read and "resource_class" not in said:
        example = 'for example "0.5 Mt/y of ore at 0.40 % gives 85,000 t/y REO, capex 290 M, IRR 180 %"'
        raise InputError("nothing in the claim was understood", [Fault("text", text[:80], example)])
    return Reading(Claim(name=name, **said), read, tuple(unread))  # type: ignore[arg-type]


def _called(text: str) -> dict[str, object]:
    """Whether it is called a reserve, and what weaker word stands beside."""
    words = [w for w in ("forecast", "projected", "inferred", "resource") if re.search(w, text, re.IGNORECASE)]
    called = re.search(r"reserves?\b", text, re.IGNORECASE) is not None
    said: dict[str, object] = {"called": "reserve"} if called else {}
    if called and words:
        said["resource_class"] = {"projected": "forecast"}.get(words[0], words[0])
    return said


def _reserve_as_ore(said: dict[str, object], read: dict[str, str]) -> None:
    """A reserve with a grade is ore: its content is what counts. A grade told once is that of the feed too."""
    grade = said.get("resource_grade_pct")
    if grade is None:
        return
    if "reserve_t" in said:
        said["reserve_t"] = float(str(said["reserve_t"])) * float(str(grade)) / 100.0
    if "grade_pct" not in said:
        said["grade_pct"] = grade
        read["grade_pct"] = read["resource_grade_pct"]
