import Keel
import KeelTransfer
import Testing

@Suite("Edge cases of transfer problems")
struct EdgeCaseTests {
  static func random(
    k: Int, d: Int, n: Int, trueHead: [Double]? = nil, sigma: Matrix<Double>? = nil, seed: UInt64 = 4
  ) throws -> LinearTransferProblem {
    var stream = RandomStream(seed: seed)
    return try LinearTransferProblem(
      inputs: Matrix(rows: n, columns: d, elements: stream.normals(count: n * d)),
      pretrainedFeatures: Matrix.randomOrthonormalRows(k, d, using: &stream),
      trueFeatures: Matrix.randomOrthonormalRows(k, d, using: &stream),
      trueHead: trueHead ?? stream.normals(count: k), oodSecondMoment: sigma)
  }

  @Test(
    "shapes at the edge: more inputs than dimensions, fewer than features, as many features as dimensions",
    arguments: [(1, 1, 1), (1, 2, 1), (3, 3, 2), (3, 3, 7), (2, 6, 20), (4, 9, 2), (2, 8, 1)])
  func shapes(k: Int, d: Int, n: Int) throws {
    let problem = try Self.random(k: k, d: d, n: n)
    let reduced = try ReducedTransferProblem(problem)
    #expect(reduced.rank == min(n, d))
    var stream = RandomStream(seed: 1)
    let head: [Double] = stream.normals(count: k)
    _ = try TransferGeometry(problem, reduced: reduced).assumptions(for: head)
    let paths = try reduced.paths(from: head, options: FlowOptions(endTime: 0.3, sampleTimes: [0, 0.1]))
    let reference = try FullGradientFlow(problem).path(head: head, at: [0.3])
    #expect(agree(paths.fineTuning.last.state.head, reference[0].head, 1e-10))
    // The losses from their definitions in full coordinates.
    let full = reduced.fullFeatures(paths.fineTuning.last.state, pretrained: problem.pretrainedFeatures)
    #expect(full.maximumDifference(from: reference[0].features) <= 1e-10)
    let weights = reference[0].features.transposed * reference[0].head
    let error = zip(weights, problem.trueWeights).map { $0 - $1 }
    let residual = problem.inputs * error
    #expect(agree(paths.fineTuning.last.losses.outOfDistribution, BLAS.dot(error, error), 1e-9))
    #expect(agree(paths.fineTuning.last.losses.training, BLAS.dot(residual, residual), 1e-9))
    if n >= d { #expect(agree(paths.fineTuning.last.losses.inDistribution, BLAS.dot(error, error), 1e-9)) }
  }

  @Test("a singular second moment gives the bound zero, not a NaN")
  func singularSecondMoment() throws {
    var stream = RandomStream(seed: 6)
    let factor = Matrix<Double>(rows: 3, columns: 8, elements: stream.normals(count: 24))
    let problem = try Self.random(k: 2, d: 8, n: 4, sigma: factor.gram())
    let reduced = try ReducedTransferProblem(problem)
    let geometry = try TransferGeometry(problem, reduced: reduced)
    #expect(geometry.oodLeastEigenvalue >= 0 && geometry.oodLeastEigenvalue < 1e-13)
    let bound = FineTuningLowerBound(geometry, head: [1, 2])
    #expect(agree(bound.asPrinted, 0, 1e-5) && agree(bound.repaired, 0, 1e-5))
    let path = try reduced.paths(from: [1, 2]).fineTuning
    #expect(path.lowestOutOfDistribution.losses.outOfDistribution >= 0)
  }

  @Test("a second moment with a negative eigenvalue is refused")
  func indefiniteSecondMoment() {
    #expect(throws: TransferError.self) {
      try Self.random(k: 1, d: 2, n: 1, sigma: [[1, 2], [2, 1]])
    }
  }

  @Test("a true head of zero is learned")
  func zeroTrueHead() throws {
    let problem = try Self.random(k: 2, d: 9, n: 4, trueHead: [0, 0])
    let reduced = try ReducedTransferProblem(problem)
    let geometry = try TransferGeometry(problem, reduced: reduced)
    let bound = FineTuningLowerBound(geometry, head: [1, 2])
    #expect(bound.repaired == 0 && bound.asPrinted <= 0)
    let paths = try reduced.paths(from: [1, 2])
    #expect(paths.fineTuning.end == .converged || paths.fineTuning.end == .atRest)
    #expect(paths.fineTuning.last.losses.training <= 1e-24)
    #expect(paths.probingThenFineTuning.last.losses.outOfDistribution <= 1e-24)
  }

  @Test(
    "a large head converges, to what its rounding allows", arguments: [1, 2, 3, 4],
    [1e2, 1e4, 1e6, 1e8])
  func largeHead(k: Int, size: Double) throws {
    for seed in 0..<4 as Range<UInt64> {
      let reduced = try ReducedTransferProblem(Self.random(k: k, d: 12, n: 4, seed: seed))
      var stream = RandomStream(seed: seed)
      let head: [Double] = stream.normals(count: k)
      let flow = GradientFlow(reduced)
      let path = try flow.path(from: flow.start(head: head.map { $0 * size }))
      #expect(path.end == .converged && path.steps < 2000, "seed \(seed): \(path.end), \(path.steps) steps")
      // √(km) ≤ 4 times the absolute tolerance 1e-15 and at most 5 times the rounding unit times ‖C‖ ≤ 2,
      // for a head of at most five standard deviations in every weight.
      #expect(path.last.losses.training.squareRoot() <= 1e-13 * size * reduced.singularValues[0])
    }
  }

  @Test("heads that overflow or are not numbers give an error or a number, never a trap")
  func impossibleHeads() throws {
    let problem = try Self.random(k: 2, d: 9, n: 4)
    let reduced = try ReducedTransferProblem(problem)
    let geometry = try TransferGeometry(problem, reduced: reduced)
    #expect(FineTuningLowerBound(geometry, head: [.nan, 1]).repaired.isNaN)
    #expect(FineTuningLowerBound(geometry, head: [1e200, 1]).repaired == .infinity)
    for head in [[Double.nan, 1], [.infinity, 1], [1e200, 1]] {
      #expect(throws: TransferError.self) { try reduced.paths(from: head) }
    }
  }

  @Test("inputs whose squares leave the range of numbers are refused", arguments: [1e-170, 1e170])
  func scale(scale: Double) throws {
    let problem = try Self.random(k: 1, d: 5, n: 2)
    let scaled = try LinearTransferProblem(
      inputs: problem.inputs * scale, pretrainedFeatures: problem.pretrainedFeatures,
      trueFeatures: problem.trueFeatures, trueHead: problem.trueHead)
    #expect(throws: TransferError.self) { try ReducedTransferProblem(scaled) }
  }

  @Test("the probe's slow modes keep their rate next to fast ones")
  func slowModes() throws {
    // Each feature sees one input: v_i(t) = 1 - exp(-2 (0.6 σ_i)² t) from the head zero.
    let features: Matrix<Double> = [[0.6, 0, 0.8, 0], [0, 0.6, 0, 0.8]]
    let slow = 1e-9
    let problem = try LinearTransferProblem(
      inputs: [[1, 0, 0, 0], [0, slow, 0, 0]], pretrainedFeatures: features, trueFeatures: features,
      trueHead: [1, 1])
    let probe = try LinearProbe(ReducedTransferProblem(problem))
    let rates = try #require(probe.rateRange)
    #expect(agree(rates.lowerBound, 0.72e-18, 1e-30) && agree(rates.upperBound, 0.72, 1e-14))
    let time = 1 / 0.72e-18
    #expect(agree(probe.head(at: time), [1, 1 - Double.exp(-1)], 1e-12))
    #expect(agree(probe.head(at: 1), [1 - Double.exp(-0.72), 0], 1e-14))
    #expect(probe.head(at: 0) == [0, 0])
  }

  @Test("the three methods order as in the reference: LP-FT below LP below FT out of distribution")
  func paths() throws {
    let reduced = try ReducedTransferProblem(ReferenceProblem.a.get())
    let paths = try reduced.paths(from: ReferenceProblem.head)
    #expect(agree(paths.fineTuning.last.losses.outOfDistribution, 0.4403835495786, 1e-10))
    #expect(agree(paths.probingThenFineTuning.last.losses.outOfDistribution, 0.0050556346196, 1e-10))
    #expect(agree(paths.linearProbe.point().losses.outOfDistribution, 0.00672335331681, 1e-12))
    // No probing at all is fine-tuning.
    let none = try reduced.paths(from: ReferenceProblem.head, probingTime: 0)
    #expect(none.probingThenFineTuning.last == none.fineTuning.last)
  }

  @Test("a sample at infinity is the limit")
  func infiniteSample() throws {
    let reduced = try ReducedTransferProblem(ReferenceProblem.a.get())
    let path = try reduced.paths(
      from: ReferenceProblem.head, options: FlowOptions(sampleTimes: [1, .infinity])
    ).fineTuning
    #expect(path.end == .converged && path.samples.count == 2)
    #expect(path.samples[1].state == path.last.state && path.samples[1].time == .infinity)
  }
}
