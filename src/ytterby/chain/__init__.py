"""Chain: where the domain rooms meet: World + Scenario + date -> the network that the market solves."""

from ytterby.chain.network import Network

__all__ = ["Network"]
