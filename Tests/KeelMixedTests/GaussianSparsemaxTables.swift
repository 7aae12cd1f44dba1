import KeelMixed

/// Numbers computed with 34 digits by piecewise Gauss-Legendre quadrature between the edges of all factors.
enum GaussianSparsemaxTables {
  static let law = trusted([0.6, 0.2, 0.2], [0.6, 0.3, 0.9])

  /// Means, deviations, an outcome, and its log-density.
  static let hard: [([Double], [Double], [Double], Double)] = [
    ([-0.073, 0.097, -0.014, 0.075], [1000, 0.001, 1000, 1000], [0, 0, 0, 1], -1.23308675321741807),
    ([0, 0, 0], [0.001, 1, 1000], [1, 0, 0], -2.53496626469141018),
    ([0, 0, 0], [0.001, 1, 1000], [0, 1, 0], -2.53374915443198106),
    ([0, 0, 0], [0.001, 1, 1000], [0, 0, 1], -0.694263997976848922),
    ([0.5, -0.25, 0.1, 0], [1000, 0.001, 0.01, 1], [0.25, 0, 0, 0.75], -8.75468108778616882),
    ([200, -200, 0], [1, 1, 1], [0, 1, 0], -40207.8884250703402),
    ([200, -200, 0], [0.001, 0.001, 0.001], [0, 0.5, 0.5], -40100083340.3273503),
    ([-200, 200, 100, 0], [0.1, 1000, 0.1, 0.001], [0.5, 0, 0, 0.5], -2504969.62994940806),
    ([0, 0, 0, 0, 0], [1, 1, 1, 1, 1], [1, 0, 0, 0, 0], -3.062179222730602),
    ([3, -2, 1, 0.5, 2], [0.01, 2, 30, 0.5, 4], [0, 0.999, 0, 0.001, 0], -21.7583311070277173),
    ([0.1, 0.3, 0.2], [0.001, 0.001, 0.001], [1, 0, 0], -443347.601174031667),
  ]

  private static func trusted(_ means: [Double], _ deviations: [Double]) -> GaussianSparsemax {
    do {
      return try GaussianSparsemax(means: means, deviations: deviations)
    } catch {
      preconditionFailure("\(error)")
    }
  }
}
