import Keel
import RealModule
import Testing

@testable import KeelMixed

@Suite("Kernel of mixed Dirichlet samples")
struct DirichletSamplingKernelTests {
  private func rows<Scalar: MixedScalar>(
    _ count: Int, _ table: MixedDirichletTable, seed: UInt64, _: Scalar.Type = Scalar.self
  ) -> [[Scalar]] {
    var stream = RandomStream(seed: seed)
    return rows(count, table, using: &stream)
  }

  private func rows<Scalar: MixedScalar>(
    _ count: Int, _ table: MixedDirichletTable, using stream: inout RandomStream
  ) -> [[Scalar]] {
    var outcomes = [Scalar](repeating: .nan, count: count * table.columns)
    outcomes.withUnsafeMutableBufferPointer { fillMixedDirichlet($0, table, using: &stream) }
    return (0..<count).map { Array(outcomes[($0 * table.columns)..<(($0 + 1) * table.columns)]) }
  }

  private func face<Scalar: MixedScalar>(_ row: [Scalar]) -> Int {
    row.enumerated().reduce(0) { $1.element > 0 ? $0 | 1 << $1.offset : $0 }
  }

  /// exp(Σ w (2f - 1)) / Z for every face.
  private func faceLaw(_ scores: [Double]) -> [Double] {
    let weights = (0..<1 << scores.count).map { face in
      face == 0
        ? 0
        : Double.exp(
          scores.enumerated().reduce(0) { $0 + (face >> $1.offset & 1 == 1 ? 1 : -1) * $1.element })
    }
    let sum = weights.reduce(0, +)
    return weights.map { $0 / sum }
  }

  @Test(
    "faces and shares have their laws", arguments: [[0.7, 1.5, 2, 0.4], [1, 1, 1, 1], [3, 1.2, 1, 20]])
  func laws(concentrations: [Double]) {
    let scores = [0.5, -1, 0.25, -0.3]
    let table = MixedDirichletTable(scores: scores, concentrations: concentrations)
    let count = 30_000
    func check<Scalar: MixedScalar>(_: Scalar.Type) {
      var counts = [Double](repeating: 0, count: 16)
      var sums = [[Double]](repeating: [0, 0, 0, 0], count: 16)
      var squares = sums
      for row in rows(count, table, seed: 17, Scalar.self) {
        let face = face(row)
        counts[face] += 1
        for k in 0..<4 {
          sums[face][k] += Double(row[k])
          squares[face][k] += Double(row[k]) * Double(row[k])
        }
      }
      let law = faceLaw(scores)
      var statistic = 0.0
      for face in 1..<16 {
        let expected = Double(count) * law[face]
        statistic += (counts[face] - expected) * (counts[face] - expected) / expected
      }
      #expect(counts[0] == 0)
      #expect(statistic < 42, "14 degrees of freedom: exceeded with probability 1.2e-4")
      for face in 1..<16 {
        let total = (0..<4).reduce(0) { face >> $1 & 1 == 1 ? $0 + concentrations[$1] : $0 }
        for k in 0..<4 where face >> k & 1 == 1 && face.nonzeroBitCount > 1 {
          // The mean is a/A and the variance a(A-a)/(A²(A+1)); those of a sample are within 5 deviations, and
          // the relative deviation of a variance is below 3/√n for these laws.
          let mean = concentrations[k] / total
          let variance = mean * (1 - mean) / (total + 1)
          let n = counts[face]
          let found = sums[face][k] / n
          #expect((found - mean).magnitude < 5 * (variance / n).squareRoot(), "face \(face), entry \(k)")
          #expect((squares[face][k] / n - found * found) / variance - 1 < 15 / n.squareRoot())
          #expect(1 - (squares[face][k] / n - found * found) / variance < 15 / n.squareRoot())
        }
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test(
    "all instruction sets give the same bits", arguments: [1, 2, 3, 4, 7, 16, 17, 64, 65, 130, 5000])
  func instructionSets(columns: Int) {
    for concentration in [0.3, 1, 2.5] {
      let table = MixedDirichletTable(
        scores: (0..<columns).map { Double($0 % 5 - 2) / 2 },
        concentrations: (0..<columns).map { concentration == 1 ? 1 : concentration + Double($0 % 3) })
      func check<Scalar: MixedScalar>(_: Scalar.Type) {
        let count = 3 + 100 / columns
        let reference = InstructionSet.best.select { rows(count, table, seed: 3, Scalar.self) }
        for instructions in InstructionSet.available {
          let found = instructions.select { rows(count, table, seed: 3, Scalar.self) }
          #expect(found == reference, "\(instructions)")
        }
        // One by one; they take ⌈K/4⌉ blocks each.
        var stream = RandomStream(seed: 3)
        for r in 0..<min(count, 20) {
          let row: [[Scalar]] = rows(1, table, using: &stream)
          #expect(row[0] == reference[r], "row \(r)")
          #expect(stream.nextBlock == UInt64((r + 1) * ((columns + 3) / 4)))
        }
        for row in reference {
          let sum = row.reduce(0.0) { $0 + Double($1) }
          let isNormal = row.allSatisfy { $0 == 0 || $0 >= .leastNormalMagnitude }
          #expect(isNormal && (sum - 1).magnitude <= Double(columns) * Double(Scalar.ulpOfOne))
        }
      }
      check(Float.self)
      check(Double.self)
    }
  }

  @Test("faces are the same for both scalars and all concentrations")
  func faces() {
    let scores = (0..<12).map { Double($0 % 4) / 4 - 0.5 }
    func faces<Scalar: MixedScalar>(_: Scalar.Type, _ concentration: Double) -> [Int] {
      let table = MixedDirichletTable(
        scores: scores, concentrations: [Double](repeating: concentration, count: 12))
      return rows(500, table, seed: 9, Scalar.self).map { face($0) }
    }
    let expected = faces(Double.self, 1)
    #expect(faces(Float.self, 1) == expected)
    for concentration in [1e-3, 0.5, 4, 1e3, 1e9] {
      #expect(faces(Float.self, concentration) == expected)
      #expect(faces(Double.self, concentration) == expected)
    }
  }

  @Test("scores at the edges", arguments: InstructionSet.available)
  func scores(instructions: InstructionSet) {
    func counts<Scalar: MixedScalar>(_ scores: [Double], _: Scalar.Type) -> [Int: Int] {
      let table = MixedDirichletTable(
        scores: scores, concentrations: [Double](repeating: 1, count: scores.count))
      return rows(4000, table, seed: 21, Scalar.self).reduce(into: [:]) { $0[face($1), default: 0] += 1 }
    }
    instructions.select {
      #expect(counts([200, 200, 200], Float.self) == [7: 4000])
      #expect(counts([.infinity, -.infinity, 1e4], Double.self) == [5: 4000])
      // Far below zero, one vertex: 4000 draws from six, 5 degrees of freedom exceed 25.7 with probability 1e-4.
      for score in [-200.0, -1e4] {
        let found = counts([Double](repeating: score, count: 6), Float.self)
        #expect(found.keys.allSatisfy { $0.nonzeroBitCount == 1 })
        #expect(
          found.values.reduce(0) { $0 + (Double($1) - 4000 / 6.0) * (Double($1) - 4000 / 6.0) * 6 / 4000 }
            < 25.7)
      }
      #expect(counts([-300], Float.self) == [1: 4000])
      #expect(counts([-200, 0, -200], Double.self) == [2: 4000])
    }
  }

  @Test("concentrations at the edges", arguments: [1e-300, 1e-100, 1e-36, 1e-3, 1e3, 1e12, 1e38, 1e100])
  func concentrations(concentration: Double) {
    func check<Scalar: MixedScalar>(_: Scalar.Type) {
      for columns in [1, 2, 5, 100] {
        let table = MixedDirichletTable(
          scores: [Double](repeating: 300, count: columns),
          concentrations: [Double](repeating: concentration, count: columns))
        for row in rows(50, table, seed: 2, Scalar.self) {
          #expect(row.allSatisfy { $0 >= .leastNormalMagnitude && $0 <= 1 })
          #expect((row.reduce(0.0) { $0 + Double($1) } - 1).magnitude <= 100 * Double(Scalar.ulpOfOne))
          // Two of a hundred numbers u^(1/α) are hardly ever within a factor of each other.
          if concentration < 1e-100 { #expect(row.contains { $0 > 0.999 }) }
          if concentration > 1 {
            // A coordinate of mean 1/K has a deviation below √(1/(K² α)).
            let bound = 6 / (Double(columns) * concentration.squareRoot()) + 1e-6
            #expect(row.allSatisfy { (Double($0) - 1 / Double(columns)).magnitude < bound })
          }
        }
      }
    }
    check(Float.self)
    check(Double.self)
  }

  @Test("tiny concentrations choose a vertex in their proportions", arguments: [1e-4, 1e-36, 1e-100])
  func vertices(scale: Double) {
    func check<Scalar: MixedScalar>(_: Scalar.Type) {
      let table = MixedDirichletTable(
        scores: [300, 300, 300], concentrations: [scale, 2 * scale, 5 * scale])
      var counts = [0.0, 0, 0]
      for row in rows(4000, table, seed: 2, Scalar.self) {
        for k in 0..<3 where row[k] > 0.5 { counts[k] += 1 }
      }
      let expected = [500.0, 1000, 2500]
      let statistic = zip(counts, expected).reduce(0) { $0 + ($1.0 - $1.1) * ($1.0 - $1.1) / $1.1 }
      #expect(statistic < 18.4, "2 degrees of freedom: exceeded with probability 1e-4")
    }
    check(Float.self)
    check(Double.self)
  }

  @Test("nothing to draw, and parameters that are not numbers")
  func degenerate() {
    var stream = RandomStream(seed: 1)
    let none: [[Float]] = rows(
      0, MixedDirichletTable(scores: [0, 0], concentrations: [1, 1]), using: &stream)
    #expect(none.isEmpty && stream.nextBlock == 0)
    let empty: [[Float]] = rows(3, MixedDirichletTable(scores: [], concentrations: []), using: &stream)
    #expect(empty == [[], [], []])
    let _: [[Float]] = rows(
      700, MixedDirichletTable(scores: [.nan, 3], concentrations: [.nan, 2]), using: &stream)
  }

  @Test("a word that is equal to a probability does not decide", arguments: InstructionSet.available)
  func ties(instructions: InstructionSet) throws {
    // Coordinate 1 of row r has word 1 of block r. Where the probability begins with that word, a uniform number
    // of the second stream decides.
    let stream = RandomStream(seed: 77)
    let inner = stream.innerPlace()
    for row in 0..<20 {
      var words = stream
      words.seek(toBlock: UInt64(row))
      let drawn = [words.nextUInt32(), words.nextUInt32()]
      for (column, rest) in [(1, 0.2), (1, 0.5), (1, 0.8), (0, 0.2), (0, 0.5), (0, 0.8)] {
        var table = MixedDirichletTable(scores: [400, 0], concentrations: [1, 1])
        if column == 1 {
          table.ones.words[1] = drawn[1]
          table.ones.rests[1] = rest
        } else {
          table.lowest.words[0] = drawn[0]
          table.lowest.rests[0] = rest
        }
        let uniform = inner.uniform(ofBlock: UInt64(4 * row + column) + 63 << 57)
        let found = instructions.select { rows(20, table, seed: 77, Float.self)[row] }
        if column == 1 {
          #expect((found[1] > 0) == (uniform < rest), "row \(row)")
        } else {
          #expect((found[0] > 0) == (uniform < rest), "row \(row)")
        }
      }
    }
  }
}

extension RandomPlace {
  /// The first uniform number of a block.
  fileprivate func uniform(ofBlock block: UInt64) -> Double {
    func halves(_ word: UInt64) -> (UInt32, UInt32) {
      (UInt32(truncatingIfNeeded: word), UInt32(truncatingIfNeeded: word >> 32))
    }
    let ((a, b), (c, d), (e, f)) = (halves(block), halves(nonce), halves(key))
    let words = Philox4x32.block(counter: [a, b, c, d], key: [e, f])
    let low = UInt64(words[0]) | UInt64(words[1]) << 32
    return Double(low >> 11) * 0x1p-53
  }
}
