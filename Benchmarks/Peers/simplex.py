"""The peers' maps of rows onto the simplex: the same work as Keel's `simplexsparsemax` and the like.

`maps(peer, name, size)` gives label -> (function, 1, deviation): the deviation is the largest difference
of the result from one by sorting (for other values of alpha, by bisection) in double precision.

The label YARDSTICK is torch's softmax of the same scores. The label OTHER is another workload of Keel:
OTHER_FORM says which. Neither is a peer that does the same work.
"""

import functools
import importlib.metadata

YARDSTICK = "torch softmax"
OTHER = "keel otherwise"
# The sum of the entries in `simplexbudget`.
BUDGET = 10
CONDAT = "Condat in C"

SIZES = ("4096x10", "4096x128", "512x4096", "64x32000", "16x131072")
ROW_SIZES = (1_000, 10_000, 100_000, 1_000_000, 10_000_000)
ORDERS = ("ascending", "descending", "shuffled", "nested")

# A workload and the one of Keel that it is compared with.
OTHER_FORM = {
    "simplexsparsemax-512x4096-2threads": "simplexsparsemax-512x4096",
    **{f"simplexgeometric-1x1000000-{order}": "simplexsparsemax-1x1000000" for order in ORDERS},
    **{f"simplexsparse-{size}": f"simplexsparsemax-{size}" for size in SIZES[2:4]},
    **{f"simplexattention-{size}": f"simplexattentiondense-{size}" for size in SIZES[2:4]},
}


def bars(best):
    """The smallest ratios to hold on to: work -> [(against whom, ratio)]; `best` stands for the best peer."""
    found = {}
    for size, share, entmax in zip(SIZES, (0.55, 0.35, 0.7, 0.7, 0.7), (8, 40, 13, 7.5, 6)):
        found[f"simplexsparsemax-{size}"] = [(best, 1 / share), ("entmax k=100", entmax)]
        found[f"simplexsparsemax-{size}-backward"] = [(best, 1 / 0.6)]
        found[f"simplexentmax15-{size}"] = [(best, 5)]
    for size in SIZES[2:]:
        found[f"simplexsparsemax-{size}"].append((YARDSTICK, 0.95))
    for law in ("uniform", "normal", "narrow"):
        for count in ROW_SIZES:
            found[f"simplexcondat-{law}-{count}-double"] = [(CONDAT, 1)]
    for order in ORDERS:
        found[f"simplexgeometric-1x1000000-{order}"] = [(OTHER, 0.1)]
    found["simplexsparsemax-512x4096-2threads"] = [(OTHER, 1.7)]
    return found


class Numba:
    """Loops as an expert writes them, compiled: it takes part in the maps onto the simplex only."""

    label = "numba"

    def __init__(self):
        import numba

        self.module = numba
        self.compiled = numba_functions(numba)

    def about(self):
        return f"numba {self.module.__version__}: loops that may be reassociated into SIMD, one thread"

    def work(self, name):
        return None


class Entmax:
    """The package that users of these maps have, on torch."""

    label = "entmax"

    def __init__(self):
        import entmax
        import torch

        self.module, self.torch = entmax, torch

    def about(self):
        return f"entmax {importlib.metadata.version('entmax')}: on torch"

    def work(self, name):
        return None


class Problem:
    """Scores and cotangents of one size, the same for all peers, and what should come of them."""

    def __init__(self, kind, size, backward, double):
        import numpy as np

        rng = np.random.Generator(np.random.PCG64(3))
        dtype = np.float64 if double else np.float32
        self.kind, self.backward = kind, backward
        self.x = rng.standard_normal(size).astype(dtype)
        self.g = rng.standard_normal(size).astype(dtype) if backward else None
        exact = {"sparsemax": numpy_sparsemax, "entmax15": numpy_entmax15, "entmax125": bisection_125,
                 "softmax": numpy_softmax, "budget": bisection_budget}.get(kind)
        self.truth = None if exact is None else exact(np, self.x.astype(np.float64))
        if backward and exact is not None:
            self.truth = numpy_pullback(np, kind, self.truth, self.g.astype(np.float64))

    def deviation(self, result):
        import numpy as np

        return None if self.truth is None else float(np.abs(np.asarray(result, np.float64) - self.truth).max())


@functools.lru_cache(maxsize=1)
def problem(kind, size, backward, double):
    """Only the last one is kept: that of the work in hand."""
    return Problem(kind, size, backward, double)


# numpy


def numpy_sparsemax(np, x, sorted_=None):
    """By sorting. With the largest entries of each row as `sorted_`, None if they might not be enough."""
    s = np.sort(x, axis=1)[:, ::-1] if sorted_ is None else sorted_
    sums = np.cumsum(s, axis=1)
    sums -= 1
    support = np.count_nonzero(s * np.arange(1, s.shape[1] + 1, dtype=x.dtype) > sums, axis=1)[:, None]
    if sorted_ is not None and (support == s.shape[1]).any():
        return None
    p = x - (np.take_along_axis(sums, support - 1, axis=1) / support).astype(x.dtype)
    return np.maximum(p, 0, out=p)


def numpy_entmax15(np, x, sorted_=None):
    """By sorting. With the largest entries of each row as `sorted_`, None if they might not be enough."""
    s = np.sort(x, axis=1)[:, ::-1] if sorted_ is None else sorted_
    top = s[:, :1].copy()
    s = (s - top) / 2
    count = np.arange(1, s.shape[1] + 1, dtype=x.dtype)
    mean = np.cumsum(s, axis=1) / count
    spread = np.cumsum(s * s, axis=1) - count * mean * mean
    thresholds = mean - np.sqrt(np.maximum((1 - spread) / count, 0))
    support = np.count_nonzero(thresholds <= s, axis=1)[:, None]
    if sorted_ is not None and (support == s.shape[1]).any():
        return None
    p = (x - top) / 2 - np.take_along_axis(thresholds, support - 1, axis=1)
    np.maximum(p, 0, out=p)
    return np.square(p, out=p)


def by_partition(np, function, x):
    """The function of the largest entries of each row, or of all if a row needs more."""
    entries = x.shape[1]
    count = min(100, entries // 4)
    largest = np.partition(x, entries - count, axis=1)[:, entries - count:]
    p = function(np, x, np.sort(largest, axis=1)[:, ::-1])
    return function(np, x) if p is None else p


def numpy_softmax(np, x):
    p = x - x.max(axis=1, keepdims=True)
    np.exp(p, out=p)
    return np.divide(p, p.sum(axis=1, keepdims=True), out=p)


def bisection_125(np, x):
    """entmax for alpha = 1.25: [1 + (x - threshold)/4]^4 with sum 1. At the maximum as threshold the largest
    entry has 1 already, 4 above it none has anything."""
    low = x.max(axis=1, keepdims=True)
    high = low + 4
    for _ in range(60):
        middle = (low + high) / 2
        above = (np.maximum(1 + (x - middle) / 4, 0) ** 4).sum(axis=1, keepdims=True) > 1
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.maximum(1 + (x - high) / 4, 0) ** 4


def bisection_budget(np, x):
    """The projection onto entries in 0...1 with sum BUDGET, fewer than there are."""
    low, high = x.min(axis=1, keepdims=True) - 1, x.max(axis=1, keepdims=True)
    for _ in range(60):
        middle = (low + high) / 2
        above = np.clip(x - middle, 0, 1).sum(axis=1, keepdims=True) > BUDGET
        low, high = np.where(above, middle, low), np.where(above, high, middle)
    return np.clip(x - high, 0, 1)


def numpy_pullback(np, kind, p, g):
    """r (g - <r, g>/sum r) for r = p^(2 - alpha) on the support."""
    if kind == "sparsemax":
        r = (p > 0).astype(p.dtype)
    elif kind == "budget":
        r = ((p > 0) & (p < 1)).astype(p.dtype)
    else:
        r = {"entmax15": np.sqrt, "entmax125": lambda p: p**0.75, "softmax": lambda p: p}[kind](p)
    d = g - (r * g).sum(axis=1, keepdims=True) / r.sum(axis=1, keepdims=True)
    return np.multiply(d, r, out=d)


def numpy_maps(peer, p):
    np, x = peer.module, p.x
    forward = {}
    if p.kind == "softmax":
        forward["numpy"] = lambda: numpy_softmax(np, x)
    elif p.kind in ("sparsemax", "entmax15"):
        function = {"sparsemax": numpy_sparsemax, "entmax15": numpy_entmax15}[p.kind]
        forward["numpy sort"] = lambda: function(np, x)
        if x.shape[1] >= 128:
            forward["numpy partition"] = lambda: by_partition(np, function, x)
    if not p.backward:
        return forward
    return {label: lambda f=f: numpy_pullback(np, p.kind, f(), p.g) for label, f in forward.items()}


# numba


def numba_functions(numba):
    """Two algorithms for sparsemax, and its derivative; compiled for each type on their first call."""
    import numpy as np

    @numba.njit(fastmath={"reassoc", "contract", "nsz", "arcp"})
    def michelot(x, p):
        # Newton's method from below. The count is a number of the scores' type, for the sake of SIMD.
        zero, one = x.dtype.type(0), x.dtype.type(1)
        for row in range(x.shape[0]):
            threshold = x[row].max() - one
            while True:
                total, count = zero, zero
                for value in x[row]:
                    inside = value > threshold
                    total += value if inside else zero
                    count += one if inside else zero
                better = (total - one) / count
                if not better > threshold:
                    break
                threshold = better
            for i in range(x.shape[1]):
                p[row, i] = max(x[row, i] - threshold, zero)

    @numba.njit
    def condat(x, p):
        # The candidates are listed[waiting:count]; those before them may have to come back.
        one = x.dtype.type(1)
        listed = np.empty(x.shape[1], x.dtype)
        for row in range(x.shape[0]):
            waiting, count = 0, 1
            listed[0] = x[row, 0]
            threshold = x[row, 0] - one
            for value in x[row, 1:]:
                if value > threshold:
                    threshold += (value - threshold) / x.dtype.type(count - waiting + 1)
                    if threshold <= value - one:
                        waiting, threshold = count, value - one
                    listed[count] = value
                    count += 1
            first = waiting
            for i in range(waiting - 1, -1, -1):
                value = listed[i]
                if value > threshold:
                    first -= 1
                    listed[first] = value
                    threshold += (value - threshold) / x.dtype.type(count - first)
            left, before = count - first, 0
            while left != before:
                before, kept = left, first
                for i in range(first, first + before):
                    value = listed[i]
                    if value > threshold:
                        listed[kept] = value
                        kept += 1
                    else:
                        left -= 1
                        threshold += (threshold - value) / x.dtype.type(left)
            for i in range(x.shape[1]):
                p[row, i] = max(x[row, i] - threshold, x.dtype.type(0))

    @numba.njit(fastmath={"reassoc", "contract", "nsz", "arcp"})
    def pullback(p, g, d):
        zero, one = p.dtype.type(0), p.dtype.type(1)
        for row in range(p.shape[0]):
            total, count = zero, zero
            for i in range(p.shape[1]):
                inside = p[row, i] > zero
                total += g[row, i] if inside else zero
                count += one if inside else zero
            mean = total / count
            for i in range(p.shape[1]):
                d[row, i] = g[row, i] - mean if p[row, i] > zero else zero

    return {"michelot": michelot, "condat": condat, "pullback": pullback}


def numba_maps(peer, p):
    import numpy as np

    if p.kind != "sparsemax":
        return {}
    image, gradient = np.zeros_like(p.x), np.zeros_like(p.x)

    def work(project):
        def run():
            project(p.x, image)
            if not p.backward:
                return image
            peer.compiled["pullback"](image, p.g, gradient)
            return gradient

        return run

    return {"numba Michelot": work(peer.compiled["michelot"]), "numba Condat": work(peer.compiled["condat"])}


# scipy


def scipy_maps(peer, p):
    from scipy import optimize

    if p.kind != "isotonic" or p.backward:
        return {}
    return {"scipy": lambda: [optimize.isotonic_regression(row).x for row in p.x]}


# torch


def torch_work(torch, p, function):
    """The function, or its gradient by autograd."""
    x = torch.from_numpy(p.x)
    if not p.backward:
        return lambda: function(x)
    x, g = x.clone().requires_grad_(True), torch.from_numpy(p.g)

    def gradient():
        with torch.enable_grad():
            return torch.autograd.grad(function(x), x, g)[0]

    return gradient


def torch_maps(peer, p):
    torch = peer.module
    if p.kind not in ("sparsemax", "entmax15", "entmax125", "softmax"):
        return {}
    label = "torch" if p.kind == "softmax" else YARDSTICK
    return {label: torch_work(torch, p, lambda x: torch.softmax(x, -1))}


def entmax_maps(peer, p):
    entmax = peer.module
    functions = {
        "sparsemax": {
            "entmax sort": lambda x: entmax.sparsemax(x, dim=-1),
            "entmax k=100": lambda x: entmax.sparsemax(x, dim=-1, k=100),
            "entmax bisect": lambda x: entmax.sparsemax_bisect(x, dim=-1),
        },
        "entmax15": {
            "entmax sort": lambda x: entmax.entmax15(x, dim=-1),
            "entmax k=100": lambda x: entmax.entmax15(x, dim=-1, k=100),
            "entmax bisect": lambda x: entmax.entmax_bisect(x, alpha=1.5, dim=-1),
        },
        "entmax125": {"entmax bisect": lambda x: entmax.entmax_bisect(x, alpha=1.25, dim=-1)},
        "normmax": {"entmax bisect": lambda x: entmax.normmax_bisect(x, alpha=2, dim=-1)},
        "budget": {"entmax bisect": lambda x: entmax.budget_bisect(x, budget=BUDGET, dim=-1)},
    }.get(p.kind, {})
    return {label: torch_work(peer.torch, p, function) for label, function in functions.items()}


# jax


def jax_maps(peer, p):
    jax, jnp = peer.module, peer.module.numpy

    def sparsemax(x):
        s = jnp.flip(jnp.sort(x, axis=1), axis=1)
        sums = jnp.cumsum(s, axis=1) - 1
        support = jnp.sum(s * jnp.arange(1, s.shape[1] + 1, dtype=x.dtype) > sums, axis=1, keepdims=True)
        return jnp.maximum(x - jnp.take_along_axis(sums, support - 1, axis=1) / support.astype(x.dtype), 0)

    def entmax15(x):
        top = jnp.max(x, axis=1, keepdims=True)
        x = (x - jax.lax.stop_gradient(top)) / 2
        s = jnp.flip(jnp.sort(x, axis=1), axis=1)
        count = jnp.arange(1, s.shape[1] + 1, dtype=x.dtype)
        mean = jnp.cumsum(s, axis=1) / count
        inside = (1 - jnp.cumsum(s * s, axis=1) + count * mean * mean) / count
        # The square root has no derivative at 0, where it isn't needed.
        root = jnp.where(inside > 0, jnp.sqrt(jnp.where(inside > 0, inside, 1)), 0)
        support = jnp.sum(mean - root <= s, axis=1, keepdims=True)
        return jnp.square(jnp.maximum(x - jnp.take_along_axis(mean - root, support - 1, axis=1), 0))

    found = {"sparsemax": ("jax sort", sparsemax), "entmax15": ("jax sort", entmax15),
             "softmax": ("jax", lambda x: jax.nn.softmax(x, axis=1))}.get(p.kind)
    if found is None:
        return {}
    label, function = found
    arguments = (jnp.asarray(p.x),)
    if p.backward:
        forward, arguments = function, (jnp.asarray(p.x), jnp.asarray(p.g))
        function = lambda x, g: jax.vjp(forward, x)[1](g)[0]
    compiled = jax.jit(function)
    return {label: lambda: jax.block_until_ready(compiled(*arguments))}


def maps(peer, name, size):
    """The maps that a peer can do for a name: none for rows that are compared with Condat's algorithm."""
    kind = name.split("-")[0].removeprefix("simplex")
    make = {"numpy": numpy_maps, "scipy": scipy_maps, "numba": numba_maps, "torch": torch_maps,
            "entmax": entmax_maps, "jax": jax_maps}.get(peer.label)
    kinds = ("sparsemax", "entmax15", "entmax125", "softmax", "normmax", "budget", "isotonic")
    if make is None or kind not in kinds or "threads" in name:
        return {}
    p = problem(kind, size, name.endswith("-backward"), "-double" in name)
    found = {}
    for label, function in make(peer, p).items():
        # The yardstick isn't the same map.
        deviation = None if label == YARDSTICK else p.deviation(function())
        found[label] = (function, 1, deviation)
    return found
