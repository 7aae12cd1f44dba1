"""Times numpy (and scipy, torch, jax, numba and entmax, where installed) on the same work as Keel, in one run.

Every sample of a peer stands next to a sample of Keel, so that both see the same machine; the order
changes from round to round. All use one thread. A time is the smallest CPU time of the process that
did the work, over all rounds: on a shared machine it is what repeats. A ratio above 1 means that
Keel is faster; figures within 5 per cent mean nothing.

    python peers.py                      all work
    python peers.py --only 'gemm|svd'    the work whose name matches
    python peers.py --prescott           also what the repair of OpenBLAS's kernel set brings

The steps of training (transfer*) are compared with the step in full coordinates that a peer's user writes;
columns "... reduced" are the same peers in the coordinates that Keel's `transferreduced` works in, and
"jax long loop" has thousands of steps inside one compiled call, in place of 20.

The maps onto the simplex (simplex*) are compared with the package entmax and with what an expert writes
in numpy, numba and jax; with torch's softmax of the same scores as a yardstick; with Condat's algorithm in C;
and some with another form of the same work in Keel, "keel otherwise". Those on two threads are timed by the
clock on the wall. A second table says how far every result is from one by sorting in double precision.

The mixed distributions (mixed*) are compared with what users write in numpy, torch, jax and numba, and the
log-density with the published quadrature; the second table then says how far it is from one with 20,000 nodes.

Principal axes of clouds of points and small eigenproblems (frameaxes*, frameeigen*) are compared with a batched
product and the batched eigh of numpy, torch and jax, and with an expert's loop in numba; the second table has the
residuals.

The averages of networks over frames (framenetwork*) are compared with what users write in numpy, torch and jax,
and with the product of matrices that takes as many operations as a yardstick.

Build the Swift side first: swift build --package-path Benchmarks -c release --product KeelPeer
"""

import argparse
import json
import math
import os
import pathlib
import platform
import re
import subprocess
import sys
import time

import frame_networks
import frames
import mixed
import simplex
import transfer

# One thread in each library; these are read when the libraries are loaded.
ONE_THREAD = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "NUMBA_NUM_THREADS": "1",
    "KEEL_THREADS": "1",
    "XLA_FLAGS": "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1",
}
os.environ.update(ONE_THREAD)

# The fastest of all installed peers that do the work as their users write it, in calls of 20 steps.
BEST = "best peer"

# What is compared with Keel but isn't a peer that does the same work as its users write it. An expert's own
# eigensolver in numba is no library's; it has bars of its own.
ASIDE = ("keel", "raw C", simplex.YARDSTICK, simplex.OTHER, simplex.CONDAT, frames.NUMBA, frame_networks.YARDSTICK)

# The smallest ratios to hold on to: work -> [(against whom, ratio)].
BARS = {
    "transferdirect-50x100x5": [(BEST, 3.5)],
    "transferdirect-100x500x20": [(BEST, 1.25)],
    "transferdirect-1000x2000x50": [(BEST, 1.2)],
    "transferreduced-50x100x5": [(BEST, 30)],
    "transferreduced-100x500x20": [(BEST, 33)],
    "transferreduced-1000x2000x50": [(BEST, 65)],
    "dgemm-256": [("numpy", 0.97)],
    "dgemm-512": [("numpy", 0.97)],
    "dgemm-1024": [("numpy", 0.97)],
    "dgemm-2048": [("numpy", 0.97)],
    "sgemm-1024": [("numpy", 0.97)],
    "dsyevd-500": [("numpy", 0.95)],
    "dgesdd-500x200": [("numpy", 0.95)],
    "dgemm-8": [("raw C", 0.80)],
    **simplex.bars(BEST),
    **mixed.bars(BEST),
    **frames.bars(BEST),
    **frame_networks.bars(BEST),
}


class KeelError(Exception):
    """The Swift program could not do what it was asked."""


class Keel:
    """A running KeelPeer."""

    def __init__(self, executable, environment=None):
        self.process = subprocess.Popen(
            [str(executable)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            env={**os.environ, **(environment or {})},
        )
        self.info = json.loads(self.ask("info"))
        self.names = self.ask("list").split()

    def ask(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().rstrip("\n")
        if not answer:
            raise KeelError(f"KeelPeer ended at: {line}")
        if answer.startswith("error "):
            raise KeelError(answer[len("error "):])
        return answer

    def timer(self, name, command="time"):
        return lambda count: float(self.ask(f"{command} {name} {count}"))

    def deviation(self, name):
        """How far a result of Keel is from its definition, None where the program can't tell."""
        answer = self.ask(f"deviation {name}")
        return None if answer == "unknown" else float(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def timer(function, steps=1):
    """CPU seconds of one of about `count` repetitions, of which a call makes `steps`."""

    def run(count):
        calls = -(-count // steps)
        start = time.process_time()
        for _ in range(calls):
            function()
        return (time.process_time() - start) / (calls * steps)

    return run


def shape(name):
    """The sizes in a name: dgesdd-500x200 -> (500, 200), dgemm-256 -> (256,)."""
    return tuple(int(n) for n in re.search(r"-(\d+(?:x\d+)*)", name).group(1).split("x"))


class NumPy:
    label = "numpy"

    def __init__(self):
        import numpy

        self.np = self.module = numpy
        self.rng = numpy.random.Generator(numpy.random.PCG64(1))
        self.version = numpy.__version__

    def about(self):
        kernels = "kernel set unknown (install threadpoolctl)"
        try:
            import threadpoolctl

            libraries = [
                f"{lib['internal_api']} {lib['version']}, {lib.get('architecture', 'unknown')} kernels, "
                f"{lib['num_threads']} thread"
                for lib in threadpoolctl.threadpool_info()
                if lib["user_api"] == "blas" and "numpy" in lib["filepath"]
            ]
            if libraries:
                kernels = "; ".join(libraries)
        except ImportError:
            pass
        return f"numpy {self.version}: {kernels}"

    def normal(self, *size, dtype):
        return self.rng.standard_normal(size).astype(dtype)

    def work(self, name):
        np, rng = self.np, self.rng
        kind = name.split("-")[0]
        dtype = np.float32 if kind.startswith("s") or name.endswith("-float") else np.float64
        if kind in ("normals", "uniforms"):
            out = np.zeros(1_000_000, dtype)
            fill = rng.standard_normal if kind == "normals" else rng.random
            return lambda: fill(dtype=dtype, out=out)
        size = shape(name)
        if kind in ("dgemm", "sgemm"):
            a, b = self.normal(*size, *size, dtype=dtype), self.normal(*size, *size, dtype=dtype)
            c = np.zeros_like(a)
            return lambda: np.matmul(a, b, out=c)
        if kind == "dgemv":
            a = self.normal(*size, dtype=dtype)
            a = a.T if name.endswith("transposed") else a
            x, y = self.normal(a.shape[1], dtype=dtype), np.zeros(a.shape[0], dtype)
            return lambda: np.dot(a, x, out=y)
        if kind == "dsyevd":
            a = self.normal(*size, *size, dtype=dtype)
            a = a + a.T
            return lambda: np.linalg.eigh(a)
        a = self.normal(*(size if len(size) == 2 else size * 2), dtype=dtype)
        if kind == "dgesdd":
            return lambda: np.linalg.svd(a, full_matrices=False)
        if kind == "dqr":
            return lambda: np.linalg.qr(a)
        return None


class SciPy:
    """BLAS in place, through SciPy's wrappers; it takes part where that differs from numpy."""

    label = "scipy"

    def __init__(self):
        import scipy
        from scipy.linalg import blas

        self.module = blas
        self.version = scipy.__version__

    def about(self):
        return f"scipy {self.version}: BLAS in place"

    def work(self, name):
        return None


class Torch:
    label = "torch"

    def __init__(self):
        import torch

        torch.set_num_threads(1)
        torch.set_grad_enabled(False)
        self.torch = self.module = torch

    def about(self):
        blas = "MKL" if self.torch.backends.mkl.is_available() else "another BLAS"
        return f"torch {self.torch.__version__}: {blas}, {self.torch.get_num_threads()} thread"

    def work(self, name):
        torch = self.torch
        kind = name.split("-")[0]
        single = kind.startswith("s") or name.endswith("-float")
        dtype = torch.float32 if single else torch.float64
        if kind in ("normals", "uniforms"):
            out = torch.zeros(1_000_000, dtype=dtype)
            return out.normal_ if kind == "normals" else out.uniform_
        size = shape(name)
        if kind in ("dgemm", "sgemm"):
            a, b = (torch.randn(*size, *size, dtype=dtype) for _ in range(2))
            c = torch.zeros_like(a)
            return lambda: torch.mm(a, b, out=c)
        if kind == "dgemv":
            a = torch.randn(*size, dtype=dtype)
            a = a.T if name.endswith("transposed") else a
            x, y = torch.randn(a.shape[1], dtype=dtype), torch.zeros(a.shape[0], dtype=dtype)
            return lambda: torch.mv(a, x, out=y)
        if kind == "dsyevd":
            a = torch.randn(*size, *size, dtype=dtype)
            a = a + a.T
            return lambda: torch.linalg.eigh(a)
        a = torch.randn(*(size if len(size) == 2 else size * 2), dtype=dtype)
        if kind == "dgesdd":
            return lambda: torch.linalg.svd(a, full_matrices=False)
        if kind == "dqr":
            return lambda: torch.linalg.qr(a)
        return None


class Jax:
    label = "jax"

    def __init__(self):
        import jax

        jax.config.update("jax_enable_x64", True)
        self.jax = self.module = jax

    def about(self):
        return f"jax {self.jax.__version__}: {self.jax.default_backend()}, one thread of XLA"

    def work(self, name):
        jax, jnp = self.jax, self.jax.numpy
        kind = name.split("-")[0]
        single = kind.startswith("s") or name.endswith("-float")
        dtype = jnp.float32 if single else jnp.float64
        keys = jax.random.split(jax.random.key(1), 3)
        if kind in ("normals", "uniforms"):
            draw = jax.random.normal if kind == "normals" else jax.random.uniform
            make = jax.jit(lambda key: draw(key, (1_000_000,), dtype))
            return lambda: make(keys[0]).block_until_ready()
        size = shape(name)
        size = size if len(size) == 2 else size * 2
        a = jax.random.normal(keys[0], size, dtype)
        if kind in ("dgemm", "sgemm"):
            b = jax.random.normal(keys[1], size, dtype)
            function, arguments = jnp.matmul, (a, b)
        elif kind == "dgemv":
            a = a.T if name.endswith("transposed") else a
            function, arguments = jnp.matmul, (a, jax.random.normal(keys[1], a.shape[1:], dtype))
        elif kind == "dsyevd":
            function, arguments = jnp.linalg.eigh, (a + a.T,)
        elif kind == "dgesdd":
            function, arguments = (lambda a: jnp.linalg.svd(a, full_matrices=False)), (a,)
        elif kind == "dqr":
            function, arguments = jnp.linalg.qr, (a,)
        else:
            return None
        compiled = jax.jit(function)
        return lambda: jax.block_until_ready(compiled(*arguments))


def available_peers():
    """The peers that are installed; numpy has to be."""
    peers = [NumPy()]
    for peer in (SciPy, Torch, Jax, simplex.Numba, simplex.Entmax):
        try:
            peers.append(peer())
        except ImportError:
            pass
    return peers


def works(peer, name):
    """What a peer does for a name: label -> (function, repetitions in a call), and for maps onto the simplex
    the deviation of its result."""
    if name.startswith("transfer"):
        return transfer.steps(peer, name, shape(name), name.endswith("-float"))
    if name.startswith("simplex"):
        return simplex.maps(peer, name, shape(name))
    if name.startswith("mixed"):
        return mixed.laws(peer, name, shape(name))
    if name.startswith(("frameaxes", "frameeigen")):
        return frames.kernels(peer, name, shape(name))
    if name.startswith("framenetwork"):
        return frame_networks.averages(peer, name, shape(name))
    work = peer.work(name)
    return {} if work is None else {peer.label: (work, 1)}


def repetitions(run, seconds):
    """How many repetitions take about so long; the first call is a warm-up and not counted."""
    run(1)
    count = 1
    while True:
        each = max(run(count), 1e-9)
        if each * count >= seconds / 4 or count >= 10_000_000:
            return max(1, round(seconds / each))
        count = max(4 * count, 1)


def race(timers, rounds, seconds):
    """The smallest time of each timer, over rounds in which every timer has a sample; only those that are far
    behind sit out two rounds of three."""
    counts = {label: repetitions(run, seconds) for label, run in timers.items()}
    far = max(counts.values()) / 10
    best = dict.fromkeys(timers, math.inf)
    labels = list(timers)
    for round_ in range(rounds):
        turn = round_ % len(labels)
        for label in labels[turn:] + labels[:turn]:
            if round_ % 3 == 0 or counts[label] >= far:
                best[label] = min(best[label], timers[label](counts[label]))
    return best


def duration(seconds):
    for unit, scale in (("s", 1), ("ms", 1e-3), ("us", 1e-6)):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def rate(amount, unit, seconds):
    for prefix, scale in (("G", 1e9), ("M", 1e6), ("k", 1e3)):
        if amount / seconds >= scale:
            return f"{amount / seconds / scale:.3g} {prefix}{unit}/s"
    return f"{amount / seconds:.3g} {unit}/s"


def table(rows):
    """Columns as wide as their entries, the first to the left and the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    for number, row in enumerate(rows):
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  ".join(cells).rstrip())
        if number == 0:
            print("  ".join("-" * width for width in widths))


def cpu_model():
    try:
        for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
            if line.startswith("model name"):
                return line.split(":", 1)[1].strip()
    except OSError:
        pass
    return platform.processor() or platform.machine()


def standings(name, best):
    """The rival of each bar, its ratio, and what the bar asks for; bars without a rival are left out."""
    others = [l for l in best if l not in ASIDE and not l.endswith((transfer.REDUCED, transfer.LONG))]
    found = []
    for against, least in BARS.get(name, []):
        rival = min(others, key=best.get, default=None) if against == BEST else against
        if rival in best:
            found.append((rival, best[rival] / best["keel"], least))
    return found


def verdicts(name, best):
    """A sentence for each bar."""
    return [f">= {least:.2f} {rival}: " + (f"met, {ratio:.2f}" if ratio >= least else f"MISSED, {ratio:.2f}")
            for rival, ratio, least in standings(name, best)]


def missed(name, best):
    return any(ratio < least for _, ratio, least in standings(name, best))


def contestants(keel, peers, name):
    """Timers and deviations of all that take part in the work of a name."""
    command = "wall" if name.endswith("threads") else "time"
    timers, deviations = {"keel": keel.timer(name, command)}, {"keel": keel.deviation(name)}
    for peer in peers:
        for label, (function, calls, *deviation) in works(peer, name).items():
            timers[label] = timer(function, calls)
            deviations[label] = deviation[0] if deviation else None
    if name + "-rawC" in keel.names:
        label = simplex.CONDAT if name.startswith("simplex") else "raw C"
        timers[label] = keel.timer(name + "-rawC")
        deviations[label] = keel.deviation(name + "-rawC")
    if name in simplex.OTHER_FORM:
        timers[simplex.OTHER] = keel.timer(simplex.OTHER_FORM[name], command)
    return timers, {label: value for label, value in deviations.items() if value is not None}


def labels_of(results):
    """All labels but Keel's, in the order of their appearance."""
    return list(dict.fromkeys(label for row in results.values() for label in row if label != "keel"))


def compare(keel, peers, names, rounds, seconds):
    """Prints a table of times and ratios; returns the names of the bars that were missed."""
    results, deviations = {}, {}
    for name in names:
        timers, deviations[name] = contestants(keel, peers, name)
        best = race(timers, rounds, seconds)
        # A foreign load may have caught one side more than the other: more samples for both.
        for _ in range(2):
            if missed(name, best):
                again = race(timers, rounds, seconds)
                best = {label: min(best[label], again[label]) for label in best}
        results[name] = best
        for done in (name, name + "-rawC", simplex.OTHER_FORM.get(name, name)):
            keel.ask(f"forget {done}")
        print("; ".join([f"  {name}: {duration(best['keel'])}", *verdicts(name, best)]), file=sys.stderr)

    labels = labels_of(results)
    rows = [["work", "keel", "rate"] + [f"vs {label}" for label in labels] + ["bar"]]
    for name, best in results.items():
        told = verdicts(name, best) or [""]
        rows.append(
            [name, duration(best["keel"]), rate(keel.info["amounts"][name], keel.info["units"][name], best["keel"])]
            + [f"{best[label] / best['keel']:.2f}" if label in best else "" for label in labels]
            + told[:1]
        )
        rows += [[""] * (len(labels) + 3) + [verdict] for verdict in told[1:]]
    table(rows)

    deviations = {name: row for name, row in deviations.items() if row}
    if deviations:
        labels = ["keel"] + labels_of(deviations)
        print("\nThe largest deviation of a result from one by sorting, by quadrature with 20,000 nodes, or in double "
              "precision; the largest residual of an eigenproblem\n")
        table([["work"] + labels] + [
            [name] + [f"{row[label]:.0e}" if label in row else "" for label in labels]
            for name, row in deviations.items()])
    return [name for name, best in results.items() if missed(name, best)]


def compare_kernel_sets(executable, names, rounds, seconds):
    """What the repair brings: OpenBLAS is made to take Prescott kernels, as it does by itself on a CPU
    that it does not know; one Keel respects that, the other has it repaired before main."""
    fallback = Keel(executable, {"OPENBLAS_CORETYPE": "Prescott"})
    repaired = Keel(executable, {"OPENBLAS_CORETYPE": "Prescott", "KEEL_PEER_FORGETS_CORETYPE": "1"})
    print("\nThe repair of the kernel set\n")
    print(f"  as it comes: {fallback.info['core']} kernels")
    print(f"  repaired:    {repaired.info['repair']}\n")
    rows = [["work", fallback.info["core"], repaired.info["core"], "factor"]]
    for name in names:
        best = race({"as it comes": fallback.timer(name), "repaired": repaired.timer(name)}, rounds, seconds)
        factor = best["as it comes"] / best["repaired"]
        rows.append([name, duration(best["as it comes"]), duration(best["repaired"]), f"{factor:.2f}"])
    table(rows)
    fallback.close()
    repaired.close()


def main():
    here = pathlib.Path(__file__).resolve().parent
    parser = argparse.ArgumentParser(
        description=__doc__.split("\n\n")[0], formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", default="", help="a regular expression for the names of the work")
    parser.add_argument("--rounds", type=int, default=15, help="samples of each (default 15)")
    parser.add_argument(
        "--sample", type=float, default=0.03, help="seconds of a sample of short work (default 0.03)")
    parser.add_argument("--prescott", action="store_true", help="also what the kernel repair brings")
    parser.add_argument(
        "--keel", type=pathlib.Path, default=here.parent / ".build" / "release" / "KeelPeer",
        help="the program KeelPeer (default: the release build)")
    arguments = parser.parse_args()
    if not arguments.keel.exists():
        parser.error(f"{arguments.keel} does not exist: "
                     "swift build --package-path Benchmarks -c release --product KeelPeer")

    keel = Keel(arguments.keel)
    names = [n for n in keel.names if not n.endswith("-rawC") and re.search(arguments.only, n)]
    if not names:
        parser.error(f"no work matches {arguments.only}; there is: {' '.join(keel.names)}")
    peers = available_peers()

    print(f"CPU: {cpu_model()}; {platform.system()}, Python {platform.python_version()}")
    print(f"keel: {keel.info['library']}, {keel.info['core']} kernels, {keel.info['blasThreads']} thread; "
          f"own kernels: {keel.info['instructionSet']}")
    print(f"      {keel.info['repair']}")
    for peer in peers:
        print(peer.about())
    print(f"one thread each, smallest CPU time of {arguments.rounds} interleaved samples; "
          "above 1 Keel is faster\n")
    sys.stdout.flush()

    failures = []
    training = [n for n in names if n.startswith("transfer")]
    maps = [n for n in names if n.startswith("simplex")]
    laws = [n for n in names if n.startswith("mixed")]
    networks = [n for n in names if n.startswith("framenetwork")]
    axes = [n for n in names if n.startswith("frame") and n not in networks]
    rest = [n for n in names if n not in training + maps + laws + axes + networks]
    for group in (rest, training, maps, laws, axes, networks):
        if group:
            failures += compare(keel, peers, group, arguments.rounds, arguments.sample)
            print()
            sys.stdout.flush()
    keel.close()
    if failures:
        print(f"Bars missed: {', '.join(failures)}. On a busy machine run those again.")
    if arguments.prescott:
        blas = [n for n in names if not re.match("normals|uniforms|transfer|simplex|mixed|frame", n)]
        if blas:
            compare_kernel_sets(arguments.keel, blas, max(3, arguments.rounds // 3), arguments.sample)


if __name__ == "__main__":
    try:
        main()
    except KeelError as error:
        sys.exit(f"peers.py: {error}")
    except KeyboardInterrupt:
        sys.exit(130)
