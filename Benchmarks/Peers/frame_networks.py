"""The peers' averages of a network over frames: the same work as Keel's `framenetwork...`.

The network 3-64-64, with ReLU after both layers, of every point of canonical clouds in single precision, and the mean over
points and frames: for E(3) over all eight signs of the principal axes, for SE(3) (`-rigid`) over the four of which the
third axis is the cross product of the others.

numpy and "torch" make all copies of the clouds at once, as the published recipe does and its users write it; "torch,
chunks" is the same in chunks of 4096 rows, which stay in the cache; jax is compiled. YARDSTICK is one product of square
matrices, as far as they go, with as many operations, by the BLAS of numpy: what a network costs where nothing but
the products takes time. A deviation is the largest from the average in double precision, over the first clouds.
"""

import itertools

YARDSTICK = "numpy sgemm"
CHUNKS = "torch, chunks"
UNITS = 64
SIZES = ("128x512", "8x2048", "1250x32")


def bars(best):
    """The smallest ratios to hold on to: work -> [(against whom, ratio)]; `best` stands for the best peer."""
    found = {}
    for size in SIZES:
        found[f"framenetwork-{size}"] = [(best, 2.2), ("torch", 10), (YARDSTICK, 0.89)]
        # Half the copies: those of eight clouds nearly fit the cache, and all at once cost less.
        found[f"framenetwork-{size}-rigid"] = [(best, 2.2), ("torch", 8), (YARDSTICK, 0.89)]
    return found


def averages(peer, name, size):
    """What a peer does for a name: label -> (function, 1, deviation)."""
    makers = {"numpy": numpy_averages, "torch": torch_averages, "jax": jax_averages}
    return makers[peer.label](peer, Problem(*size, name.endswith("-rigid"))) if peer.label in makers else {}


class Problem:
    """Clouds with the deviations 3, 2 and 1 along the axes, a network, and the signs of the frames."""

    def __init__(self, clouds, points, rigid):
        import numpy as np

        rng = np.random.Generator(np.random.PCG64(31))
        self.np, self.clouds, self.points, self.rigid = np, clouds, points, rigid
        self.x = (rng.standard_normal((clouds, points, 3)) * [3, 2, 1]).astype(np.float32)
        shapes = ((3, UNITS), (UNITS, UNITS))
        self.weights = [(rng.standard_normal(s) / s[0] ** 0.5).astype(np.float32) for s in shapes]
        self.biases = [(rng.standard_normal(UNITS) * 0.1).astype(np.float32) for _ in shapes]
        self.signs = np.array(list(itertools.product((1, -1), repeat=2 if rigid else 3)), np.float32)
        self.frames = len(self.signs)

    def average(self, x, weights, biases):
        """With numpy, in the precision of the arguments."""
        np = self.np
        z = x - x.mean(1, keepdims=True)
        _, axes = np.linalg.eigh(z.transpose(0, 2, 1) @ z)
        axes = axes[..., : self.signs.shape[1]][:, None] * self.signs[None, :, None, :].astype(x.dtype)
        if self.rigid:
            axes = np.concatenate([axes, np.cross(axes[..., 0], axes[..., 1])[..., None]], -1)
        h = (z[:, None] @ axes).reshape(-1, 3)
        for w, b in zip(weights, biases):
            h = np.maximum(h @ w + b, 0)
        return h.reshape(len(x), -1, UNITS).mean(1)

    def judged(self, function):
        np, some = self.np, slice(0, 3)
        truth = self.average(
            self.x[some].astype(np.float64), *([a.astype(np.float64) for a in v] for v in (self.weights, self.biases)))
        return function, 1, float(np.abs(np.asarray(function(), np.float64)[some] - truth).max())


def numpy_averages(peer, problem):
    np = problem.np
    operations = problem.clouds * problem.points * problem.frames * (3 * UNITS + UNITS * UNITS)
    a = np.ones((round(operations / 1024**2), 1024), np.float32)
    b, c = np.ones((1024, 1024), np.float32), np.empty_like(a)
    return {
        "numpy": problem.judged(lambda: problem.average(problem.x, problem.weights, problem.biases)),
        YARDSTICK: (lambda: np.matmul(a, b, out=c), 1),
    }


def torch_averages(peer, problem):
    torch = peer.torch
    x, signs = torch.from_numpy(problem.x), torch.from_numpy(problem.signs)
    layers = [tuple(map(torch.from_numpy, layer)) for layer in zip(problem.weights, problem.biases)]

    def frames():
        z = x - x.mean(1, keepdim=True)
        _, axes = torch.linalg.eigh(torch.bmm(z.transpose(1, 2), z))
        axes = axes[..., : signs.shape[1]][:, None] * signs[None, :, None, :]
        if problem.rigid:
            third = torch.linalg.cross(axes[..., 0], axes[..., 1])
            axes = torch.cat([axes, third.unsqueeze(-1)], -1)
        return z, axes

    def at_once():
        z, axes = frames()
        h = torch.matmul(z[:, None], axes).reshape(-1, 3)
        for w, b in layers:
            h = torch.relu(torch.addmm(b, h, w))
        return h.view(problem.clouds, -1, UNITS).mean(1)

    def in_chunks():
        z, axes = frames()
        out = torch.empty(problem.clouds, UNITS)
        step = max(1, 4096 // (problem.points * problem.frames))
        for i in range(0, problem.clouds, step):
            h = torch.matmul(z[i : i + step, None], axes[i : i + step]).reshape(-1, 3)
            for w, b in layers:
                h = torch.relu_(torch.addmm(b, h, w))
            out[i : i + step] = h.view(-1, problem.frames * problem.points, UNITS).mean(1)
        return out

    return {"torch": problem.judged(at_once), CHUNKS: problem.judged(in_chunks)}


def jax_averages(peer, problem):
    jax, jnp = peer.jax, peer.jax.numpy
    x, signs = jnp.asarray(problem.x), jnp.asarray(problem.signs)
    layers = [tuple(map(jnp.asarray, layer)) for layer in zip(problem.weights, problem.biases)]

    @jax.jit
    def average(x):
        z = x - x.mean(1, keepdims=True)
        _, axes = jnp.linalg.eigh(jnp.einsum("bni,bnj->bij", z, z))
        axes = axes[..., : signs.shape[1]][:, None] * signs[None, :, None, :]
        if problem.rigid:
            axes = jnp.concatenate([axes, jnp.cross(axes[..., 0], axes[..., 1])[..., None]], -1)
        h = jnp.einsum("bni,bfij->bfnj", z, axes).reshape(-1, 3)
        for w, b in layers:
            h = jax.nn.relu(h @ w + b)
        return h.reshape(problem.clouds, -1, UNITS).mean(1)

    return {"jax": problem.judged(lambda: average(x).block_until_ready())}
