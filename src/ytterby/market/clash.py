from ytterby.world.errors import SolveError


def explained(network, arrays, clash):
    return SolveError(str(clash))
