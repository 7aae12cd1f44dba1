import Foundation
import Keel
import KeelFrames

/// How far the canonical pose of a cloud moves when the cloud is moved and its points are shuffled.
struct PoseMeasurement {
  let name: String
  /// The largest deviation of a point, over the root mean square radius.
  let deviation: Double
  let gap: Double
  let angleBound: Double
  /// Whether eigenvalues other than zero are equal up to the tolerance.
  let hasEqualEigenvalues: Bool
  /// The row of the table.
  let cells: [String]

  static let headings = [
    "cloud", "points", "rank", "elements", "candidates", "gap", "angle bound", "margin", "deviation",
  ]

  /// Measures.
  ///
  /// - Throws: ``InputError`` if the cloud has no such frame.
  init(
    _ points: Matrix<Double>, name: String, _ options: FrameOptions, motions: Int, stream: RandomStream
  ) throws {
    let frame = try options.frame(of: points, name: name)
    let pose = CanonicalPose(of: points, in: frame)
    let certificate = frame.certificate
    var deviation = 0.0
    for motion in 0..<motions {
      var stream = stream.stream(motion)
      let moved = RandomMotion(of: options.frameGroup, points, relabels: true, using: &stream)
      let other = CanonicalPose(of: moved.points, in: try options.frame(of: moved.points, name: name))
      // Scalings do not change the pose of the groups that have them; the others leave lengths as they are.
      deviation = max(
        deviation,
        pose.candidates == 1 && other.candidates == 1
          ? Self.distance(other.points, pose.points, order: moved.order)
          : Self.setDistance(other.points, pose.points))
    }
    let square = pose.points.elements.reduce(0) { $0 + $1 * $1 } / Double(points.rows)
    self.name = name
    self.deviation = square > 0 ? deviation / square.squareRoot() : deviation
    gap = certificate.relativeGap
    angleBound = certificate.axisErrorBound
    hasEqualEigenvalues = certificate.clusters.contains {
      $0.count > 1 && $0.upperBound > points.columns - certificate.rank
    }
    cells = [
      name, "\(points.rows)", "\(certificate.rank)", countText(frame.count), countText(pose.candidates),
      shortNumber(gap), shortNumber(angleBound), shortNumber(pose.margin), shortNumber(self.deviation),
    ]
  }

  /// The largest distance of row i of one matrix and row `order[i]` of another.
  private static func distance(_ a: Matrix<Double>, _ b: Matrix<Double>, order: [Int]) -> Double {
    (0..<a.rows).reduce(0) { max($0, distance(a, $1, b, order[$1])) }
  }

  private static func distance(_ a: Matrix<Double>, _ i: Int, _ b: Matrix<Double>, _ k: Int) -> Double {
    (0..<a.columns).reduce(0) { $0 + (a[i, $1] - b[k, $1]) * (a[i, $1] - b[k, $1]) }.squareRoot()
  }

  /// The Hausdorff distance of two sets of points: the largest distance of a point of one from the other set.
  static func setDistance(_ a: Matrix<Double>, _ b: Matrix<Double>) -> Double {
    max(reach(from: a, to: b), reach(from: b, to: a))
  }

  /// The largest distance of a point of a from the set b.
  ///
  /// Points are looked for in the order of their coordinate along a direction that no symmetric shape has as a normal;
  /// that the difference there exceeds the best distance ends the search.
  private static func reach(from a: Matrix<Double>, to b: Matrix<Double>) -> Double {
    func heights(_ points: Matrix<Double>) -> [Double] {
      let direction = (0..<points.columns).map { sin(1 + Double($0 * $0)) }
      let length = direction.reduce(0) { $0 + $1 * $1 }.squareRoot()
      return (0..<points.rows).map { i in
        (0..<points.columns).reduce(0) { $0 + points[i, $1] * direction[$1] } / length
      }
    }
    let (heightsOfA, heightsOfB) = (heights(a), heights(b))
    let order = heightsOfB.indices.sorted { heightsOfB[$0] < heightsOfB[$1] }
    var largest = 0.0
    for i in 0..<a.rows {
      let height = heightsOfA[i]
      var (low, high) = (0, order.count)
      while low < high {
        let middle = (low + high) / 2
        if heightsOfB[order[middle]] < height { low = middle + 1 } else { high = middle }
      }
      var best = Double.infinity
      var (down, up) = (low - 1, low)
      while true {
        let below = down >= 0 ? height - heightsOfB[order[down]] : .infinity
        let above = up < order.count ? heightsOfB[order[up]] - height : .infinity
        guard min(below, above) < best else { break }
        if below <= above {
          best = min(best, distance(a, i, b, order[down]))
          down -= 1
        } else {
          best = min(best, distance(a, i, b, order[up]))
          up += 1
        }
      }
      largest = max(largest, best)
    }
    return largest
  }
}
