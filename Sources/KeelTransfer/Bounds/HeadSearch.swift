import Keel

/// The search for the admissible head of least error from many starts.
///
/// Each start is followed by the method of Broyden, Fletcher, Goldfarb and Shanno in free parameters.
/// The result depends on the seed only.
struct HeadSearch: Sendable {
  let landscape: AdmissibleHeads
  /// The best head found so far.
  private(set) var best: (value: Double, coordinates: [Double])

  init(_ landscape: AdmissibleHeads) {
    self.landscape = landscape
    best = (.infinity, [Double](repeating: 0, count: landscape.count))
  }

  /// Minimises from the initial head, from the head that is right outside of S, from both sheets, and
  /// from random heads around these; returns the number of starts.
  mutating func run(initialHead: [Double], seed: UInt64) -> Int {
    let k = landscape.count
    let initial = landscape.coordinates(initialHead)
    let right = landscape.rightOutside
    var starts = [initial, right]
    var stream = RandomStream(seed: seed).stream("heads")
    let scale = max(landscape.weightNorm, landscape.hyperboloid.squareRoot())
    // Branch and bound catches what few starts miss.
    let randomStarts = k == 1 ? 2 : k <= InvariantLowerBound.certifiedFeatureCount ? 6 : 24
    for index in 0..<randomStarts {
      let noise: [Double] = stream.normals(count: k)
      let center = index % 2 == 0 ? right : initial
      let width = scale * [0.3, 1, 0.1][index % 3] / Double(k).squareRoot()
      starts.append(zip(center, noise).map { $0 + width * $1 })
    }
    var count = 0
    for start in starts {
      for sheet in landscape.sheets where landscape.hyperboloid > 0 || sheet == landscape.sheets[0] {
        minimize(from: start, sheet: sheet)
        count += 1
      }
    }
    return count
  }

  /// Minimises from one head and keeps the result if it is the best.
  mutating func minimize(from start: [Double], sheet: Double) {
    let k = landscape.count
    var z = landscape.freeParameters(start)
    var gradient = [Double](repeating: 0, count: k)
    var value = landscape.value(free: z, sheet: sheet, gradient: &gradient)
    var inverse = [Double](repeating: 0, count: k * k)
    var direction = gradient
    var trial = z
    var trialGradient = gradient
    var restarts = true
    for _ in 0..<200 {
      if restarts {
        for i in 0..<k * k { inverse[i] = 0 }
        let size = BLAS.nrm2(gradient)
        guard size > 0 else { break }
        // The first step is at most a tenth of the head, as long as nothing is known of the curvature.
        let step = min(0.5, 0.1 * (BLAS.nrm2(z) + 1e-3 * landscape.weightNorm) / size)
        for i in 0..<k { inverse[i * k + i] = step }
      }
      var slope = 0.0
      for i in 0..<k {
        var sum = 0.0
        for j in 0..<k { sum -= inverse[i * k + j] * gradient[j] }
        direction[i] = sum
        slope += sum * gradient[i]
      }
      guard slope < 0 else {
        if restarts { break }
        restarts = true
        continue
      }
      var step = 1.0
      var trialValue = Double.infinity
      while step > 1e-10 {
        for i in 0..<k { trial[i] = z[i] + step * direction[i] }
        trialValue = landscape.value(free: trial, sheet: sheet, gradient: &trialGradient)
        if trialValue <= value + 1e-4 * step * slope { break }
        step *= 0.4
      }
      guard trialValue < value else {
        if restarts { break }
        restarts = true
        continue
      }
      let gain = value - trialValue
      let isSettled = gain <= 1e-15 * value
      update(&inverse, from: (z, gradient), to: (trial, trialGradient))
      swap(&z, &trial)
      swap(&gradient, &trialGradient)
      value = trialValue
      if isSettled && restarts { break }
      restarts = isSettled
    }
    if value < best.value { best = (value, landscape.coordinates(free: z, sheet: sheet)) }
  }

  /// The secant update of the inverse of the second derivatives, where the curvature is positive.
  private func update(
    _ inverse: inout [Double], from old: ([Double], [Double]), to new: ([Double], [Double])
  ) {
    let k = landscape.count
    var curvature = 0.0
    var product = [Double](repeating: 0, count: k)
    var form = 0.0
    for i in 0..<k { curvature += (new.0[i] - old.0[i]) * (new.1[i] - old.1[i]) }
    guard curvature > 0 else { return }
    for i in 0..<k {
      var sum = 0.0
      for j in 0..<k { sum += inverse[i * k + j] * (new.1[j] - old.1[j]) }
      product[i] = sum
      form += sum * (new.1[i] - old.1[i])
    }
    let factor = (1 + form / curvature) / curvature
    for i in 0..<k {
      let step = new.0[i] - old.0[i]
      for j in 0..<k {
        let other = new.0[j] - old.0[j]
        inverse[i * k + j] +=
          factor * step * other - (product[i] * other + step * product[j]) / curvature
      }
    }
  }
}
