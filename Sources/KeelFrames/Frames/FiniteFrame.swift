public import Keel

/// A probability measure on a group that belongs to a cloud and moves with it: that of gX is that of X, moved by g.
///
/// The expectation of `φ(g⁻¹X)` over it is invariant, whatever φ; that of `g·Φ(g⁻¹X)` equivariant. A ``FiniteFrame``
/// has finitely many elements; the invariant measure of a whole compact group is the other extreme,
/// ``GroupAverage``.
public protocol FrameDistribution<Scalar>: Sendable {
  /// The type of the coordinates.
  associatedtype Scalar: FrameScalar
  /// The type of the transformations.
  associatedtype Element: FrameTransformation<Scalar>
  /// An element, drawn from the measure.
  func randomElement(using stream: inout RandomStream) -> Element
}

/// Finitely many transformations with weights over which a function is averaged: a ``Frame``, an ``AxialFrame``, a
/// ``LorentzFrame``.
public protocol FiniteFrame<Scalar>: FrameDistribution {
  /// The number of elements; `Int.max` if it does not fit.
  var count: Int { get }
  /// Element `index`.
  ///
  /// - Precondition: the index is in `0..<count`.
  subscript(index: Int) -> Element { get }
  /// The weight of an element; weights are not negative, and their sum is 1.
  ///
  /// - Precondition: the index is in `0..<count`.
  func weight(_ index: Int) -> Scalar
}

extension FiniteFrame {
  /// An element, drawn with the probability that is its weight.
  ///
  /// - Complexity: O(``count``).
  public func randomElement(using stream: inout RandomStream) -> Element {
    self[randomIndex((0..<count).lazy.map { weight($0) }, using: &stream)]
  }
}

/// An index, drawn with the probabilities that are the weights.
func randomIndex<Scalar: FrameScalar>(
  _ weights: some Sequence<Scalar>, using stream: inout RandomStream
) -> Int {
  var rest: Scalar = stream.uniform()
  var chosen = 0
  // Rounding may leave a rest beyond the last weight: then the last element that has a weight is taken.
  for (index, weight) in weights.enumerated() where weight > 0 {
    chosen = index
    if rest < weight { break }
    rest -= weight
  }
  return chosen
}
