import Keel
import KeelTransfer

/// Pretrained features that approach the true ones along a geodesic, everything else fixed.
///
/// The planes and the proportions of the principal angles stay, and so does the aligned true head: the
/// distance alone changes, so that what is measured at several distances shows a power of it.
struct FeatureGeodesic {
  /// The problem whose pretrained features are replaced.
  let problem: LinearTransferProblem
  /// The orthogonal matrix that aligns the true features with the pretrained ones, at every distance.
  let alignment: Matrix<Double>
  private let stream: RandomStream

  /// The geodesic of a trial's features, in directions drawn from a stream.
  init(_ trial: TransferTrial, inputs: Matrix<Double>? = nil, stream: RandomStream) throws {
    problem = try LinearTransferProblem(
      inputs: inputs ?? trial.problem.inputs, pretrainedFeatures: trial.problem.pretrainedFeatures,
      trueFeatures: trial.problem.trueFeatures, trueHead: trial.problem.trueHead)
    alignment = trial.geometry.alignment
    self.stream = stream
  }

  /// The problem with features at a distance.
  func problem(at distance: Double) throws -> LinearTransferProblem {
    // The same draws at every distance give the same planes and proportional angles.
    var directions = stream
    let turned = try LinearTransferProblem.features(
      atDistance: distance, from: problem.trueFeatures, using: &directions)
    let drawn = try PolarDecomposition(turned * problem.trueFeatures.transposed).isometry
    return try LinearTransferProblem(
      inputs: problem.inputs, pretrainedFeatures: alignment * (drawn.transposed * turned),
      trueFeatures: problem.trueFeatures, trueHead: problem.trueHead)
  }
}
