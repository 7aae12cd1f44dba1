import Keel

/// Follows the strategies for a ``TransferTrace``, in units of time in which the larger rate is 1.
struct Tracer: Sendable {
  let flow: GradientFlow
  let alignedTrueHead: [Double]
  /// The larger of the caller's rates: how much of the flow's time passes in a unit of the caller's.
  let speed: Double
  let options: TransferTrace.Options

  private var problem: ReducedTransferProblem { flow.problem }

  func flowOptions(sampleTimes: [Double]) -> FlowOptions {
    var result = options.flow
    result.sampleTimes = sampleTimes
    result.endTime = nil
    return result
  }

  /// Times from 0 over a thousandth of the fastest reaction to the end of the slowest path, and infinity.
  ///
  /// The ends are in the flow's time, the result is in the caller's.
  func times(head: [Double], probe: LinearProbe, ends: [Double]) -> [Double] {
    // ‖v‖² + ‖B‖² bounds the curvature in units of 2σ₁²; ‖B₀‖ = 1.
    let size = max(BLAS.dot(head, head), BLAS.dot(probe.head, probe.head))
    let reaction = 1e-3 / (2 * (problem.eigenvalues.first ?? 1) * (1 + size))
    // After 30 relaxation times a mode has lost 13 digits.
    let probing =
      probe.rateRange.map { flow.rates.head == 0 ? 0 : 30 / ($0.lowerBound * flow.rates.head) } ?? 0
    // Extreme numbers can make either end overflow or underflow; their logarithms must be finite.
    let last = min(max(ends.max() ?? 0, probing, 10 * reaction, 1e-200), .greatestFiniteMagnitude)
    let (low, high) = (Double.log(max(reaction, 1e-100 * last)), Double.log(last))
    let count = options.sampleCount - 2
    return [0]
      + (0..<count).map { place in
        let share = count == 1 ? 1 : Double(place) / Double(count - 1)
        return Double.exp(low * (1 - share) + high * share) / speed
      } + [.infinity]
  }

  /// Probing, in closed form.
  func probing(_ probe: LinearProbe, times: [Double]) -> TransferTrace.Path {
    // In the caller's time.
    func point(at time: Double) -> FlowPoint {
      // A head that does not learn stays where it is; 0 · ∞ would be NaN.
      var point = probe.point(at: flow.rates.head == 0 ? 0 : time * speed * flow.rates.head)
      point.time = time
      return point
    }
    return TransferTrace.Path(
      strategy: .linearProbing, samples: times.map { sample(point(at: $0), drift: 0) },
      last: point(at: .infinity), lowestOutOfDistribution: lowest(of: probe, point: point), end: .converged,
      steps: 0)
  }

  /// The point of least loss out of distribution of a probe: the best of a fine grid in the logarithm of
  /// time, refined by golden section between its neighbours.
  private func lowest(of probe: LinearProbe, point: (Double) -> FlowPoint) -> FlowPoint {
    let ends = [point(0), point(.infinity)]
    func better(_ a: FlowPoint, _ b: FlowPoint) -> FlowPoint {
      b.losses.outOfDistribution < a.losses.outOfDistribution ? b : a
    }
    guard let rates = probe.rateRange, flow.rates.head > 0 else { return ends[0] }
    // Sums of logarithms, because the products can overflow.
    let speed = Double.log(speed) + Double.log(flow.rates.head)
    let low = Double.log(1e-3) - Double.log(rates.upperBound) - speed
    let high = Double.log(30) - Double.log(rates.lowerBound) - speed
    let count = 256
    let step = (high - low) / Double(count)
    func loss(_ logarithm: Double) -> Double { point(Double.exp(logarithm)).losses.outOfDistribution }
    let losses = (0...count).map { loss(low + Double($0) * step) }
    let best = losses.indices.min { losses[$0] < losses[$1] } ?? 0
    let ratio = (5.0.squareRoot() - 1) / 2
    var (left, right) = (low + Double(best - 1) * step, low + Double(best + 1) * step)
    while right - left > 1e-9 {
      let (inner, outer) = (right - ratio * (right - left), left + ratio * (right - left))
      if loss(inner) < loss(outer) { right = outer } else { left = inner }
    }
    // Where the loss falls to its limit the grid's best is the limit up to rounding.
    return better(better(ends[0], ends[1]), point(Double.exp((left + right) / 2)))
  }

  /// Fine-tuning from a state, looked at where a first run has shown that there is something to see.
  func fineTuning(
    _ strategy: TransferStrategy, from start: TransferState, like scout: FlowPath, times: [Double]
  ) throws(TransferError) -> TransferTrace.Path {
    let reached = times.map { $0 * speed }.filter { $0 < scout.last.time }
    let path = try flow.path(from: start, options: flowOptions(sampleTimes: reached))
    var points = path.samples
    if path.end == .converged || path.end == .atRest {
      // What has converged stays; a path that ran out of steps says nothing about later times.
      points += Array(repeating: path.last, count: times.count - points.count)
    }
    let conserved = flow.conserved(start)
    let samples = zip(points, times).map { point, time in
      // The caller's own times, not what rounding made of them on the way to the flow's and back.
      var point = point
      point.time = time
      return sample(point, drift: flow.conserved(point.state).maximumDifference(from: conserved))
    }
    return TransferTrace.Path(
      strategy: strategy, samples: samples, last: inCallersTime(path.last),
      lowestOutOfDistribution: inCallersTime(path.lowestOutOfDistribution), end: path.end, steps: path.steps)
  }

  private func inCallersTime(_ point: FlowPoint) -> FlowPoint {
    var point = point
    point.time /= speed
    return point
  }

  private func sample(_ point: FlowPoint, drift: Double) -> TransferTrace.Sample {
    let head = point.state.head
    let norm = BLAS.nrm2(head)
    let cosine = BLAS.dot(head, alignedTrueHead) / norm / BLAS.nrm2(alignedTrueHead)
    return TransferTrace.Sample(
      time: point.time, losses: point.losses, headNorm: norm, headAlignment: cosine,
      featureChange: BLAS.nrm2((point.state.features - problem.initialFeatures).elements),
      conservedDrift: drift)
  }
}
