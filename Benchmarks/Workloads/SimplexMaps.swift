import Keel
import KeelSimplex

extension Workload {
  /// Maps onto the simplex and similar polytopes, of rows of standard normal scores, into memory that is there: `512x4096` is 512
  /// rows of 4096 scores.
  ///
  /// - `-double`: Double in place of Float.
  /// - `-backward`: the map and then its vector-Jacobian product.
  /// - `-2threads`: on two threads.
  static let simplexMaps: [Workload] =
    simplexMaps(backward: false) + simplexMaps(backward: true)
    + [sparsemax((512, 4096), Float.self, false, threads: 2)]

  private static func simplexMaps(backward: Bool) -> [Workload] {
    var maps = sizes.map { sparsemax($0, Float.self, backward) }
    maps += doubleSizes.map { sparsemax($0, Double.self, backward) }
    maps += sizes.map { entmax("entmax15", 1.5 as Float, $0, backward) }
    maps += doubleSizes.map { entmax("entmax15", 1.5 as Double, $0, backward) }
    maps += sizes.map { entmax("entmax125", 1.25 as Float, $0, backward) }
    maps += sizes.map { entmax("softmax", 1 as Float, $0, backward) }
    for size in doubleSizes { maps += otherPolytopes(size, backward) }
    return maps
  }

  /// The norm of order 2 as regularizer, a budget of 10 with entries up to 1, the 10 largest entries, the L1
  /// ball, weights, total variation, order.
  private static func otherPolytopes(_ size: RowSizes, _ backward: Bool) -> [Workload] {
    [
      simplexMap("normmax", size, backward) { try Normmax<Float>(alpha: 2) },
      simplexMap("budget", size, backward) { try CappedSimplexProjection<Float>(budget: 10) },
      simplexMap("topk", size, backward) { try TopKSparsemax<Float>(k: 10) },
      simplexMap("l1ball", size, backward) { try L1BallProjection<Float>(radius: 1) },
      simplexMap("weighted", size, backward) {
        var stream = RandomStream(seed: 17)
        let weights: [Float] = stream.uniforms(count: size.columns).map { 0.5 + $0 }
        return try WeightedSimplexProjection(weights: weights)
      },
      simplexMap("fusedmax", size, backward) { try Fusedmax<Float>(strength: 0.1) },
      simplexMap("isotonic", size, backward) { IsotonicRegression<Float>() },
    ]
  }

  typealias RowSizes = (rows: Int, columns: Int)

  private static let sizes: [RowSizes] = [
    (4096, 10), (4096, 128), (512, 4096), (64, 32_000), (16, 131_072),
  ]
  private static let doubleSizes: [RowSizes] = [(4096, 128), (64, 32_000)]

  private static func sparsemax<Scalar: SimplexScalar>(
    _ size: RowSizes, _: Scalar.Type, _ backward: Bool, threads: Int = 1
  ) -> Workload {
    let map = simplexMap("sparsemax", size, backward, threads: threads) { Sparsemax<Scalar>() }
    guard !backward else { return map }
    return map.checked {
      let scores = Matrix<Scalar>.sample(size.rows, size.columns, seed: 12)
      return deviationFromSorting(Sparsemax()(scores, threads: threads), scores)
    }
  }

  private static func entmax<Scalar: SimplexScalar>(
    _ name: String, _ alpha: Scalar, _ size: RowSizes, _ backward: Bool
  ) -> Workload {
    simplexMap(name, size, backward) { try Entmax(alpha: .all(alpha)) }
  }

  /// A map of rows of normal scores, or the map and its vector-Jacobian product.
  static func simplexMap<Map: SimplexMap>(
    _ name: String, _ size: RowSizes, _ backward: Bool = false, threads: Int = 1,
    _ make: @escaping @Sendable () throws -> Map
  ) -> Workload {
    let (rows, columns) = size
    var suffix = Map.Scalar.self == Double.self ? "-double" : ""
    if backward { suffix += "-backward" }
    if threads > 1 { suffix += "-\(threads)threads" }
    return Workload("simplex\(name)-\(rows)x\(columns)\(suffix)", Double(rows * columns), .number) {
      let map = try make()
      let scores = Matrix<Map.Scalar>.sample(rows, columns, seed: 12)
      var images = Matrix<Map.Scalar>(zeros: rows, columns)
      if !backward {
        return { repetitions in
          for _ in 0..<repetitions { try map.project(scores, threads: threads, into: &images) }
          return Double(images[0, 0])
        }
      }
      let cotangents = Matrix<Map.Scalar>.sample(rows, columns, seed: 15)
      var gradients = Matrix<Map.Scalar>(zeros: rows, columns)
      return { repetitions in
        for _ in 0..<repetitions {
          try map.project(scores, threads: threads, into: &images)
          map.pullback(of: cotangents, at: images, threads: threads, into: &gradients)
        }
        return Double(gradients[0, 0])
      }
    }
  }
}
