import Keel
import Testing

@testable import KeelTransfer

/// Attempts to find a head, or a point on a path, that errs by less than what is certified.
@Suite("The invariant lower bound under attack")
struct InvariantLowerBoundAttackTests {
  /// Heads and scales at which a term of the bound vanishes, cancels or dominates.
  enum Corner: Int, CaseIterable, Sendable {
    case plain, zeroHead, balancedHead, hugeHead, tinyHead, tinyWeights, hugeWeights, targetOutside
    case featuresInside, featuresOutside, noWeights, opposite
  }

  @Test("no head of many on all scales is better", arguments: Corner.allCases, 1...3)
  func heads(corner: Corner, k: Int) throws {
    for (index, m) in [1, 2, k, k + 2].enumerated() {
      let (problem, head) = try problem(corner, k: k, m: m, index: index)
      let bound = try InvariantLowerBound(problem, head: head)
      let scene = "corner \(corner), k \(k), m \(m)"
      #expect(bound.certifiedLowerBound.isFinite && bound.value.isFinite, "\(scene)")
      #expect(bound.certifiedLowerBound <= bound.value, "\(scene)")
      #expect(bound.certifiedLowerBound >= 0, "\(scene)")
      var stream = RandomStream(seed: 3).stream("attack").stream(100 * corner.rawValue + 10 * k + index)
      let size = BLAS.nrm2(head) + problem.weightNorm
      var least = Double.infinity
      for trial in 0..<80 {
        // On all scales around the minimum, the head at the start, its mirror image, and the origin.
        let noise: [Double] = stream.normals(count: k)
        let scale = size * Double.exp10(stream.uniform(in: -9..<0.5))
        let center: [Double] =
          switch trial % 4 {
          case 0: bound.head
          case 1: head
          case 2: head.map { -$0 }
          default: noise.map { _ in 0 }
          }
        let sample = zip(center, noise).map { $0 + scale * $1 }
        least = min(least, try error(of: sample, initialHead: head, problem))
      }
      #expect(least >= bound.certifiedLowerBound, "\(scene): \(least) < \(bound.certifiedLowerBound)")
      #expect(least >= bound.value * (1 - 1e-7) - 1e-9 * problem.weightNorm, "\(scene): \(bound)")
    }
  }

  @Test("flows, with noisy labels too, stay above", arguments: 1...3, 0..<4)
  func flows(k: Int, index: Int) throws {
    var stream = RandomStream(seed: 4).stream("flows").stream(10 * k + index)
    let clean = try LinearTransferProblem.random(
      featureCount: k, inputDimension: 3 * k + 2, trainingCount: k + 1, weightNorm: 1, featureDistance: 0.1,
      using: &stream)
    let noisy = try clean.withLabelNoise(deviation: [0, 0.3, 3, 0][index], using: &stream)
    let problem = try ReducedTransferProblem(noisy)
    let head: [Double] = stream.normals(count: k)
    let bound = try InvariantLowerBound(problem, head: head, heads: .reachable)
    let integrator = BoostIntegrator<Double>(problem, from: GradientFlow(problem).start(head: head))
    // Boosts keep what the bound rests on whatever the step: long ones, and steps back in time, too.
    for _ in 0..<100 {
      let scale = Double.exp10(stream.uniform(in: -4..<(-1.5)))
      // Back in time a flow may blow up.
      guard (try? integrator.step(stream.uniform() < 0.2 ? -scale : scale)) != nil else { break }
      let loss = problem.losses(of: integrator.state).outOfDistribution.squareRoot()
      #expect(loss >= bound.certifiedLowerBound * (1 - 1e-9) - 1e-9)
    }
  }

  @Test("of a head whose fourth power overflows nothing is claimed", arguments: 1...4)
  func overflow(k: Int) throws {
    let (problem, head) = try problem(.plain, k: k, m: k, index: 0)
    let bound = try InvariantLowerBound(problem, head: head.map { 1e80 * $0 })
    #expect(bound.value == .infinity && bound.certifiedLowerBound == 0 && !bound.isCertified)
    #expect(throws: TransferError.self) { try InvariantLowerBound(problem, head: head.map { 1e160 * $0 }) }
  }

  private func problem(
    _ corner: Corner, k: Int, m: Int, index: Int
  ) throws -> (ReducedTransferProblem, [Double]) {
    var stream = RandomStream(seed: 2).stream("corner").stream(100 * corner.rawValue + 10 * k + index)
    let d = m + 2 * k + 1
    let norm: Double =
      switch corner {
      case .tinyWeights: 1e-6
      case .hugeWeights: 1e4
      default: 1
      }
    let random = try LinearTransferProblem.random(
      featureCount: k, inputDimension: d, trainingCount: m, weightNorm: norm,
      featureDistance: index % 2 == 0 ? 0 : 0.2, using: &stream)
    var (b, truth, v) = (random.pretrainedFeatures, random.trueFeatures, random.trueHead)
    var inputs = random.inputs
    switch corner {
    case .featuresInside: inputs = Matrix(identity: d)
    case .featuresOutside:
      // Inputs orthogonal to the pretrained features.
      BLAS.gemm(-1, inputs * b.transposed, b, beta: 1, into: &inputs)
    case .targetOutside:
      truth = b
      BLAS.gemm(-1, inputs * b.transposed, b, beta: 1, into: &inputs)
      b = random.trueFeatures
    case .noWeights: v = v.map { _ in 0 }
    default: break
    }
    let problem = try ReducedTransferProblem(
      LinearTransferProblem(inputs: inputs, pretrainedFeatures: b, trueFeatures: truth, trueHead: v))
    var head: [Double] = stream.normals(count: k)
    switch corner {
    case .zeroHead: head = head.map { _ in 0 }
    case .hugeHead: head = head.map { 300 * $0 }
    case .tinyHead: head = head.map { 1e-8 * $0 }
    case .balancedHead:
      // An eigenvalue of the conserved matrix that is zero up to rounding.
      let eigen = try SymmetricEigen(problem.initialFeatures * problem.initialFeatures.transposed)
      head = Array(eigen.vectorRows.row(k - 1)).map { $0 * max(0, eigen.values[k - 1]).squareRoot() }
    case .opposite: head = v.map { -2 * $0 }
    default: break
    }
    return (problem, head)
  }

  /// The least error that a head leaves, from the definition; infinite if it is not admissible.
  private func error(
    of v: [Double], initialHead: [Double], _ problem: ReducedTransferProblem
  ) throws -> Double {
    let c = problem.initialFeatures
    let m = c * c.transposed - Matrix(outerProductOf: initialHead, initialHead) + Matrix(outerProductOf: v, v)
    guard try SymmetricEigen(m, vectors: false).values[0] >= 0 else { return .infinity }
    let inside = max(0, BLAS.dot(v, m * v)).squareRoot() - BLAS.nrm2(problem.target)
    let outside = v.withSpan { problem.perpendicularError(head: $0) }
    return (inside * inside + BLAS.dot(outside, outside)).squareRoot()
  }
}

extension [Double] {
  fileprivate func withSpan<R>(_ body: (Span<Double>) -> R) -> R { body(span) }
}
