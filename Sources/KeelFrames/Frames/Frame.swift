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
public struct Frame<Scalar: FrameScalar>: Sendable {
  /// How the rotations are stored.
  enum Rotations: Sendable {
    /// `V diag(s)` for all signs s, or for those with `det(V diag(s)) = 1`.
    case signed(axes: Matrix<Scalar>, proper: Bool)
    /// One by one.
    case list([Matrix<Scalar>])
  }

  /// The group of which the transformations are.
  public let group: FrameGroup
  /// The translation t of every element: the centroid of the cloud, or zero.
  public let center: [Scalar]
  /// The scale c of every element: 1, except for similarities.
  public let scale: Scalar
  /// What is known of the frame's accuracy.
  public let certificate: FrameCertificate<Scalar>
  /// The weights of the elements, which sum to 1; nil if they are all equal.
  public let weights: [Scalar]?
  let rotations: Rotations

  init(
    group: FrameGroup, center: [Scalar], scale: Scalar = 1, certificate: FrameCertificate<Scalar>,
    rotations: Rotations, weights: [Scalar]? = nil
  ) {
    self.group = group
    self.center = center
    self.scale = scale
    self.certificate = certificate
    self.rotations = rotations
    self.weights = weights
  }

  /// d.
  public var dimension: Int { center.count }

  /// The number of elements; `Int.max` if it does not fit.
  public var count: Int {
    switch rotations {
    case .signed(_, let proper):
      let bits = proper ? max(dimension - 1, 0) : dimension
      return bits < Int.bitWidth - 1 ? 1 << bits : .max
    case .list(let matrices): return matrices.count
    }
  }

  /// The weight of an element.
  ///
  /// - Precondition: the index is in `0..<count`.
  public func weight(_ index: Int) -> Scalar {
    precondition(index >= 0 && index < count, "A frame has no such element")
    return weights?[index] ?? 1 / Scalar(count)
  }

  /// Element `index`.
  ///
  /// - Precondition: the index is in `0..<count`.
  public subscript(index: Int) -> FrameElement<Scalar> {
    FrameElement(rotation: rotation(index), translation: center, scale: scale)
  }

  /// The rotation of an element. Bit j of the index of signed axes says whether axis j is turned round; with rotations
  /// only, the last axis makes the determinant 1.
  func rotation(_ index: Int) -> Matrix<Scalar> {
    precondition(index >= 0 && index < count, "A frame has no such element")
    switch rotations {
    case .list(let matrices): return matrices[index]
    case .signed(let axes, let proper):
      var signs = (0..<dimension).map { j in
        j < Int.bitWidth - 1 && index >> j & 1 == 1 ? -1 as Scalar : 1
      }
      if proper && dimension > 0 {
        let element = FrameElement(rotation: axes, translation: center)
        signs[dimension - 1] = signs.dropLast().reduce(element.orientation, *)
      }
      return Matrix(rows: dimension, columns: dimension) { i, j in axes[i, j] * signs[j] }
    }
  }
}
