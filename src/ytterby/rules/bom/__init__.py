"""Bills of materials: read, traced by linear algebra, checked part by part, and freed at least cost."""

from ytterby.rules.bom.check import BomCheck, check
from ytterby.rules.bom.fix import Fix, fix
from ytterby.rules.bom.lines import Bom, bom_of_frame
from ytterby.rules.bom.read import example, read_bom
from ytterby.rules.bom.trace import Trace, trace

__all__ = ["Bom", "BomCheck", "Fix", "Trace", "bom_of_frame", "check", "example", "fix", "read_bom", "trace"]
