import ArgumentParser
import Foundation
import Keel
import KeelTransfer

/// Where a transfer problem's data lie, if it is not random.
struct ProblemFiles: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      An .npz archive with the arrays inputs, pretrained, true_features, true_head and, if wanted, head \
      and second_moment.
      """,
      valueName: "file"))
  var problemFile: String?

  @Option(help: ArgumentHelp("A .npy file with the training inputs X as rows, n x d.", valueName: "file"))
  var inputsFile: String?

  @Option(
    help: ArgumentHelp(
      "A .npy file with the pretrained features B0, k x d with orthonormal rows.", valueName: "file"))
  var pretrainedFile: String?

  @Option(
    help: ArgumentHelp(
      "A .npy file with the true features B*, k x d with orthonormal rows.", valueName: "file"))
  var trueFeaturesFile: String?

  @Option(help: ArgumentHelp("A .npy file with the true head v*, k numbers.", valueName: "file"))
  var trueHeadFile: String?

  @Option(
    help: ArgumentHelp(
      "A .npy file with the head at the start v0, k numbers; random if not given.", valueName: "file"))
  var headFile: String?

  @Option(
    help: ArgumentHelp(
      "A .npy file with the second moment of inputs out of distribution, d x d; the identity if not given.",
      valueName: "file"))
  var secondMomentFile: String?

  @Flag(
    help: """
      Replace features whose rows are not orthonormal by the nearest that are, and the heads on them so \
      that they give the same weights.
      """)
  var orthonormalize = false

  /// Whether any file is given.
  var isGiven: Bool {
    [problemFile, inputsFile, pretrainedFile, trueFeaturesFile, trueHeadFile, headFile, secondMomentFile]
      .contains { $0 != nil }
  }

  func validate() throws {
    if orthonormalize, !isGiven {
      throw ValidationError("'--orthonormalize' goes with features from files; random ones are orthonormal.")
    }
  }

  /// The problem, and the head at the start if there is one.
  func problem() throws -> (problem: LinearTransferProblem, head: [Double]?) {
    let archive = try problemFile.map { path in
      try Self.reading("--problem-file") { try NPZReader(path) }
    }
    func array(_ file: String?, _ flag: String, _ member: String) throws -> NumericArray? {
      if let file { return try Self.reading(flag) { try NPY.read(file) } }
      guard let archive, archive.names.contains(member) else { return nil }
      return try Self.reading("--problem-file") { try archive.read(member) }
    }
    func needed(_ file: String?, _ flag: String, _ member: String) throws -> NumericArray {
      guard let array = try array(file, flag, member) else {
        throw InputError(
          "A problem from files needs '\(flag)', or '\(member)' in the archive of '--problem-file'.")
      }
      return array
    }
    let inputs = try Self.matrix(needed(inputsFile, "--inputs-file", "inputs"), "--inputs-file")
    var pretrained = try Self.matrix(
      needed(pretrainedFile, "--pretrained-file", "pretrained"), "--pretrained-file")
    var truth = try Self.matrix(
      needed(trueFeaturesFile, "--true-features-file", "true_features"), "--true-features-file")
    var trueHead = try Self.vector(
      needed(trueHeadFile, "--true-head-file", "true_head"), "--true-head-file")
    var head = try array(headFile, "--head-file", "head").map { try Self.vector($0, "--head-file") }
    let secondMoment = try array(secondMomentFile, "--second-moment-file", "second_moment")
      .map { try Self.matrix($0, "--second-moment-file") }
    if let head, head.count != pretrained.rows {
      throw TransferError.wrongCount(
        argument: "'--head-file'", expected: pretrained.rows, found: head.count)
    }
    if orthonormalize {
      let nearest = try LinearTransferProblem.orthonormalizing(
        pretrained, head: head, argument: "pretrainedFeatures")
      pretrained = nearest.features
      if head != nil { head = nearest.head }
      (truth, trueHead) = try LinearTransferProblem.orthonormalizing(
        truth, head: trueHead, argument: "trueFeatures")
    }
    do {
      return (
        try LinearTransferProblem(
          inputs: inputs, pretrainedFeatures: pretrained, trueFeatures: truth, trueHead: trueHead,
          oodSecondMoment: secondMoment), head
      )
    } catch {
      guard case .notOrthonormal = error else { throw error }
      throw InputError("\(error.naming(Self.flags)); '--orthonormalize' takes the nearest that are.")
    }
  }

  /// The flags of the library's arguments.
  static let flags = [
    "inputs": "--inputs-file", "pretrainedFeatures": "--pretrained-file",
    "trueFeatures": "--true-features-file", "trueHead": "--true-head-file", "head": "--head-file",
    "head on trueFeatures": "--true-head-file", "head on pretrainedFeatures": "--head-file",
    "oodSecondMoment": "--second-moment-file",
  ]

  private static func reading<Value>(_ flag: String, _ body: () throws -> Value) throws -> Value {
    do { return try body() } catch { throw InputError("'\(flag)': \(error)") }
  }

  private static func matrix(_ array: NumericArray, _ flag: String) throws -> Matrix<Double> {
    try reading(flag) { try Matrix(array) }
  }

  /// A list of numbers: an array of rank 1, or a matrix of one row or one column.
  private static func vector(_ array: NumericArray, _ flag: String) throws -> [Double] {
    guard array.shape.count == 1 || array.shape.count == 2 && array.shape.contains(1) else {
      throw InputError("'\(flag)': \(array.name): expected a list of numbers, found \(array)")
    }
    return array.values()
  }
}
