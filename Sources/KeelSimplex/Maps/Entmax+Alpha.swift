public import Keel

extension Entmax {
  /// The derivative dp/dα of an output.
  ///
  /// With r = p^(2-α) on the support,
  ///
  ///     dp_i/dα = a_i - r_i Σa/Σr,    a_i = -p_i ln²p_i ψ((1-α) ln p_i),    ψ(E) = (e^E - 1 - E)/E²,
  ///
  /// which has no singularity at α = 1: there ψ = ½. It is computed from p alone, in double precision.
  /// Entries that are zero have the derivative zero, as if they stayed so.
  ///
  /// - Parameters:
  ///   - output: p, an image under this map.
  ///   - row: the number of the row, where α differs from row to row.
  /// - Complexity: O(K).
  public func alphaDerivative(at output: [Scalar], row: Int = 0) -> [Scalar] {
    guard !output.isEmpty else { return [] }
    return [Scalar](unsafeUninitializedCapacity: output.count) { target, count in
      output.withUnsafeBufferPointer { p in
        alphaDerivative(
          PullbackBatch(
            rows: 1, columns: p.count, firstRow: row, output: p.baseAddress.unsafelyUnwrapped,
            outputStride: p.count, cotangent: p.baseAddress.unsafelyUnwrapped, cotangentStride: p.count,
            gradient: target.baseAddress.unsafelyUnwrapped, gradientStride: p.count))
      }
      count = output.count
    }
  }

  /// The derivatives dp/dα of outputs, a row for each.
  ///
  /// - Parameter outputs: images of rows under this map.
  /// - Complexity: O(K) a row.
  public func alphaDerivative(at outputs: some StridedMatrix<Scalar>) -> Matrix<Scalar> {
    let outputs = Matrix(outputs)
    let (rows, columns) = (outputs.rows, outputs.columns)
    return Matrix(rows: rows, columns: columns) { target in
      guard rows * columns > 0 else { return }
      outputs.elements.withUnsafeBufferPointer { p in
        alphaDerivative(
          PullbackBatch(
            rows: rows, columns: columns, output: p.baseAddress.unsafelyUnwrapped, outputStride: columns,
            cotangent: p.baseAddress.unsafelyUnwrapped, cotangentStride: columns, gradient: target,
            gradientStride: columns))
      }
    }
  }

  /// The derivative of a loss with respect to α: <g, dp/dα>.
  ///
  /// - Parameters:
  ///   - cotangent: g, the gradient of the loss with respect to p.
  ///   - output: p, an image under this map.
  ///   - row: the number of the row, where α differs from row to row.
  public func alphaPullback(of cotangent: [Scalar], at output: [Scalar], row: Int = 0) -> Double {
    alphaPullback(of: Matrix(row: cotangent), at: Matrix(row: output), firstRow: row)[0]
  }

  /// The derivatives of a loss with respect to the α of each row: <g, dp/dα>. Their sum over the rows that
  /// share an α is its derivative.
  ///
  /// - Parameters:
  ///   - cotangents: the gradients of the loss with respect to the outputs.
  ///   - outputs: images of rows under this map.
  ///   - firstRow: the number of the first row, where α differs from row to row.
  /// - Complexity: O(K) a row.
  public func alphaPullback(
    of cotangents: some StridedMatrix<Scalar>, at outputs: some StridedMatrix<Scalar>, firstRow: Int = 0
  ) -> [Double] {
    let (rows, columns) = (outputs.rows, outputs.columns)
    precondition(
      cotangents.rows == rows && cotangents.columns == columns,
      "The cotangents must have the shape of the outputs")
    guard rows * columns > 0 else { return [Double](repeating: 0, count: rows) }
    let (g, p) = (Matrix(cotangents).elements, Matrix(outputs).elements)
    return [Double](unsafeUninitializedCapacity: rows) { products, count in
      g.withUnsafeBufferPointer { g in
        p.withUnsafeBufferPointer { p in
          alphaPullback(
            PullbackBatch(
              rows: rows, columns: columns, firstRow: firstRow, output: p.baseAddress.unsafelyUnwrapped,
              outputStride: columns, cotangent: g.baseAddress.unsafelyUnwrapped, cotangentStride: columns,
              gradient: UnsafeMutablePointer(mutating: g.baseAddress.unsafelyUnwrapped),
              gradientStride: columns), products: products.baseAddress.unsafelyUnwrapped)
        }
      }
      count = rows
    }
  }

  /// Writes dp/dα of the rows of a batch where its gradients go. Cotangents are not read.
  public func alphaDerivative(_ batch: PullbackBatch<Scalar>) {
    alpha.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, alpha in
      Scalar.entmaxAlphaDerivative(batch[rows], alpha: Double(alpha))
    }
  }

  /// Writes <g, dp/dα> of each row of a batch. Its gradients are neither read nor written.
  public func alphaPullback(_ batch: PullbackBatch<Scalar>, products: UnsafeMutablePointer<Double>) {
    alpha.forEachRun(in: batch.firstRow..<batch.firstRow + batch.rows) { rows, alpha in
      Scalar.entmaxAlphaPullback(
        batch[rows], alpha: Double(alpha), products: products + (rows.lowerBound - batch.firstRow))
    }
  }
}
