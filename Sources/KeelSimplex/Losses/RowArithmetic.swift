import CKernels

/// Sums over a row and updates of a row, by kernels for the instruction set in use: what losses need of a
/// scalar.
///
/// Sums are kept in double precision and added in a fixed order: they have the same bits on every
/// instruction set. Rows that are read together have equal lengths.
public protocol RowArithmetic {
  /// Σ p².
  static func sumOfSquares(_ p: UnsafeBufferPointer<Self>) -> Double

  /// Σ p^(3/2), for p ≥ 0.
  static func sumOfRootCubes(_ p: UnsafeBufferPointer<Self>) -> Double

  /// Σ p (x - shift) over the entries where p is not 0; elsewhere x may be infinite.
  static func shiftedDot(
    _ p: UnsafeBufferPointer<Self>, _ x: UnsafeBufferPointer<Self>, shift: Double
  ) -> Double

  /// p ← scale · p.
  static func scale(_ p: UnsafeMutableBufferPointer<Self>, by scale: Self)

  /// p ← scale · (p - y).
  static func subtract(
    _ y: UnsafeBufferPointer<Self>, from p: UnsafeMutableBufferPointer<Self>, scale: Self)
}

extension Double: RowArithmetic {
  /// Σ p².
  public static func sumOfSquares(_ p: UnsafeBufferPointer<Double>) -> Double {
    var sum = 0.0
    keel_loss_sum_of_squares_f64(p.count, p.baseAddress, &sum)
    return sum
  }

  /// Σ p^(3/2).
  public static func sumOfRootCubes(_ p: UnsafeBufferPointer<Double>) -> Double {
    var sum = 0.0
    keel_loss_sum_of_root_cubes_f64(p.count, p.baseAddress, &sum)
    return sum
  }

  /// Σ p (x - shift) where p is not 0.
  public static func shiftedDot(
    _ p: UnsafeBufferPointer<Double>, _ x: UnsafeBufferPointer<Double>, shift: Double
  ) -> Double {
    precondition(p.count == x.count, "The rows of a product need equal lengths.")
    var sum = 0.0
    keel_loss_dot_f64(p.count, p.baseAddress, x.baseAddress, shift, &sum)
    return sum
  }

  /// p ← scale · p.
  public static func scale(_ p: UnsafeMutableBufferPointer<Double>, by scale: Double) {
    keel_loss_scale_f64(p.count, p.baseAddress, scale)
  }

  /// p ← scale · (p - y).
  public static func subtract(
    _ y: UnsafeBufferPointer<Double>, from p: UnsafeMutableBufferPointer<Double>, scale: Double
  ) {
    precondition(p.count == y.count, "The rows of a difference need equal lengths.")
    keel_loss_subtract_f64(p.count, p.baseAddress, y.baseAddress, scale)
  }
}

extension Float: RowArithmetic {
  /// Σ p².
  public static func sumOfSquares(_ p: UnsafeBufferPointer<Float>) -> Double {
    var sum = 0.0
    keel_loss_sum_of_squares_f32(p.count, p.baseAddress, &sum)
    return sum
  }

  /// Σ p^(3/2).
  public static func sumOfRootCubes(_ p: UnsafeBufferPointer<Float>) -> Double {
    var sum = 0.0
    keel_loss_sum_of_root_cubes_f32(p.count, p.baseAddress, &sum)
    return sum
  }

  /// Σ p (x - shift) where p is not 0.
  public static func shiftedDot(
    _ p: UnsafeBufferPointer<Float>, _ x: UnsafeBufferPointer<Float>, shift: Double
  ) -> Double {
    precondition(p.count == x.count, "The rows of a product need equal lengths.")
    var sum = 0.0
    keel_loss_dot_f32(p.count, p.baseAddress, x.baseAddress, shift, &sum)
    return sum
  }

  /// p ← scale · p.
  public static func scale(_ p: UnsafeMutableBufferPointer<Float>, by scale: Float) {
    keel_loss_scale_f32(p.count, p.baseAddress, scale)
  }

  /// p ← scale · (p - y).
  public static func subtract(
    _ y: UnsafeBufferPointer<Float>, from p: UnsafeMutableBufferPointer<Float>, scale: Float
  ) {
    precondition(p.count == y.count, "The rows of a difference need equal lengths.")
    keel_loss_subtract_f32(p.count, p.baseAddress, y.baseAddress, scale)
  }
}
