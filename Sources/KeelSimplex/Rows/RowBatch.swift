/// Rows of scores, and where their images go: what the kernels of a ``SimplexMap`` work on.
///
/// The low-level form of a batch, over memory of the caller. Row r of the input begins at
/// `input + r * inputStride`, likewise the output, which may be the input itself (same address and
/// stride) and must not overlap it otherwise.
public struct RowBatch<Scalar: SimplexScalar> {
  /// The number of rows.
  public var rows: Int
  /// The number of entries of a row.
  public var columns: Int
  /// What the first row is called by parameters that differ from row to row.
  public var firstRow: Int
  /// The scores.
  public var input: UnsafePointer<Scalar>
  /// The distance between rows of scores.
  public var inputStride: Int
  /// Where the images go.
  public var output: UnsafeMutablePointer<Scalar>
  /// The distance between rows of images.
  public var outputStride: Int
  /// How many entries each row has, each in 0...columns, or nil if all have `columns`. Entries beyond are
  /// not read, and written as zero.
  public var lengths: UnsafePointer<Int>?
  /// A guess of the threshold of each row (``RowThreshold/value``), or nil. It changes the time only.
  public var starts: UnsafePointer<Scalar>?
  /// Where the thresholds of the rows go, or nil.
  public var thresholds: UnsafeMutablePointer<RowThreshold>?

  /// A batch of rows.
  public init(
    rows: Int, columns: Int, firstRow: Int = 0, input: UnsafePointer<Scalar>, inputStride: Int,
    output: UnsafeMutablePointer<Scalar>, outputStride: Int, lengths: UnsafePointer<Int>? = nil,
    starts: UnsafePointer<Scalar>? = nil, thresholds: UnsafeMutablePointer<RowThreshold>? = nil
  ) {
    self.rows = rows
    self.columns = columns
    self.firstRow = firstRow
    self.input = input
    self.inputStride = inputStride
    self.output = output
    self.outputStride = outputStride
    self.lengths = lengths
    self.starts = starts
    self.thresholds = thresholds
  }

  /// The number of entries of row `r`.
  @inlinable
  public func length(_ r: Int) -> Int { lengths?[r] ?? columns }

  /// The scores of row `r`, as many as it has.
  @inlinable
  public func inputRow(_ r: Int) -> UnsafeBufferPointer<Scalar> {
    UnsafeBufferPointer(start: input + r * inputStride, count: length(r))
  }

  /// The image of row `r`, as many entries as the row has.
  @inlinable
  public func outputRow(_ r: Int) -> UnsafeMutableBufferPointer<Scalar> {
    UnsafeMutableBufferPointer(start: output + r * outputStride, count: length(r))
  }

  /// Writes zero to the entries of row `r` beyond its length.
  @inlinable
  public func clearTail(_ r: Int) {
    let length = length(r)
    (output + r * outputStride + length).update(repeating: 0, count: columns - length)
  }
}

/// Outputs of a ``SimplexMap``, cotangents, and where the gradients go.
///
/// The low-level form, over memory of the caller. The gradients may be written over the cotangents (same
/// address and stride).
public struct PullbackBatch<Scalar: SimplexScalar> {
  /// The number of rows.
  public var rows: Int
  /// The number of entries of a row.
  public var columns: Int
  /// What the first row is called by parameters that differ from row to row.
  public var firstRow: Int
  /// The outputs p of the map, at which the derivative is taken.
  public var output: UnsafePointer<Scalar>
  /// The distance between rows of outputs.
  public var outputStride: Int
  /// The cotangents g: derivatives of some loss with respect to p.
  public var cotangent: UnsafePointer<Scalar>
  /// The distance between rows of cotangents.
  public var cotangentStride: Int
  /// Where the gradients Jᵀg go.
  public var gradient: UnsafeMutablePointer<Scalar>
  /// The distance between rows of gradients.
  public var gradientStride: Int
  /// How many entries each row has, or nil if all have `columns`. Gradients beyond are zero.
  public var lengths: UnsafePointer<Int>?

  /// Outputs, cotangents and room for gradients.
  public init(
    rows: Int, columns: Int, firstRow: Int = 0, output: UnsafePointer<Scalar>, outputStride: Int,
    cotangent: UnsafePointer<Scalar>, cotangentStride: Int, gradient: UnsafeMutablePointer<Scalar>,
    gradientStride: Int, lengths: UnsafePointer<Int>? = nil
  ) {
    self.rows = rows
    self.columns = columns
    self.firstRow = firstRow
    self.output = output
    self.outputStride = outputStride
    self.cotangent = cotangent
    self.cotangentStride = cotangentStride
    self.gradient = gradient
    self.gradientStride = gradientStride
    self.lengths = lengths
  }

  /// The number of entries of row `r`.
  @inlinable
  public func length(_ r: Int) -> Int { lengths?[r] ?? columns }

  /// The output of row `r`, as many entries as the row has.
  @inlinable
  public func outputRow(_ r: Int) -> UnsafeBufferPointer<Scalar> {
    UnsafeBufferPointer(start: output + r * outputStride, count: length(r))
  }

  /// The cotangent of row `r`, as many entries as the row has.
  @inlinable
  public func cotangentRow(_ r: Int) -> UnsafeBufferPointer<Scalar> {
    UnsafeBufferPointer(start: cotangent + r * cotangentStride, count: length(r))
  }

  /// The gradient of row `r`, as many entries as the row has.
  @inlinable
  public func gradientRow(_ r: Int) -> UnsafeMutableBufferPointer<Scalar> {
    UnsafeMutableBufferPointer(start: gradient + r * gradientStride, count: length(r))
  }

  /// Writes zero to the gradients of row `r` beyond its length.
  @inlinable
  public func clearTail(_ r: Int) {
    let length = length(r)
    (gradient + r * gradientStride + length).update(repeating: 0, count: columns - length)
  }
}

extension RowBatch {
  /// Some of the rows; they are counted from `firstRow`.
  @inlinable
  public subscript(rows: Range<Int>) -> RowBatch {
    let first = rows.lowerBound - firstRow
    precondition(first >= 0 && first + rows.count <= self.rows, "Rows out of range")
    var part = self
    part.rows = rows.count
    part.firstRow = rows.lowerBound
    part.input += first * inputStride
    part.output += first * outputStride
    part.lengths = lengths.map { $0 + first }
    part.starts = starts.map { $0 + first }
    part.thresholds = thresholds.map { $0 + first }
    return part
  }
}

extension PullbackBatch {
  /// Some of the rows; they are counted from `firstRow`.
  @inlinable
  public subscript(rows: Range<Int>) -> PullbackBatch {
    let first = rows.lowerBound - firstRow
    precondition(first >= 0 && first + rows.count <= self.rows, "Rows out of range")
    var part = self
    part.rows = rows.count
    part.firstRow = rows.lowerBound
    part.output += first * outputStride
    part.cotangent += first * cotangentStride
    part.gradient += first * gradientStride
    part.lengths = lengths.map { $0 + first }
    return part
  }
}
