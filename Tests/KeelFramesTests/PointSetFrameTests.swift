import Keel
import KeelFrames
import Testing

@Suite("Frames of orders of points")
struct PointSetFrameTests {
  /// A function that sees the order of the rows, with a value and a row a point.
  private func sequence(_ cloud: Matrix<Double>) -> [Double] {
    sineSum(cloud) + [cloud.elements.enumerated().reduce(0) { $0 + Double($1.offset % 7) * $1.element }]
  }

  private func rows(_ cloud: Matrix<Double>) -> Matrix<Double> {
    Matrix(rows: cloud.rows, columns: 2) { i, j in
      Double.sin(Double(i + 1) * cloud[i, 0] + Double(j)) + 0.1
        * cloud[(i + 1) % cloud.rows, cloud.columns - 1]
    }
  }

  /// Random points, of which some coordinates and some points are equal.
  private func points(_ n: Int, _ d: Int, using stream: inout RandomStream) -> Matrix<Double> {
    var result = Matrix<Double>(rows: n, columns: d) { _, _ in Double(stream.integer(below: 3)) }
    for i in 0..<n where stream.integer(below: 2) == 0 {
      for j in 0..<d { result[i, j] = stream.normal() }
    }
    return result
  }

  @Test("every frame's averages do not depend on the order, to the last bit", arguments: 1...12)
  func symmetry(n: Int) throws {
    for trial in 0..<3 {
      var stream = RandomStream(seed: 101).stream(n).stream(trial)
      let d = 1 + trial % 3
      let x = points(n, d, using: &stream)
      let p = Permutation.random(n, using: &stream)
      let y = p.transformed(x)
      func norms(_ x: Matrix<Double>) -> Matrix<Double> {
        // Rounded, so that different points have equal keys.
        Matrix(column: x.rowArrays.map { row in row.reduce(0) { $0 + $1 * $1 }.rounded() })
      }
      let directions = Matrix<Double>.randomNormal(rows: 70, columns: d, using: &stream)
      var pairs = try [
        (PointSetFrame(sortingRowsOf: x), PointSetFrame(sortingRowsOf: y)),
        (PointSetFrame(directions: directions, of: x), PointSetFrame(directions: directions, of: y)),
        (
          PointSetFrame(randomDirections: 70, of: x, using: RandomStream(seed: 3)),
          PointSetFrame(randomDirections: 70, of: y, using: RandomStream(seed: 3))
        ),
      ]
      if n <= 6 {
        pairs.append(try (PointSetFrame(sortingBy: norms(x), x), PointSetFrame(sortingBy: norms(y), y)))
      }
      for (index, (left, right)) in pairs.enumerated() {
        #expect(left.count == right.count)
        // Orders of blocks are gone through in the order of the classes of equal points, so the sums agree too.
        #expect(left.average(of: x, sequence) == right.average(of: y, sequence), "frame \(index), d = \(d)")
        #expect(
          p.transformed(left.averageRows(of: x, rows)) == right.averageRows(of: y, rows), "frame \(index)")
        #expect(abs(left.elements.reduce(0) { $0 + $1.weight } - 1) <= 1e-14)
      }
    }
  }

  @Test("ties: all orders of the blocks, as by brute force over S_n", arguments: 1...6)
  func bruteForce(n: Int) throws {
    var stream = RandomStream(seed: 102).stream(n)
    let x = Matrix<Double>(rows: n, columns: 2) { i, j in
      j == 0 ? Double(stream.integer(below: 2)) : Double(stream.integer(below: 3))
    }
    let keys = Matrix(column: x.rowArrays.map { $0[0] })
    let frame = try PointSetFrame(sortingBy: keys, x)
    var (sum, rowSum, count) = ([0.0, 0.0], Matrix<Double>(zeros: n, 2), 0.0)
    var images = Array(0..<n)
    func visit(_ k: Int) throws {
      if k == n {
        let p = try Permutation(images: images)
        let sorted = p.inverseTransformed(keys).elements
        guard zip(sorted, sorted.dropFirst()).allSatisfy({ $0 <= $1 }) else { return }
        let z = p.inverseTransformed(x)
        sum = zip(sum, sequence(z)).map { $0 + $1 }
        let moved = p.transformed(rows(z))
        rowSum = Matrix(rows: n, columns: 2) { rowSum[$0, $1] + moved[$0, $1] }
        count += 1
        return
      }
      for j in k..<n {
        images.swapAt(k, j)
        try visit(k + 1)
        images.swapAt(k, j)
      }
    }
    try visit(0)
    for (value, total) in zip(frame.average(of: x, sequence), sum) {
      #expect(abs(value - total / count) <= 1e-12)
    }
    let mean = Matrix(rows: n, columns: 2) { rowSum[$0, $1] / count }
    #expect(largestDifference(frame.averageRows(of: x, rows), mean) <= 1e-13)
  }

  @Test("where two points exchange places the order of rows jumps, weighted directions do not")
  func exchange() throws {
    var stream = RandomStream(seed: 103)
    let base = Matrix<Double>.randomNormal(rows: 6, columns: 2, using: &stream)
    let directions = Matrix<Double>.randomNormal(rows: 40, columns: 2, using: &stream)
    func value(_ step: Double, weighted: Bool) throws -> Double {
      var x = base
      (x[0, 0], x[1, 0]) = (0.3 + step, 0.3 - step)
      let frame =
        try weighted ? PointSetFrame(directions: directions, of: x) : PointSetFrame(sortingRowsOf: x)
      return frame.average(of: x, sineSum)[0]
    }
    let steps = [1e-2, 1e-4, 1e-6]
    let sorted = try steps.map { abs(try value($0, weighted: false) - value(-$0, weighted: false)) }
    let weighted = try steps.map { abs(try value($0, weighted: true) - value(-$0, weighted: true)) }
    #expect(sorted.allSatisfy { $0 > 1e-3 } && abs(sorted[1] - sorted[2]) <= 1e-2 * sorted[2])
    // Weights change by the step over the sum of the smallest gaps, which are about 1e-2 each.
    for (step, jump) in zip(steps, weighted) { #expect(jump <= 500 * step) }
    #expect(weighted[2] <= 2e-2 * weighted[1])
  }

  @Test("directions too few, equal points, and nothing to tell apart")
  func edges() throws {
    let grid = Matrix<Double>(rows: [[0, 0], [0, 1], [1, 0], [1, 1]])
    // Along the axes two pairs coincide: no direction tells all apart, and rows are sorted.
    let axes = try PointSetFrame(directions: Matrix(identity: 2), of: grid)
    #expect(axes.count == 1 && axes.elements[0].permutation.isIdentity)
    let same = Matrix<Double>(rows: [[1, 2], [1, 2], [1, 2]])
    let one = try PointSetFrame(randomDirections: 5, of: same, using: RandomStream(seed: 1))
    #expect(one.elements.allSatisfy { $0.ties == [[0, 1, 2]] && abs($0.weight - 0.2) < 1e-15 })
    #expect(try PointSetFrame(sortingRowsOf: same).elements[0].ties == [[0, 1, 2]])
    #expect(try PointSetFrame(sortingRowsOf: Matrix<Double>(zeros: 3, 0)).elements[0].ties == [[0, 1, 2]])
    #expect(throws: FrameError.empty(argument: "points")) {
      try PointSetFrame(sortingRowsOf: Matrix<Double>(zeros: 0, 2))
    }
    #expect(throws: FrameError.notFinite(argument: "points", position: "row 1, column 0")) {
      try PointSetFrame(sortingRowsOf: Matrix<Double>(rows: [[0, 1], [.nan, 1]]))
    }
    #expect(throws: FrameError.self) { try PointSetFrame(directions: Matrix(identity: 3), of: grid) }
    #expect(throws: FrameError.self) { try PointSetFrame(sortingBy: Matrix(identity: 3), grid) }
    let many = Matrix(column: (0..<9).map { Double($0) })
    #expect(throws: FrameError.tooManyElements(argument: "points", count: "more than 1000", limit: "1000")) {
      try PointSetFrame(sortingBy: Matrix(zeros: 9, 1), many, limit: 1000)
    }
    #expect(try PointSetFrame(sortingBy: Matrix(zeros: 4, 1), Matrix(rows: [[0], [0], [1], [1]])).count == 6)
    #expect(
      try PointSetFrame(sortingRowsOf: Matrix<Double>(rows: [[1e-12], [0]]), tolerance: 1e-9)
        .elements[0].permutation.isIdentity)
  }

  @Test("points in any pose and any order", arguments: DegenerateCloud.tied + DegenerateCloud.flat)
  func jointly(shape: DegenerateCloud) throws {
    guard shape.counts.all <= 64 else { return }
    var stream = RandomStream(seed: 104).stream(shape.name)
    let (n, d) = (shape.points.rows, shape.points.columns)
    let network = CloudNetwork(points: n, dimension: d, using: &stream)
    for group in [FrameGroup.euclidean, .specialSimilarity] {
      let element = FrameElement<Double>.random(of: group, dimension: d, using: &stream)
      let p = Permutation.random(n, using: &stream)
      let moved = p.transformed(element.transformed(shape.points))
      let (before, after) = try (
        Frame(resolvingTiesOf: shape.points, group: group), Frame(resolvingTiesOf: moved, group: group)
      )
      let (left, right) = (
        before.averageOfSet(of: shape.points, network.scalar), after.averageOfSet(of: moved, network.scalar)
      )
      #expect(abs(left[0] - right[0]) <= 1e-12)
      func vectors(_ cloud: Matrix<Double>) -> Matrix<Double> { network([Field(.point, cloud)])[1].values }
      let (field, other) = (
        before.averageOfSet(of: shape.points, as: .point, vectors),
        after.averageOfSet(of: moved, as: .point, vectors)
      )
      #expect(
        largestDifference(p.transformed(element.transformed(field).values), other.values) <= 1e-12
          * element.scale)
    }
  }

  @Test("the canonical form of a set of points", arguments: DegenerateCloud.tied + DegenerateCloud.flat)
  func canonical(shape: DegenerateCloud) throws {
    guard shape.counts.all <= 64 else { return }
    var stream = RandomStream(seed: 105).stream(shape.name)
    let (n, d) = (shape.points.rows, shape.points.columns)
    for group in [FrameGroup.euclidean, .specialEuclidean, .similarity] {
      let element = FrameElement<Double>.random(of: group, dimension: d, using: &stream)
      let p = Permutation.random(n, using: &stream)
      let moved = p.transformed(element.transformed(shape.points))
      let (form, other) = try (
        CanonicalPointSet(shape.points, group: group), CanonicalPointSet(moved, group: group)
      )
      #expect(form.isCertain && other.isCertain)
      #expect(largestDifference(form.points, other.points) <= 1e-12)
      #expect(form.multiplicity == other.multiplicity)
      // It is the canonical cloud of the element, in the order of the permutation.
      let rebuilt = other.permutation.transformed(other.element.transformed(other.points))
      #expect(largestDifference(rebuilt, moved) <= 1e-12 * max(element.scale, 1))
      if let symmetries = shape.symmetries {
        let order = group.isProper ? symmetries.proper : symmetries.all
        #expect(form.multiplicity % order == 0)
      }
    }
  }

  @Test("the canonical form of many points, and what it tells apart")
  func canonicalOfMany() throws {
    var stream = RandomStream(seed: 106)
    let points = Matrix<Double>.randomNormal(rows: 500, columns: 3, using: &stream)
    let element = FrameElement<Double>.random(of: .specialEuclidean, dimension: 3, using: &stream)
    let moved = Permutation.random(500, using: &stream).transformed(element.transformed(points))
    let (form, other) = try (
      CanonicalPointSet(points, group: .specialEuclidean), CanonicalPointSet(moved, group: .specialEuclidean)
    )
    #expect(form.isCertain && form.multiplicity == 1)
    #expect(largestDifference(form.points, other.points) <= 1e-11)
    let mirrored = try CanonicalPointSet(points.scalingColumns(by: [1, 1, -1]), group: .specialEuclidean)
    #expect(largestDifference(form.points, mirrored.points) > 0.1)
    let either = try CanonicalPointSet(points.scalingColumns(by: [1, 1, -1]), group: .euclidean)
    #expect(
      largestDifference(either.points, try CanonicalPointSet(points, group: .euclidean).points) <= 1e-11)
  }
}
