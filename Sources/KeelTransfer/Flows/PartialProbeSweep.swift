import Keel

/// How features changed, as the training inputs see them: `Z₀ = XB₀ᵀ` before and `Z = XBᵀ` after.
///
/// Norms and products are those of whole matrices (Frobenius): squares of norms and products are sums over
/// training inputs, and the cosine is that of the two matrices taken as vectors.
public struct FeatureChange: Sendable, Equatable {
  /// `‖Z - Z₀‖`.
  public var distance: Double
  /// `⟨Z, Z₀⟩`.
  public var innerProduct: Double
  /// `⟨Z, Z₀⟩ / (‖Z‖‖Z₀‖)`.
  public var cosine: Double
  /// `‖Z‖`.
  public var norm: Double
}

/// Fine-tuning after a linear probe that was stopped at some time.
public struct PartialProbe: Sendable {
  /// How long the head was probed; infinity means to the limit.
  public var probingTime: Double
  /// The start of fine-tuning: the probed head on the pretrained features. Its training loss is the energy
  /// that fine-tuning has left to move features with.
  public var start: FlowPoint
  /// Fine-tuning from there; its time begins when fine-tuning does.
  public var fineTuning: FlowPath
  /// How the features changed, from pretraining to the end of fine-tuning.
  public var featureChange: FeatureChange

  /// The training loss at the start of fine-tuning.
  public var energy: Double { start.losses.training }
}

extension ReducedTransferProblem {
  /// Fine-tunes from linear probes of several lengths: how long to prepare the head before fine-tuning.
  ///
  /// The energy falls with the probing time. In the linear theory the features' distance and angle grow
  /// with the energy, while their inner product and norm first rise and then fall; whether more probing is
  /// better out of distribution depends on how good the pretrained features are. Good features ask for
  /// probing to the limit, poor ones for less.
  ///
  /// - Parameters:
  ///   - head: `v₀`, k: where probing starts, on the pretrained features.
  ///   - probingTimes: each at least 0, infinity being the limit.
  ///   - options: how fine-tuning is followed.
  /// - Returns: one entry a probing time, in the given order.
  /// - Throws: ``TransferError`` if a factorization fails or a flow cannot be continued.
  ///
  /// Source: Ren, Guo, Bae and Sutherland (2023), *How to prepare your task head for finetuning*.
  public func partialProbeSweep(
    from head: [Double], probingTimes: [Double], options: FlowOptions = FlowOptions()
  ) throws(TransferError) -> [PartialProbe] {
    let probe = try LinearProbe(self, from: head)
    let flow = GradientFlow(self)
    var result: [PartialProbe] = []
    for time in probingTimes {
      let start = probe.point(at: time)
      let path = try flow.path(from: start.state, options: options)
      result.append(
        PartialProbe(
          probingTime: time, start: start, fineTuning: path,
          featureChange: featureChange(to: path.last.state.features)))
    }
    return result
  }

  /// How features differ from the pretrained ones, as the training inputs see them.
  ///
  /// - Parameter features: the features in the span of X, `C = BF`, k × m.
  /// - Returns: the change; its cosine is 1 if either set of features vanishes on the inputs.
  public func featureChange(to features: Matrix<Double>) -> FeatureChange {
    precondition(
      features.rows == featureCount && features.columns == rank, "The features do not fit the problem")
    // X = U diag(σ) Fᵀ: the orthogonal U changes no norm and no product.
    let now = features.scalingColumns(by: singularValues).elements
    let before = initialFeatures.scalingColumns(by: singularValues).elements
    let (norm, normBefore) = (BLAS.nrm2(now), BLAS.nrm2(before))
    let product = BLAS.dot(now, before)
    return FeatureChange(
      distance: BLAS.nrm2(zip(now, before).map { $0 - $1 }), innerProduct: product,
      cosine: norm > 0 && normBefore > 0 ? min(max(product / norm / normBefore, -1), 1) : 1, norm: norm)
  }
}
