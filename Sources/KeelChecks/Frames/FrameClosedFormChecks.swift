import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// Averages that can be written down.
  static let closedForm = Check(
    id: "frames.closed-form",
    statement:
      "Averages of Σ sin(bᵢ + Σⱼ cᵢⱼ yᵢⱼ) are Σ sin bᵢ Πⱼ cos(cᵢⱼ zᵢⱼ) + det V Im Σ iᵈ e^{ibᵢ} Πⱼ sin(cᵢⱼ zᵢⱼ), the last for rotations only.",
    source: "The mean of e^{isu} over signs s is cos u, that of s e^{isu} is i sin u",
    assumptions: ["Eigenvalues other than 0 are different."],
    trials: [.quick: 16, .standard: 400, .full: 2000], cases: knownClouds
  ) { context -> [Comparison] in
    var stream = context.stream
    let dimension = 1 + context.index % 6
    let count = 1 + stream.integer(below: 12)
    let points = Matrix<Double>.randomNormal(rows: count, columns: dimension, using: &stream)
    return try [FrameGroup.orthogonal, .specialOrthogonal, .euclidean, .specialEuclidean].map { group in
      let frame = try Frame(principalAxesOf: points, group: group)
      // Coefficients grow with the number of the point, and with them what rounding changes.
      let allowance = FrameAllowance([frame], of: [points])
      return .equal(
        frame.average(of: points, sineSum)[0], try sineAverage(of: points, group),
        tolerance: allowance.tolerance(outputs: Double(count)), part: group.symbol,
        parameters: ["n": .integer(count), "d": .integer(dimension)])
    }
  }

  /// Σᵢ sin(bᵢ + Σⱼ cᵢⱼ yᵢⱼ) with bᵢ = 0.3(i+1), cᵢⱼ = (i+1)/(j+2), counted from 0.
  static let sineSum: @Sendable (Matrix<Double>) -> [Double] = { points in
    [
      (0..<points.rows).reduce(0.0) { sum, i in
        let phase = (0..<points.columns).reduce(0.3 * Double(i + 1)) { phase, j in
          phase + Double(i + 1) / Double(j + 2) * points[i, j]
        }
        return sum + Double.sin(phase)
      }
    ]
  }

  /// The average of the sum of sines, without going through signs.
  private static func sineAverage(of points: Matrix<Double>, _ group: FrameGroup) throws -> Double {
    let (n, d) = (points.rows, points.columns)
    let center = group.translates ? points.columnMeans : Array(repeating: 0, count: d)
    let centered = points.addingToRows(center.map { -$0 })
    let eigen = try SymmetricEigen(Matrix(centered.transposed * centered))
    let canonical = centered * eigen.vectors
    let chirality = group.isProper ? try LU(eigen.vectorRows).determinant : 0
    return (0..<n).reduce(0.0) { sum, i in
      let angles = (0..<d).map { j in Double(i + 1) / Double(j + 2) * canonical[i, j] }
      let (sine, cosine) = (Double.sin(0.3 * Double(i + 1)), Double.cos(0.3 * Double(i + 1)))
      let even = angles.reduce(1) { $0 * Double.cos($1) }
      let odd = angles.reduce(1) { $0 * Double.sin($1) }
      // Im(iᵈ e^{ib}), by the remainder of d.
      let factor = [sine, cosine, -sine, -cosine][d % 4]
      return sum + sine * even + chirality * factor * odd
    }
  }

  /// Clouds of small integers whose averages were computed elsewhere, to 15 digits.
  private static let knownClouds: [Check.NamedCase] = {
    let kite: Matrix<Double> = [[0, 0], [2, 0], [3, 1], [1, 3]]
    let corner: Matrix<Double> = [[0, 0, 0], [1, 0, 0], [0, 2, 0], [0, 0, 3], [1, 1, 1]]
    let turn: Matrix<Double> = [[0.36, 0.48, -0.8], [-0.8, 0.6, 0], [0.48, 0.64, 0.6]]
    let turned = (corner * turn.transposed).addingToRows([10, -20, 30])
    func mirrored(_ points: Matrix<Double>) -> Matrix<Double> {
      Matrix(rows: points.rows, columns: points.columns) { $1 == 0 ? -points[$0, $1] : points[$0, $1] }
    }
    let line: Matrix<Double> = [[0, 0, 0], [1, 2, 2], [2, 4, 4], [4, 8, 8]]
    return [
      knownCloud("kite", kite, full: -0.346164815350505, proper: 0.113952458131758),
      knownCloud("mirrored-kite", mirrored(kite), full: -0.346164815350505, proper: -0.806282088832769),
      knownCloud("corner", corner, full: 0.174331784357524, proper: -0.001244774020367),
      knownCloud("mirrored-corner", mirrored(corner), full: 0.174331784357524, proper: 0.349908342735416),
      knownCloud("turned-corner", turned, full: 0.174331784357524, proper: -0.001244774020367),
      knownCloud("line", line, full: 1.813898655522111, proper: 1.813898655522111),
      knownCloud("one-point", [[1, 2, 3]], full: 0.295520206661340, proper: 0.295520206661340),
    ]
  }()

  private static func knownCloud(
    _ name: String, _ points: Matrix<Double>, full: Double, proper: Double
  ) -> Check.NamedCase {
    Check.NamedCase(name, expected: .holds) { _ -> [Comparison] in
      try [(FrameGroup.euclidean, full), (.specialEuclidean, proper)].map { group, digits in
        .equal(
          try Frame(principalAxesOf: points, group: group).average(of: points, sineSum)[0], digits,
          tolerance: 1e-12, part: group.symbol)
      }
    }
  }
}
