/// Numbers as a file holds them: an array of any rank whose element type is known at run time.
///
/// Elements lie in row-major order, the last index fastest, whatever the order in the file was.
///
/// ```swift
/// let images = try IDX.read("train-images-idx3-ubyte.gz")   // shape [60000, 28, 28], uint8
/// let rows: Matrix<Float> = try images.rows()               // 60000 × 784
/// let labels = try IDX.read("train-labels-idx1-ubyte.gz").integers(as: Int.self)
/// ```
public struct NumericArray: Sendable {
  /// The elements, typed.
  public enum Elements: Sendable, Equatable {
    /// Truth values.
    case bool([Bool])
    /// Signed 8-bit integers.
    case int8([Int8])
    /// Signed 16-bit integers.
    case int16([Int16])
    /// Signed 32-bit integers.
    case int32([Int32])
    /// Signed 64-bit integers.
    case int64([Int64])
    /// Unsigned 8-bit integers.
    case uint8([UInt8])
    /// Unsigned 16-bit integers.
    case uint16([UInt16])
    /// Unsigned 32-bit integers.
    case uint32([UInt32])
    /// Unsigned 64-bit integers.
    case uint64([UInt64])
    /// Single precision, and half precision.
    case float32([Float])
    /// Double precision.
    case float64([Double])
  }

  /// The extent along each axis; empty for a single number.
  public let shape: [Int]
  /// The elements in row-major order; there are as many as the product of `shape`.
  public let elements: Elements
  /// What messages call the array: the file that it was read from.
  public var name: String

  /// Creates an array of the elements in row-major order.
  ///
  /// - Precondition: `elements.count` is the product of `shape`, and no extent is negative.
  public init<Element: NumericElement>(shape: [Int], elements: [Element], name: String = "array") {
    self.init(shape: shape, typed: Element._elements(elements), name: name)
  }

  /// Creates an array of rank 1.
  public init<Element: NumericElement>(_ vector: [Element], name: String = "array") {
    self.init(shape: [vector.count], elements: vector, name: name)
  }

  init(shape: [Int], typed elements: Elements, name: String) {
    precondition(shape.allSatisfy { $0 >= 0 }, "NumericArray: an extent of the shape is negative.")
    precondition(
      checkedProduct(shape) == elements.buffer.count,
      "NumericArray: the number of elements differs from the product of the shape.")
    self.shape = shape
    self.elements = elements
    self.name = name
  }

  /// The number of elements.
  public var count: Int { elements.buffer.count }

  /// The type of the elements.
  public var elementType: ElementType { elements.buffer.elementType }
}

extension NumericArray: Equatable {
  /// Whether shape, type and all elements are equal; names don't matter, and NaN equals nothing.
  public static func == (left: NumericArray, right: NumericArray) -> Bool {
    left.shape == right.shape && left.elements == right.elements
  }
}

extension NumericArray: CustomStringConvertible {
  /// Element type and shape, not the elements: `float64 (3, 4)`.
  public var description: String { "\(elementType) \(NumericArray.text(ofShape: shape))" }

  /// A shape as Python writes it: `()`, `(3,)`, `(3, 4)`.
  static func text(ofShape shape: [Int]) -> String {
    let list = shape.map(String.init).joined(separator: ", ")
    return shape.count == 1 ? "(\(list),)" : "(\(list))"
  }
}

/// The product of the extents, or nil if it, or the product of the nonzero ones, overflows.
///
/// Zero extents don't excuse absurd ones: a stride computed from the others must not overflow either.
func checkedProduct(_ extents: [Int]) -> Int? {
  var product = 1
  for extent in extents where extent != 0 {
    let (next, overflow) = product.multipliedReportingOverflow(by: extent)
    guard !overflow else { return nil }
    product = next
  }
  return extents.contains(0) ? 0 : product
}
