"""What the rules say of each path that ore can take to a magnet."""

from __future__ import annotations

import pandas as pd
from pydantic import Field

from ytterby.brief.answer import Answer, Table
from ytterby.brief.context import Context
from ytterby.brief.names import Country, Regime
from ytterby.brief.question import Question
from ytterby.brief.questions.value_share_rule import FREE
from ytterby.brief.words import exact, listed
from ytterby.rules import Rules
from ytterby.rules.paths import DEFENCE, decide_paths, standard_paths
from ytterby.world.terms import Decision


class PartnerPaths(Question):
    """Each path for ore of one country, decided on the brief's day, and as if a suspended regime returned."""

    mine: Country
    refiner: Country
    """The incumbent."""
    separators: tuple[Country, ...] = Field(min_length=1)
    """Other countries that separate."""
    user: Country
    """Where the magnet is made and used."""
    revived: Regime
    """The regime that returns."""

    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers."""
        return "free_paths", "paths", "free_outside", "free_if_revived"

    def answer(self, context: Context) -> Answer:
        """Compute the answer."""
        paths = standard_paths(self.mine, self.refiner, self.separators, self.user)
        decided = decide_paths(context.rules, paths)
        forced = Rules(context.world, context.on, regimes={self.revived: "in force"})
        free, free_then = (_free(table) for table in (decided, decide_paths(forced, paths)))
        outside = [p.path for p in paths if p.user_kind != DEFENCE and p.separate != self.refiner]
        regime = context.rules.regimes[self.revived]
        refiner = context.country_name(self.refiner)
        numbers = {
            "free_paths": exact("Paths free of any licence on the day", float(free.sum()), "paths"),
            "paths": exact("Paths tested", len(free), "paths"),
            "free_outside": exact(
                f"Civil paths without separation in {refiner}, free", float(free[outside].sum()), f"of {len(outside)}"
            ),
            "free_if_revived": exact(
                f"Paths free if {regime.instrument} were in force", float(free_then.sum()), "paths"
            ),
        }  # fmt: skip
        rank = {d.value: i for i, d in enumerate(Decision)}
        worst = decided.assign(rank=decided["decision"].map(rank)).sort_values("rank")
        worst = worst.groupby("path", as_index=False).last().sort_values("path")
        table = worst[["title", "form", "ship_from", "ship_to", "decision", "clauses"]].assign(
            revived=["free" if free_then[p] else "licence or worse" for p in worst["path"]]
        )
        table.columns = pd.Index(["Path", "Decided by", "From", "To", "Decision", "Clauses", "If it returned"])
        titles = dict(zip(worst["path"], worst["title"], strict=True))
        at_home = sum(1 for p in paths if free[p.path] and p.separate == self.refiner)
        lost = [titles[p] for p in titles if free[p] and not free_then[p]]
        return Answer(
            numbers=numbers,
            because=(
                f"{int(free.sum())} of {len(free)} paths for ore of {context.country_name(self.mine)} need no licence "
                f"on the day, {at_home or 'none'} of them with separation in {refiner}. If {regime.instrument} were in "
                f"force, {int(free_then.sum())} would be left."
            ),
            details=(f"What would be lost: {listed(lost)}.",) if lost else (),
            caveats=("Free under the rules is not the same as built.",),
            tables=(Table("Each path and what decides it", table),),
            sources=self._sources(context, decided),
        )

    def _sources(self, context: Context, decided: pd.DataFrame) -> tuple[str, ...]:
        """Sources of the clauses that decide, and of the regime that returns."""
        used = {clause for cell in decided["clauses"] for clause in str(cell).split(";")}
        regimes = context.rules.regimes
        clauses = [c.source for r in regimes.values() for c in r.clauses if c.clause in used]
        return tuple(dict.fromkeys((*clauses, regimes[self.revived].source)))


def _free(decided: pd.DataFrame) -> pd.Series:
    """Is a path free: none of its movements needs a licence; by path."""
    return decided.assign(free=decided["decision"].isin(FREE)).groupby("path")["free"].all()
