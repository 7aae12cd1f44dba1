import Keel

extension ReducedTransferProblem {
  /// The rates at which the training error would decay if the state did not move any more: the
  /// eigenvalues of `2 Λ^{1/2}(η_B‖v‖² I + η_v CᵀC)Λ^{1/2}`, decreasing.
  ///
  /// The residual `r = a - Cᵀv` follows `r' = -(η_B‖v‖² I + η_v CᵀC) 2Λr` exactly, so that at a limit of the
  /// flow these are its asymptotic rates: after `36/rates.last` what is left is below rounding. An explicit
  /// step of order 4 is stable up to about `2.8/rates.first`. A rate of zero at a state whose training error
  /// is not zero means that the error has a part that does not decay: a saddle, or a layer that cannot fit.
  ///
  /// They are taken as squares of singular values, so that slow rates keep their digits next to fast ones.
  ///
  /// - Parameters:
  ///   - state: the state, near a limit of the flow for asymptotic rates.
  ///   - rates: the learning rates of the layers.
  /// - Returns: m rates.
  /// - Complexity: one SVD of an (m + k) × m matrix.
  /// - Throws: ``TransferError/linearAlgebra(_:)`` if the SVD fails.
  public func asymptoticRates(
    at state: TransferState, rates: LearningRates = .fineTuning
  ) throws(TransferError) -> [Double] {
    precondition(
      state.head.count == featureCount && state.features.columns == rank, "The state does not fit the problem"
    )
    let diagonal = rates.features.squareRoot() * BLAS.nrm2(state.head)
    let identity = Matrix<Double>(rows: rank, columns: rank) { i, j in i == j ? diagonal : 0 }
    let stacked = Matrix(stacking: [identity, rates.head.squareRoot() * state.features])
    let values = try linearAlgebra { () throws(LinearAlgebraError) in
      try SVD(stacked.scalingColumns(by: singularValues), vectors: .none).singularValues
    }
    return values.map { 2 * $0 * $0 }
  }
}
