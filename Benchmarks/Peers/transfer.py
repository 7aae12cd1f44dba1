"""The peers' steps of gradient descent on |X B'v - y|^2 over B (k x d) and v: the same work as Keel's
`transferdirect`, as it is written with each library, and for some also in the coordinates of X's singular
vectors, as Keel's `transferreduced` does it.

`steps(peer, name, size, single)` gives label -> (function, how many steps a call makes). Labels that end
in REDUCED are those in the coordinates of the singular vectors.

jax compiles a loop over steps and pays for every call of it. It is timed with calls of CALL steps, after
which a user looks at the losses, and, in labels that end in LONG, with calls so long that they cost
nothing. Keel's direct step costs the same either way.
"""

import functools
import math

REDUCED = " reduced"
LONG = " long loop"
CALL = 20


@functools.cache
def problem(size, single):
    """Random inputs of one size, the same for all peers."""
    return Problem(size, single)


class Problem:
    """See `problem`."""

    def __init__(self, size, single):
        import numpy as np

        n, d, k = size
        rng = np.random.Generator(np.random.PCG64(2))
        dtype = np.float32 if single else np.float64
        self.size = size
        self.x = rng.standard_normal((n, d)).astype(dtype)
        self.b = np.linalg.qr(rng.standard_normal((d, k)))[0].T.astype(dtype).copy()
        self.v = rng.standard_normal(k).astype(dtype)
        self.y = self.x @ (rng.standard_normal(d) / math.sqrt(d)).astype(dtype)
        # Far below the limit of stability; the factor 2 of the gradient is part of it.
        self.rate = dtype(2e-2 / np.linalg.norm(self.x) ** 2)
        u, values, vt = np.linalg.svd(self.x, full_matrices=False)
        self.values, self.target = values**2, (u.T @ self.y) / values
        self.c = (self.b @ vt.T).copy()


def numpy_steps(np, p):
    x, y, rate = p.x, p.y, p.rate
    b, v = p.b.copy(), p.v.copy()

    def products_with_vectors():
        g = (y - x @ (v @ b)) @ x
        change = b @ g
        b[...] += np.outer(rate * v, g)
        v[...] += rate * change

    b2, v2 = p.b.copy(), p.v.copy()

    def features_first():
        z = x @ b2.T
        r = y - z @ v2
        change = z.T @ r
        b2[...] += rate * np.outer(v2, x.T @ r)
        v2[...] += rate * change

    c, w, values, target = p.c.copy(), p.v.copy(), p.values, p.target

    def reduced():
        g = values * (target - w @ c)
        change = c @ g
        c[...] += np.outer(rate * w, g)
        w[...] += rate * change

    return {"numpy": (products_with_vectors, 1), "numpy features first": (features_first, 1),
            "numpy" + REDUCED: (reduced, 1)}


def scipy_steps(blas, p):
    single = p.x.dtype == "float32"
    gemv, ger = (blas.sgemv, blas.sger) if single else (blas.dgemv, blas.dger)
    rate, y = p.rate, p.y
    # Transposes of row-major arrays are in Fortran's order: nothing is copied, and dger works in place.
    xt = p.x.T
    state = [p.b.copy().T, p.v.copy()]

    def step():
        bt, v = state
        r = y - gemv(1.0, xt, gemv(1.0, bt, v), trans=1)
        g = gemv(1.0, xt, r)
        change = gemv(1.0, bt, g, trans=1)
        state[0] = ger(rate, g, v, a=bt, overwrite_a=1)
        state[1] = v + rate * change

    return {"scipy BLAS": (step, 1)}


def torch_steps(torch, p):
    rate = float(p.rate)
    x, y = torch.from_numpy(p.x), torch.from_numpy(p.y)
    state = [torch.from_numpy(p.b.copy()), torch.from_numpy(p.v.copy())]

    def manual():
        with torch.no_grad():
            b, v = state
            g = (y - x @ (v @ b)) @ x
            change = b @ g
            b.addr_(v, g, alpha=rate)
            state[1] = v + rate * change

    b = torch.from_numpy(p.b.copy()).requires_grad_(True)
    v = torch.from_numpy(p.v.copy()).requires_grad_(True)
    optimizer = torch.optim.SGD([b, v], lr=rate / 2)

    def autograd():
        with torch.enable_grad():
            optimizer.zero_grad()
            loss = ((x @ b.T) @ v - y).square().sum()
            loss.backward()
            optimizer.step()

    return {"torch": (manual, 1), "torch autograd": (autograd, 1)}


def jax_steps(jax, p):
    jnp = jax.numpy
    n, d, k = p.size
    rate = p.rate
    x, y, b, v = map(jnp.asarray, (p.x, p.y, p.b, p.v))
    values, target, c = map(jnp.asarray, (p.values, p.target, p.c))
    long = max(CALL, min(5000, 10_000_000 // (n * d)))

    def direct(state):
        b, v = state
        g = (y - x @ (v @ b)) @ x
        return b + jnp.outer(rate * v, g), v + rate * (b @ g)

    def reduced(state):
        c, v = state
        g = values * (target - v @ c)
        return c + jnp.outer(rate * v, g), v + rate * (c @ g)

    def loop(step, count, start):
        compiled = jax.jit(lambda state: jax.lax.fori_loop(0, count, lambda _, s: step(s), state))
        return lambda: jax.block_until_ready(compiled(start)), count

    return {"jax": loop(direct, CALL, (b, v)), "jax" + LONG: loop(direct, long, (b, v)),
            "jax" + REDUCED: loop(reduced, long, (c, v))}


def steps(peer, name, size, single):
    """The steps that a peer can do for a name."""
    kind = name.split("-")[0]
    if kind not in ("transferdirect", "transferreduced"):
        return {}
    make = {"numpy": numpy_steps, "scipy": scipy_steps, "torch": torch_steps, "jax": jax_steps}[peer.label]
    made = make(peer.module, problem(size, single))
    return {label: work for label, work in made.items()
            if kind == "transferreduced" or not label.endswith(REDUCED)}
