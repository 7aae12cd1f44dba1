import CKernels

/// The scalar types that ``RandomStream`` draws: `Float` and `Double`.
///
/// The requirements carry an underscore because they are the route from generic code to the routine of
/// the type; call the methods of ``RandomStream``.
public protocol RandomScalar {
  /// A uniform number in `[0, 1)`.
  static func _uniform(_ stream: inout RandomStream) -> Self
  /// A uniform number in `(0, 1)`.
  static func _openUniform(_ stream: inout RandomStream) -> Self
  /// A standard normal number.
  static func _normal(_ stream: inout RandomStream) -> Self
  /// Fills storage with uniform numbers in `[0, 1)`.
  static func _fillUniform(_ out: UnsafeMutableBufferPointer<Self>, _ stream: inout RandomStream)
  /// Fills storage with standard normal numbers.
  static func _fillNormal(_ out: UnsafeMutableBufferPointer<Self>, _ stream: inout RandomStream)
}

extension Double: RandomScalar {
  /// `k · 2⁻⁵³`, `k` being the top 53 bits of a 64-bit word.
  @inlinable
  public static func _uniform(_ stream: inout RandomStream) -> Double {
    Double(stream.next() &>> 11) * 0x1p-53
  }

  /// `(k + 1/2) · 2⁻⁵²`, `k` being the top 52 bits of a 64-bit word: exact, so never 0 nor 1.
  @inlinable
  public static func _openUniform(_ stream: inout RandomStream) -> Double {
    (Double(stream.next() &>> 12) + 0.5) * 0x1p-52
  }

  /// One of the two normals of a block.
  public static func _normal(_ stream: inout RandomStream) -> Double { stream.nextDoubleNormal() }

  /// Repeated ``_uniform(_:)``.
  public static func _fillUniform(_ out: UnsafeMutableBufferPointer<Double>, _ stream: inout RandomStream) {
    stream.fill(out, .words, draw: { _uniform(&$0) }, kernel: keel_random_uniform_f64)
  }

  /// Repeated ``_normal(_:)``.
  public static func _fillNormal(_ out: UnsafeMutableBufferPointer<Double>, _ stream: inout RandomStream) {
    stream.fill(out, .doubleNormals, draw: { $0.nextDoubleNormal() }, kernel: keel_random_normal_f64)
  }
}

extension Float: RandomScalar {
  /// `k · 2⁻²⁴`, `k` being the top 24 bits of a 32-bit word.
  @inlinable
  public static func _uniform(_ stream: inout RandomStream) -> Float {
    Float(stream.nextUInt32() &>> 8) * 0x1p-24
  }

  /// `(k + 1/2) · 2⁻²³`, `k` being the top 23 bits of a 32-bit word: exact, so never 0 nor 1.
  @inlinable
  public static func _openUniform(_ stream: inout RandomStream) -> Float {
    (Float(stream.nextUInt32() &>> 9) + 0.5) * 0x1p-23
  }

  /// One of the four normals of a block.
  public static func _normal(_ stream: inout RandomStream) -> Float { stream.nextFloatNormal() }

  /// Repeated ``_uniform(_:)``.
  public static func _fillUniform(_ out: UnsafeMutableBufferPointer<Float>, _ stream: inout RandomStream) {
    stream.fill(out, .words, draw: { _uniform(&$0) }, kernel: keel_random_uniform_f32)
  }

  /// Repeated ``_normal(_:)``.
  public static func _fillNormal(_ out: UnsafeMutableBufferPointer<Float>, _ stream: inout RandomStream) {
    stream.fill(out, .floatNormals, draw: { $0.nextFloatNormal() }, kernel: keel_random_normal_f32)
  }
}
