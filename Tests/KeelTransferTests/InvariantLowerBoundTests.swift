import Keel
import Testing

@testable import KeelTransfer

@Suite("The invariant lower bound")
struct InvariantLowerBoundTests {
  /// Values from an independent random search over heads in the original coordinates, in another language.
  @Test(
    "reference problems",
    arguments: [
      (0.0, 1.0, 0.243164501), (0, 0, 0.207160422), (0, 3, 1.475644636), (0.1, 1, 0.225237297),
      (0.3, 1, 0.235219902),
    ])
  func reference(distortion: Double, factor: Double, expected: Double) throws {
    let problem = try ReducedTransferProblem(ReferenceProblem.problem(distortion: distortion))
    let head = ReferenceProblem.head.map { $0 * factor }
    let bound = try InvariantLowerBound(problem, head: head)
    #expect(agree(bound.value, expected, 2e-9))
    #expect(bound.isCertified)
    #expect(bound.certifiedLowerBound <= bound.value)
    #expect(bound.gap <= 2e-6 * bound.value)
    // The head found is admissible and leaves the error that is claimed.
    #expect(agree(try error(of: bound.head, initialHead: head, problem), bound.value, 1e-12))
  }

  @Test("one feature: the minimum over a fine grid", arguments: 0..<12)
  func oneFeature(index: Int) throws {
    let (problem, head) = try randomProblem(k: 1, m: 3, index: index)
    let bound = try InvariantLowerBound(problem, head: head, tolerance: 1e-9)
    var least = (error: Double.infinity, at: 0.0)
    for (step, count) in [(0.01, 1500), (1e-4, 200), (1e-6, 200), (1e-8, 200)] {
      let center = least.at
      for index in -count...count {
        let v = center + Double(index) * step
        let error = try error(of: [v], initialHead: head, problem)
        if error < least.error { least = (error, v) }
      }
    }
    #expect(bound.certifiedLowerBound <= least.error)
    // The slope of √g and of the rest is below 50 here, and rounding admits heads 1e-12 beyond the edge.
    #expect(agree(least.error, bound.value, 50 * 1e-8), "index \(index)")
    #expect(bound.isCertified)
  }

  @Test("no admissible head of many is better", arguments: [(2, 3), (3, 5), (3, 2), (2, 1), (5, 7)], 0..<4)
  func sampled(size: (k: Int, m: Int), index: Int) throws {
    let (problem, head) = try randomProblem(k: size.k, m: size.m, index: index)
    let bound = try InvariantLowerBound(problem, head: head)
    var stream = RandomStream(seed: 5).stream(index)
    for _ in 0..<300 {
      // Around the minimum and around the initial head.
      let noise: [Double] = stream.normals(count: size.k)
      let scale = Double.exp10(stream.uniform(in: -3..<0.5))
      let center = stream.uniform() < 0.5 ? bound.head : head
      let sample = zip(center, noise).map { $0 + scale * $1 }
      #expect(try error(of: sample, initialHead: head, problem) >= bound.certifiedLowerBound)
      if size.k > 3 { #expect(try error(of: sample, initialHead: head, problem) >= bound.value * (1 - 1e-9)) }
    }
    #expect(bound.isCertified == (size.k <= 3))
    #expect(
      agree(try error(of: bound.head, initialHead: head, problem), bound.value, 1e-9 * (1 + bound.value)))
  }

  @Test("it bounds the flow, and reachable heads give the better bound", arguments: 1...4, 0..<4)
  func flow(k: Int, index: Int) throws {
    let (problem, head) = try randomProblem(k: k, m: k + 2, index: index)
    let flow = GradientFlow(problem)
    // Any part of the path will do.
    let options = FlowOptions(relativeTolerance: 1e-9, absoluteTolerance: 1e-11, maximumSteps: 100)
    let path = try flow.path(from: flow.start(head: head), options: options)
    let least = path.lowestOutOfDistribution.losses.outOfDistribution.squareRoot()
    let all = try InvariantLowerBound(problem, head: head)
    let reachable = try InvariantLowerBound(problem, head: head, heads: .reachable)
    #expect(all.value <= reachable.value * (1 + 1e-9))
    #expect(reachable.value <= least + 1e-7)
    #expect(reachable.certifiedLowerBound <= reachable.value)
  }

  @Test("opposite heads: the other sheet is perfect, the reachable one is not")
  func oppositeHead() throws {
    let features: Matrix<Double> = [[0.6, 0, 0.8, 0]]
    let problem = try ReducedTransferProblem(
      LinearTransferProblem(
        inputs: [[1, 0, 0, 0], [0, 1, 0, 0]], pretrainedFeatures: features, trueFeatures: features,
        trueHead: [2]))
    let all = try InvariantLowerBound(problem, head: [-2])
    #expect(all.value <= 1e-12)
    #expect(agree(all.head, [2], 1e-9))
    let reachable = try InvariantLowerBound(problem, head: [-2], heads: .reachable)
    // v < 0 with v² ≥ v₀² - β₀² = 3.64: the least of (√(v²(v² - 3.64)) - 1.2)² + 0.64 (v - 2)².
    #expect(agree(reachable.value, 3.18393031672, 1e-10))
    #expect(reachable.isCertified && reachable.head[0] < 0)
  }

  @Test("inputs that span everything leave nothing to bound")
  func noComplement() throws {
    let features: Matrix<Double> = [[0.6, 0.8, 0], [0, 0, 1]]
    let problem = try ReducedTransferProblem(
      LinearTransferProblem(
        inputs: Matrix(identity: 3), pretrainedFeatures: features, trueFeatures: features, trueHead: [1, 2]))
    let bound = try InvariantLowerBound(problem, head: [0.5, -0.5])
    #expect(bound.value <= 1e-7)
    #expect(bound.isCertified)
  }

  @Test("Σ scales the bound, seeds do not change it, and a head must be finite")
  func options() throws {
    let (problem, head) = try randomProblem(k: 2, m: 4, index: 3)
    let plain = try InvariantLowerBound(problem, head: head)
    let scaled = try InvariantLowerBound(problem, head: head, oodLeastEigenvalue: 0.25)
    #expect(scaled.value == plain.value / 2)
    #expect(scaled.certifiedLowerBound == plain.certifiedLowerBound / 2)
    let again = try InvariantLowerBound(problem, head: head, seed: 9)
    #expect(agree(again.value, plain.value, 1e-9 * plain.value))
    let short = try InvariantLowerBound(problem, head: head, maximumBoxes: 1)
    #expect(short.certifiedLowerBound <= plain.value)
    #expect(throws: TransferError.self) { try InvariantLowerBound(problem, head: [.nan, 0]) }
  }

  private func randomProblem(k: Int, m: Int, index: Int) throws -> (ReducedTransferProblem, [Double]) {
    var stream = RandomStream(seed: 11).stream("ilb").stream(k * 100 + m).stream(index)
    let problem = try LinearTransferProblem.random(
      featureCount: k, inputDimension: m + 2 * k + 1, trainingCount: m,
      weightNorm: [0.5, 1, 3, 2][index % 4], featureDistance: index % 3 == 0 ? 0 : 0.1, using: &stream)
    let head: [Double] = stream.normals(count: k)
    return (try ReducedTransferProblem(problem), head.map { $0 * [1, 0.3, 2, 0][index % 4] })
  }

  /// The least error that a head leaves, from the definition; infinite if it is not admissible by more
  /// than rounding.
  private func error(
    of v: [Double], initialHead: [Double], _ problem: ReducedTransferProblem
  ) throws -> Double {
    let c = problem.initialFeatures
    let m = c * c.transposed - Matrix(outerProductOf: initialHead, initialHead) + Matrix(outerProductOf: v, v)
    let scale = 1 + BLAS.dot(v, v) + BLAS.dot(initialHead, initialHead)
    guard try SymmetricEigen(m, vectors: false).values[0] >= -1e-12 * scale else { return .infinity }
    let inside = max(0, BLAS.dot(v, m * v)).squareRoot() - BLAS.nrm2(problem.target)
    let outside = v.withSpan { problem.perpendicularError(head: $0) }
    return (inside * inside + BLAS.dot(outside, outside)).squareRoot()
  }
}

extension [Double] {
  fileprivate func withSpan<R>(_ body: (Span<Double>) -> R) -> R { body(span) }
}
