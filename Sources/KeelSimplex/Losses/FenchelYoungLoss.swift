import Keel

/// The Fenchel-Young loss of a map: L(x; y) = Ω*(x) + Ω(y) - <x, y> for scores x and a target y.
///
/// It is convex in x, never negative, and 0 only where the map gives the target. Its gradient is p - y, with
/// p the output of the map, and its Hessian the Jacobian of the map. For softmax it is the cross-entropy,
/// for sparsemax the sparsemax loss; for entmax with α > 1 it is exactly 0 once the score of the target is
/// 1/(α-1) above all others.
///
/// It is meaningful for every map that is a regularised argmax. For a polytope that has no unit vectors in it,
/// such as that of a budget of 2, targets are rows; for top-k sparsemax, whose set is not convex, rows of at most
/// k entries, and the loss is 0 for every maximiser. Weighted isotonic regression has none.
///
/// The targets are classes or rows of the polytope. A class y stands for the unit vector e_y; with
/// ``smoothing`` ε, for (1-ε) e_y plus ε spread evenly over the entries of the row that take part.
///
/// Every row is defined:
/// - Entries that are masked, beyond the length of their row, or of score -∞ take no part. A target that asks
///   for one costs +∞, and the gradient is p - y still; it is 0 where entries are masked or beyond the length.
/// - A row in which nothing takes part has loss 0 and gradient 0.
/// - A row with NaN has loss NaN and a gradient of NaN.
/// - A row with +∞ has the limit of the loss as these entries grow together: +∞ unless the target asks for
///   nothing but what the map gives.
/// - A row whose class is ``ignoredClass``, or whose weight is 0, has loss 0 and gradient 0 whatever its
///   scores, and does not count in a mean.
///
/// Losses are computed and added in double precision, from scores less the maximum of their row where the map
/// allows: a common offset of all scores costs no digits. A value that rounding leaves below 0 is
/// returned as 0, which is nearer the truth.
///
/// The value is the same for any number of threads. Nothing is allocated for a row; each chunk of rows
/// takes scratch memory for its thresholds, and for outputs if no gradient is asked for.
///
/// Source: Blondel, Martins and Niculae (2020), Learning with Fenchel-Young losses.
public struct FenchelYoungLoss<Map: SimplexMap>: Sendable {
  /// The type of scores.
  public typealias Scalar = Map.Scalar

  /// The map p(x).
  public let map: Map
  /// The class that marks a row to leave out, or nil.
  public let ignoredClass: Int?
  /// ε in 0...1: how much of each class target is spread evenly over the row.
  public let smoothing: Double
  /// How the losses of the rows become one number.
  public let reduction: LossReduction
  /// By how much a target may violate the constraints of the polytope: 1e-9 for Double, 1e-5 for Float.
  public var targetTolerance: Double { Scalar.ulpOfOne < 1e-10 ? 1e-9 : 1e-5 }

  /// The loss of a map.
  ///
  /// - Parameters:
  ///   - map: the map.
  ///   - ignoredClass: the class that marks a row to leave out; it needs not be one of 0..<columns.
  ///   - smoothing: ε in 0...1 of label smoothing, for class targets.
  ///   - reduction: how the losses of the rows become one number.
  /// - Throws: ``SimplexError/outOfRange(argument:expected:found:)`` for a smoothing outside 0...1, and for a
  ///   map that has no such loss (``SimplexMap/isGradient``).
  public init(
    _ map: Map, ignoring ignoredClass: Int? = nil, smoothing: Double = 0, reduction: LossReduction = .mean
  ) throws(SimplexError) {
    guard smoothing >= 0, smoothing <= 1 else {
      throw .outOfRange(argument: "smoothing", expected: "in 0...1", found: "\(smoothing)")
    }
    guard map.isGradient else {
      throw .outOfRange(
        argument: "map", expected: "the gradient of a conjugate", found: "\(map.name) in another norm")
    }
    self.map = map
    self.ignoredClass = ignoredClass
    self.smoothing = smoothing
    self.reduction = reduction
  }

  /// The loss of a batch, and if it has room for it the gradient of that number, w (p - y) for every row with
  /// w its weight, over the sum of the weights for a mean.
  ///
  /// - Parameters:
  ///   - batch: the rows.
  ///   - threads: the largest number of threads; those of the runtime if nil.
  /// - Throws: ``SimplexError`` if the map does not fit the batch, or for the first row whose target or
  ///   weight cannot be; what has been written by then is not defined.
  /// - Complexity: that of the map, and O(columns) a row.
  @discardableResult
  public func evaluate(_ batch: LossBatch<Scalar>, threads: Int? = nil) throws(SimplexError) -> Double {
    try evaluate(batch, threads: threads, parameterGradient: nil) { _, _ in 0 }
  }
}

extension FenchelYoungLoss {
  /// The loss; and in `parameterGradient`, for every row, w (∂Ω(y) - ∂Ω(p)) for the derivative ∂Ω of the
  /// regularizer with respect to a parameter: the derivative of Ω* is -∂Ω(p), because p is a maximiser.
  func evaluate(
    _ batch: LossBatch<Scalar>, threads: Int?, parameterGradient: UnsafeMutablePointer<Double>?,
    _ derivative: @escaping @Sendable (UnsafeBufferPointer<Scalar>, Int) -> Double
  ) throws(SimplexError) -> Double {
    try validateMap(batch)
    let weight = try totalWeight(batch)
    let scale = factor(weight)
    // The chunks write to rows of their own.
    nonisolated(unsafe) let batch = batch
    nonisolated(unsafe) let parameterGradient = parameterGradient
    let sum = try chunked(batch, threads: threads) { rows throws(SimplexError) -> Double in
      let chunk = LossChunk(self, batch, rows)
      defer { chunk.deallocate() }
      chunk.project()
      return try chunk.finish(scale: scale, parameterGradient: parameterGradient, derivative)
    }
    return reduction == .mean && weight > 0 ? sum / weight : sum
  }

  /// What the sum over rows is multiplied by.
  func factor(_ weight: Double) -> Double { reduction == .mean && weight > 0 ? 1 / weight : 1 }

  /// The sum of `partial` over chunks of rows that depend on the shape only.
  func chunked(
    _ batch: LossBatch<Scalar>, threads: Int?,
    _ partial: @Sendable (Range<Int>) throws(SimplexError) -> Double
  ) throws(SimplexError) -> Double {
    let chunk = RowChunks(rows: batch.rows, columns: batch.columns).rowsPerChunk
    // One chunk runs outside of a parallel loop, so that the map may use threads for a huge row itself.
    if batch.rows <= chunk { return batch.rows == 0 ? 0 : try partial(0..<batch.rows) }
    return try Parallel.sum(batch.rows, chunk: chunk, threads: threads, partial)
  }

  /// Throws what the map throws for rows of this shape.
  func validateMap(_ batch: LossBatch<Scalar>) throws(SimplexError) {
    do {
      try map.validate(rows: batch.rows, columns: batch.columns)
    } catch let error as SimplexError {
      throw error
    } catch {
      throw .infeasible(argument: map.name, reason: "\(error)")
    }
  }

  /// The sum of the weights of the rows that are not ignored.
  func totalWeight(_ batch: LossBatch<Scalar>) throws(SimplexError) -> Double {
    if batch.weights == nil, ignoredClass == nil { return Double(batch.rows) }
    var total = 0.0
    for r in 0..<batch.rows {
      let weight = batch.weights.map { Double($0[r]) } ?? 1
      guard weight >= 0, weight.isFinite else {
        throw .outOfRange(
          argument: "weights", expected: "finite and not negative", found: "\(weight) in row \(r)")
      }
      if !isIgnored(r, of: batch) { total += weight }
    }
    return total
  }

  /// Whether row `r` is left out.
  func isIgnored(_ r: Int, of batch: LossBatch<Scalar>) -> Bool {
    if let weights = batch.weights, weights[r] == 0 { return true }
    guard case .classes(let classes) = batch.targets, let ignoredClass else { return false }
    return classes[r] == ignoredClass
  }
}
