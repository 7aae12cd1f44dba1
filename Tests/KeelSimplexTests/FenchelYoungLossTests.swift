import Keel
import KeelSimplex
import RealModule
import Testing

@Suite("Fenchel-Young losses, known values")
struct FenchelYoungLossTests {
  /// Scores, and for α = 1.25, 1.5 and 2 the loss with target 0, from arithmetic with 40 digits.
  static let losses: [(scores: [Double], values: [Double?])] = [
    ([-2, 0, 0.5], [2.7971046769995225, 2.6843713789180694, 2.5625]),
    ([1, 1, 0.5, 0.5], [nil, 0.47817968548842445, 0.25]),
    ([2.5, 2.5, 2.5, 2.5], [0.93725830020304792, 2.0 / 3, 0.375]),
    ([1000, 0, -1000], [0, 0, 0]), ([7.3], [0, 0, 0]),
    ([0.2, -.infinity, 0.9, -.infinity], [nil, 0.82580463382170119, 0.7225]),
    ([1, 0, 0], [nil, 0.099578211079929753, 0]),
    ([0.7, -0.3, 1.1, 0.05, -1.4, 0.95], [1.0493414869936164, 0.80498007310943632, 0.5908333333333334]),
  ]

  static let six: [Double] = [0.7, -0.3, 1.1, 0.05, -1.4, 0.95]
  static let dense: [Double] = [0.1, 0.2, 0.3, 0.15, 0.05, 0.2]

  /// For scores `six` and each α: the losses of target 2 and of the target `dense`, and their derivatives
  /// with respect to α, by differences of the loss in arithmetic with 50 digits.
  static let sixValues:
    [(alpha: Double, classLoss: Double, loss: Double, classSlope: Double, slope: Double)] =
      [
        (0.5, 5.0145458264858348, 0.16991523891527246, -17.338551942133342, -0.41164415810074131),
        (1, 1.166161190975909, 0.12908106399450174, -2.9687263643584596, 0.19572943812571294),
        (1.0001, 1.1658643642677043, 0.1291006415926807, -2.9678078479984901, 0.19582252349807107),
        (1.25, 0.64934148699361631, 0.20263695155566571, -1.3740403656319001, 0.36537368585470469),
        (1.5, 0.40498007310943626, 0.29628016928787226, -0.67334691958545244, 0.36684205603502934),
        (1.75, 0.27492346843023289, 0.37444049372580022, -0.41274000447521224, 0.24869817143387645),
        (2, 0.19083333333333333, 0.42583333333333333, -0.26854514892771421, 0.17254836774337577),
        (3, 0.06125, 0.535, -0.067572519680038157, 0.053496129671307839),
      ]

  @Test("losses with target 0", arguments: InstructionSet.available, [0.0, 1e6])
  func knownLosses(on instructions: InstructionSet, offset: Double) throws {
    try instructions.select {
      for (scores, values) in Self.losses {
        for (alpha, expected) in zip([1.25, 1.5, 2.0], values) {
          guard let expected else { continue }
          // Adding 1e6 rounds the scores to 2^-33 each.
          let tolerance = offset == 0 ? 1e-14 : 4e-10
          let scores = scores.map { $0 + offset }
          let loss = try FenchelYoungLoss(Entmax<Double>(alpha: .all(alpha)))
          let value = try loss.value(Matrix(row: scores), .classes([0]))
          #expect(abs(value - expected) <= tolerance, "α = \(alpha), \(scores): \(value)")
          guard alpha == 2 else { continue }
          let sparsemax = try FenchelYoungLoss(Sparsemax<Double>())
          let same = try sparsemax.value(Matrix(row: scores), .classes([0]))
          #expect(abs(same - expected) <= tolerance, "sparsemax, \(scores): \(same)")
        }
      }
    }
  }

  @Test("losses with target 0 in single precision", arguments: InstructionSet.available)
  func knownLossesInSinglePrecision(on instructions: InstructionSet) throws {
    try instructions.select {
      for (scores, values) in Self.losses {
        for (alpha, expected) in zip([1.25, 1.5, 2.0], values) {
          guard let expected else { continue }
          let loss = try FenchelYoungLoss(Entmax<Float>(alpha: .all(Float(alpha))))
          let value = try loss.value(Matrix(row: scores.map { Float($0) }), .classes([0]))
          #expect(abs(value - expected) <= 2e-6 * max(1, expected), "α = \(alpha), \(scores): \(value)")
        }
      }
    }
  }

  @Test("an offset of 1e6 costs nothing in single precision", arguments: [1, 1.25, 1.5, 2, 3])
  func offset(alpha: Float) throws {
    // Multiples of 1/16 are exact beside 1e6.
    let scores: [Float] = [0.5, -0.25, 1.0625, 0.0625, -1.5, 0.9375]
    let loss = try FenchelYoungLoss(Entmax<Float>(alpha: .all(alpha)))
    for target in scores.indices {
      let plain = try loss.value(Matrix(row: scores), .classes([target]))
      let shifted = try loss.value(Matrix(row: scores.map { $0 + 1e6 }), .classes([target]))
      let exact = try FenchelYoungLoss(Entmax<Double>(alpha: .all(Double(alpha)))).value(
        Matrix(row: scores.map { Double($0) }), .classes([target]))
      #expect(abs(plain - shifted) <= 1e-12)
      #expect(abs(plain - exact) <= 1e-6, "target \(target): \(plain) instead of \(exact)")
    }
  }

  @Test("losses and derivatives with respect to α", arguments: 0..<8)
  func derivativesOfAlpha(index: Int) throws {
    let expected = Self.sixValues[index]
    let loss = try FenchelYoungLoss(Entmax<Double>(alpha: .all(expected.alpha)))
    let scores = Matrix(row: Self.six)
    let one = try loss.valueAndGradients(scores, .classes([2]))
    let all = try loss.valueAndGradients(scores, .rows(Matrix(row: Self.dense)))
    for (result, value, slope) in [
      (one, expected.classLoss, expected.classSlope), (all, expected.loss, expected.slope),
    ] {
      #expect(abs(result.value - value) <= 1e-14 * max(1, value))
      // ∂Ω of p is wrong in first order by the rounding of p, which its derivative, about ln² p, multiplies.
      #expect(abs(result.parameterGradient[0] - slope) <= 1e-13 * max(1, abs(slope)))
    }
    #expect(all.gradient == (try loss.valueAndGradient(scores, .rows(Matrix(row: Self.dense)))).gradient)
  }

  @Test(
    "losses of normmax and derivatives with respect to α",
    arguments: [
      (1.5, [0.16155390561176375, 0.37614000631612838, 0.28743609369260854, -0.11620919359426831]),
      (2.0, [0.26339357757673893, 0.34866283448360976, 0.14242133176007434, -0.020881024979060718]),
      (4.0, [0.38907008067574854, 0.35194017581862821, 0.027321350160943338, 0.0070887732348008528]),
    ])
  func normmax(alpha: Double, expected: [Double]) throws {
    let loss = try FenchelYoungLoss(Normmax<Double>(alpha: .all(alpha)))
    let scores = Matrix(row: Self.six)
    let one = try loss.valueAndGradients(scores, .classes([2]))
    let all = try loss.valueAndGradients(scores, .rows(Matrix(row: Self.dense)))
    let found = [one.value, all.value, one.parameterGradient[0], all.parameterGradient[0]]
    for (value, wanted) in zip(found, expected) { #expect(abs(value - wanted) <= 1e-14) }
    #expect(try loss.value(scores, .classes([2])) == one.value)
  }

  @Test("the derivative with respect to α is smooth through 1")
  func derivativeNearOne() throws {
    let scores = Matrix(row: Self.six)
    let slopes = try [-1e-3, -1e-5, -1e-9, 0, 1e-9, 1e-5, 1e-3].map { step in
      try FenchelYoungLoss(Entmax<Double>(alpha: .all(1 + step)))
        .valueAndGradients(scores, .classes([2])).parameterGradient[0]
    }
    // The second derivative is about 9, as the values at 1 and 1.0001 show.
    #expect(abs(slopes[2] - slopes[3]) <= 1e-8 && abs(slopes[4] - slopes[3]) <= 1e-8)
    #expect(abs((slopes[4] - slopes[3]) + (slopes[2] - slopes[3])) <= 1e-12)
    #expect(abs((slopes[6] - slopes[0]) / 2e-3 - (slopes[5] - slopes[1]) / 2e-5) <= 1e-2)
  }

  @Test("the closed form of the sparsemax loss: ½ Σ (x² - τ²) - x_y + ½ over the support", arguments: 0..<20)
  func sparsemaxClosedForm(seed: Int) throws {
    var random = RandomStream(seed: UInt64(seed))
    let scores = random.normals(count: 1 + seed * 2, Double.self).map { 2 * $0 }
    let p = Sparsemax<Double>()(scores)
    let loss = try FenchelYoungLoss(Sparsemax<Double>())
    for target in scores.indices {
      var expected = 0.5 - scores[target]
      for i in p.indices where p[i] > 0 {
        let threshold = scores[i] - p[i]
        expected += (scores[i] * scores[i] - threshold * threshold) / 2
      }
      let value = try loss.value(Matrix(row: scores), .classes([target]))
      #expect(abs(value - expected) <= 1e-13 * Double(scores.count), "seed \(seed), target \(target)")
    }
  }

  @Test("for softmax it is the cross-entropy", arguments: 0..<20)
  func crossEntropy(seed: Int) throws {
    var random = RandomStream(seed: UInt64(100 + seed))
    let scores = random.normals(count: 1 + seed * 2, Double.self).map { 3 * $0 }
    let logarithm = Double.log(scores.map { Double.exp($0) }.reduce(0, +))
    let loss = try FenchelYoungLoss(Entmax<Double>(alpha: 1))
    for target in scores.indices {
      let value = try loss.value(Matrix(row: scores), .classes([target]))
      #expect(abs(value - (logarithm - scores[target])) <= 2e-14 * max(1, abs(logarithm)))
    }
  }

  @Test("exactly 0 beyond the margin 1/(α-1), positive before it", arguments: [1.25, 1.5, 2, 3])
  func margin(alpha: Double) throws {
    let loss = try FenchelYoungLoss(Entmax<Double>(alpha: .all(alpha)))
    let margin = 1 / (alpha - 1)
    for others in [[0.0], [0, -1, -0.5], [0, 0, 0, 0]] {
      for (distance, isZero) in [
        (margin, true), (margin + 1, true), (margin * 1e6, true), (margin - 0.01, false),
      ] {
        let scores = Matrix(row: others + [distance])
        let (value, gradient) = try loss.valueAndGradient(scores, .classes([others.count]))
        #expect((value == 0) == isZero, "α = \(alpha), distance \(distance): \(value)")
        #expect(gradient.elements.allSatisfy { $0 == 0 } == isZero)
      }
    }
  }
}
