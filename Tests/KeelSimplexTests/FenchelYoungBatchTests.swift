import Keel
import KeelSimplex
import Testing

@Suite("Fenchel-Young losses of batches")
struct FenchelYoungBatchTests {
  static let scores: Matrix<Double> = [
    [0.7, -0.3, 1.1, 0.05], [0.2, 0.4, -1.4, 0.95], [1, 1, 0.5, 0.5], [-2, 0, 0.5, 0.25],
  ]

  @Test("mean, sum and one by one, with weights and ignored rows", arguments: [1, 1.5, 2])
  func reductions(alpha: Double) throws {
    let map = try Entmax<Double>(alpha: .all(alpha))
    let mean = try FenchelYoungLoss(map, ignoring: -100)
    let sum = try FenchelYoungLoss(map, ignoring: -100, reduction: .sum)
    let targets = LossTargets<Double>.classes([2, -100, 0, 3])
    let weights = [0.5, 7, 2, 0]
    let plain = try (0..<4).map { r in
      try sum.valueAndGradient(Self.scores[r..<r + 1, 0..<4], .classes([[2, -100, 0, 3][r]]))
    }
    #expect(plain[1].value == 0 && plain[1].gradient.elements.allSatisfy { $0 == 0 })
    #expect(try sum.losses(Self.scores, targets) == plain.map(\.value))
    #expect(try sum.value(Self.scores, targets) == plain[0].value + plain[2].value + plain[3].value)
    #expect(
      try sum.losses(Self.scores, targets, weights: weights)
        == zip(plain, weights).map { $0.value * $1 })

    for (factors, total) in [([1.0, 1, 1, 1], 3.0), (weights, 2.5)] {
      let result = try mean.valueAndGradient(
        Self.scores, targets, weights: total == 3 ? nil : factors)
      var expected = 0.0
      for r in 0..<4 {
        expected += factors[r] * plain[r].value / total
        for i in 0..<4 {
          #expect(abs(result.gradient[r, i] - factors[r] * plain[r].gradient[0, i] / total) <= 1e-16)
        }
      }
      #expect(abs(result.value - expected) <= 1e-15)
    }
  }

  @Test("a mean of nothing is 0")
  func nothing() throws {
    let loss = try FenchelYoungLoss(Entmax<Double>(alpha: 1.5), ignoring: 0)
    #expect(try loss.value(Self.scores, .classes([0, 0, 0, 0])) == 0)
    #expect(try loss.value(Self.scores, .classes([1, 1, 1, 1]), weights: [0, 0, 0, 0]) == 0)
    #expect(try loss.value(Matrix(zeros: 0, 4), .classes([])) == 0)
    #expect(try loss.value(Matrix(zeros: 2, 0), .classes([1, 1])) == 0)
    #expect(try loss.losses(Matrix(zeros: 2, 0), .classes([1, 1])) == [0, 0])
    let (value, gradient) = try loss.valueAndGradient(Self.scores, .classes([0, 0, 0, 0]))
    #expect(value == 0 && gradient == Matrix(zeros: 4, 4))
    let gradients = try loss.valueAndGradients(Matrix(zeros: 0, 3), .classes([]))
    #expect(gradients.value == 0 && gradients.parameterGradient == [0])
  }

  @Test("ignored rows may hold anything")
  func ignoredRows() throws {
    let loss = try FenchelYoungLoss(Sparsemax<Double>(), ignoring: 9, reduction: .sum)
    let scores: Matrix<Double> = [[.nan, 1, 2], [0.5, 0.25, 0], [.infinity, .nan, 0]]
    let (value, gradient) = try loss.valueAndGradient(scores, .classes([9, 0, 9]))
    #expect(value == (try loss.value(Matrix(row: [0.5, 0.25, 0]), .classes([0]))))
    #expect(gradient.row(0).allSatisfy { $0 == 0 } && gradient.row(2).allSatisfy { $0 == 0 })
    let weighted = try loss.valueAndGradient(scores, .classes([0, 0, 0]), weights: [0, 1, 0])
    #expect(weighted.value == value && weighted.gradient == gradient)
    let product = try loss.hessianVectorProduct(
      scores, direction: Matrix(repeating: 1, rows: 3, columns: 3), .classes([9, 0, 9]))
    #expect(product.elements.allSatisfy { abs($0) <= 1e-15 })
  }

  @Test("label smoothing is a dense target over the entries that take part", arguments: [0.1, 0.5, 1])
  func smoothing(amount: Double) throws {
    let map = try Entmax<Double>(alpha: 1.5)
    let smooth = try FenchelYoungLoss(map, smoothing: amount)
    let plain = try FenchelYoungLoss(map)
    func target(_ index: Int, _ count: Int) -> [Double] {
      (0..<count).map { ($0 == index ? 1 - amount : 0) + amount / Double(count) }
    }
    let expected = try plain.valueAndGradient(
      Self.scores, .rows(Matrix(rows: [target(2, 4), target(0, 4), target(1, 4), target(3, 4)])))
    let found = try smooth.valueAndGradient(Self.scores, .classes([2, 0, 1, 3]))
    #expect(abs(found.value - expected.value) <= 1e-15)
    for (a, b) in zip(found.gradient.elements, expected.gradient.elements) { #expect(abs(a - b) <= 1e-16) }

    // Entries that take no part get nothing: masked, of score -∞, beyond the length.
    let three = try plain.value(Matrix(row: [0.7, 1.1, 0.05]), .rows(Matrix(row: target(1, 3))))
    let masked = try smooth.value(
      Matrix(row: [0.7, .nan, 1.1, 0.05]), .classes([2]), valid: .mask([true, false, true, true]))
    let excluded = try smooth.value(Matrix(row: [0.7, -.infinity, 1.1, 0.05]), .classes([2]))
    let ragged = try smooth.value(Matrix(row: [0.7, 1.1, 0.05, 8]), .classes([1]), valid: .lengths([3]))
    for value in [masked, excluded, ragged] { #expect(abs(value - three) <= 1e-15) }
    #expect(throws: SimplexError.self) { try FenchelYoungLoss(map, smoothing: -0.1) }
    #expect(throws: SimplexError.self) { try FenchelYoungLoss(map, smoothing: .nan) }
  }

  @Test("masks and lengths", arguments: [1, 1.5, 2])
  func validEntries(alpha: Double) throws {
    let map = try Entmax<Double>(alpha: .all(alpha))
    let loss = try FenchelYoungLoss(map, reduction: .sum)
    let scores: Matrix<Double> = [[0.7, .nan, 1.1, 0.05], [0.2, 0.4, .infinity, .nan]]
    let short = [
      try loss.valueAndGradient(Matrix(row: [0.7, 1.1, 0.05]), .classes([1])),
      try loss.valueAndGradient(Matrix(row: [0.2, 0.4]), .classes([0])),
    ]
    let mask = ValidEntries.mask([true, false, true, true, true, true, false, false])
    var inPlace = scores
    let value = try loss.valueAndGradient(inPlace: &inPlace, .classes([2, 0]), valid: mask)
    #expect(value == short[0].value + short[1].value)
    let (again, gradient) = try loss.valueAndGradient(scores, .classes([2, 0]), valid: mask)
    #expect(again == value && gradient == inPlace)
    let wanted = short[0].gradient.elements
    #expect(gradient.elements[0..<4].elementsEqual([wanted[0], 0, wanted[1], wanted[2]]))
    #expect(gradient.elements[4..<8].elementsEqual(short[1].gradient.elements + [0, 0]))
    let tail = try loss.valueAndGradient(scores[1..<2, 0..<4], .classes([0]), valid: .lengths([2]))
    #expect(tail.value == short[1].value && tail.gradient.elements == short[1].gradient.elements + [0, 0])

    // A target that takes no part.
    for (target, valid) in [
      (1, ValidEntries.mask([true, false, true, true])), (3, .lengths([3])),
    ] {
      let row = Matrix<Double>(row: [0.7, 0.3, 1.1, 0.05])
      let (lost, gradient) = try loss.valueAndGradient(row, .classes([target]), valid: valid)
      #expect(lost == .infinity)
      #expect(gradient.elements == map(row, valid: valid).elements)
    }
  }

  @Test("targets of score -∞", arguments: [1, 1.5, 2])
  func excludedTarget(alpha: Double) throws {
    let loss = try FenchelYoungLoss(Entmax<Double>(alpha: .all(alpha)))
    let scores = Matrix<Double>(row: [0.2, -.infinity, 0.9])
    let p = loss.map(scores).elements
    let one = try loss.valueAndGradients(scores, .classes([1]))
    #expect(one.value == .infinity && one.gradient.elements == [p[0], -1, p[2]])
    let all = try loss.valueAndGradient(scores, .rows([[0.5, 0.25, 0.25]]))
    #expect(all.value == .infinity && all.gradient.elements == [p[0] - 0.5, -0.25, p[2] - 0.25])
    #expect(try loss.value(scores, .rows([[0.5, 0, 0.5]])).isFinite)
  }

  @Test("exceptional rows", arguments: [1, 1.5, 2])
  func exceptionalRows(alpha: Double) throws {
    let infinity = Double.infinity
    let loss = try FenchelYoungLoss(Entmax<Double>(alpha: .all(alpha)), reduction: .sum)
    // Nothing takes part.
    let nothing = try loss.valueAndGradients(
      Matrix(row: [-infinity, -infinity, -infinity]), .classes([1]))
    #expect(nothing.value == 0 && nothing.gradient.elements == [0, 0, 0] && nothing.parameterGradient == [0])
    // NaN.
    let undefined = try loss.valueAndGradients(Matrix(row: [1, .nan, 2]), .classes([0]))
    #expect(undefined.value.isNaN && undefined.gradient.elements.allSatisfy(\.isNaN))
    #expect(undefined.parameterGradient[0].isNaN)
    // +∞ alone, at the target, and beside it: the limit is that of equal scores.
    let single = try loss.valueAndGradient(Matrix(row: [1, infinity, 2]), .classes([1]))
    #expect(single.value == 0 && single.gradient.elements == [0, 0, 0])
    let missed = try loss.valueAndGradient(Matrix(row: [1, infinity, 2]), .classes([0]))
    #expect(missed.value == infinity && missed.gradient.elements == [-1, 1, 0])
    let equal = try loss.value(Matrix(row: [3, 3]), .classes([0]))
    let shared = try loss.valueAndGradient(Matrix(row: [1, infinity, infinity]), .classes([1]))
    #expect(abs(shared.value - equal) <= 1e-15 && shared.gradient.elements == [0, -0.5, 0.5])
    let dense = try loss.value(Matrix(row: [-infinity, infinity, infinity]), .rows([[0, 0.5, 0.5]]))
    #expect(dense == 0)
    #expect(try loss.value(Matrix(row: [1, infinity, 2]), .rows([[0.5, 0.5, 0]])) == infinity)
    // One row does not spoil another.
    let mixed: Matrix<Double> = [[1, .nan, 2], [0.5, 0.5, 0], [1, infinity, 2]]
    let rows = try loss.losses(mixed, .classes([0, 1, 0]))
    #expect(rows[0].isNaN && rows[1].isFinite && rows[2] == infinity)
  }

  @Test("targets that cannot be")
  func wrongTargets() throws {
    let loss = try FenchelYoungLoss(Entmax<Double>(alpha: 1.5), ignoring: -100)
    func failure(_ targets: LossTargets<Double>, weights: [Double]? = nil) -> String {
      do throws(SimplexError) {
        _ = try loss.value(Self.scores, targets, weights: weights)
        return ""
      } catch {
        return error.description
      }
    }
    #expect(failure(.classes([0, 1, 4, -1])) == "targets must be classes in 0..<4, but is 4 in row 2")
    #expect(failure(.classes([0, 1, -100, -1])).contains("-1 in row 3"))
    var rows = Matrix<Double>(repeating: 0.25, rows: 4, columns: 4)
    #expect(failure(.rows(rows)) == "")
    rows[1, 2] = 0.25 + 1e-6
    #expect(failure(.rows(rows)).contains("row 1"))
    rows[1, 2] = .nan
    #expect(failure(.rows(rows)).contains("row 1"))
    rows[1, 2] = 0.75
    rows[1, 1] = -0.25
    #expect(failure(.rows(rows)).contains("row 1"))
    for wrong in [-1, .infinity, .nan] {
      #expect(failure(.classes([0, 0, 0, 0]), weights: [1, 1, wrong, 1]).contains("row 2"))
    }
    // The first error, for every number of threads.
    let large = Matrix<Double>(zeros: 50_000, 4)
    var classes = [Int](repeating: 1, count: 50_000)
    (classes[41_000], classes[30_001], classes[30_000]) = (5, 6, 7)
    for threads in [1, 2] {
      #expect(
        throws: SimplexError.outOfRange(
          argument: "targets", expected: "classes in 0..<4", found: "7 in row 30000")
      ) { try loss.value(large, .classes(classes), threads: threads) }
    }
  }

  @Test("the same for every number of threads, storage and scalar", arguments: [1, 1.5, 2])
  func threads(alpha: Double) throws {
    try check(Entmax<Double>(alpha: .all(alpha)), tolerance: 0)
    try check(Entmax<Float>(alpha: .all(Float(alpha))), tolerance: 0)
  }

  private func check<Map: RegularizerFamily>(_ map: Map, tolerance: Double) throws {
    var random = RandomStream(seed: 3)
    let (rows, columns) = (1_700, 40)
    let scores = Matrix<Map.Scalar>(
      rows: rows, columns: columns, elements: random.normals(count: rows * columns))
    let targets = LossTargets<Map.Scalar>.classes((0..<rows).map { ($0 * 7) % columns })
    let weights = (0..<rows).map { Map.Scalar($0 % 3) }
    let loss = try FenchelYoungLoss(map, smoothing: 0.1)
    let one = try loss.valueAndGradients(scores, targets, weights: weights, threads: 1)
    #expect(one == (try loss.valueAndGradients(scores, targets, weights: weights, threads: 2)))
    var inPlace = scores
    #expect(try loss.valueAndGradient(inPlace: &inPlace, targets, weights: weights) == one.value)
    #expect(inPlace == one.gradient)
    #expect(try loss.value(Matrix(scores.transposed).transposed, targets, weights: weights) == one.value)
    var whole = Matrix<Map.Scalar>(repeating: 7, rows: rows, columns: columns + 3)
    _ = try whole.withMutableBlock(0..<rows, 1..<columns + 1) { block in
      try loss.valueAndGradient(scores, targets, weights: weights, into: &block)
    }
    #expect(Matrix(whole[0..<rows, 1..<columns + 1]) == one.gradient)
    #expect((0..<rows).allSatisfy { whole[$0, 0] == 7 && whole[$0, columns + 1] == 7 })
    #expect(try loss.losses(scores, targets, weights: weights).count == rows)
  }

  @Test("α for each row and for each head")
  func alphas() throws {
    let map = try Entmax<Double>(alpha: .perHead([1.2, 1.7], rows: 1))
    let targets = [2, 0, 1, 3]
    let all = try FenchelYoungLoss(map, reduction: .sum).valueAndGradients(Self.scores, .classes(targets))
    var (value, slopes) = (0.0, [0.0, 0])
    for r in 0..<4 {
      let one = try FenchelYoungLoss(Entmax<Double>(alpha: .all([1.2, 1.7][r % 2]))).valueAndGradients(
        Self.scores[r..<r + 1, 0..<4], .classes([targets[r]]))
      value += one.value
      slopes[r % 2] += one.parameterGradient[0]
      #expect(Array(one.gradient.elements) == Array(all.gradient.elements[r * 4..<r * 4 + 4]))
    }
    #expect(all.value == value && all.parameterGradient == slopes)
  }
}
