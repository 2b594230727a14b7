"""Room docstring to be written by its builder."""
