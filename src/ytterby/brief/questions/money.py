"""What a sum of money buys on the way from a forecast to oxide."""

from __future__ import annotations

import pandas as pd
from pydantic import Field

from ytterby.brief.answer import Answer, Number, Table
from ytterby.brief.context import Context
from ytterby.brief.names import CapitalClaim
from ytterby.brief.question import Question
from ytterby.brief.words import cell, exact, from_band, percent, text
from ytterby.projects import fund


class Money(Question):
    """What a sum buys on the way from a forecast to oxide: share of the capital, years, and the odds."""

    musd: float = Field(gt=0.0)
    """The sum, M USD."""
    sum_claim: CapitalClaim
    """The claim that names the sum."""
    other_claim: CapitalClaim
    """The sourced deal that is told beside it."""

    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers."""
        return "share_of_capital", "total_musd", "years_to_oxide", "chance_of_oxide", "other_musd"

    def answer(self, context: Context) -> Answer:
        """Compute the answer."""
        found = fund(context.world, self.musd, seed=context.seed)
        claims = context.world.table("capital_claims").set_index("claim")
        share = found.share_of_total
        numbers = {
            "share_of_capital": Number(
                "The sum over the capital to first oxide",
                100 * share.point,
                "%",
                100 * share.low,
                100 * share.high,
                share.basis,
            ),
            "total_musd": from_band("Capital to first oxide, all stages", found.total_musd, "M USD"),
            "years_to_oxide": from_band(
                "Years to first oxide, if all is paid and goes well", found.years_to_oxide, "years"
            ),
            "chance_of_oxide": from_band(
                "Chance to get there from where it stands", found.chance_to_oxide.scaled(100.0), "%"
            ),
            "other_musd": exact(
                f"Sourced beside it: {text(claims, self.other_claim, 'what')}",
                cell(claims, self.other_claim, "value"),
                text(claims, self.other_claim, "unit"),
            ),
        }
        stages = found.stages.assign(chance=found.stages["chance"] * 100, covered=found.stages["covered"] * 100)
        table = stages[["name", "cost_musd", "years", "chance", "cumulative_musd", "covered"]]
        table.columns = pd.Index(
            ["Stage", "Cost, M USD", "Years", "Chance to pass, %", "Cumulative, M USD", "Paid by the sum, %"]
        )
        return Answer(
            numbers=numbers,
            because=(
                f"Paid in full, the sum would cover about {percent(share.point)} of the way to "
                f"{found.ndpr_t_per_y:,.0f} t of NdPr oxide a year; first oxide would be some "
                f"{found.years_to_oxide.point:.0f} years off, and the base rate of getting there is "
                f"{percent(found.chance_to_oxide.point)}."
            ),
            details=(
                f"{found.sentence}.",
                f"On the sum itself: {text(claims, self.sum_claim, 'because')}.",
                f"On the deal beside it: {text(claims, self.other_claim, 'because')}.",
            ),
            caveats=("Stage costs and chances are base rates from other projects; none is published for this one.",),
            tables=(Table("Stages to first oxide, and what the sum pays", table),),
            sources=(
                *found.stages["source"].astype(str),
                text(claims, self.sum_claim, "source"),
                text(claims, self.other_claim, "source"),
            ),
        )
