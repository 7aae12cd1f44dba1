import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// Rest frames.
  static let lorentz = Check(
    id: "frames.lorentz",
    statement:
      "Averages over rest frames are symmetric under O⁺(1, d-1), the elements keep η, and boosts have norm √((1+β)/(1-β)).",
    source:
      "Derived for this library: ΛB(P) = B(ΛP)R with a rotation R of space, which principal axes take out",
    assumptions: ["Momenta of massive particles; eigenvalues at rest are different."],
    trials: [.quick: 12, .standard: 200, .full: 4000],
    cases: [
      Check.NamedCase("norms", expected: .holds) { _ -> [Comparison] in
        try [(0.5, 1.732), (0.9, 4.359), (0.99, 14.107), (0.999, 44.710)].map { velocity, digits in
          let boost = try LorentzElement<Double>(boostTo: [0, velocity, 0])
          return .equal(
            try boost.rotation.spectralNorm(), digits, tolerance: 5e-4, part: "β = \(velocity)")
        }
      }
    ]
  ) { context -> [Comparison] in
    let problem = try MomentaProblem(context)
    return try problem.symmetry() + [problem.metric(), try problem.norm()]
  }

  /// What theorem 4 asks for.
  static let lorentzBounded = Check(
    id: "frames.lorentz-bounded",
    statement: "The elements of rest frames are bounded, as theorem 4 asks for: ‖Λ‖ ≤ 100.",
    source: "What holds for frames of compact groups; towards the speed of light it holds with no bound",
    expectation: .violated(repairedBy: "frames.lorentz"), trials: [.quick: 20, .standard: 100, .full: 1000]
  ) { context -> Comparison in
    var stream = context.stream
    let rapidity: Double = stream.uniform(in: 0.0..<12)
    let momenta = MomentaProblem.momenta(4, 4, using: &stream)
    let boost = try LorentzElement<Double>(boostTo: [0, 0, Double.tanh(rapidity)])
    let frame = try LorentzFrame(restFrameOf: boost.transformed(momenta))
    return .atMost(
      try frame[0].rotation.spectralNorm(), 100, tolerance: 0, part: "‖Λ‖",
      parameters: ["rapidity": .number(rapidity)])
  }
}

/// Momenta of a few massive particles, and the same after a Lorentz transformation.
private struct MomentaProblem {
  private let momenta: Matrix<Double>
  private let moved: Matrix<Double>
  private let element: LorentzElement<Double>
  private let frames: [LorentzFrame<Double>]
  private let network: CloudNetwork<Double>
  private let vectors: FieldNetwork<Double>
  private let isProper: Bool

  init(_ context: TrialContext) throws {
    var stream = context.stream
    let dimension = 2 + context.index % 4
    let count = dimension + 1 + stream.integer(below: 6)
    isProper = context.index / 4 % 2 == 1
    momenta = Self.momenta(count, dimension, using: &stream)
    network = CloudNetwork(count, dimension, using: &stream)
    vectors = FieldNetwork(count, dimension, inputs: 1, outputs: [.scalar, .vector], using: &stream)
    element = .random(dimension: dimension, isProper: isProper, rapidityDeviation: 1, using: &stream)
    moved = element.transformed(momenta)
    let isProper = isProper
    frames = try [momenta, moved].map { try LorentzFrame(restFrameOf: $0, isProper: isProper) }
  }

  /// Energies from masses and normal spatial parts.
  static func momenta(_ count: Int, _ dimension: Int, using stream: inout RandomStream) -> Matrix<Double> {
    var result = Matrix<Double>.randomNormal(rows: count, columns: dimension, using: &stream)
    for i in 0..<count {
      let mass: Double = stream.uniform(in: 0.1..<2)
      let square = (1..<dimension).reduce(mass * mass) { $0 + result[i, $1] * result[i, $1] }
      result[i, 0] = square.squareRoot()
    }
    return result
  }

  private var parameters: Parameters {
    [
      "n": .integer(momenta.rows), "d": .integer(momenta.columns), "proper": .flag(isProper),
      "‖B‖": .numbers(frames.map(\.boostNorm)),
    ]
  }

  /// 50 ε max(1, 1/relgap) times the largest coordinates and the squared norms of the boosts to and from them.
  private var allowance: Double {
    let gap = frames.reduce(1) { min($0, $1.space.certificate.relativeGap) }
    let norm = frames.reduce(1) { max($0, $1.boostNorm) }
    return 50 * Double.ulpOfOne / gap * norm * norm * max(1, momenta.maxNorm)
  }

  func symmetry() throws -> [Comparison] {
    let scalars = zip(frames, [momenta, moved]).map { $0.average(of: $1) { network($0) } }
    let inputs = [momenta, moved].map { [Field(.vector, $0)] }
    let averages = zip(frames, inputs).map { $0.average(of: $1) { vectors($0) } }
    let expected = averages[0].map { element.transformed($0) }
    let error = zip(averages[1], expected).reduce(0) {
      max($0, $1.0.values.maximumDifference(from: $1.1.values))
    }
    return [
      .atMost(
        scalars[0].largestDifference(from: scalars[1]), allowance, tolerance: 0, part: "invariance",
        parameters: parameters),
      .atMost(
        error, allowance * max(1, expected.maxNorm()), tolerance: 0, part: "equivariance",
        parameters: parameters),
    ]
  }

  /// ΛᵀηΛ = η.
  func metric() -> Comparison {
    let d = momenta.columns
    let metric = Matrix<Double>(diagonal: [1] + Array(repeating: -1, count: d - 1))
    let (frame, matrix) = (frames[1], frames[1][0].rotation)
    let image = matrix.transposed * metric * matrix
    return .atMost(
      image.maximumDifference(from: metric), 0,
      // Products of entries of the size of the norm.
      tolerance: 4 * Double(d) * Double.ulpOfOne * frame.boostNorm * frame.boostNorm, part: "ΛᵀηΛ = η",
      parameters: parameters)
  }

  func norm() throws -> Comparison {
    let total = moved.columnSums
    let speed = total.dropFirst().reduce(0) { $0 + $1 * $1 }.squareRoot() / total[0]
    let expected = ((1 + speed) / (1 - speed)).squareRoot()
    return .equal(
      try frames[1][0].rotation.spectralNorm(), expected,
      // 1 - β has the rounding of β, over itself.
      tolerance: 1e-14 * expected * expected * expected, part: "‖B‖", parameters: parameters)
  }
}
