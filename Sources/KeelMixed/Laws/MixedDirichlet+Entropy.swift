public import Keel
import RealModule

extension MixedDirichlet {
  /// The entropy H⊕ = H(F) + Σ P(f) H(Dirichlet(α_f)), in nats.
  ///
  /// The entropy of a Dirichlet law is a sum over the vertices and a function of their number and of the sum of
  /// their concentrations. The sum over faces goes
  /// - over the K sizes of a face if all concentrations are the same, for any K;
  /// - over the 2^K - 1 faces for K ≤ ``enumerableCoordinateCount``, whose probabilities and sums are put together
  ///   from tables of both halves of the vertices, so that no error builds up.
  ///
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` if neither applies;
  ///   ``estimatedEntropy(faces:using:)`` then.
  /// - Complexity: O(K²), or O(2^K).
  public func entropy() throws(MixedError) -> MixedEntropy {
    let conditional = try expectation(
      of: "the entropy", isUniform: hasEqualConcentrations,
      perVertex: { expansions[$0].entropyTerm },
      perFace: { count, sum, _ in LogGammaExpansion(sum).entropyTerm(vertices: count) })
    return MixedEntropy(face: faces.entropy, conditional: conditional, meanDimension: faces.meanDimension)
  }

  /// The entropy H⊕, estimated: H(F) in closed form, and the mean entropy of the Dirichlet laws of some faces.
  ///
  /// - Parameters:
  ///   - count: the number of faces that are drawn, at least 2.
  ///   - stream: where they are drawn from.
  /// - Returns: the entropy with its standard error.
  /// - Complexity: O(K) a face.
  public func estimatedEntropy(faces count: Int, using stream: inout RandomStream) -> MixedEntropy {
    let estimate = meanOverFaces(count, using: &stream) { face in
      var (terms, sum) = (0.0, 0.0)
      for k in face.vertices {
        terms += expansions[k].entropyTerm
        sum += concentrations[k]
      }
      return terms + LogGammaExpansion(sum).entropyTerm(vertices: face.vertexCount)
    }
    return MixedEntropy(
      face: faces.entropy, conditional: estimate.mean, meanDimension: faces.meanDimension,
      standardError: estimate.standardError)
  }

  /// The divergence of this law from another of the same simplex: KL(F) + Σ P(f) KL(Dirichlet(α_f), Dirichlet(β_f)),
  /// in nats.
  ///
  /// The sum over faces goes over sizes or over faces, as that of ``entropy()``.
  ///
  /// - Parameter other: the second argument of the divergence.
  /// - Throws: ``MixedError/notComputable(quantity:reason:)`` if the sum is too long;
  ///   ``estimatedDivergence(from:faces:using:)`` then.
  /// - Complexity: O(K²), or O(2^K).
  public func divergence(from other: MixedDirichlet) throws(MixedError) -> MixedDivergence {
    precondition(other.coordinateCount == coordinateCount, "The laws must be those of one simplex.")
    let conditional = try expectation(
      of: "the divergence", isUniform: hasEqualConcentrations && other.hasEqualConcentrations,
      otherConcentrations: other.concentrations,
      perVertex: { other.expansions[$0].excess(overTangentAt: expansions[$0]) },
      perFace: { _, sum, otherSum in
        -LogGammaExpansion(otherSum).excess(overTangentAt: LogGammaExpansion(sum))
      })
    return MixedDivergence(face: faces.divergence(from: other.faces), conditional: max(conditional, 0))
  }

  /// The divergence of this law from another, estimated: KL(F) in closed form, and the mean divergence of the
  /// Dirichlet laws of some faces.
  ///
  /// - Parameters:
  ///   - other: the second argument of the divergence.
  ///   - count: the number of faces that are drawn from this law, at least 2.
  ///   - stream: where they are drawn from.
  /// - Returns: the divergence with its standard error.
  /// - Complexity: O(K) a face.
  public func estimatedDivergence(
    from other: MixedDirichlet, faces count: Int, using stream: inout RandomStream
  ) -> MixedDivergence {
    precondition(other.coordinateCount == coordinateCount, "The laws must be those of one simplex.")
    let estimate = meanOverFaces(count, using: &stream) { face in
      var (terms, sum, otherSum) = (0.0, 0.0, 0.0)
      for k in face.vertices {
        terms += other.expansions[k].excess(overTangentAt: expansions[k])
        sum += concentrations[k]
        otherSum += other.concentrations[k]
      }
      return terms - LogGammaExpansion(otherSum).excess(overTangentAt: LogGammaExpansion(sum))
    }
    return MixedDivergence(
      face: faces.divergence(from: other.faces), conditional: estimate.mean,
      standardError: estimate.standardError)
  }

  /// The largest number of coordinates for which the faces, about a million, are enumerated.
  public static let enumerableCoordinateCount = 20

  private var hasEqualConcentrations: Bool { concentrations.allSatisfy { $0 == concentrations[0] } }

  /// The mean of a function of a face that is not a vertex, 0 being that of a vertex, with its standard error.
  private func meanOverFaces(
    _ count: Int, using stream: inout RandomStream, _ value: (SimplexFace) -> Double
  ) -> (mean: Double, standardError: Double) {
    precondition(count >= 2, "An estimate with a standard error takes two faces at least.")
    // Welford's recurrence, for the squares of large entropies must not cancel.
    var (mean, squares) = (0.0, 0.0)
    for i in 1...count {
      let face = faces.sample(using: &stream)
      let x = face.vertexCount == 1 ? 0 : value(face)
      let difference = x - mean
      mean += difference / Double(i)
      squares += difference * (x - mean)
    }
    return (mean, (squares / (Double(count) * Double(count - 1))).squareRoot())
  }

  /// E[Σ_F v_k + g(|F|, Σ_F α, Σ_F β)] for v and g of which the sum is 0 on vertices.
  ///
  /// - Parameters:
  ///   - quantity: what it is, for the error.
  ///   - isUniform: whether neither v nor α or β depend on the vertex.
  ///   - otherConcentrations: β; not summed if nil.
  ///   - perVertex: v.
  ///   - perFace: g.
  private func expectation(
    of quantity: String, isUniform: Bool, otherConcentrations: [Double]? = nil,
    perVertex: (Int) -> Double, perFace: (Int, Double, Double) -> Double
  ) throws(MixedError) -> Double {
    // Two vertices are chosen with a probability below K (1 - q).
    guard coordinateCount > 1, faces.mass > 1e-150 else { return 0 }
    if isUniform {
      let (vertex, alpha, beta) = (perVertex(0), concentrations[0], otherConcentrations?.first ?? 0)
      return faces.dimensionLaw.enumerated().dropFirst().reduce(0) { sum, size in
        let n = Double(size.offset + 1)
        guard size.element > 0 else { return sum }
        return sum + size.element * (n * vertex + perFace(size.offset + 1, n * alpha, n * beta))
      }
    }
    guard coordinateCount <= MixedDirichlet.enumerableCoordinateCount else {
      throw .notComputable(
        quantity: quantity,
        reason:
          "there are 2^\(coordinateCount) - 1 faces and the concentrations differ; estimate it from faces")
    }
    let middle = coordinateCount / 2
    let low = FaceTable(faces, 0..<middle, concentrations, otherConcentrations)
    let high = FaceTable(faces, middle..<coordinateCount, concentrations, otherConcentrations)
    let linear = (0..<coordinateCount).reduce(0.0) { $0 + perVertex($1) * faces.companyProbability($1) }
    return linear + low.sumOverPairs(with: high, perFace) / faces.mass
  }
}

extension LogGammaExpansion {
  /// What a vertex of concentration x adds to the entropy of a Dirichlet law.
  var entropyTerm: Double {
    0.5 * logarithm + LogGammaExpansion.halfLogTau + remainder - (argument - 1) * digammaExcess
  }

  /// What the sum x of the concentrations of some vertices adds to the entropy of their Dirichlet law.
  func entropyTerm(vertices count: Int) -> Double {
    let n = Double(count)
    return (0.5 - n) * logarithm + (argument - n) * digammaExcess - LogGammaExpansion.halfLogTau - remainder
  }
}

extension GibbsFaces {
  /// P(f_k = 1 and F ≠ {k}): that vertex k is chosen, and not alone.
  func companyProbability(_ k: Int) -> Double {
    marginal(k) * -Double.expMinusOne(weights.indices.reduce(0) { $1 == k ? $0 : $0 + logOutside[$1] })
  }
}
