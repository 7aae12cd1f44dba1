import Keel
import KeelTransfer
import Testing

@Suite("Interpolation of weights")
struct WeightInterpolationTests {
  @Test("reference problem a with features that are .3 off")
  func reference() throws {
    let problem = try ReducedTransferProblem(ReferenceProblem.problem(whitened: false, distortion: 0.3))
    let probe = try LinearProbe(problem)
    let flow = GradientFlow(problem)
    let fineTuned = try flow.path(from: flow.start(head: ReferenceProblem.head)).last.state
    let path = WeightInterpolation(problem, from: probe.point().state, to: fineTuned)
    // α = 0, .2, .4 and 1, to the digits that are known.
    let found = [0, 0.2, 0.4, 1].map { path.point(at: $0).losses.outOfDistribution }
    #expect(agree(found, [0.0577, 0.0489, 0.0832, 0.4284], 5e-5), "\(found)")
    #expect(path.lowestOutOfDistribution.losses.outOfDistribution < 0.0489)
    // From the probe to what training a zero head reaches, the middle is better than both ends. On a grid of
    // .2 the least loss is .0307; the exact minimum lies between its points.
    let fromZero = try flow.path(from: flow.start(head: [0, 0, 0])).last.state
    let middle = WeightInterpolation(problem, from: probe.point().state, to: fromZero)
    let grid = (0...5).map { middle.point(at: Double($0) / 5).losses.outOfDistribution }
    #expect(agree(grid.min() ?? .nan, 0.0307, 5e-5), "\(grid)")
    let better = middle.lowestOutOfDistribution
    #expect(agree(better.losses.outOfDistribution, 0.0299, 5e-5), "\(better.losses)")
    #expect(better.position > 0.4 && better.position < 0.6, "\(better.position)")
  }

  @Test("a minimum whose second derivative vanishes is found")
  func flatMinimum() throws {
    // With head and feature 2α - 1 and no truth, the loss is (2α - 1)⁴.
    let problem = try ReducedTransferProblem(
      LinearTransferProblem(
        inputs: [[1, 0]], pretrainedFeatures: [[1, 0]], trueFeatures: [[1, 0]],
        trueHead: [0]))
    func end(_ sign: Double) -> TransferState {
      let feature = sign * problem.initialFeatures
      return TransferState(head: [sign], features: feature)
    }
    let best = WeightInterpolation(problem, from: end(-1), to: end(1)).lowestOutOfDistribution
    // Near the root the slope 8(2α - 1)³ is the rounding of terms up to 96.
    #expect(agree(best.position, 0.5, 5e-5) && best.losses.outOfDistribution <= 1e-16, "\(best)")
  }

  /// Two random networks of a random problem; every other problem has a second moment.
  private static func path(_ index: Int) throws -> WeightInterpolation {
    let (plain, head) = try GradientFlowTests.problem(index)
    var stream = RandomStream(seed: 88).stream(index)
    let d = plain.inputDimension
    let sigma =
      index.isMultiple(of: 2) ? nil : Matrix<Double>.randomNormal(rows: d, columns: d, using: &stream).gram()
    let reduced = try ReducedTransferProblem(
      LinearTransferProblem(
        inputs: plain.inputs, pretrainedFeatures: plain.pretrainedFeatures,
        trueFeatures: plain.trueFeatures, trueHead: plain.trueHead, oodSecondMoment: sigma,
        labelNoise: index % 3 == 2 ? stream.normals(count: plain.inputs.rows) : nil))
    let end = TransferState(
      head: stream.normals(count: reduced.featureCount),
      features: Matrix<Double>.randomNormal(
        rows: reduced.featureCount, columns: reduced.rank, using: &stream))
    return WeightInterpolation(reduced, from: GradientFlow(reduced).start(head: head), to: end)
  }

  private static func value(_ coefficients: [Double], _ alpha: Double) -> Double {
    coefficients.reversed().reduce(0) { $0 * alpha + $1 }
  }

  @Test("losses are the polynomials", arguments: 0..<20)
  func polynomials(index: Int) throws {
    let path = try Self.path(index)
    for alpha in [-0.5, 0, 0.25, 0.7, 1, 1.5] {
      let losses = path.point(at: alpha).losses
      // Coefficients of either sign cancel: the tolerance is relative to their sum.
      func tolerance(_ c: [Double]) -> Double { 1e-13 * c.reduce(0) { $0 + 6 * $1.magnitude } }
      #expect(
        agree(
          Self.value(path.trainingCoefficients, alpha), losses.training,
          tolerance(path.trainingCoefficients)))
      #expect(
        agree(
          Self.value(path.inDistributionCoefficients, alpha), losses.inDistribution,
          tolerance(path.inDistributionCoefficients)))
      #expect(
        agree(
          Self.value(path.outOfDistributionCoefficients, alpha), losses.outOfDistribution,
          tolerance(path.outOfDistributionCoefficients)))
      if path.problem.weightNorm > 0, index.isMultiple(of: 2) {
        #expect(
          agree(
            Self.value(path.perpendicularCoefficients, alpha),
            losses.outOfDistribution - losses.inDistribution,
            tolerance(path.outOfDistributionCoefficients)))
      }
    }
    #expect(path.point(at: 0).state == path.start)
    #expect(path.point(at: 1).state == path.end)
  }

  @Test("no network on the path is better than the best one")
  func lowest() throws {
    for index in 0..<60 {
      let path = try Self.path(index)
      let best = path.lowestOutOfDistribution
      #expect((0...1).contains(best.position))
      let scale = path.outOfDistributionCoefficients.reduce(0) { $0 + $1.magnitude }
      let sampled = (0...200).map { path.point(at: Double($0) / 200).losses.outOfDistribution }.min() ?? .nan
      #expect(best.losses.outOfDistribution <= sampled + 1e-14 * scale, "problem \(index) of seed 88")
      // A grid of 200 misses the minimum by at most h²/8 times the second derivative.
      #expect(sampled - best.losses.outOfDistribution <= scale * 12 / 320_000, "problem \(index) of seed 88")
    }
  }

  @Test("a path from a network to itself is constant")
  func constant() throws {
    let path = try Self.path(1)
    let still = WeightInterpolation(path.problem, from: path.end, to: path.end)
    #expect(still.lowestOutOfDistribution == still.point(at: 0))
    #expect(still.outOfDistributionCoefficients[1...].allSatisfy { $0 == 0 })
  }
}
