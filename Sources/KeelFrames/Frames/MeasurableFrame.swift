import Keel

/// A frame of principal axes with its cloud, from which its certificate is measured when it is asked for.
struct MeasurableFrame<Scalar: FrameScalar>: Sendable {
  /// Where the cloud is.
  let clouds: PointClouds<Scalar>
  /// Which of the clouds.
  let index: Int
  /// The computed centroid, or zeros.
  let center: [Scalar]
  /// The computed axes, columns.
  let axes: Matrix<Scalar>
  /// The power of two by which the cloud was divided.
  let unit: Scalar
  /// The scale of a similarity frame.
  let scale: Scalar?
  /// Whether the centroid was subtracted.
  let isCentered: Bool
  /// Neighbouring eigenvalues whose difference is at most this times the larger one are equal.
  let tolerance: Scalar

  /// The certificate.
  ///
  /// Errors, with the unit roundoff u: a coordinate less the centroid is rounded by u of itself, a product with V̂ is a
  /// sum of d, and V̂ is within `‖V̂ᵀV̂ - 1‖` of an orthogonal matrix. Together with `‖|V̂|‖ ≤ √d` the computed cloud is
  /// that of the exact one but for
  ///
  ///     f = ((d + 2) √d u + ‖V̂ᵀV̂ - 1‖) ‖Y‖,
  ///
  /// and the error δ of the centroid, which adds `-1δᵀV̂`. That part is orthogonal to the centred cloud: the products of
  /// columns see only its square. It is measured, as the mean of what the centroid leaves, and the rounding of each
  /// product adds u of it to the residual; sums are compensated, so that their own error is of second order.
  ///
  /// - Complexity: O(n d²).
  var certificate: FrameCertificate<Scalar> {
    let d = center.count
    let u = Scalar.ulpOfOne / 2
    let range = clouds.starts[index]..<clouds.starts[index + 1]
    let products = ColumnProducts(clouds.points, range, center: center, axes: axes, unit: unit)
    let trace = (0..<d).reduce(0) { $0 + products.gram[$1, $1] }
    let n = Scalar(range.count)
    let rounding = Scalar(d + 2) * Scalar(d).squareRoot() * u * trace.squareRoot()
    // √n |δ|: δ is the mean of the rows, up to the rounding of these.
    var drift: Scalar = 0
    if isCentered {
      drift = products.sums.reduce(0) { $0 + $1 * $1 }.squareRoot() / n.squareRoot() + rounding
    }
    var defect: Scalar = 0
    let overlap = axes.transposed * axes
    for i in 0..<d {
      for j in 0..<d {
        let entry = abs(overlap[i, j] - (i == j ? 1 : 0)) + Scalar(d) * u
        defect += entry * entry
      }
    }
    let columnError = rounding + defect.squareRoot() * trace.squareRoot()
    // Rounding can put measured lengths out of order; what is changed belongs to the residual.
    var values: [Scalar] = []
    for j in 0..<d { values.append(max(products.gram[j, j], values.last ?? 0)) }
    let lengths = values.map { $0.squareRoot() }
    let residual = Matrix<Scalar>(rows: d, columns: d) { j, k in
      abs(products.gram[j, k] - (j == k ? values[j] : 0)) + 4 * u * lengths[j] * lengths[k]
        + (drift * drift)
    }
    // Coordinates are rounded where they are, and coincident points leave what the centroid is rounded by.
    var offset: Scalar = 0
    for t in center { offset += (t / unit) * (t / unit) }
    let zero = 4 * (columnError + drift + u * (n * offset).squareRoot())
    let spectrum = FrameSpectrum(
      values: values, residual: residual, columnError: columnError, centerError: drift, unit: unit,
      divisor: scale)
    return FrameCertificate(spectrum, zero: zero, tolerance: tolerance)
  }
}

/// The products of the columns of a canonical cloud and the sums of the columns, summed with compensation.
private struct ColumnProducts<Scalar: FrameScalar> {
  /// ẐᵀẐ.
  let gram: Matrix<Scalar>
  /// Ẑᵀ1.
  let sums: [Scalar]

  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  init(
    _ points: Matrix<Scalar>, _ range: Range<Int>, center: [Scalar], axes: Matrix<Scalar>, unit: Scalar
  ) {
    let d = center.count
    let v = axes.elements
    let factor = 1 / unit
    let origin = center.map { $0 * factor }
    // One more column of ones gives the sums.
    let width = d + 1
    // In double precision also for clouds in single precision, of which compensation alone would not sum very many.
    var sums = [Double](repeating: 0, count: width * width)
    var errors = sums
    var row = [Scalar](repeating: 1, count: width)
    points.withSpan { all in
      for i in range {
        for k in 0..<d { row[k] = 0 }
        for j in 0..<d {
          let y = all[i &* d &+ j] * factor - origin[j]
          for k in 0..<d { row[k] += y * v[j &* d &+ k] }
        }
        for j in 0..<width {
          for k in j..<width {
            // The sum with its rounding error (Knuth).
            let place = j &* width &+ k
            let term = Double(row[j]) * Double(row[k])
            let before = sums[place]
            let after = before + term
            let part = after - before
            errors[place] += (before - (after - part)) + (term - part)
            sums[place] = after
          }
        }
      }
    }
    gram = Matrix(rows: d, columns: d) { j, k in
      let place = min(j, k) * width + max(j, k)
      return Scalar(sums[place] + errors[place])
    }
    self.sums = (0..<d).map { Scalar(sums[$0 * width + d] + errors[$0 * width + d]) }
  }
}
