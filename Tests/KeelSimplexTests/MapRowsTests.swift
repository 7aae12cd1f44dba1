import AllocationCounter
import Keel
import KeelSimplex
import TestSupport
import Testing

/// The maps over every input form. The values come from the vectors of the literature; forms are compared
/// with the call that is simplest, one array at a time, to the last bit.
@Suite("Maps of arrays and matrices")
struct MapRowsTests {
  static let scores: [Double] = [0.7, -0.3, 1.1, 0.05, -1.4, 0.95]

  @Test("An array")
  func array() throws {
    let p = Sparsemax<Double>()(Self.scores)
    for (value, exact) in zip(p, [0.7 / 6, 0, 3.1 / 6, 0, 0, 2.2 / 6]) { #expect(abs(value - exact) < 1e-15) }
    let solution = Sparsemax<Double>().solve(Self.scores)
    #expect(solution.output == p)
    #expect(solution.support == [0, 2, 5])
    #expect(solution.supportCount == 3)
    #expect(abs(solution.threshold.value - 3.5 / 6) < 1e-15)
    #expect(solution.residual < 1e-15)
    #expect(Sparsemax<Double>()([]) == [])
    #expect(Sparsemax<Float>()([7.3]) == [1])
  }

  @Test("A map that is known as a map only")
  func existential() throws {
    let maps: [any SimplexMap<Double>] = [Sparsemax(), try Entmax(alpha: 1.5), try Entmax(alpha: 1)]
    for map in maps {
      let p = try map(Self.scores)
      #expect(abs(p.reduce(0, +) - 1) < 1e-14)
      let rows = try map(Matrix(row: Self.scores))
      #expect(rows.elements == p)
      #expect(try map.solve(Self.scores).output == p)
      #expect(map.pullback(of: p, at: p).count == p.count)
    }
  }

  @Test(
    "Rows one by one, in a matrix, into one and in place", arguments: [0, 1, 2, 3, 17, 40], [0, 1, 2, 5, 33])
  func forms(rows: Int, columns: Int) throws {
    var random = SplitMix(seed: UInt64(rows * 100 + columns))
    try check(Sparsemax<Double>(), rows, columns, &random)
    try check(Sparsemax<Float>(), rows, columns, &random)
    try check(Entmax<Double>(alpha: 1.5), rows, columns, &random)
  }

  func check<Map: SimplexMap>(_ map: Map, _ rows: Int, _ columns: Int, _ random: inout SplitMix) throws {
    let scores: Matrix<Map.Scalar> = random.matrix(rows, columns)
    let cotangents: Matrix<Map.Scalar> = random.matrix(rows, columns)
    let images = try (0..<rows).map { try map(Array(scores.row($0))) }
    let expected = Matrix(rows: rows, columns: columns, elements: images.flatMap { $0 })
    let gradients = (0..<rows).flatMap { map.pullback(of: Array(cotangents.row($0)), at: images[$0]) }

    #expect(try map(scores) == expected)
    #expect(try map(Matrix(scores.transposed).transposed) == expected)
    let framed = Framed(scores, frame: .nan)
    #expect(try map(framed.view) == expected)
    let outputs = Framed(expected, frame: .nan)
    #expect(map.pullback(of: cotangents, at: expected).elements == gradients)
    #expect(map.pullback(of: Framed(cotangents, frame: .nan).view, at: outputs.view).elements == gradients)
    #expect(map.pushforward(of: cotangents, at: expected).elements == gradients)

    var target = Framed(Matrix<Map.Scalar>(repeating: -7, rows: rows, columns: columns), frame: 9)
    var failure: (any Error)?
    target.write { block in
      do { try map.project(scores, into: &block) } catch { failure = error }
    }
    #expect(failure == nil)
    #expect(target.view == expected.view && target.frameIsIntact)
    target.write { map.pullback(of: cotangents, at: expected, into: &$0) }
    #expect(Matrix(target.view).elements == gradients && target.frameIsIntact)

    var inPlace = scores
    try map.project(inPlace: &inPlace)
    #expect(inPlace == expected)
    inPlace = cotangents
    map.pullback(inPlace: &inPlace, at: outputs.view)
    #expect(inPlace.elements == gradients)

    let solutions = try map.solve(scores)
    #expect(solutions.outputs == expected)
    #expect(solutions.thresholds.count == rows)
    for (r, residual) in map.residuals(of: solutions, for: scores).enumerated() {
      #expect(residual < 20 * Double(Map.Scalar.ulpOfOne))
      #expect(solutions.support(ofRow: r).count == solutions.thresholds[r].supportCount)
    }
    // A guess, good or bad, changes the time only: the threshold is exact up to rounding.
    let warm = try map(scores, starts: solutions.starts)
    let error = zip(warm.elements, expected.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
    #expect(error < 10 * Map.Scalar.ulpOfOne)
  }

  @Test("Spans")
  func spans() throws {
    var output = [Double](repeating: 0, count: 6)
    let scores = Self.scores
    func project() {
      var target = output.mutableSpan
      Sparsemax<Double>().project(scores.span, into: &target)
    }
    project()
    #expect(output == Sparsemax<Double>()(scores))
  }

  @Test("The result does not depend on the number of threads")
  func threads() throws {
    var random = SplitMix(seed: 5)
    for (rows, columns) in [(4096, 20), (100, 700), (3, 1 << 18)] {
      let scores: Matrix<Float> = random.matrix(rows, columns)
      let g: Matrix<Float> = random.matrix(rows, columns)
      let map = Sparsemax<Float>()
      let one = map(scores, threads: 1)
      for threads in 2...3 { #expect(map(scores, threads: threads) == one) }
      #expect(map.pullback(of: g, at: one, threads: 1) == map.pullback(of: g, at: one, threads: 3))
      let solutions = map.solve(scores, threads: 1)
      #expect(
        map.residuals(of: solutions, for: scores, threads: 1)
          == map.residuals(of: solutions, for: scores, threads: 3))
    }
  }

  @Test("Shapes that do not fit trap")
  func shapes() async {
    await #expect(processExitsWith: .failure) {
      var output = Matrix<Double>(zeros: 2, 3)
      Sparsemax().project(Matrix<Double>(zeros: 3, 2), into: &output)
    }
    await #expect(processExitsWith: .failure) {
      _ = Sparsemax()(Matrix<Double>(zeros: 3, 2), starts: [0, 0])
    }
    await #expect(processExitsWith: .failure) { _ = Sparsemax()([1.0, 2], valid: .mask([true])) }
    await #expect(processExitsWith: .failure) { _ = Sparsemax()([1.0, 2], valid: .lengths([3])) }
    await #expect(processExitsWith: .failure) { _ = Sparsemax()([1.0, 2], valid: .lengths([])) }
    await #expect(processExitsWith: .failure) {
      let map = try Sparsemax<Double>(radius: .perRow([1, 2]))
      _ = map([1, 2])
    }
    await #expect(processExitsWith: .failure) { _ = Sparsemax<Double>().pullback(of: [1], at: [1, 0]) }
  }
}
