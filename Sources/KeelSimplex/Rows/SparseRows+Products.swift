import CKernels
public import Keel

extension SparseRows {
  /// The product P V with a dense matrix, in O(entries × columns of V).
  ///
  /// - Parameters:
  ///   - dense: V, with as many rows as P has columns.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. Small work uses one.
  public func product(with dense: some StridedMatrix<Scalar>, threads: Int? = nil) -> Matrix<Scalar> {
    precondition(dense.rows == columns, "The matrix must have as many rows as the sparse rows have columns")
    let width = dense.columns
    guard count > 0, width > 0 else { return Matrix(zeros: rows, width) }
    return Matrix(rows: rows, columns: width) { target in
      withRows(of: dense) { source, stride in
        nonisolated(unsafe) let (target, source) = (target, source)
        forEachChunk(workPerEntry: width, threads: threads) { part, chunk in
          var part = part
          keel_sparse_product(&part, source, stride, width, target + chunk.lowerBound * width, width)
        }
      }
    }
  }

  /// The product Pᵀ G with a dense matrix, in O(entries × columns of G).
  ///
  /// Terms are added in the order of the rows, so that the result does not depend on the number of threads.
  ///
  /// - Parameters:
  ///   - dense: G, with as many rows as P.
  ///   - threads: the largest number of threads, which share the columns of G; `Runtime.threads` if nil.
  ///     Small work uses one.
  public func transposedProduct(
    with dense: some StridedMatrix<Scalar>, threads: Int? = nil
  ) -> Matrix<Scalar> {
    precondition(dense.rows == rows, "The matrix must have as many rows as the sparse rows")
    let width = dense.columns
    var result = Matrix<Scalar>(zeros: columns, width)
    guard count > 0, width > 0 else { return result }
    result.withUnsafeMutableElements { target in
      withRows(of: dense) { source, stride in
        withView(of: 0..<rows) { view in
          nonisolated(unsafe) let (target, source, view) = (target.unsafelyUnwrapped, source, view)
          RowChunks(rows: width, columns: count, rowsPerChunk: Self.columnsPerChunk)
            .forEach(threads: threads) { part in
              var view = view
              keel_sparse_transposed_product(
                &view, source + part.lowerBound, stride, part.count, target + part.lowerBound, width)
            }
        }
      }
    }
    return result
  }

  /// The inner products `<left_r, right_i>` of rows, one for each entry (r, i): the product of `left` and the
  /// transpose of `right`, where P has entries.
  func innerProducts(
    of left: some StridedMatrix<Scalar>, and right: some StridedMatrix<Scalar>, threads: Int?
  ) -> [Scalar] {
    let width = left.columns
    guard count > 0, width > 0 else { return [Scalar](repeating: 0, count: count) }
    return [Scalar](unsafeUninitializedCapacity: count) { buffer, initialized in
      withRows(of: left) { left, leftStride in
        withRows(of: right) { right, rightStride in
          nonisolated(unsafe) let (left, right, target) = (left, right, buffer.baseAddress.unsafelyUnwrapped)
          forEachChunk(workPerEntry: width, threads: threads) { part, chunk in
            var part = part
            keel_sparse_inner_products(
              &part, left + chunk.lowerBound * leftStride, leftStride, right, rightStride, width, target)
          }
        }
      }
      initialized = count
    }
  }

  /// The product P V with a dense matrix; see ``product(with:threads:)``.
  public static func * (p: SparseRows, dense: some StridedMatrix<Scalar>) -> Matrix<Scalar> {
    p.product(with: dense)
  }

  /// Two lines of the cache for Float: enough for a kernel to hide latencies.
  private static var columnsPerChunk: Int { 64 }

  /// Calls `body` with chunks of rows, on several threads if there is enough work.
  func forEachChunk(
    workPerEntry: Int, threads: Int?, _ body: @Sendable (keel_sparse_rows, Range<Int>) -> Void
  ) {
    let work = max(count / max(rows, 1), 1) * workPerEntry
    RowChunks(rows: rows, columns: work).forEach(threads: threads) { chunk in
      withView(of: chunk) { body($0, chunk) }
    }
  }

  /// Calls `body` with some rows as the kernels see them.
  private func withView<R>(of rows: Range<Int>, _ body: (keel_sparse_rows) -> R) -> R {
    rowOffsets.withUnsafeBufferPointer { offsets in
      columnIndices.withUnsafeBufferPointer { indices in
        values.withUnsafeBufferPointer { values in
          body(
            keel_sparse_rows(
              scalar_bytes: MemoryLayout<Scalar>.size, rows: rows.count,
              offsets: offsets.baseAddress.map { $0 + rows.lowerBound }, indices: indices.baseAddress,
              values: UnsafeRawPointer(values.baseAddress)))
        }
      }
    }
  }
}
