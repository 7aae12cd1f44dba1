// swift-tools-version: 6.3
import PackageDescription

// No target uses unsafe flags: Keel must be usable as a dependency. C kernels carry per-function
// target attributes and choose at run time.
let package = Package(
  name: "Keel",
  platforms: [.macOS(.v26)],
  products: [
    .library(name: "Keel", targets: ["Keel"]),
    .library(name: "KeelFrames", targets: ["KeelFrames"]),
    .library(name: "KeelTransfer", targets: ["KeelTransfer"]),
    .library(name: "KeelSimplex", targets: ["KeelSimplex"]),
    .library(name: "KeelMixed", targets: ["KeelMixed"]),
    .library(name: "KeelChecks", targets: ["KeelChecks"]),
    .executable(name: "keel", targets: ["KeelCommand"]),
  ],
  dependencies: [
    .package(url: "https://github.com/apple/swift-numerics", from: "1.1.1"),
    .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
  ],
  targets: [
    .systemLibrary(
      name: "CBLASShim",
      path: "CBLASShim",
      pkgConfig: "openblas lapacke",
      providers: [.apt(["libopenblas-dev", "liblapacke-dev"]), .brew(["openblas"])]
    ),
    .systemLibrary(
      name: "CZlib",
      path: "CZlib",
      pkgConfig: "zlib",
      providers: [.apt(["zlib1g-dev"])]
    ),
    .target(
      name: "CKernels", dependencies: ["CBLASShim"],
      linkerSettings: [.linkedLibrary("m", .when(platforms: [.linux]))]),
    .target(
      name: "Keel",
      dependencies: [
        "CBLASShim", "CKernels", "CZlib",
        .product(name: "RealModule", package: "swift-numerics"),
      ],
      linkerSettings: [
        .linkedLibrary("openblas", .when(platforms: [.linux])),
        .linkedLibrary("lapacke", .when(platforms: [.linux])),
        .linkedLibrary("z"),
        .linkedFramework("Accelerate", .when(platforms: [.macOS])),
      ]
    ),
    .target(name: "KeelTransfer", dependencies: ["Keel", "CKernels"]),
    .target(name: "KeelSimplex", dependencies: ["Keel", "CKernels"]),
    .target(name: "KeelMixed", dependencies: ["Keel", "KeelSimplex", "CKernels"]),
    .target(name: "KeelFrames", dependencies: ["Keel", "CKernels"]),
    .target(
      name: "KeelChecks", dependencies: ["Keel", "KeelFrames", "KeelMixed", "KeelSimplex", "KeelTransfer"]),
    .executableTarget(
      name: "KeelCommand",
      dependencies: [
        "Keel", "KeelChecks", "KeelFrames", "KeelSimplex", "KeelTransfer",
        .product(name: "ArgumentParser", package: "swift-argument-parser"),
      ]
    ),
    .target(name: "TestSupport", dependencies: ["Keel"], path: "Tests/TestSupport"),
    // Replaces malloc in the test program only; no product.
    .target(name: "AllocationCounter", path: "Tests/AllocationCounter"),
    // Started by tests of what happens before `main`; no product.
    .executableTarget(
      name: "RuntimeProbe",
      dependencies: ["CKernels"],
      path: "Tests/RuntimeProbe",
      linkerSettings: [.linkedLibrary("openblas", .when(platforms: [.linux]))]
    ),
    .testTarget(
      name: "KeelTests", dependencies: ["Keel", "CKernels", "TestSupport", "AllocationCounter"]),
    .testTarget(name: "KeelTransferTests", dependencies: ["KeelTransfer", "TestSupport"]),
    .testTarget(
      name: "KeelSimplexTests", dependencies: ["KeelSimplex", "TestSupport", "AllocationCounter"]),
    .testTarget(name: "KeelMixedTests", dependencies: ["KeelMixed", "TestSupport"]),
    .testTarget(name: "KeelFramesTests", dependencies: ["KeelFrames", "TestSupport"]),
    .testTarget(
      name: "KeelChecksTests",
      dependencies: ["KeelChecks", "KeelFrames", "KeelMixed", "KeelSimplex", "TestSupport"]),
    .testTarget(
      name: "KeelCommandTests",
      dependencies: [
        "Keel", "KeelChecks", "KeelCommand", "KeelFrames", "KeelSimplex", "KeelTransfer", "TestSupport",
      ]),
  ]
)
