import Keel
import KeelFrames
import TestSupport
import Testing

@Suite("Moments of clouds")
struct CloudMomentsTests {
  /// Clouds of 1 to 64 points and some larger ones, with a kind of position.
  private func clouds<Scalar: FrameScalar>(
    _ d: Int, offset: Double, outlier: Bool = false, _: Scalar.Type, counts: [Int]
  ) -> PointClouds<Scalar> {
    var random = SplitMix(seed: UInt64(d))
    return PointClouds(
      counts.map { n in
        Matrix(rows: n, columns: d) { i, j in
          outlier && i == 0 ? 1000 : Scalar(offset * Double(j + 1) + random.normal())
        }
      })
  }

  private func check<Scalar: FrameScalar>(
    _ clouds: PointClouds<Scalar>, centered: Bool, _ comment: String
  ) throws {
    // One instruction set is enough: another test says that all give the same bits.
    let moments = try CloudMoments(clouds, centered: centered)
    let d = clouds.dimension
    for b in 0..<clouds.count {
      let expected = definedMoments(clouds[b], centered: centered)
      let trace = (0..<d).reduce(0.0) { $0 + expected.scatter[$1 * d + $1].value }
      let n = Double(clouds.starts[b + 1] - clouds.starts[b])
      // Sums of n / 8 terms, with cancellation of at most a factor 9, and the rounding of the result. For clouds
      // far away the rounding of the centroid is that of the numbers themselves.
      let error = trace * (Double(Scalar.ulpOfOne) + (8 + n) * Double.ulpOfOne)
      for k in 0..<d * d {
        let found = moments.scatters[b, k / d, k % d]
        let isClose = (Double(found) - expected.scatter[k].value).magnitude <= error
        #expect(isClose && found == moments.scatters[b, k % d, k / d], "\(comment), cloud \(b), element \(k)")
      }
      for j in 0..<d {
        let center = expected.center[j].value
        let bound =
          Double(Scalar.ulpOfOne) * center.magnitude
          + (8 + n) * Double.ulpOfOne * (center.magnitude + (trace / n).squareRoot())
        let isClose = (Double(moments.centers[b, j]) - center).magnitude <= bound
        #expect(isClose, "\(comment), cloud \(b), axis \(j)")
      }
    }
  }

  @Test("moments are what they are defined to be", arguments: [1, 2, 3, 4, 5, 16, 17])
  func definition(d: Int) throws {
    let counts = d == 2 || d == 3 ? Array(1...64) + [129] : [1, 2, 3, 7, 8, 9, 17, 64, 65]
    for (offset, outlier) in [(-3.0, false), (1e8, false), (2, true)] {
      let comment = "d = \(d), offset \(offset), outlier \(outlier)"
      let doubles = clouds(d, offset: offset, outlier: outlier, Double.self, counts: counts)
      try check(doubles, centered: true, comment)
      if offset < 0 { try check(doubles, centered: false, comment + ", about the origin") }
      let floats = clouds(
        d, offset: min(offset, 1e3), outlier: outlier, Float.self, counts: Array(counts.suffix(4)))
      try check(floats, centered: true, "Float, " + comment)
      try check(floats, centered: false, "Float, about the origin, " + comment)
    }
  }

  @Test("coincident points have no scatter, and the centroid is theirs", arguments: InstructionSet.available)
  func coincident(instructions: InstructionSet) throws {
    try instructions.select {
      for d in [1, 2, 3, 7, 16] {
        let point = (0..<d).map { 0.1 * Double($0 + 1) }
        let clouds = PointClouds(
          [1, 2, 5, 8, 21, 100].map { n in Matrix<Double>(rows: n, columns: d) { _, j in point[j] } })
        let moments = try CloudMoments(clouds)
        #expect(moments.scatters.elements.allSatisfy { $0 == 0 })
        for b in 0..<clouds.count { #expect((0..<d).map { moments.centers[b, $0] } == point) }
      }
    }
  }

  @Test("all instruction sets and numbers of threads give the same bits", arguments: [1, 2, 3, 4, 9, 16])
  func bits(d: Int) throws {
    func check<Scalar: FrameScalar>(_: Scalar.Type) throws {
      let clouds = clouds(
        d, offset: 5, Scalar.self, counts: Array(1...40) + Array(repeating: 20, count: 100) + [1000])
      for centered in [true, false] {
        let expected = try CloudMoments(clouds, centered: centered, threads: 1)
        for instructions in InstructionSet.available {
          let found = try instructions.select { try CloudMoments(clouds, centered: centered, threads: 2) }
          #expect(found.centers == expected.centers, "\(instructions)")
          #expect(found.scatters == expected.scatters, "\(instructions)")
        }
        var centers = [Scalar](repeating: 0, count: clouds.count * d)
        var scatters = [Scalar](repeating: 0, count: clouds.count * d * d)
        var centerSpan = centers.mutableSpan
        var scatterSpan = scatters.mutableSpan
        try CloudMoments.compute(
          clouds.points.elements.span, starts: clouds.starts.span, dimension: d, centered: centered,
          centers: &centerSpan, scatters: &scatterSpan)
        #expect(centers == expected.centers.elements && scatters == expected.scatters.elements)
      }
    }
    try check(Double.self)
    try check(Float.self)
  }

  @Test("what is not finite, or becomes so, is named", arguments: InstructionSet.available, [1, 2, 3, 4, 17])
  func notFinite(instructions: InstructionSet, d: Int) {
    instructions.select {
      for value in [Double.nan, .infinity, -.infinity, 1e200] {
        for (cloud, point) in [(0, 0), (2, 3), (3, 11)] {
          var random = SplitMix(seed: 9)
          let starts = [0, 4, 9, 16, 36]
          var points = random.matrix(36, d, Double.self)
          points[starts[cloud] + point, d - 1] = value
          do {
            _ = try CloudMoments(PointClouds(points: points, starts: starts))
            Issue.record("no error for \(value)")
          } catch FrameError.notFinite(let argument, let position) {
            #expect(argument == "cloud \(cloud)")
            #expect(position == "point \(point), coordinate \(d - 1)" || value == 1e200)
          } catch {
            Issue.record("\(error)")
          }
        }
      }
    }
  }

  @Test("a cloud without points is named; no clouds, and no dimensions, are fine")
  func empty() throws {
    let points = Matrix<Float>(zeros: 4, 3)
    #expect(throws: FrameError.empty(argument: "cloud 1")) {
      _ = try CloudMoments(PointClouds(points: points, starts: [0, 2, 2, 4]))
    }
    #expect(throws: FrameError.empty(argument: "cloud 0")) {
      _ = try CloudMoments(PointClouds([Matrix<Float>(zeros: 0, 3)]))
    }
    #expect(try CloudMoments(PointClouds<Float>([])).centers.rows == 0)
    let flat = try CloudMoments(PointClouds([Matrix<Float>(zeros: 2, 0)]))
    #expect(flat.centers.rows == 1 && flat.scatters.count == 1)
  }
}
