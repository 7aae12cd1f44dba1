import Keel
import KeelFrames
import RealModule

extension FramesChecks {
  /// The certificate is a bound.
  static let certificate = Check(
    id: "frames.certificate",
    statement:
      "|⟨φ⟩(gX) - ⟨φ⟩(X)| is at most what the certificates of both frames and a Lipschitz constant of φ allow.",
    source: "Davis and Kahan (1970), theorem 2, with the rounding errors of a covariance",
    trials: [.quick: 24, .standard: 600, .full: 3000]
  ) { context -> Comparison in
    var stream = context.stream
    // From well separated eigenvalues to such as rounding cannot tell apart.
    let problem = try GapProblem(gap: Double.exp10(stream.uniform(in: -15.0 ..< -0.3)), using: &stream)
    // Two averages are never further apart than the values that they are means of.
    return .atMost(
      problem.error, min(problem.bound, problem.range), tolerance: 0, part: "⟨φ⟩",
      isVacuous: problem.bound > problem.range,
      parameters: ["gap": .number(problem.gap), "relgap": .number(problem.relativeGap)])
  }

  /// How the error grows as eigenvalues meet.
  static let gapSweep = Check(
    id: "frames.gap-sweep",
    statement: "The error of invariance is in inverse proportion to the relative gap, over ten decades.",
    source: "Perturbation theory: axes turn by the error of the covariance over the gap",
    trials: [.quick: 1, .standard: 2, .full: 12]
  ) { context -> [Comparison] in
    let points = try gapMedians(context.stream, count: context.effort == .quick ? 16 : 40)
    let law = TransferFigures.powerLaw(points)
    return [
      .equal(
        law.exponent, -1,
        // The logarithm of an error scatters by about 1, its median by 1.25/√16; ten of them over 21 units of ln δ.
        tolerance: 0.1, part: "exponent", parameters: ["factor": .number(law.factor)]),
      .atMost(
        law.factor, Double.ulpOfOne, tolerance: 0, part: "error times relgap",
        parameters: ["factor": .number(law.factor)]),
    ]
  }

  /// The median error of invariance for relative gaps from 1e-4 to 1e-13.
  static func gapMedians(_ stream: RandomStream, count: Int) throws -> [Plot.Point] {
    try (4...13).map { decade in
      let gap = Double.exp10(-Double(decade))
      let errors = try (0..<count).map { index in
        var stream = stream.stream(decade).stream(index)
        return try GapProblem(gap: gap, using: &stream).error
      }
      return Plot.Point(gap, errors.sorted()[count / 2])
    }
  }
}

/// A random network, and a cloud of sixteen points with the eigenvalues 1, 2 and 2/(1 - gap), moved by a random g.
struct GapProblem {
  /// The relative gap that the cloud was made with.
  let gap: Double
  /// The relative gap that was found.
  let relativeGap: Double
  /// |⟨φ⟩(gX) - ⟨φ⟩(X)|.
  let error: Double
  /// What the certificates allow; infinite if the axes are not determined.
  let bound: Double
  /// The largest difference of values of φ on canonical clouds: no error is larger.
  let range: Double

  init(gap: Double, using stream: inout RandomStream) throws {
    let (count, dimension) = (16, 3)
    let cloud = Matrix<Double>.randomNormal(rows: count, columns: dimension, using: &stream)
    let basis = try QR(cloud.addingToRows(cloud.columnMeans.map { -$0 })).thinQ()
    let axes = Matrix<Double>.randomOrthogonal(dimension, using: &stream)
    let deviations = [1, 2.0.squareRoot(), (2 / (1 - gap)).squareRoot()]
    let points = basis.scalingColumns(by: deviations) * axes
    let network = CloudNetwork<Double>(count, dimension, outputs: 1, using: &stream)
    let element = FrameElement<Double>.random(of: .euclidean, dimension: dimension, using: &stream)
    let moved = element.transformed(points)
    let frames = try [points, moved].map { try Frame(principalAxesOf: $0, group: .euclidean) }
    var values: [Double] = []
    let averages = zip(frames, [points, moved]).map { frame, points in
      frame.average(of: points) { canonical in
        let value = network(canonical)
        values += value
        return value
      }[0]
    }
    self.gap = gap
    relativeGap = frames.reduce(1) { min($0, $1.certificate.relativeGap) }
    error = (averages[0] - averages[1]).magnitude
    range = (values.max() ?? 0) - (values.min() ?? 0)
    // Coordinates of gX are sums of a few rounded products. Besides, the network rounds its sums.
    let inputError =
      Double(dimension + 1) * Double.ulpOfOne * (Double(count).squareRoot() * moved.maxNorm)
    let lipschitz = try network.lipschitz()
    bound =
      frames[0].certificate.averageErrorBound(lipschitz: lipschitz)
      + frames[1].certificate.averageErrorBound(lipschitz: lipschitz, inputError: inputError)
      + 64 * Double.ulpOfOne
  }
}
