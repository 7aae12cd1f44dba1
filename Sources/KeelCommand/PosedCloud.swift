import Foundation
import Keel
import KeelFrames

/// A cloud in its canonical pose, with what is known of it.
struct PosedCloud {
  let name: String
  let points: Matrix<Double>
  let element: FrameElement<Double>
  let certificate: FrameCertificate<Double>
  let candidates: Int
  let margin: Double
  let frameSize: Int
  /// The rotations and weights of the whole frame, if they are kept.
  let rotations: [Matrix<Double>]
  let weights: [Double]

  /// The most numbers of all rotations that are kept of a frame.
  private static let limit = 1 << 24

  /// The pose of a cloud.
  ///
  /// - Throws: ``InputError`` for a frame that is too large to be kept.
  init(_ points: Matrix<Double>, _ frame: Frame<Double>, name: String, keepsFrame: Bool) throws {
    let pose = CanonicalPose(of: points, in: frame)
    self.name = name
    self.points = pose.points
    element = pose.element
    certificate = frame.certificate
    candidates = pose.candidates
    margin = pose.margin
    frameSize = frame.count
    guard keepsFrame else {
      (rotations, weights) = ([], [])
      return
    }
    let size = points.columns * points.columns
    guard frame.count <= Self.limit / max(size, 1) else {
      throw InputError(
        "'--frames': the frame of \(name) has \(countText(frame.count)) elements, which are too many to write."
      )
    }
    rotations = (0..<frame.count).map { frame[$0].rotation }
    weights = (0..<frame.count).map { frame.weight($0) }
  }

  /// The names of `numbers`.
  static let headings = [
    "cloud", "points", "d", "rank", "gap", "angle bound", "elements", "candidates", "margin",
  ]

  /// The row of the table of certificates, without the first number, which is the index of the cloud.
  private var measures: [Double] {
    [
      Double(points.rows), Double(points.columns), Double(certificate.rank), certificate.relativeGap,
      certificate.axisErrorBound, Double(frameSize), Double(candidates), margin,
    ]
  }

  /// The row of the table of certificates, which begins with the index of the cloud.
  func numbers(_ index: Int) -> [Double] { [Double(index)] + measures }

  /// The row as text, without the index.
  var cells: [String] {
    [
      "\(points.rows)", "\(points.columns)", "\(certificate.rank)", shortNumber(certificate.relativeGap),
      shortNumber(certificate.axisErrorBound), countText(frameSize), countText(candidates),
      shortNumber(margin),
    ]
  }

  /// What a reader should know of the cloud.
  var remark: String {
    if certificate.isDegenerate { return "equal eigenvalues: the pose is arbitrary" }
    return candidates > 1 ? "symmetric: all candidates give one cloud" : ""
  }

  /// Writes everything about clouds of one dimension as arrays.
  ///
  /// - `points` and `starts`: the canonical clouds, one after the other, and where each begins.
  /// - `rotations`, `translations`, `scales`: the transformations x ↦ c R x + t that lead back to the clouds.
  /// - `eigenvalues`, `ranks`, `relative_gaps`, `angle_bounds`, `degenerate`, `candidates`, `margins`: certificates.
  /// - `frame_rotations`, `frame_weights`, `frame_starts`: all elements of the frames, and where each frame begins.
  static func writeArrays(of poses: [PosedCloud], to path: String) throws(InterchangeError) {
    let dimension = poses.first?.points.columns ?? 0
    func starts(_ counts: [Int]) -> NumericArray {
      NumericArray(counts.reduce(into: [0]) { $0.append($0[$0.count - 1] + $1) })
    }
    func stack(_ matrices: [Matrix<Double>]) -> NumericArray {
      NumericArray(
        shape: [matrices.count, dimension, dimension], elements: matrices.flatMap(\.elements))
    }
    func rows(_ rows: [[Double]]) -> NumericArray {
      NumericArray(shape: [rows.count, dimension], elements: rows.flatMap { $0 })
    }
    try NPZ.write(
      [
        "points": NumericArray(
          shape: [poses.reduce(0) { $0 + $1.points.rows }, dimension],
          elements: poses.flatMap { $0.points.elements }),
        "starts": starts(poses.map(\.points.rows)),
        "rotations": stack(poses.map(\.element.rotation)),
        "translations": rows(poses.map(\.element.translation)),
        "scales": NumericArray(poses.map(\.element.scale)),
        "eigenvalues": rows(poses.map(\.certificate.eigenvalues)),
        "ranks": NumericArray(poses.map(\.certificate.rank)),
        "relative_gaps": NumericArray(poses.map(\.certificate.relativeGap)),
        "angle_bounds": NumericArray(poses.map(\.certificate.axisErrorBound)),
        "degenerate": NumericArray(poses.map(\.certificate.isDegenerate)),
        "candidates": NumericArray(poses.map(\.candidates)),
        "margins": NumericArray(poses.map(\.margin)),
        "frame_rotations": stack(poses.flatMap(\.rotations)),
        "frame_weights": NumericArray(poses.flatMap(\.weights)),
        "frame_starts": starts(poses.map(\.rotations.count)),
      ], to: path)
  }
}

/// A number in a table: three significant digits.
func shortNumber(_ value: Double) -> String {
  if value.isNaN { return "nan" }
  if value == value.rounded(), abs(value) < 1e6 { return numberText(value) }
  return String(format: "%.3g", value)
}

/// A number of elements, which may not fit an integer.
func countText(_ count: Int) -> String { count == .max ? "2^63 or more" : "\(count)" }
