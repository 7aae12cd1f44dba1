"""The peers' principal axes of clouds of points, and eigenproblems of small matrices: the same work as Keel's
`frameaxes...` and `frameeigen...`.

`kernels(peer, name, size)` gives label -> (function, 1), and for eigenproblems (function, 1, deviation): the
largest residual |AV - V diag(w)| / |A| of the matrices. numpy, torch and jax are used as their users use
them: centred points, a batched product, and the batched eigh. The code for numba is what an expert writes
instead: one loop over clouds, moments in one pass, and Jacobi's method.
"""

import functools

NUMBA = "numba, own Jacobi"


def bars(best):
    """The smallest ratios to hold on to: work -> [(against whom, ratio)]; `best` stands for the best of the
    libraries, numpy, torch and jax."""
    found = {}
    for suffix in ("", "-float"):
        found[f"frameeigen-10000x3{suffix}"] = [("numpy", 10), ("torch", 10), (NUMBA, 4)]
        for size, ratio, over_loops in (("1024x512", 4, 1.5), ("64x2048", 3, 1.5), ("10000x32", 8, 3)):
            found[f"frameaxes-{size}{suffix}"] = [(best, ratio), (NUMBA, over_loops)]
    return found


def kernels(peer, name, size):
    """What a peer does for a name."""
    import numpy as np

    dtype = np.float32 if name.endswith("-float") else np.float64
    makers = {"numpy": of_numpy, "torch": of_torch, "jax": of_jax, "numba": of_numba}
    if peer.label not in makers:
        return {}
    axes, eigen = makers[peer.label](peer)
    label = NUMBA if peer.label == "numba" else peer.label
    if name.startswith("frameaxes"):
        return {label: (axes(clouds(size, dtype)), 1)}
    matrices = scatters(size, dtype)
    function = eigen(matrices)
    return {label: (function, 1, residual(matrices, *function()))}


@functools.lru_cache(maxsize=1)
def clouds(size, dtype):
    import numpy as np

    return np.random.Generator(np.random.PCG64(31)).standard_normal((*size, 3)).astype(dtype)


@functools.lru_cache(maxsize=1)
def scatters(size, dtype):
    import numpy as np

    count, order = size
    x = np.random.Generator(np.random.PCG64(32)).standard_normal((count, 60, order)).astype(dtype)
    x -= x.mean(1, keepdims=True)
    return x.transpose(0, 2, 1) @ x


def residual(matrices, values, vectors):
    import numpy as np

    a, w, v = (np.asarray(x, np.float64) for x in (matrices, values, vectors))
    rest = np.linalg.norm(a @ v - v * w[:, None, :], axis=(1, 2))
    return float((rest / np.linalg.norm(a, axis=(1, 2))).max())


def of_numpy(peer):
    np = peer.np

    def axes(x):
        def run():
            center = x.mean(1, keepdims=True)
            y = x - center
            return center, *np.linalg.eigh(np.matmul(y.transpose(0, 2, 1), y))

        return run

    return axes, lambda a: lambda: np.linalg.eigh(a)


def of_torch(peer):
    torch = peer.torch

    def axes(x):
        x = torch.from_numpy(x)

        def run():
            center = x.mean(1, keepdim=True)
            y = x - center
            return center, *torch.linalg.eigh(torch.bmm(y.transpose(1, 2), y))

        return run

    def eigen(a):
        a = torch.from_numpy(a)
        return lambda: torch.linalg.eigh(a)

    return axes, eigen


def of_jax(peer):
    jax, jnp = peer.jax, peer.jax.numpy

    @jax.jit
    def principal(x):
        center = x.mean(1, keepdims=True)
        y = x - center
        return center, *jnp.linalg.eigh(jnp.matmul(y.transpose(0, 2, 1), y))

    decompose = jax.jit(jnp.linalg.eigh)

    def axes(x):
        x = jnp.asarray(x)
        return lambda: jax.block_until_ready(principal(x))

    def eigen(a):
        a = jnp.asarray(a)
        return lambda: jax.block_until_ready(decompose(a))

    return axes, eigen


@functools.lru_cache(maxsize=1)
def numba_loops(numba):
    import math

    import numpy as np

    @numba.njit(fastmath={"reassoc", "contract", "nsz", "arcp"})
    def jacobi(a, w, v):
        """Eigenvalues of a, which is overwritten, ascending, and eigenvectors as columns."""
        n = a.shape[0]
        scale = 0.0
        for i in range(n):
            for j in range(n):
                v[i, j] = 1.0 if i == j else 0.0
                scale += a[i, j] * a[i, j]
        for _ in range(12):
            off = 0.0
            for p in range(n - 1):
                for q in range(p + 1, n):
                    off += a[p, q] * a[p, q]
            if off <= 1e-32 * scale:
                break
            for p in range(n - 1):
                for q in range(p + 1, n):
                    apq = a[p, q]
                    if abs(apq) <= 1e-18 * (abs(a[p, p]) + abs(a[q, q])):
                        continue
                    d, g = a[q, q] - a[p, p], 2 * apq
                    t = g / (d + math.copysign(math.sqrt(d * d + g * g), d))
                    c = 1 / math.sqrt(1 + t * t)
                    s = t * c
                    for k in range(n):
                        x, y = a[k, p], a[k, q]
                        a[k, p], a[k, q] = c * x - s * y, s * x + c * y
                    for k in range(n):
                        x, y = a[p, k], a[q, k]
                        a[p, k], a[q, k] = c * x - s * y, s * x + c * y
                    for k in range(n):
                        x, y = v[k, p], v[k, q]
                        v[k, p], v[k, q] = c * x - s * y, s * x + c * y
        for i in range(n):
            w[i] = a[i, i]
        for i in range(1, n):
            j = i
            while j > 0 and w[j] < w[j - 1]:
                w[j], w[j - 1] = w[j - 1], w[j]
                for k in range(n):
                    v[k, j], v[k, j - 1] = v[k, j - 1], v[k, j]
                j -= 1

    @numba.njit
    def eigen(matrices, values, vectors):
        count, n, _ = matrices.shape
        a, w, v = np.empty((n, n)), np.empty(n), np.empty((n, n))
        for b in range(count):
            a[:] = matrices[b]
            jacobi(a, w, v)
            values[b] = w
            vectors[b] = v

    @numba.njit(fastmath={"reassoc", "contract", "nsz", "arcp"})
    def axes(x, centers, values, vectors):
        count, n, _ = x.shape
        a, w, v = np.empty((3, 3)), np.empty(3), np.empty((3, 3))
        zero = x.dtype.type(0)
        for b in range(count):
            x0, y0, z0 = x[b, 0, 0], x[b, 0, 1], x[b, 0, 2]
            mx = my = mz = xx = xy = xz = yy = yz = zz = zero
            for i in range(n):
                dx, dy, dz = x[b, i, 0] - x0, x[b, i, 1] - y0, x[b, i, 2] - z0
                mx += dx
                my += dy
                mz += dz
                xx += dx * dx
                xy += dx * dy
                xz += dx * dz
                yy += dy * dy
                yz += dy * dz
                zz += dz * dz
            a[0, 0] = xx - mx * mx / n
            a[0, 1] = a[1, 0] = xy - mx * my / n
            a[0, 2] = a[2, 0] = xz - mx * mz / n
            a[1, 1] = yy - my * my / n
            a[1, 2] = a[2, 1] = yz - my * mz / n
            a[2, 2] = zz - mz * mz / n
            jacobi(a, w, v)
            centers[b, 0], centers[b, 1], centers[b, 2] = x0 + mx / n, y0 + my / n, z0 + mz / n
            values[b] = w
            vectors[b] = v

    return axes, eigen


def of_numba(peer):
    import numpy as np

    loops = numba_loops(peer.module)

    def axes(x):
        centers, values, vectors = (np.empty((len(x), *shape), x.dtype) for shape in ((3,), (3,), (3, 3)))
        return lambda: loops[0](x, centers, values, vectors)

    def eigen(a):
        values, vectors = np.empty(a.shape[:2], a.dtype), np.empty_like(a)

        def run():
            loops[1](a, values, vectors)
            return values, vectors

        return run

    return axes, eigen
