import Keel

/// Kinds of rows of scores: what data looks like, and what makes a projection err or work hard.
enum ScoreKind: String, CaseIterable, Sendable {
  /// Independent normal scores of a random deviation.
  case normal
  /// Independent uniform scores: the support is small but many entries come near it.
  case uniform
  /// Few distinct values, so that many entries share one.
  case ties
  /// One value only.
  case constant
  /// Powers of a ratio: each entry is a little less in the way than the one before it.
  case geometric
  /// Cauchy scores: differences of every magnitude.
  case heavyTails = "heavy tails"
  /// Scores of a known output: entries lie within a few roundings of the threshold, on both sides.
  case nearThreshold = "near the threshold"
  /// Equally spaced and ascending: a running maximum changes at every entry.
  case ascending
  /// One score far above the others.
  case outlier
  /// Normal scores of which some are -∞.
  case masked
  /// Normal scores far from zero.
  case offset

  /// A row of this kind.
  ///
  /// - Parameters:
  ///   - count: the number of scores.
  ///   - width: how far below the largest score an entry may lie that gets something; positive.
  ///   - power: an entry that gets p is about `width · p^power` above the threshold.
  ///   - stream: where random numbers come from.
  func row(count: Int, width: Double, power: Double = 1, using stream: inout RandomStream) -> [Double] {
    let deviation = width * Double.exp10(stream.uniform(in: -2.0..<1))
    switch self {
    case .normal, .masked, .offset:
      var row: [Double] = stream.normals(count: count)
      let shift = self == .offset ? (stream.uniform() < 0.5 ? -1e6 : 1e6) * width : 0
      for i in row.indices { row[i] = row[i] * deviation + shift }
      if self == .masked {
        let share: Double = stream.uniform()
        for i in row.indices where stream.uniform() < share { row[i] = -.infinity }
      }
      return row
    case .uniform:
      let row: [Double] = stream.uniforms(count: count)
      return row.map { $0 * deviation }
    case .ties:
      let values: [Double] = stream.normals(count: 1 + stream.integer(below: 4))
      return (0..<count).map { _ in values[stream.integer(below: values.count)] * deviation }
    case .constant:
      return [Double](repeating: stream.normal() * deviation, count: count)
    case .geometric:
      let ratio = 1 - Double.exp10(stream.uniform(in: -4.0 ..< -0.3))
      return (0..<count).map { deviation * Double.pow(ratio, Double($0)) }
    case .heavyTails:
      // The ratio of two normal variables.
      return (0..<count).map { _ in
        let divisor: Double = stream.normal()
        return deviation * stream.normal() / (divisor.magnitude + 1e-9)
      }
    case .nearThreshold:
      let support = 1 + stream.integer(below: min(count, 24))
      let weights = (0..<support).map { _ in stream.exponential(Double.self) }
      let total = weights.reduce(0, +)
      let top = weights.map { width * Double.pow($0 / total, power) }
      let step = width * Double.ulpOfOne
      var row = top + (support..<count).map { _ in Double(stream.integer(in: -3..<4)) * step }
      stream.shuffle(&row)
      return row
    case .ascending:
      return (0..<count).map { deviation * Double($0) / Double(count) }
    case .outlier:
      var row: [Double] = stream.normals(count: count).map { $0 * 1e-3 * width }
      if let place = row.indices.randomElement(using: &stream) {
        row[place] += width * stream.uniform(in: 0.5..<1.5)
      }
      return row
    }
  }

  /// A kind at random.
  static func drawn(using stream: inout RandomStream) -> ScoreKind {
    allCases[stream.integer(below: allCases.count)]
  }
}
