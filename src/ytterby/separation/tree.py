"""A circuit from a list of cuts such as ``Nd|Sm, Ce|Pr, La|Ce``, each made where its elements lie together."""

from __future__ import annotations

from collections.abc import Sequence

from ytterby.separation.circuit import LACE, Circuit, Cut
from ytterby.world.errors import Fault, InputError

OWN = "own-cuts"
"""Name of a circuit that no file holds."""
DISSOLVE = "chemical-concentrate"
"""Route of a feed that only has to be dissolved."""
KNOWN: dict[tuple[str, ...], str] = {("La", "Ce"): LACE, ("Pr", "Nd"): "ndpr-oxide"}
"""Products of two elements that are traded under a name of their own."""


def circuit_of_cuts(
    cuts: Sequence[str],
    order: tuple[str, ...],
    present: Sequence[str],
    *,
    extractant: str = "p507",
    route: str = DISSOLVE,
    linked: bool = False,
) -> Circuit:
    """The tree of cuts, each written ``less|more extractable``, in the order in which they are made.

    ``order``: the extractant's, least extractable first; ``present``: elements of the feed. A cut takes the stream
    that holds elements on both sides of it. Raises InputError with every cut that cannot be.

    >>> c = circuit_of_cuts(["Ce|Pr", "La|Ce"], ("La", "Ce", "Pr", "Nd"), ("La", "Ce", "Pr", "Nd"))
    >>> [(cut.id, cut.feed) for cut in c.cuts], dict(c.products)["ndpr-oxide"]
    ([('ce-pr', 'feed'), ('la-ce', 'ce-pr.raffinate')], 'ce-pr.extract')
    """
    streams = {"feed": tuple(e for e in order if e in present)}
    made: list[Cut] = []
    faults: list[Fault] = []
    for text in cuts:
        sides = [side.strip() for side in text.split("|")]
        unknown = [e for e in sides if e not in order]
        if len(sides) != 2 or unknown:
            faults.append(Fault(f"cut {text!r}", ", ".join(unknown) or "no pair", "two elements such as Ce|Pr"))
            continue
        low, high = (order.index(e) for e in sides)
        if high <= low:
            turned = f"{sides[1]}|{sides[0]} on {extractant}"
            faults.append(Fault(f"cut {text!r}", "the more extractable first", turned))
            continue
        holding = [
            name
            for name, held in streams.items()
            if any(order.index(e) <= low for e in held) and any(order.index(e) >= high for e in held)
        ]
        if not holding:
            faults.append(Fault(f"cut {text!r}", "no stream holds elements on both sides", "an earlier place or none"))
            continue
        name = "-".join(sides).lower()
        held = streams.pop(holding[0])
        made.append(Cut(name, holding[0], (sides[0], sides[1])))
        streams[f"{name}.raffinate"] = tuple(e for e in held if order.index(e) < high)
        streams[f"{name}.extract"] = tuple(e for e in held if order.index(e) >= high)
    if not made and not faults:
        faults.append(Fault("cuts", "none", "at least one, such as Ce|Pr"))
    if faults:
        raise InputError("circuit cannot be made of these cuts", faults)
    products = {product_name(held): outlet for outlet, held in streams.items()}
    title = ", ".join(f"{c.split[0]}|{c.split[1]}" for c in made)
    circuit = Circuit(OWN, title, tuple(made), products, route, extractant)
    return circuit.link(True) if linked else circuit


def product_name(elements: Sequence[str]) -> str:
    """Commodity or plain name of a product: ``nd-oxide``, ``ndpr-oxide``, ``lace-carbonate``, ``sm-to-lu``."""
    if len(elements) == 1:
        return f"{elements[0].lower()}-oxide"
    return KNOWN.get(tuple(elements), f"{elements[0].lower()}-to-{elements[-1].lower()}")
