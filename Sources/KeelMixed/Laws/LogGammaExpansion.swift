import RealModule

/// What is left of ln Γ and of the digamma function ψ when Stirling's leading terms are taken out:
///
/// - ln Γ(x) = (x - ½) ln x - x + ½ ln 2π + ``remainder``,
/// - ψ(x) = ln x + ``digammaExcess``.
///
/// Entropies of Dirichlet laws are differences of large values of ln Γ; with these, the large parts cancel on
/// paper, and no digits are lost.
struct LogGammaExpansion: Sendable, Equatable {
  /// x.
  let argument: Double
  /// ln x.
  let logarithm: Double
  /// What ln Γ(x) has beyond Stirling's formula: about 1 / (12 x) for large x.
  let remainder: Double
  /// ψ(x) - ln x: about -1 / (2 x) for large x.
  let digammaExcess: Double

  /// The expansion at some x > 0.
  init(_ x: Double) {
    let logarithm = Double.log(x)
    argument = x
    self.logarithm = logarithm
    guard x < LogGammaExpansion.seriesStart else {
      (remainder, digammaExcess) = LogGammaExpansion.series(x)
      return
    }
    // Γ(y) = x (x + 1) ... (y - 1) Γ(x), and ψ(y) - ψ(x) is the sum of the reciprocals of these factors, a quotient
    // with the same product below.
    var (y, product, sum) = (x, 1.0, 0.0)
    while y < LogGammaExpansion.seriesStart {
      sum = sum * y + product
      product *= y
      y += 1
    }
    let (remainder, excess) = LogGammaExpansion.series(y)
    let logY = Double.log(y)
    self.remainder =
      remainder + (y - 0.5) * logY - (x - 0.5) * logarithm - (y - x) - Double.log(product)
    digammaExcess = excess + (logY - logarithm) - sum / product
  }

  /// ψ(x).
  var digamma: Double { logarithm + digammaExcess }

  /// ½ ln 2π.
  static let halfLogTau = 0.918_938_533_204_672_741_78

  /// From here on, the terms of the series that are left out are below 1e-16.
  private static let seriesStart = 12.0

  /// The asymptotic series of both remainders, in the Bernoulli numbers B_2, ..., B_12.
  @inline(__always)
  private static func series(_ x: Double) -> (remainder: Double, digammaExcess: Double) {
    let r = 1 / x
    let s = r * r
    let a = 1 / 1188.0 - s * (691 / 360360.0)
    let b = 1 / 1260.0 - s * (1 / 1680.0 - s * a)
    let c = 1 / 132.0 - s * (691 / 32760.0)
    let d = 1 / 252.0 - s * (1 / 240.0 - s * c)
    return (
      r * (1 / 12.0 - s * (1 / 360.0 - s * b)),
      -0.5 * r - s * (1 / 12.0 - s * (1 / 120.0 - s * d))
    )
  }
}

extension LogGammaExpansion {
  /// ln Γ(y) - ln Γ(x) - (y - x) ψ(x) + (y - x): how far the convex function ln Γ is above its tangent at x, but for
  /// a term that cancels in divergences of Dirichlet laws. This is y.
  ///
  /// - Parameter x: where the tangent touches.
  func divergenceTerm(overTangentAt x: LogGammaExpansion) -> Double {
    let (from, to) = (x.argument, argument)
    let ratio = 2 * to > from ? Double.log(onePlus: (to - from) / from) : logarithm - x.logarithm
    return (to - 0.5) * ratio + (remainder - x.remainder) - (to - from) * x.digammaExcess
  }
}
