public import Keel

/// The scalar types for which the kernels of frames exist: `Float` and `Double`.
public protocol FrameScalar: RealScalar {}

extension Float: FrameScalar {}
extension Double: FrameScalar {}
