import Keel
import RealModule
import TestSupport
import Testing

@testable import KeelFrames

@Suite("Averages of batched backbones")
struct BatchedAverageTests {
  private struct Sample {
    var stream: RandomStream
    init(seed: UInt64) { stream = RandomStream(seed: seed) }
    mutating func cloud(_ points: Int, _ dimension: Int) -> Matrix<Double> {
      FrameAveragedNetworkTests.cloud(points, dimension, Double.self, using: &stream)
    }
    mutating func network(_ widths: [Int]) -> MultilayerPerceptron<Double> {
      MultilayerPerceptron(randomWidths: widths, activation: .tanh, using: &stream)
    }
  }

  /// Sums in another order: some roundings of sums of a hundred numbers of the order of one.
  private let tolerance = 1e-13

  private func expectClose(_ found: Matrix<Double>, _ expected: [[Double]], _ comment: String) {
    #expect(found.rows == expected.count && found.columns == expected.first?.count ?? 0, "\(comment)")
    for (i, row) in expected.enumerated() {
      for (j, value) in row.enumerated() {
        #expect(
          (found[i, j] - value).magnitude <= tolerance * max(1, value.magnitude), "\(comment), \(i), \(j)")
      }
    }
  }

  @Test("invariants are those of the plain average", arguments: FrameGroup.allCases)
  func invariants(group: FrameGroup) throws {
    var sample = Sample(seed: 21)
    for dimension in 1...4 {
      let network = sample.network([dimension, 5, 3])
      let clouds = [4, 1, 9, 30].map { sample.cloud($0, dimension) }
      let batch = try FrameBatch(principalAxesOf: PointClouds(clouds), group: group)
      let expected = clouds.indices.map { b in
        batch[b].average(of: clouds[b]) { shown in
          let rows = network(shown)
          return (0..<3).map { k in (0..<rows.rows).reduce(0) { $0 + rows[$1, k] } / Double(rows.rows) }
        }
      }
      // Rows of a call: fewer than a cloud has, one cloud, and several.
      for rowsPerCall in [7, 64, 5000] {
        let found = batch.average(row: .point, rowsPerCall: rowsPerCall) { network($0) }
        expectClose(found, expected, "\(dimension), \(rowsPerCall)")
        #expect(batch.average(row: .point, rowsPerCall: rowsPerCall, threads: 1) { network($0) } == found)
        let signed = batch.average(
          row: .point, firstLayer: network.layers[0], rowsPerCall: rowsPerCall
        ) { network(firstSums: $0) }
        expectClose(signed, expected, "first layer, \(dimension), \(rowsPerCall)")
      }
      let list = clouds.indices.map { batch[$0] }
      expectClose(PointClouds(clouds).average(over: list) { network($0) }, expected, "list, \(dimension)")
    }
  }

  @Test("rows that are clouds", arguments: FrameGroup.allCases)
  func wholeClouds(group: FrameGroup) throws {
    var sample = Sample(seed: 22)
    for dimension in 1...4 {
      let network = sample.network([6 * dimension, 19, 4])
      let clouds = (0..<5).map { _ in sample.cloud(6, dimension) }
      let batch = try FrameBatch(principalAxesOf: PointClouds(clouds), group: group)
      let expected = clouds.indices.map { b in
        batch[b].average(of: clouds[b]) { network($0.elements) }
      }
      for rowsPerCall in [1, 3, 20, 1000] {
        expectClose(
          batch.average(row: .cloud, rowsPerCall: rowsPerCall) { network($0) }, expected,
          "\(dimension), \(rowsPerCall)")
        let signed = batch.average(
          row: .cloud, firstLayer: network.layers[0], rowsPerCall: rowsPerCall
        ) { network(firstSums: $0) }
        expectClose(signed, expected, "first layer, \(dimension), \(rowsPerCall)")
      }
    }
  }

  @Test("fields of all kinds, in and out", arguments: FieldKind.allCases, BackboneRow.allCases)
  func fields(kind: FieldKind, row: BackboneRow) throws {
    var sample = Sample(seed: 23)
    let (dimension, points) = (3, 5)
    let clouds = (0..<3).map { _ in sample.cloud(points, dimension) }
    let velocities = sample.cloud(3 * points, dimension)
    let outputs = 2 * kind.width(dimension: dimension)
    let network = sample.network([2 * dimension * (row == .cloud ? points : 1), 7, outputs])
    for group in FrameGroup.allCases {
      let batch = try FrameBatch(principalAxesOf: PointClouds(clouds), group: group)
      let found = batch.average(
        as: kind, row: row, with: [Field(.vector, velocities)], rowsPerCall: 11
      ) { network($0) }
      #expect(found.kind == kind)
      for b in clouds.indices {
        let speed = Matrix(velocities[(b * points)..<((b + 1) * points), 0..<dimension])
        let expected = batch[b].average(of: [Field(.point, clouds[b]), Field(.vector, speed)]) { inputs in
          let joined = Matrix(rows: points, columns: 2 * dimension) { i, j in
            inputs[j / dimension].values[i, j % dimension]
          }
          let rows =
            row == .point ? joined : Matrix(rows: 1, columns: joined.count, elements: joined.elements)
          return [Field(kind, network(rows))]
        }
        let first = row == .point ? b * points : b
        let count = row == .point ? points : 1
        expectClose(
          Matrix(found.values[first..<(first + count), 0..<outputs]),
          (0..<count).map { expected[0].values.rowArray($0) }, "\(group), \(b)")
      }
    }
  }

  @Test("the average of a sine over signs is a product of cosines")
  func closedForm() throws {
    var sample = Sample(seed: 24)
    for group in [FrameGroup.euclidean, .specialEuclidean] {
      for dimension in 1...3 {
        let clouds = [3, 8].map { sample.cloud($0, dimension) }
        let batch = try FrameBatch(principalAxesOf: PointClouds(clouds), group: group)
        let bias = 0.7
        let slopes = [0.4, -0.9, 1.3]
        let found = batch.average(row: .point, rowsPerCall: 10) { rows in
          Matrix(rows: rows.rows, columns: 1) { i, _ in
            Double.sin((0..<dimension).reduce(bias) { $0 + slopes[$1] * rows[i, $1] })
          }
        }
        let layer = MultilayerPerceptron<Double>.Layer(
          weights: Matrix(row: Array(slopes.prefix(dimension))), biases: [bias])
        let signed = batch.average(row: .point, firstLayer: layer) { sums in sums.map { Double.sin($0) } }
        for b in clouds.indices {
          let canonical = batch[b][0].inverseTransformed(clouds[b])
          var expected = 0.0
          for i in 0..<canonical.rows {
            let u = (0..<dimension).map { slopes[$0] * canonical[i, $0] }
            expected += Double.sin(bias) * u.reduce(1) { $0 * Double.cos($1) }
            guard group.isProper else { continue }
            // With signs of product one the terms with an odd power of each sign remain as well: for d = 3
            // -cos b Π sin u_j, for d = 2 -sin b Π sin u_j, for d = 1 cos b sin u.
            let sines = u.reduce(1) { $0 * Double.sin($1) }
            expected += [Double.cos(bias), -Double.sin(bias), -Double.cos(bias)][dimension - 1] * sines
          }
          expected /= Double(canonical.rows)
          #expect((found[b, 0] - expected).magnitude <= 1e-14, "\(group), \(dimension)")
          #expect((signed[b, 0] - expected).magnitude <= 1e-14, "first layer, \(group), \(dimension)")
        }
      }
    }
  }

  @Test("the fused network and the batched one agree in Float")
  func fused() throws {
    var stream = RandomStream(seed: 25)
    let network = MultilayerPerceptron<Float>(randomWidths: [3, 20, 6], activation: .silu, using: &stream)
    let clouds = PointClouds(
      (0..<30).map { _ in FrameAveragedNetworkTests.cloud(6, 3, Float.self, using: &stream) })
    let batch = try FrameBatch(principalAxesOf: clouds, group: .specialSimilarity)
    let fused = try FrameAveragedNetwork(network, group: .specialSimilarity)(batch)
    let plain = batch.average(row: .point) { network($0) }
    let signed = batch.average(row: .point, firstLayer: network.layers[0]) { network(firstSums: $0) }
    for b in 0..<30 {
      for k in 0..<6 {
        // The frames are the same: sums of 3 and 20 products, and of 24 rows, in different orders.
        #expect((fused[b, k] - plain[b, k]).magnitude <= 100 * Float.ulpOfOne)
        #expect((signed[b, k] - plain[b, k]).magnitude <= 100 * Float.ulpOfOne)
      }
    }
  }

  @Test("a backbone's error comes out, and no clouds give no rows")
  func edges() throws {
    struct Refusal: Error {}
    var sample = Sample(seed: 26)
    let batch = try FrameBatch(principalAxesOf: PointClouds([sample.cloud(4, 2)]), group: .euclidean)
    #expect(throws: Refusal.self) {
      try batch.average(row: .point) { _ throws(Refusal) -> Matrix<Double> in throw Refusal() }
    }
    let none = try PointClouds(points: Matrix<Double>(zeros: 0, 2), starts: [0])
    let frames: [Frame<Double>] = []
    #expect(none.average(over: frames) { $0 }.rows == 0)
  }

  @Test("calls take as many rows as asked for, in order")
  func calls() {
    for row in BackboneRow.allCases {
      for rowsPerCall in [1, 5, 64, 1000] {
        let (sizes, elements) = ([3, 1, 40, 7, 2], [8, 4, 2, 300, 1])
        let calls = FrameCalls(sizes: sizes, elements: elements, row: row, rowsPerCall: rowsPerCall)
        var covered = sizes.indices.map { Array(repeating: 0, count: sizes[$0] * elements[$0]) }
        for cell in calls.cells {
          #expect(cell.rows <= rowsPerCall)
          for element in cell.elements {
            for point in cell.points { covered[cell.cloud][element * sizes[cell.cloud] + point] += 1 }
          }
        }
        #expect(covered.allSatisfy { $0.allSatisfy { $0 == 1 } })
        #expect(calls.starts.first == 0 && calls.starts.last == calls.cells.count)
        for call in 0..<calls.count {
          let rows = calls.cells[calls.starts[call]..<calls.starts[call + 1]].reduce(0) { $0 + $1.rows }
          #expect(rows > 0 && rows <= rowsPerCall)
        }
      }
    }
  }
}
