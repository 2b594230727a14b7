"""Brief: claims in, answers out, as one page that opens offline and as JSON, Markdown and Excel."""

from ytterby.brief.answer import Answer, Answered, Number, Table
from ytterby.brief.claims import Brief, Claim, load_brief

__all__ = ["Answer", "Answered", "Brief", "Claim", "Number", "Table", "load_brief"]
