import Keel
import KeelTransfer

/// One problem of a transfer check with what every check needs of it.
struct TransferTrial {
  let problem: LinearTransferProblem
  let reduced: ReducedTransferProblem
  let geometry: TransferGeometry
  let head: [Double]
  var parameters: Parameters
  /// Where the problem comes from, if other checks see it too.
  private let context: TrialContext?

  /// A problem with its reduction and its geometry.
  ///
  /// - Parameter chooseHead: gives the head at the start of fine-tuning and says how it was chosen.
  private init(
    _ problem: LinearTransferProblem, from context: TrialContext? = nil,
    chooseHead: (TransferGeometry) -> (head: [Double], kind: String)
  ) throws {
    self.problem = problem
    self.context = context
    reduced = try ReducedTransferProblem(problem)
    geometry = try TransferGeometry(problem, reduced: reduced)
    let headKind: String
    (head, headKind) = chooseHead(geometry)
    parameters = [
      "k": .integer(problem.featureCount), "d": .integer(problem.inputDimension),
      "n": .integer(problem.inputs.rows), "m": .integer(reduced.rank),
      "norm": .number(geometry.weightNorm), "eps": .number(geometry.featureDistance),
      "cos(R0,S)": .number(geometry.pretrainedToInputs),
      "cos(R0,S^perp)": .number(geometry.pretrainedToComplement),
      "kappa": .number(geometry.conditionNumber), "start": .text(headKind), "v0": .numbers(head),
    ]
  }

  /// The problem of a context: from real examples if it has some, random otherwise.
  init(_ context: TrialContext) throws {
    var stream = context.stream
    let problem =
      if let data = context.data {
        try Self.realProblem(data, using: &stream)
      } else {
        try Self.randomProblem(using: &stream)
      }
    try self.init(problem, from: context) { geometry in Self.head(for: geometry, using: &stream) }
  }

  /// A counterexample of the printed lower bound.
  init(_ example: FineTuningCounterexample) throws {
    try self.init(example.problem, head: example.head, kind: "counterexample")
  }

  /// A given problem and head.
  init(_ problem: LinearTransferProblem, head: [Double], kind: String) throws {
    try self.init(problem) { _ in (head, kind) }
  }

  // MARK: - Paths

  /// How precisely checks follow a path to its limit. The residual at which it may end is a hundred times
  /// the integrator's tolerance: closer, noise would keep paths of small weights from ending.
  static let flowOptions = FlowOptions(
    relativeTolerance: 1e-12, absoluteTolerance: 1e-14, residualTolerance: 1e-10, maximumSteps: 5_000)

  /// Fine-tuning from the trial's head to its limit, followed once for all checks of a run.
  func fineTuning() throws -> FlowPath {
    func follow() throws -> FlowPath {
      let flow = GradientFlow(reduced)
      return try flow.path(from: flow.start(head: head), options: Self.flowOptions)
    }
    return try context?.shared("fine-tuning", follow) ?? follow()
  }

  /// What a path's least error may be wrong by: ten times what the integrator did not conserve and what
  /// the weights still move after convergence, and rounding.
  func errorAllowance(_ path: FlowPath, _ options: FlowOptions = flowOptions) -> Double {
    10 * (path.conservedDrift + options.residualTolerance * geometry.weightNorm) + 1e-10
  }

  /// Whether a path of fine-tuning is known to converge to a minimum, and by how much the weights `Bᵀv`
  /// can still change on the way; nil if it is not known.
  ///
  /// With the training loss L, `‖∇L‖ ≥ 2‖v‖σ_m√L`, so that `(√L)' = -‖∇L‖²/(2√L) ≤ -‖v‖σ_m‖∇L‖`, and while
  /// the head stays above half its norm the path that is left is shorter than `ℓ = 2√L/(‖v‖σ_m)`. If ℓ is
  /// at most half that norm the head never leaves this range, and L falls to 0 exponentially. A stiff
  /// flow need not be followed any further.
  func changeLeft(after point: FlowPoint) -> Double? {
    let head = BLAS.nrm2(point.state.head)
    let least = reduced.singularValues.last ?? 0
    let length = 2 * point.losses.training.squareRoot() / (head * least)
    guard length <= head / 2 else { return nil }
    // Features outside S add at most the norm 1 of orthonormal rows.
    let features = 1 + BLAS.nrm2(point.state.features.elements)
    return length * (features + head + length)
  }

  // MARK: - Problems

  /// The norm of the weights, from 0.1 to 10, uniform in its logarithm.
  private static func weightNorm(using stream: inout RandomStream) -> Double {
    Double.exp10(stream.uniform(in: -1..<1))
  }

  /// The feature distance: perfect features in one problem of four, else up to 0.1.
  private static func featureDistance(using stream: inout RandomStream) -> Double {
    let distance = stream.uniform(in: 0..<0.1)
    return stream.integer(below: 4) == 0 ? 0 : distance
  }

  /// Haar features and Gaussian inputs, with 1 to 6 features and a complement of S of more than k
  /// dimensions, so that the statements are not empty. In one problem of two the singular values of the
  /// inputs are replaced by others within a factor of 1 to 10.
  private static func randomProblem(using stream: inout RandomStream) throws -> LinearTransferProblem {
    let k = stream.integer(in: 1..<7)
    let d = stream.integer(in: 2 * k + 3..<2 * k + 19)
    let n = stream.integer(in: k..<d - k)
    let problem = try LinearTransferProblem.random(
      featureCount: k, inputDimension: d, trainingCount: n, weightNorm: weightNorm(using: &stream),
      featureDistance: featureDistance(using: &stream), using: &stream)
    guard stream.integer(below: 2) == 0 else { return problem }
    let svd = try SVD(problem.inputs)
    let decades = stream.uniform(in: 0..<1.0)
    let values = svd.singularValues.map { _ in Double.exp10(stream.uniform() * decades) }
    return try LinearTransferProblem(
      inputs: svd.u.scalingColumns(by: values) * svd.vt, pretrainedFeatures: problem.pretrainedFeatures,
      trueFeatures: problem.trueFeatures, trueHead: problem.trueHead)
  }

  /// Real training inputs: some examples train, others pretrain.
  ///
  /// The pretrained features are the leading principal components of examples that are not trained on;
  /// the true features are a rotation of them by a stated distance; the true head is the least-squares
  /// fit of the labels of those same examples (one class against the others), scaled to a stated norm.
  private static func realProblem(
    _ data: CheckData, using stream: inout RandomStream
  ) throws -> LinearTransferProblem {
    let (count, d) = (data.features.rows, data.features.columns)
    let largestTraining = min(40, count / 2, d - 2)
    guard largestTraining >= 2 else { throw TransferDataError(examples: count, dimension: d) }
    let k = stream.integer(in: 1..<1 + min(6, largestTraining - 1, d / 2))
    let n = stream.integer(in: k + 1..<largestTraining + 1)
    let pretraining = min(100, count - n)
    let chosen = stream.sample(n + pretraining, of: count)
    let inputs = data.features.selectingRows(chosen[..<n])
    var others = data.features.selectingRows(chosen[n...])

    let norm = weightNorm(using: &stream)
    let distance = featureDistance(using: &stream)
    let mean = others.columnMeans
    for i in 0..<others.rows {
      others.withMutableRow(i) { row in
        for j in row.indices { row[j] -= mean[j] }
      }
    }
    let pretrained = try principalComponents(k, of: others)
    let truth = try LinearTransferProblem.features(atDistance: distance, from: pretrained, using: &stream)
    var head: [Double] = stream.normals(count: k)
    if let labels = data.labels {
      let values = Set(labels).sorted()
      let positive = values[stream.integer(below: values.count)]
      let target = chosen[n...].map { labels[$0] == positive ? 1.0 : -1.0 }
      let fit = try SVD(others * truth.transposed).solve(target)
      // Labels that the features do not explain at all leave the random direction.
      if BLAS.nrm2(fit) > 0 { head = fit }
    }
    let length = BLAS.nrm2(head)
    // The scale of the inputs only scales time: rows of mean square 1 keep times comparable.
    let scale = (inputs.elements.reduce(0) { $0 + $1 * $1 } / Double(n)).squareRoot()
    return try LinearTransferProblem(
      inputs: scale > 0 ? inputs / scale : inputs, pretrainedFeatures: pretrained, trueFeatures: truth,
      trueHead: head.map { $0 * norm / length })
  }

  /// The leading principal components of centered examples, as orthonormal rows.
  ///
  /// With fewer examples than dimensions they are cheap to take from the inner products of the examples:
  /// for an eigenvector u of `AAᵀ`, `Aᵀu` is an eigenvector of `AᵀA`. The QR decomposition removes what
  /// the squared condition number leaves of their inner products.
  private static func principalComponents(_ k: Int, of examples: Matrix<Double>) throws -> Matrix<Double> {
    let eigen = try SymmetricEigen(examples.transposed.gram())
    let count = eigen.values.count
    // Examples of lower rank have too few components of their own: any completion serves.
    guard count >= k, eigen.values[count - k] > 1e-10 * eigen.values[count - 1] else {
      return Matrix(try SVD(examples).vt[rows: 0..<k])
    }
    let leading = Matrix(eigen.vectorRows[rows: count - k..<count])
    return Matrix(try QR((leading * examples).transposed).thinQ().transposed)
  }

  /// A head at the start of fine-tuning: random, zero, nearly right, or large.
  private static func head(
    for geometry: TransferGeometry, using stream: inout RandomStream
  ) -> (head: [Double], kind: String) {
    let truth = geometry.alignedTrueHead
    let noise: [Double] = stream.normals(count: truth.count)
    let scale = Double.exp10(stream.uniform(in: -1..<0.5))
    return switch stream.integer(below: 8) {
    case 0: ([Double](repeating: 0, count: truth.count), "zero")
    case 1, 2: (zip(truth, noise).map { $0 + 0.1 * scale * $1 }, "nearly right")
    case 3: (noise.map { 10 * scale * $0 }, "large")
    default: (noise.map { scale * $0 }, "random")
    }
  }
}

/// Data with too few examples or dimensions to pose a transfer problem.
struct TransferDataError: Error, CustomStringConvertible {
  let examples: Int
  let dimension: Int

  var description: String {
    "A transfer problem needs at least 4 examples of at least 4 dimensions, but the data has "
      + "\(examples) of \(dimension)"
  }
}
