import Keel
import KeelMixed

extension Effort {
  /// How many outcomes are drawn for one problem.
  var sampleCount: Int {
    switch self {
    case .quick: 10_000
    case .standard: 100_000
    case .full: 1_000_000
    }
  }
}

extension MixedDistribution {
  /// Calls `body` with outcomes that are drawn, row after row.
  func forEachSample<Scalar: MixedScalar>(
    _ count: Int, as type: Scalar.Type, using stream: RandomStream,
    _ body: (UnsafeBufferPointer<Scalar>) -> Void
  ) {
    var stream = stream
    let columns = coordinateCount
    let block = min(count, 4096)
    var rows = [Scalar](repeating: 0, count: block * columns)
    for start in stride(from: 0, to: count, by: block) {
      let size = min(block, count - start) * columns
      rows.withUnsafeMutableBufferPointer { rows in
        let room = UnsafeMutableBufferPointer(rebasing: rows[..<size])
        fillSamples(room, using: &stream)
        let outcomes = UnsafeBufferPointer(room)
        for row in Swift.stride(from: 0, to: size, by: columns) {
          body(UnsafeBufferPointer(rebasing: outcomes[row..<row + columns]))
        }
      }
    }
  }

  /// The mean of numbers that follow from an outcome.
  func sampleMean(
    _ count: Int, using stream: RandomStream, of value: (UnsafeBufferPointer<Double>) -> Double
  ) -> SampleMean {
    var mean = SampleMean()
    forEachSample(count, as: Double.self, using: stream) { mean.add(value($0)) }
    return mean
  }

  /// ln p⊕ of an outcome that is known to be sound.
  func logDensity(at outcome: [Double]) -> Double {
    outcome.withUnsafeBufferPointer { logDensity(unchecked: $0) }
  }
}

extension MixedDistribution where Face == SimplexFace {
  /// How often each face was drawn, against its probability; for few coordinates.
  ///
  /// - Parameters:
  ///   - single: whether outcomes are of type Float.
  ///   - probability: the probability of a face by its bits.
  func drawnFaces(
    _ count: Int, single: Bool, using stream: RandomStream, probability: (UInt64) throws -> Double
  ) rethrows -> DrawnShares {
    var counts = [Int](repeating: 0, count: 1 << coordinateCount)
    func add<Scalar: MixedScalar>(_ type: Scalar.Type) {
      forEachSample(count, as: type, using: stream) { outcome in
        var mask = 0
        for (k, y) in outcome.enumerated() where y != 0 { mask |= 1 << k }
        counts[mask] += 1
      }
    }
    if single { add(Float.self) } else { add(Double.self) }
    let masks = Array(counts.indices.dropFirst())
    return DrawnShares(
      names: masks.map { mask in
        "face {"
          + (0..<coordinateCount).filter { mask >> $0 & 1 == 1 }.map(String.init).joined(separator: ", ")
          + "}"
      },
      probabilities: try masks.map { try probability(UInt64($0)) },
      // The empty set is no face: if it was drawn, every share is too small.
      counts: Array(counts.dropFirst()))
  }
}
