import Keel
import KeelSimplex
import TestSupport
import Testing

/// Entries that do not take part act as scores of -∞, whatever is in their place.
@Suite("Masks and ragged rows")
struct MaskTests {
  static func maps<S: SimplexScalar>(_: S.Type) throws -> [any SimplexMap<S>] {
    [
      Sparsemax<S>(), try Sparsemax<S>(radius: 2.5), Entmax<S>.entmax15, Entmax<S>.softmax,
      try Entmax<S>(alpha: 0.7), try Entmax<S>(alpha: 3), try CappedSimplexProjection<S>(budget: 1),
      try TopKSparsemax<S>(k: 3), try L1BallProjection<S>(radius: 1.5), try Fusedmax<S>(strength: 0.2),
      try TotalVariation<S>(strength: 0.2), IsotonicRegression<S>(.decreasing),
    ]
  }

  @Test("A mask is a score of -∞", arguments: [0, 1, 2, 7, 20, 64])
  func mask(columns: Int) throws {
    for map in try Self.maps(Double.self) { try check(map, columns) }
    for map in try Self.maps(Float.self) { try check(map, columns) }
  }

  func check<Map: SimplexMap>(_ map: Map, _ columns: Int) throws {
    let rows = 9
    var random = SplitMix(seed: UInt64(columns))
    var scores: Matrix<Map.Scalar> = random.matrix(rows, columns)
    let cotangents: Matrix<Map.Scalar> = random.matrix(rows, columns)
    var hidden = scores
    var mask = [Bool](repeating: true, count: rows * columns)
    for r in 0..<rows {
      for i in 0..<columns where r == 3 || (r > 0 && random.next() % 3 == 0) {
        mask[r * columns + i] = false
        scores[r, i] = [.nan, .infinity, 1e30, 0, -.infinity][(r + i) % 5]
        hidden[r, i] = -.infinity
      }
    }
    let valid = ValidEntries.mask(mask)
    let before = scores.elements.map(\.bitPatternAsDouble)
    let expected = try map(hidden)
    #expect(try map(scores, valid: valid) == expected)
    #expect(scores.elements.map(\.bitPatternAsDouble) == before)
    var inPlace = scores
    try map.project(inPlace: &inPlace, valid: valid)
    #expect(inPlace == expected)
    let solutions = try map.solve(scores, valid: valid)
    #expect(solutions.thresholds == (try map.solve(hidden)).thresholds)
    #expect(
      map.residuals(of: solutions, for: scores, valid: valid) == map.residuals(of: solutions, for: hidden))
    let gradients = map.pullback(of: cotangents, at: expected, valid: valid)
    #expect(gradients == map.pullback(of: cotangents, at: expected))
    let isZero = mask.indices.allSatisfy {
      mask[$0] || (expected.elements[$0] == 0 && gradients.elements[$0] == 0)
    }
    #expect(isZero)
    if columns > 0 {
      #expect(expected.row(3).allSatisfy { $0 == 0 })
      #expect(solutions.thresholds[3].supportCount == 0)
    }
  }

  @Test("The length of a row is a mask of its first entries", arguments: [0, 1, 2, 7, 20, 64])
  func lengths(columns: Int) throws {
    for map in try Self.maps(Double.self) { try checkLengths(map, columns) }
    for map in try Self.maps(Float.self) { try checkLengths(map, columns) }
  }

  func checkLengths<Map: SimplexMap>(_ map: Map, _ columns: Int) throws {
    var random = SplitMix(seed: UInt64(columns))
    let lengths = (0..<20).map { $0 < 2 ? $0 * columns : Int(random.next() % UInt64(columns + 1)) }
    var scores: Matrix<Map.Scalar> = random.matrix(lengths.count, columns)
    let cotangents: Matrix<Map.Scalar> = random.matrix(lengths.count, columns)
    for (r, length) in lengths.enumerated() {
      for i in length..<columns { scores[r, i] = .nan }
    }
    let valid = ValidEntries.lengths(lengths)
    let outputs = try map(scores, valid: valid)
    let gradients = map.pullback(of: cotangents, at: outputs, valid: valid)
    let solutions = try map.solve(scores, valid: valid)
    #expect(solutions.outputs == outputs)
    let residuals = map.residuals(of: solutions, for: scores, valid: valid)
    var inPlace = scores
    try map.project(inPlace: &inPlace, valid: valid)
    #expect(inPlace == outputs)
    for (r, length) in lengths.enumerated() {
      // A row alone may take another path through a kernel: a few units of rounding.
      let tolerance = 20 * Map.Scalar.ulpOfOne
      let alone = try map(Array(scores.row(r).prefix(length)))
      let gradient = map.pullback(of: Array(cotangents.row(r).prefix(length)), at: alone)
      let isRight = (0..<columns).allSatisfy { i in
        abs(outputs[r, i] - (i < length ? alone[i] : 0)) <= tolerance
          && abs(gradients[r, i] - (i < length ? gradient[i] : 0)) <= tolerance
      }
      #expect(isRight, "\(map.name), \(Map.Scalar.self), row \(r)")
      // A row without entries cannot hold a budget, and its residual says so.
      #expect(length == 0 || residuals[r] <= Double(tolerance), "\(map.name), \(Map.Scalar.self), row \(r)")
    }
  }
}

extension RealScalar {
  /// The value as bits, by which NaN equals itself.
  fileprivate var bitPatternAsDouble: UInt64 { Double(self).bitPattern }
}
