import Keel
import KeelSimplex
import TestSupport
import Testing

@Suite("Kernels of derivatives of projections onto the simplex")
struct SparsemaxPullbackKernelTests {
  /// Gradients of rows with gaps of one entry.
  private func gradients<Scalar: SimplexScalar>(
    _ p: [Scalar], _ g: [Scalar], rows: Int, columns: Int, lengths: [Int]?, inPlace: Bool
  ) -> [Scalar] {
    var d = inPlace ? g : [Scalar](repeating: 77, count: g.count)
    p.withUnsafeBufferPointer { p in
      g.withUnsafeBufferPointer { g in
        d.withUnsafeMutableBufferPointer { d in
          guard let p = p.baseAddress, let g = g.baseAddress, let d = d.baseAddress else { return }
          var batch = PullbackBatch(
            rows: rows, columns: columns, output: p, outputStride: columns + 1,
            cotangent: inPlace ? UnsafePointer(d) : g, cotangentStride: columns + 1, gradient: d,
            gradientStride: columns + 1)
          (lengths ?? []).withUnsafeBufferPointer {
            if lengths != nil { batch.lengths = $0.baseAddress }
            Sparsemax<Scalar>().pullback(batch)
          }
        }
      }
    }
    return d
  }

  private func check<Scalar: SimplexScalar>(
    _ type: Scalar.Type, rows: Int = 5, columns: Int, density: UInt64, on instructions: InstructionSet
  ) {
    let stride = columns + 1
    var random = SplitMix(seed: UInt64(columns) &+ density)
    let g: [Scalar] = random.array(rows * stride)
    // The support is as dense as wanted; of five rows or more, the fifth has none, and the fourth has NaN.
    var p = g.map { _ in random.next() % density == 0 ? 1 + random.scalar(Scalar.self) / 2 : Scalar(0) }
    if rows >= 5 {
      if columns > 0 { p[3 * stride + columns / 2] = .nan }
      for i in 4 * stride..<5 * stride { p[i] = 0 }
    }
    for ragged in rows >= 5 ? [false, true] : [false] {
      let lengths = ragged ? (0..<rows).map { _ in Int(random.next() % UInt64(columns + 1)) } : nil
      for inPlace in [false, true] {
        let d = instructions.select {
          gradients(p, g, rows: rows, columns: columns, lengths: lengths, inPlace: inPlace)
        }
        let base = InstructionSet.portable.select {
          gradients(p, g, rows: rows, columns: columns, lengths: lengths, inPlace: inPlace)
        }
        #expect(zip(d, base).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }, "\(columns) \(instructions)")
        for r in 0..<rows {
          let n = lengths?[r] ?? columns
          let range = r * stride..<r * stride + n
          let expected = PlainProjection.pullback(g[range].map(Double.init), at: p[range].map(Double.init))
          for i in 0..<n {
            let found = Double(d[r * stride + i])
            // Rounded once, and the mean by the rounding of its sum.
            let tolerance = Double(Scalar.ulpOfOne) * 2 + Double(n) * 0x1p-52
            #expect(expected[i].isNaN ? found.isNaN : abs(found - expected[i]) <= tolerance, "\(columns)")
          }
          #expect(d[range.upperBound..<r * stride + columns].allSatisfy { $0 == 0 })
        }
      }
    }
  }

  @Test("Every small size and some large ones", arguments: InstructionSet.available)
  func dense(on instructions: InstructionSet) {
    for columns in Array(0...64) + [100, 127, 128, 129, 1000] {
      let density = ([1, 3, 40] as [UInt64])[columns % 3]
      check(Double.self, columns: columns, density: density, on: instructions)
      check(Float.self, columns: columns, density: density, on: instructions)
    }
  }

  @Test("Numbers of rows that groups of rows divide or not", arguments: InstructionSet.available)
  func groups(on instructions: InstructionSet) {
    for rows in [6, 7, 8, 9, 63, 64, 65, 77] {
      for columns in [1, 5, 8, 9, 10, 16, 17] {
        check(Double.self, rows: rows, columns: columns, density: 2, on: instructions)
        check(Float.self, rows: rows, columns: columns, density: 2, on: instructions)
      }
    }
  }

  @Test("Supports that are longer than what kernels keep", arguments: InstructionSet.available)
  func long(on instructions: InstructionSet) {
    check(Float.self, rows: 1, columns: 20_000, density: 1, on: instructions)
    check(Double.self, rows: 1, columns: 40_009, density: 2, on: instructions)
  }

  private func scatter(_ p: SparseRows<Float>, _ g: [Float], into d: inout [Float]) {
    let stride = p.columns + 1
    p.rowOffsets.withUnsafeBufferPointer { offsets in
      p.columnIndices.withUnsafeBufferPointer { indices in
        p.values.withUnsafeBufferPointer { values in
          g.withUnsafeBufferPointer { g in
            d.withUnsafeMutableBufferPointer { d in
              guard let offsets = offsets.baseAddress, let indices = indices.baseAddress,
                let values = values.baseAddress, let g = g.baseAddress, let d = d.baseAddress
              else { return }
              Float.sparsemaxPullback(
                SparsePullbackBatch(
                  rows: p.rows, columns: p.columns, offsets: offsets, indices: indices, values: values,
                  cotangent: g, cotangentStride: stride, gradient: d, gradientStride: stride))
            }
          }
        }
      }
    }
  }

  @Test("At sparse outputs: the bits of dense ones", arguments: InstructionSet.available)
  func sparse(on instructions: InstructionSet) {
    for columns in [1, 7, 128, 129, 600] {
      let rows = 4
      var random = SplitMix(seed: 2)
      let g: [Float] = random.array(rows * (columns + 1))
      var p = g.map { _ in random.next() % 2 == 0 ? Float(0.5) : 0 }
      for i in 0..<columns { p[columns + 1 + i] = .nan }
      for i in 0..<columns { p[2 * (columns + 1) + i] = 0 }
      var (offsets, indices, values): ([Int], [Int32], [Float]) = ([0], [], [])
      for r in 0..<rows {
        for i in 0..<columns where p[r * (columns + 1) + i] != 0 {
          indices.append(Int32(i))
          values.append(p[r * (columns + 1) + i])
        }
        offsets.append(values.count)
      }
      var d = [Float](repeating: 77, count: g.count)
      instructions.select {
        let expected = gradients(p, g, rows: rows, columns: columns, lengths: nil, inPlace: false)
        scatter(
          SparseRows(
            rows: rows, columns: columns, rowOffsets: offsets, columnIndices: indices, values: values),
          g, into: &d)
        #expect(zip(d, expected).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }, "\(columns)")
      }
    }
  }
}
