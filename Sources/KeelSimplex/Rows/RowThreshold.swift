/// What determines a row of the output: its threshold, and how many entries are not zero.
///
/// The threshold is kept in two parts, because entries are formed as (x - m) - offset: that keeps their
/// digits when the scores are large. Scores whose maximum is not finite are those of an exceptional row;
/// see ``SimplexMap``.
public struct RowThreshold: Sendable, Equatable {
  /// The largest score m of the row: -∞ for a row without finite scores, NaN for one with NaN.
  public var maximum: Double
  /// What the map's threshold is above the maximum: τ - m for projections, λ - m for entmax.
  public var offset: Double
  /// The number of entries of the output that are not zero.
  public var supportCount: Int

  /// A threshold in two parts, and a number of entries that are not zero.
  public init(maximum: Double, offset: Double, supportCount: Int) {
    self.maximum = maximum
    self.offset = offset
    self.supportCount = supportCount
  }

  /// The threshold, maximum + offset: τ for projections, λ for entmax.
  public var value: Double { maximum + offset }
}
