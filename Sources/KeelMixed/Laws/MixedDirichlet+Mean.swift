import RealModule

extension MixedDirichlet {
  /// The mean of an outcome within a face: α_k / Σ_f α on the face, 0 elsewhere. That of the ``GibbsFaces/mode`` is a
  /// prediction with exact zeros.
  ///
  /// - Parameter face: a face of the simplex of ``coordinateCount`` vertices.
  /// - Complexity: O(K).
  public func mean(on face: SimplexFace) -> [Double] {
    precondition(face.coordinateCount == coordinateCount, "The face must be one of the same simplex.")
    let vertices = face.vertices
    let total = vertices.reduce(0) { $0 + concentrations[$1] }
    var mean = [Double](repeating: 0, count: coordinateCount)
    for k in vertices { mean[k] = concentrations[k] / total }
    return mean
  }

  /// The mean of an outcome, E y_k = Σ P(f) α_k / Σ_f α over the faces with vertex k, for any number of coordinates.
  ///
  /// 1/A is the integral of exp(-At), whose expectation is a product: by the quadrature rule of ``entropy()``, exact to
  /// rounding.
  ///
  /// - Complexity: O(K), some hundred exponentials a coordinate.
  public func mean() -> [Double] {
    guard hasWideFaces else { return faces.marginals }
    let sums = FaceSums(faces)
    var mean = [Double](repeating: 0, count: coordinateCount)
    var unused = mean
    LaplaceNodes(sums: rangeOfSums).forEach { t, weight, _, _ in
      sums.addDerivatives(weight * t, constant: 0, to: &unused) { k in
        (Double.exp(-concentrations[k] * t), 0)
      } _: { k, _, byTerm in
        mean[k] += byTerm * concentrations[k]
      }
    }
    // On a vertex, the coordinate is 1: what its probability lacks of the marginal is that of wider faces.
    sums.addDerivatives(1, constant: 0, to: &unused) { _ in
      (1, 0)
    } _: { k, _, byTerm in
      mean[k] = faces.marginal(k) + (mean[k] - byTerm) / faces.mass
    }
    return mean
  }
}
