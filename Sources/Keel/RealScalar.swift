/// A real floating-point type that BLAS and LAPACK compute with: `Float` or `Double`.
///
/// Algorithms are written once over this protocol; the requirements inherited from
/// ``BLASScalar`` and ``LAPACKScalar`` lead to the routine with the right prefix (`s` or `d`) by static dispatch.
public protocol RealScalar: BLASScalar, LAPACKScalar {}

extension Float: RealScalar {}
extension Double: RealScalar {}
