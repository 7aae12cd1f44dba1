import Keel
import KeelTransfer
import Testing

@Suite("Angles with a random subspace")
struct RandomSubspaceAnglesTests {
  @Test(
    "edges in high dimensions",
    arguments: [(40, 160, 400, 0.12606, 0.71394), (30, 60, 300, 0.02, 0.5)])
  func edges(k: Int, m: Int, d: Int, low: Double, high: Double) {
    let law = RandomSubspaceAngles(fixedDimension: k, randomDimension: m, ambientDimension: d)
    #expect(agree(law.squaredCosineEdges.lowerBound, low, 5e-6))
    #expect(agree(law.squaredCosineEdges.upperBound, high, 5e-6))
    // The law is symmetric in k and m, and the complement mirrors it.
    let mirrored = RandomSubspaceAngles(fixedDimension: m, randomDimension: k, ambientDimension: d)
    #expect(agree(mirrored.squaredCosineEdges.lowerBound, low, 5e-6))
    #expect(agree(law.complement.squaredCosineEdges.lowerBound, 1 - high, 5e-6))
    #expect(agree(law.complement.squaredCosineEdges.upperBound, 1 - low, 5e-6))
  }

  @Test("edges close where the dimensions force it")
  func closedEdges() {
    let equal = RandomSubspaceAngles(fixedDimension: 3, randomDimension: 3, ambientDimension: 12)
    #expect(equal.squaredCosineEdges.lowerBound == 0)
    let meeting = RandomSubspaceAngles(fixedDimension: 3, randomDimension: 9, ambientDimension: 12)
    #expect(agree(meeting.squaredCosineEdges.upperBound, 1, 1e-15))
    let whole = RandomSubspaceAngles(fixedDimension: 12, randomDimension: 12, ambientDimension: 12)
    #expect(whole.squaredCosineEdges.upperBound <= 1)
    let nothing = RandomSubspaceAngles(fixedDimension: 3, randomDimension: 0, ambientDimension: 12)
    #expect(nothing.squaredCosineEdges.upperBound <= 1)
    #expect(nothing.smallestCosineBound(failureProbability: 0.1) == 0)
  }

  @Test("the squared cosine of a line follows a beta law")
  func line() throws {
    let (m, d) = (3, 10)
    let law = RandomSubspaceAngles(fixedDimension: 1, randomDimension: m, ambientDimension: d)
    var stream = RandomStream(seed: 42)
    let sample = (0..<2000).map { _ in
      let basis = Matrix<Double>.randomOrthonormalRows(m, d, using: &stream)
      return basis.column(0).reduce(0) { $0 + $1 * $1 }
    }
    let test = KolmogorovSmirnovTest(sample) { law.squaredCosineProbabilities(atMost: $0).lower }
    #expect(test.pValue > 1e-3, "seed 42")
    // Two wrong degrees of freedom are seen.
    let wrong = RandomSubspaceAngles(fixedDimension: 1, randomDimension: m + 1, ambientDimension: d)
    #expect(
      KolmogorovSmirnovTest(sample) { wrong.squaredCosineProbabilities(atMost: $0).lower }.pValue < 1e-6)
    let all = RandomSubspaceAngles(fixedDimension: 1, randomDimension: d, ambientDimension: d)
    #expect(all.squaredCosineProbabilities(atMost: 0.99).lower == 0)
    #expect(all.squaredCosineProbabilities(atMost: 1).lower == 1)
    #expect(all.complement.squaredCosineProbabilities(atMost: 0).lower == 1)
  }

  @Test("the smallest cosine stays above its bound, and tends to its edge")
  func smallestCosine() throws {
    let (k, m, d) = (4, 60, 120)
    let law = RandomSubspaceAngles(fixedDimension: k, randomDimension: m, ambientDimension: d)
    let bound = law.smallestCosineBound(failureProbability: 0.2)
    #expect(bound > 0.1)
    var mean = 0.0
    for index in 0..<40 {
      var stream = RandomStream(seed: 43).stream(index)
      let basis = Matrix<Double>.randomOrthonormalRows(m, d, using: &stream)
      let cosine = try SVD(basis[columns: 0..<k], vectors: .none).singularValues[k - 1]
      // The bound is far from sharp: none of 40 fails although a fifth may.
      #expect(cosine >= bound, "draw \(index) of seed 43")
      mean += cosine * cosine / 40
    }
    // d^{-2/3} is 0.04 here.
    #expect(agree(mean, law.squaredCosineEdges.lowerBound, 0.1))
    // A vanishing probability of failure costs everything.
    #expect(law.smallestCosineBound(failureProbability: 0) == 0)
    #expect(law.smallestCosineBound(failureProbability: 1) > bound)
  }
}
