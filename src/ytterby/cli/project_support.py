"""Options of a contract for difference, shared by the commands of ``ytterby project``."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from ytterby.world.errors import Fault, InputError

if TYPE_CHECKING:
    from ytterby.projects import Contract
    from ytterby.world.load import World

FLOORED = "ndpr-oxide"

FloorOption = Annotated[float, typer.Option(help="Price floor on NdPr oxide, USD/kg; 0: none.")]
FloorYearsOption = Annotated[
    int | None, typer.Option(min=0, help="Years of output that the floor covers; default: the world's.")
]
UpsideOption = Annotated[float, typer.Option(min=0, max=1, help="Share that is given up of a high price, as 0.3.")]
UpsideAboveOption = Annotated[
    float | None, typer.Option(help="Price from which the share is taken, USD/kg; default: the floor.")
]
ContractOption = Annotated[
    str | None, typer.Option(help="A published price floor by its key in table market_contracts, instead of --floor.")
]


def contract_of(
    world: World, name: str | None, floor: float, years: int | None, upside: float, above: float | None
) -> Contract | None:
    """Return the contract that the options name; None where they name none.

    Raises InputError for terms without a floor, or beside a published contract; UnknownNameError.
    """
    from ytterby import projects

    terms = {"--floor-years": years is not None, "--upside": bool(upside), "--upside-above": above is not None}
    beside = [option for option, given in {"--floor": bool(floor), **terms}.items() if given]
    if name is not None:
        if beside:
            fault = Fault("--contract", "given with " + ", ".join(beside), "a published contract, or terms of your own")
            raise InputError("two contracts", [fault])
        return projects.published_contract(world, name)
    if not floor:
        if beside:
            raise InputError(
                "terms without a floor", [Fault(", ".join(beside), "no --floor", "the floor that they go with")]
            )
        return None
    return projects.own_contract(world, FLOORED, floor, years=years, upside_share=upside, upside_above_usd_per_kg=above)
