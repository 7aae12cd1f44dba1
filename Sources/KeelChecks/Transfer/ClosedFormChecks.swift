import Keel
import KeelTransfer

extension TransferChecks {
  /// Fine-tuning one feature on whitened inputs.
  static let closedFormSingleFeature = Check(
    id: "transfer.closed-form-single-feature",
    statement:
      "For k = 1 and whitened X, fine-tuning has the closed form q(t) = e^{Nτ}q₀/√(1 + 2∫‖e^{Ns}q₀‖²ds), τ = σ²t.",
    source: "Derived for this library; the family of Tarmoun et al. (2021)",
    assumptions: ["k = 1, and the nonzero singular values of X are equal."],
    trials: [.quick: 60, .standard: 400, .full: 1500], problemStream: "transfer", supportsData: true,
    cases: singleFeatureVectors
  ) { context in
    let trial = try TransferTrial(context)
    var stream = context.stream.stream("scale")
    let scale = Double.exp10(stream.uniform(in: -0.5..<0.5))
    let norm = BLAS.nrm2(trial.problem.trueHead)
    let single = try TransferTrial(
      LinearTransferProblem(
        inputs: scale * trial.reduced.rowSpaceBasis,
        pretrainedFeatures: Matrix(row: Array(trial.problem.pretrainedFeatures.row(0))),
        trueFeatures: Matrix(row: Array(trial.problem.trueFeatures.row(0))), trueHead: [norm]),
      head: [trial.head[0]], kind: trial.parameters["start"]?.description ?? "")
    return try compare(
      single, GradientFlow(single.reduced), WhitenedSingleFeatureFlow(single.reduced, head: single.head))
  }

  /// Fine-tuning from a balanced start.
  static let closedFormBalanced = Check(
    id: "transfer.closed-form-balanced",
    statement:
      "With v₀v₀ᵀ - C₀C₀ᵀ = lI and whitened X, ‖v(t)‖² and C(t)ᵀv(t) have closed forms, and for v₀ = 0 the whole state.",
    source: "Derived for this library; for balanced layers after Fukumizu (1998) and Braun et al. (2022)",
    assumptions: [
      "v₀v₀ᵀ - C₀C₀ᵀ is a multiple of the identity, and the nonzero singular values of X are equal."
    ],
    trials: [.quick: 60, .standard: 400, .full: 1500]
  ) { context -> [Comparison] in
    let trial = try balancedTrial(context.stream)
    let flow = GradientFlow(trial.reduced)
    var result: [Comparison] = []
    if trial.head.allSatisfy({ $0 == 0 }) {
      result = try compare(trial, flow, WhitenedSingleFeatureFlow(trial.reduced, head: trial.head))
    }
    let closed = try BalancedFlow(trial.reduced, head: trial.head)
    let (path, tolerance) = try follow(trial, flow)
    for point in path.samples {
      let state = point.state
      let size = 1 + BLAS.nrm2(state.head) + BLAS.nrm2(state.features.elements)
      let weights = zip(closed.weights(at: point.time), state.features.transposed * state.head)
      result.append(
        .equal(
          weights.map { ($0 - $1).magnitude }.max() ?? 0, 0, tolerance: tolerance * size,
          part: "learned weights", parameters: trial.parameters))
      result.append(
        .equal(
          closed.squaredHeadNorm(at: point.time), BLAS.dot(state.head, state.head),
          tolerance: tolerance * size, part: "‖v‖²", parameters: trial.parameters))
    }
    return result
  }

  /// A problem whose features have one squared cosine with S, raised along the head by its squared norm.
  private static func balancedTrial(_ source: RandomStream) throws -> TransferTrial {
    var stream = source
    let k = stream.integer(in: 2..<6)
    let m = k + stream.integer(in: 1..<6)
    let square = stream.uniform(in: 0.04..<0.9)
    let headSquare = stream.integer(below: 2) == 0 ? 0 : stream.uniform() * 0.95 * (1 - square)
    let rotation = Matrix<Double>.randomOrthogonal(k, using: &stream)
    let plain = Matrix<Double>(rows: k, columns: m + k) { i, j in
      let inside = i == 0 ? square + headSquare : square
      return j == i ? inside.squareRoot() : j == m + i ? (1 - inside).squareRoot() : 0
    }
    let pretrained = rotation * plain
    let truth = try LinearTransferProblem.features(
      atDistance: stream.uniform(in: 0..<1.0), from: pretrained, using: &stream)
    let norm = Double.exp10(stream.uniform(in: -1..<1))
    let direction: [Double] = stream.normals(count: k)
    let length = BLAS.nrm2(direction)
    return try TransferTrial(
      LinearTransferProblem(
        inputs: Matrix(rows: m, columns: m + k) { i, j in i == j ? 1.5 : 0 },
        pretrainedFeatures: pretrained, trueFeatures: truth, trueHead: direction.map { $0 * norm / length }),
      head: (0..<k).map { headSquare.squareRoot() * rotation[$0, 0] }, kind: "balanced")
  }

  /// Training the features under a fixed head.
  static let closedFormFeaturesOnly = Check(
    id: "transfer.closed-form-features-only",
    statement:
      "With the head fixed, C(t) = C₀ + v(r₀∘(1 - exp(-2λ‖v‖²t)))ᵀ/‖v‖², and the error outside S never changes.",
    source: "A linear equation; the layer-wise case of Lee et al. (2023), Surgical fine-tuning",
    trials: [.quick: 60, .standard: 400, .full: 1500], problemStream: "transfer", supportsData: true
  ) { context -> [Comparison] in
    let trial = try TransferTrial(context)
    let closed = FeaturesOnlyFlow(trial.reduced, head: trial.head)
    var result = try compare(trial, GradientFlow(trial.reduced, rates: .featuresOnly), closed)
    if trial.head.contains(where: { $0 != 0 }) {
      let limit = trial.reduced.losses(of: closed.state(at: .infinity))
      let start = trial.reduced.losses(of: closed.state(at: 0))
      let size = BLAS.nrm2(trial.head) + trial.geometry.weightNorm
      result.append(
        .equal(
          limit.outOfDistribution, start.outOfDistribution - start.inDistribution,
          tolerance: 1e-12 * size * size, part: "limit of L_ood", parameters: trial.parameters))
    }
    return result
  }

  /// A closed form against the integrator, at three times.
  private static func compare(
    _ trial: TransferTrial, _ flow: GradientFlow, _ closed: some ClosedFormFlow
  ) throws -> [Comparison] {
    let (path, tolerance) = try follow(trial, flow)
    return zip(["early", "middle", "late"], path.samples).map { part, point in
      let state = closed.state(at: point.time)
      let difference = max(
        zip(state.head, point.state.head).map { ($0 - $1).magnitude }.max() ?? 0,
        state.features.maximumDifference(from: point.state.features))
      return .equal(difference, 0, tolerance: tolerance, part: part, parameters: trial.parameters)
    }
  }

  /// The path at three times, and what the integrator may have lost in an unknown by then.
  private static func follow(
    _ trial: TransferTrial, _ flow: GradientFlow
  ) throws -> (path: FlowPath, tolerance: Double) {
    let heads = BLAS.dot(trial.head, trial.head)
    let norm = trial.geometry.weightNorm
    let unit = 1 / (2 * trial.reduced.eigenvalues[0] * (1 + heads + norm * norm))
    let times = [0.3 * unit, 3 * unit, 30 * unit]
    let options = FlowOptions(endTime: times[2], restTolerance: 0, sampleTimes: times)
    let path = try flow.path(from: flow.start(head: trial.head), options: options)
    // Every step may err by the relative tolerance in the root mean square over all unknowns, of which
    // few may move; a flow that leaves a saddle has multiplied what came before.
    let unknowns = Double(flow.dimension).squareRoot()
    let size = 1 + heads.squareRoot() + norm
    return (path, 10 * Double(path.steps) * options.relativeTolerance * unknowns * size)
  }

  /// One feature worked out elsewhere, to twelve digits.
  private static let singleFeatureVectors: [Check.NamedCase] = [
    ("head-0.5-early", 0.5, 0.1, 0.69277397353575, [0.74733452132006, 0.17727631441291], 1.64588983351298),
    (
      "head-0.5-limit", 0.5, Double.infinity, 1.07063521118234, [0.89666395236510, 0.67249796427383],
      0.55278010284422
    ),
    (
      "head-3-limit", 3, Double.infinity, 2.96708105823630, [0.32355031128494, 0.24266273346370],
      0.59855729484765
    ),
  ].map { name, head, time, weight, feature, loss in
    Check.NamedCase(name, expected: .holds) { _ in
      let problem = try LinearTransferProblem(
        inputs: [[1.5, 0, 0, 0], [0, 1.5, 0, 0]], pretrainedFeatures: [[0.6, 0, 0.8, 0]],
        trueFeatures: [[0.48, 0.36, 0.8, 0]], trueHead: [2])
      let reduced = try ReducedTransferProblem(problem)
      let flow = try WhitenedSingleFeatureFlow(reduced, head: [head])
      let state = flow.state(at: time)
      let full = state.features * reduced.rowSpaceBasis
      func equal(_ part: String, _ left: Double, _ right: Double) -> Comparison {
        .equal(left, right, tolerance: 2e-13, part: part)
      }
      return [
        equal("v", state.head[0], weight), equal("b₁", full[0, 0], feature[0]),
        equal("b₂", full[0, 1], feature[1]),
        equal("L_ood", reduced.losses(of: state).outOfDistribution, loss),
      ]
    }
  }
}
