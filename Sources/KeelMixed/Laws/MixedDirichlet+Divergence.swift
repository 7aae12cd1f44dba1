import Keel
import RealModule

// The divergence of Dirichlet(α) from Dirichlet(β) is a sum over the vertices and a function of the sums A and B:
// with d(y, x) = ln Γ(y) - ln Γ(x) - (y - x) ψ(x),
//
//   Σ d(β_k, α_k) - d(B, A).
//
// As for the entropy, ln A, ln B and what Γ and ψ have beyond Stirling's terms become sums of exp(-At) and exp(-Bt).

extension MixedDirichlet: DivergentMixedDistribution {
  /// The divergence of this law from another, KL(F) + Σ P(f) KL(Dirichlet(α_f), Dirichlet(β_f)), in nats, for any
  /// number of coordinates.
  ///
  /// By the quadrature rule of ``entropy()``: the error is some 1e-15 of the sum of all concentrations.
  ///
  /// - Parameter other: the second argument of the divergence, a law of as many coordinates.
  /// - Throws: ``MixedError/wrongShape(argument:expected:found:)`` if it has not.
  /// - Complexity: O(K), some two hundred exponentials a coordinate.
  public func divergence(from other: MixedDirichlet) throws(MixedError) -> MixedDivergence {
    guard other.coordinateCount == coordinateCount else {
      throw .wrongShape(
        argument: "other", expected: "a law of \(coordinateCount) coordinates",
        found: "one of \(other.coordinateCount)")
    }
    return MixedDivergence(
      face: faces.divergence(from: other.faces), conditional: conditionalDivergence(from: other))
  }

  /// Σ P(f) KL(Dirichlet(α_f), Dirichlet(β_f)).
  private func conditionalDivergence(from other: MixedDirichlet) -> Double {
    guard hasWideFaces else { return 0 }
    let sums = FaceSums(faces)
    let (alpha, beta) = (concentrations, other.concentrations)
    var conditional = sums.sums { (1, other.expansions[$0].divergenceTerm(overTangentAt: expansions[$0])) }
      .terms
    nodes(with: other).forEach { t, weight, a, b in
      let own = sums.sums { k in (Double.exp(-alpha[k] * t), -beta[k] - a * (beta[k] - alpha[k])) }
      let others = sums.sums { k in (Double.exp(-beta[k] * t), beta[k]) }
      conditional += weight * (own.terms + others.terms + (0.5 + b) * (own.ones - others.ones))
    }
    return max(conditional / faces.mass, 0)
  }

  /// The gradients of the ``divergence(from:)`` by the parameters of both laws.
  ///
  /// - Parameter other: the second argument of the divergence, a law of as many coordinates.
  /// - Returns: 2 K numbers each, in the order of ``parameters``.
  /// - Complexity: O(K), some two hundred exponentials a coordinate.
  public func divergenceGradients(
    from other: MixedDirichlet
  ) -> (parameters: [Double], otherParameters: [Double]) {
    precondition(other.coordinateCount == coordinateCount, "The laws must be those of one simplex.")
    var gradient = FaceSumGradient(coordinateCount)
    if hasWideFaces {
      let sums = FaceSums(faces)
      let (alpha, beta) = (concentrations, other.concentrations)
      nodes(with: other).forEach { t, weight, a, b in
        sums.addDerivatives(weight, constant: 0.5 + b, to: &gradient.weights) { k in
          (Double.exp(-alpha[k] * t), -beta[k] - a * (beta[k] - alpha[k]))
        } _: { k, byLogFactor, byTerm in
          gradient.concentrations[k] += a * byTerm - t * byLogFactor
          gradient.otherConcentrations[k] -= (1 + a) * byTerm
        }
        sums.addDerivatives(weight, constant: -(0.5 + b), to: &gradient.weights) { k in
          (Double.exp(-beta[k] * t), beta[k])
        } _: { k, byLogFactor, byTerm in
          gradient.otherConcentrations[k] += byTerm - t * byLogFactor
        }
      }
      sums.addDerivatives(1, constant: 0, to: &gradient.weights) { k in
        (1, other.expansions[k].divergenceTerm(overTangentAt: expansions[k]))
      } _: { k, _, byTerm in
        let slope = (beta[k] - alpha[k]) * GammaFunction.trigamma(alpha[k])
        gradient.concentrations[k] -= byTerm * (1 + slope)
        gradient.otherConcentrations[k] +=
          byTerm * (1 + other.expansions[k].digamma - expansions[k].digamma)
      }
      gradient.divide(byMassOf: faces, expectation: conditionalDivergence(from: other))
    }
    let byFaces = faces.divergenceGradients(from: other.faces)
    return (
      gradient.parameters(adding: byFaces.weights), byFaces.otherWeights + gradient.otherConcentrations
    )
  }

  /// Nodes for the sums of the concentrations of both laws.
  private func nodes(with other: MixedDirichlet) -> LaplaceNodes {
    let (own, others) = (rangeOfSums, other.rangeOfSums)
    return LaplaceNodes(
      sums: min(own.lowerBound, others.lowerBound)...max(own.upperBound, others.upperBound))
  }
}
