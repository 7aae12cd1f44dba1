public import Keel

/// An estimate of E g(Y) and of its gradient with respect to the parameters of the law of Y.
public struct GradientEstimate: Sendable, Equatable {
  /// E g(Y).
  public var mean: Estimate
  /// ∂ E g(Y) / ∂θ, an estimate for each parameter.
  public var gradient: [Estimate]
}

extension DifferentiableMixedDistribution {
  /// An estimate of ∂ E g(Y) / ∂θ by the score function, for any g.
  ///
  /// Outcomes are drawn in pairs; each is the baseline of the other:
  /// ½ (g(y₁) - g(y₂)) (∇ ln p⊕(y₁) - ∇ ln p⊕(y₂)) is unbiased.
  ///
  /// - Parameters:
  ///   - pairs: the number of pairs, at least 1; at least 2 for a standard error.
  ///   - stream: whose derived streams the samples come from.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result does not depend on it.
  ///   - objective: g, of the coordinates of an outcome. It must not depend on θ.
  public func estimateScoreGradient(
    pairs: Int, using stream: RandomStream, threads: Int? = nil,
    of objective: @Sendable ([Double]) -> Double
  ) -> GradientEstimate {
    let columns = coordinateCount
    return estimateGradient(pairs: pairs, stream: stream, threads: threads) { part, gradient in
      withUnsafeTemporaryAllocation(of: Double.self, capacity: 2 * columns) { outcomes in
        outcomes.initialize(repeating: 0)
        fillSamples(outcomes, using: &part)
        let first = UnsafeBufferPointer(rebasing: outcomes[..<columns])
        let second = UnsafeBufferPointer(rebasing: outcomes[columns...])
        let values = (objective(Array(first)), objective(Array(second)))
        let weight = 0.5 * (values.0 - values.1)
        addScore(unchecked: first, weight: weight, into: gradient)
        addScore(unchecked: second, weight: -weight, into: gradient)
        return values
      }
    }
  }

  /// Means over pairs of samples: `pair` adds an estimate of the gradient to zeros, and returns both objectives.
  func estimateGradient(
    pairs: Int, stream: RandomStream, threads: Int?,
    _ pair: @Sendable (inout RandomStream, UnsafeMutableBufferPointer<Double>) -> (Double, Double)
  ) -> GradientEstimate {
    precondition(pairs >= 1, "An estimate needs at least one pair of samples.")
    let parameterCount = parameters.count
    let chunk = 64
    let start = GradientMoments(parameterCount: parameterCount)
    let moments = Parallel.reduce(pairs, chunk: chunk, into: start, threads: threads) { range in
      var part = stream.stream(range.lowerBound / chunk)
      var moments = start
      withUnsafeTemporaryAllocation(of: Double.self, capacity: parameterCount) { gradient in
        for _ in range {
          gradient.initialize(repeating: 0)
          let values = pair(&part, gradient)
          moments.objective.add(values.0)
          moments.objective.add(values.1)
          for k in gradient.indices { moments.gradient[k].add(gradient[k]) }
        }
      }
      return moments
    } combine: {
      $0.merge($1)
    }
    return GradientEstimate(
      mean: moments.objective.estimate, gradient: moments.gradient.map(\.estimate))
  }
}

extension PathwiseMixedDistribution {
  /// An estimate of ∂ E g(Y) / ∂θ along the paths of the outcomes, for a differentiable g.
  ///
  /// What was drawn discretely contributes by its score. Outcomes are drawn in pairs, each the baseline of the other:
  /// the mean of (∂y/∂θ)ᵀ∇g(y) over both, plus ½ (g(y₁) - g(y₂)) times the difference of the discrete scores, is
  /// unbiased if g is continuous on the polytope and differentiable within each face.
  ///
  /// - Parameters:
  ///   - pairs: the number of pairs, at least 1; at least 2 for a standard error.
  ///   - stream: whose derived streams the noise comes from.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result does not depend on it.
  ///   - objective: g and ∇g, of the coordinates of an outcome. They must not depend on θ.
  public func estimatePathwiseGradient(
    pairs: Int, using stream: RandomStream, threads: Int? = nil,
    of objective: @Sendable ([Double]) -> (value: Double, gradient: [Double])
  ) -> GradientEstimate {
    estimateGradient(pairs: pairs, stream: stream, threads: threads) { part, gradient in
      let noises = (noise(using: &part), noise(using: &part))
      let values = (
        addHalfPath(of: noises.0, objective, into: gradient),
        addHalfPath(of: noises.1, objective, into: gradient)
      )
      let weight = 0.5 * (values.0 - values.1)
      addDiscreteScore(of: noises.0, weight: weight, into: gradient)
      addDiscreteScore(of: noises.1, weight: -weight, into: gradient)
      return values
    }
  }

  /// Adds half of the pullback of the gradient of an objective at the outcome of some noise.
  private func addHalfPath(
    of noise: Noise, _ objective: ([Double]) -> (value: Double, gradient: [Double]),
    into gradient: UnsafeMutableBufferPointer<Double>
  ) -> Double {
    let columns = coordinateCount
    return withUnsafeTemporaryAllocation(of: Double.self, capacity: columns) { outcome in
      outcome.initialize(repeating: 0)
      apply(noise, to: outcome)
      let (value, slope) = objective(Array(outcome))
      precondition(slope.count == columns, "A gradient must have as many entries as an outcome.")
      slope.map { 0.5 * $0 }.withUnsafeBufferPointer {
        addPullback(of: $0, at: UnsafeBufferPointer(outcome), noise: noise, into: gradient)
      }
      return value
    }
  }
}

private struct GradientMoments: Sendable {
  var objective = RunningMoments()
  var gradient: [RunningMoments]

  init(parameterCount: Int) {
    gradient = Array(repeating: RunningMoments(), count: parameterCount)
  }

  mutating func merge(_ other: GradientMoments) {
    objective.merge(other.objective)
    for k in gradient.indices { gradient[k].merge(other.gradient[k]) }
  }
}
