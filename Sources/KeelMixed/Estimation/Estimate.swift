/// A mean of independent numbers that estimates a quantity, and how far off it may be.
public struct Estimate: Sendable, Equatable {
  /// The mean.
  public var value: Double
  /// The standard error of the mean: the deviation of one number over √count. Infinite for one number alone, or if
  /// the mean is infinite.
  public var standardError: Double
  /// How many numbers.
  public var count: Int

  /// An estimate.
  public init(value: Double, standardError: Double, count: Int) {
    self.value = value
    self.standardError = standardError
    self.count = count
  }
}

/// The mean of numbers and the sum of the squares of their deviations, updated number by number.
///
/// Source: Chan, Golub and LeVeque (1983), *Algorithms for computing the sample variance*.
struct RunningMoments: Sendable {
  private(set) var count = 0
  private(set) var mean = 0.0
  private var squares = 0.0

  mutating func add(_ value: Double) {
    count += 1
    // An infinite number makes the mean infinite; differences to it would make it NaN.
    guard value.isFinite, mean.isFinite else {
      mean = mean.isFinite ? value : mean + value
      return
    }
    let deviation = value - mean
    mean += deviation / Double(count)
    squares += deviation * (value - mean)
  }

  mutating func merge(_ other: RunningMoments) {
    guard other.count > 0 else { return }
    let (a, b) = (Double(count), Double(other.count))
    count += other.count
    guard mean.isFinite, other.mean.isFinite else {
      mean = mean.isFinite ? other.mean : other.mean.isFinite ? mean : mean + other.mean
      return
    }
    let deviation = other.mean - mean
    mean += deviation * (b / (a + b))
    squares += other.squares + deviation * deviation * (a * b / (a + b))
  }

  var estimate: Estimate {
    let variance = squares / Double(count - 1) / Double(count)
    return Estimate(
      value: mean, standardError: count > 1 && mean.isFinite ? variance.squareRoot() : .infinity, count: count
    )
  }
}
