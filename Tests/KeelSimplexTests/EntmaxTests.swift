import Foundation
import Keel
import KeelSimplex
import TestSupport
import Testing

/// entmax for every α, against its optimality conditions, against bisection, and against itself.
@Suite("Entmax")
struct EntmaxTests {
  static let alphas: [Double] = [
    0.1, 0.3, 0.5, 0.9, 1 - 1e-9, 1, 1 + 1e-9, 1.0001, 1.01, 1.1, 1.25, 4.0 / 3, 1.5, 1.75, 1.999, 2, 2.5, 3,
    10,
    100, 1e6,
  ]

  /// Rows of the kinds that have broken implementations.
  enum Kind: CaseIterable {
    case normal, narrow, tails, ties, geometric, nearThreshold, offset, huge, denormal, masked, equal

    func row<Scalar: SimplexScalar>(_ n: Int, _ random: inout SplitMix, _: Scalar.Type) -> [Scalar] {
      (0..<n).map { i in
        let v = Double(random.scalar(Double.self))
        switch self {
        case .normal: return Scalar(3 * v)
        case .narrow: return Scalar(1e-3 * v)
        case .tails: return Scalar(v / (1.0001 - abs(v)))
        case .ties: return Scalar((4 * v).rounded() / 4)
        case .geometric: return Scalar(-pow(0.5, Double(i % 60)))
        case .nearThreshold: return i == 0 ? 1 : Scalar(v < 0 ? 0 : Double.ulpOfOne)
        case .offset: return Scalar(1e6 + v)
        case .huge: return Scalar(v < 0 ? -1e30 : 1e30)
        case .denormal: return Scalar.leastNonzeroMagnitude * Scalar((8 * v).rounded())
        case .masked: return v < 0 ? -.infinity : Scalar(v)
        case .equal: return 2.5
        }
      }
    }
  }

  /// p by bisection for the largest entry q of p: p_i = [q^a + a(x_i - m)]₊^(1/a), increasing in q.
  static func bisect(_ scores: [Double], alpha: Double) -> [Double] {
    guard let m = scores.max(), m.isFinite else { return scores.map { _ in 0 } }
    let (a, u) = (alpha - 1, scores.map { $0 - m })
    func image(_ q: Double) -> [Double] {
      u.map { u in
        if u == 0 { return q }
        if a == 0 { return q * exp(u) }
        // q (1 + a u q^-a)^(1/a)
        let w = a * u * exp(-a * log(q))
        return w <= -1 ? 0 : q * exp(log1p(w) / a)
      }
    }
    var (low, high) = (1 / Double(u.count), 1.0)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if image(middle).reduce(0, +) > 1 { high = middle } else { low = middle }
    }
    return image((low + high) / 2)
  }

  @Test("Bisection finds the same", arguments: alphas.filter { $0 <= 10 })
  func bisection(alpha: Double) throws {
    var random = SplitMix(seed: 1)
    for n in [1, 2, 3, 5, 8, 16, 17, 33, 64] {
      for kind in [Kind.normal, .narrow, .tails, .ties, .offset, .masked, .equal] {
        let x = kind.row(n, &random, Double.self)
        let expected = Self.bisect(x, alpha: alpha)
        // At alpha = 3 entries have the error of bisection to the power 1/2, at alpha = 10 to the power 1/9.
        let tolerance = alpha <= 2 ? 1e-13 : alpha <= 3 ? 1e-6 : 0.05
        for instructions in InstructionSet.available {
          try instructions.select {
            let p = try Entmax<Double>(alpha: .all(alpha))(x)
            for i in 0..<n where !(abs(p[i] - expected[i]) <= tolerance) {
              Issue.record("alpha \(alpha), \(kind), n \(n), \(instructions): \(p[i]) for \(expected[i])")
            }
          }
        }
      }
    }
  }

  @Test("Rows satisfy the optimality conditions, to the same bits everywhere", arguments: alphas)
  func optimality(alpha: Double) throws {
    try optimality(alpha, Double.self, tolerance: 2e-14)
    // Entries are rounded to 6e-8 of themselves.
    try optimality(alpha, Float.self, tolerance: 1e-6)
  }

  func optimality<Scalar: SimplexScalar>(_ alpha: Double, _: Scalar.Type, tolerance: Double) throws {
    var random = SplitMix(seed: 2)
    let map = try Entmax<Scalar>(alpha: .all(Scalar(alpha)))
    for n in Array(0...20) + [31, 32, 33, 63, 64, 65, 129] {
      for kind in Kind.allCases {
        let x = kind.row(n, &random, Scalar.self)
        let first = InstructionSet.portable.select { map.solve(x) }
        let what = "alpha \(alpha), \(kind), n \(n), \(Scalar.self)"
        if x.contains(where: \.isFinite) {
          #expect(abs(first.output.reduce(0) { $0 + Double($1) } - 1) <= tolerance, "\(what)")
          // For alpha > 3 an entry has the error of the sum to a small power; the sum is exact all the same.
          if alpha <= 3 { #expect(first.residual <= tolerance, "\(what): \(first.residual)") }
        } else {
          #expect(first.output.allSatisfy { $0 == 0 } && first.supportCount == 0, "\(what)")
        }
        #expect(first.supportCount == first.output.count { $0 > 0 })
        for i in 0..<max(0, n - 1) {
          // Greater scores have no smaller entries, but for the rounding of powers; equal ones have equal.
          let (p, q) = (first.output[i], first.output[i + 1])
          let slack = 8 * Scalar.ulpOfOne * max(p, q)
          #expect(x[i] != x[i + 1] || p == q, "\(what)")
          #expect(x[i] > x[i + 1] ? p >= q - slack : p <= q + slack, "\(what)")
        }
        for instructions in InstructionSet.available {
          #expect(instructions.select { map.solve(x) } == first, "\(what), \(instructions)")
        }
      }
    }
  }

  @Test(
    "Long rows, whose candidates are thinned out on the way", arguments: [0.5, 1, 1.25, 1.5, 1.9, 2.5, 4])
  func long(alpha: Double) throws {
    try long(alpha, Double.self, tolerance: 1e-12)
    try long(alpha, Float.self, tolerance: 2e-6)
  }

  func long<Scalar: SimplexScalar>(_ alpha: Double, _: Scalar.Type, tolerance: Double) throws {
    var random = SplitMix(seed: 3)
    let map = try Entmax<Scalar>(alpha: .all(Scalar(alpha)))
    for scale in [0, 1e-4, 1, 10] as [Scalar] {
      let x = random.array(20_000, Scalar.self).map { $0 * scale }
      let solution = map.solve(x)
      #expect(abs(solution.output.reduce(0) { $0 + Double($1) } - 1) <= tolerance)
      if alpha <= 3 { #expect(solution.residual <= tolerance) }
      #expect(solution.supportCount == solution.output.count { $0 > 0 })
    }
  }

  @Test("In single precision the sum is one within 2e-6, also with an outlier and a wide support")
  func sums() throws {
    var random = SplitMix(seed: 4)
    for alpha in [1, 1.5, 2] as [Float] {
      var x = (0..<200_000).map { _ in 1e-4 * random.scalar(Float.self) }
      for offset in [0, 1e3] as [Float] {
        for i in x.indices { x[i] += offset }
        x[7] = offset + (alpha == 2 ? 0.5 : 1.4)
        let p = try Entmax<Float>(alpha: .all(alpha))(x)
        #expect(abs(p.reduce(0) { $0 + Double($1) } - 1) <= 2e-6, "alpha \(alpha), offset \(offset)")
      }
    }
  }

  @Test("Softmax is the limit at one, from both sides")
  func limit() throws {
    var random = SplitMix(seed: 5)
    for n in [2, 7, 64] {
      let x = random.array(n, Double.self).map { 5 * $0 }
      let softmax = try Entmax<Double>(alpha: 1)
      let p = softmax(x)
      let derivative = softmax.alphaDerivative(at: p)
      for step in [-1e-9, 1e-9, -1e-5, 1e-5] {
        let near = try Entmax<Double>(alpha: .all(1 + step))
        let q = near(x)
        for i in 0..<n {
          // The next term of the expansion is below 100 step².
          #expect(abs(q[i] - p[i] - step * derivative[i]) <= 1e-15 + 100 * step * step)
        }
        let other = near.alphaDerivative(at: q)
        for i in 0..<n { #expect(abs(other[i] - derivative[i]) <= 1e-14 + 100 * abs(step)) }
      }
    }
  }

  @Test("Rows with infinities and NaN", arguments: alphas)
  func edges(alpha: Double) throws {
    let map = try Entmax<Double>(alpha: .all(alpha))
    let infinity = Double.infinity
    for instructions in InstructionSet.available {
      instructions.select {
        #expect(map([]) == [])
        #expect(map([-infinity]) == [0])
        #expect(map([-infinity, -infinity]) == [0, 0])
        #expect(map([infinity, 3, infinity, -infinity]) == [0.5, 0, 0.5, 0])
        for n in [1, 3, 16, 40] {
          for place in [0, n / 2, n - 1] {
            var x = [Double](repeating: 0, count: n)
            x[place] = .nan
            x[0] = n > 1 && place > 0 ? infinity : x[0]
            let p = map(x)
            #expect(p.allSatisfy { $0.isNaN })
            #expect(map.pullback(of: x.map { _ in 1 }, at: p).allSatisfy { $0.isNaN })
            #expect(map.alphaDerivative(at: p).allSatisfy { $0.isNaN })
          }
        }
        #expect(map([1e308, -1e308, 1e308]).map { ($0 * 1e9).rounded() } == [5e8, 0, 5e8])
        #expect(map.pullback(of: [.nan, 1], at: [0, 1]) == [0, 0])
        #expect(map.pullback(of: [1, 1], at: [0, 0]) == [0, 0])
        #expect(map.alphaDerivative(at: [0, 0]) == [0, 0])
      }
    }
  }

  @Test("Derivatives are those of differences", arguments: [0.3, 0.9, 1, 1.0001, 1.25, 1.5, 1.75, 2, 2.5])
  func differences(alpha: Double) throws {
    var random = SplitMix(seed: 6)
    let step = 1e-5
    func map(_ alpha: Double) throws -> Entmax<Double> { try Entmax(alpha: .all(alpha)) }
    for n in [2, 5, 18] {
      let x = random.array(n, Double.self)
      let v = random.array(n, Double.self)
      let p = try map(alpha)(x)
      let plus = try map(alpha)(zip(x, v).map { $0 + step * $1 })
      let minus = try map(alpha)(zip(x, v).map { $0 - step * $1 })
      // Where the support is not the same on both sides there is no derivative to compare with.
      guard zip(plus, minus).allSatisfy({ ($0 == 0) == ($1 == 0) }) else { continue }
      let change = try map(alpha).pushforward(of: v, at: p)
      for i in 0..<n { #expect(abs(change[i] - (plus[i] - minus[i]) / (2 * step)) <= 1e-6) }
      let (more, less) = try (map(alpha + step)(x), map(alpha - step)(x))
      guard zip(more, less).allSatisfy({ ($0 == 0) == ($1 == 0) }) else { continue }
      let derivative = try map(alpha).alphaDerivative(at: p)
      for i in 0..<n { #expect(abs(derivative[i] - (more[i] - less[i]) / (2 * step)) <= 1e-6) }
    }
  }

  @Test("In single precision the derivative by alpha does not cancel near one")
  func alphaNearOne() throws {
    // dp/dα = -½ p (ln²p - Σ p ln²p) at α = 1; differs by less than 2e-5 at 1.0001.
    let map = try Entmax<Float>(alpha: 1.0001)
    let derivative = map.alphaDerivative(at: map([-2, 0, 0.5]))
    for (value, exact) in zip(derivative, [-0.1983387, -0.0116400, 0.2099787]) {
      #expect(abs(Double(value) - exact) <= 1e-6)
    }
  }

  @Test("Gradients stay finite where p^(2-alpha) does not")
  func steepGradients() throws {
    for alpha in [10, 100, 1e6] as [Double] {
      let map = try Entmax<Float>(alpha: .all(Float(alpha)))
      let p = map([1, 1, 1, 0.999])
      #expect(map.pullback(of: [1, 2, -1, 3], at: p).allSatisfy { $0.isFinite })
      #expect(map.alphaDerivative(at: p).allSatisfy { $0.isFinite })
      #expect(map.pullback(of: [1, 1, 1, 1], at: p) == [0, 0, 0, 0])
    }
    // Of two entries the large weight cancels: J = r R / (r + R), with r = q^-8 for the large entry q and R
    // = 1e48, which counts as 1e30, for the other. r / R is below rounding for either.
    let q = 1 - 1e-6
    let gradient = try Entmax<Double>(alpha: 10).pullback(of: [0, 1], at: [q, 1e-6])
    let exact: Double = pow(q, -8)
    #expect(abs(gradient[0] + exact) <= 1e-12)
    #expect(abs(gradient[1] - exact) <= 1e-12)
  }

  @Test("Guesses of the threshold change nothing but the time", arguments: alphas)
  func starts(alpha: Double) throws {
    var random = SplitMix(seed: 7)
    let map = try Entmax<Double>(alpha: .all(alpha))
    for n in [3, 20, 100] {
      let x = random.array(n, Double.self).map { 4 * $0 + 10 }
      let solution = map.solve(x)
      for start in [solution.threshold.value, 10, 15, -1e300, 1e300, .nan, .infinity, -.infinity] {
        let warm = map.solve(x, start: start)
        for i in 0..<n { #expect(abs(warm.output[i] - solution.output[i]) <= 1e-14, "start \(start)") }
      }
    }
  }

  @Test("Sparse rows are the entries of dense rows that are not zero", arguments: alphas)
  func sparse(alpha: Double) throws {
    var random = SplitMix(seed: 8)
    for n in [1, 5, 16, 40] {
      var scores: Matrix<Double> = random.matrix(7, n)
      scores[2, 0] = .nan
      scores[3, n - 1] = .infinity
      for j in 0..<n { scores[4, j] = -.infinity }
      let map = try Entmax<Double>(alpha: .perRow([alpha, 1.5, alpha, alpha, 2, 1, alpha]))
      let dense = map(scores)
      var (indices, values) = ([Int32](repeating: 0, count: 7 * n), [Double](repeating: 0, count: 7 * n))
      var (ends, scratch) = ([Int](repeating: 0, count: 7), [Double](repeating: 0, count: n))
      let done = scores.elements.withUnsafeBufferPointer { x in
        scratch.withUnsafeMutableBufferPointer { row in
          indices.withUnsafeMutableBufferPointer { indices in
            values.withUnsafeMutableBufferPointer { values in
              ends.withUnsafeMutableBufferPointer { ends in
                map.projectSparse(
                  RowBatch(
                    rows: 7, columns: n, input: x.baseAddress!, inputStride: n, output: row.baseAddress!,
                    outputStride: n), indices: indices.baseAddress!, values: values.baseAddress!,
                  capacity: 7 * n, ends: ends.baseAddress!)
              }
            }
          }
        }
      }
      #expect(done == 7)
      for r in 0..<7 {
        var row = [Double](repeating: 0, count: n)
        for k in (r == 0 ? 0 : ends[r - 1])..<ends[r] { row[Int(indices[k])] = values[k] }
        for j in 0..<n {
          #expect(row[j] == dense[r, j] || (row[j].isNaN && dense[r, j].isNaN), "alpha \(alpha), row \(r)")
        }
      }
    }
  }

  @Test("Alpha must be positive and finite")
  func parameters() {
    for alpha in [0, -1, .infinity, .nan] as [Double] {
      #expect(throws: SimplexError.self) { try Entmax<Double>(alpha: .all(alpha)) }
    }
  }

  @Test("many entries on the threshold of a large alpha, where the smallest of the support rounds to zero")
  func tiesOnSteepThreshold() throws {
    for count in 1...300 {
      let p = try Entmax<Double>(alpha: 10)([0] + [Double](repeating: -1.0 / 9, count: count))
      // -1/9 is rounded up by 2^-57: the others get about 5.6e-17 / (9 count).
      #expect(abs(p[0] - 1) <= 1e-14 && p.dropFirst().allSatisfy { $0 <= 1e-14 }, "\(count)")
    }
  }
}
