import Keel
import RealModule

// The entropy of a Dirichlet law is a sum over its vertices and a function of their number n and of the sum A of
// their concentrations: with Stirling's terms cancelled,
//
//   Σ v_k + (½ - n) ln A + (A - n) (ψ(A) - ln A) - ½ ln 2π - r(A),
//
// r(A) being what ln Γ(A) has beyond Stirling's formula. `LaplaceNodes` makes the functions of A sums of exp(-At),
// whose expectation over faces `FaceSums` gives in one pass. So no face is enumerated.

extension MixedDirichlet {
  /// The entropy H⊕ = H(F) + Σ P(f) H(Dirichlet(α_f)), in nats, for any number of coordinates.
  ///
  /// The sum over the 2^K - 1 faces is an integral over products of K factors, by a quadrature rule of about a
  /// hundred nodes that is exact to rounding: the error is some 1e-15 of the magnitude of the entropies of the
  /// faces, or of K.
  ///
  /// - Complexity: O(K), some hundred exponentials a coordinate.
  public func entropy() -> MixedEntropy {
    var conditional = 0.0
    if let integral = entropyIntegral {
      let (sums, origin) = (integral.sums, integral.origin)
      conditional =
        integral.linear.terms + (0.5 * origin.ones - origin.terms) * integral.logCenter
        - LogGammaExpansion.halfLogTau * origin.ones
      integral.nodes.forEach { t, weight, a, b in
        let node = sums.sums { k in
          (Double.exp(-concentrations[k] * t), 1 - a * (concentrations[k] - 1))
        }
        let reference = (0.5 * origin.ones - origin.terms) * Double.exp(-integral.center * t)
        conditional += weight * (node.terms - (0.5 + b) * node.ones + reference)
      }
      conditional /= faces.mass
    }
    return MixedEntropy(face: faces.entropy, conditional: conditional, meanDimension: faces.meanDimension)
  }

  /// The gradient of the ``entropy()`` by the weights, and after them the concentrations; at a resolution of N bits,
  /// that of H⊕ + N ln 2 E dim F.
  ///
  /// The divergence from a maximum-entropy law of resolution N is a constant less this entropy: its gradient is the
  /// negative of this one.
  ///
  /// - Parameter resolution: N.
  /// - Returns: 2 K numbers, in the order of ``parameters``.
  /// - Complexity: O(K), some hundred exponentials a coordinate.
  public func entropyGradient(resolution: Double = 0) -> [Double] {
    var gradient = FaceSumGradient(coordinateCount)
    if let integral = entropyIntegral {
      let sums = integral.sums
      var reference = integral.logCenter
      integral.nodes.forEach { t, weight, a, b in
        reference += weight * Double.exp(-integral.center * t)
        sums.addDerivatives(weight, constant: -(0.5 + b), to: &gradient.weights) { k in
          (Double.exp(-concentrations[k] * t), 1 - a * (concentrations[k] - 1))
        } _: { k, byLogFactor, byTerm in
          gradient.concentrations[k] -= t * byLogFactor + a * byTerm
        }
      }
      let constant = 0.5 * reference - LogGammaExpansion.halfLogTau
      sums.addDerivatives(1, constant: constant, to: &gradient.weights) { k in
        (1, expansions[k].entropyTerm - reference)
      } _: { k, _, byTerm in
        let alpha = concentrations[k]
        gradient.concentrations[k] += byTerm * (1 - (alpha - 1) * GammaFunction.trigamma(alpha))
      }
      gradient.divide(byMassOf: faces, expectation: entropy().conditional)
    }
    let bits = resolution * Double.log(2)
    let byFaces = zip(faces.entropyGradient, faces.meanDimensionGradient).map { $0 + bits * $1 }
    return gradient.parameters(adding: byFaces)
  }

  /// What the entropy is integrated from; nil if faces of two vertices have no probability worth speaking of.
  private var entropyIntegral: EntropyIntegral? {
    guard hasWideFaces else { return nil }
    let sums = FaceSums(faces)
    let moments = sums.sums { (1, concentrations[$0]) }
    guard moments.ones > 0 else { return nil }
    let center = moments.terms / moments.ones
    let range = rangeOfSums
    return EntropyIntegral(
      sums: sums, nodes: LaplaceNodes(sums: min(range.lowerBound, center)...max(range.upperBound, center)),
      center: center, logCenter: Double.log(center), origin: sums.sums { _ in (1, 1) },
      linear: sums.sums { (1, expansions[$0].entropyTerm) })
  }

  /// Whether faces of two vertices at least have a probability above 1e-150 or so: it is below K (1 - q).
  var hasWideFaces: Bool { coordinateCount > 1 && faces.mass > 1e-150 }

  /// What sums of two concentrations or more lie in.
  var rangeOfSums: ClosedRange<Double> {
    var (least, next, total) = (Double.infinity, Double.infinity, 0.0)
    for alpha in concentrations {
      next = min(next, max(alpha, least))
      least = min(least, alpha)
      total += alpha
    }
    return min(least + next, total)...total
  }
}

/// The parts of the integral of an entropy.
private struct EntropyIntegral {
  var sums: FaceSums
  var nodes: LaplaceNodes
  /// About the mean of A, and its logarithm.
  var center: Double
  var logCenter: Double
  /// The sums over faces of 1, and of n.
  var origin: (ones: Double, terms: Double)
  /// The sums over faces of 1, and of Σ v_k.
  var linear: (ones: Double, terms: Double)
}

/// The derivatives of Σ P(f) g(f) by the parameters of a law, and by the concentrations of another.
struct FaceSumGradient {
  /// By the weights.
  var weights: [Double]
  /// By the concentrations.
  var concentrations: [Double]
  /// By the concentrations of the other law.
  var otherConcentrations: [Double]

  /// Zeros.
  init(_ coordinateCount: Int) {
    weights = Array(repeating: 0, count: coordinateCount)
    (concentrations, otherConcentrations) = (weights, weights)
  }

  /// From the derivatives of the sum of probabilities that are not divided by 1 - q to those of the quotient.
  mutating func divide(byMassOf faces: GibbsFaces, expectation: Double) {
    let empty = Double.exp(faces.logEmpty)
    for k in weights.indices {
      weights[k] = weights[k] / faces.mass - 2 * empty * faces.marginal(k) * expectation
      concentrations[k] /= faces.mass
      otherConcentrations[k] /= faces.mass
    }
  }

  /// The derivatives by the parameters of the law, with what the law of faces adds.
  func parameters(adding gradient: [Double]) -> [Double] {
    zip(weights, gradient).map { $0 + $1 } + concentrations
  }
}

extension LogGammaExpansion {
  /// What a vertex of concentration x adds to the entropy of a Dirichlet law.
  var entropyTerm: Double {
    0.5 * logarithm + LogGammaExpansion.halfLogTau + remainder - (argument - 1) * digammaExcess
  }
}
