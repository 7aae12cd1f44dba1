public import Keel

/// The averages of a function over the frames of many clouds, and their gradients.
public struct FrameGradients<Scalar: FrameScalar>: Hashable, Sendable {
  /// The averages, a number a cloud.
  public let values: [Scalar]
  /// Their derivatives by the points, in the rows of the points of the batch.
  public let gradients: Matrix<Scalar>

  /// The averages and gradients of many clouds, of any number of points each.
  ///
  /// The function sees the canonical clouds of some clouds at once, for example to evaluate a network on all of
  /// them: the 2ᵈ or 2ᵈ⁻¹ canonical clouds of a cloud one after the other, cloud after cloud. Clouds are taken in
  /// chunks of fixed size, so that the result does not depend on the number of threads.
  ///
  /// - Parameters:
  ///   - clouds: the clouds.
  ///   - group: the group under which the averages are invariant.
  ///   - tolerance: eigenvalues whose difference is at most this times the largest are equal; default `√ε / 16`.
  ///   - rule: what to do where eigenvalues other than zero are equal.
  ///   - chunk: the number of clouds whose canonical clouds the function sees at once, positive.
  ///   - threads: the largest number of threads; default `Runtime.threads`.
  ///   - function: φ on many canonical clouds: a value a cloud, and the gradients in the rows of their points.
  /// - Complexity: one evaluation a canonical cloud, and O(n d² + d³) a cloud.
  /// - Throws: ``FrameError`` of the first cloud that has no frame or no derivative, with its number.
  /// - Precondition: the function returns a value a cloud and a gradient of the shape of the points.
  public init(
    of clouds: PointClouds<Scalar>, group: FrameGroup, tolerance: Scalar? = nil,
    rule: EqualAxesRule<Scalar> = .refuse, chunk: Int = 64, threads: Int? = nil,
    _ function: @Sendable (PointClouds<Scalar>) -> (values: [Scalar], gradients: Matrix<Scalar>)
  ) throws(FrameError) {
    precondition(chunk > 0, "A chunk has at least one cloud")
    let chunks = (clouds.count + chunk - 1) / chunk
    let parts = try Parallel.map(chunks, threads: threads) {
      index throws(FrameError) -> (values: [Scalar], gradients: [Scalar]) in
      let range = (index * chunk)..<min((index + 1) * chunk, clouds.count)
      return try Self.gradients(of: clouds, range, group, tolerance, rule, function)
    }
    values = parts.flatMap(\.values)
    gradients = Matrix(
      rows: clouds.points.rows, columns: clouds.dimension, elements: parts.flatMap(\.gradients))
  }

  private static func gradients(
    of clouds: PointClouds<Scalar>, _ range: Range<Int>, _ group: FrameGroup, _ tolerance: Scalar?,
    _ rule: EqualAxesRule<Scalar>,
    _ function: (PointClouds<Scalar>) -> (values: [Scalar], gradients: Matrix<Scalar>)
  ) throws(FrameError) -> (values: [Scalar], gradients: [Scalar]) {
    var derivatives: [FrameDerivative<Scalar>] = []
    var canonical: [Matrix<Scalar>] = []
    for b in range {
      let points = clouds[b]
      do throws(FrameError) {
        let frame = try Frame(principalAxesOf: points, group: group, tolerance: tolerance)
        derivatives.append(try FrameDerivative(of: frame, at: points, rule: rule))
      } catch {
        throw error.inCloud(b)
      }
      let derivative = derivatives[derivatives.count - 1]
      canonical += derivative.canonicalClouds
    }
    let stacked = PointClouds(canonical)
    let terms = function(stacked)
    precondition(
      terms.values.count == stacked.count && terms.gradients.rows == stacked.points.rows
        && terms.gradients.columns == stacked.points.columns,
      "A function of clouds returns a value a cloud and a gradient a point")
    var (values, gradients): ([Scalar], [Scalar]) = ([], [])
    var next = 0
    for derivative in derivatives {
      let result = derivative.averageAndGradient { _ in
        let rows = stacked.starts[next]..<stacked.starts[next + 1]
        defer { next += 1 }
        return (terms.values[next], Matrix(terms.gradients[rows: rows]))
      }
      values.append(result.value)
      gradients += result.gradient.elements
    }
    return (values, gradients)
  }
}

extension FrameError {
  /// The error with the number of the cloud that it is about.
  fileprivate func inCloud(_ b: Int) -> FrameError {
    switch self {
    case .empty: .empty(argument: "cloud \(b)")
    case .notFinite(_, let position): .notFinite(argument: "cloud \(b)", position: position)
    case .undefined(_, let reason): .undefined(argument: "cloud \(b)", reason: reason)
    case .outOfRange, .wrongShape, .tooManyElements: self
    }
  }
}
