"""``python -m ytterby``."""

from ytterby.cli import main

main()
