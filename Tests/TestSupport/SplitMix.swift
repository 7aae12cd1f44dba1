public import Keel

/// A tiny generator for test data (SplitMix64), so that tests do not rest on Keel's own generator.
public struct SplitMix: RandomNumberGenerator {
  private var state: UInt64

  /// The generator of a seed.
  public init(seed: UInt64) { state = seed }

  /// The next 64 bits.
  public mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var z = state
    z = (z ^ (z >> 30)) &* 0xBF58_476D_1CE4_E5B9
    z = (z ^ (z >> 27)) &* 0x94D0_49BB_1331_11EB
    return z ^ (z >> 31)
  }

  /// A number in -1..<1.
  public mutating func scalar<S: RealScalar>(_: S.Type = S.self) -> S {
    S(Int64(bitPattern: next()) >> 40) / S(1 << 23)
  }

  /// Numbers in -1..<1.
  public mutating func array<S: RealScalar>(_ count: Int, _: S.Type = S.self) -> [S] {
    var values: [S] = []
    values.reserveCapacity(count)
    for _ in 0..<count { values.append(scalar()) }
    return values
  }

  /// A matrix of numbers in -1..<1.
  public mutating func matrix<S: RealScalar>(_ rows: Int, _ columns: Int, _: S.Type = S.self) -> Matrix<S> {
    Matrix(rows: rows, columns: columns, elements: array(rows * columns))
  }
}
