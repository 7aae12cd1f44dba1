public import Keel

extension FrameBatch {
  /// The invariant averages of a backbone whose first layer is linear, with the work of that layer done once and not for
  /// every sign of the axes.
  ///
  /// The first layer of a canonical cloud with signs s is `b + Σ_j s_j u_j`, where u_j is what coordinate j gives.
  /// The products u_j are computed once a row; the sums for all signs are additions, of which s and -s share half. In
  /// d dimensions that takes the products from 2ᵈ to d, eight to three for d = 3.
  ///
  /// ```swift
  /// let averages = batch.average(row: .cloud, firstLayer: network.layers[0]) { network(firstSums: $0) }
  /// ```
  ///
  /// - Parameters:
  ///   - row: what a row is; clouds that are rows have their coordinates point after point.
  ///   - firstLayer: the first layer, without what follows it.
  ///   - rowsPerCall: how many rows the rest gets at once; by default about as many as the caches of a core hold.
  ///   - threads: the largest number of threads; `Runtime.threads` if nil. The result does not depend on it.
  ///   - rest: what follows the first layer: a function of its sums, a row each, that gives rows of one width.
  /// - Returns: a row a cloud; with rows that are points, the mean over the points.
  /// - Throws: what the rest throws.
  /// - Precondition: the frames have at most ``FiniteFrame/largestAverage`` elements; the layer has as many inputs as a
  ///   row has numbers; rows that are clouds have clouds of equal size.
  public func average<Failure: Error>(
    row: BackboneRow, firstLayer: MultilayerPerceptron<Scalar>.Layer, rowsPerCall: Int? = nil,
    threads: Int? = nil, _ rest: @Sendable (Matrix<Scalar>) throws(Failure) -> Matrix<Scalar>
  ) throws(Failure) -> Matrix<Scalar> {
    let d = dimension
    let signs = d - (group.isProper ? 1 : 0)
    precondition(
      signs < Int.bitWidth - 1 && 1 << signs <= Frame<Scalar>.largestAverage,
      "A frame is too large to average over all of it")
    let sizes = (0..<count).map { clouds.starts[$0 + 1] - clouds.starts[$0] }
    precondition(
      row == .point || Set(sizes).count <= 1, "Clouds that are rows have equally many points")
    let inputs = row == .cloud ? d * (sizes.first ?? 0) : d
    precondition(count == 0 || firstLayer.weights.columns == inputs, "The layer must take a row")
    // All signs of a row go together: as many as one call takes, and at least one row.
    let frame = 1 << signs
    let units = max((rowsPerCall ?? FrameCalls.rowsPerCall(inputs: firstLayer.biases.count)) / frame, 1)
    let calls = FrameCalls(
      sizes: row == .cloud ? sizes.map { _ in 1 } : sizes, elements: sizes.map { _ in 1 }, row: .point,
      rowsPerCall: units)
    let layer = SignedLayer(firstLayer, dimension: d, isProper: group.isProper)
    let parts = try calls.map(threads: threads) { cells throws(Failure) in
      var canonical: [Scalar] = []
      for cell in cells {
        let start = clouds.starts[cell.cloud]
        let range = row == .cloud ? 0..<sizes[cell.cloud] : cell.points
        let points = clouds.points[(start + range.lowerBound)..<(start + range.upperBound), 0..<d]
        canonical += self[cell.cloud][0].inverseTransformed(Matrix(points)).elements
      }
      let rows = cells.reduce(0) { $0 + $1.rows }
      let output = try rest(layer(Matrix(rows: rows, columns: inputs, elements: canonical)))
      precondition(output.rows == rows * frame, "A backbone gives a row for each that it gets")
      var first = 0
      return cells.map { cell in
        defer { first += cell.rows * frame }
        return output.meanOfRows(first..<(first + cell.rows * frame))
      }
    }
    var result = Matrix<Scalar>(zeros: count, parts.first?.count ?? 0)
    for (cell, part) in zip(calls.cells, parts) {
      let share = Scalar(cell.rows) / Scalar(row == .cloud ? 1 : sizes[cell.cloud])
      for j in part.indices { result[cell.cloud, j] += share * part[j] }
    }
    return result
  }
}

/// A linear first layer of canonical rows for all signs of their axes.
private struct SignedLayer<Scalar: FrameScalar>: Sendable {
  private let layer: MultilayerPerceptron<Scalar>.Layer
  private let dimension: Int
  private let isProper: Bool
  /// The columns of the weights that belong to each coordinate: inputs of that coordinate × outputs.
  private let weights: [Matrix<Scalar>]

  init(_ layer: MultilayerPerceptron<Scalar>.Layer, dimension: Int, isProper: Bool) {
    self.layer = layer
    self.dimension = dimension
    self.isProper = isProper
    weights = (0..<dimension).map { j in
      Matrix(rows: layer.weights.columns / dimension, columns: layer.biases.count) { i, k in
        layer.weights[k, i * dimension + j]
      }
    }
  }

  /// The sums of the layer: for each row, those of all signs in the order of the frame's elements.
  func callAsFunction(_ rows: Matrix<Scalar>) -> Matrix<Scalar> {
    let outputs = layer.biases.count
    let frame = 1 << (dimension - (isProper ? 1 : 0))
    // The products of every row: d x outputs, a coordinate each.
    var products = Matrix<Scalar>(zeros: rows.rows, dimension * outputs)
    for j in 0..<dimension {
      let part = Matrix(rows: rows.rows, columns: rows.columns / dimension) { rows[$0, $1 * dimension + j] }
      products.setBlock(0..<rows.rows, (j * outputs)..<((j + 1) * outputs), to: part * weights[j])
    }
    return Matrix(rows: rows.rows * frame, columns: outputs) { (memory: UnsafeMutablePointer<Scalar>) in
      products.withUnsafeElements { products in
        layer.biases.withUnsafeBufferPointer { biases in
          guard let products, let biases = biases.baseAddress else { return }
          for i in 0..<rows.rows {
            Scalar.fillSignedSums(
              memory + i * frame * outputs, outputs: outputs, biases: biases,
              products: products + i * dimension * outputs, dimension: dimension, isProper: isProper)
          }
        }
      }
    }
  }
}

extension Matrix where Scalar: FrameScalar {
  /// The mean of some rows.
  @specialized(where Scalar == Float)
  @specialized(where Scalar == Double)
  fileprivate func meanOfRows(_ range: Range<Int>) -> [Scalar] {
    var sums = [Scalar](repeating: 0, count: columns)
    let columns = columns
    withSpan { values in
      for i in range {
        for j in 0..<columns { sums[j] += values[i * columns + j] }
      }
    }
    let count = Scalar(max(range.count, 1))
    for j in sums.indices { sums[j] /= count }
    return sums
  }
}
