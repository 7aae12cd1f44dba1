import Benchmark
import Workloads

/// Work per second, in millions: the library rounds its figures to whole numbers.
private func rate(_ unit: Workload.Unit) -> BenchmarkMetric {
  .custom("M\(unit.rawValue)/s", polarity: .prefersLarger, useScalingFactor: false)
}

let benchmarks: @Sendable () -> Void = {
  Workload.useOneThread()
  for workload in Workload.all {
    // Short work is repeated until a measurement is well above the clock's resolution.
    let scale: BenchmarkScalingFactor =
      switch workload.amount {
      case ..<1e5: .kilo
      default: .one
      }
    let metric = rate(workload.unit)
    Benchmark(
      workload.name,
      configuration: .init(
        metrics: [.wallClock, metric], warmupIterations: 2, scalingFactor: scale,
        maxDuration: .milliseconds(500), maxIterations: 500)
    ) { (benchmark: Benchmark, run: Workload.Body) in
      let start = BenchmarkClock.now
      benchmark.startMeasurement()
      blackHole(try run(scale.rawValue))
      benchmark.stopMeasurement()
      let elapsed = BenchmarkClock.now - start
      let seconds = Double(elapsed.components.seconds) + 1e-18 * Double(elapsed.components.attoseconds)
      benchmark.measurement(metric, Int(1e-6 * workload.amount * Double(scale.rawValue) / seconds))
    } setup: {
      try workload.prepare()
    }
  }
}
