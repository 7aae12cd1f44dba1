public import Keel

/// A finite frame of a cloud of points: transformations with weights over which a function is averaged.
///
/// A frame F assigns to every cloud X a set of transformations such that `F(gX) = gF(X)` for every g of the group. For
/// any function φ of clouds
///
///     ⟨φ⟩(X) = Σ_k w_k φ(g_k⁻¹X)
///
/// is then invariant, and `Σ_k w_k g_k·Φ(g_k⁻¹X)` equivariant.
///
/// All elements share the translation and the scale; their rotations are either one matrix of axes with signs, 2ᵈ or
/// 2ᵈ⁻¹ of them and made when they are asked for, or a list.
///
/// Source: Puny et al. (2022), definitions 1 and 2, theorem 1; weighted frames: Dym, Lawrence and Siegel (2024).
public struct Frame<Scalar: FrameScalar>: FiniteFrame {
  /// How the rotations are stored.
  enum Rotations: Sendable {
    /// `V diag(s)` for all signs s; or, if proper, for those with an even number of minus signs, where `det V = 1`.
    /// The orientation is the sign of `det V`.
    case signed(axes: Matrix<Scalar>, orientation: Scalar, proper: Bool)
    /// One by one.
    case list([Matrix<Scalar>])
  }

  /// What the certificate is, or is made from.
  enum Accuracy: Sendable {
    case known(FrameCertificate<Scalar>)
    case measurable(MeasurableFrame<Scalar>)
  }

  /// The group of which the transformations are.
  public let group: FrameGroup
  /// The translation t of every element: the centroid of the cloud, or zero.
  public let center: [Scalar]
  /// The scale c of every element: 1, except for similarities.
  public let scale: Scalar
  /// What is known of the frame's accuracy.
  ///
  /// - Complexity: O(n d²) each time for a frame of principal axes, whose certificate is measured from the cloud.
  public var certificate: FrameCertificate<Scalar> {
    switch accuracy {
    case .known(let certificate): certificate
    case .measurable(let frame): frame.certificate
    }
  }
  /// The weights of the elements, which sum to 1; nil if they are all equal.
  public let weights: [Scalar]?
  let rotations: Rotations
  private let accuracy: Accuracy

  init(
    group: FrameGroup, center: [Scalar], scale: Scalar = 1, certificate: FrameCertificate<Scalar>,
    rotations: Rotations, weights: [Scalar]? = nil
  ) {
    self.init(
      group: group, center: center, scale: scale, accuracy: .known(certificate), rotations: rotations,
      weights: weights)
  }

  init(
    group: FrameGroup, center: [Scalar], scale: Scalar, accuracy: Accuracy, rotations: Rotations,
    weights: [Scalar]? = nil
  ) {
    self.group = group
    self.center = center
    self.scale = scale
    self.accuracy = accuracy
    self.rotations = rotations
    self.weights = weights
  }

  /// d.
  public var dimension: Int { center.count }

  /// The number of elements; `Int.max` if it does not fit.
  public var count: Int {
    switch rotations {
    case .signed(_, _, let proper):
      let bits = freeSigns(proper: proper)
      return bits < Int.bitWidth - 1 ? 1 << bits : .max
    case .list(let matrices): return matrices.count
    }
  }

  /// The weight of an element.
  ///
  /// - Precondition: the index is in `0..<count`.
  public func weight(_ index: Int) -> Scalar {
    precondition(index >= 0 && index < count, "A frame has no such element")
    if let weights { return weights[index] }
    switch rotations {
    case .signed(_, _, let proper):
      // A power of two: exact, also where the count does not fit an integer.
      return Scalar(sign: .plus, exponent: -Scalar.Exponent(freeSigns(proper: proper)), significand: 1)
    case .list(let matrices): return 1 / Scalar(matrices.count)
    }
  }

  /// Element `index`.
  ///
  /// Bit j of the index of signed axes says whether axis j is turned round; with rotations only, the last axis is
  /// turned round if the number of others is odd.
  ///
  /// - Complexity: O(d²).
  /// - Precondition: the index is in `0..<count`.
  public subscript(index: Int) -> FrameElement<Scalar> {
    precondition(index >= 0 && index < count, "A frame has no such element")
    switch rotations {
    case .list(let matrices):
      return FrameElement(rotation: matrices[index], translation: center, scale: scale)
    case .signed(let axes, let orientation, let proper):
      // Axes beyond the bits of an integer are not turned round.
      var signs = (0..<dimension).map { j in
        j < Int.bitWidth - 1 && index >> j & 1 == 1 ? -1 as Scalar : 1
      }
      if proper { signs[dimension - 1] = signs.dropLast().reduce(1, *) }
      return element(axes, orientation, signs: signs)
    }
  }

  /// V and whether only even numbers of signs are in the frame, if its elements are `V diag(s)` for signs s with equal
  /// weights; nil if they are a list.
  ///
  /// The axes are columns, by ascending eigenvalue; the component of largest magnitude of each is positive, except that
  /// with `isProper` the last one makes `det V = 1`. The canonical clouds are then those of one product `(X - 1tᵀ)V/c`
  /// with columns turned round.
  public var signedAxes: (axes: Matrix<Scalar>, isProper: Bool)? {
    guard weights == nil, case .signed(let axes, _, let proper) = rotations else { return nil }
    return (axes, proper)
  }

  /// An element, drawn with the probability that is its weight; any number of elements will do.
  ///
  /// - Complexity: O(d²), and O(``count``) if there are weights.
  public func randomElement(using stream: inout RandomStream) -> FrameElement<Scalar> {
    if let weights {
      return self[randomIndex(weights, using: &stream)]
    }
    switch rotations {
    case .list(let matrices): return self[stream.integer(below: matrices.count)]
    case .signed(let axes, let orientation, let proper):
      var signs: [Scalar] = (0..<dimension).map { _ in stream.next() >> 63 == 1 ? -1 : 1 }
      if proper { signs[dimension - 1] = signs.dropLast().reduce(1, *) }
      return element(axes, orientation, signs: signs)
    }
  }

  private func freeSigns(proper: Bool) -> Int { proper ? max(dimension - 1, 0) : dimension }

  /// The element with given signs of the axes.
  func element(_ axes: Matrix<Scalar>, _ orientation: Scalar, signs: [Scalar]) -> FrameElement<Scalar> {
    FrameElement(
      rotation: axes.scalingColumns(by: signs), translation: center, scale: scale,
      orientation: signs.reduce(orientation, *))
  }
}
