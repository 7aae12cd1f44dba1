import CKernels

/// The function σ between the layers of a network.
public enum NetworkActivation: String, Hashable, Sendable, CaseIterable {
  /// `max(x, 0)`.
  case relu
  /// The hyperbolic tangent.
  case tanh
  /// `x / (1 + e⁻ˣ)`.
  case silu

  /// What kernels call it.
  var kernelCode: CInt {
    switch self {
    case .relu: CInt(KEEL_ACTIVATION_RELU)
    case .tanh: CInt(KEEL_ACTIVATION_TANH)
    case .silu: CInt(KEEL_ACTIVATION_SILU)
    }
  }
}
