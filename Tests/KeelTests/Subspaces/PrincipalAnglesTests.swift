import Keel
import RealModule
import Testing

@Suite("Principal angles and feature distance")
struct PrincipalAnglesTests {
  /// Two subspaces of ℝᵈ with prescribed angles, turned together by a random reflection.
  private func pair<Scalar: RealScalar>(
    angles: [Double], extra: Int = 0, in d: Int, seed: UInt64
  ) throws -> (Subspace<Scalar>, Subspace<Scalar>) {
    var stream = RandomStream(seed: seed)
    let k = angles.count
    // e_i and cos e_i + sin e_{k+i}; the extra directions of the second are orthogonal to both.
    let first = Matrix<Double>(rows: k, columns: d) { i, j in i == j ? 1 : 0 }
    let second = Matrix<Double>(rows: k + extra, columns: d) { i, j in
      guard i < k else { return j == k + i ? 1 : 0 }
      return j == i ? .cos(angles[i]) : j == k + i ? .sin(angles[i]) : 0
    }
    let turn = Matrix<Double>.reflector(d, &stream)
    let mixFirst = Matrix<Double>.reflector(k, &stream)
    let mixSecond = Matrix<Double>.reflector(k + extra, &stream)
    return (
      try Subspace(orthonormalRows: Matrix(converting: mixFirst * first * turn)),
      try Subspace(orthonormalRows: Matrix(converting: mixSecond * second * turn))
    )
  }

  @Test("Prescribed angles come back, tiny ones and right ones included", arguments: [1, 2, 3] as [UInt64])
  func prescribed(seed: UInt64) throws {
    let right = Double.pi / 2
    let angles: [Double] = [0, 1e-12, 1e-8, 1e-4, 0.3, right / 2, 1.2, right - 1e-8, right - 1e-12, right]
    try check(angles, Double.self, seed)
    try check(angles, Float.self, seed)
  }

  private func check<Scalar: RealScalar>(_ angles: [Double], _: Scalar.Type, _ seed: UInt64) throws {
    for extra in [0, 3] {
      let d = 2 * angles.count + extra
      let (a, b): (Subspace<Scalar>, Subspace<Scalar>) = try pair(
        angles: angles, extra: extra, in: d, seed: seed)
      // The bases themselves carry rounding errors of a few units in each of d terms.
      let tolerance = 4 * Scalar(d) * Scalar.ulpOfOne
      for computed in [try a.principalAngles(to: b), try b.principalAngles(to: a)] {
        #expect(computed.count == angles.count)
        for (x, y) in zip(computed, angles) { #expect(abs(x - Scalar(y)) <= tolerance) }
      }
      // The complement of b: π/2 - angle, and dimension d - dim b = 10 directions for the 10 of a.
      let complement = try a.principalAngles(toComplementOf: b)
      #expect(complement.count == min(a.dimension, d - b.dimension))
      for (x, y) in zip(complement, angles.reversed().map { .pi / 2 - $0 }) {
        #expect(abs(x - Scalar(y)) <= tolerance)
      }
    }
  }

  @Test("Angles to a complement agree with those to its basis for all dimensions")
  func complement() throws {
    var stream = RandomStream(seed: 21)
    let d = 7
    for k in 0...d {
      for m in 0...d {
        let a = Subspace<Double>.random(dimension: k, in: d, using: &stream)
        let b = Subspace<Double>.random(dimension: m, in: d, using: &stream)
        let direct = try a.principalAngles(to: b.orthogonalComplement())
        let short = try a.principalAngles(toComplementOf: b)
        #expect(direct.count == short.count, "k = \(k), m = \(m)")
        for (x, y) in zip(direct, short) { #expect(abs(x - y) <= 1e-14, "k = \(k), m = \(m)") }
      }
    }
  }

  @Test("Distance is 2 sin(θ/2), down to 1e-12", arguments: [0, 1e-12, 1e-9, 1e-3, 0.5, 1, .pi / 2])
  func distance(theta: Double) throws {
    let (a, b): (Subspace<Double>, Subspace<Double>) = try pair(angles: [theta / 3, theta], in: 9, seed: 4)
    let expected = 2 * Double.sin(theta / 2)
    #expect(abs(try a.featureDistance(to: b) - expected) <= 1e-14)
    #expect(abs(try b.featureDistance(to: a) - expected) <= 1e-14)
    // The alignment reaches the distance.
    let u = try a.featureAlignment(of: b)
    #expect(u.orthonormalityError <= 1e-14)
    let reached = try SVD(a.basis - u * b.basis, vectors: .none).singularValues[0]
    #expect(abs(reached - expected) <= 1e-14)
  }

  @Test("No element of O(2) brings two features closer", arguments: 1...20)
  func bruteForce(seed: Int) throws {
    var stream = RandomStream(seed: UInt64(seed))
    let a = Subspace<Double>.random(dimension: 2, in: 5, using: &stream)
    let b = Subspace<Double>.random(dimension: 2, in: 5, using: &stream)
    let distance = try a.featureDistance(to: b)
    var best = Double.infinity
    let steps = 720
    for step in 0..<steps {
      let t = 2 * Double.pi * Double(step) / Double(steps)
      let (c, s) = (Double.cos(t), Double.sin(t))
      for u: Matrix<Double> in [[[c, -s], [s, c]], [[c, s], [s, -c]]] {
        best = min(best, try SVD(a.basis - u * b.basis, vectors: .none).singularValues[0])
      }
    }
    // ‖B - UB′‖ is 1-Lipschitz in U, and the grid has a rotation within half a step.
    #expect(best >= distance - 1e-14)
    #expect(best <= distance + .pi / Double(steps))
  }

  @Test("Subspaces without vectors")
  func empty() throws {
    let zero = Subspace<Double>.zero(in: 3)
    let line = try Subspace(orthonormalRows: [[0, 1, 0]] as Matrix<Double>)
    #expect(try zero.principalAngles(to: line).isEmpty)
    #expect(try line.principalAngles(to: zero).isEmpty)
    #expect(try line.principalAngles(toComplementOf: zero) == [0])
    #expect(try zero.featureDistance(to: zero) == 0)
    #expect(try zero.featureAlignment(of: zero).rows == 0)
    #expect(try line.containmentResidual(of: zero) == 0)
    #expect(try zero.containmentResidual(of: line) == 1)
  }
}
