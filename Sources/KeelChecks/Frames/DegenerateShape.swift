import Keel
import RealModule

/// Clouds whose covariance has equal eigenvalues, or some that are zero.
struct DegenerateShape: Sendable {
  /// A short name.
  let name: String
  /// A point a row, centred unless said otherwise.
  let points: Matrix<Double>
  /// The number of rotations and reflections that map the shape to itself; nil if there are infinitely many.
  let symmetries: Int?

  /// Shapes with equal eigenvalues other than zero: their principal axes are arbitrary.
  static let repeated: [DegenerateShape] = [
    DegenerateShape("square", [[1, 0], [0, 1], [-1, 0], [0, -1]], symmetries: 8),
    DegenerateShape("triangle", ring(3), symmetries: 6),
    DegenerateShape("pentagon", ring(5), symmetries: 10),
    DegenerateShape("cube", Matrix(rows: 8, columns: 3) { $0 >> $1 & 1 == 0 ? 1 : -1 }, symmetries: 48),
    DegenerateShape(
      "octahedron", [[1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0], [0, 0, 1], [0, 0, -1]], symmetries: 48),
    DegenerateShape(
      "tetrahedron", [[1, 1, 1], [1, -1, -1], [-1, 1, -1], [-1, -1, 1]], symmetries: 24),
    DegenerateShape(
      "prism",
      Matrix(stacking: [
        Matrix(concatenating: [ring(3), Matrix(repeating: 0.5, rows: 3, columns: 1)]),
        Matrix(concatenating: [ring(3), Matrix(repeating: -0.5, rows: 3, columns: 1)]),
      ]), symmetries: 12),
  ]

  /// Shapes with eigenvalues of zero, and others that differ: these do no harm.
  static let rankDeficient: [DegenerateShape] = [
    DegenerateShape("collinear", [[0, 0, 0], [1, 2, 2], [2, 4, 4], [4, 8, 8]]),
    DegenerateShape("planar", [[0, 0, 0], [1, 0, 1], [3, 1, 3], [-1, 2, -1], [2, 2, 2]]),
    DegenerateShape("two-points", [[0.3, -1, 2], [1.1, 0.4, -0.6]]),
    DegenerateShape("one-point", [[1, 2, 3]]),
    DegenerateShape("zero", Matrix(zeros: 4, 3)),
    DegenerateShape(
      "three-points", [[0.3, -1, 2, 0.1, 0.7], [1.1, 0.4, -0.6, 1, -2], [2, 0.2, 0.5, -1, 1]]),
  ]

  private init(_ name: String, _ points: Matrix<Double>, symmetries: Int? = nil) {
    (self.name, self.points, self.symmetries) = (name, points, symmetries)
  }

  /// The corners of a regular polygon of radius 1.
  static func ring(_ count: Int) -> Matrix<Double> {
    Matrix(rows: count, columns: 2) { i, j in
      let angle = 2 * Double.pi * Double(i) / Double(count)
      return j == 0 ? Double.cos(angle) : Double.sin(angle)
    }
  }
}
