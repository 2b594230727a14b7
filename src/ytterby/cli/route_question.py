"""What every command of ``ytterby route`` is asked: two places, a product, a day, and what is shut."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, progress

if TYPE_CHECKING:
    from ytterby.routes import Router
    from ytterby.routes.asking import Asked

Origin = Annotated[str, typer.Argument(help="Hub, site, market zone, UN/LOCODE, or latitude,longitude.")]
Destination = Annotated[str, typer.Argument(help="As the origin.")]
FormOption = Annotated[str, typer.Option("--form", "-f", help="Product form (table product_forms).")]
OnOption = Annotated[str, typer.Option("--on", metavar="DATE", help="Day of the shipment; default: the world's.")]
AvoidOption = Annotated[str, typer.Option("--avoid", metavar="RU,CN", help="Countries to avoid, comma-separated.")]
ClosedOption = Annotated[
    str, typer.Option("--closed", metavar="NAMES", help="Legs, hubs or passages that are shut, comma-separated.")
]


@dataclass(frozen=True)
class Question:
    """What every command of the room is asked."""

    router: Router
    origin: str
    destination: str
    form: str
    avoid: list[str]
    closed: list[str]
    mistakes: Asked
    """Mistakes found so far; told together with those that the command finds."""
    as_json: bool
    quiet: bool

    @property
    def words(self) -> str:
        """The question in a line."""
        shut = [f"without {', '.join(self.avoid)}"] if self.avoid else []
        shut += [f"closed: {', '.join(self.closed)}"] if self.closed else []
        return ", ".join([f"{self.origin} to {self.destination}", self.form, str(self.router.on), *shut])

    def check(self) -> None:
        """Raise every mistake at once."""
        from ytterby.world.errors import Fault, InputError

        a, b, _ = self.router.understood(
            self.origin, self.destination, self.form, self.avoid, self.closed, self.mistakes
        )
        if a == b:
            fault = Fault("destination", repr(self.destination), f"a place that is not at {a}, where the origin is")
            raise InputError("there is no way from a place to itself", [fault])


def question(
    origin: Origin,
    destination: Destination,
    form: FormOption = "",
    on: OnOption = "",
    avoid: AvoidOption = "",
    closed: ClosedOption = "",
    world: WorldOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> Question:
    """Read the network of the day; mistakes are kept until the command has found its own."""
    from ytterby.routes import Router
    from ytterby.routes.asking import Asked
    from ytterby.routes.cases import as_date
    from ytterby.world.choices import choice
    from ytterby.world.load import World

    mistakes = Asked()
    with progress("reading the network", quiet or as_json):
        loaded = World.load(world)
        usual = choice(loaded, "ways-day")
        day = mistakes.of(lambda: as_date(on or usual), as_date(usual))
        router = Router(loaded, day)
    form = form or choice(loaded, "ways-form")
    return Question(router, origin, destination, form, listed(avoid), listed(closed), mistakes, as_json, quiet)


def asking(command: Callable[..., None]) -> Callable[..., None]:
    """Give a command the arguments of :func:`question` beside its own; it gets the question first."""
    shared = inspect.signature(question, eval_str=True).parameters
    own = list(inspect.signature(command, eval_str=True).parameters.values())[1:]

    def run(**values: Any) -> None:
        asked = question(**{name: values.pop(name) for name in shared})
        command(asked, **values)

    parameters = [*shared.values(), *own]
    run.__name__, run.__doc__ = command.__name__, command.__doc__
    run.__annotations__ = {p.name: p.annotation for p in parameters}
    cast("Any", run).__signature__ = inspect.Signature(parameters)
    return run


def listed(text: str) -> list[str]:
    """Split a comma-separated option."""
    return [item.strip() for item in text.split(",") if item.strip()]
