extension Sparsemax: PiecewiseAffineMap {}
extension TopKSparsemax: PiecewiseAffineMap {}
extension CappedSimplexProjection: PiecewiseAffineMap {}
extension WeightedSimplexProjection: PiecewiseAffineMap {}
extension L1BallProjection: PiecewiseAffineMap {}
extension Fusedmax: PiecewiseAffineMap {}
extension TotalVariation: PiecewiseAffineMap {}
extension IsotonicRegression: PiecewiseAffineMap {}
