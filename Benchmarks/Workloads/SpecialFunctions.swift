import Keel

extension Workload {
  /// Special functions of 4096 entries, by the kernels in blocks of eight, and of one entry at a time. The
  /// amount is the entries.
  static let specialFunctions: [Workload] = [
    specialFunction("log-normal-cdf") { StandardNormal.logCumulative($0) },
    specialFunction("log-normal-cdf-mills") { StandardNormal.logCumulativeAndInverseMillsRatio($0).slopes },
    specialFunction("log-normal-cdf-scalar") { $0.map { StandardNormal.logCumulative($0) } },
    specialFunction("log-gamma", positive: true) { GammaFunction.log($0) },
    specialFunction("log-gamma-scalar", positive: true) { $0.map { GammaFunction.log($0) } },
    specialFunction("digamma", positive: true) { GammaFunction.digamma($0) },
    specialFunction("softplus") { LogSpace.softplus($0) },
    specialFunction("log1mexp", positive: true) { LogSpace.log1mExp($0) },
    specialFunction("gamma-sample-derivative", positive: true) {
      $0.map { StandardGamma.sampleDerivative($0, shape: 2.5) }
    },
  ]

  private static func specialFunction(
    _ name: String, positive: Bool = false, _ function: @escaping @Sendable ([Double]) -> [Double]
  ) -> Workload {
    Workload(name, 4096, .number) {
      var stream = RandomStream(seed: 9)
      let normals: [Double] = stream.normals(count: 4096)
      let x = normals.map { 3 * (positive ? $0.magnitude : $0) }
      return { repetitions in
        var sum = 0.0
        for i in 0..<repetitions { sum += function(x)[i % 4096] }
        return sum
      }
    }
  }
}
