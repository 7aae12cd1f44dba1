"""The peers' outcomes and densities of mixed distributions: the same work as Keel's `mixed...`.

`laws(peer, name, size)` gives label -> (function, 1) or, where a result can be judged, (function, 1, deviation): the
largest difference of a log-density from a quadrature with thousands of nodes, over some outcomes.

The label PUBLISHED is the log-density of Gaussian-Sparsemax by the class published with the paper: the trapezoid rule
on 100 quantiles of the threshold, which leaves both tails out. It takes part where Python finds that code:

    git clone https://github.com/deep-spin/sparse-communication
    PYTHONPATH=$PWD/sparse-communication/vae_mnist_and_regression make peers ALL=1 PEERS="--only mixeddensity"

once with the precision of Keel's log-density and once with single precision. BATCH is the same rule, written here for
batches in torch, with torch's own ln Phi.
"""

import functools

PUBLISHED = "published, 100 nodes"
PUBLISHED_FLOAT = "published, Float"
BATCH = "torch, 100 nodes"
SIZES = ("100000x3", "100000x10", "20000x100")


def bars(best):
    """The smallest ratios to hold on to: work -> [(against whom, ratio)]; `best` stands for the best peer."""
    found = {"normals-float": [("torch", 1.0)]}
    for size, ratio in zip(SIZES, (2, 4, 4)):
        found[f"mixedgaussian-{size}"] = [(best, ratio)]
        found[f"mixeddirichlet-{size}"] = [(best, 2)]
        found[f"mixeddirichlet-{size}-gamma"] = [(best, 2)]
    for size in ("2000x3", "2000x10", "500x100"):
        found[f"mixeddensity-{size}"] = [(PUBLISHED, 20)]
    for columns in (3, 10, 100):
        found[f"mixednormalizer-4096x{columns}"] = [(best, 1.0)]
    return found


def laws(peer, name, size):
    """What a peer does for a name."""
    kind = name.split("-")[0].removeprefix("mixed")
    makers = {
        "numpy": {"gaussian": numpy_gaussian, "dirichlet": numpy_dirichlet, "normalizer": numpy_normalizer,
                  "density": numpy_density},
        "torch": {"dirichlet": torch_dirichlet, "normalizer": torch_normalizer, "density": torch_density},
        "entmax": {"gaussian": entmax_gaussian},
        "jax": {"gaussian": jax_gaussian},
        "numba": {"gaussian": numba_gaussian},
    }.get(peer.label, {})
    return makers[kind](peer, name, size) if kind in makers else {}


def concentration(name):
    return 0.7 if name.endswith("-gamma") else 1.0


# Outcomes of Gaussian-Sparsemax: normal scores, then sparsemax of each row.


def numpy_sparsemax(np, x):
    s = -np.sort(-x, axis=1)
    sums = np.cumsum(s, axis=1) - 1
    support = (s * np.arange(1, x.shape[1] + 1, dtype=x.dtype) > sums).sum(1)
    thresholds = sums[np.arange(len(x)), support - 1] / support
    return np.maximum(x - thresholds[:, None].astype(x.dtype), 0)


def numpy_gaussian(peer, name, size):
    np = peer.np
    rng = np.random.Generator(np.random.SFC64(1))
    return {"numpy SFC64, sort": (lambda: numpy_sparsemax(np, rng.standard_normal(size, dtype=np.float32)), 1)}


def entmax_gaussian(peer, name, size):
    torch, entmax = peer.torch, peer.module
    found = {"torch, entmax sort": (lambda: entmax.sparsemax(torch.randn(*size), dim=-1), 1)}
    if size[1] >= 100:
        found["torch, entmax k=30"] = (lambda: entmax.sparsemax(torch.randn(*size), dim=-1, k=30), 1)
    return found


def jax_gaussian(peer, name, size):
    jax, jnp = peer.jax, peer.jax.numpy
    key = jax.random.key(1)

    def draw(key):
        x = jax.random.normal(key, size, jnp.float32)
        s = -jnp.sort(-x, axis=1)
        sums = jnp.cumsum(s, axis=1) - 1
        support = jnp.sum(s * jnp.arange(1, size[1] + 1, dtype=x.dtype) > sums, axis=1)
        thresholds = jnp.take_along_axis(sums, (support - 1)[:, None], axis=1) / support[:, None]
        return jnp.maximum(x - thresholds, 0)

    compiled = jax.jit(draw)
    return {"jax": (lambda: compiled(key).block_until_ready(), 1)}


@functools.lru_cache(maxsize=1)
def numba_draws(numba):
    import numpy as np

    @numba.njit(fastmath={"reassoc", "contract", "nsz", "arcp"})
    def draw(out):
        # Michelot's algorithm, fused with the generator of numba.
        rows, columns = out.shape
        for r in range(rows):
            largest = np.float32(-np.inf)
            for k in range(columns):
                out[r, k] = np.float32(np.random.standard_normal())
                largest = max(largest, out[r, k])
            threshold = largest - np.float32(1)
            while True:
                total, count = np.float32(0), np.float32(0)
                for k in range(columns):
                    above = out[r, k] > threshold
                    total += out[r, k] if above else np.float32(0)
                    count += np.float32(1) if above else np.float32(0)
                better = (total - np.float32(1)) / count
                if not better > threshold:
                    break
                threshold = better
            for k in range(columns):
                out[r, k] = max(out[r, k] - threshold, np.float32(0))

    return draw


def numba_gaussian(peer, name, size):
    import numpy as np

    out, draw = np.empty(size, np.float32), numba_draws(peer.module)
    return {"numba": (lambda: draw(out), 1)}


# Outcomes of the mixed Dirichlet law with weights 0: fair bits, again where none is set, and gammas.


def numpy_dirichlet(peer, name, size):
    np = peer.np
    rng = np.random.Generator(np.random.SFC64(1))
    alpha = concentration(name)

    def faces():
        face = rng.random(size, dtype=np.float32) < 0.5
        while True:
            empty = ~face.any(1)
            if not empty.any():
                return face
            face[empty] = rng.random((empty.sum(), size[1])) < 0.5

    def dense():
        x = np.where(faces(), rng.standard_gamma(alpha, size, dtype=np.float32), np.float32(0))
        return x / x.sum(1, keepdims=True)

    def on_faces():
        face = faces()
        x = np.zeros(size, np.float32)
        x[face] = rng.standard_gamma(alpha, int(face.sum()), dtype=np.float32)
        return x / x.sum(1, keepdims=True)

    return {"numpy": (dense, 1), "numpy, gammas of faces": (on_faces, 1)}


def torch_dirichlet(peer, name, size):
    torch = peer.torch
    alpha = torch.full(size, concentration(name))

    def draw():
        face = torch.rand(size) < 0.5
        while True:
            empty = ~face.any(1)
            if not empty.any():
                break
            face[empty] = torch.rand(int(empty.sum()), size[1]) < 0.5
        x = torch.where(face, torch._standard_gamma(alpha), 0.0)
        return x / x.sum(1, keepdim=True)

    return {"torch": (draw, 1)}


# Log-densities of Gaussian-Sparsemax.


@functools.lru_cache(maxsize=1)
def density_problem(size):
    """Means, deviations, outcomes, and the log-densities of the first ones by the trapezoid rule with 20,000 steps."""
    import numpy as np

    k = np.arange(size[1])
    means, deviations = 0.5 * np.sin(1 + 2 * k), 0.5 + np.sin(1 + k) ** 2
    rng = np.random.Generator(np.random.PCG64(22))
    outcomes = numpy_sparsemax(np, means + deviations * rng.standard_normal(size))
    truth = None
    try:
        from scipy.special import log_ndtr, logsumexp
    except ImportError:
        return means, deviations, outcomes, truth
    truth = []
    for y in outcomes[:20]:
        on = y > 0
        ends, reach = (means - y)[on], 40 * deviations[on].min()
        t, step = np.linspace(ends.min() - reach, ends.max() + reach, 20_001, retstep=True)
        x = (y + t[:, None] - means) / deviations
        terms = np.where(on, -0.5 * x * x - np.log(deviations) - 0.5 * np.log(2 * np.pi), log_ndtr(x)).sum(1)
        truth.append(logsumexp(terms) + np.log(on.sum() * step))
    return means, deviations, outcomes, np.array(truth)


def judged(function, truth):
    import numpy as np

    if truth is None:
        return function, 1
    return function, 1, float(np.abs(np.asarray(function(), np.float64)[:20] - truth).max())


def torch_density(peer, name, size):
    torch = peer.torch
    means, deviations, outcomes, truth = density_problem(size)
    mu, sigma, y = (torch.from_numpy(a) for a in (means, deviations, outcomes))
    nodes = 100
    z = torch.special.ndtri(torch.arange(1, nodes + 1, dtype=torch.float64) / (nodes + 1))

    def density():
        on = y > 0
        weights = on / sigma**2
        spread = weights.sum(1).rsqrt()
        center = spread**2 * (weights * (mu - y)).sum(1)
        residual = (mu - y - center[:, None]) / sigma
        logs = torch.where(on, -0.5 * residual**2 - sigma.log() - 0.5 * torch.log(torch.tensor(2 * torch.pi)), 0.0)
        face = on.sum(1).log() + spread.log() + logs.sum(1) + 0.5 * torch.log(torch.tensor(2 * torch.pi))
        t = center[:, None] + spread[:, None] * z
        factors = torch.special.log_ndtr((t[:, :, None] - mu) / sigma)
        product = torch.where(on[:, None, :], 0.0, factors).sum(2).exp()
        return face + torch.log(torch.trapezoid(product, dx=1 / (nodes + 1), dim=1))

    found = {BATCH: judged(density, truth)}
    try:
        from mixedrvs.gaussiansp import GaussianSparsemax
    except ImportError:
        return found
    for label, precision in ((PUBLISHED, torch.float64), (PUBLISHED_FLOAT, torch.float32)):
        found[label] = judged(functools.partial(published_density, peer, GaussianSparsemax, size, precision), truth)
    return found


def published_density(peer, law, size, precision):
    means, deviations, y = (peer.torch.from_numpy(a).to(precision) for a in density_problem(size)[:3])
    with peer.torch.no_grad():
        return law(means.expand_as(y), deviations.expand_as(y), validate_args=False).log_prob(y)


def numpy_density(peer, name, size):
    """What an expert would write: Gauss-Hermite nodes about the face's own mean."""
    try:
        from scipy.special import log_ndtr, logsumexp
    except ImportError:
        return {}
    np = peer.np
    means, deviations, outcomes, truth = density_problem(size)
    z, w = np.polynomial.hermite_e.hermegauss(40)
    log_w = np.log(w / np.sqrt(2 * np.pi))

    def density():
        result = np.empty(len(outcomes))
        on = outcomes > 0
        weights = on / deviations**2
        spread = weights.sum(1) ** -0.5
        center = spread**2 * (weights * (means - outcomes)).sum(1)
        for r, y in enumerate(outcomes):
            face, off = on[r], ~on[r]
            residual = ((means - y - center[r]) / deviations)[face]
            constant = (-0.5 * residual**2 - np.log(deviations[face]) - 0.5 * np.log(2 * np.pi)).sum()
            t = center[r] + spread[r] * z
            factors = log_ndtr((t[:, None] - means[off]) / deviations[off]).sum(1)
            result[r] = (np.log(face.sum() * spread[r]) + 0.5 * np.log(2 * np.pi) + constant
                         + logsumexp(factors + log_w))
        return result

    return {"scipy, Gauss-Hermite": judged(density, truth)}


# ln Z of the law of faces that are not empty: K independent bits, given that one is set.


def torch_normalizer(peer, name, size):
    torch = peer.torch
    weights = torch.randn(*size)

    def closed_form():
        a = torch.nn.functional.softplus(2 * weights).sum(-1)
        return a - weights.sum(-1) + torch.log(-torch.expm1(-a))

    return {"torch": (closed_form, 1)}


def numpy_normalizer(peer, name, size):
    np = peer.np
    weights = peer.rng.standard_normal(size).astype(np.float32)

    def closed_form():
        a = np.logaddexp(0, 2 * weights).sum(-1)
        return a - weights.sum(-1) + np.log(-np.expm1(-a))

    return {"numpy": (closed_form, 1)}
