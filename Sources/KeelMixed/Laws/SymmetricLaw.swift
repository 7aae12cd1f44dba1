public import Keel
import RealModule

/// A symmetric continuous law about 0 in its standard form: what the noise of a ``RectifiedDistribution`` follows.
///
/// f is the density, F the cumulative distribution function; f(-x) = f(x), hence 1 - F(x) = F(-x).
public protocol SymmetricLaw: SendableMetatype {
  /// The name of the law: `normal`.
  static var name: String { get }
  /// ln f(x).
  static func logDensity(_ x: Double) -> Double
  /// The derivative of ``logDensity(_:)``.
  static func logDensityDerivative(_ x: Double) -> Double
  /// ln F(x), with relative accuracy in both tails.
  static func logCumulative(_ x: Double) -> Double
  /// f(x) / F(x), the derivative of ``logCumulative(_:)``.
  static func reverseHazard(_ x: Double) -> Double
  /// ln(F(b) - F(a)), for a ≤ b.
  static func logProbability(from a: Double, to b: Double) -> Double
  /// -∫ f ln f from a to b, for a ≤ b.
  static func entropyIntegral(from a: Double, to b: Double) -> Double
  /// -∫ f(x) ln f(scale x + shift) dx from a to b, for a ≤ b and a positive scale.
  static func crossEntropyIntegral(from a: Double, to b: Double, scale: Double, shift: Double) -> Double
  /// Draws a number.
  static func draw(using stream: inout RandomStream) -> Double
}

/// The standard normal law.
extension StandardNormal: SymmetricLaw {
  /// `normal`.
  public static var name: String { "normal" }

  /// -x.
  public static func logDensityDerivative(_ x: Double) -> Double { -x }

  /// φ(x) / Φ(x).
  public static func reverseHazard(_ x: Double) -> Double { inverseMillsRatio(x) }

  /// ½ ln 2π D + ½ ∫ x² φ, with D = Φ(b) - Φ(a).
  public static func entropyIntegral(from a: Double, to b: Double) -> Double {
    crossEntropyIntegral(from: a, to: b, scale: 1, shift: 0)
  }

  /// ½ ln 2π D + ½ ∫ (scale x + shift)² φ, with D = Φ(b) - Φ(a).
  public static func crossEntropyIntegral(
    from a: Double, to b: Double, scale: Double, shift: Double
  ) -> Double {
    let mass = probability(from: a, to: b)
    // ∫ x φ and ∫ x² φ.
    let first = density(a) - density(b)
    let second = mass + edge(a) - edge(b)
    return logNormalizer * mass
      + 0.5 * (scale * scale * second + 2 * scale * shift * first + shift * shift * mass)
  }

  /// A standard normal number.
  public static func draw(using stream: inout RandomStream) -> Double { stream.normal() }

  /// x φ(x), and its limit 0 at infinity.
  private static func edge(_ x: Double) -> Double { x.isInfinite ? 0 : x * density(x) }
}

/// The standard logistic law: f(x) = eˣ / (1 + eˣ)².
public enum StandardLogistic: SymmetricLaw {
  /// `logistic`.
  public static var name: String { "logistic" }

  /// x - 2 ln(1 + eˣ).
  public static func logDensity(_ x: Double) -> Double {
    -x.magnitude - 2 * LogSpace.softplus(-x.magnitude)
  }

  /// 1 - 2F(x).
  public static func logDensityDerivative(_ x: Double) -> Double { -Double.tanh(0.5 * x) }

  /// -ln(1 + e⁻ˣ).
  public static func logCumulative(_ x: Double) -> Double { -LogSpace.softplus(-x) }

  /// F(-x).
  public static func reverseHazard(_ x: Double) -> Double { cumulative(-x) }

  /// ln(F(b) - F(a)) = ln(1 - e^(a-b)) + ln F(b) + ln F(-a).
  public static func logProbability(from a: Double, to b: Double) -> Double {
    guard a < b else { return a == b ? -.infinity : .nan }
    return LogSpace.log1mExp(b - a) + logCumulative(b) + logCumulative(-a)
  }

  /// With u = F(x): -∫ ln u(1 - u) du.
  public static func entropyIntegral(from a: Double, to b: Double) -> Double {
    // An antiderivative of -ln u is u - u ln u; by symmetry the other half is that of the mirror image.
    func part(_ x: Double) -> Double {
      let log = logCumulative(x)
      return weighted(Double.exp(log), 1 - log)
    }
    return (part(b) - part(a)) + (part(-a) - part(-b))
  }

  /// By quadrature.
  public static func crossEntropyIntegral(
    from a: Double, to b: Double, scale: Double, shift: Double
  ) -> Double {
    // Beyond 750 the density is 0, whatever it is multiplied with.
    let (low, high) = (max(a, -750), min(b, 750))
    guard low < high else { return 0 }
    return GaussKronrod.adaptive(from: low, to: high, splitAt: [0, -shift / scale]) { x in
      weighted(Double.exp(logDensity(x)), -logDensity(scale * x + shift))
    }
  }

  /// ln(u / (1 - u)) of a uniform number u.
  public static func draw(using stream: inout RandomStream) -> Double {
    let u: Double = stream.openUniform()
    return Double.log(u) - Double.log(onePlus: -u)
  }

  /// F(x) = 1 / (1 + e⁻ˣ).
  static func cumulative(_ x: Double) -> Double {
    let decay = Double.exp(-x.magnitude)
    return (x < 0 ? decay : 1) / (1 + decay)
  }
}

/// The standard Laplace law: f(x) = ½ exp(-abs(x)).
public enum StandardLaplace: SymmetricLaw {
  /// `laplace`.
  public static var name: String { "laplace" }

  /// -ln 2 - abs(x).
  public static func logDensity(_ x: Double) -> Double { -Double.log(2) - x.magnitude }

  /// -1 for positive x, 1 for negative x, 0 at 0.
  public static func logDensityDerivative(_ x: Double) -> Double { x > 0 ? -1 : x < 0 ? 1 : -x }

  /// x - ln 2 for negative x, ln(1 - ½e⁻ˣ) otherwise.
  public static func logCumulative(_ x: Double) -> Double {
    x < 0 ? x - Double.log(2) : Double.log(onePlus: -0.5 * Double.exp(-x))
  }

  /// 1 for negative x, 1 / (2eˣ - 1) otherwise.
  public static func reverseHazard(_ x: Double) -> Double {
    guard x >= 0 else { return x < 0 ? 1 : .nan }
    let decay = 0.5 * Double.exp(-x)
    return decay / (1 - decay)
  }

  /// ln(F(b) - F(a)).
  public static func logProbability(from a: Double, to b: Double) -> Double {
    guard a < b else { return a == b ? -.infinity : .nan }
    if a >= 0 { return LogSpace.log1mExp(b - a) - a - Double.log(2) }
    if b <= 0 { return LogSpace.log1mExp(b - a) + b - Double.log(2) }
    let (left, right) = (-Double.expMinusOne(a), -Double.expMinusOne(-b))
    return Double.log(0.5 * (left + right))
  }

  /// ln 2 D + ∫ abs(x) f, with D = F(b) - F(a).
  public static func entropyIntegral(from a: Double, to b: Double) -> Double {
    crossEntropyIntegral(from: a, to: b, scale: 1, shift: 0)
  }

  /// ln 2 D + ∫ abs(scale x + shift) f, with D = F(b) - F(a).
  public static func crossEntropyIntegral(
    from a: Double, to b: Double, scale: Double, shift: Double
  ) -> Double {
    func mass(_ a: Double, _ b: Double) -> Double { Double.exp(logProbability(from: a, to: b)) }
    /// ∫ x f from -∞ to x.
    func moment(_ x: Double) -> Double {
      x.isInfinite ? 0 : -0.5 * (1 + x.magnitude) * Double.exp(-x.magnitude)
    }
    func linear(_ a: Double, _ b: Double) -> Double {
      a < b ? scale * (moment(b) - moment(a)) + shift * mass(a, b) : 0
    }
    let root = min(max(-shift / scale, a), b)
    return Double.log(2) * mass(a, b) + linear(root, b) - linear(a, root)
  }

  /// An exponential number with a random sign.
  public static func draw(using stream: inout RandomStream) -> Double {
    let u: Double = stream.openUniform()
    return u < 0.5 ? Double.log(2 * u) : -Double.log(2 * (1 - u))
  }
}

/// The uniform law on (-½, ½).
public enum StandardUniform: SymmetricLaw {
  /// `uniform`.
  public static var name: String { "uniform" }

  /// 0 between -½ and ½, -∞ outside.
  public static func logDensity(_ x: Double) -> Double {
    x.isNaN ? x : x.magnitude <= 0.5 ? 0 : -.infinity
  }

  /// 0.
  public static func logDensityDerivative(_ x: Double) -> Double { 0 * x }

  /// ln(x + ½), between -∞ and 0.
  public static func logCumulative(_ x: Double) -> Double {
    Double.log(min(max(x + 0.5, 0), 1))
  }

  /// 1 / (x + ½) between -½ and ½; 0 above.
  public static func reverseHazard(_ x: Double) -> Double {
    x.magnitude <= 0.5 ? 1 / (x + 0.5) : x > 0 ? 0 : .infinity
  }

  /// The logarithm of the length of the interval between -½ and ½.
  public static func logProbability(from a: Double, to b: Double) -> Double {
    Double.log(max(min(b, 0.5) - max(a, -0.5), 0))
  }

  /// 0.
  public static func entropyIntegral(from a: Double, to b: Double) -> Double { 0 }

  /// 0 if the other density is positive wherever this one is, otherwise ∞.
  public static func crossEntropyIntegral(
    from a: Double, to b: Double, scale: Double, shift: Double
  ) -> Double {
    let (low, high) = (max(a, -0.5), min(b, 0.5))
    guard low < high else { return 0 }
    // What lies within rounding of the end is not taken for outside.
    let end = 0.5 * (1 + 4 * Double.ulpOfOne * (1 + shift.magnitude + scale))
    return scale * low + shift >= -end && scale * high + shift <= end ? 0 : .infinity
  }

  /// A uniform number.
  public static func draw(using stream: inout RandomStream) -> Double {
    let u: Double = stream.openUniform()
    return u - 0.5
  }
}
