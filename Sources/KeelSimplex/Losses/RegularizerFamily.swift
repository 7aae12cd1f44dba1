import RealModule

/// A map whose regularizer Ω has a parameter that may be learned: α of ``Entmax``, λ of ``Fusedmax``.
///
/// The derivative of the conjugate is -∂Ω at the output, because the output is a maximiser; so the
/// derivative of a Fenchel-Young loss with respect to the parameter, at fixed scores, is ∂Ω(y) - ∂Ω(p).
public protocol RegularizerFamily: SimplexMap {
  /// The parameter.
  var regularizerParameter: RowParameter<Scalar> { get }

  /// ∂Ω(p), the derivative of the regularizer of a fixed p with respect to the parameter.
  ///
  /// - Parameters:
  ///   - p: a row of the polytope.
  ///   - row: the number of the row, for parameters that differ from row to row.
  func regularizerDerivative(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double
}

extension Entmax: RegularizerFamily {
  /// α.
  public var regularizerParameter: RowParameter<Scalar> { alpha }

  /// ∂Ω/∂α, accurate for α near 1 too. It is 0 at a unit vector.
  public func regularizerDerivative(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    TsallisRegularizer.derivative(p, alpha: Double(alpha[row]))
  }
}

extension Normmax: RegularizerFamily {
  /// α.
  public var regularizerParameter: RowParameter<Scalar> { alpha }

  /// ∂Ω/∂α = Ω/α (T/S - ln S/α) with S = Σ (p/m)^α, T = Σ (p/m)^α ln(p/m) and m the largest entry.
  public func regularizerDerivative(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    let (alpha, largest) = (Double(alpha[row]), p.reduce(0) { max($0, Double($1)) })
    guard largest > 0 else { return largest.isNaN ? .nan : 0 }
    var (sum, moment) = (0.0, 0.0)
    for entry in p where entry > 0 {
      let logarithm = Double.log(Double(entry) / largest)
      let power = Double.exp(alpha * logarithm)
      sum += power
      moment += power * logarithm
    }
    let norm = largest * Double.exp(Double.log(sum) / alpha)
    return norm / alpha * (moment / sum - Double.log(sum) / alpha)
  }
}

extension Fusedmax: RegularizerFamily {
  /// The strength λ of total variation.
  public var regularizerParameter: RowParameter<Scalar> { strength }

  /// Σ |pᵢ - pᵢ₊₁|.
  public func regularizerDerivative(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    TotalVariation.variation(p)
  }
}

extension TotalVariation: RegularizerFamily {
  /// λ.
  public var regularizerParameter: RowParameter<Scalar> { strength }

  /// Σ |pᵢ - pᵢ₊₁|.
  public func regularizerDerivative(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double {
    Self.variation(p)
  }
}

extension FenchelYoungLoss where Map: RegularizerFamily {
  /// The loss of a batch, its gradient if the batch has room for it, and its derivative with respect to the
  /// parameter of the regularizer.
  ///
  /// - Parameters:
  ///   - batch: the rows.
  ///   - parameterGradient: where the derivative with respect to each value of the parameter goes: as many
  ///     as ``RowParameter/values`` has.
  ///   - threads: the largest number of threads; those of the runtime if nil.
  /// - Throws: what ``evaluate(_:threads:)`` throws.
  /// - Complexity: that of ``evaluate(_:threads:)``, and one logarithm for every entry of the support.
  @discardableResult
  public func evaluate(
    _ batch: LossBatch<Scalar>, parameterGradient: UnsafeMutableBufferPointer<Double>, threads: Int? = nil
  ) throws(SimplexError) -> Double {
    let parameter = map.regularizerParameter
    precondition(
      parameterGradient.count == parameter.values.count,
      "There is one derivative for every value of the parameter.")
    let slopes = UnsafeMutablePointer<Double>.allocate(capacity: batch.rows)
    defer { slopes.deallocate() }
    let map = map
    let value = try evaluate(batch, threads: threads, parameterGradient: slopes) { row, number in
      map.regularizerDerivative(row, row: number)
    }
    parameterGradient.update(repeating: 0)
    for r in 0..<batch.rows { parameterGradient[parameter.index(of: batch.firstRow + r)] += slopes[r] }
    return value
  }
}
