import ArgumentParser
import Keel
import KeelFrames

/// Which frame of a cloud is meant.
struct FrameOptions: ParsableArguments {
  /// The groups, without those that also scale.
  enum GroupName: String, ExpressibleByArgument, CaseIterable {
    case orthogonal = "O"
    case specialOrthogonal = "SO"
    case euclidean = "E"
    case specialEuclidean = "SE"
  }

  /// The ways of making a frame.
  enum Kind: String, ExpressibleByArgument, CaseIterable {
    case principal
    case tieBreak = "tie-break"
    case weighted
  }

  @Option(
    help: ArgumentHelp(
      "O or SO, about the origin, or E or SE, with translations; S: without reflections.", valueName: "group")
  )
  var group: GroupName = .euclidean

  @Flag(help: "Scalings belong to the group: clouds come to a root mean square radius of 1.")
  var scale = false

  @Option(
    name: .customLong("frame"),
    help: ArgumentHelp(
      """
      principal: axes with all signs, arbitrary where eigenvalues are equal. tie-break: the same with the points \
      deciding there. weighted: axes through the points themselves, which makes averages continuous; its elements \
      are many.
      """, valueName: "kind"))
  var kind: Kind = .tieBreak

  @Option(
    help: ArgumentHelp(
      "Eigenvalues are equal if they differ by this times the largest (default: 1e-9).", valueName: "number"))
  var tolerance: Double?

  func validate() throws {
    if scale, group == .orthogonal || group == .specialOrthogonal {
      throw ValidationError("'--scale' goes with '--group E' and '--group SE'.")
    }
    if let tolerance, !(tolerance >= 0 && tolerance < 1) {
      throw ValidationError("'--tolerance' must be from 0 to below 1.")
    }
  }

  /// The group.
  var frameGroup: FrameGroup {
    switch group {
    case .orthogonal: .orthogonal
    case .specialOrthogonal: .specialOrthogonal
    case .euclidean: scale ? .similarity : .euclidean
    case .specialEuclidean: scale ? .specialSimilarity : .specialEuclidean
    }
  }

  /// The frame of a cloud.
  ///
  /// - Throws: ``InputError`` that names the cloud.
  func frame(of points: Matrix<Double>, name: String) throws -> Frame<Double> {
    do {
      return switch kind {
      case .principal: try Frame(principalAxesOf: points, group: frameGroup, tolerance: tolerance)
      case .tieBreak: try Frame(resolvingTiesOf: points, group: frameGroup, tolerance: tolerance)
      case .weighted: try Frame(robustAxesOf: points, group: frameGroup)
      }
    } catch {
      throw InputError("\(error.naming(name)).")
    }
  }
}

/// The clouds of a file, each with a name for messages.
struct NamedClouds {
  /// The file.
  let file: PointCloudFile<Double>
  /// What messages call each cloud.
  let names: [String]

  /// The most coordinates of a point: eigenvectors are d × d.
  static let largestDimension = 4096

  /// Reads a file.
  ///
  /// - Throws: ``InputError`` for a file that cannot be read, and for clouds without points or coordinates.
  init(_ path: String) throws {
    let file = try InputError.wrap { try PointCloudFile<Double>(reading: path) }
    names = file.clouds.indices.map { file.isBatch ? "\(path): cloud \($0)" : path }
    guard !file.clouds.isEmpty else { throw InputError("\(path): there is no cloud in it.") }
    for (points, name) in zip(file.clouds, names) {
      guard points.rows > 0, points.columns > 0 else { throw InputError("\(name): there are no points.") }
      guard points.columns <= Self.largestDimension else {
        throw InputError(
          "\(name): points of \(points.columns) coordinates are too large; the limit is \(Self.largestDimension)."
        )
      }
      if let wrong = points.elements.firstIndex(where: { !$0.isFinite }) {
        throw InputError(
          "\(name): point \(wrong / points.columns), coordinate \(wrong % points.columns): expected a finite "
            + "number, found \(numberText(points.elements[wrong])).")
      }
    }
    self.file = file
  }
}
