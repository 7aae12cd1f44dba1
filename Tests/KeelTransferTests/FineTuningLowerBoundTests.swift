import Keel
import KeelTransfer
import Testing

@Suite("Lower bounds of fine-tuning")
struct FineTuningLowerBoundTests {
  @Test(
    "the head's displacement",
    arguments: [
      (1.0, 1.0, 0.126102004467780), (3, 2, 0.09752218206156), (0.01, 0.5, 0.00418451526129),
      (100, 1, 2.04968567689580),
    ])
  func headDisplacement(squaredError: Double, weightNorm: Double, expected: Double) {
    let value = FineTuningLowerBound.headDisplacement(
      squaredAlignmentError: squaredError, weightNorm: weightNorm)
    #expect(agree(value, expected, 1e-13))
  }

  @Test("the head's displacement inverts Q over many magnitudes")
  func inversion() {
    for exponent in stride(from: -150.0, through: 150, by: 7.5) {
      for s in [1e-3, 0.1, 1, 20, 1e4] {
        let squared = Double.exp10(exponent)
        let x = FineTuningLowerBound.headDisplacement(squaredAlignmentError: squared, weightNorm: s)
        let e = x * (1 + (1 + (s + x) * (s + x)).squareRoot())
        let q = e * (2 * s + e) + s * s * x * (2 * s + x)
        // Q is a product of at most four factors, each evaluated to a few units of rounding, and its
        // relative condition is at most 4.
        #expect(agree(q, squared, 1e-14 * squared), "φ² = \(squared), s = \(s)")
      }
    }
    #expect(FineTuningLowerBound.headDisplacement(squaredAlignmentError: 0, weightNorm: 1) == 0)
  }

  @Test("perfect features, one of which learns, violate the printed bound")
  func perfectFeatures() throws {
    let example = try FineTuningCounterexample.perfectFeatures(weightNorm: 3, cosine: 0.1, squaredHead: 8.9)
    let (path, bound) = try follow(example)
    #expect(agree(path.last.state.head[0], 2.9849623113199, 1e-11))
    #expect(agree(path.last.losses.outOfDistribution.squareRoot(), 0.0015037688680, 1e-11))
    #expect(agree(bound.asPrinted, 0.0018750000000, 1e-13))
    #expect(agree(bound.repaired, 0.0011343886372, 1e-13))
    #expect(path.lowestOutOfDistribution.losses.outOfDistribution.squareRoot() < bound.asPrinted - 1e-4)
    #expect(path.lowestOutOfDistribution.losses.outOfDistribution.squareRoot() >= bound.repaired)
  }

  @Test(
    "large weights reach zero error under a positive printed bound",
    arguments: [
      (1, 10.0, 0.004, 0.0310, 5e-5), (8, 10, 0.004, 0.00947406, 5e-9), (1, 2, 0.02, 0.01067, 5e-6),
    ])
  func zeroError(k: Int, s: Double, h: Double, printed: Double, digits: Double) throws {
    let example = try FineTuningCounterexample.zeroError(
      weightNorm: s, shrinkage: h, cosine: 0.5, featureCount: k)
    let (path, bound) = try follow(example)
    #expect(agree(bound.asPrinted, printed, digits))
    #expect(path.lowestOutOfDistribution.losses.outOfDistribution.squareRoot() <= 1e-11 * s)
    #expect(bound.repaired <= 0)
    if k == 8 {
      #expect(agree(example.head[0], 9.959595962825, 1e-12))
      #expect(agree(bound.featureDistance, 0.00230787, 5e-9))
      #expect(agree(bound.cosine, 0.5, 1e-12))
    }
  }

  @Test("idle features keep a violation for two and three features, not for four", arguments: [2, 3, 4])
  func idleFeatures(k: Int) throws {
    let example = try FineTuningCounterexample.perfectFeatures(
      weightNorm: 20, cosine: 0.02, squaredHead: 20 * 20 - 0.01, featureCount: k)
    let (path, bound) = try follow(example)
    let lowest = path.lowestOutOfDistribution.losses.outOfDistribution.squareRoot()
    #expect((lowest < bound.asPrinted) == (k < 4))
    #expect(lowest >= bound.repaired)
  }

  private func follow(
    _ example: FineTuningCounterexample
  ) throws -> (FlowPath, FineTuningLowerBound) {
    let reduced = try ReducedTransferProblem(example.problem)
    let geometry = try TransferGeometry(example.problem, reduced: reduced)
    let flow = GradientFlow(reduced)
    return (
      try flow.path(from: flow.start(head: example.head)),
      FineTuningLowerBound(geometry, head: example.head)
    )
  }
}
