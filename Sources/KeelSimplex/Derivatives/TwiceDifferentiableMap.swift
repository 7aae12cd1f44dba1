/// A map whose derivative has a derivative itself, almost everywhere.
///
/// For a cotangent g, x ↦ <g, p(x)> is a function of the scores. Its gradient is the vector-Jacobian product
/// J(x)ᵀg, and the product of its Hessian with a direction v is the derivative of that along v:
///
///     d/dt J(x + t v)ᵀ g  at t = 0
///
/// It is what a second-order method, or a gradient of a gradient, needs of the map. J is the Hessian of Ω*, so
/// the product is its third derivative along g and v: g and v may change places.
///
/// Where an entry lies exactly on the threshold there are one-sided derivatives only; the one that leaves it
/// out is returned.
public protocol TwiceDifferentiableMap: SimplexMap {
  /// Products of the Hessian of x ↦ <g, p(x)> with directions v, at outputs p of this map.
  func secondDerivative(_ batch: SecondDerivativeBatch<Scalar>)
}

/// A map that is affine piece by piece: its second derivatives are zero, wherever they exist.
public protocol PiecewiseAffineMap: TwiceDifferentiableMap {}

extension PiecewiseAffineMap {
  /// Zero; NaN for rows of NaN.
  public func secondDerivative(_ batch: SecondDerivativeBatch<Scalar>) {
    for r in 0..<batch.rows {
      let isUndefined = batch.outputRow(r).first?.isNaN ?? false
      batch.productRow(r).update(repeating: isUndefined ? .nan : 0)
      batch.clearTail(r)
    }
  }
}

/// Outputs of a map, cotangents, directions, and where second derivatives go.
///
/// The low-level form, over memory of the caller. The products may be written over the cotangents or over the
/// directions (same address and stride).
public struct SecondDerivativeBatch<Scalar: SimplexScalar> {
  /// The number of rows.
  public var rows: Int
  /// The number of entries of a row.
  public var columns: Int
  /// What the first row is called by parameters that differ from row to row.
  public var firstRow = 0
  /// The outputs p of the map, at which the derivative is taken.
  public var output: UnsafePointer<Scalar>
  /// The distance between rows of outputs.
  public var outputStride: Int
  /// The cotangents g.
  public var cotangent: UnsafePointer<Scalar>
  /// The distance between rows of cotangents.
  public var cotangentStride: Int
  /// The directions v.
  public var direction: UnsafePointer<Scalar>
  /// The distance between rows of directions.
  public var directionStride: Int
  /// Where the products go.
  public var product: UnsafeMutablePointer<Scalar>
  /// The distance between rows of products.
  public var productStride: Int
  /// How many entries each row has, or nil if all have `columns`. Products beyond are zero.
  public var lengths: UnsafePointer<Int>?

  /// Outputs, cotangents, directions and room for products, whose rows follow each other at one distance.
  public init(
    rows: Int, columns: Int, stride: Int, output: UnsafePointer<Scalar>, cotangent: UnsafePointer<Scalar>,
    direction: UnsafePointer<Scalar>, product: UnsafeMutablePointer<Scalar>,
    lengths: UnsafePointer<Int>? = nil
  ) {
    self.rows = rows
    self.columns = columns
    self.output = output
    self.cotangent = cotangent
    self.direction = direction
    self.product = product
    self.lengths = lengths
    (outputStride, cotangentStride, directionStride, productStride) = (stride, stride, stride, stride)
  }

  /// The number of entries of row `r`.
  public func length(_ r: Int) -> Int { lengths?[r] ?? columns }

  /// The output of row `r`, as many entries as the row has.
  public func outputRow(_ r: Int) -> UnsafeBufferPointer<Scalar> {
    UnsafeBufferPointer(start: output + r * outputStride, count: length(r))
  }

  /// The product of row `r`, as many entries as the row has.
  public func productRow(_ r: Int) -> UnsafeMutableBufferPointer<Scalar> {
    UnsafeMutableBufferPointer(start: product + r * productStride, count: length(r))
  }

  /// Calls `body` for each row with its number of entries, outputs, cotangents, direction, room for the product,
  /// and the value of a parameter; products beyond a row's length become zero.
  func forEachRow(
    with parameter: RowParameter<Scalar>,
    _ body: (
      _ count: Int, _ p: UnsafePointer<Scalar>, _ g: UnsafePointer<Scalar>, _ v: UnsafePointer<Scalar>,
      _ product: UnsafeMutablePointer<Scalar>, _ value: Double
    ) -> Void
  ) {
    for r in 0..<rows {
      body(
        length(r), output + r * outputStride, cotangent + r * cotangentStride,
        direction + r * directionStride, product + r * productStride, Double(parameter[firstRow + r]))
      clearTail(r)
    }
  }

  /// Writes zero to the products of row `r` beyond its length.
  public func clearTail(_ r: Int) {
    let length = length(r)
    (product + r * productStride + length).update(repeating: 0, count: columns - length)
  }

  /// Some of the rows; they are counted from `firstRow`.
  public subscript(rows: Range<Int>) -> SecondDerivativeBatch {
    let first = rows.lowerBound - firstRow
    precondition(first >= 0 && first + rows.count <= self.rows, "Rows out of range")
    var part = self
    part.rows = rows.count
    part.firstRow = rows.lowerBound
    part.output += first * outputStride
    part.cotangent += first * cotangentStride
    part.direction += first * directionStride
    part.product += first * productStride
    part.lengths = lengths.map { $0 + first }
    return part
  }
}
