public import Keel

/// A permutation π of `0..<n`: an element of S_n, which acts on the rows of a matrix, or on rows and columns of a square one.
///
/// As elsewhere an element acts by moving things to their images: row i of X is row `π(i)` of πX. The rows of `π⁻¹X`
/// are therefore those of X in the order `π(0), π(1), …`, so the permutation that sorts is `π = order`, and `π⁻¹X` is
/// sorted.
public struct Permutation: Hashable, Sendable {
  /// `π(0), π(1), …`.
  public let images: [Int]

  /// The permutation with given images.
  ///
  /// - Throws: ``FrameError/outOfRange(argument:expected:found:)`` unless each number of `0..<n` is there once.
  /// - Complexity: O(n).
  public init(images: [Int]) throws(FrameError) {
    var taken = Array(repeating: false, count: images.count)
    for (index, image) in images.enumerated() {
      guard image >= 0, image < images.count, !taken[image] else {
        throw .outOfRange(
          argument: "image \(index) of a permutation", expected: "another number of 0..<\(images.count)",
          found: "\(image)")
      }
      taken[image] = true
    }
    self.images = images
  }

  /// The permutation with images that are known to be each number once.
  init(unchecked images: [Int]) { self.images = images }

  /// The permutation of `0..<count` that changes nothing.
  public init(identity count: Int) { images = Array(0..<count) }

  /// A uniformly random permutation.
  ///
  /// - Complexity: O(n).
  public static func random(_ count: Int, using stream: inout RandomStream) -> Permutation {
    Permutation(unchecked: stream.permutation(count))
  }

  /// n.
  public var count: Int { images.count }

  /// `π(i)`.
  public subscript(index: Int) -> Int { images[index] }

  /// Whether nothing is moved.
  public var isIdentity: Bool { images.indices.allSatisfy { images[$0] == $0 } }

  /// π⁻¹.
  ///
  /// - Complexity: O(n).
  public var inverse: Permutation {
    var result = images
    for (index, image) in images.enumerated() { result[image] = index }
    return Permutation(unchecked: result)
  }

  /// The sign: 1 if π is a product of an even number of exchanges, -1 otherwise.
  ///
  /// - Complexity: O(n).
  public var sign: Int {
    var seen = Array(repeating: false, count: count)
    var sign = 1
    for start in images.indices where !seen[start] {
      var index = images[start]
      seen[start] = true
      while index != start {
        seen[index] = true
        index = images[index]
        sign = -sign
      }
    }
    return sign
  }

  /// The composition: first `right`, then `left`.
  ///
  /// - Precondition: they permute equally many things.
  /// - Complexity: O(n).
  public static func * (left: Permutation, right: Permutation) -> Permutation {
    precondition(left.count == right.count, "Permutations of different numbers of things do not compose")
    return Permutation(unchecked: right.images.map { left.images[$0] })
  }

  /// The elements after the permutation: element i moves to place `π(i)`.
  ///
  /// - Precondition: there are n elements.
  /// - Complexity: O(n).
  public func transformed<Element>(_ elements: [Element]) -> [Element] {
    precondition(elements.count == count, "A permutation needs as many elements as it permutes")
    var result = elements
    for (index, image) in images.enumerated() { result[image] = elements[index] }
    return result
  }

  /// The elements in the order `π(0), π(1), …`: what ``transformed(_:)-([Element])`` undoes.
  ///
  /// - Precondition: there are n elements.
  /// - Complexity: O(n).
  public func inverseTransformed<Element>(_ elements: [Element]) -> [Element] {
    precondition(elements.count == count, "A permutation needs as many elements as it permutes")
    return images.map { elements[$0] }
  }

  /// πX: row i moves to row `π(i)`.
  ///
  /// - Precondition: there are n rows.
  /// - Complexity: O(elements).
  public func transformed<Scalar>(_ rows: Matrix<Scalar>) -> Matrix<Scalar> {
    inverse.inverseTransformed(rows)
  }

  /// π⁻¹X: the rows in the order `π(0), π(1), …`.
  ///
  /// - Precondition: there are n rows.
  /// - Complexity: O(elements).
  public func inverseTransformed<Scalar>(_ rows: Matrix<Scalar>) -> Matrix<Scalar> {
    precondition(rows.rows == count, "A permutation needs as many rows as it permutes")
    let (source, width) = (rows.elements, rows.columns)
    var elements: [Scalar] = []
    elements.reserveCapacity(source.count)
    for image in images { elements += source[(image * width)..<((image + 1) * width)] }
    return Matrix(rows: rows.rows, columns: width, elements: elements)
  }

  /// `P A Pᵀ`: entry (i, j) moves to `(π(i), π(j))`.
  ///
  /// - Precondition: the matrix is n × n.
  /// - Complexity: O(n²).
  public func conjugating<Scalar>(_ matrix: Matrix<Scalar>) -> Matrix<Scalar> {
    inverse.inverseConjugating(matrix)
  }

  /// `Pᵀ A P`, with the entry `(π(i), π(j))` of A at (i, j): what ``conjugating(_:)`` undoes.
  ///
  /// - Precondition: the matrix is n × n.
  /// - Complexity: O(n²).
  public func inverseConjugating<Scalar>(_ matrix: Matrix<Scalar>) -> Matrix<Scalar> {
    precondition(
      matrix.rows == count && matrix.columns == count,
      "A permutation needs a matrix with as many rows and columns as it permutes")
    return Matrix(rows: count, columns: count) { i, j in matrix[images[i], images[j]] }
  }
}
