import Keel

/// How a state of a gradient flow moves: what its losses do without its whole derivative.
struct FlowMotion {
  /// `Cᵀv`, m.
  let output: [Double]
  /// The derivative in time of `Cᵀv`, m.
  let outputChange: [Double]
  /// `v'`, k.
  let headChange: [Double]
  /// The largest magnitude of an entry of v' and C'.
  let speed: Double

  /// The motion from products with the gradient `g = 2λ∘(a - Cᵀv)`.
  ///
  /// - Parameters:
  ///   - rates: the learning rates of the layers.
  ///   - head: v, k.
  ///   - output: `Cᵀv`, m.
  ///   - gradient: g, m.
  ///   - along: `Cg`, k.
  ///   - turned: `CᵀCg`, m.
  init(
    rates: LearningRates, head: [Double], output: [Double], gradient: [Double], along: [Double],
    turned: [Double]
  ) {
    func largest(_ values: [Double]) -> Double { values.reduce(0) { max($0, $1.magnitude) } }
    let square = rates.features * head.reduce(0) { $0 + $1 * $1 }
    self.output = output
    // (Cᵀv)' = η_v CᵀCg + η_B ‖v‖² g
    outputChange = zip(turned, gradient).map { rates.head * $0 + square * $1 }
    headChange = along.map { rates.head * $0 }
    speed = max(largest(headChange), rates.features * largest(head) * largest(gradient))
  }
}

extension GradientFlow {
  /// The motion of a flat state, in two passes over the features.
  func motion(at y: Span<Double>) -> FlowMotion {
    let (k, m) = (problem.featureCount, problem.rank)
    return y.withUnsafeBufferPointer { y in
      let features = y.baseAddress.map { $0 + k }
      var sweep = FeatureSweep<Double>(rows: k, columns: m, matrix: features)
      sweep.s = .init(from: y.baseAddress)
      let output = sweep.summed()
      let gradient = (0..<m).map { weight[$0] * (problem.trainingTarget[$0] - output[$0]) }
      sweep.s = .init(along: 1)
      var along = [Double](repeating: 0, count: k)
      let turned = gradient.withUnsafeBufferPointer { gradient in
        along.withUnsafeMutableBufferPointer { along in
          sweep.x = gradient.baseAddress
          sweep.along = along.baseAddress
          return sweep.summed()
        }
      }
      return FlowMotion(
        rates: rates, head: Array(y[..<k]), output: output, gradient: gradient, along: along, turned: turned)
    }
  }

  /// Half the derivative in time of the out-of-distribution loss of a state that moves so.
  func halfOutOfDistributionSlope(head: Span<Double>, _ motion: FlowMotion) -> Double {
    // The error [Cᵀv - a, Rv - r] and its derivative.
    let outside = problem.perpendicularError(head: head)
    let error = zip(motion.output, problem.target).map { $0 - $1 } + outside
    let change =
      motion.outputChange
      + (0..<problem.perpendicular.rows).map { p in
        (0..<problem.featureCount).reduce(0) { $0 + problem.perpendicular[p, $1] * motion.headChange[$1] }
      }
    if let form = problem.oodForm { return BLAS.dot(form * error, change) }
    return BLAS.dot(error, change)
  }

  /// Half the derivative in time of the out-of-distribution loss at a flat state.
  func halfOutOfDistributionSlope(at y: Span<Double>) -> Double {
    halfOutOfDistributionSlope(head: y.extracting(first: problem.featureCount), motion(at: y))
  }

  /// The derivative in time of the out-of-distribution loss `(Bᵀv - w*)ᵀΣ(Bᵀv - w*)` along the flow.
  ///
  /// Complexity: O(km), with Σ also O((m + k)²).
  public func outOfDistributionSlope(of state: TransferState) -> Double {
    2 * halfOutOfDistributionSlope(at: flatten(state).span)
  }
}

extension FeatureSweep {
  /// Runs the sweep with a new array for the sum.
  fileprivate func summed() -> [Scalar] {
    var sweep = self
    return [Scalar](unsafeUninitializedCapacity: columns) { buffer, count in
      sweep.sum = buffer.baseAddress
      sweep.run()
      // Without rows there is nothing to sum.
      if sweep.rows == 0 { buffer.initialize(repeating: 0) }
      count = columns
    }
  }
}
