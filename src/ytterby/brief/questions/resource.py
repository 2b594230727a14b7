"""What the headline number of a deposit is worth."""

from __future__ import annotations

from pydantic import Field

from ytterby.brief.answer import Answer, Number, Table
from ytterby.brief.context import Context
from ytterby.brief.names import CapitalClaim, Deposit, Place
from ytterby.brief.question import Question
from ytterby.brief.words import cell, exact, lower, text
from ytterby.projects import basket_usd_per_kg, headline, observed_deck

MEGA, GIGA, KILO = 1e6, 1e9, 1e3
BOOKED = ("reserve", "resource")
"""Kinds of figure that a reporting code knows."""


class Resource(Question):
    """What a deposit's headline number is worth: class, rock, contents, years of demand, worth of its rock."""

    deposit: Deposit
    claimed_mt: float = Field(gt=0.0)
    """What is claimed, Mt."""
    named_claim: CapitalClaim
    """The claim, in kt, for the prospects that have names."""
    priced_at: Place
    """Place whose oxide prices value the rock."""

    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers."""
        return (
            "reserve_mt",
            "classified_mt",
            "claimed_mt",
            "rock_gt",
            "metal_if_ore_t",
            "named_kt",
            "years_ndpr",
            "usd_per_t_rock",
        )

    def answer(self, context: Context) -> Answer:
        """Compute the answer."""
        found = headline(context.world, self.deposit, context.year)
        classified = found.treo_t if found.kind in BOOKED else 0.0
        deck = observed_deck(context.world, self.priced_at, context.year)
        baskets = [basket_usd_per_kg(context.world, (ore,), deck) for ore in found.ores]
        basket = basket_usd_per_kg(context.world, found.ores, deck)
        deposits = context.world.table("deposits").set_index("deposit")
        grade = cell(deposits, found.deposit, "resource_treo_pct") / 100.0
        named = context.world.table("capital_claims").set_index("claim")
        years = found.years_of_demand.set_index("element")
        said = f"{self.claimed_mt:g} Mt"
        numbers = {
            "reserve_mt": exact("Booked as a reserve", found.reserve_t / MEGA, "Mt TREO"),
            "classified_mt": exact("Booked in any resource class of a reporting code", classified / MEGA, "Mt TREO"),
            "claimed_mt": exact("Claimed", self.claimed_mt, "Mt TREO"),
            "rock_gt": exact(f"Rock to be dug if {said} is metal", found.rock_t / GIGA, "Gt"),
            "metal_if_ore_t": exact(f"Rare earths in it if {said} is ore", found.metal_if_ore_t, "t"),
            "named_kt": exact("Announced for the named prospects", cell(named, self.named_claim, "value"), "kt"),
            "years_ndpr": Number(
                "NdPr in it over a year's world demand",
                cell(years, "NdPr", "years"),
                "years",
                cell(years, "NdPr", "low"),
                cell(years, "NdPr", "high"),
                f"from {said} of ore to {said} of metal, and over analogue ores",
            ),
            "usd_per_t_rock": Number(
                "Worth of the rare earths in a tonne of rock",
                grade * KILO * basket,
                "USD/t",
                grade * KILO * min(baskets),
                grade * KILO * max(baskets),
                f"analogue ores, oxide prices in {context.place_name(self.priced_at)} of {context.year}, nothing lost",
            ),
        }
        contained = found.contained[["element", "t_oxide", "low", "high"]].set_axis(
            ["Oxide", "Contained, t", "Low, t", "High, t"], axis="columns"
        )
        booked = (
            "none of it is a reserve or a resource under any code"
            if classified == 0.0
            else f"{classified / MEGA:.3g} Mt is booked under a code, {found.reserve_t / MEGA:.3g} Mt as a reserve"
        )
        return Answer(
            numbers=numbers,
            because=(
                f"At about {grade * MEGA:,.0f} g/t it means {found.rock_t / GIGA:.1f} billion tonnes of rock if it is "
                f"metal, and {found.metal_if_ore_t:,.0f} tonnes of rare earths if it is ore; {booked}."
            ),
            details=(
                found.sentence,
                f"Class: {found.resource_class}. It shows {lower(found.proves)}; it does not show "
                f"{lower(found.does_not_prove)}.",
                f"Its worth is an envelope over {len(found.ores)} analogue ores.",
            ),
            caveats=("Contents are in the ground, before mining, recovery and cost.",),
            tables=(Table(f"Magnet oxides in the {said}, by analogue ore", contained),),
            sources=(*found.sources, text(named, self.named_claim, "source")),
        )
