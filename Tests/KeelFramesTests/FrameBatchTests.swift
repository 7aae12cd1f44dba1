import Keel
import KeelFrames
import Testing

@Suite("Frames of many clouds")
struct FrameBatchTests {
  private func clouds(_ dimension: Int, _ stream: inout RandomStream) -> [Matrix<Double>] {
    (0..<20).map { b in
      let n = 1 + b
      let cloud = Matrix<Double>.normals(n, dimension, &stream)
      return switch b {
      case 3: cloud * 1e-170
      case 5: cloud * 1e200
      case 7: Matrix(rows: n, columns: dimension) { i, j in j == 0 ? cloud[i, j] : 1e-9 * cloud[i, j] }
      case 9: Matrix(repeating: 0.1, rows: n, columns: dimension)
      default: cloud
      }
    }
  }

  @Test("each is the frame of its cloud", arguments: FrameGroup.allCases)
  func elements(_ group: FrameGroup) throws {
    for d in 1...5 {
      var stream = RandomStream(seed: 31).stream(d)
      let clouds = clouds(d, &stream)
      let batch = try FrameBatch(principalAxesOf: PointClouds(clouds), group: group)
      #expect(batch.count == clouds.count && batch.dimension == d)
      let canonical = batch.canonicalClouds()
      let averages = batch.average { [$0.elements.reduce(0) { max($0, $1) }] }
      for (b, cloud) in clouds.enumerated() {
        let own = try Frame(principalAxesOf: cloud, group: group)
        let frame = batch[b]
        #expect(frame.count == own.count)
        // Other units may round other bits: within a few roundings.
        let size = cloud.elements.map { abs($0) }.max() ?? 0
        #expect(zip(frame.center, own.center).allSatisfy { abs($0 - $1) <= 1e-15 * size })
        #expect(abs(frame.scale - own.scale) <= 1e-14 * own.scale)
        let (gap, rank) = (own.certificate.relativeGap, own.certificate.rank)
        #expect(frame.certificate.rank == rank, "cloud \(b), d = \(d)")
        let bound = (1e-14 + 2e-15 / gap) * (group.scales ? 1 : size)
        let first = own[0].inverseTransformed(cloud)
        // Sums of d products, in another order.
        let rounding = 4 * Double(d) * Double.ulpOfOne * size / frame.scale
        #expect(canonical[b].maximumDifference(from: frame[0].inverseTransformed(cloud)) <= rounding)
        if rank >= d - 1 && b != 7 {
          #expect(canonical[b].maximumDifference(from: first) <= bound, "cloud \(b), d = \(d)")
        }
        let average = own.average(of: cloud) { [$0.elements.reduce(0) { max($0, $1) }] }
        #expect(abs(averages[b][0] - average[0]) <= bound, "cloud \(b), d = \(d)")
      }
    }
  }

  @Test("masks leave points out")
  func masks() throws {
    var stream = RandomStream(seed: 32)
    let (count, n) = (6, 10)
    let mask = (0..<count * n).map { $0 % n <= 4 + $0 / n }
    let padded = MatrixBatch(
      count: count, rows: n, columns: 3,
      elements: (0..<count * n * 3).map { mask[$0 / 3] ? stream.normal() : Double.nan })
    let batch = try FrameBatch(principalAxesOf: PointClouds(padded, mask: mask), group: .euclidean)
    for b in 0..<count {
      let rows = (0..<n).filter { mask[b * n + $0] }
      let cloud = Matrix(rows: rows.count, columns: 3) { i, j in padded[b, rows[i], j] }
      let own = try Frame(principalAxesOf: cloud, group: .euclidean)
      #expect(
        batch[b].average(of: cloud, TestFunctions.scalar)[0]
          .isApproximately(own.average(of: cloud, TestFunctions.scalar)[0], 1e-13))
    }
  }

  @Test("errors name the cloud")
  func errors() throws {
    var stream = RandomStream(seed: 33)
    var clouds = (0..<5).map { _ in Matrix<Double>.normals(4, 3, &stream) }
    clouds[2][1, 2] = .nan
    #expect(throws: FrameError.notFinite(argument: "cloud 2", position: "point 1, coordinate 2")) {
      try FrameBatch(principalAxesOf: PointClouds(clouds), group: .euclidean)
    }
    clouds[1] = Matrix(zeros: 0, 3)
    #expect(throws: FrameError.empty(argument: "cloud 1")) {
      try FrameBatch(principalAxesOf: PointClouds(clouds), group: .orthogonal)
    }
  }

  @Test("the number of threads does not matter")
  func threads() throws {
    var stream = RandomStream(seed: 34)
    let clouds = PointClouds((0..<300).map { _ in Matrix<Double>.normals(5, 3, &stream) })
    func all() throws -> ([Double], [[Double]]) {
      let batch = try FrameBatch(principalAxesOf: clouds, group: .specialEuclidean)
      return (batch.canonicalClouds().points.elements, batch.average(TestFunctions.scalar))
    }
    let (many, one) = (try all(), try Parallel.serially { try all() })
    #expect(many.0 == one.0 && many.1 == one.1)
  }
}

extension Double {
  fileprivate func isApproximately(_ other: Double, _ tolerance: Double) -> Bool {
    abs(self - other) <= tolerance
  }
}
