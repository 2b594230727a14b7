"""A rule on the share of value, product by product: on the day, and as if it were in force."""

from __future__ import annotations

import pandas as pd

from ytterby.brief.answer import Answer, Table
from ytterby.brief.context import Context
from ytterby.brief.names import Country, Place, Regime
from ytterby.brief.question import Question
from ytterby.brief.words import exact, listed, short_name
from ytterby.pictures import Picture, range_picture
from ytterby.rules import Rules
from ytterby.rules.model import State
from ytterby.rules.products import limit_of, product_table, threshold_sweep
from ytterby.rules.value import ValueLimit, price_deck
from ytterby.world.elements import ATOMIC_MASS
from ytterby.world.terms import Decision

FREE = (Decision.ALLOWED.value, Decision.EXEMPT_WITH_REPORT.value)
SMALLEST_SHOWN = 1e-3
"""Smallest share of value that the picture's log axis shows, per cent."""
SWEPT = (0.1, 1.0, 10.0, 100.0)
"""Multiples of the limit that are tried."""


class ValueShareRule(Question):
    """A rule on the share of value, product by product on the brief's day, and as if it were in force."""

    regime: Regime
    ship_from: Country
    """Where the product is made, with technology of its own."""
    ship_to: Country
    """Where the buyer is."""
    priced_at: Place
    """Place whose prices value inputs and products."""

    def numbers(self) -> tuple[str, ...]:
        """Names of the numbers."""
        return (
            "products_needing_licence",
            "products",
            "products_if_in_force",
            "products_without_listed",
            "limit",
        )

    def answer(self, context: Context) -> Answer:
        """Compute the answer."""
        deck = price_deck(context.world, self.priced_at, context.year)
        forced = Rules(context.world, context.on, regimes={self.regime: "in force"})
        now, then = (
            product_table(
                rules,
                deck,
                ship_from=self.ship_from,
                ship_to=self.ship_to,
                technology_country=self.ship_from,
            )
            for rules in (context.rules, forced)
        )
        regime, limit = context.rules.regimes[self.regime], limit_of(context.rules)
        caught_now, caught_then = (int((~t["decision"].isin(FREE)).sum()) for t in (now, then))
        without = int((then["share"] == 0.0).sum())
        numbers = {
            "products_needing_licence": exact(
                "Products that needed a licence under it on the day", caught_now, "products"
            ),
            "products": exact("Products tested", len(now), "products"),
            "products_if_in_force": exact("Products it would catch if it were in force", caught_then, "products"),
            "products_without_listed": exact("Products whose counted share is zero", without, "products"),
            "limit": exact("Limit, as a share of value", 100 * limit.limit, "% of value"),
        }
        limits = [limit.limit * multiple for multiple in SWEPT]
        swept = threshold_sweep(context.rules, deck, limits)
        counts = swept[swept["caught"].astype(bool)].groupby("limit").size().reindex(limits).fillna(0).astype(int)
        sweep_table = pd.DataFrame(
            {"Limit, % of value": [100 * x for x in limits], "Products caught": counts.to_numpy()}
        )
        return Answer(
            numbers=numbers,
            because=(
                f"The share is of value, and of {listed(self._counted(context, limit))} only, in a listed item that "
                f"moves between two places outside {context.country_name(regime.jurisdiction)}; "
                f"{self._history(context)}. On the day {caught_now} of {len(now)} products needed a licence under it; "
                f"in force it would catch {caught_then}."
            ),
            details=self._details(context, then, limit, without),
            caveats=(
                *self._open(context),
                "What the text leaves open (value basis, date, origin of mixed lots) is a declared switch; the "
                "defaults are used here.",
            ),
            tables=(
                Table(
                    "Product by product: listed inputs over value",
                    _table(now, then),
                    f"Priced in {context.place_name(self.priced_at)}; all listed inputs of the rule's origin.",
                ),
                Table("Products caught by where the limit stands", sweep_table),
            ),
            pictures=(_picture(then, limit),),
            sources=self._sources(context),
        )

    def _counted(self, context: Context, limit: ValueLimit) -> list[str]:
        elements = context.rules.items.elements_of(limit.numerator)
        oxides = [context.commodity_name(f"{e.lower()}-oxide") for e in ATOMIC_MASS if e in elements]
        return [oxide.removesuffix(" oxide").lower() for oxide in oxides]

    def _details(self, context: Context, then: pd.DataFrame, limit: ValueLimit, without: int) -> tuple[str, ...]:
        most = then.sort_values("times_limit").iloc[-1]
        clauses = context.rules.regimes[self.regime].clauses
        others = [c for c in clauses if c.clause != limit.clause and c.kind == "movement"]
        return (
            f"In {without} of {len(then)} products nothing that is listed is counted, whatever else is in them.",
            f"Farthest over the limit is {short_name(str(most['name']))}, at {float(most['times_limit']):,.0f} times.",
            *(f"{clause.reference} has no percentage: {clause.summary}" for clause in others),
        )

    def _states(self, context: Context) -> tuple[State, ...]:
        regime = context.rules.regimes[self.regime]
        limit = limit_of(context.rules)
        for clause in regime.clauses:
            if clause.clause == limit.clause:
                return regime.states_of(clause)
        return regime.states

    def _history(self, context: Context) -> str:
        """What was known on the day of the limb: the states in the order in which they were made known."""
        known = [s for s in self._states(context) if s.known_on <= context.on]
        return "it was " + listed([f"{_state(s.state)} {_verb(s)} {s.from_:%-d %B %Y}" for s in known])

    def _open(self, context: Context) -> tuple[str, ...]:
        return tuple(
            f"What holds from {s.from_:%-d %B %Y}: {s.note}." for s in self._states(context) if s.state == "unknown"
        )

    def _sources(self, context: Context) -> tuple[str, ...]:
        regime = context.rules.regimes[self.regime]
        return tuple(dict.fromkeys((regime.source, *(s.source for s in self._states(context)))))


def _state(state: str) -> str:
    return {"in force": "to be in force", "unknown": "unsettled"}.get(state, state)


def _verb(state: State) -> str:
    return "on" if state.from_ == state.known_on else "from"


def _table(now: pd.DataFrame, then: pd.DataFrame) -> pd.DataFrame:
    table = then[["name", "form", "share_low", "share", "share_high", "decision"]].assign(
        share_low=100 * then["share_low"],
        share=100 * then["share"],
        share_high=100 * then["share_high"],
        today=now["decision"].to_numpy(),
    )
    table.columns = pd.Index(["Product", "Form", "Low, %", "Share of value, %", "High, %", "If in force", "On the day"])
    return table


def _picture(then: pd.DataFrame, limit: ValueLimit) -> Picture:
    drawn = then[then["share"] > 0].sort_values("share", ascending=False)
    shown = pd.DataFrame(
        {
            "Product": [short_name(str(n)) for n in drawn["name"]],
            "share": 100 * drawn["share"],
            "low": (100 * drawn["share_low"]).clip(lower=SMALLEST_SHOWN),
            "high": 100 * drawn["share_high"],
        }
    )
    return range_picture(
        shown,
        name="value-share",
        title="Listed inputs as a share of value, if all were of the rule's origin",
        category="Product",
        point="share",
        low="low",
        high="high",
        unit="per cent of the product's value",
        log=True,
        marks=((100 * limit.limit, "limit"),),
        source_line="Compositions and reference prices of this world; bands from both.",
        alternative=f"Dots with bands on a log scale: {len(shown)} products against the limit.",
    )
