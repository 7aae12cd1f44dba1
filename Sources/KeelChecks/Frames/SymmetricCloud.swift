import Keel
import RealModule

/// A random cloud that a finite group of rotations maps to itself, turned and moved.
struct SymmetricCloud {
  let points: Matrix<Double>
  /// The name of the group.
  let group: String

  /// The points of a trial, whose index chooses the group.
  init(_ context: TrialContext) {
    var stream = context.stream
    let kind = context.index % 4
    let dimension = kind == 0 ? 2 : 3
    let rotations: [Matrix<Double>]
    switch kind {
    case 0, 1:
      // Rotations about one axis: two eigenvalues are equal.
      let order = 3 + stream.integer(below: 4)
      group = "C\(order) in ℝ\(dimension)"
      rotations = (0..<order).map { k in
        let angle = 2 * Double.pi * Double(k) / Double(order)
        let (c, s) = (Double.cos(angle), Double.sin(angle))
        return kind == 0 ? [[c, -s], [s, c]] : [[c, -s, 0], [s, c, 0], [0, 0, 1]]
      }
    case 2:
      group = "tetrahedral"
      rotations = Self.signedPermutations.filter { $0.isCyclic && $0.isEven }.map(\.matrix)
    default:
      group = "octahedral"
      rotations = Self.signedPermutations.filter { $0.isCyclic == $0.isEven }.map(\.matrix)
    }
    // One orbit of the larger groups, two of the smaller ones.
    let seeds = Matrix<Double>.randomNormal(rows: kind < 2 ? 2 : 1, columns: dimension, using: &stream)
    let cloud = Matrix(stacking: rotations.map { seeds * $0.transposed })
    let turn = Matrix<Double>.randomOrthogonal(dimension, using: &stream)
    points = (cloud * turn).addingToRows(stream.normals(count: dimension))
  }

  /// Permutations of three axes with signs, with what decides to which group they belong.
  private static let signedPermutations: [(matrix: Matrix<Double>, isCyclic: Bool, isEven: Bool)] = {
    let orders = [[0, 1, 2], [1, 2, 0], [2, 0, 1], [0, 2, 1], [2, 1, 0], [1, 0, 2]]
    return orders.enumerated().flatMap { place, order in
      (0..<8).map { signs in
        let matrix = Matrix<Double>(rows: 3, columns: 3) { i, j in
          order[i] != j ? 0 : signs >> i & 1 == 1 ? -1 : 1
        }
        return (matrix, place < 3, signs.nonzeroBitCount % 2 == 0)
      }
    }
  }()
}
