"""Names that a brief's file may use: checked against the world where one is at hand, with near matches."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationInfo

from ytterby.world import Scenario, World
from ytterby.world.errors import UnknownNameError, YtterbyError, nearest


class Strict(BaseModel):
    """A part of a brief's file: no key is taken that it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, use_attribute_docstrings=True)


def in_table(table: str, column: str) -> AfterValidator:
    """A validator: the text stands in a column of a table; without a world in the context nothing is asked."""

    def check(value: str, info: ValidationInfo) -> str:
        if isinstance(info.context, World):
            known = info.context.table(table)[column].astype(str).unique()
            if value not in known:
                raise ValueError(f"{nearest(value, known)} (table {table})")
        return value

    return AfterValidator(check)


def in_folder(folder: str) -> AfterValidator:
    """A validator: the text names a document of a folder of the world."""

    def check(value: str, info: ValidationInfo) -> str:
        if isinstance(info.context, World):
            try:
                info.context.document(folder, value)
            except UnknownNameError as error:
                raise ValueError(error.faults[0].expected) from error
        return value

    return AfterValidator(check)


def _scenario(value: str) -> str:
    try:
        Scenario.load(value)
    except UnknownNameError as error:
        raise ValueError(error.faults[0].expected) from error
    except YtterbyError as error:
        raise ValueError(str(error).replace("\n", " ")) from error
    return value


CapitalClaim = Annotated[str, in_table("capital_claims", "claim")]
Circuit = Annotated[str, in_folder("circuits")]
Commodity = Annotated[str, in_table("commodities", "commodity")]
Country = Annotated[str, in_table("countries", "iso3")]
Deposit = Annotated[str, in_table("deposits", "deposit")]
Form = Annotated[str, in_table("product_forms", "form")]
Good = Annotated[str, in_table("intensities", "product")]
Hub = Annotated[str, in_table("hubs", "hub")]
Item = Annotated[str, in_table("observations", "item")]
Ore = Annotated[str, in_table("ores", "ore")]
Place = Annotated[str, in_table("places", "place")]
Plant = Annotated[str, in_table("plant_capital", "plant")]
ProjectStage = Annotated[str, in_table("project_stages", "stage")]
Publisher = Annotated[str, in_table("observations", "publisher")]
Regime = Annotated[str, in_folder("regimes")]
ScenarioName = Annotated[str, AfterValidator(_scenario)]
Series = Annotated[str, in_table("observations", "series")]
Site = Annotated[str, in_table("sites", "site")]
Source = Annotated[str, in_table("sources", "source")]

Percent = Annotated[float, Field(ge=0.0, allow_inf_nan=False)]
"""A share in per cent."""
Share = Annotated[float, Field(gt=0.0, le=1.0)]
"""A share, 0 to 1."""
