import Keel
import KeelSimplex
import TestSupport
import Testing

/// Rows that break implementations: every one is defined, for every map, in batches of every shape, and none
/// disturbs the rows beside it.
@Suite("Edges")
struct EdgeTests {
  /// The maps whose output sums to a number, and that number.
  static func maps<S: SimplexScalar>(_: S.Type) throws -> [(map: any SimplexMap<S>, sum: Double)] {
    [
      (Sparsemax<S>(), 1), (try Sparsemax<S>(radius: 2.5), 2.5), (try Sparsemax<S>(radius: 0), 0),
      (try CappedSimplexProjection<S>(budget: 1), 1), (Entmax<S>.softmax, 1), (Entmax<S>.entmax15, 1),
    ]
  }

  /// Lengths of rows around those at which kernels change their way.
  static let lengths = [1, 2, 3, 8, 15, 16, 17, 31, 33, 64, 130, 300]

  @Test("Exceptional rows", arguments: InstructionSet.available, lengths)
  func exceptional(on instructions: InstructionSet, columns: Int) throws {
    try instructions.select {
      for (map, sum) in try Self.maps(Double.self) { try checkExceptional(map, sum, columns) }
      for (map, sum) in try Self.maps(Float.self) { try checkExceptional(map, sum, columns) }
    }
  }

  func checkExceptional<Map: SimplexMap>(_ map: Map, _ sum: Double, _ columns: Int) throws {
    typealias S = Map.Scalar
    let rows = 36
    var random = SplitMix(seed: UInt64(columns))
    var scores: Matrix<S> = random.matrix(rows, columns)
    let last = columns - 1
    for i in 0..<columns { scores[1, i] = -.infinity }
    scores[3, last] = .nan
    for i in stride(from: 0, to: columns, by: 2) { scores[5, i] = .infinity }
    for i in stride(from: 1, to: columns, by: 3) { scores[7, i] = -.infinity }
    for i in 0..<columns { scores[9, i] = S(0.3) }
    scores[11, 0] = .infinity
    scores[11, last] = .nan
    for i in 1..<max(columns, 1) { scores[13, i] = -.infinity }
    scores[15, last] = S.greatestFiniteMagnitude
    scores[15, 0] = -S.greatestFiniteMagnitude
    for i in 0..<columns { scores[17, i] = S.leastNonzeroMagnitude * S(i % 5) }
    for i in 0..<columns { scores[33, i] = i % 2 == 0 ? -0.0 : 0 }
    let cotangents: Matrix<S> = random.matrix(rows, columns)

    // Each entry is within some roundings, and so is each addition.
    let tolerance = Double(20 + columns) * Double(S.ulpOfOne) * sum
    let p = try map(Framed(scores, frame: .nan).view)
    let gradients = map.pullback(of: cotangents, at: p)
    let solutions = try map.solve(scores)
    let residuals = map.residuals(of: solutions, for: scores)
    for r in 0..<rows {
      let (image, gradient, threshold) = (p.row(r), gradients.row(r), solutions.thresholds[r])
      let label: Comment = "\(map.name), \(S.self), row \(r) of \(columns) columns"
      switch r {
      case 1:
        #expect(image.allSatisfy { $0 == 0 } && gradient.allSatisfy { $0 == 0 }, label)
        #expect(threshold.maximum == -.infinity && threshold.supportCount == 0, label)
      case 3, 11:
        #expect(image.allSatisfy(\.isNaN) && gradient.allSatisfy(\.isNaN), label)
        #expect(threshold.maximum.isNaN, label)
      default:
        let total = image.reduce(0) { $0 + Double($1) }
        #expect(abs(total - sum) <= tolerance, label)
        #expect(image.allSatisfy { $0 >= 0 }, label)
        #expect(gradient.allSatisfy { $0.isFinite }, label)
        #expect(threshold.supportCount == image.count { $0 > 0 }, label)
        #expect(residuals[r] <= tolerance, label)
      }
    }
    let infinite = (columns + 1) / 2
    for i in 0..<columns {
      var isRight = abs(Double(p[5, i]) - (i % 2 == 0 ? sum / Double(infinite) : 0)) <= tolerance
      if i % 3 == 1 { isRight = isRight && p[7, i] == 0 && gradients[7, i] == 0 }
      for r in [9, 17, 33] { isRight = isRight && abs(Double(p[r, i]) - sum / Double(columns)) <= tolerance }
      isRight = isRight && p[13, i] == (i == 0 ? S(sum) : 0)
      if !isRight { Issue.record("\(map.name), \(S.self), entry \(i) of \(columns)") }
    }
    if columns > 1 { #expect(abs(Double(p[15, last]) - sum) <= tolerance) }
  }

  @Test("Entries of -∞ take no part", arguments: lengths)
  func absent(columns: Int) throws {
    for (map, sum) in try Self.maps(Double.self) { try checkAbsent(map, sum, columns) }
    for (map, sum) in try Self.maps(Float.self) { try checkAbsent(map, sum, columns) }
  }

  func checkAbsent<Map: SimplexMap>(_ map: Map, _ sum: Double, _ columns: Int) throws {
    var random = SplitMix(seed: UInt64(columns))
    var scores: [Map.Scalar] = random.array(columns)
    for i in scores.indices where random.next() % 2 == 0 { scores[i] = -.infinity }
    let present = scores.indices.filter { scores[$0].isFinite }
    let p = try map(scores)
    let alone = try map(present.map { scores[$0] })
    // A shorter row may take another path through a kernel.
    let tolerance = Map.Scalar(20 * Double(Map.Scalar.ulpOfOne) * sum)
    for (place, i) in present.enumerated() { #expect(abs(p[i] - alone[place]) <= tolerance) }
    for i in scores.indices where !present.contains(i) { #expect(p[i] == 0) }
  }

  @Test("Large offsets change nothing", arguments: InstructionSet.available, lengths)
  func offsets(on instructions: InstructionSet, columns: Int) throws {
    try instructions.select {
      for (map, sum) in try Self.maps(Double.self) { try checkOffsets(map, sum, columns) }
      for (map, sum) in try Self.maps(Float.self) { try checkOffsets(map, sum, columns) }
    }
  }

  func checkOffsets<Map: SimplexMap>(_ map: Map, _ sum: Double, _ columns: Int) throws {
    var random = SplitMix(seed: UInt64(columns))
    // Multiples of 1/16 below 4 in magnitude: 10⁶ and they add without rounding in Float too.
    let scores = Matrix<Map.Scalar>(rows: 20, columns: columns) { _, _ in
      Map.Scalar(Int(random.next() % 129) - 64) / 16
    }
    let p = try map(scores)
    let tolerance = Map.Scalar(20 * Double(Map.Scalar.ulpOfOne) * sum)
    for offset: Map.Scalar in [1000, 1_000_000, -1_000_000] {
      let shifted = try map(Matrix(rows: 20, columns: columns) { scores[$0, $1] + offset })
      let error = zip(shifted.elements, p.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(error <= tolerance, "\(map.name), \(Map.Scalar.self), offset \(offset), \(columns) columns")
    }
  }

  @Test("Batches without rows or columns, and one row without entries")
  func empty() throws {
    for (map, _) in try Self.maps(Double.self) {
      #expect(try map([]) == [])
      #expect(map.pullback(of: [], at: []) == [])
      let solution = try map.solve([])
      #expect(solution.output == [] && solution.supportCount == 0 && solution.residual == 0)
      for (rows, columns) in [(0, 0), (0, 5), (3, 0)] {
        let zeros = Matrix<Double>(zeros: rows, columns)
        for threads in [1, 2] { #expect(try map(zeros, threads: threads) == zeros) }
        #expect(map.pullback(of: zeros, at: zeros) == zeros)
        let solutions = try map.solve(zeros, valid: .lengths([Int](repeating: 0, count: rows)))
        #expect(solutions.thresholds.count == rows)
        #expect(map.residuals(of: solutions, for: zeros) == [Double](repeating: 0, count: rows))
        #expect(try map.sparse(zeros).dense() == zeros)
      }
    }
  }

  @Test("Cotangents off the support do not matter, NaN neither")
  func cotangentsOffSupport() throws {
    var random = SplitMix(seed: 8)
    for columns in Self.lengths {
      let scores: Matrix<Float> = random.matrix(20, columns)
      let map = Sparsemax<Float>()
      let p = map(Matrix(rows: 20, columns: columns) { 3 * scores[$0, $1] })
      let g: Matrix<Float> = random.matrix(20, columns)
      let poisoned = Matrix(rows: 20, columns: columns) { p[$0, $1] > 0 ? g[$0, $1] : .nan }
      #expect(map.pullback(of: poisoned, at: p) == map.pullback(of: g, at: p))
    }
  }
}
