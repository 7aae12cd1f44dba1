import Keel
import KeelTransfer

/// All transfer problems of k features, up to coordinates, as a space of parameters.
///
/// The smallest sizes that satisfy `k < n`, `n = m` and `k < d - n` are `n = k + 1` and `d = 2k + 2`. By
/// the CS decomposition, features, span of the inputs and its complement have coordinates in which row i
/// of `B₀` has its part in S along axis i and its part outside along axis `m + i`. What is left:
///
/// - X: any matrix on the first m axes, m × m;
/// - `B₀`: k angles;
/// - `B*`: `B₀` after rotations in planes of two axes;
/// - the true head and the initial head.
///
/// All angles are given by `t = tan(θ/2)`, so that short numbers give orthonormal rows exactly.
struct TransferFamily: Sendable {
  let featureCount: Int
  /// The least `cos θ_max(R₀, S)`: how much of every feature the inputs see at least.
  let leastCosine: Double
  /// The planes of the rotations from `B₀` to `B*`.
  private let planes: [(Int, Int)]

  init(featureCount k: Int, leastCosine: Double = 0) {
    precondition(k >= 1, "A problem needs a feature")
    self.leastCosine = leastCosine
    featureCount = k
    let m = k + 1
    planes =
      (0..<k).flatMap { i in [(i, m + i), (i, k), (m + i, m + k)] }
      + (0..<k).flatMap { i in (0..<i).flatMap { j in [(j, i), (m + j, m + i)] } }
  }

  private var rank: Int { featureCount + 1 }
  private var inputDimension: Int { 2 * featureCount + 2 }
  private var offDiagonalCount: Int { rank * (rank - 1) }

  /// The arrays of a problem, in one kind of number.
  struct Arrays<Number: ExactField> {
    var inputs: [[Number]]
    var pretrained: [[Number]]
    var truth: [[Number]]
    var trueHead: [Number]
    var head: [Number]
  }

  /// The problem of some parameters: rotations, the inputs off and on the diagonal, angles of `B₀`, heads.
  func arrays<Number: ExactField>(_ parameters: [Number]) -> Arrays<Number> {
    var rest = parameters[...]
    func take(_ count: Int) -> [Number] {
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
    let (k, m, d) = (featureCount, rank, inputDimension)
    let zero = Number(0)
    let rotations = take(planes.count)
    let offDiagonal = take(offDiagonalCount)
    let diagonal = take(m)
    let angles = take(k)
    let trueHead = take(k)
    let head = take(k)
    var inputs = [[Number]](repeating: [Number](repeating: zero, count: d), count: m)
    for i in 0..<m {
      for j in 0..<m {
        inputs[i][j] = i == j ? diagonal[i] : offDiagonal[i * (m - 1) + (j < i ? j : j - 1)]
      }
    }
    var pretrained = [[Number]](repeating: [Number](repeating: zero, count: d), count: k)
    for i in 0..<k { (pretrained[i][i], pretrained[i][m + i]) = Self.circle(angles[i]) }
    var truth = pretrained
    for ((first, second), t) in zip(planes, rotations) {
      let (cosine, sine) = Self.circle(t)
      for i in 0..<k {
        let (a, b) = (truth[i][first], truth[i][second])
        truth[i][first] = cosine * a - sine * b
        truth[i][second] = sine * a + cosine * b
      }
    }
    return Arrays(inputs: inputs, pretrained: pretrained, truth: truth, trueHead: trueHead, head: head)
  }

  /// The point of the circle with the half-angle's tangent t.
  private static func circle<Number: ExactField>(_ t: Number) -> (cosine: Number, sine: Number) {
    let one = Number(1)
    let square = t * t
    return ((one - square) / (one + square), (t + t) / (one + square))
  }

  /// The problem in exact numbers.
  func exact(_ parameters: [ExactNumber]) -> ExactProblem {
    let arrays = arrays(parameters)
    return ExactProblem([
      .matrix("X", arrays.inputs), .matrix("B0", arrays.pretrained), .matrix("B*", arrays.truth),
      .vector("v*", arrays.trueHead), .vector("v0", arrays.head),
    ])
  }

  /// Mirror images: feature i with its axes reversed, which turns the signs of its two weights and of a
  /// column of X.
  func variants(_ parameters: [ExactNumber]) -> [[ExactNumber]] {
    (0..<featureCount).map { i in
      var mirrored = parameters
      let end = parameters.count
      for place in [end - featureCount + i, end - 2 * featureCount + i] { mirrored[place] = -mirrored[place] }
      return mirrored
    }
  }

  /// The problem in doubles, or nil if it is outside of what is searched: weights up to 100, inputs with
  /// a condition up to 30, so that the flow is quickly followed.
  func trial(_ parameters: [Double]) -> TransferTrial? {
    guard parameters.allSatisfy({ $0.magnitude <= 100 }) else { return nil }
    let arrays = arrays(parameters)
    guard BLAS.nrm2(arrays.trueHead) >= 0.01,
      let problem = try? LinearTransferProblem(
        inputs: Matrix(rows: arrays.inputs), pretrainedFeatures: Matrix(rows: arrays.pretrained),
        trueFeatures: Matrix(rows: arrays.truth), trueHead: arrays.trueHead),
      let trial = try? TransferTrial(problem, head: arrays.head, kind: "searched"),
      trial.reduced.rank == rank, trial.geometry.conditionNumber <= 30,
      trial.geometry.pretrainedToInputs >= leastCosine
    else { return nil }
    return trial
  }

  /// A random place to start from: weights of any size, heads near the truth or anywhere, features
  /// perfect, nearly right or far off, inputs whitened or not.
  func start(using stream: inout RandomStream) -> FalsifiableStatement.Start {
    let (k, m) = (featureCount, rank)
    var parameters: [Double] = []
    var scales: [Double] = []
    func add(_ value: Double, _ scale: Double) {
      parameters.append(value)
      scales.append(scale)
    }
    func magnitude(_ range: Range<Double>) -> Double { Double.exp10(stream.uniform(in: range)) }
    let distortion = stream.integer(below: 3) == 0 ? 0 : magnitude(-4 ..< -0.5)
    for _ in planes {
      let normal: Double = stream.normal()
      add(distortion * normal, 0.3 * max(distortion, 1e-3))
    }
    let mixing = stream.integer(below: 2) == 0 ? 0 : 0.3
    for _ in 0..<offDiagonalCount {
      let normal: Double = stream.normal()
      add(mixing * normal, 0.1)
    }
    for _ in 0..<m { add(mixing == 0 ? 1 : magnitude(-0.5..<0.5), 0.2) }
    for _ in 0..<k { add(Double.tan(stream.uniform(in: 0..<Double.pi / 4)), 0.1) }
    let norm = magnitude(-1..<1.3)
    let direction: [Double] = stream.normals(count: k)
    let length = BLAS.nrm2(direction)
    let truth = direction.map { norm * $0 / length }
    for weight in truth { add(weight, 0.2 * norm) }
    let noise: [Double] = stream.normals(count: k)
    let isNear = stream.integer(below: 2) == 0
    let spread = norm * magnitude(isNear ? -3..<0 : -1..<0.5)
    for (weight, normal) in zip(truth, noise) { add((isNear ? weight : 0) + spread * normal, 0.3 * spread) }
    return FalsifiableStatement.Start(parameters: parameters, scales: scales)
  }
}
