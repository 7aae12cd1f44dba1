import Keel
import KeelSimplex
import TestSupport
import Testing

/// Sparse rows against dense ones.
@Suite("Sparse rows")
struct SparseRowsTests {
  /// Maps with few and with many zeros; one has the defaults of the protocol, one negative entries.
  static func maps<S: SimplexScalar>(_: S.Type) throws -> [any SimplexMap<S>] {
    [
      Sparsemax<S>(), try Sparsemax<S>(radius: .all(0)), try Entmax<S>(alpha: 1.5), Entmax<S>.softmax,
      PlainMap(base: Sparsemax<S>()), try TopKSparsemax<S>(k: 2), try L1BallProjection<S>(radius: 1.5),
    ]
  }

  @Test("Storage of rows")
  func storage() {
    let dense: Matrix<Double> = [[0, 0.5, 0], [0, 0, 0], [0.25, 0, 0.75]]
    let rows = SparseRows(dense)
    #expect(rows.rowOffsets == [0, 1, 1, 3])
    #expect(rows.columnIndices == [1, 0, 2])
    #expect(rows.values == [0.5, 0.25, 0.75])
    #expect(rows.count == 3 && rows.support(ofRow: 2) == [0, 2])
    #expect(rows.dense() == dense)
    for i in 0..<3 { for j in 0..<3 { #expect(rows[i, j] == dense[i, j]) } }
    #expect(
      rows
        == SparseRows(
          rows: 3, columns: 3, rowOffsets: [0, 1, 1, 3], columnIndices: [1, 0, 2], values: [0.5, 0.25, 0.75]))
    #expect(SparseRows(dense.transposed).dense() == Matrix(dense.transposed))
    #expect(SparseRows(Matrix<Double>(zeros: 2, 0)).dense() == Matrix(zeros: 2, 0))
  }

  @Test("Zeros are dropped, whatever their sign and place", arguments: InstructionSet.available)
  func compression(on instructions: InstructionSet) {
    instructions.select {
      checkCompression(Double.self)
      checkCompression(Float.self)
    }
  }

  func checkCompression<S: SimplexScalar>(_: S.Type) {
    var random = SplitMix(seed: 4)
    for columns in Array(0...70) + [127, 128, 129, 1000] {
      for rarity: UInt64 in [1, 3, 40, 1 << 40] {
        let row = (0..<columns).map { _ -> S in
          random.next() % rarity == 0 ? random.next() % 9 == 0 ? .nan : random.scalar() : -0.0
        }
        let sparse = SparseRows(Matrix(row: row))
        let support = row.indices.filter { row[$0] != 0 }
        #expect(sparse.support(ofRow: 0) == support)
        #expect(zip(sparse.values, support).allSatisfy { $0 == row[$1] || $0.isNaN && row[$1].isNaN })
      }
    }
  }

  @Test("The sparse image is the dense one", arguments: [0, 1, 3, 20], [0, 1, 5, 33, 300])
  func image(rows: Int, columns: Int) throws {
    for map in try Self.maps(Double.self) { try checkImage(map, rows, columns) }
    for map in try Self.maps(Float.self) { try checkImage(map, rows, columns) }
  }

  func checkImage<Map: SimplexMap>(_ map: Map, _ rows: Int, _ columns: Int) throws {
    var random = SplitMix(seed: UInt64(rows * 1000 + columns))
    let scores = Matrix<Map.Scalar>(rows: rows, columns: columns) { r, _ in
      random.scalar() * Map.Scalar(1 + r)
    }
    let lengths = (0..<rows).map { _ in Int(random.next() % UInt64(columns + 1)) }
    let mask = (0..<rows * columns).map { _ in random.next() % 2 == 0 }
    for valid in [ValidEntries.all, .lengths(lengths), .mask(mask)] {
      let dense = try map(scores, valid: valid)
      let sparse = try map.sparse(scores, valid: valid)
      #expect(sparse.rows == rows && sparse.columns == columns)
      #expect(sparse.rowOffsets.count == rows + 1)
      #expect(!sparse.values.contains(0))
      let image = sparse.dense()
      // The kernels of sparse rows may take other steps than those of dense ones: a few roundings.
      let error = zip(image.elements, dense.elements).reduce(0) { max($0, abs($1.0 - $1.1)) }
      #expect(error <= 10 * Map.Scalar.ulpOfOne)
    }
  }

  @Test("Exceptional rows are sparse as they are dense")
  func exceptional() throws {
    let scores: Matrix<Double> = [
      [-.infinity, -.infinity, -.infinity], [1, .infinity, .infinity], [0, .nan, 1], [1, -.infinity, 1],
    ]
    for map in try Self.maps(Double.self) {
      let dense = try map(scores)
      let sparse = try map.sparse(scores)
      #expect(sparse.entries(ofRow: 0).isEmpty)
      #expect(sparse.entries(ofRow: 2).count == 3)
      for i in 0..<4 {
        for j in 0..<3 {
          #expect(sparse[i, j].isNaN == dense[i, j].isNaN)
          #expect(dense[i, j].isNaN || sparse[i, j] == dense[i, j])
        }
      }
    }
  }

  @Test("Products", arguments: InstructionSet.available, [0, 1, 7, 16, 33, 64, 100, 130])
  func products(on instructions: InstructionSet, width: Int) throws {
    try instructions.select {
      try checkProducts(width, Double.self)
      try checkProducts(width, Float.self)
    }
  }

  func checkProducts<S: SimplexScalar>(_ width: Int, _: S.Type) throws {
    var random = SplitMix(seed: UInt64(width))
    let (rows, columns) = (11, 37)
    let scores: Matrix<S> = random.matrix(rows, columns)
    let p = Sparsemax<S>().sparse(Matrix(rows: rows, columns: columns) { 5 * scores[$0, $1] })
    let v: Matrix<S> = random.matrix(columns, width)
    let g: Matrix<S> = random.matrix(rows, width)
    // Sums of at most 37 products of numbers that are at most 1 and weights that sum to 1: each side is within
    // γ(37) of the exact value, times 11 for the sums over rows.
    let tolerance = 2 * gamma(columns, S.self)
    close(p * v, p.dense() * v, tolerance)
    close(p * Framed(v, frame: .nan).view, p.dense() * v, tolerance)
    close(p.transposedProduct(with: g), Matrix(p.dense().transposed) * g, Double(rows) * tolerance)
  }

  func close<S: RealScalar>(_ a: Matrix<S>, _ b: Matrix<S>, _ tolerance: Double) {
    #expect(a.rows == b.rows && a.columns == b.columns)
    let error = zip(a.elements, b.elements).reduce(0) { max($0, abs(Double($1.0) - Double($1.1))) }
    #expect(error <= tolerance)
  }

  @Test("Products have the same bits on every instruction set and for every number of threads")
  func sameBits() throws {
    var random = SplitMix(seed: 3)
    let scores: Matrix<Float> = random.matrix(200, 400)
    let (v, g): (Matrix<Float>, Matrix<Float>) = (random.matrix(400, 200), random.matrix(200, 200))
    let map = Sparsemax<Float>()
    let p = map.sparse(Matrix(rows: 200, columns: 400) { 3 * scores[$0, $1] }, threads: 1)
    let expected = p.product(with: v, threads: 1)
    let transposed = p.transposedProduct(with: g, threads: 1)
    let gradients = map.attentionPullback(of: g, at: p, values: v, threads: 1)
    #expect(gradients.values == transposed)
    for instructions in InstructionSet.available {
      instructions.select {
        #expect(p.product(with: v, threads: 3) == expected)
        #expect(p.transposedProduct(with: g, threads: 3) == transposed)
      }
    }
    #expect(map.attentionPullback(of: g, at: p, values: v, threads: 3).scores == gradients.scores)
    #expect(map.sparse(scores, threads: 1) == map.sparse(scores, threads: 3))
    #expect(
      map.attention(scores, values: v, threads: 1) == map.attention(scores, values: v, threads: 3))
  }

  @Test("Attention is the product with the image, and so are its gradients", arguments: [1, 6, 40])
  func attention(columns: Int) throws {
    for map in try Self.maps(Double.self) { try checkAttention(map, columns) }
    for map in try Self.maps(Float.self) { try checkAttention(map, columns) }
  }

  func checkAttention<Map: SimplexMap>(_ map: Map, _ columns: Int) throws {
    typealias S = Map.Scalar
    var random = SplitMix(seed: UInt64(columns))
    let (rows, width) = (7, 19)
    let scores: Matrix<S> = random.matrix(rows, columns)
    let (v, g): (Matrix<S>, Matrix<S>) = (random.matrix(columns, width), random.matrix(rows, width))
    let mask = (0..<rows * columns).map { _ in random.next() % 4 != 0 }
    let tolerance = Double(100 * S.ulpOfOne)
    for valid in [ValidEntries.all, .mask(mask)] {
      let p = try map(scores, valid: valid)
      close(try map.attention(scores, values: v, valid: valid), p * v, tolerance)
      let gradients = map.attentionPullback(
        of: g, at: try map.sparse(scores, valid: valid), values: v, valid: valid)
      close(gradients.scores.dense(), map.pullback(of: g * v.transposed, at: p), tolerance)
      close(gradients.values, p.transposed * g, tolerance)
    }
    #expect(try map.attention(Matrix(zeros: 3, 0), values: Matrix(zeros: 0, 2)) == Matrix(zeros: 3, 2))
  }

  @Test("Columns are drawn with the probabilities of the row")
  func sampling() {
    let dense: Matrix<Double> = [
      [0, 0.5, 0, 0.2, 0.3], [0, 0, 0, 0, 0], [0, .nan, 1, 0, 0], [0, 0, 2, 0, 0],
    ]
    let p = SparseRows(dense)
    var counts = [Int](repeating: 0, count: 5)
    let draws = 20_000
    let root = RandomStream(seed: 11)
    for draw in 0..<draws {
      let columns = p.sampleColumns(from: root.stream(draw))
      columns[0].map { counts[$0] += 1 }
      #expect(columns[1] == nil && columns[2] == nil && columns[3] == 2)
    }
    for (count, probability) in zip(counts, [0, 0.5, 0, 0.2, 0.3]) {
      // Five standard deviations of a binomial count.
      let deviation = (Double(draws) * probability * (1 - probability)).squareRoot()
      #expect(abs(Double(count) - Double(draws) * probability) <= 5 * deviation)
    }
  }

  @Test("Shapes that do not fit trap")
  func shapes() async {
    await #expect(processExitsWith: .failure) {
      _ = SparseRows(rows: 1, columns: 2, rowOffsets: [0, 1], columnIndices: [2], values: [1.0])
    }
    await #expect(processExitsWith: .failure) {
      _ = SparseRows<Double>([[1, 0]] as Matrix) * Matrix(zeros: 3, 1)
    }
  }
}

/// A map as somebody else may write it: with the requirements only.
struct PlainMap<Base: SimplexMap>: SimplexMap where Base.Failure == Never {
  typealias Scalar = Base.Scalar
  let base: Base
  var name: String { "plain" }
  var isShiftInvariant: Bool { base.isShiftInvariant }
  func project(_ batch: RowBatch<Scalar>) { base.project(batch) }
  func pullback(_ batch: PullbackBatch<Scalar>) { base.pullback(batch) }
  func regularizer(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double { base.regularizer(p, row: row) }
  func violation(_ p: UnsafeBufferPointer<Scalar>, row: Int) -> Double { base.violation(p, row: row) }
  func residual(
    _ scores: UnsafeBufferPointer<Scalar>, _ p: UnsafeBufferPointer<Scalar>, threshold: RowThreshold,
    row: Int
  ) -> Double {
    base.residual(scores, p, threshold: threshold, row: row)
  }
}
