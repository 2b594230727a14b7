"""``ytterby compare | why | verify``: runs side by side, a price explained, a certificate checked again.

The printing functions serve every command that has an outcome in hand.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from ytterby.cli.console import EXIT_FAILED, JsonOption, print_json, print_table
from ytterby.cli.drawing import PictureOption, check_picture, draw
from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from ytterby.market import Certificate, Comparison, Outcome, Why

app = typer.Typer(name="market", help="Outcomes of solved markets: compare, explain, verify.", no_args_is_help=True)

RunArgument = Annotated[Path, typer.Argument(metavar="RUN", help="Folder of a run that a solve wrote.")]


@app.command(name="compare")
def compare_runs(
    a: Annotated[Path, typer.Argument(metavar="A", help="Run to compare from.")],
    b: Annotated[Path, typer.Argument(metavar="B", help="Run to compare with.")],
    product: Annotated[
        list[str] | None, typer.Option("--product", "-p", help="Of two paths: products whose prices are shown.")
    ] = None,
    place: Annotated[list[str] | None, typer.Option("--place", help="Of two paths: places.")] = None,
    picture: PictureOption = None,
    as_json: JsonOption = False,
) -> None:
    """Show what changed from one run to another: prices and their causes, output, use, rents, welfare; of two paths of
    years or months, their prices."""
    from ytterby.market import Outcome, compare
    from ytterby.runs import read_manifest
    from ytterby.studies.path.record import KIND

    if read_manifest(a).get("kind") == read_manifest(b).get("kind") == KIND:
        print_two_paths(a, b, product, place, picture, as_json)
        return
    check_picture(picture)
    found = compare(Outcome.load(a), Outcome.load(b))
    if picture is not None:
        from ytterby.market.pictures import comparison_picture

        draw(picture, comparison_picture(found))
    print_comparison(found, as_json)
    if picture is not None and not as_json:
        typer.echo(f"wrote {picture}")


def print_two_paths(
    a: Path, b: Path, product: list[str] | None, place: list[str] | None, picture: Path | None, as_json: bool
) -> None:
    """Print the prices of two paths side by side, and draw them where a picture is asked for."""
    from ytterby.studies.path import PathOutcome
    from ytterby.studies.path.show import compared, compared_picture
    from ytterby.world import World

    check_picture(picture)
    table = compared(PathOutcome.load(a), PathOutcome.load(b), World.load(), product, place)
    if picture is not None:
        draw(picture, compared_picture(table, (a.name, b.name) if a.name != b.name else (str(a), str(b))))
    if as_json:
        print_json({"prices": table, "outputs": [str(picture)] if picture else []})
        return
    print_table(table, f"{a.name} -> {b.name}: prices, USD/kg net of VAT")
    if picture is not None:
        typer.echo(f"wrote {picture}")


@app.command()
def why(
    what: Annotated[str, typer.Argument(metavar="WHAT", help="What to explain: price.")],
    run: RunArgument,
    product: Annotated[str, typer.Option("--product", help='Product, for instance "Dy oxide".')],
    place: Annotated[str, typer.Option("--place", help="Market zone, for instance europe.")],
    origin: Annotated[
        str | None, typer.Option("--origin", help="Origin tag; default: the one that trades most.")
    ] = None,
    as_json: JsonOption = False,
) -> None:
    """Explain a price: what one tonne more would take, where it comes from, which limits earn a rent."""
    from ytterby.market import Outcome

    print_why(Outcome.load(run).why(what, product=product, place=place, origin_tag=origin), as_json)


@app.command()
def verify(run: RunArgument, as_json: JsonOption = False) -> None:
    """Check a run again from its tables alone; exit code 1 if its certificate does not hold."""
    from ytterby.market import verify as verify_run
    from ytterby.runs import read_manifest
    from ytterby.studies.path.record import KIND

    if read_manifest(run).get("kind") == KIND:
        fault = Fault(str(run), "a run of periods", "an outcome, as `ytterby solve --out` writes it")
        raise InputError("the proof of each period is in the run's table certificates", [fault])
    certificate = verify_run(run)
    print_certificate(certificate, as_json)
    if not certificate.holds:
        raise typer.Exit(EXIT_FAILED)


def print_outcome(outcome: Outcome, as_json: bool = False, most: int = 25) -> None:
    """Print the JSON contract, or prices and output beside what was observed, rents, welfare and certificate."""
    from ytterby.market.report import as_contract, prices_beside_observed, production_beside_observed

    if as_json:
        print_json(as_contract(outcome))
        return
    prices = prices_beside_observed(outcome)
    seen = prices[prices["observed"].notna()]
    print_table(seen if len(seen) else prices.head(most), title=f"Prices, USD/kg: {outcome.meta['label']}")
    print_two_prices(outcome)
    print_table(production_beside_observed(outcome), title="Output, t")
    columns = {"kind": "rent", "key": "limit", "holder": "holder", "rent_usd_per_t": "USD/t", "rent_usd": "USD"}
    print_table(outcome.rents.head(most), title="Largest rents", columns=columns)
    print_table(outcome.welfare, title="Welfare, USD")
    print_certificate(outcome.certificate)


def print_two_prices(outcome: Outcome) -> None:
    """Print what is paid by volume beside what one tonne more costs, where they differ; say so where they do not."""
    table = outcome.two_prices()
    apart = table[~table["agree"]]
    if len(apart):
        columns = {
            "product": "product", "place": "place", "tax": "tax", "incoterm": "incoterm", "paid": "paid by volume",
            "marginal": "one tonne more", "held_share": "share under permits",
        }  # fmt: skip
        print_table(apart, "Two prices, USD/kg: holders of licences and limits buy at cost", columns)
        print(f"At {len(table) - len(apart)} of {len(table)} products and places the two prices are one.")
    else:
        print("What is paid by volume and what one tonne more costs are one at every place: no permit earns a rent.")


def print_comparison(comparison: Comparison, as_json: bool = False) -> None:
    """Print what changed: the headline, price causes and the split of resource cost; or every table as JSON."""
    if as_json:
        print_json({"a": comparison.label_a, "b": comparison.label_b, **comparison.tables()})
        return
    print_table(comparison.headline(), title=f"{comparison.label_a} -> {comparison.label_b}")
    causes = comparison.causes
    largest = causes["change"].abs().sort_values(ascending=False, kind="stable").index[:12]
    print_table(causes.loc[largest], title="What moved prices, USD/kg")
    apart = comparison.two_prices()
    if len(apart):
        print_table(apart, title="Paid by volume and marginal price, USD/kg net of VAT, where they are not one")
    print_table(comparison.costs, title="Resource cost, USD")


def print_why(answer: Why, as_json: bool = False, most: int = 15) -> None:
    """Print an explanation: the sentence, parts by cause and stage, the ladder upstream, limits on the way."""
    if as_json:
        print_json(answer)
        return
    print(answer.sentence)
    print_table(answer.by_stage(), title="Parts of the price")
    print_table(answer.marginal.head(most), title="One tonne more")
    print_table(answer.ladder, title="Where it comes from, USD/kg")
    if len(answer.binding):
        print_table(answer.binding, title="Limits on its way")


def print_certificate(certificate: Certificate, as_json: bool = False) -> None:
    """Print every residual beside its tolerance."""
    import pandas as pd

    from ytterby.market.certificate import TOLERANCES

    if as_json:
        print_json({"holds": certificate.holds, "certificate": certificate, "failures": certificate.failures()})
        return
    rows = [
        (name, getattr(certificate, name), limit, certificate.worst.get(name, "")) for name, limit in TOLERANCES.items()
    ]
    table = pd.DataFrame(rows, columns=["residual", "value", "tolerance", "largest at"])
    verdict = "holds" if certificate.holds else "does NOT hold"
    print_table(table, title=f"The certificate {verdict}")
