/// The scalar types for which the kernels of frames exist: `Float` and `Double`.
public protocol FrameScalar: NetworkScalar {}

extension Float: FrameScalar {}
extension Double: FrameScalar {}
