import Keel
import KeelSimplex
import TestSupport

/// Families of rows of scores, among them those on which algorithms for projections fail or become slow.
enum ScoreFamily: String, CaseIterable, Sendable {
  case normal, uniform, narrow, equal, ties, geometric, shifted, heavyTailed, ascending, descending, masked,
    oneInfinity, oneNaN, nothing, nearThreshold, denormal

  /// A row.
  func row<Scalar: SimplexScalar>(_ count: Int, using random: inout SplitMix) -> [Scalar] {
    var row = (0..<count).map { i in Scalar(value(i, of: count, using: &random)) }
    guard count > 0 else { return row }
    let place = Int(random.next() % UInt64(count))
    if self == .oneInfinity { row[place] = .infinity }
    if self == .oneNaN { row[place] = .nan }
    return row
  }

  private func value(_ i: Int, of count: Int, using random: inout SplitMix) -> Double {
    /// A sum of uniform numbers, about normal.
    func normal() -> Double { (0..<6).reduce(0) { s, _ in s + random.scalar(Double.self) } / 1.4142 }
    return switch self {
    case .normal, .oneInfinity, .oneNaN: normal()
    case .uniform: random.scalar(Double.self)
    case .narrow: normal() * 1e-3
    case .equal: 2.5
    case .ties: Double(random.next() % 3) / 2
    case .geometric: -Double(sign: .plus, exponent: -(i % 60), significand: 1)
    case .shifted: 1e6 + normal()
    case .heavyTailed: normal() / (abs(random.scalar(Double.self)) + 1e-7)
    case .ascending: 4 * Double(i) / Double(count)
    case .descending: -4 * Double(i) / Double(count)
    case .masked: random.next() % 4 == 0 ? -.infinity : normal()
    case .nothing: -.infinity
    case .nearThreshold: i == count / 2 ? 0.5 : -0.5 + 1e-7 * random.scalar(Double.self)
    case .denormal: 1e-40 * random.scalar(Double.self)
    }
  }
}
