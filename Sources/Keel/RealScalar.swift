/// A real floating-point type that Keel computes with: `Float` or `Double`.
///
/// Algorithms are written once over this protocol; the requirements inherited from
/// ``BLASScalar`` and ``LAPACKScalar`` lead to the routine with the right prefix (`s` or `d`) by static
/// dispatch, those from ``RandomScalar`` to the random draws of the type.
public protocol RealScalar: BLASScalar, LAPACKScalar, RandomScalar {}

extension Float: RealScalar {}
extension Double: RealScalar {}
