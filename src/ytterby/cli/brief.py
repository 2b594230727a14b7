"""``ytterby brief``: answer a list of claims with computed numbers and write the page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from ytterby.cli.console import JsonOption, QuietOption, WorldOption, print_json, print_table, progress


def brief(
    name: Annotated[str, typer.Argument(help="A shipped brief, or the path of a brief's TOML file.")] = "kazakhstan",
    out: Annotated[Path | None, typer.Option("--out", "-o", help="Folder for the files; default: brief-NAME.")] = None,
    samples: Annotated[int, typer.Option(min=0, help="Draws of the world's bands; 0: point values only.")] = 16,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the draws.")] = 1,
    questions: Annotated[bool, typer.Option("--questions", help="List what a claim can ask, and stop.")] = False,
    world: WorldOption = None,
    as_json: JsonOption = False,
    quiet: QuietOption = False,
) -> None:
    """Answer every claim of a brief and write it as HTML, JSON, Markdown and Excel."""
    if questions:
        _list_questions(as_json)
        return
    from ytterby.brief.claims import load_brief
    from ytterby.brief.files import as_json as brief_json
    from ytterby.brief.files import check_folder, write_all
    from ytterby.brief.page import render, tally
    from ytterby.brief.run import answer, verdict_rows
    from ytterby.world import World

    facts = World.load(world)
    loaded = load_brief(name, facts)
    folder = out or Path(f"brief-{loaded.id}")
    check_folder(folder, loaded)
    with progress(f"brief {loaded.id}", quiet or as_json) as tell:
        found = answer(loaded, facts, samples=samples, seed=seed, progress=tell)
        html = render(loaded, found, facts, command=f"ytterby brief {name} --samples {samples} --seed {seed}")
        paths = write_all(folder, loaded, found.answered, facts, found.meta, html)
    if as_json:
        data = brief_json(loaded, found.answered, facts, found.meta)
        print_json({"claims": data["claims"], "outputs": [str(p) for p in paths], "meta": data["meta"]})
        return
    import pandas as pd

    print_table(pd.DataFrame(verdict_rows(found.answered)), title=loaded.title)
    typer.echo(tally(found.answered))
    for path in paths:
        typer.echo(f"wrote {path}")


def _list_questions(as_json: bool) -> None:
    import pandas as pd

    from ytterby.brief.questions import described

    if as_json:
        print_json({"questions": described()})
    else:
        print_table(pd.DataFrame(described()), title="Questions that a claim can put")
