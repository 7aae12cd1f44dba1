/// A group of transformations `x ↦ c·R x + t` of points of ℝᵈ.
///
/// Source: Puny et al. (2022), *Frame averaging for invariant and equivariant network design*, section 3.
public enum FrameGroup: String, Hashable, Sendable, CaseIterable {
  /// O(d): rotations and reflections about the origin.
  case orthogonal
  /// SO(d): rotations about the origin.
  case specialOrthogonal
  /// E(d): rotations, reflections and translations.
  case euclidean
  /// SE(d): rotations and translations, the rigid motions.
  case specialEuclidean
  /// E(d) × ℝ₊: rotations, reflections, translations and scalings.
  case similarity
  /// SE(d) × ℝ₊: rotations, translations and scalings.
  case specialSimilarity

  /// Whether translations belong to the group.
  public var translates: Bool { self != .orthogonal && self != .specialOrthogonal }

  /// Whether scalings belong to the group.
  public var scales: Bool { self == .similarity || self == .specialSimilarity }

  /// Whether reflections are left out, so that `det R = 1`.
  public var isProper: Bool {
    self == .specialOrthogonal || self == .specialEuclidean || self == .specialSimilarity
  }
}
