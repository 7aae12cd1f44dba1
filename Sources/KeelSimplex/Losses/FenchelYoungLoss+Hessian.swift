extension FenchelYoungLoss {
  /// Products of the Hessian of the loss with directions, into the gradient of a batch: w J v for every row,
  /// with J the Jacobian of the map and w the weight, over the sum of the weights for a mean.
  ///
  /// The Hessian does not depend on the targets, but rows that are ignored get 0.
  ///
  /// - Parameters:
  ///   - batch: the rows, with room for the products as its gradient.
  ///   - direction: the directions v.
  ///   - stride: the distance between rows of directions.
  ///   - threads: the largest number of threads; those of the runtime if nil.
  /// - Throws: ``SimplexError`` if the map does not fit the batch, or for a weight that cannot be.
  /// - Precondition: the batch has room for a gradient. It may be the directions (same address and stride).
  /// - Complexity: that of the map and of its derivative.
  public func hessianVectorProduct(
    _ batch: LossBatch<Scalar>, direction: UnsafePointer<Scalar>, stride: Int, threads: Int? = nil
  ) throws(SimplexError) {
    guard let gradient = batch.gradient else {
      preconditionFailure("Products with the Hessian go where the gradient of the batch would.")
    }
    try validateMap(batch)
    let scale = factor(try totalWeight(batch))
    // The chunks write to rows of their own.
    nonisolated(unsafe) let (batch, direction, products) = (batch, direction, gradient)
    _ = try chunked(batch, threads: threads) { rows throws(SimplexError) -> Double in
      let chunk = LossChunk(self, batch, rows, separateOutputs: true)
      defer { chunk.deallocate() }
      chunk.project()
      chunk.pushforward(direction, stride: stride, into: products)
      for (k, r) in rows.enumerated() {
        let factor = scale * (batch.weights.map { Double($0[r]) } ?? 1)
        guard factor != 1 else { continue }
        let row = UnsafeMutableBufferPointer(
          start: products + r * batch.gradientStride, count: chunk.length(k))
        Scalar.scale(row, by: Scalar(factor))
      }
      return 0
    }
  }
}
