public import Keel

extension SimplexMap {
  /// The vector-Jacobian product Jᵀg: the gradient of a loss with respect to the scores.
  ///
  /// - Parameters:
  ///   - cotangent: g, the gradient of the loss with respect to p.
  ///   - output: p, an image under this map.
  ///   - valid: the entries that took part. The gradient is zero elsewhere.
  public func pullback(of cotangent: [Scalar], at output: [Scalar], valid: ValidEntries = .all) -> [Scalar] {
    derivative(.pullback, cotangent, output, valid)
  }

  /// The vector-Jacobian products of rows: the gradients of a loss with respect to the scores.
  ///
  /// - Parameters:
  ///   - cotangents: the gradients of the loss with respect to the outputs.
  ///   - outputs: images of rows under this map.
  ///   - valid: the entries that took part. The gradient is zero elsewhere.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  public func pullback(
    of cotangents: some StridedMatrix<Scalar>, at outputs: some StridedMatrix<Scalar>,
    valid: ValidEntries = .all, threads: Int? = nil
  ) -> Matrix<Scalar> {
    derivative(.pullback, cotangents, outputs, valid, threads)
  }

  /// Writes the vector-Jacobian products of rows into a matrix of the caller.
  ///
  /// - Parameters:
  ///   - cotangents: the gradients of the loss with respect to the outputs.
  ///   - outputs: images of rows under this map.
  ///   - valid: the entries that took part. The gradient is zero elsewhere.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  ///   - gradients: where the products go, of the shape of the outputs.
  public func pullback<
    Cotangents: StridedMatrix, Outputs: StridedMatrix, Gradients: MutableStridedMatrix & ~Copyable
  >(
    of cotangents: Cotangents, at outputs: Outputs, valid: ValidEntries = .all, threads: Int? = nil,
    into gradients: inout Gradients
  ) where Cotangents.Scalar == Scalar, Outputs.Scalar == Scalar, Gradients.Scalar == Scalar {
    derivative(.pullback, cotangents, outputs, valid, threads, into: &gradients)
  }

  /// Replaces cotangents of rows by their vector-Jacobian products.
  ///
  /// - Parameters:
  ///   - cotangents: the gradients of the loss with respect to the outputs; those with respect to the scores
  ///     afterwards.
  ///   - outputs: images of rows under this map.
  ///   - valid: the entries that took part. The gradient is zero elsewhere.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  public func pullback<Cotangents: MutableStridedMatrix & ~Copyable, Outputs: StridedMatrix>(
    inPlace cotangents: inout Cotangents, at outputs: Outputs, valid: ValidEntries = .all,
    threads: Int? = nil
  ) where Cotangents.Scalar == Scalar, Outputs.Scalar == Scalar {
    derivative(.pullback, inPlace: &cotangents, outputs, valid, threads)
  }

  /// The Jacobian-vector product Jv: the change of p for a change v of the scores.
  ///
  /// - Parameters:
  ///   - tangent: v, a direction of the scores.
  ///   - output: p, an image under this map.
  ///   - valid: the entries that took part. The product is zero elsewhere.
  public func pushforward(of tangent: [Scalar], at output: [Scalar], valid: ValidEntries = .all) -> [Scalar] {
    derivative(.pushforward, tangent, output, valid)
  }

  /// The Jacobian-vector products of rows.
  ///
  /// - Parameters:
  ///   - tangents: directions of the scores.
  ///   - outputs: images of rows under this map.
  ///   - valid: the entries that took part. The product is zero elsewhere.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  public func pushforward(
    of tangents: some StridedMatrix<Scalar>, at outputs: some StridedMatrix<Scalar>,
    valid: ValidEntries = .all, threads: Int? = nil
  ) -> Matrix<Scalar> {
    derivative(.pushforward, tangents, outputs, valid, threads)
  }

  /// Writes the Jacobian-vector products of rows into a matrix of the caller.
  ///
  /// - Parameters:
  ///   - tangents: directions of the scores.
  ///   - outputs: images of rows under this map.
  ///   - valid: the entries that took part. The product is zero elsewhere.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  ///   - products: where the products go, of the shape of the outputs.
  public func pushforward<
    Tangents: StridedMatrix, Outputs: StridedMatrix, Products: MutableStridedMatrix & ~Copyable
  >(
    of tangents: Tangents, at outputs: Outputs, valid: ValidEntries = .all, threads: Int? = nil,
    into products: inout Products
  ) where Tangents.Scalar == Scalar, Outputs.Scalar == Scalar, Products.Scalar == Scalar {
    derivative(.pushforward, tangents, outputs, valid, threads, into: &products)
  }

  /// Replaces tangents of rows by their Jacobian-vector products.
  ///
  /// - Parameters:
  ///   - tangents: directions of the scores; those of the outputs afterwards.
  ///   - outputs: images of rows under this map.
  ///   - valid: the entries that took part. The product is zero elsewhere.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  public func pushforward<Tangents: MutableStridedMatrix & ~Copyable, Outputs: StridedMatrix>(
    inPlace tangents: inout Tangents, at outputs: Outputs, valid: ValidEntries = .all, threads: Int? = nil
  ) where Tangents.Scalar == Scalar, Outputs.Scalar == Scalar {
    derivative(.pushforward, inPlace: &tangents, outputs, valid, threads)
  }
}

/// The two products with the Jacobian.
private enum Derivative {
  case pullback, pushforward
}

extension SimplexMap {
  private func derivative(
    _ kind: Derivative, _ vector: [Scalar], _ output: [Scalar], _ valid: ValidEntries
  ) -> [Scalar] {
    derivative(kind, Matrix(row: vector), Matrix(row: output), valid, nil).elements
  }

  private func derivative(
    _ kind: Derivative, _ vectors: some StridedMatrix<Scalar>, _ outputs: some StridedMatrix<Scalar>,
    _ valid: ValidEntries, _ threads: Int?
  ) -> Matrix<Scalar> {
    checkShape(of: vectors.rows, vectors.columns, outputs)
    return Matrix(rows: outputs.rows, columns: outputs.columns) { target in
      withRows(of: vectors) {
        derivative(kind, ($0, $1), outputs, valid, threads, to: target, stride: outputs.columns)
      }
    }
  }

  private func derivative<Target: MutableStridedMatrix & ~Copyable>(
    _ kind: Derivative, _ vectors: some StridedMatrix<Scalar>, _ outputs: some StridedMatrix<Scalar>,
    _ valid: ValidEntries, _ threads: Int?, into products: inout Target
  ) where Target.Scalar == Scalar {
    checkShape(of: vectors.rows, vectors.columns, outputs)
    checkShape(of: products.rows, products.columns, outputs)
    guard !outputs.isEmpty else { return }
    let stride = products.rowStride
    products.withUnsafeMutableElements { target in
      withRows(of: vectors) {
        derivative(
          kind, ($0, $1), outputs, valid, threads, to: target.unsafelyUnwrapped, stride: stride)
      }
    }
  }

  private func derivative<Target: MutableStridedMatrix & ~Copyable>(
    _ kind: Derivative, inPlace vectors: inout Target, _ outputs: some StridedMatrix<Scalar>,
    _ valid: ValidEntries, _ threads: Int?
  ) where Target.Scalar == Scalar {
    checkShape(of: vectors.rows, vectors.columns, outputs)
    guard !outputs.isEmpty else { return }
    let stride = vectors.rowStride
    vectors.withUnsafeMutableElements { target in
      let target = target.unsafelyUnwrapped
      derivative(
        kind, (UnsafePointer(target), stride), outputs, valid, threads, to: target, stride: stride)
    }
  }

  private func checkShape(of rows: Int, _ columns: Int, _ outputs: some StridedMatrix<Scalar>) {
    precondition(
      rows == outputs.rows && columns == outputs.columns,
      "Cotangents, tangents and gradients must have the shape of the outputs")
  }

  private func derivative(
    _ kind: Derivative, _ vectors: (UnsafePointer<Scalar>, Int), _ outputs: some StridedMatrix<Scalar>,
    _ valid: ValidEntries, _ threads: Int?, to target: UnsafeMutablePointer<Scalar>, stride: Int
  ) {
    let (rows, columns) = (outputs.rows, outputs.columns)
    valid.withPointers(rows: rows, columns: columns) { lengths, mask in
      withRows(of: outputs) { output, outputStride in
        nonisolated(unsafe) let batch = PullbackBatch(
          rows: rows, columns: columns, output: output, outputStride: outputStride, cotangent: vectors.0,
          cotangentStride: vectors.1, gradient: target, gradientStride: stride, lengths: lengths)
        nonisolated(unsafe) let mask = mask
        RowChunks(rows: rows, columns: columns).forEach(threads: threads) { rows in
          let part = batch[rows]
          switch kind {
          case .pullback: pullback(part)
          case .pushforward: pushforward(part)
          }
          guard let mask else { return }
          clearMasked(
            part.gradient, stride: stride, mask: mask + rows.lowerBound * columns, rows: rows.count,
            columns: columns)
        }
      }
    }
  }
}
