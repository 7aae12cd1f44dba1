// swift-tools-version: 6.3
import PackageDescription

// A package of its own, so that a package that depends on Keel never resolves the benchmark library.
//
// Workloads    what is timed, once for both programs
// Kernels      the benchmarks, for `swift package benchmark`
// Peers        the same work in Python, and the program that `peers.py` asks for Keel's times
// CReference   a raw call of BLAS from C, Condat's algorithm, the CPU clock, a CPU that OpenBLAS does not know
let package = Package(
  name: "KeelBenchmarks",
  platforms: [.macOS(.v26)],
  dependencies: [
    .package(name: "Keel", path: ".."),
    .package(url: "https://github.com/ordo-one/benchmark", exact: "1.38.1", traits: []),
  ],
  targets: [
    .target(name: "CReference", path: "CReference"),
    .target(
      name: "Workloads",
      dependencies: [
        "CReference",
        .product(name: "Keel", package: "Keel"),
        .product(name: "KeelMixed", package: "Keel"),
        .product(name: "KeelFrames", package: "Keel"),
        .product(name: "KeelSimplex", package: "Keel"),
        .product(name: "KeelTransfer", package: "Keel"),
      ],
      path: "Workloads"
    ),
    .executableTarget(
      name: "Kernels",
      dependencies: ["Workloads", .product(name: "Benchmark", package: "benchmark")],
      path: "Kernels",
      plugins: [.plugin(name: "BenchmarkPlugin", package: "benchmark")]
    ),
    .executableTarget(
      name: "KeelPeer",
      dependencies: ["CReference", "Workloads", .product(name: "Keel", package: "Keel")],
      path: "Peers/KeelPeer"
    ),
  ]
)
