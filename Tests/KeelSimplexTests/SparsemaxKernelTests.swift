import Keel
import KeelSimplex
import TestSupport
import Testing

/// A batch of rows in memory with gaps, and what a projection makes of it.
private struct Batch<Scalar: SimplexScalar> {
  var rows: Int
  var columns: Int
  var stride: Int
  var scores: [Scalar]
  var lengths: [Int]?
  var starts: [Scalar]?

  init(_ family: ScoreFamily, rows: Int, columns: Int, gap: Int = 0, ragged: Bool = false, seed: UInt64) {
    var random = SplitMix(seed: seed)
    (self.rows, self.columns) = (rows, columns)
    stride = columns + gap
    scores = []
    for _ in 0..<rows { scores += family.row(stride, using: &random) }
    if ragged { lengths = (0..<rows).map { _ in Int(random.next() % UInt64(columns + 1)) } }
  }

  func length(_ r: Int) -> Int { lengths?[r] ?? columns }

  func row(_ r: Int) -> [Double] { scores[r * stride..<r * stride + length(r)].map(Double.init) }

  /// What lies in the gaps of the output, and must stay there.
  static var untouched: Scalar { 77 }

  /// The outputs with their gaps, and the thresholds.
  func project(
    _ map: Sparsemax<Scalar>, inPlace: Bool = false, threads: Int? = nil
  ) -> (p: [Scalar], thresholds: [RowThreshold]) {
    var output = [Scalar](repeating: Self.untouched, count: rows * stride + 1)
    if inPlace { output.replaceSubrange(0..<scores.count, with: scores) }
    var thresholds = [RowThreshold](
      repeating: RowThreshold(maximum: 0, offset: 0, supportCount: 0), count: rows)
    (scores + [0]).withUnsafeBufferPointer { x in
      output.withUnsafeMutableBufferPointer { p in
        thresholds.withUnsafeMutableBufferPointer { thresholds in
          withOptional(lengths) { lengths in
            withOptional(starts) { starts in
              guard let x = x.baseAddress, let p = p.baseAddress else { return }
              let batch = RowBatch(
                rows: rows, columns: columns, input: inPlace ? UnsafePointer(p) : x, inputStride: stride,
                output: p, outputStride: stride, lengths: lengths, starts: starts,
                thresholds: thresholds.baseAddress)
              if let threads { map.projectLongRows(batch, threads: threads) } else { map.project(batch) }
            }
          }
        }
      }
    }
    return (output, thresholds)
  }

  /// Sparse outputs as (indices, values, ends), as far as they fit.
  func projectSparse(
    _ map: Sparsemax<Scalar>, capacity: Int
  ) -> (indices: [Int32], values: [Scalar], ends: [Int]) {
    // One entry more than there is room for shows what is written beyond.
    var indices = [Int32](repeating: -1, count: capacity + 1)
    var values = [Scalar](repeating: Self.untouched, count: capacity + 1)
    var ends = [Int](repeating: 0, count: rows)
    var scratch = [Scalar](repeating: 0, count: columns + 1)
    var done = 0
    (scores + [0]).withUnsafeBufferPointer { x in
      scratch.withUnsafeMutableBufferPointer { scratch in
        withOptional(lengths) { lengths in
          guard let x = x.baseAddress, let room = scratch.baseAddress else { return }
          done = map.projectSparse(
            RowBatch(
              rows: rows, columns: columns, input: x, inputStride: stride, output: room, outputStride: 0,
              lengths: lengths),
            indices: &indices, values: &values, capacity: capacity, ends: &ends)
        }
      }
    }
    #expect(indices[capacity] == -1 && values[capacity] == Self.untouched)
    let count = done > 0 ? ends[done - 1] : 0
    return (Array(indices[..<count]), Array(values[..<count]), Array(ends[..<done]))
  }

  /// Checks outputs against the definition.
  func check(_ p: [Scalar], _ thresholds: [RowThreshold], radius z: Double, _ context: String) {
    for r in 0..<rows {
      let x = row(r)
      let expected = PlainProjection(x, radius: z)
      let found = p[r * stride..<r * stride + stride].map(Double.init)
      // The output is (x - m) - t rounded once: half an ulp of p, and what the sum of the support, in an
      // order of its own, leaves in t: n roundings of numbers within z at worst.
      let slack = z * Double(x.count + 4) * 0x1p-53
      for i in x.indices {
        let tolerance = slack + abs(expected.p[i]) * Double(Scalar.ulpOfOne) + 1e-45
        let close = expected.p[i].isNaN ? found[i].isNaN : abs(found[i] - expected.p[i]) <= tolerance
        guard close else {
          Issue.record("\(context), row \(r), entry \(i): \(found[i]) instead of \(expected.p[i])")
          return
        }
      }
      #expect(found[x.count..<columns].allSatisfy { $0 == 0 }, "\(context), row \(r)")
      let threshold = thresholds[r]
      #expect(threshold.supportCount == found[..<x.count].count { $0 != 0 }, "\(context), row \(r)")
      if expected.maximum.isFinite {
        #expect(threshold.maximum == expected.maximum, "\(context), row \(r)")
        #expect(abs(threshold.offset - expected.offset) <= slack, "\(context), row \(r)")
      } else {
        #expect("\(threshold.maximum)" == "\(expected.maximum)", "\(context), row \(r)")
      }
    }
    #expect(p[rows * stride] == Self.untouched, "\(context)")
  }
}

private func withOptional<Element>(_ array: [Element]?, _ body: (UnsafePointer<Element>?) -> Void) {
  guard let array else { return body(nil) }
  array.withUnsafeBufferPointer { body($0.baseAddress) }
}

private func isSame<Scalar: SimplexScalar>(_ a: [Scalar], _ b: [Scalar]) -> Bool {
  a.count == b.count && zip(a, b).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
}

private func isSame(_ a: [RowThreshold], _ b: [RowThreshold]) -> Bool {
  a.count == b.count
    && zip(a, b).allSatisfy { $0 == $1 || ($0.maximum.isNaN && $1.maximum.isNaN && $0.offset == $1.offset) }
}

@Suite("Kernels of projections onto the simplex")
struct SparsemaxKernelTests {
  private func smallRows<Scalar: SimplexScalar>(
    _ type: Scalar.Type, columns: Int, _ family: ScoreFamily, on instructions: InstructionSet
  ) throws {
    let z: Scalar = [1, 1, 0.3, 7, 0][columns % 5]
    let map = try Sparsemax(radius: .all(z))
    // Many rows go across the lanes, few do not: both ways, whole and ragged, with gaps and without.
    for (k, rows) in [1, 4 + columns % 15].enumerated() {
      let seed = UInt64(columns * 2 + k)
      let batch = Batch<Scalar>(
        family, rows: rows, columns: columns, gap: columns % 3, ragged: (columns + k) % 2 == 1, seed: seed)
      let inPlace = (columns / 2 + k) % 2 == 1
      let (p, thresholds) = instructions.select { batch.project(map, inPlace: inPlace) }
      let context = "\(type) \(family), \(rows) x \(columns), z = \(z), \(instructions), seed \(seed)"
      batch.check(p, thresholds, radius: Double(z), context)
      for r in 0..<rows {
        let gap = r * batch.stride + columns..<(r + 1) * batch.stride
        let kept = inPlace ? Array(batch.scores[gap]) : gap.map { _ in Batch<Scalar>.untouched }
        #expect(isSame(Array(p[gap]), kept), "\(context): a gap was written")
      }
    }
  }

  @Test("Every small size, whole and ragged, with gaps and in place", arguments: InstructionSet.available)
  func small(on instructions: InstructionSet) throws {
    for columns in 0...64 {
      // Three families a size: every family meets twelve sizes.
      for k in 0..<3 {
        let family = ScoreFamily.allCases[(columns * 3 + k) % ScoreFamily.allCases.count]
        try smallRows(Double.self, columns: columns, family, on: instructions)
        try smallRows(Float.self, columns: columns, family, on: instructions)
      }
    }
  }

  private func largeRows<Scalar: SimplexScalar>(_ type: Scalar.Type, _ family: ScoreFamily) throws {
    let long = family.rawValue.count % 2 == 0 ? 4096 : 10007
    for (k, columns) in [100, 127, 128, 129, 1000, long].enumerated() {
      let z: Scalar = k % 3 == 2 ? 5 : 1
      let map = try Sparsemax(radius: .all(z))
      var batch = Batch<Scalar>(family, rows: columns < 200 ? 5 : 1, columns: columns, seed: UInt64(k))
      var first: (p: [Scalar], thresholds: [RowThreshold])?
      for instructions in InstructionSet.available {
        let result = instructions.select { batch.project(map) }
        if let first {
          // Sums are in the order of the support: no instruction set differs.
          #expect(isSame(result.p, first.p), "\(type) \(family) \(columns) \(instructions)")
          #expect(isSame(result.thresholds, first.thresholds), "\(type) \(family) \(columns) \(instructions)")
        } else {
          first = result
          batch.check(result.p, result.thresholds, radius: Double(z), "\(type) \(family) \(columns)")
        }
      }
      // One row by itself does not go across the lanes.
      guard let first, columns < 200 else { continue }
      batch.rows = 1
      #expect(isSame(Array(batch.project(map).p[..<columns]), Array(first.p[..<columns])))
    }
  }

  @Test(
    "Large sizes agree with the definition, and instruction sets bit by bit", arguments: ScoreFamily.allCases)
  func large(family: ScoreFamily) throws {
    try largeRows(Double.self, family)
    try largeRows(Float.self, family)
  }

  @Test("Long rows", arguments: InstructionSet.available)
  func long(on instructions: InstructionSet) {
    let floats = Batch<Float>(.uniform, rows: 1, columns: 50_000, seed: 1)
    let (p, thresholds) = instructions.select { floats.project(Sparsemax()) }
    floats.check(p, thresholds, radius: 1, "\(instructions)")
    let doubles = Batch<Double>(.equal, rows: 1, columns: 50_000, seed: 1)
    let (q, others) = instructions.select { doubles.project(Sparsemax()) }
    doubles.check(q, others, radius: 1, "\(instructions)")
  }

  @Test(
    "Outputs of Float sum to one for a million entries, whatever the offset", arguments: [0, 1e3, 1e6],
    [1, 1e-6] as [Float])
  func sums(offset: Float, scale: Float) {
    // Supports of about a thousand entries, and of nearly all.
    var batch = Batch<Float>(.equal, rows: 0, columns: 1_000_000, seed: 3)
    batch.rows = 1
    batch.scores = [Float](repeating: offset, count: batch.columns)
    batch.scores.withUnsafeMutableBufferPointer { scores in
      var state: UInt64 = 1
      for i in 0..<scores.count {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        scores[i] += scale * Float(state >> 40) * 0x1p-24
      }
    }
    let p = batch.project(Sparsemax()).p
    var sum = 0.0
    p.withUnsafeBufferPointer { p in for i in 0..<batch.columns { sum += Double(p[i]) } }
    #expect(abs(sum - 1) <= 2e-6)
  }

  @Test("Outputs of Double sum to one", arguments: [1, 10, 1000, 10_000])
  func preciseSums(columns: Int) {
    for family in [ScoreFamily.normal, .uniform, .narrow, .equal] {
      let p = Batch<Double>(family, rows: 1, columns: columns, seed: 3).project(Sparsemax()).p.dropLast()
      let support = p.filter { $0 > 0 }
      // Each entry is rounded once, and the threshold by the rounding of a sum in sixteen parts.
      let tolerance = Double(support.count + 16) * 0x1p-53
      #expect(abs(support.sorted().reduce(0, +) - 1) <= max(tolerance, 1e-15), "\(family)")
    }
  }

  @Test("A radius as small as numbers get")
  func tinyRadius() throws {
    for z in [Double.leastNonzeroMagnitude, .leastNormalMagnitude / 64, 1e-300] {
      var batch = Batch<Double>(.equal, rows: 20, columns: 3, seed: 1)
      for i in batch.scores.indices { batch.scores[i] = i % 3 == 1 ? 0 : -1 }
      let (p, thresholds) = batch.project(try Sparsemax(radius: .all(z)))
      for i in 0..<60 { #expect(p[i] == (i % 3 == 1 ? z : 0)) }
      #expect(thresholds.allSatisfy { $0.supportCount == 1 })
    }
  }

  @Test("Geometric sequences, on which pivots drop few entries at a time")
  func geometric() {
    var batch = Batch<Double>(.equal, rows: 1, columns: 50_000, seed: 1)
    var value = -1.0
    for i in batch.scores.indices {
      batch.scores[i] = value
      value *= 1 - 2e-4
    }
    let (p, thresholds) = batch.project(Sparsemax())
    batch.check(p, thresholds, radius: 1, "geometric")
  }

  /// Groups of entries at distances from the maximum that shrink geometrically, and a few entries anywhere:
  /// supports that no list holds, and steps that leave out one group at a time.
  private func groups(_ count: Int, _ seed: Int) -> [Double] {
    var random = SplitMix(seed: UInt64(seed))
    func unit() -> Double { abs(random.scalar(Double.self)) }
    let (ratio, part) = (0.02 + 0.96 * unit(), 0.02 + 0.3 * unit())
    var (distance, row) = (0.99, [Double]())
    while distance > 1e-30, row.count < count {
      let size = Int(Double(count - row.count) * part) + 1
      let spread = seed % 2 == 0 ? 1e-3 : 0
      row += (0..<size).map { _ in -distance * (1 + spread * unit()) }
      distance *= ratio
    }
    row = Array(row.prefix(count)) + [Double](repeating: 0, count: max(0, count - row.count))
    for _ in 0..<20 * (seed % 3) {
      row[Int(random.next() % UInt64(count))] = -unit()
    }
    if seed % 4 > 0 { for i in row.indices { row.swapAt(i, Int(random.next() % UInt64(i + 1))) } }
    // A sample of pieces at equal distances is misled.
    if seed % 4 == 3 { for i in row.indices where i % (count / 64) < 64 { row[i] = 0 } }
    return row
  }

  private func longSupports<Scalar: SimplexScalar>(_ type: Scalar.Type, _ seed: Int) {
    var batch = Batch<Scalar>(.equal, rows: 0, columns: 17_000 + 137 * seed, seed: 1)
    batch.rows = 1
    batch.scores = groups(batch.columns, seed).map { Scalar($0) }
    let first = batch.project(Sparsemax())
    batch.check(first.p, first.thresholds, radius: 1, "\(type), seed \(seed)")
    let values = first.p.dropLast().filter { $0 != 0 }
    for instructions in InstructionSet.available {
      instructions.select {
        let result = batch.project(Sparsemax())
        #expect(isSame(result.p, first.p), "\(type), seed \(seed), \(instructions)")
        #expect(isSame(result.thresholds, first.thresholds), "\(type), seed \(seed), \(instructions)")
        let sparse = batch.projectSparse(Sparsemax(), capacity: batch.columns)
        #expect(isSame(sparse.values, values), "\(type), seed \(seed), \(instructions)")
      }
    }
  }

  @Test("Supports of any length, on every instruction set and as sparse outputs", arguments: 0..<8)
  func longSupports(seed: Int) {
    longSupports(Double.self, seed)
    longSupports(Float.self, seed)
  }

  private func warmRows<Scalar: SimplexScalar>(_ type: Scalar.Type, _ family: ScoreFamily) {
    var batch = Batch<Scalar>(family, rows: 1, columns: 1500, seed: 9)
    let cold = batch.project(Sparsemax())
    let threshold = Scalar(cold.thresholds[0].value)
    let guesses: [Scalar] = [
      threshold, threshold.nextUp, threshold.nextDown, threshold - 0.01, threshold + 0.01, threshold + 10,
      threshold - 10, 0, .nan, .infinity, -.infinity, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
    ]
    for guess in guesses {
      batch.starts = [guess]
      for instructions in InstructionSet.available {
        let warm = instructions.select { batch.project(Sparsemax()) }
        #expect(isSame(warm.p, cold.p), "\(type) \(family), guess \(guess), \(instructions)")
        #expect(isSame(warm.thresholds, cold.thresholds), "\(type) \(family), guess \(guess)")
      }
    }
  }

  @Test("Guesses of the threshold change nothing", arguments: ScoreFamily.allCases)
  func warmStarts(family: ScoreFamily) {
    warmRows(Double.self, family)
    warmRows(Float.self, family)
  }

  private func sparseRows<Scalar: SimplexScalar>(
    _ type: Scalar.Type, _ family: ScoreFamily, on instructions: InstructionSet
  ) throws {
    for columns in [0, 1, 5, 64, 130, 300] {
      let map = try Sparsemax<Scalar>(radius: .perRow((0..<6).map { Scalar($0) / 2 }))
      let batch = Batch<Scalar>(family, rows: 6, columns: columns, gap: 1, ragged: columns > 100, seed: 4)
      instructions.select {
        let dense = batch.project(map).p
        let all = batch.projectSparse(map, capacity: 6 * columns)
        #expect(all.ends.count == 6)
        var expected: (indices: [Int32], values: [Scalar], ends: [Int]) = ([], [], [])
        for r in 0..<6 {
          for i in 0..<columns where dense[r * batch.stride + i] != 0 {
            expected.indices.append(Int32(i))
            expected.values.append(dense[r * batch.stride + i])
          }
          expected.ends.append(expected.values.count)
        }
        #expect(all.indices == expected.indices, "\(type) \(family) \(columns)")
        #expect(isSame(all.values, expected.values), "\(type) \(family) \(columns)")
        #expect(all.ends == expected.ends)
        // It stops before the first row that does not fit.
        for capacity in Set(expected.ends.flatMap { [$0, $0 - 1] }) where capacity >= 0 {
          let part = batch.projectSparse(map, capacity: capacity)
          #expect(part.ends == Array(expected.ends.prefix { $0 <= capacity }), "capacity \(capacity)")
          #expect(part.indices == Array(expected.indices.prefix(part.ends.last ?? 0)))
        }
      }
    }
  }

  @Test(
    "Sparse images are the entries of dense ones", arguments: InstructionSet.available, ScoreFamily.allCases)
  func sparse(on instructions: InstructionSet, family: ScoreFamily) throws {
    try sparseRows(Double.self, family, on: instructions)
    try sparseRows(Float.self, family, on: instructions)
  }

  @Test("One row on several threads has the bits of one thread", arguments: [ScoreFamily.narrow, .uniform])
  func chunks(family: ScoreFamily) {
    let part = Batch<Float>(family, rows: 1, columns: 1009, seed: 5).scores
    var batch = Batch<Float>(family, rows: 0, columns: 300_001, seed: 5)
    batch.rows = 1
    for odd in [nil, Float.nan, .infinity] {
      batch.scores = (0..<batch.columns).map { part[$0 % 1009] }
      if let odd { batch.scores[200_000] = odd }
      let whole = batch.project(Sparsemax())
      for threads in 1...2 {
        let result = batch.project(Sparsemax(), inPlace: threads == 2, threads: threads)
        #expect(isSame(result.p, whole.p), "\(threads) threads")
        #expect(isSame(result.thresholds, whole.thresholds), "\(threads) threads")
      }
    }
  }
}
