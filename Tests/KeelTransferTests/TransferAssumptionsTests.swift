import Keel
import KeelTransfer
import Testing

@Suite("Assumptions of the statements")
struct TransferAssumptionsTests {
  /// Inputs that are the first `n` unit vectors of dimension 6, unless given, with all assumptions
  /// satisfied that can be at once.
  static func assumptions(
    inputs: Matrix<Double>? = nil, pretrained: Matrix<Double> = generic, truth: Matrix<Double> = truth,
    trueHead: [Double] = [2], sigma: Matrix<Double>? = nil, head: [Double] = [0.5]
  ) throws -> TransferAssumptions {
    let problem = try LinearTransferProblem(
      inputs: inputs ?? units(3), pretrainedFeatures: pretrained, trueFeatures: truth, trueHead: trueHead,
      oodSecondMoment: sigma)
    return try TransferGeometry(problem, reduced: ReducedTransferProblem(problem)).assumptions(for: head)
  }

  static func units(_ n: Int) -> Matrix<Double> { Matrix(rows: n, columns: 6) { i, j in i == j ? 1 : 0 } }
  static let generic: Matrix<Double> = [[0.6, 0, 0, 0.8, 0, 0]]
  static let truth: Matrix<Double> = [[0.48, 0.36, 0, 0.8, 0, 0]]

  @Test("a generic problem satisfies all but perfect features")
  func generic() throws {
    let found = try Self.assumptions()
    #expect(Self.flags(found).filter { !$0.value }.map(\.key) == ["pretrainedFeaturesArePerfect"])
    #expect(found.allowFineTuningLowerBound && found.allowProbingToWinOutOfDistribution)
    #expect(found.allowFineTuningToWinInDistribution && !found.allowPerfectProbingThenFineTuning)
  }

  /// The flags by name.
  static func flags(_ value: TransferAssumptions) -> [String: Bool] {
    Mirror(reflecting: value).children.reduce(into: [:]) { $0[$1.label ?? ""] = $1.value as? Bool }
  }

  /// The names of the flags in which two sets differ.
  static func changed(_ found: TransferAssumptions) throws -> Set<String> {
    let usual = flags(try assumptions())
    return Set(flags(found).filter { usual[$0.key] != $0.value }.keys)
  }

  @Test("each degenerate setting changes its flags and no other")
  func degenerate() throws {
    func expect(_ names: Set<String>, _ found: TransferAssumptions, line: Int = #line) throws {
      #expect(try Self.changed(found) == names, "line \(line)")
    }
    let outside: Matrix<Double> = [[0, 0, 0, 0, 1, 0]]
    try expect(
      ["featuresAreOrthonormal"], Self.assumptions(pretrained: [[0.6 + 1e-8, 0, 0, 0.8, 0, 0]]))
    try expect(
      ["secondMomentIsInvertible"], Self.assumptions(sigma: Matrix(rows: 6, columns: 6) { _, _ in 1 }))
    try expect(
      ["trueWeightsAreNonzero", "trueWeightsLeavePretrainedFeatures", "startIsNotSaddle"],
      Self.assumptions(trueHead: [0], head: [0]).withMisalignment)
    try expect(["inputsAreWhitened"], Self.assumptions(inputs: [[1, 0, 0, 0, 0, 0], [0, 2, 0, 0, 0, 0]]))
    try expect(
      ["inputsOutnumberFeatures", "augmentedFeaturesAreSeen"],
      Self.assumptions(inputs: [[1, 1, 0, 0, 0, 0]]))
    try expect(
      ["complementOutnumbersFeatures", "pretrainedFeaturesLeaveInputs", "trueFeaturesLeaveInputs"],
      Self.assumptions(inputs: Self.units(6)))
    try expect(
      ["complementOutnumbersFeatures", "pretrainedFeaturesLeaveInputs", "trueFeaturesLeaveInputs"],
      Self.assumptions(inputs: Matrix(stacking: [Self.units(6), Self.units(6)])))
    try expect(["pretrainedFeaturesLeaveInputs"], Self.assumptions(pretrained: [[0.6, 0.8, 0, 0, 0, 0]]))
    try expect(
      ["pretrainedFeaturesAreSeen", "augmentedFeaturesAreSeen"], Self.assumptions(pretrained: outside))
    try expect(["trueFeaturesLeaveInputs"], Self.assumptions(truth: [[0.8, 0.6, 0, 0, 0, 0]]))
    try expect(["trueFeaturesAreSeen", "augmentedFeaturesAreSeen"], Self.assumptions(truth: outside))
    try expect(
      ["pretrainedFeaturesArePerfect", "trueWeightsLeavePretrainedFeatures"],
      Self.assumptions(pretrained: -1 * Self.truth))
    let aligned = try Self.assumptions(pretrained: Self.generic, truth: Self.generic, head: [-2])
    #expect(!aligned.headIsMisaligned)
    try expect(
      ["startIsNotSaddle"], Self.assumptions(pretrained: [[0, 0, 0.6, 0.8, 0, 0]], head: [0]))
  }

  @Test("a probe on features that the inputs see only through rounding does not move")
  func unseenFeatures() throws {
    var stream = RandomStream(seed: 8)
    // Features in the orthogonal complement of a random span: orthogonal up to rounding.
    let basis = Matrix<Double>.randomOrthogonal(40, using: &stream)
    let mixing = Matrix<Double>(rows: 10, columns: 10, elements: stream.normals(count: 100))
    let problem = try LinearTransferProblem(
      inputs: mixing * basis[rows: 0..<10], pretrainedFeatures: Matrix(basis[rows: 10..<13]),
      trueFeatures: Matrix(basis[rows: 9..<12]), trueHead: [1, 2, 3])
    let reduced = try ReducedTransferProblem(problem)
    let probe = try LinearProbe(reduced, from: [1, 1, 1])
    #expect(probe.rank == 0 && probe.rateRange == nil && probe.amplification == 0)
    #expect(probe.head == [1, 1, 1] && probe.head(at: 5) == [1, 1, 1])
    let geometry = try TransferGeometry(problem, reduced: reduced)
    #expect(!geometry.assumptions(for: [1, 1, 1]).pretrainedFeaturesAreSeen)
  }
}

extension TransferAssumptions {
  /// The same with a misaligned head, for problems whose true head is zero.
  fileprivate var withMisalignment: TransferAssumptions {
    var result = self
    #expect(!headIsMisaligned)
    result.headIsMisaligned = true
    return result
  }
}
