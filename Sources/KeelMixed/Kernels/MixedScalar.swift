public import KeelSimplex

/// A scalar that outcomes are drawn in: Float and Double.
public protocol MixedScalar: SimplexScalar {}

extension Float: MixedScalar {}
extension Double: MixedScalar {}
